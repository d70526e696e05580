"""Where policy people release packs: proposed by one, approved by another, and back by either of them alone."""

import asyncio
from datetime import datetime
from typing import Final

from api.explaining_rules import explain_case
from api.intake import Clock
from api.library import Library
from api.policy_messages import (
    ApprovalRequest,
    ExplanationAnswer,
    PolicyChanged,
    ReleaseAnswer,
    ReleaseRequest,
    ReleasesAnswer,
    ReleaseWithdrawal,
    RollbackAnswer,
    RollbackRequest,
)
from cases.errors import BadInput, Conflict, Problem
from cases.pack_diff import automatic_rules_changed
from cases.pack_own import own_files
from cases.packs import check_files, load_pack
from cases.policy import PolicyPack
from cases.releases import (
    Approved,
    PolicyEvent,
    Proposed,
    Release,
    Releases,
    RolledBack,
    Withdrawn,
    refuse_approval,
    refuse_proposal,
    refuse_rollback,
    refuse_withdrawal,
    releases_of,
)
from record import policies
from record.record import Record

WITHIN_SECONDS: Final = 2.0
FOLDER: Final = "folder"
MISTAKES_SHOWN: Final = 20
NEXT_PROPOSED: Final = "Somebody else approves it: dueprocess policy approve {0}. Until then nothing changes."
NEXT_WAITING: Final = "It takes effect at {0}. Until then: dueprocess policy withdraw {1}."
NEXT_APPROVED: Final = (
    "New matters open under it; open ones keep the pack they opened under. Back: dueprocess policy rollback."
)
NEXT_WITHDRAWN: Final = "Nothing changes."
NEXT_BACK: Final = "New matters open under it. What was decided meanwhile stands: see `dueprocess reverse`."


