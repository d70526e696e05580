"""What strikes add up to: which of them count when, and which steps of an area's ladder they lead to. Pure.

A strike counts from the decision that left it until it expires. Its time stands still while the account is suspended; good
conduct may take the oldest off sooner; a first offence may count for nothing. Only confirmed, unreversed decisions count. A
step is carried out once for each unbroken time in which its number is reached, never twice for the same one (compare
bluesky-social/atproto #1878); where two are reached at once, both are.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from pydantic import AwareDatetime

from cases.decisions import EnforcementRequest, SourceDecision
from cases.durations import parse_duration
from cases.facts import Fact

NEVER: Final = datetime.max.replace(tzinfo=UTC)


class StrikeMark(Fact):
    """One strike on an account, as the record has it. active: its decision is confirmed and stands."""

    case_id: str
    decision_id: str
    since: AwareDatetime
    expires_at: AwareDatetime
    active: bool

    @property
    def source(self) -> SourceDecision:
        """The decision that left it."""
        return SourceDecision(case_id=self.case_id, decision_id=self.decision_id)


class Span(Fact):
    """A time in which the account was suspended. end: None while it lasts."""

    start: AwareDatetime
    end: AwareDatetime | None = None


class Counting(Fact):
    """How strikes of an area count. decays_after: so long without a new one takes the oldest off."""

    freezes: bool = False
    decays_after: str | None = None
    first_forgiven: bool = False


class Step(Fact):
    """At so many strikes, this is done to the account."""

    strikes: int
    asked: EnforcementRequest


class Crossing(Fact):
    """A step that was reached. crossing_id names account, area, number, the time since which it is reached, and the strikes."""

    crossing_id: str
    area: str
    strikes: int
    asked: EnforcementRequest
    crossed_at: AwareDatetime
    sources: tuple[SourceDecision, ...]


class Climb(Fact):
    """What a change of an account's strikes leads to: steps newly reached, and steps that fall, each with why."""

    crossed: tuple[Crossing, ...] = ()
    fallen: tuple[tuple[str, SourceDecision], ...] = ()


class Counted(Fact):
    """The time in which one strike counts. until: exclusive."""

    mark: StrikeMark
    until: AwareDatetime


def counted(marks: Iterable[StrikeMark], counting: Counting, suspended: Iterable[Span] = ()) -> tuple[Counted, ...]:
    """When each of these strikes counts, active or not: whoever asks chooses which. In the order they were left."""
    spans = _merged(suspended) if counting.freezes else ()
    ordered = sorted(marks, key=lambda mark: (mark.since, mark.case_id, mark.decision_id))
    ends = {mark: _later(mark.since, mark.expires_at - mark.since, spans) for mark in ordered}
    counting_marks = [mark for mark in ordered if not (counting.first_forgiven and _first(mark, ordered, ends))]
    if counting.decays_after:
        _decay(counting_marks, ends, parse_duration(counting.decays_after), spans)
    return tuple(Counted(mark=mark, until=ends[mark]) for mark in counting_marks)


def forgiven(
    source: SourceDecision, marks: Iterable[StrikeMark], counting: Counting, suspended: Iterable[Span]
) -> bool:
    """Whether the strike of this decision stands and yet never counts: it was a first offence."""
    active = [mark for mark in marks if mark.active]
    counts = {one.mark.source for one in counted(active, counting, suspended)}
    return any(mark.source == source for mark in active) and source not in counts


def counting_at(counts: Iterable[Counted], at: datetime) -> tuple[StrikeMark, ...]:
    """The strikes that count at this instant."""
    return tuple(one.mark for one in counts if one.mark.since <= at < one.until)


def climb(
    account: str,
    area: str,
    steps: Iterable[Step],
    marks: Sequence[StrikeMark],
    counting: Counting,
    suspended: Sequence[Span],
    standing: Sequence[Crossing],
    at: datetime,
) -> Climb:
    """Which steps are reached now that were not, and which that were reached fall with a decision that was taken back.

    standing: steps carried out for this account and area that have not fallen.
    """
    active = [mark for mark in marks if mark.active]
    counts = counted(active, counting, suspended)
    fallen = tuple((one.crossing_id, gone) for one in standing if (gone := _fell(one, marks, counts, at)))
    left = [one for one in standing if one.crossing_id not in dict(fallen)]
    now = counting_at(counts, at)
    crossed = tuple(
        _crossing(account, area, step, now, _reached_since(counts, step.strikes, at), at)
        for step in sorted(steps, key=lambda step: step.strikes)
        if len(now) >= step.strikes and not _carried_out(step, left, marks, counting, suspended, at)
    )
    return Climb(crossed=crossed, fallen=fallen)


