"""Bulk: one act done to many cases at once. What may be selected, what is in a preview, and what each case is told to do.

A selection is frozen when it is previewed: its members are rows, and their digest is what a second person approves. Each
member's case judges the act when it comes to it, as it would judge a single one, so what changed meanwhile is left alone.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from cases.appeals import AppealStage
from cases.authority_orders import is_by_order
from cases.case import Case
from cases.changes import revoked
from cases.decisions import (
    MATTER_OUTCOMES,
    RESTRICTING,
    Decision,
    EnforcementRequest,
    Ground,
    Outcome,
    refuse_enforcement,
)
from cases.digests import canonical_json
from cases.enforcement_kinds import KINDS, Reversal
from cases.facts import Fact, Message
from cases.holds import hold_causes
from cases.matters import Matter, MatterStage
from cases.messages import AreaName, MessageId
from cases.names import SubjectKind, kind_of

MOST_MEMBERS: Final = 50_000
CASES_NAMED: Final = 10_000  # ids in one selection
SAMPLE: Final = 20  # members shown with a preview
PAGE: Final = 500  # members of one page
CHILD_SAFETY: Final = "child_safety"
"""The named role without which nothing is taken back or released in bulk where a report to an authority is owed (P12)."""

BulkId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
CaseName = Annotated[str, StringConstraints(pattern=r"^case/[a-z][a-z0-9-]{0,31}/[a-z]{1,16}/[0-9a-f]{32}$")]
Decider = Annotated[str, StringConstraints(pattern=r"^(rule:)?[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]
RuleName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,128}$")]


class BulkAct(StrEnum):
    """What is done to each member."""

    REVERSE = "reverse"  # take decisions back
    RELEASE = "release"  # lift holds; the questions stay with reviewers
    DECIDE = "decide"  # close open questions with one decision
    REASSESS = "reassess"  # ask the pack's present version about what was captured before
    RETELL = "retell"  # send again what people were told of decisions that stand


OF_DECISIONS: Final = frozenset({BulkAct.REVERSE, BulkAct.RETELL})
RESTRICTS_WHEN_UNDONE: Final = frozenset({BulkAct.REVERSE, BulkAct.RELEASE})
"""Undoing these puts restrictions back in force, which takes two people as the act itself did."""


class BulkSelection(Message):
    """Which decisions, holds, open questions or cases. Everything given must hold; nothing given selects nothing.

    since, until: of the decision, or of the hold's or question's present stage; a case to reassess changed since, opened until.
    pack_version: under which the matter opened. decider: a reviewer, or `rule:<id>`. cases: these only.
    """

    areas: Annotated[tuple[AreaName, ...], Field(max_length=64)] = ()
    rule: RuleName | None = None
    pack_version: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    decider: Decider | None = None
    outcome: Outcome | None = None
    cases: Annotated[tuple[CaseName, ...], Field(max_length=CASES_NAMED)] = ()

    @model_validator(mode="after")
    def _something(self) -> "BulkSelection":
        if not self.model_dump(exclude_defaults=True):
            raise ValueError("selects nothing; give areas, rule, pack_version, since, until, decider, outcome or cases")
        if self.since and self.until and self.since >= self.until:
            raise ValueError("since must be before until")
        return self


class BulkPlan(Message):
    """An act and on what. outcome to enforcements: of `decide`; no enforcements means the area's list.

    per_second: how many cases are told at most, each second. At the slowest a page ends within its activity's hour.
    """

    act: BulkAct
    selection: BulkSelection
    outcome: Outcome | None = None
    ground: Ground | None = None
    rule_id: RuleName | None = None
    enforcements: Annotated[tuple[EnforcementRequest, ...], Field(max_length=16)] | None = None
    per_second: Annotated[float, Field(ge=0.2, le=500)] = 50.0

    @model_validator(mode="after")
    def _fitting(self) -> "BulkPlan":
        decides = self.act is BulkAct.DECIDE
        if decides and self.outcome not in MATTER_OUTCOMES:
            raise ValueError("outcome: decide needs what is found; give a matter's outcome")
        if not decides and (self.outcome or self.ground or self.rule_id or self.enforcements is not None):
            raise ValueError("outcome, ground, rule_id and enforcements are for decide; leave them out")
        if self.outcome in RESTRICTING and (self.ground is None or self.rule_id is None):
            raise ValueError("ground and rule_id: a violation names the law or rule it rests on")
        final = [one.kind for one in self.enforcements or () if KINDS[one.kind].reversal is Reversal.NONE]
        if final:
            raise ValueError(f"enforcements: {final[0]} cannot be undone, so it is not decided in bulk")
        if self.act not in OF_DECISIONS and (self.selection.decider or self.selection.outcome):
            raise ValueError(f"selection: decider and outcome are of decisions; {self.act} is not about any")
        return self

    @property
    def restricts(self) -> bool:
        """Whether it puts anything in force that was not."""
        return self.act is BulkAct.DECIDE and self.outcome in RESTRICTING

    @property
    def digest(self) -> str:
        """Of what is asked, without the members it turns out to have."""
        return sha256(canonical_json(self)).hexdigest()


LeftOut = Literal[
    "", "already_reversed", "by_order", "awaits_second", "irreversible", "wrong_target", "campaign", "own", "needs_role"
]


class BulkTarget(Fact):
    """One member, as the preview found it. target: a decision's id, a hold's name, a matter's id, or `case`.

    measures: in force by it, or that would come into force. appeals: open, of that decision or hold. left_out: why nothing
    will be done to it, empty where something will.
    """

    target: str
    area: str
    account: str | None = None
    reach: int = 0
    measures: int = 0
    appeals: int = 0
    child_safety: bool = False
    left_out: LeftOut = ""


class BulkStart(Fact):
    """Which bulk a run carries out: the argument of BulkWorkflow. after: the last case of the page before; acts: so far."""

    tenant: str
    bulk_id: str
    after: str = ""
    acts: int = 0


class BulkActMessage(Message):
    """What a member's case is told to do. undo: to undo it. Brought by an activity, never by a door of its own.

    operator, approver: the two people who answer for it; reason_id: the stored text of the bulk's reason.
    """

    message_id: MessageId
    bulk_id: BulkId
    act: BulkAct
    target: str
    undo: bool = False
    operator: str
    approver: str
    reason_id: str
    outcome: Outcome | None = None
    ground: Ground | None = None
    rule_id: str | None = None
    enforcements: tuple[EnforcementRequest, ...] | None = None


class BulkActReceived(Fact):
    """A bulk reached this case; the case judges its part next."""

    kind: Literal["bulk_act_received"] = "bulk_act_received"
    number: int
    message_id: str
    bulk_id: str
    act: BulkAct
    target: str
    undo: bool = False
    operator: str
    approver: str
    reason_id: str
    outcome: Outcome | None = None
    ground: Ground | None = None
    rule_id: str | None = None
    enforcements: tuple[EnforcementRequest, ...] | None = None
    received_at: AwareDatetime


class BulkActDone(Fact):
    """This case did its part. What it did stands in the events before; of `reassess` and `retell` it follows from this one."""

    kind: Literal["bulk_act_done"] = "bulk_act_done"
    bulk_id: str
    message_id: str
    act: BulkAct
    target: str
    undo: bool = False
    operator: str
    approver: str
    through: int = 0


class SampledMember(Fact):
    """One member of the sample shown with a preview."""

    case_id: str
    target: str
    area: str
    reach: int
    measures: int
    appeals: int
    child_safety: bool
    protected: bool


def member_id(case_id: str, target: str) -> str:
    """A member's name within its bulk: one thing, one name, whatever reruns."""
    return sha256(f"{case_id}\0{target}".encode()).hexdigest()[:24]


