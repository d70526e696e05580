"""Who may take which task: the register's profile of a reviewer, and a list of everything that speaks against a claim."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from cases.exposure import NO_STRAIN, Strain
from cases.facts import Fact, Message
from cases.queues import Hours, Queue, SkillName, ZoneName

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]


class Certification(Message):
    """Something a reviewer was found fit for, until then; none: for good."""

    name: SkillName
    expires_at: AwareDatetime | None = None


class ReviewerProfile(Message):
    """What the register says of a reviewer. languages: none = any. opted_out: areas they are not shown.

    tier: the highest they stand in for; 1 takes what is not overdue. at_once, per_day: how many tasks, by the day of `zone`.
    hours: none = whenever they like.
    """

    skills: Annotated[tuple[SkillName, ...], Field(max_length=64)] = ()
    certifications: Annotated[tuple[Certification, ...], Field(max_length=64)] = ()
    languages: Annotated[tuple[Language, ...], Field(max_length=64)] = ()
    opted_out: Annotated[tuple[SkillName, ...], Field(max_length=64)] = ()
    tier: Annotated[int, Field(ge=1, le=5)] = 1
    at_once: Annotated[int, Field(ge=1, le=1_000)] | None = None
    per_day: Annotated[int, Field(ge=1, le=10_000)] | None = None
    hours: Hours | None = None
    zone: ZoneName = "UTC"

    @model_validator(mode="after")
    def _one_zone(self) -> "ReviewerProfile":
        if self.hours and self.hours.zone != self.zone:
            raise ValueError("zone and hours.zone differ; a reviewer lives by one clock")
        return self

    def day_of(self, at: datetime) -> datetime:
        """When the reviewer's day began."""
        return at.astimezone(ZoneInfo(self.zone)).replace(hour=0, minute=0, second=0, microsecond=0)


class Reason(StrEnum):
    """Why not."""

    NOT_REGISTERED = "not_registered"
    OUTSIDE_HOURS = "outside_hours"
    AT_ONCE = "at_once"
    PER_DAY = "per_day"
    QUEUE_CLOSED = "queue_closed"
    QUEUE_FULL = "queue_full"
    SKILL = "skill"
    CERTIFICATION = "certification"
    TIER = "tier"
    OPTED_OUT = "opted_out"
    LANGUAGE = "language"
    ASSIGNED = "assigned"
    SNOOZED = "snoozed"
    BREAK = "break"
    ROTATION = "rotation"
    BUDGET = "budget"


PROTECTIONS: Final = frozenset({Reason.BREAK, Reason.ROTATION, Reason.BUDGET})
"""What keeps a task from a person for the person's own sake; who is called may take it in spite of them (P12)."""


_OF_THE_TASK: Final = frozenset({Reason.OPTED_OUT, Reason.LANGUAGE, Reason.TIER})
_NO_LONGER: Final = frozenset({Reason.NOT_REGISTERED, Reason.SKILL, Reason.CERTIFICATION})


class WhyNot(Fact):
    """One thing that speaks against a claim, and what would help. until: when it ends by itself."""

    reason: Reason
    words: str
    until: AwareDatetime | None = None


class Standing(Fact):
    """A reviewer, as far as claims go. profile: None where the tenant keeps no register, and everybody may take anything.

    registered: False where there is a register without them. opted_out: areas they themselves named.
    strain: what they looked at, and what follows.
    """

    registered: bool = True
    profile: ReviewerProfile | None = None
    held: int = 0
    claimed_today: int = 0
    opted_out: tuple[str, ...] = ()
    strain: Strain = NO_STRAIN


def why_nothing(standing: Standing, now: datetime) -> tuple[WhyNot, ...]:
    """What speaks against any claim at all."""
    return tuple(_nothing(standing, now))


def why_not_queue(standing: Standing, queue: Queue, name: str, now: datetime) -> tuple[WhyNot, ...]:
    """What speaks against every task of a queue."""
    return tuple(_not_queue(standing, queue, name, now))


def why_no_longer(standing: Standing, queue: Queue, name: str, now: datetime) -> tuple[WhyNot, ...]:
    """What speaks against holding on to a task of a queue: that one may not judge it any more. Limits are on taking more."""
    found = (*_nothing(standing, now), *_not_queue(standing, queue, name, now))
    return tuple(one for one in found if one.reason in _NO_LONGER)


def why_full(rules: Queue, name: str, claimed: int) -> tuple[WhyNot, ...]:
    """What speaks against one more task of a queue of which so many are claimed."""
    if rules.at_once is None or claimed < rules.at_once:
        return ()
    words = f"of queue {name}, {rules.at_once} may be claimed at once, by all together; take another, or come again"
    return (WhyNot(reason=Reason.QUEUE_FULL, words=words),)


