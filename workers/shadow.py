"""A shadow run: a platform's own verdicts, signals and reports through a pack, with no effects. Only files are read.

No record, no Temporal, no network. Lines are read one by one; what is kept grows with the number of different subjects
and messages (a few hundred bytes each), not with their length. Subjects with the same story share one case.
"""

import re
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import count
from typing import BinaryIO, Final, NamedTuple

from api.lines import RawLine
from api.peers.osprey import Finding, read_line
from api.peers.osprey_map import OspreyMap
from cases.case import Case
from cases.errors import Problem
from cases.legal_requests import counts_as, given_of_report, missing_of_notice
from cases.matters import MatterStage
from cases.measures import Measure
from cases.messages import ReportMessage, SignalMessage, Subject
from cases.names import SubjectKind
from cases.policy import PolicyPack
from cases.shadow import Said, Step, Told, outcome_in, said_of, shadow_case, shadowed, step_between
from cases.telling import Audience
from workers.feed_lines import BadLine, FeedPost, parse_line
from workers.line_cutter import READ_BYTES, LineCutter

REMEMBERED_STEPS: Final = 50_000  # transitions kept for the next subject with the same story
REJECTS_SHOWN: Final = 20

_OURS: Final = re.compile(rb'\s*\{\s*"(?:post|report|signal)"\s*:')
_TOO_LONG: Final = Problem("line", "", "is too long", "leave large features out")


class _Situation(NamedTuple):
    """Where a subject stands. token: tells situations apart, and equal stories share one."""

    token: int
    case: Case


class Agreement(NamedTuple):
    """One cell of the comparison. said: Osprey's words; outcome: ours, of the same subject and area, at that moment."""

    said: str
    restricts: bool
    outcome: str


@dataclass
class Ledger:
    """Everything counted. Keys are names of the pack, of the map, or of Osprey; nobody's data.

    opened: area, severity, rule. arrivals: queue, hour. holds, automatic: area, rule. measures: how, area, kind.
    statements and what follows: area. clocks: kind, source, time given. restricted_today: subjects Osprey's words restrict.
    """

    lines: int = 0
    messages: int = 0
    repeated: int = 0
    quiet: int = 0
    removed: int = 0
    ignored: int = 0
    posts: int = 0
    rejected: int = 0
    rejects: list[tuple[int, Problem]] = field(default_factory=list)
    cases: int = 0
    automatic_cases: int = 0
    opened: Counter[tuple[str, int, str]] = field(default_factory=Counter)
    arrivals: Counter[tuple[str, datetime | None]] = field(default_factory=Counter)
    holds: Counter[tuple[str, str]] = field(default_factory=Counter)
    automatic: Counter[tuple[str, str]] = field(default_factory=Counter)
    measures: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    statements: Counter[str] = field(default_factory=Counter)
    outcome_notices: Counter[str] = field(default_factory=Counter)
    exempt: Counter[str] = field(default_factory=Counter)
    receipts: Counter[str] = field(default_factory=Counter)
    filings: Counter[str] = field(default_factory=Counter)
    authority: Counter[str] = field(default_factory=Counter)
    clocks: Counter[tuple[str, str, timedelta]] = field(default_factory=Counter)
    agreement: Counter[Agreement] = field(default_factory=Counter)
    restricted_today: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None


