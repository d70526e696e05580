"""A shadow case: what came in, folded and judged by a pack as a real case's would be, and nothing done about it.

The same fold and the same triage; what is missing is the world. No evidence is captured (so rules that look at content,
links or copies do not hold), no order is sent, nobody is told, no reviewer decides. What would be owed is read off the
case: its notices, filings and clocks are exactly those of the fold. All of it at one instant, so that subjects with the
same story share one case.
"""

from datetime import UTC, datetime
from typing import Final, NamedTuple

from cases.assessing import assess, automatic_decisions
from cases.case import Case, Filing
from cases.deadlines import Clock
from cases.decisions import Decision
from cases.duties import assessment_due
from cases.events import CaseEvent, EvidenceCaptured
from cases.evidence import EvidenceOrigin, EvidenceVersion
from cases.folding import fold, fold_all
from cases.matters import Matter, MatterStage
from cases.measures import Measure
from cases.messages import ReportSource, SignalMessage
from cases.names import SubjectKind, case_workflow_id, kind_of
from cases.policy import CATCH_ALL, PolicyPack
from cases.policy_facts import Facts, SignalFacts
from cases.received import ReportReceived, SignalReceived
from cases.telling import Notice

INSTANT: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""When everything in a shadow case happens. Durations are what is read off it, never dates."""


OUTCOMES: Final = ("automatic", "hold", "review", "nothing")
"""What a pack may have made of an allegation: decided by rule, held and reviewed, reviewed, or not opened."""


class Said(NamedTuple):
    """A signal, but for its time and sender: two that are equal make the same of the same case."""

    scores: tuple[tuple[str, float], ...]
    area: str | None


class Told(NamedTuple):
    """A report, likewise. first: of its sender in this area; contactable: the sender can be answered."""

    area: str
    source: ReportSource
    first: bool
    contactable: bool


class Step(NamedTuple):
    """What one message newly brought about."""

    opened: tuple[Matter, ...]
    held: tuple[Matter, ...]
    decided: tuple[Decision, ...]
    measures: tuple[tuple[str, Measure], ...]  # with its area, as the next two
    notices: tuple[tuple[str, Notice], ...]
    filings: tuple[tuple[str, Filing], ...]
    clocks: tuple[Clock, ...]


def shadow_case(kind: SubjectKind) -> Case:
    """A case that nothing has come in for. Its author, if it had evidence, could be told."""
    evidence = EvidenceVersion(
        version=1,
        digest="shadow",
        origin=EvidenceOrigin.NOTHING,
        captured_at=INSTANT,
        author="shadow",
        author_target="0" * 32 if kind is SubjectKind.CONTENT else None,
    )
    captured = CaseEvent(event_id="evidence:shadow", occurred_at=INSTANT, body=EvidenceCaptured(evidence=evidence))
    return fold(Case(case_id=case_workflow_id("shadow", kind, "0" * 32)), captured)


def said_of(message: SignalMessage) -> Said:
    """The signal as the case sees it."""
    return Said(tuple(sorted(message.scores.items())), message.area)


def shadowed(case: Case, message: Said | Told, pack: PolicyPack) -> Case:
    """The case after this message, triage and all that follows by rule included."""
    number = case.inbox_through + 1
    body: SignalReceived | ReportReceived
    if isinstance(message, Said):
        scores, area = dict(message.scores), message.area
        body = SignalReceived(number=number, detector="shadow", scores=scores, received_at=INSTANT, area=area)
    else:
        body = ReportReceived(
            number=number,
            area=message.area,
            source=message.source,
            received_at=INSTANT,
            independent=int(message.first),
            contactable=int(message.contactable),
        )
    came = fold(case, CaseEvent(event_id=f"inbox:{number}", occurred_at=INSTANT, body=body))
    return _assessed(came, pack)


def _assessed(case: Case, pack: PolicyPack) -> Case:
    through = assessment_due(case)
    if through is None:
        return case
    told = Facts(
        area=CATCH_ALL,
        subject_kind=kind_of(case.case_id),
        signals=SignalFacts(max_score=dict(sorted(case.scores.items()))),
    )
    triaged = assess(case, 1, told, {}, lambda _: pack, pack.area_of_label, through, INSTANT)
    asked = CaseEvent(event_id=f"triage:{through}/1", occurred_at=INSTANT, body=triaged)
    known = {f"decision:{one.decision_id}" for one in case.decisions}
    decided = [event for event in automatic_decisions(asked) if event.event_id not in known]
    return fold_all(case, (asked, *decided))


def step_between(before: Case, after: Case) -> Step:
    """What is in the later state and not in the earlier."""
    held = {one.matter_id for one in before.matters if one.hold_order}
    known = {one.matter_id for one in before.matters}
    orders = after.orders[len(before.orders) :]
    return Step(
        opened=tuple(one for one in after.matters if one.matter_id not in known),
        held=tuple(one for one in after.matters if one.hold_order and one.matter_id not in held),
        decided=after.decisions[len(before.decisions) :],
        measures=tuple((_area_of(after, order.cause), measure) for order in orders for measure in order.impose),
        notices=tuple((_area_of(after, one.cause), one) for one in after.notices[len(before.notices) :]),
        filings=tuple((_area_of(after, one.cause), one) for one in after.filings[len(before.filings) :]),
        clocks=after.clocks[len(before.clocks) :],
    )


def outcome_in(case: Case, area: str) -> str:
    """What the pack has made of this area so far: one of OUTCOMES."""
    matter = next((one for one in case.matters if one.area == area), None)
    if matter is None:
        return "nothing"
    if matter.stage is MatterStage.DECIDED:
        return "automatic"
    return "hold" if matter.hold_order else "review"


def _area_of(case: Case, cause: str) -> str:
    matter_id = cause.removeprefix("hold:")
    decision = next((one for one in case.decisions if one.decision_id == cause), None)
    return (decision.matter_id if decision else matter_id).partition("/")[0]
