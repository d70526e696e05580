"""A campaign's statements of reasons (DSA Art. 24(5)): one for each target on which its decision took effect, by the hundred.

Effect: HTTP to the EU database, and the filings' rows. A request that had no answer is repeated when its lock is over: then
what the database calls taken is what that request stored (transparency_client.py says why).
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from pydantic import ValidationError
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities import processes
from activities.packs_in_force import PacksInForce
from activities.platform_client import PlatformAway, PlatformClient
from activities.transparency import MENDING, REFUSED, TAKEN
from activities.transparency_client import AT_ONCE, LOCK, BatchReply, DatabaseAway, TokenRefused, TransparencyClient
from cases.campaigns import PAGE, member_filing
from cases.case import Case, Filing
from cases.causes import Cause, cause_of_filing
from cases.errors import KeyDestroyed
from cases.folding import compacted, fold_all
from cases.measures import Target
from cases.names import SubjectKind, case_workflow_id, tenant_of
from cases.policy import PolicyPack
from cases.statement_contents import FiledContent, filed_content
from cases.statements import NothingToState, OneOfMany, statement_of
from record import events, evidence, member_filings
from record.member_filings import MemberFiling
from record.record import Record

UNDER_WAY: Final = "under_way"  # in the row: sent, and no answer noted
ASKED_TOGETHER: Final = 8  # of the platform, what kind of content it is


@dataclass(frozen=True)
class _Campaign:
    """What all statements of one filing have in common."""

    case: Case
    filing: Filing
    pack: PolicyPack
    cause: Cause


@dataclass(frozen=True)
class _Payloads:
    """sendable: by target. wrong: how many break the database's rules as they are built, and were not sent."""

    sendable: Mapping[str, dict[str, Any]]
    wrong: int