class ShadowRun:
    """One run. The same lines, map and pack give the same ledger, in every process."""

    def __init__(self, pack: PolicyPack, table: OspreyMap) -> None:
        self._pack, self._table = pack, table
        self.ledger = Ledger()
        self._tokens = count()
        self._empty = {kind: _Situation(next(self._tokens), shadow_case(kind)) for kind in SubjectKind}
        self._subjects: dict[bytes, _Situation] = {}
        self._steps: OrderedDict[tuple[int, Said | Told], tuple[_Situation, Step]] = OrderedDict()
        self._messages: set[bytes] = set()
        self._people: set[bytes] = set()
        self._restricted: set[bytes] = set()

    def read(self, file: BinaryIO, show: Callable[[int], None] = lambda _: None) -> Ledger:
        """Every line of the file. show: called with the bytes read so far. Raises OSError."""
        cutter, read = LineCutter(), 0
        while data := file.read(READ_BYTES):
            read += len(data)
            self.take(cutter.cut(data))
            show(read)
        self.take(cutter.cut(b"", ended=True))
        self.ledger.automatic_cases = sum(not _open(one.case) for one in self._subjects.values())
        return self.ledger

    def take(self, lines: Iterable[RawLine]) -> None:
        """Some lines more."""
        for line in lines:
            self.ledger.lines += 1
            problems = list(self._line(line))
            if problems:
                self.ledger.rejected += 1
                room = REJECTS_SHOWN - len(self.ledger.rejects)
                self.ledger.rejects += [(line.number, problem) for problem in problems[: max(room, 0)]]

    def _line(self, line: RawLine) -> Iterator[Problem]:
        if line.raw is None:
            yield _TOO_LONG
        elif not line.raw.strip():
            self.ledger.quiet += 1
        elif _OURS.match(line.raw):
            yield from self._ours(line)
        else:
            yield from self._ospreys(line.raw)

    def _ours(self, line: RawLine) -> Iterator[Problem]:
        read = parse_line(line)
        if isinstance(read, BadLine):
            yield from read.problems
        elif isinstance(read.message, FeedPost):
            self.ledger.posts += 1
        else:
            yield from self._message(read.message)

    def _ospreys(self, raw: bytes) -> Iterator[Problem]:
        read = read_line(raw, self._table)
        self.ledger.removed += read.removed
        self.ledger.ignored += read.ignored
        self.ledger.quiet += not (read.findings or read.removed or read.ignored or read.problems)
        for finding in read.findings:
            yield from self._message(finding.message, finding)
        yield from read.problems

    def _message(self, message: ReportMessage | SignalMessage, finding: Finding | None = None) -> Iterator[Problem]:
        if message.area is not None and message.area not in self._pack.areas:
            yield Problem("area", message.area, "is no area of the pack", f"use one of {', '.join(self._pack.areas)}")
            return
        message_key = _digest(message.message_id)
        if message_key in self._messages:
            self.ledger.repeated += 1
            return
        self._messages.add(message_key)
        self.ledger.messages += 1
        subject = _digest(f"{message.subject.kind}\0{message.subject.id}")
        at = message.detected_at if isinstance(message, SignalMessage) else message.reported_at
        self._spans(at)
        case = self._moved(message.subject, subject, self._as_seen(subject, message), at)
        if finding:
            self._compare(finding, subject, case)

    def _as_seen(self, subject: bytes, message: ReportMessage | SignalMessage) -> Said | Told:
        if isinstance(message, SignalMessage):
            return said_of(message)
        who = message.reporter
        reachable = bool(who and who.address)
        if reachable:
            self.ledger.receipts[message.area] += 1
        person = _digest(who.reference if who else "", subject, message.area)
        first = person not in self._people
        self._people.add(person)
        missing = missing_of_notice(given_of_report(message), message.area)
        return Told(message.area, counts_as(message.source, missing, trusted=True), first, reachable)

    def _moved(self, about: Subject, subject: bytes, message: Said | Told, at: datetime | None) -> Case:
        before = self._subjects.get(subject)
        if before is None:
            self.ledger.cases += 1
            before = self._empty[about.kind]
        known = self._steps.get((before.token, message))
        if known is None:
            after = shadowed(before.case, message, self._pack)
            known = _Situation(next(self._tokens), after), step_between(before.case, after)
            self._steps[before.token, message] = known
            if len(self._steps) > REMEMBERED_STEPS:
                self._steps.popitem(last=False)
        situation, step = known
        self._subjects[subject] = situation
        self._count(step, situation.case, at)
        return situation.case

    def _count(self, step: Step, case: Case, at: datetime | None) -> None:
        ledger = self.ledger
        hour = at.replace(minute=0, second=0, microsecond=0) if at else None
        for matter in step.opened:
            ledger.opened[matter.area, matter.terms.severity, matter.rule_id or "no rule"] += 1
            if matter.stage is not MatterStage.DECIDED:
                ledger.arrivals[matter.terms.queue, hour] += 1
            if matter.terms.authority_report_within:
                ledger.authority[matter.area] += 1
        for matter in step.held:
            ledger.holds[matter.area, matter.rule_id or "no rule"] += 1
        for decision in step.decided:
            area = decision.matter_id.partition("/")[0]
            ledger.automatic[area, decision.rule_id or "no rule"] += 1
            ledger.exempt[area] += case.matter(decision.matter_id).terms.statement_exempt
        for area, measure in step.measures:
            ledger.measures[_how(measure), area, measure.kind] += 1
        for area, notice in step.notices:
            (ledger.statements if notice.audience is Audience.AUTHOR else ledger.outcome_notices)[area] += 1
        for area, _ in step.filings:
            ledger.filings[area] += 1
        for clock in step.clocks:
            ledger.clocks[clock.kind, clock.source, clock.due_at - clock.started_at] += 1

    def _compare(self, finding: Finding, subject: bytes, case: Case) -> None:
        area = finding.message.area or ""
        self.ledger.agreement[Agreement(finding.said, finding.restricts, outcome_in(case, area))] += 1
        if finding.restricts and subject not in self._restricted:
            self._restricted.add(subject)
            self.ledger.restricted_today += 1

    def _spans(self, at: datetime | None) -> None:
        if at is not None:
            self.ledger.first_at = min(at, self.ledger.first_at or at)
            self.ledger.last_at = max(at, self.ledger.last_at or at)


def _open(case: Case) -> bool:
    """Whether a person would still have to look."""
    return any(matter.open for matter in case.matters)


def _how(measure: Measure) -> str:
    return "hold" if measure.measure_id.startswith("hold:") else "automatic"


def _digest(*parts: str | bytes) -> bytes:
    digest = blake2b(digest_size=16)
    for part in parts:
        one = part.encode() if isinstance(part, str) else part
        digest.update(len(one).to_bytes(8, "big") + one)
    return digest.digest()
