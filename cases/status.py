"""Where things stand for one person: a function of what they were told and of what they did, and of nothing else.

So every stance binds the page as it binds the mail: whom `never` keeps from knowing, or `delay_until` keeps for now, sees what
somebody sees whose report is still being looked at, to the last word. `generic` shows the generic letter.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import AwareDatetime

from cases.appeals import AppealRefusal, Role
from cases.assessments import Triaged
from cases.deadlines import appeals_accepted_until
from cases.durations import parse_duration
from cases.events import AppealClosed, AppealOpened, AppealRefused, CaseEvent, DecisionRecorded, DecisionReversed
from cases.facts import Fact
from cases.holds import HOLD, held_matter
from cases.telling import NoticeKind

# What the page reads of a case's events.
READ: Final = ("triaged", "decision_recorded", "appeal_opened", "appeal_refused", "appeal_closed", "decision_reversed")


class PersonStage(StrEnum):
    """Where it stands, as this person may know."""

    LOOKING = "looking"  # received, being looked at
    HELD = "held"  # restricted while it is looked at
    LIFTED = "lifted"
    DECIDED = "decided"
    SUPPORTED = "supported"
    CHANGED = "changed"  # a decision was taken back, wholly or in part
    UNDER_APPEAL = "under_appeal"
    UPHELD = "upheld"
    NOT_HEARD = "not_heard"
    OVER = "over"  # a restriction has ended
    TOLD = "told"  # something else was said


class ToldBefore(Fact):
    """A notice this person has. cause: the decision, hold, reversal, appeal or measure it tells of."""

    kind: str
    cause: str
    at: AwareDatetime


class OwnReport(Fact):
    """This person's first report of an area."""

    area: str
    at: AwareDatetime


class AppealWindow(Fact):
    """A decision this person may still appeal, and until when."""

    decision_id: str
    until: AwareDatetime


class PersonStatus(Fact):
    """The answer. by: until when we aim to have an answer; late: that is over."""

    stage: PersonStage
    since: AwareDatetime | None = None
    by: AwareDatetime | None = None
    late: bool = False
    appeals: tuple[AppealWindow, ...] = ()


_STAGES: Final[Mapping[str, PersonStage]] = {
    NoticeKind.RECEIPT: PersonStage.LOOKING,
    NoticeKind.STATEMENT_PROVISIONAL: PersonStage.HELD,
    NoticeKind.HOLD_LIFTED: PersonStage.LIFTED,
    NoticeKind.STATEMENT: PersonStage.DECIDED,
    NoticeKind.OUTCOME_REPORTER: PersonStage.DECIDED,
    NoticeKind.OUTCOME_REPORTER_GENERIC: PersonStage.DECIDED,
    NoticeKind.SUPPORT_RESOURCES: PersonStage.SUPPORTED,
    NoticeKind.SUPPORT_REPORTER: PersonStage.SUPPORTED,
    NoticeKind.REVERSAL_AUTHOR: PersonStage.CHANGED,
    NoticeKind.REVERSAL_REPORTER: PersonStage.CHANGED,
    NoticeKind.APPEAL_UPHELD: PersonStage.UPHELD,
    NoticeKind.APPEAL_REFUSED: PersonStage.NOT_HEARD,
    NoticeKind.MEASURE_EXPIRED: PersonStage.OVER,
}
# Whoever has one of these may appeal what it tells of (DSA Art. 20(1)).
_APPEALABLE: Final = frozenset(
    {
        NoticeKind.STATEMENT,
        NoticeKind.STATEMENT_PROVISIONAL,
        NoticeKind.OUTCOME_REPORTER,
        NoticeKind.OUTCOME_REPORTER_GENERIC,
        NoticeKind.REVERSAL_REPORTER,
    }
)
_ANSWERED: Final = frozenset(
    {
        NoticeKind.OUTCOME_REPORTER,
        NoticeKind.OUTCOME_REPORTER_GENERIC,
        NoticeKind.SUPPORT_REPORTER,
        NoticeKind.STATEMENT,
    }
)