class MemberFilings:
    """Pages of a campaign's statements. per_second: statements, at most."""

    def __init__(
        self,
        record: Record,
        packs: PacksInForce,
        platform: PlatformClient,
        database: TransparencyClient,
        per_second: float,
        clock: Callable[[], datetime],
    ) -> None:
        self._record, self._packs, self._platform, self._database = record, packs, platform, database
        self._per_second, self._clock = per_second, clock

    @activity.defn
    async def file_page(self, request: processes.FileStatement) -> processes.FiledPage:
        """At most one page. What an attempt that died had answered is not sent again. What the database refuses is left for
        last, stays owed and visible, and is tried again when it may have been mended. Raises ApplicationError for that.
        """
        case_id, cause = request.case_id, request.filing.cause
        try:
            campaign = await self._campaign(request)
            rows = await self._owed(campaign)
        except KeyDestroyed:
            return processes.FiledPage(more=False)
        if not rows:
            return processes.FiledPage(more=False, accepted=await member_filings.accepted(self._record, case_id, cause))
        await self._wait_out([one for one in rows if one.last_error == UNDER_WAY], campaign)
        done = 0
        for some in _by(rows, AT_ONCE):
            began = asyncio.get_running_loop().time()
            done += await self._filed(campaign, some)
            activity.heartbeat(done)
            spent = asyncio.get_running_loop().time() - began
            await asyncio.sleep(max(0.0, len(some) / self._per_second - spent))
        if not done:
            raise ApplicationError(
                f"the EU database refuses the last {len(rows)} statements of {cause}; mend how they are built, they are sent "
                "again by themselves",
                type="StatementRefused",
                next_retry_delay=MENDING,
            )
        return processes.FiledPage(more=True)

    async def _campaign(self, request: processes.FileStatement) -> _Campaign:
        stored = await events.load(self._record, request.case_id)
        if not stored or len(stored) < stored[-1].sequence:
            raise KeyDestroyed  # events are missing: the campaign was erased
        case = fold_all(Case(case_id=request.case_id), compacted(stored))
        cause = cause_of_filing(case, request.filing, stored)
        assert cause.matter is not None, "a decision or hold has its matter"
        ref = cause.matter.terms.pack
        return _Campaign(case, request.filing, await self._packs.pinned(tenant_of(request.case_id), ref), cause)

    async def _owed(self, campaign: _Campaign) -> list[MemberFiling]:
        case, filing = campaign.case, campaign.filing
        superseded = sorted({one.cause for one in case.filings if one.filing_id in filing.supersedes})
        return await member_filings.owed(self._record, case.case_id, filing.after, filing.cause, superseded, PAGE)

    async def _wait_out(self, rows: Sequence[MemberFiling], campaign: _Campaign) -> None:
        """An attempt died with these under way."""
        if rows:
            await self._note(campaign, [one.member.target_key for one in rows], TAKEN)
            raise ApplicationError("an earlier request may be under way", type="PuidTaken", next_retry_delay=LOCK)

    async def _filed(self, campaign: _Campaign, rows: Sequence[MemberFiling]) -> int:
        """One request, or as many as it takes to leave out what is refused; of how many there is an answer now."""
        payloads = await self._payloads(campaign, rows)
        waited = {one.member.target_key for one in rows if one.last_error == TAKEN}
        done = len(rows) - len(payloads.sendable) - payloads.wrong
        left = dict(payloads.sendable)
        while left:
            targets = list(left)
            reply = await self._asked(campaign, targets, list(left.values()))
            if reply.how == "stored":
                await self._answered(campaign, {t: reply.uuids.get(self._puid(campaign, t)) for t in targets})
                return done + len(targets)
            gone = (
                await self._known(campaign, targets, reply, waited)
                if reply.how == "taken"
                else await self._refused(campaign, targets, reply)
            )
            done += len(gone) if reply.how == "taken" else 0
            left = {target: payload for target, payload in left.items() if target not in gone}
        return done

    async def _known(
        self, campaign: _Campaign, targets: Sequence[str], reply: BatchReply, waited: set[str]
    ) -> set[str]:
        """Those the database has from an earlier request of ours. Raises ApplicationError while one may be under way."""
        taken = {target for target in targets if self._puid(campaign, target) in reply.taken}
        if not taken or taken - waited:
            await self._note(campaign, targets, TAKEN)
            raise ApplicationError(
                f"the EU database says that it has {len(taken)} of these; the lock of an earlier request is waited out",
                type="PuidTaken",
                next_retry_delay=LOCK,
            )
        await self._answered(campaign, dict.fromkeys(taken))
        return taken

    async def _refused(self, campaign: _Campaign, targets: Sequence[str], reply: BatchReply) -> set[str]:
        for place, fields in reply.wrong.items():
            await self._note(campaign, [targets[place]], f"{REFUSED}: {', '.join(fields) or 'no field named'}")
        return {targets[place] for place in reply.wrong}

    async def _asked(self, campaign: _Campaign, targets: Sequence[str], sent: list[dict[str, Any]]) -> BatchReply:
        await self._note(campaign, targets, UNDER_WAY, more=1)
        try:
            return await self._database.file_many(sent)
        except TokenRefused as error:
            await self._note(campaign, targets, "token_refused")
            raise ApplicationError(str(error), type="TokenRefused") from None
        except DatabaseAway as error:
            await self._note(campaign, targets, TAKEN)
            delay = max(LOCK, error.retry_after or LOCK)
            raise ApplicationError(str(error), type="DatabaseAway", next_retry_delay=delay) from None

    # What is stated --------------------------------------------------------------------------------------------------

    async def _payloads(self, campaign: _Campaign, rows: Sequence[MemberFiling]) -> _Payloads:
        """What was kept is what is sent, but for what was refused; the rest is made, and kept before it goes."""
        fresh = [one for one in rows if one.payload is None or (one.last_error or "").startswith(REFUSED)]
        contents: dict[str, FiledContent] = {}
        for some in _by(fresh, ASKED_TOGETHER):
            found = await asyncio.gather(*(self._content(campaign, one) for one in some))
            contents |= {one.member.target_key: content for one, content in zip(some, found, strict=True)}
        made: dict[str, dict[str, Any]] = {}
        nothing, wrong = [], 0
        for one in rows:
            target = one.member.target_key
            if target not in contents:
                made[target] = orjson.loads(one.payload or b"{}")
                continue
            try:
                made[target] = self._statement(campaign, one, contents[target])
            except NothingToState:
                nothing.append(target)
            except ValidationError as error:
                wrong += 1
                await self._wrong(campaign, target, error)
        kept = {
            target: orjson.dumps(made.get(target, {})) for target in contents if target in made or target in nothing
        }
        left = await member_filings.owe(self._record, campaign.case.case_id, campaign.filing.cause, kept, self._clock())
        if nothing:
            await self._answered(campaign, dict.fromkeys(nothing), accepted=False, error_code="nothing_to_state")
        sendable = {target: payload for target, payload in made.items() if target in left or target not in contents}
        return _Payloads(sendable=sendable, wrong=wrong)

    async def _wrong(self, campaign: _Campaign, target: str, error: ValidationError) -> None:
        fields = {".".join(map(str, one["loc"])) or str(one["msg"]) for one in error.errors(include_input=False)}
        kept = {target: orjson.dumps({})}
        await member_filings.owe(self._record, campaign.case.case_id, campaign.filing.cause, kept, self._clock())
        await self._note(campaign, [target], f"{REFUSED}: {', '.join(sorted(fields))}")

    def _statement(self, campaign: _Campaign, one: MemberFiling, content: FiledContent) -> dict[str, Any]:
        filing = campaign.filing.evolve(filing_id=self._puid(campaign, one.member.target_key), supersedes=one.earlier)
        about = OneOfMany(
            target=campaign.case.order(one.order_id).target,
            restricted_at=one.restricted_at,
            lifted_at=one.confirmed_at if one.earlier else None,
        )
        return statement_of(campaign.case, filing, campaign.pack, campaign.cause, content, about).payload()

    async def _content(self, campaign: _Campaign, one: MemberFiling) -> FiledContent:
        """What its own case captured; else what the platform says; else the day on which it was first seen."""
        if campaign.case.order(one.order_id).target is Target.AUTHOR:
            return filed_content(SubjectKind.ACCOUNT, None, None, one.first_seen)
        member = one.member
        own = case_workflow_id(tenant_of(campaign.case.case_id), member.kind, member.member_key)
        if captured := await evidence.facts_of(self._record, own):
            snapshot = orjson.loads(await evidence.read(self._record, own, captured[-1].version))
            return filed_content(
                member.kind, captured[-1], snapshot if isinstance(snapshot, dict) else None, one.first_seen
            )
        try:
            seen = await self._platform.snapshot(member.kind, member.id)
        except PlatformAway as error:
            raise ApplicationError(str(error), type=error.code) from None
        return filed_content(member.kind, None, seen.model_dump(mode="json") if seen else None, one.first_seen)

    # What is noted ---------------------------------------------------------------------------------------------------

    def _puid(self, campaign: _Campaign, target: str) -> str:
        return member_filing(campaign.case.case_id, campaign.filing.cause, target)

    async def _note(self, campaign: _Campaign, targets: Sequence[str], error: str | None, *, more: int = 0) -> None:
        ids = [self._puid(campaign, target) for target in targets]
        await member_filings.note_attempts(self._record, tenant_of(campaign.case.case_id), ids, error, more=more)

    async def _answered(
        self,
        campaign: _Campaign,
        uuids: Mapping[str, str | None],
        *,
        accepted: bool = True,
        error_code: str | None = None,
    ) -> None:
        answered = {self._puid(campaign, target): uuid for target, uuid in uuids.items()}
        await member_filings.note_answered(
            self._record,
            tenant_of(campaign.case.case_id),
            answered,
            self._clock(),
            accepted=accepted,
            error_code=error_code,
        )


def _by(rows: Sequence[MemberFiling], size: int) -> list[Sequence[MemberFiling]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]
