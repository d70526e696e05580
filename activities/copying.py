"""A decision brought to every case about the same to the letter, and to the account cases of people found responsible.

Effect: inbox rows of those cases, and rings.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from hashlib import sha256
from typing import Final

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities import stubs
from activities.responsible_people import bring_to_responsible
from cases.copying import CopyDecidedMessage, CopyReversedMessage, as_duplicate, measure_numbers
from cases.decisions import Decision, SourceDecision
from cases.errors import Conflict
from cases.facts import Message
from cases.fingerprints import Likeness
from cases.names import SubjectKind, kind_of, tenant_of
from record import campaigns, fingerprints, inbox, review
from record.record import Record

Ring = Callable[[str, int], Awaitable[bool]]

MOST_COPIES: Final = 100_000  # one decision for more is a campaign's


class Copying:
    """Which cases a decision was brought to is noted before it is, so that its reversal reaches every one of them."""

    def __init__(self, record: Record, ring: Ring, now: Callable[[], datetime]) -> None:
        self._record = record
        self._ring = ring
        self._now = now

    @activity.defn
    async def spread_decision(self, request: stubs.DecisionSpread) -> stubs.SpreadAnswer:
        """Bring a decision, or its reversal, to its exact copies and to people responsible. Each case hears
        once, however often this runs.

        Raises ApplicationError CopyNotReady, which is retried, where a copy's own case has yet to record its evidence.
        """
        source = SourceDecision(case_id=request.case_id, decision_id=request.spread.decision_id)
        if request.spread.reversal_id:
            return await self._undo(request, source)
        people = await self._bring_to_people(request)
        if not request.decision.copies:
            return people
        decision, judged = await self._concerned(request)
        reviewer = None if request.decision.automated else request.decision.by
        apart = await review.without_part(self._record, tenant_of(request.case_id), sorted(judged), reviewer)
        ready = [case_id for case_id, captured in apart.items() if captured]
        await fingerprints.note_derived(self._record, source.case_id, source.decision_id, ready, self._now())
        for case_id in ready:
            message = CopyDecidedMessage(
                message_id=_message_id("copy", source, ""),
                version=judged[case_id],
                decision=decision,
                matter=request.matter,
                source=source,
            )
            await self._bring(case_id, "copy_decided", message.message_id, message)
        if waiting := len(apart) - len(ready):
            raise ApplicationError(f"{waiting} copies have yet to record their evidence", type="CopyNotReady")
        return stubs.SpreadAnswer(cases=len(ready) + people.cases, left=len(judged) - len(apart) + people.left)

    async def _bring_to_people(self, request: stubs.DecisionSpread) -> stubs.SpreadAnswer:
        """To the account case of everybody whom the decision finds responsible."""
        if not request.decision.responsible:
            return stubs.SpreadAnswer(cases=0)
        brought = await bring_to_responsible(self._record, request, self._now())
        for case_id, number in brought.rings:
            await self._ring(case_id, number)
        return stubs.SpreadAnswer(cases=brought.cases, left=brought.left)

    async def _concerned(self, request: stubs.DecisionSpread) -> tuple[Decision, dict[str, int]]:
        """What is brought, and to which version of whose case: of copies the decision itself, of a campaign's members that
        their own open matter is decided by it.
        """
        if kind_of(request.case_id) is SubjectKind.CAMPAIGN:
            undecided = await campaigns.open_matters(self._record, request.case_id, request.matter.area)
            return as_duplicate(request.decision), undecided
        found = await fingerprints.copies_of(self._record, request.case_id, {Likeness.CONTENT}, MOST_COPIES)
        return request.decision, {copy.case_id: copy.version for copy in found}

    async def _undo(self, request: stubs.DecisionSpread, source: SourceDecision) -> stubs.SpreadAnswer:
        spread = request.spread
        reached = await fingerprints.derived_from(self._record, source.case_id, source.decision_id)
        if spread.keep:  # the community's decision stands in part, and so do those on its people
            reached = [one for one in reached if kind_of(one) is kind_of(source.case_id)]
        for case_id in reached:
            message = CopyReversedMessage(
                message_id=_message_id("uncopy", source, spread.reversal_id or ""),
                source=source,
                reversal_id=spread.reversal_id or "",
                keep=measure_numbers(spread.keep),
                by=spread.by,
            )
            await self._bring(case_id, "copy_reversed", message.message_id, message)
        return stubs.SpreadAnswer(cases=len(reached))

    async def _bring(self, case_id: str, kind: str, message_id: str, message: Message) -> None:
        """An inbox row, then a ring; the sweeper rings again where that fails."""
        name = f"{message_id}-{case_id.rpartition('/')[2]}"
        tenant, at = tenant_of(case_id), self._now()
        activity.heartbeat()
        try:
            accepted = await inbox.accept(self._record, tenant, case_id, None, None, kind, name, message, None, at)
        except Conflict:
            return  # an earlier attempt brought it, when another version of the copy was the latest
        if accepted.ring:
            await self._ring(case_id, accepted.number)


def _message_id(what: str, source: SourceDecision, reversal_id: str) -> str:
    """Names the cause, and is unique over all cases with the copy's own key behind it."""
    named = f"{source.case_id}\0{source.decision_id}\0{reversal_id}".encode()
    return f"{what}-{sha256(named).hexdigest()[:32]}"