def status_of(
    person: str,
    role: Role,
    told: Sequence[ToldBefore],
    reports: Sequence[OwnReport],
    events: Sequence[CaseEvent],
    now: datetime,
) -> PersonStatus:
    """Where it stands for this person. told: oldest first. reports: a reporter's own. events: of the kinds in `READ`."""
    appeals = tuple(_windows(person, told, events, now))
    pending = _open_appeal(person, events)
    if pending:
        return PersonStatus(
            stage=PersonStage.UNDER_APPEAL, by=pending.due_at, late=pending.due_at < now, appeals=appeals
        )
    waiting = _unanswered(told, reports, events) if role is Role.REPORTER else None
    if waiting or not told:
        by = _aimed_at(waiting, events) if waiting else None
        since = waiting.at if waiting else None
        late = by is not None and by < now
        return PersonStatus(stage=PersonStage.LOOKING, since=since, by=by, late=late, appeals=appeals)
    latest = told[-1]
    return PersonStatus(stage=_STAGES.get(latest.kind, PersonStage.TOLD), since=latest.at, appeals=appeals)


def _unanswered(
    told: Sequence[ToldBefore], reports: Sequence[OwnReport], events: Sequence[CaseEvent]
) -> OwnReport | None:
    """The person's earliest report after which no answer came about its area."""
    bodies = (event.body for event in events)
    decided = {
        body.decision.decision_id: body.decision.matter_id.partition("/")[0]
        for body in bodies
        if isinstance(body, DecisionRecorded)
    }
    answers = [one for one in told if one.kind in _ANSWERED]
    waiting = [
        report
        for report in reports
        if not any(one.at >= report.at and decided.get(one.cause, report.area) == report.area for one in answers)
    ]
    return min(waiting, key=lambda report: report.at, default=None)


def _aimed_at(report: OwnReport, events: Iterable[CaseEvent]) -> datetime | None:
    """By when a report of this area is to be answered: from its own time, whatever became of the case since."""
    for event in events:
        if isinstance(event.body, Triaged):
            for found in event.body.assessments:
                if found.area == report.area:
                    return report.at + parse_duration(found.terms.review_within)
    return None


def _open_appeal(person: str, events: Sequence[CaseEvent]) -> AppealOpened | None:
    closed = {event.body.appeal_id for event in events if isinstance(event.body, AppealClosed)}
    own = (event.body for event in events if isinstance(event.body, AppealOpened) and event.body.appellant == person)
    return next((one for one in own if one.appeal_id not in closed), None)


def _windows(
    person: str, told: Sequence[ToldBefore], events: Sequence[CaseEvent], now: datetime
) -> Iterable[AppealWindow]:
    """Decisions this person was told of, has not appealed, was not told are taken back, and has time left for."""
    tried = {
        event.body.decision_id
        for event in events
        if isinstance(event.body, AppealOpened | AppealRefused)
        and event.body.appellant == person
        # Sent before they were told of anything, it was an appeal of nothing.
        and not (isinstance(event.body, AppealRefused) and event.body.reason is AppealRefusal.NOT_INFORMED)
    }
    causes = {one.cause for one in told}
    undone = {
        event.body.decision_id
        for event in events
        if isinstance(event.body, DecisionReversed) and not event.body.keep and event.body.reversal_id in causes
    }
    first: dict[str, datetime] = {}
    for number, one in enumerate(told):
        overtaken = _overtaken(one, told[number + 1 :], events)
        if one.kind in _APPEALABLE and one.cause not in tried | undone and not overtaken:
            first.setdefault(one.cause, one.at)
    for decision_id, at in first.items():
        until = appeals_accepted_until(at)
        if now <= until:
            yield AppealWindow(decision_id=decision_id, until=until)


def _overtaken(one: ToldBefore, later: Sequence[ToldBefore], events: Sequence[CaseEvent]) -> bool:
    """Whether a hold or a reversal is over, by what this person was told since: of its end, or of a decision after it."""
    matters = {
        event.body.decision.decision_id: event.body.decision.matter_id
        for event in events
        if isinstance(event.body, DecisionRecorded)
    }
    reversals = {
        event.body.reversal_id: matters.get(event.body.decision_id)
        for event in events
        if isinstance(event.body, DecisionReversed)
    }
    if one.cause.startswith(HOLD):
        matter: str | None = held_matter(one.cause)
    elif one.cause in reversals:
        matter = reversals[one.cause]
    else:
        return False
    own = f"{HOLD}{matter}"
    return any(
        matters.get(known.cause) == matter
        or (known.kind != one.kind and known.cause.startswith(own) and known.cause[len(own) : len(own) + 1] in ":/#")
        for known in later
    )