def message_id(bulk_id: str, member: str, *, undo: bool = False) -> str:
    """The id of what a member's case is told; also of the decision or reversal that follows."""
    return f"{bulk_id}.{member}{UNDO if undo else ''}"


UNDO: Final = ".undo"
SWEEP: Final = "sweep:"  # of the cause for which a sweep has content captured


def done_by(undoing: str) -> str:
    """The id of what this message undoes."""
    return undoing.removesuffix(UNDO)


def swept_by(cause: str) -> str | None:
    """The bulk's message for which this capture is made; None for any other capture."""
    return cause.removeprefix(SWEEP) if cause.startswith(SWEEP) else None


def targets(case: Case, plan: BulkPlan) -> tuple[BulkTarget, ...]:
    """What of this case the plan selects, oldest first."""
    find = {
        BulkAct.REVERSE: _decisions,
        BulkAct.RETELL: _told,
        BulkAct.RELEASE: _holds,
        BulkAct.DECIDE: _questions,
        BulkAct.REASSESS: _captured,
    }[plan.act]
    return tuple(find(case, plan))


def guards_a_child(matter: Matter) -> bool:
    """Whether what is found there is owed to an authority as a report (18 U.S.C. 2258A)."""
    return matter.terms.authority_report_within is not None


def _decisions(case: Case, plan: BulkPlan) -> Iterator[BulkTarget]:
    gone = revoked(case)
    for one in case.decisions:
        matter = case.matter(one.matter_id)
        if not _of_decision(plan.selection, one, matter):
            continue
        why: LeftOut = "already_reversed" if one.reversed else "by_order" if is_by_order(one.by) else ""
        in_force = [measure for measure in one.measure_ids if measure not in gone]
        yield _target(case, matter, one.decision_id, len(in_force), why)


