"""Listening, serving and stopping: several small servers in one event loop."""

import contextlib
import errno
import socket
from collections.abc import Generator

import uvicorn
from starlette.types import ASGIApp


class CannotListen(Exception):
    """A port that cannot be had; the message says which and what to do."""


def listen(host: str, port: int, option: str) -> socket.socket:
    """A bound socket; port 0 takes a free one. Raises CannotListen naming the option that changes the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(512)
    except OSError as error:
        listening.close()
        reason = (
            "is taken by another process" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
        )
        raise CannotListen(f"port {port} on {host} {reason}; choose another with {option} PORT") from error
    listening.setblocking(False)
    return listening


def address(listening: socket.socket) -> tuple[str, int]:
    """Where a socket really listens."""
    host, port = listening.getsockname()[:2]
    return str(host), int(port)


class WebServer(uvicorn.Server):
    """uvicorn in a loop it does not own: signals are the process's business."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="httptools",
                ws="none",
                lifespan="off",
                log_level="critical",  # a dropped connection is often what was asked for
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=1,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield
