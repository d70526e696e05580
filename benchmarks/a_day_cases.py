"""What comes in on a simulated day, and the cases it makes, folded by `cases` as a run would. All synthetic."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import exp, pi, sin
from random import Random
from typing import Final, Protocol

from cases.appeals import Role
from cases.assessments import Triaged
from cases.case import Case
from cases.deadlines import ClockKind, Tick, earliest, late_seconds, next_tick
from cases.decisions import Ground, Outcome
from cases.events import CaseEvent, ClockBreached, ClockWarned, EvidenceCaptured
from cases.evidence import EvidenceOrigin, EvidenceVersion
from cases.folding import fold
from cases.hearing_events import AppealDecided, HearingOpened
from cases.hearings import Hearing, fold_hearing, project_hearing
from cases.judging import consequences, tick_events
from cases.messages import ReportSource
from cases.policy import PolicyPack
from cases.policy_facts import Facts, ReportFacts
from cases.projection import Projection, project
from cases.received import DecisionAsk, DecisionReceived, ReportReceived
from cases.triage import assessment_of, triage

AREAS: Final = {
    "spam": 0.45,
    "harassment": 0.31,
    "other": 0.14,
    "self_harm": 0.05,
    "intimate_images": 0.04,
    "child_safety": 0.01,
}
LANGUAGES: Final = {"en": 0.7, "de": 0.2, "fr": 0.1}
BURST_HOUR: Final = 19
BURST_SHARE: Final = 0.06  # of the day's cases, within twenty minutes
APPEALED: Final = 0.03  # of decisions
PEOPLE_DECIDE: Final = frozenset({ClockKind.REVIEW, ClockKind.SECOND_LOOK, ClockKind.GRACE})
"""The clocks whose acts are simulated here; orders, notices and filings are another benchmark's."""


@dataclass(frozen=True)
class Arrival:
    """Something somebody reported."""

    at: datetime
    number: int
    tenant: str
    area: str
    language: str
    reports: int


def arrivals(chance: Random, began: datetime, cases: int, tenants: dict[str, float]) -> list[Arrival]:
    """A day's reports: few at night, most in the evening, and one burst."""
    by_hour = [1.2 - sin(2 * pi * (hour + 3) / 24) for hour in range(24)]

    def moment() -> datetime:
        if chance.random() < BURST_SHARE:
            return began + timedelta(hours=BURST_HOUR, minutes=chance.uniform(0, 20))
        hour = chance.choices(range(24), by_hour)[0]
        return began + timedelta(hours=hour + chance.random())

    def pick(shares: dict[str, float]) -> str:
        return chance.choices(list(shares), list(shares.values()))[0]

    return [
        Arrival(at, number, pick(tenants), pick(AREAS), pick(LANGUAGES), 1 + int(chance.expovariate(1.2)))
        for number, at in enumerate(sorted(moment() for _ in range(cases)))
    ]


class Life(Protocol):
    """A stream whose open questions people answer. events: what it recorded, each at its simulated time."""

    stream: str
    events: list[CaseEvent]

    def due(self) -> Tick | None:
        """What its own clocks ask for next."""

    def tick(self, now: datetime) -> None:
        """Record whatever its clocks ask for by now."""

    def decide(self, reviewer: str, task_id: str, now: datetime) -> None:
        """A reviewer answers the question."""

    def rows(self) -> Projection:
        """What stands beside its events."""