def _crossing(
    account: str, area: str, step: Step, marks: Collection[StrikeMark], since: datetime, at: datetime
) -> Crossing:
    sources = tuple(sorted((mark.source for mark in marks), key=lambda one: (one.case_id, one.decision_id)))
    named = [account, area, str(step.strikes), since.isoformat(), *(f"{s.case_id}#{s.decision_id}" for s in sources)]
    return Crossing(
        crossing_id=f"ladder-{sha256(chr(0).join(named).encode()).hexdigest()[:32]}",
        area=area,
        strikes=step.strikes,
        asked=step.asked,
        crossed_at=at,
        sources=sources,
    )


def _fell(one: Crossing, marks: Iterable[StrikeMark], counts: Sequence[Counted], at: datetime) -> SourceDecision | None:
    """The decision whose end makes the step fall: without it the number was at no time reached. None where it stands.

    Expiry is no ground to fall: what was rightly begun runs out by its own time.
    """
    standing = {mark.source for mark in marks if mark.active}
    gone = next((source for source in one.sources if source not in standing), None)
    if gone is None:
        return None
    instants = [one.crossed_at, *(count.mark.since for count in counts if one.crossed_at < count.mark.since <= at)]
    return None if any(len(counting_at(counts, instant)) >= one.strikes for instant in instants) else gone


def _carried_out(
    step: Step,
    standing: Iterable[Crossing],
    marks: Iterable[StrikeMark],
    counting: Counting,
    suspended: Sequence[Span],
    at: datetime,
) -> bool:
    """Whether the step was carried out for the very time in which its number is reached now."""
    for one in (crossing for crossing in standing if crossing.strikes == step.strikes):
        then = [mark for mark in marks if mark.active or mark.source in one.sources]  # it counted when it was reached
        if _reached_since(counted(then, counting, suspended), step.strikes, at) <= one.crossed_at:
            return True
    return False


def _reached_since(counts: Sequence[Counted], number: int, at: datetime) -> datetime:
    """Since when at least so many have counted without a break; the instant itself where fewer count."""
    since = at
    for instant in sorted({one.mark.since for one in counts if one.mark.since <= at}, reverse=True):
        if len(counting_at(counts, instant)) < number or any(
            len(counting_at(counts, one.until)) < number for one in counts if instant < one.until <= since
        ):
            break
        since = instant
    return since


def _first(mark: StrikeMark, marks: Iterable[StrikeMark], ends: dict[StrikeMark, datetime]) -> bool:
    """Whether no earlier strike had yet run out."""
    key = (mark.since, mark.case_id, mark.decision_id)
    before = (one for one in marks if (one.since, one.case_id, one.decision_id) < key)
    return not any(ends[one] > mark.since for one in before)


def _decay(
    marks: Sequence[StrikeMark], ends: dict[StrikeMark, datetime], after: timedelta, spans: Sequence[Span]
) -> None:
    """Shorten: each full time of good conduct takes the oldest that still counts off, for good."""
    for number, mark in enumerate(marks):
        following = marks[number + 1].since if number + 1 < len(marks) else NEVER
        instant = _later(mark.since, after, spans)
        while instant < following and (live := [m for m in marks[: number + 1] if ends[m] > instant]):
            ends[live[0]] = instant
            instant = _later(instant, after, spans)


def _later(start: datetime, time: timedelta, spans: Iterable[Span]) -> datetime:
    """The instant so much later, not counting the time within these spans; NEVER where the last has no end."""
    instant, left = start, time
    for span in spans:
        end = span.end or NEVER
        if end <= instant:
            continue
        if span.start - instant >= left:
            break
        left -= max(span.start - instant, timedelta(0))
        instant = end
    return NEVER if instant >= NEVER - left else instant + left


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same time, in order and without overlaps."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        last = merged[-1] if merged else None
        if last is None or (last.end is not None and last.end < span.start):
            merged.append(span)
        elif last.end is not None:
            end = None if span.end is None else max(last.end, span.end)
            merged[-1] = last.evolve(end=end)
    return tuple(merged)
