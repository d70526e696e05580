"""What reviewers' pages ask of the doors, counted and refused like everything else asked there."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from api.answers import Task
from api.boards import Board, Boards, OnCall
from api.care_messages import Revealed, RevealRequest
from api.casework import Casework
from api.dossiers import Dossier, Preview
from api.errors import ServiceUnavailable
from api.intake import Clock
from api.library import Library
from api.reading import Reading
from api.requests import DecisionRequest
from api.viewing import Seen
from cases.presentation import Level
from cases.sights import Sight
from record import sessions
from record.record import Record


class Desk:
    """at: counts what is refused at a door, of a tenant. library: None where a process has no packs at hand."""

    def __init__(
        self,
        record: Record,
        reading: Reading,
        clock: Clock,
        library: Library | None,
        at: Callable[[str, str], AbstractContextManager[None]],
    ) -> None:
        self._record, self._clock, self._at = record, clock, at
        self._boards = Boards(record, reading, clock)
        self._work = Casework(record, reading, clock, library) if library else None

    async def sign_out(self, tenant: str, session: str, lapses_at: datetime) -> None:
        """Nothing opens with this session any more, wherever its cookie was copied to."""
        with self._at("sign_out", tenant):
            await sessions.end(self._record, tenant, session, lapses_at, self._clock())

    async def signed_out(self, tenant: str, session: str) -> bool:
        """Whether somebody signed out of this session."""
        with self._at("session", tenant):
            return await sessions.ended(self._record, tenant, session)

    async def held(self, tenant: str, reviewer: str) -> tuple[Task, ...]:
        """What this reviewer holds now."""
        with self._at("held", tenant):
            return await self._boards.held(tenant, reviewer)

    async def dossier(
        self,
        tenant: str,
        stream: str,
        reader: str,
        level: Level | None = None,
        *,
        acknowledged: bool = False,
        chosen: int = 0,
        named: bool = False,
    ) -> Dossier:
        """Everything needed to judge a case; its content at this level for a reader who holds a live claim on it.

        chosen: the attachment that is shown as closely as was asked. named: for pictures of what is restricted.
        """
        with self._at("dossier", tenant):
            return await self._casework().dossier(
                tenant, stream, reader, level, acknowledged=acknowledged, chosen=chosen, named=named
            )

    async def reveal(self, tenant: str, reviewer: str, request: RevealRequest, *, named: bool = False) -> Revealed:
        """The evidence of a reviewer's own task, so closely."""
        with self._at("reveal", tenant):
            return await self._casework().reveal(tenant, reviewer, request, named=named)

    async def ask_for_attachment(
        self, tenant: str, reviewer: str, stream: str, place: int, sight: Sight, *, named: bool = False
    ) -> None:
        """One step closer to one attachment of a reviewer's own task."""
        with self._at("reveal", tenant):
            await self._casework().ask(tenant, reviewer, stream, place, sight, named=named)

    async def attachment(
        self, tenant: str, reviewer: str, stream: str, place: int, sight: Sight, *, named: bool = False
    ) -> Seen:
        """An attachment of a reviewer's own task, as closely as was asked for."""
        with self._at("attachment", tenant):
            return await self._casework().attachment(tenant, reviewer, stream, place, sight, named=named)

    async def preview(self, tenant: str, reviewer: str, stream: str, request: DecisionRequest) -> Preview:
        """What a decision on the reviewer's own task would say, and to whom."""
        with self._at("preview", tenant):
            return await self._casework().preview(tenant, reviewer, stream, request)

    async def board(self, tenant: str) -> Board:
        """Load, what is due, how long answers took, and whether people agree."""
        with self._at("board", tenant):
            return await self._boards.lead(tenant)

    async def on_call(self, tenant: str) -> OnCall:
        """What runs out first."""
        with self._at("on_call", tenant):
            return await self._boards.on_call(tenant)

    def _casework(self) -> Casework:
        if self._work is None:
            raise ServiceUnavailable("this process has no policy packs at hand; ask the gateway", 30)
        return self._work
