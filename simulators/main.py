"""All simulators in one process: `python -m simulators.main --help`."""

import asyncio
import signal
import sys
from collections.abc import Sequence

import uvloop

from simulators.arguments import Arguments, parse_arguments
from simulators.mailbox.app import Mailbox
from simulators.mailbox.delivery import serve_smtp
from simulators.platform.app import Platform
from simulators.serving import CannotListen, WebServer, address, listen
from simulators.transparency.app import TransparencyDatabase
from simulators.vendors.app import Vendors

_STOPPING_SECONDS = 1.7


def main(given: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT. 0: stopped as asked; 1: a port is taken; 2: a wrong argument."""
    arguments = parse_arguments(given)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(arguments))
    except CannotListen as refusal:
        sys.stderr.write(f"simulators: {refusal}\n")
        return 1
    return 0


async def serve(arguments: Arguments) -> None:
    """Bind every port before anything starts, then serve until told to stop. Raises CannotListen."""
    host = arguments.host
    doors = {
        "platform": (arguments.platform_port, "--platform-port"),
        "transparency": (arguments.transparency_port, "--transparency-port"),
        "smtp": (arguments.smtp_port, "--smtp-port"),
        "mailbox": (arguments.mailbox_port, "--mailbox-port"),
        "vendors": (arguments.vendors_port, "--vendors-port"),
    }
    sockets = {name: listen(host, port, option) for name, (port, option) in doors.items()}
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    platform = Platform(arguments.data, arguments.platform_keys)
    database = TransparencyDatabase(arguments.data, arguments.transparency_users)
    mailbox = Mailbox(arguments.data)
    vendors = Vendors(arguments.vendors_secret, arguments.vendors_secret)
    worlds = (platform, database, mailbox, vendors)
    servers = {
        "platform": WebServer(platform.app),
        "transparency": WebServer(database.app),
        "mailbox": WebServer(mailbox.app),
        "vendors": WebServer(vendors.app),
    }
    serving = [loop.create_task(server.serve([sockets[name]])) for name, server in servers.items()]
    smtp = await serve_smtp(mailbox.delivery, sockets["smtp"])
    for name, socket in sockets.items():
        where, port = address(socket)
        sys.stdout.write(f"{name} {'' if name == 'smtp' else 'http://'}{where}:{port}\n")
    sys.stdout.write("simulators ready\n")
    sys.stdout.flush()

    await stop.wait()
    for world in worlds:
        world.faults.release()
    smtp.close()
    for server in servers.values():
        server.should_exit = True
    await asyncio.wait(serving, timeout=_STOPPING_SECONDS)
    for world in worlds:
        world.close()


if __name__ == "__main__":
    sys.exit(main())
