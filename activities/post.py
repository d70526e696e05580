"""From the outbox to the mail server: who is handed over, who has to be tried again, and what the record says of it."""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Final

from activities import mail
from activities.pulse import Pulse
from record import notices
from record.notices import OutboxMail
from record.record import Record

READ_TOGETHER: Final = 200  # mails of those that are owed
NOTED_TOGETHER: Final = 20  # of them, those whose sending is noted together: so many may come twice after a kill
_NO_USABLE_ADDRESS: Final = "553"  # as a mail server would say it (RFC 5321)


class Post:
    """One attempt's way to the mail server: a connection when first needed, and who has to be tried again."""

    def __init__(
        self, record: Record, server: mail.MailServer, stack: AsyncExitStack, now: Callable[[], datetime]
    ) -> None:
        self._record, self._server, self._stack, self.now = record, server, stack, now
        self._connection: mail.Connection | None = None
        self.pulse = Pulse()
        self._postponed = 0
        self._tried: dict[str, set[str]] = {}

    async def open(self) -> mail.Connection:
        """Raises MailUnavailable."""
        if self._connection is None:
            self._connection = await self._stack.enter_async_context(mail.connected(self._server))
        return self._connection

    async def send(self, case_id: str, notice_id: str) -> None:
        """Hand over every mail of this notice that is not recorded as sent. One that cannot go now holds up nobody."""
        tried = self._tried.setdefault(notice_id, set())
        while True:
            limit = READ_TOGETHER + len(tried)
            unsent = await notices.unsent(self._record, case_id, notice_id, limit=limit)
            new = [one for one in unsent if one.person not in tried]
            for start in range(0, len(new), NOTED_TOGETHER):
                group = new[start : start + NOTED_TOGETHER]
                tried.update(one.person for one in group)
                await self._send_group(case_id, notice_id, group)
            if len(unsent) < limit:
                return  # that was all: nobody else owes mails of this case

    def raise_if_postponed(self) -> None:
        """Raises Postponed where the server asked to try somebody again."""
        if self._postponed:
            raise mail.Postponed(f"the mail server asks to try {self._postponed} people again; all others are told")

    async def _send_group(self, case_id: str, notice_id: str, group: Sequence[OutboxMail]) -> None:
        """Hand over one after the other; before and after, one note for all. What was taken is noted whatever follows."""
        here = (self._record, case_id, notice_id)
        bodies = {one.person: one.body for one in group if one.body}
        for one in group:
            if not one.body:
                await notices.note_undeliverable(
                    *here, one.person, "erased" if one.body is None else _NO_USABLE_ADDRESS
                )
        if not bodies:
            return
        connection = await self.open()
        await notices.note_sending(*here, list(bodies))
        sent: list[str] = []
        try:
            for person, body in bodies.items():
                if await self._hand_over(connection, here, person, body):
                    sent.append(person)
                self.pulse.beat(len(sent))  # a worker killed here is missed within the minute
        finally:
            await notices.note_sent(*here, sent, self.now())

    async def _hand_over(
        self, connection: mail.Connection, here: tuple[Record, str, str], person: str, body: bytes
    ) -> bool:
        """Whether the mail server took it; what else it said is noted."""
        try:
            refused = (await connection.hand_over(mail.recipient_of(body), body)).refused
        except mail.Postponed as error:
            self._postponed += 1
            await notices.note_failed(*here, person, str(error.code))
            return False
        if refused is not None:
            await notices.note_undeliverable(*here, person, str(refused))
        return refused is None