@dataclass
class CaseLife:
    """A case from its first report to its last decision."""

    stream: str
    events: list[CaseEvent] = field(default_factory=list)
    case: Case = field(init=False)

    def __post_init__(self) -> None:
        self.case = Case(case_id=self.stream)

    def begin(self, arrival: Arrival, pack: PolicyPack) -> None:
        """Reported, captured, and judged by the pack."""
        report = ReportReceived(
            number=1,
            area=arrival.area,
            source=ReportSource.NOTICE,
            received_at=arrival.at,
            contactable=1,
            count=arrival.reports,
            independent=float(arrival.reports),
        )
        captured = EvidenceVersion(
            version=1,
            digest=f"sha256:{arrival.number:064x}",
            origin=EvidenceOrigin.PLATFORM,
            captured_at=arrival.at,
            content_version="v1",
            author=f"{arrival.number:016x}",
            author_target=f"{arrival.number:032x}",
            language=arrival.language,
        )
        facts = Facts(area=arrival.area, tenant=arrival.tenant, reports=ReportFacts(count=arrival.reports))
        found = assessment_of(pack, triage(pack, facts), 1, arrival.at)
        self._record(arrival.at, "inbox:1", report)
        self._record(arrival.at, "evidence:1", EvidenceCaptured(evidence=captured))
        self._record(arrival.at, "triage:1:1", Triaged(through=1, evidence_version=1, assessments=(found,), facts={}))

    def due(self) -> Tick | None:
        """The earliest tick of the clocks that people's answers stop."""
        return earliest(clock for clock in self.case.clocks if clock.kind in PEOPLE_DECIDE)

    def tick(self, now: datetime) -> None:
        """Warnings, breaches, and decisions whose grace is over."""
        while (tick := self.due()) and tick.at <= now:
            for event in tick_events(self.case, tick, now):
                self._fold(event)

    def decide(self, reviewer: str, task_id: str, now: datetime) -> None:
        """No violation, or the second person's agreement with that."""
        seconds = task_id.removeprefix("second:") if task_id.startswith("second:") else None
        matter = next(task.subject for task in self.rows().tasks if task.task_id == task_id)
        number = len(self.events) + 1
        ask = DecisionAsk(
            decision_id=f"d-{number}",
            digest=f"d-{number}",
            matter=matter,
            outcome=self._outcome(seconds),
            reviewer=reviewer,
            channel="update",
            rationale_id="txt-" + "0" * 32,
            seconds=seconds,
        )
        self._record(now, f"inbox:{number}", DecisionReceived(number=number, ask=ask, received_at=now))
        for event in consequences(self.case, self.events[-1], now):
            self._fold(event)

    def rows(self) -> Projection:
        """As the record has them."""
        return project(self.case)

    def _outcome(self, seconds: str | None) -> Outcome:
        both = (*self.case.decisions, *self.case.proposals)
        return next((one.outcome for one in both if one.decision_id == seconds), Outcome.NO_VIOLATION)

    def _record(self, at: datetime, event_id: str, body: object) -> None:
        self._fold(CaseEvent(event_id=event_id, occurred_at=at, body=body))  # type: ignore[arg-type]  # one of its kinds

    def _fold(self, event: CaseEvent) -> None:
        self.events.append(event.evolve(sequence=len(self.events) + 1))
        self.case = fold(self.case, self.events[-1])


@dataclass
class HearingLife:
    """An appeal against a decision, for somebody who had no part in it."""

    stream: str
    events: list[CaseEvent] = field(default_factory=list)
    hearing: Hearing = field(init=False)

    def __post_init__(self) -> None:
        self.hearing = Hearing(appeal_id=self.stream.rpartition("/")[2])

    def begin(self, case: CaseLife, decision_id: str, decider: str, severity: int, queue: str, now: datetime) -> None:
        """Somebody appealed."""
        opened = HearingOpened(
            appeal_id=self.hearing.appeal_id,
            case_id=case.stream,
            decision_id=decision_id,
            appellant="a" * 16,
            role=Role.AUTHOR,
            due_at=now + timedelta(days=14),
            deciders=(decider,),
            queue=queue,
            severity=severity,
            evidence_digest="sha256:synthetic",
        )
        self._fold(now, "opened", opened)

    def due(self) -> Tick | None:
        """Of its one clock."""
        return next_tick(self.hearing.clock) if self.hearing.clock else None

    def tick(self, now: datetime) -> None:
        """Warnings and the breach, as the appeal's workflow records them."""
        while (clock := self.hearing.clock) and (tick := next_tick(clock)) and tick.at <= now:
            warned = ClockWarned(clock_id=clock.clock_id, percent=tick.percent)
            breach = ClockBreached(clock_id=clock.clock_id, late_seconds=late_seconds(clock, now))
            self._fold(now, f"clock:{tick.percent}", warned if tick.percent < 100 else breach)

    def decide(self, reviewer: str, task_id: str, now: datetime) -> None:
        """The decision stands."""
        ask = DecisionAsk(
            decision_id="d-1",
            digest="d-1",
            matter=task_id,
            outcome=Outcome.UPHELD,
            reviewer=reviewer,
            channel="update",
            ground=Ground.TERMS,
            rationale_id="txt-" + "0" * 32,
        )
        self._fold(now, "decision:d-1", AppealDecided(ask=ask))

    def rows(self) -> Projection:
        """As the record has them."""
        return project_hearing(self.hearing)

    def _fold(self, now: datetime, event_id: str, body: object) -> None:
        event = CaseEvent(event_id=event_id, occurred_at=now, body=body, sequence=len(self.events) + 1)  # type: ignore[arg-type]
        self.events.append(event)
        self.hearing = fold_hearing(self.hearing, event)


def breaches(life: Life) -> Iterator[tuple[CaseEvent, ClockBreached]]:
    """Every deadline that was missed."""
    for event in life.events:
        if isinstance(event.body, ClockBreached):
            yield event, event.body


def seconds_of_work(chance: Random, queue: str, hearing: bool) -> float:
    """How long somebody looks: mostly short, sometimes long, never longer than a claim lasts."""
    usual = 900.0 if hearing else USUAL_SECONDS.get(queue, 150.0)
    return min(1_700.0, usual * exp(chance.gauss(0.0, 0.6)))


USUAL_SECONDS: Final = {
    "spam": 50.0,
    "harassment": 160.0,
    "general": 180.0,
    "intimate_images": 200.0,
    "specialist": 420.0,
    "child_safety": 480.0,
}