class Policies:
    """Doors of policy people. library: which pack is in force; areas: those that the doors of this installation take."""

    def __init__(self, record: Record, clock: Clock, library: Library | None, areas: frozenset[str]) -> None:
        self._record, self._clock, self._areas = record, clock, areas
        self._packs = library

    async def propose(self, tenant: str, by: str, request: ReleaseRequest) -> PolicyChanged:
        """Propose a release. The same again is answered the same."""
        pack = await asyncio.to_thread(_checked, self._library, request, tenant)
        now = self._clock()
        base = await self._library.in_force(tenant, now)
        self._refuse_unheard(pack, base)
        known, so_far = await self._known(tenant)
        tried = [one.backtest_id for one in await policies.backtests(self._record, tenant, pack.digest)]
        proposed = Proposed(
            release_id=request.release_id,
            pack=pack.ref,
            base=base.ref,
            by=by,
            at=now,
            reason=request.reason,
            effective_from=pack.effective_from,
            newly_automatic=automatic_rules_changed(base, pack),
            backtest_id=request.backtest_id or next(iter(tried), None),
            override=request.override,
        )
        earlier = known.find(request.release_id)
        if earlier is not None:
            if (earlier.proposed.pack, earlier.proposed.by) != (pack.ref, by):
                raise Conflict(f"release {request.release_id} is another one; give yours an id of its own")
            return await self._answer(tenant, earlier, NEXT_PROPOSED.format(request.release_id))
        _refuse(refuse_proposal(known, proposed, proposed.backtest_id in tried))
        await policies.keep_pack(self._record, tenant, pack.ref, own_files(request.files, tenant), now)
        await self._append(tenant, proposed, so_far)
        return await self._answer(tenant, Release(proposed=proposed), NEXT_PROPOSED.format(request.release_id))

    async def approve(self, tenant: str, by: str, request: ApprovalRequest) -> PolicyChanged:
        """Agree; from then on, or from the time it names, it is in force. The same again is answered the same."""
        now = self._clock()
        base = await self._library.in_force(tenant, now)
        known, so_far = await self._known(tenant)
        _refuse(refuse_approval(known, request.release_id, by, base.ref, now))
        release = known.find(request.release_id)
        if release is not None and release.approved is None:
            waits = (release.proposed.effective_from or now) > now
            approved = Approved(release_id=request.release_id, by=by, at=now, waits=waits)
            await self._append(tenant, approved, so_far)
            release = release.evolve(approved=approved)
        starts = release.effective_at if release else None
        waits = starts is not None and starts > now
        return await self._answer(
            tenant, release, NEXT_WAITING.format(starts, request.release_id) if waits else NEXT_APPROVED
        )

    async def withdraw(self, tenant: str, by: str, request: ReleaseWithdrawal) -> PolicyChanged:
        """Take a release back that has not taken effect."""
        known, so_far = await self._known(tenant)
        now = self._clock()
        _refuse(refuse_withdrawal(known, request.release_id, now))
        release = known.find(request.release_id)
        if release is not None and release.withdrawn is None:
            withdrawn = Withdrawn(release_id=request.release_id, by=by, at=now, reason=request.reason)
            await self._append(tenant, withdrawn, so_far)
            release = release.evolve(withdrawn=withdrawn)
        return await self._answer(tenant, release, NEXT_WITHDRAWN)

    async def roll_back(self, tenant: str, by: str, request: RollbackRequest) -> PolicyChanged:
        """Go back, at once, and by one person; what lay in the folder is kept, so that it is in force as it was."""
        now = self._clock()
        folder, files = await self._library.in_folder(tenant)
        await self._library.in_force(tenant, now)
        known, so_far = await self._known(tenant)
        if any(one.release_id == request.message_id for one in known.rolled_back):
            return await self._answer(tenant, None, NEXT_BACK)
        to = known.before(now) if request.to is None else None if request.to == FOLDER else request.to
        _refuse(refuse_rollback(known, to, now, folder.ref))
        pack = folder.ref if to is None else None
        back = RolledBack(release_id=request.message_id, to=to, by=by, at=now, reason=request.reason, pack=pack)
        if pack is not None:
            await policies.keep_pack(self._record, tenant, pack, own_files(files, tenant), now)
        await self._append(tenant, back, so_far)
        return await self._answer(tenant, known.find(to) if to else None, NEXT_BACK)

    async def show(self, tenant: str) -> ReleasesAnswer:
        """What is in force, and how it came about."""
        now = self._clock()
        in_force = (await self._library.in_force(tenant, now)).ref
        known, _ = await self._known(tenant)
        return ReleasesAnswer(
            in_force=in_force,
            releases=tuple(_answer_of(known, one, now) for one in reversed(known.releases)),
            rollbacks=tuple(
                RollbackAnswer(message_id=one.release_id, to=one.to or FOLDER, by=one.by, at=one.at, reason=one.reason)
                for one in reversed(known.rolled_back)
            ),
        )

    async def explain(self, tenant: str, case_id: str) -> ExplanationAnswer:
        """Which rules looked at what in this case, from the facts that were recorded."""
        return await explain_case(self._record, self._library, tenant, case_id)

    @property
    def _library(self) -> Library:
        if self._packs is None:
            raise BadInput([Problem("policy", "", "this process has no packs at hand", "ask the gateway")])
        return self._packs

    def _refuse_unheard(self, pack: PolicyPack, base: PolicyPack) -> None:
        """An area or queue that the doors do not know would be one that no report reaches and no reviewer sees."""
        for field, named, known in (
            ("areas", pack.areas, self._areas | base.areas.keys()),
            ("queues", pack.queues, self._record.queues.keys() | base.queues.keys()),
        ):
            if new := sorted(set(named) - known):
                cure = "put the pack into policies/ of every process, restart them, then release it"
                raise BadInput([Problem(field, ", ".join(new), "is not known to this installation's doors yet", cure)])

    async def _known(self, tenant: str) -> tuple[Releases, int]:
        events = await policies.events(self._record, tenant)
        return releases_of(events), len(events)

    async def _append(self, tenant: str, event: PolicyEvent, after: int) -> None:
        if not await policies.append(self._record, tenant, event, after):
            raise Conflict("somebody else changed the releases at the same moment; look at them and try again")
        self._library.forget(tenant)

    async def _answer(self, tenant: str, release: Release | None, then: str) -> PolicyChanged:
        now = self._clock()
        in_force = (await self._library.in_force(tenant, now)).ref
        known, _ = await self._known(tenant)
        return PolicyChanged(
            release=_answer_of(known, release, now) if release else None,
            in_force=in_force,
            within_seconds=WITHIN_SECONDS,
            next=then,
        )


def _checked(library: Library, request: ReleaseRequest, tenant: str) -> PolicyPack:
    """The pack of these files for the tenant. Raises BadInput with every mistake. Blocking, half a second."""
    if mistakes := (*check_files(request.files), *library.letter_mistakes(request.files)):
        raise BadInput(
            [
                Problem(f"files.{one.file}:{one.line}", f"{one.rule} {one.field}".strip(), one.message, one.cure)
                for one in mistakes[:MISTAKES_SHOWN]
            ]
        )
    return load_pack(request.files, tenant)


def _refuse(problem: Problem | None) -> None:
    if problem is not None:
        raise BadInput([problem])


def _answer_of(known: Releases, release: Release, now: datetime) -> ReleaseAnswer:
    proposed = release.proposed
    stored = known.find(proposed.release_id) or release
    return ReleaseAnswer(
        release_id=proposed.release_id,
        state=known.state(stored, now),
        pack=proposed.pack,
        reason=proposed.reason,
        proposed_by=proposed.by,
        proposed_at=proposed.at,
        newly_automatic=proposed.newly_automatic,
        backtest_id=proposed.backtest_id,
        override=proposed.override,
        approved_by=stored.approved.by if stored.approved else None,
        approved_at=stored.approved.at if stored.approved else None,
        effective_at=stored.effective_at,
        withdrawn_by=stored.withdrawn.by if stored.withdrawn else None,
        not_started_over=stored.not_started.in_force if stored.not_started else None,
    )
