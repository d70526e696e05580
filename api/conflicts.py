"""Conflicts of interest: declared by a reviewer or for them, ended by a lead. What is declared binds at once (P5)."""

from api.conflict_messages import (
    ConflictDeclared,
    ConflictEnded,
    ConflictRequest,
    ConflictsAnswer,
    KnownConflict,
)
from api.errors import NotFound, Refused
from api.intake import Clock
from api.problems import nearest
from api.tasks import case_of_stream
from cases.errors import BadInput, Problem
from record import conflicts, people
from record.conflicts import About
from record.record import Record


class Conflicts:
    """Doors of reviewers and operators."""

    def __init__(self, record: Record, clock: Clock, areas: frozenset[str]) -> None:
        self._record = record
        self._clock = clock
        self._areas = areas

    async def declare(self, tenant: str, reviewer: str, by: str, request: ConflictRequest) -> ConflictDeclared:
        """From now on; what the reviewer holds of it is free again. Raises BadInput for an area that is none."""
        about = About(request.about)
        if about is About.TOPIC and request.name not in self._areas:
            cure = nearest(request.name, self._areas)
            raise BadInput([Problem("name", request.name, "is no area of the policy pack", cure)])
        freed = await conflicts.declare(
            self._record, tenant, request.message_id, reviewer, about, request.name, self._clock(), by
        )
        return ConflictDeclared(
            conflict_id=request.message_id, status="known" if freed is None else "accepted", given_back=freed or 0
        )

    async def declare_with_author(self, tenant: str, reviewer: str, stream: str, conflict_id: str) -> ConflictDeclared:
        """With whoever made what this case is about, whose name the reviewer is not told. Raises NotFound."""
        case_id = await case_of_stream(self._record, tenant, stream)
        author = await people.author_of(self._record, case_id) if case_id else None
        if author is None or author.who is None:
            raise NotFound("unknown_author", "stream: nobody is known to have made it; declare the account by its id")
        freed = await conflicts.declare(
            self._record, tenant, conflict_id, reviewer, About.ACCOUNT, author.who.reference, self._clock(), reviewer,
            said=f"the author of {case_id}",
        )  # fmt: skip
        return ConflictDeclared(
            conflict_id=conflict_id, status="known" if freed is None else "accepted", given_back=freed or 0
        )

    async def end(self, tenant: str, operator: str, request: ConflictEnded) -> ConflictsAnswer:
        """A lead says that it is over, of another's: nobody lifts their own. Raises NotFound, Refused."""
        own = await conflicts.listed(self._record, tenant, operator)
        if any(one.conflict_id == request.conflict_id and one.ended_at is None for one in own):
            raise Refused("same_person", "operator: the conflict is your own; let a colleague say that it is over")
        if not await conflicts.end(self._record, tenant, request.conflict_id, self._clock(), operator):
            raise NotFound("unknown_conflict", "conflict_id: no such conflict is live; see: dueprocess conflict list")
        return await self.listed(tenant, None)

    async def listed(self, tenant: str, reviewer: str | None) -> ConflictsAnswer:
        """What was declared, of one reviewer or of all."""
        found = await conflicts.listed(self._record, tenant, reviewer)
        return ConflictsAnswer(conflicts=tuple(KnownConflict.model_validate(one.model_dump()) for one in found))
