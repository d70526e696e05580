"""What looking costs the person who looks: units by severity, a budget for the day, breaks, and a change of subject.

Pure: the looks of a day in, what follows for the next claim out. A limit keeps tasks from a person; it keeps no person
from a task that is somebody's life: who is called takes it by name, in spite of limits, and that is recorded (P12).
Where the figures come from: docs/wellbeing-and-quality.md.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Final, Self

from pydantic import AwareDatetime, Field, model_validator

from cases.durations import Duration, parse_duration
from cases.facts import Fact, Message
from cases.presentation import Level, Shading
from cases.queues import SkillName
from cases.severity import Severity

Units = Annotated[int, Field(ge=0, le=10_000)]
Count = Annotated[int, Field(ge=1, le=10_000)]


class Weight(Message):
    """What looking at one task of a severity costs. tasks_per_day: how many of them one person sees; none = no limit."""

    units: Units
    tasks_per_day: Count | None = None


class Weights(Message):
    """By severity. What costs nothing counts nowhere."""

    S0: Weight = Weight(units=10, tasks_per_day=12)
    S1: Weight = Weight(units=5, tasks_per_day=40)
    S2: Weight = Weight(units=2)
    S3: Weight = Weight(units=0)
    S4: Weight = Weight(units=0)

    def of(self, severity: int) -> Weight:
        """The weight of this severity."""
        weight: Weight = getattr(self, Severity(severity).name)
        return weight

    def units(self, severity: int, level: Level | None) -> int:
        """Units of one look; masked costs half, rounded up. level: none = as if it were seen clear."""
        whole = self.of(severity).units
        return (whole + 1) // 2 if level is Level.MASKED else whole


class Wellbeing(Message):
    """What a pack says of the people who look. All of it has a default: a pack that says nothing protects all the same.

    units_per_day: one person's budget. break_after_units, break_after: then a break of `break_lasts` is due; a pause as
    long counts as one. in_a_row: tasks of one distressing area before another subject is due. areas: how their evidence
    is shown.
    """

    weights: Weights = Weights()
    units_per_day: Count = 300
    break_after_units: Count = 60
    break_after: Duration = "PT1H"
    break_lasts: Duration = "PT15M"
    in_a_row: Count = 20
    areas: Mapping[SkillName, Shading] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        heaviest = max(self.weights.of(severity).units for severity in Severity)
        if heaviest > min(self.units_per_day, self.break_after_units):
            raise ValueError(f"one task may cost {heaviest} units, which is more than a break or a day allows")
        return self

    @property
    def remembered(self) -> timedelta:
        """How far back looks matter for the next break."""
        return parse_duration(self.break_after) + parse_duration(self.break_lasts)


class Look(Fact):
    """A task that somebody looked at, from the first to the last time, at most so closely. level: none = held, not seen."""

    first_at: AwareDatetime
    last_at: AwareDatetime
    severity: int
    area: str | None = None
    level: Level | None = None


class Strain(Fact):
    """Where a person stands. units: of today; since_break: of the stretch they are in, which began at `stretch_since`.

    break_until: a break is due until then. held_back: what is held and not looked at fills the stretch. changed_at: when
    areas in `areas` may be taken again, if nothing else is looked at before. severities: no more of them today.
    """

    units: int = 0
    units_per_day: int = 0
    since_break: int = 0
    stretch_since: AwareDatetime | None = None
    break_until: AwareDatetime | None = None
    held_back: bool = False
    areas: tuple[str, ...] = ()
    changed_at: AwareDatetime | None = None
    severities: tuple[int, ...] = ()
    day_ends: AwareDatetime | None = None

    @property
    def rests(self) -> bool:
        """Nothing is theirs to take before the break is over."""
        return self.break_until is not None


NO_STRAIN: Final = Strain()


def strain(rules: Wellbeing, looks: Iterable[Look], now: datetime, day_began: datetime) -> Strain:
    """What the looks so far mean for the next claim. day_began: when the person's day began, by their own clock."""
    ordered = sorted(looks, key=lambda look: (look.last_at, look.first_at))
    today = [look for look in ordered if look.last_at >= day_began]
    stretch = _stretch(rules, ordered, now)
    held = [look for look in ordered if look.level is None]
    lasts = parse_duration(rules.break_lasts)
    spent, reserved = _units(rules, stretch), _units(rules, held)
    began = min((look.first_at for look in stretch), default=None)
    ended = max((look.last_at for look in stretch), default=None)
    due = ended and began and _break_due(rules, spent, ended - began)
    barred = _same_area(rules, ordered, stretch)
    return Strain(
        units=_units(rules, [look for look in today if look.level]),
        units_per_day=rules.units_per_day,
        since_break=spent,
        stretch_since=began,
        break_until=ended + lasts if due and ended else None,
        held_back=not due and reserved > 0 and spent + reserved >= rules.break_after_units,
        areas=(barred,) if barred else (),
        changed_at=ended + lasts if barred and ended else None,
        severities=_over(rules, today),
        day_ends=day_began + timedelta(days=1),
    )


def _units(rules: Wellbeing, looks: Iterable[Look]) -> int:
    """What they cost together; counted first, since a claim is judged by a whole day of them."""
    counted = Counter((look.severity, look.level) for look in looks)
    return sum(times * rules.weights.units(severity, level) for (severity, level), times in counted.items())


def _break_due(rules: Wellbeing, spent: int, lasted: timedelta) -> bool:
    return spent >= rules.break_after_units or lasted >= parse_duration(rules.break_after)


def _stretch(rules: Wellbeing, ordered: Sequence[Look], now: datetime) -> list[Look]:
    """The looks since the last pause that was as long as a break; empty while one is going on, or where nothing weighs."""
    lasts, found = parse_duration(rules.break_lasts), list[Look]()
    weighing = {severity for severity in map(int, Severity) if rules.weights.of(severity).units}
    edge = now
    for look in reversed(ordered):
        if look.level is None or look.severity not in weighing:
            continue
        if edge - look.last_at >= lasts:
            break
        found.append(look)
        edge = min(edge, look.first_at)
    return found


def _same_area(rules: Wellbeing, ordered: Sequence[Look], stretch: Sequence[Look]) -> str | None:
    """The area that was looked at so often, one after the other, that another is due. What is held counts as the next."""
    if not stretch:
        return None
    began = min(look.first_at for look in stretch)
    seen = [look for look in ordered if look.level and look.last_at >= began]
    row = [*seen, *(look for look in ordered if look.level is None)]
    area = row[-1].area
    if area is None or not rules.weights.of(row[-1].severity).units:
        return None
    run = next((count for count, look in enumerate(reversed(row)) if look.area != area), len(row))
    return area if run >= rules.in_a_row else None


def _over(rules: Wellbeing, today: Sequence[Look]) -> tuple[int, ...]:
    """Severities of which one more would be more than the day's. What is held counts as if it were seen clear."""
    used, counted = _units(rules, today), Counter(look.severity for look in today)
    return tuple(
        int(severity)
        for severity in Severity
        if (weight := rules.weights.of(severity)).units
        and (
            used + weight.units > rules.units_per_day
            or (weight.tasks_per_day is not None and counted[int(severity)] >= weight.tasks_per_day)
        )
    )