def _told(case: Case, plan: BulkPlan) -> Iterator[BulkTarget]:
    told = {notice.cause for notice in case.notices if notice.told_at}
    for one in case.decisions:
        matter = case.matter(one.matter_id)
        if one.decision_id in told and _of_decision(plan.selection, one, matter):
            yield _target(case, matter, one.decision_id, 0, "already_reversed" if one.reversed else "")


def _holds(case: Case, plan: BulkPlan) -> Iterator[BulkTarget]:
    gone = revoked(case)
    for matter in case.matters:
        causes = hold_causes(case, matter.matter_id)
        if matter.stage is not MatterStage.HELD or not causes or not _of_matter(plan.selection, matter):
            continue
        imposed = (m.measure_id for order in case.orders if order.cause == causes[-1] for m in order.impose)
        yield _target(case, matter, causes[-1], len([one for one in imposed if one not in gone]), "")


def _questions(case: Case, plan: BulkPlan) -> Iterator[BulkTarget]:
    subject = kind_of(case.case_id)
    for matter in case.matters:
        if not matter.open or not _of_matter(plan.selection, matter):
            continue
        wanted = () if plan.outcome not in RESTRICTING else wanted_of(plan.enforcements, matter)
        why: LeftOut = ""
        if matter.proposed_id or matter.entered_id:
            why = "awaits_second"
        elif subject is SubjectKind.CAMPAIGN:
            why = "campaign"  # decided on a sample that somebody looked at
        elif any(KINDS[one.kind].reversal is Reversal.NONE for one in wanted):
            why = "irreversible"
        elif any(refuse_enforcement(one, subject) for one in wanted):
            why = "wrong_target"
        yield _target(case, matter, matter.matter_id, len(wanted), why)


def _captured(case: Case, plan: BulkPlan) -> Iterator[BulkTarget]:
    """A case with anything captured, and a matter that the selection fits."""
    fitting = [matter for matter in case.matters if _of_matter(plan.selection, matter, timeless=True)]
    if case.evidence and fitting:
        why: LeftOut = "campaign" if kind_of(case.case_id) is SubjectKind.CAMPAIGN else ""
        yield _target(case, fitting[-1], "case", 0, why)


def wanted_of(asked: tuple[EnforcementRequest, ...] | None, matter: Matter) -> tuple[EnforcementRequest, ...]:
    """What a restricting decision in bulk does: what was asked, or the area's list."""
    return matter.terms.enforcements if asked is None else asked


def _of_decision(selection: BulkSelection, decision: Decision, matter: Matter) -> bool:
    by_rule = decision.by == f"rule:{selection.rule}" or decision.rule_id == selection.rule
    return (
        _named(selection, matter)
        and (selection.rule is None or by_rule)
        and (selection.decider is None or decision.by == selection.decider)
        and (selection.outcome is None or decision.outcome is selection.outcome)
        and _within(selection, decision.decided_at)
    )


def _of_matter(selection: BulkSelection, matter: Matter, *, timeless: bool = False) -> bool:
    ruled = selection.rule is None or matter.rule_id == selection.rule
    return _named(selection, matter) and ruled and (timeless or _within(selection, matter.stage_since))


def _named(selection: BulkSelection, matter: Matter) -> bool:
    in_area = not selection.areas or matter.area in selection.areas
    return in_area and selection.pack_version in (None, matter.terms.pack.version)


def _within(selection: BulkSelection, at: AwareDatetime) -> bool:
    return (selection.since is None or at >= selection.since) and (selection.until is None or at < selection.until)


def _target(case: Case, matter: Matter, target: str, measures: int, left_out: LeftOut) -> BulkTarget:
    judged = next((one for one in case.evidence if one.version == matter.evidence_version), None)
    return BulkTarget(
        target=target,
        area=matter.area,
        account=judged.author_target if judged else None,
        reach=judged.reach if judged else 0,
        measures=measures,
        appeals=sum(one.decision_id == target and one.stage is AppealStage.OPENED for one in case.appeals),
        child_safety=guards_a_child(matter),
        left_out=left_out,
    )


def needs_role(plan: BulkPlan, found: Iterable[BulkTarget], named_roles: Iterable[str]) -> tuple[BulkTarget, ...]:
    """The same; without the role for it, what guards a child is left out of all that may weaken that guard (P12)."""
    if plan.act in (BulkAct.REASSESS, BulkAct.RETELL) or CHILD_SAFETY in named_roles:
        return tuple(found)
    return tuple(one.evolve(left_out="needs_role") if one.child_safety and not one.left_out else one for one in found)
