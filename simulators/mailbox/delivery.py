"""The SMTP side: who gets mail, who refuses it, and how delivery can fail."""

import asyncio
import socket

from aiosmtpd.smtp import SMTP, Envelope, Session

from simulators.faults import Fault, Faults
from simulators.mailbox.store import MailStore

_SIZE_LIMIT_BYTES = 10 * 1024 * 1024
_REFUSED = {
    550: "550 5.1.1 No such mailbox here",
    451: "451 4.2.1 Mailbox busy, try again later",
}
_OUR_FAULT = "451 4.3.0 Local error in processing"


class Delivery:
    """aiosmtpd's handler: mail is answered 250 only after it is in the database.

    A fault is met once per mail, at MAIL FROM when the server is down and at the end of DATA otherwise.
    """

    def __init__(self, store: MailStore, faults: Faults) -> None:
        self._store, self._faults = store, faults

    async def handle_MAIL(  # noqa: N802  (aiosmtpd calls it so)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._faults.fault.down:
            fault = self._faults.meet("smtp")
            await self._faults.hang(fault.delay_seconds) if fault.delay_seconds else None
            self._store.log("fault", 421)
            return "421 4.3.2 Service not available"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802  (aiosmtpd calls it so)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        code = self._store.refusal(address)
        if code is not None:
            self._store.log("refused", code, address=address)
            return _REFUSED[code]
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        fault = self._faults.meet("smtp")
        if fault.delay_seconds:
            await self._faults.hang(fault.delay_seconds)
        if fault.applies_work:
            content = envelope.content
            raw = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else bytes(content or b"")
            self._store.deliver(raw, envelope.mail_from or "", envelope.rcpt_tos)
        return await self._fail(fault, server) if fault.ending != "none" else "250 2.0.0 Delivered"

    async def _fail(self, fault: Fault, server: SMTP) -> str:
        self._store.log("fault", None)
        if fault.ending == "garbage":
            return "@@ this is no SMTP reply @@"
        if fault.ending == "timeout":
            await self._faults.hang()
        if fault.ending == "lost" and server.transport is not None:
            server.transport.close()
        return _OUR_FAULT


async def serve_smtp(handler: Delivery, listening: socket.socket) -> asyncio.Server:
    """Accept mail on a bound socket. (aiosmtpd's own Controller takes no port 0 and starts a thread.)"""

    def accept() -> SMTP:
        return SMTP(
            handler,
            data_size_limit=_SIZE_LIMIT_BYTES,
            enable_SMTPUTF8=True,
            hostname="mailbox.invalid",
            ident="simulated mailbox",
        )

    return await asyncio.get_running_loop().create_server(accept, sock=listening)