def why_not(
    standing: Standing,
    queue: Queue,
    name: str,
    area: str | None,
    language: str | None,
    tier: int,
    now: datetime,
    severity: int | None = None,
) -> tuple[WhyNot, ...]:
    """Everything that speaks against one task; what follows from the case itself (P5) is the record's to say."""
    profile = standing.profile
    found = [
        *_nothing(standing, now),
        *_not_queue(standing, queue, name, now),
        *_enough(standing.strain, area, severity),
    ]
    if profile and queue.tiers and tier > profile.tier:
        wanted = queue.tiers[min(tier - 2, len(queue.tiers) - 1)].name
        found.append(WhyNot(reason=Reason.TIER, words=f"it is overdue, and now for tier {tier} ({wanted})"))
    if area in {*standing.opted_out, *(profile.opted_out if profile else ())}:
        found.append(WhyNot(reason=Reason.OPTED_OUT, words=f"you are not shown {area}"))
    if profile and language and profile.languages and language not in profile.languages:
        found.append(WhyNot(reason=Reason.LANGUAGE, words=f"it is in {language}, which your profile does not name"))
    return tuple(found)


def why_not_given(
    standing: Standing, queue: Queue, name: str, area: str | None, language: str | None, tier: int, now: datetime
) -> tuple[WhyNot, ...]:
    """What speaks against giving somebody a task, and will tomorrow: it would lie with them for nothing."""
    of_task = why_not(standing, queue, name, area, language, tier, now)
    always = queue.model_copy(update={"hours": None})
    return (*why_not_queue(standing, always, name, now), *(one for one in of_task if one.reason in _OF_THE_TASK))


def why_less(strain: Strain) -> tuple[WhyNot, ...]:
    """Why some tasks are kept from a person who may take others."""
    return (
        *(found for area in strain.areas for found in _enough(strain, area, None)),
        *(found for severity in strain.severities for found in _enough(strain, None, severity)),
    )


def _enough(strain: Strain, area: str | None, severity: int | None) -> Iterator[WhyNot]:
    if area is not None and area in strain.areas:
        words = f"you looked at {area} many times in a row; take another subject, or a break"
        yield WhyNot(reason=Reason.ROTATION, words=words, until=strain.changed_at)
    if severity is not None and severity in strain.severities:
        words = f"you looked at as much of S{severity} today as one person should; others take it"
        yield WhyNot(reason=Reason.BUDGET, words=words, until=strain.day_ends)


def _nothing(standing: Standing, now: datetime) -> Iterator[WhyNot]:
    profile, strain = standing.profile, standing.strain
    if not standing.registered:
        yield WhyNot(reason=Reason.NOT_REGISTERED, words="you are not in the register of reviewers; ask an operator")
    if strain.break_until is not None and strain.break_until > now:
        words = "a break is due: you looked at what distresses for long enough"
        yield WhyNot(reason=Reason.BREAK, words=words, until=strain.break_until)
    elif strain.held_back:
        words = "what you hold is as much as fits before your next break; decide or give back some of it first"
        yield WhyNot(reason=Reason.BREAK, words=words)
    if profile is None:
        return
    if profile.hours and not profile.hours.open_at(now):
        yield WhyNot(reason=Reason.OUTSIDE_HOURS, words="it is outside your working hours")
    if profile.at_once is not None and standing.held >= profile.at_once:
        yield WhyNot(reason=Reason.AT_ONCE, words=f"you hold {standing.held} tasks; finish or give back one first")
    if profile.per_day is not None and standing.claimed_today >= profile.per_day:
        yield WhyNot(reason=Reason.PER_DAY, words=f"you took {standing.claimed_today} tasks today, which is your limit")


def _not_queue(standing: Standing, queue: Queue, name: str, now: datetime) -> Iterator[WhyNot]:
    if queue.hours and not queue.hours.open_at(now):
        yield WhyNot(reason=Reason.QUEUE_CLOSED, words=f"queue {name} is closed at this hour")
    profile = standing.profile
    if profile is None:
        return
    wanted = {*queue.skills, *([name] if queue.specialist else [])}
    if missing := sorted(wanted - set(profile.skills)):
        yield WhyNot(reason=Reason.SKILL, words=f"queue {name} asks for the skill {', '.join(missing)}")
    valid = {one.name for one in profile.certifications if one.expires_at is None or one.expires_at > now}
    if missing := sorted(set(queue.certifications) - valid):
        yield WhyNot(reason=Reason.CERTIFICATION, words=f"queue {name} asks for a valid certification {missing[0]}")
