"""Where, since when, on which evidence and for which share of cases a rule counts. Pure, and the same for the same facts (P8).

A condition says what a rule looks for; this says whether it is asked at all, and how far its answer reaches.
"""

from collections.abc import Iterable
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Final, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from cases.evidence import Surface
from cases.facts import Message
from cases.policy_facts import Facts
from cases.statement_fields import COUNTRIES, EU

UNKNOWN: Final = "ZZ"
"""ISO 3166 for a country that is not known."""

REGIONS: Final = {"EU": frozenset(EU), "EEA": frozenset(COUNTRIES)}

Place = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$|^EEA$")]
Share = Annotated[float, Field(ge=0, le=1)]


class Mode(StrEnum):
    """How far a rule's answer reaches."""

    LIVE = "live"
    SHADOW = "shadow"  # recorded, and nothing is done about it
    CANARY = "canary"  # live for a share of cases, shadow for the others


class Needed(StrEnum):
    """Evidence a rule can ask for. Where it is missing, what the rule would do alone is left to a person."""

    WORDS = "words"
    MEDIA = "media"
    LANGUAGE = "language"
    JURISDICTION = "jurisdiction"
    CREATED = "created"  # when the content was made
    AUTHOR_AGE = "author_age"  # of the account
    REPORT = "report"
    DETECTOR = "detector"  # every detector that was asked has answered


class Where(Message):
    """Where a rule counts. jurisdictions: countries, EU or EEA, ZZ for unknown. Left out: everywhere."""

    surfaces: tuple[Surface, ...] = ()
    jurisdictions: tuple[Place, ...] = ()

    def covers(self, facts: Facts) -> bool:
        """Whether the facts lie there."""
        return (not self.surfaces or facts.surface in self.surfaces) and (
            not self.jurisdictions or (facts.jurisdiction or UNKNOWN) in countries_in(self.jurisdictions)
        )


class DetectionOff(Message):
    """Where machines may not look: what they say there is not taken for a fact. source: the law that says so.

    unless_reported: a person who was there brought it to us, which is no scanning.
    """

    surfaces: Annotated[tuple[Surface, ...], Field(min_length=1)]
    jurisdictions: Annotated[tuple[Place, ...], Field(min_length=1)]
    unless_reported: bool = True
    source: Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]

    def forbids(self, surface: Surface, jurisdiction: str | None, *, reported: bool) -> bool:
        """Whether machines may not look at this."""
        if reported and self.unless_reported:
            return False
        return surface in self.surfaces and (jurisdiction or UNKNOWN) in countries_in(self.jurisdictions)


SCANNING_OFF: Final = (
    DetectionOff(
        surfaces=(Surface.PRIVATE, Surface.END_TO_END),
        jurisdictions=("EEA", UNKNOWN),
        source="Directive 2002/58/EC, Art. 5(1); its derogation, Regulation (EU) 2021/1232, lapsed on 3 April 2026",
    ),
)
"""What holds for a pack that says nothing: messages are not scanned in the EU and EEA, nor where the country is unknown."""


class Scope(Message):
    """The part of a rule that says where and when it counts.

    applies_to_content_from: older content is not judged by it (content of unknown age is). effective_from, effective_until:
    when it is asked. requires: evidence without which it does nothing alone. share: of a canary.
    """

    mode: Mode = Mode.LIVE
    share: Share | None = None
    where: Where = Where()
    applies_to_content_from: AwareDatetime | None = None
    effective_from: AwareDatetime | None = None
    effective_until: AwareDatetime | None = None
    requires: tuple[Needed, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.share is not None) is not (self.mode is Mode.CANARY):
            raise ValueError('a share goes with mode = "canary", and a canary needs one, such as share = 0.05')
        if self.effective_from and self.effective_until and self.effective_until <= self.effective_from:
            raise ValueError("effective_until comes after effective_from")
        return self

    def counts(self, facts: Facts, content_from: AwareDatetime | None = None) -> bool:
        """Whether the rule is asked about these facts. content_from: of the whole pack."""
        return self.where.covers(facts) and self._in_force(facts) and self._young_enough(facts, content_from)

    def live(self, facts: Facts, rule_id: str) -> bool:
        """Whether what it says is done in this case, not only recorded."""
        if self.mode is Mode.CANARY:
            return drawn(facts.key, rule_id, self.share or 0.0)
        return self.mode is Mode.LIVE

    def lacking(self, facts: Facts) -> tuple[Needed, ...]:
        """Which of the evidence it asks for is not there."""
        return tuple(one for one in self.requires if not _there(one, facts))

    def _in_force(self, facts: Facts) -> bool:
        at = facts.judged_at
        if at is None:
            return True
        return (self.effective_from is None or at >= self.effective_from) and (
            self.effective_until is None or at < self.effective_until
        )

    def _young_enough(self, facts: Facts, content_from: AwareDatetime | None) -> bool:
        made = facts.content.created_at
        limits = [one for one in (self.applies_to_content_from, content_from) if one is not None]
        return made is None or not limits or made >= max(limits)


def countries_in(places: Iterable[str]) -> frozenset[str]:
    """The countries of these places, regions spelt out."""
    return frozenset().union(*(REGIONS.get(place, frozenset({place})) for place in places))


def off_by(
    rules: Iterable[DetectionOff], surface: Surface, jurisdiction: str | None, *, reported: bool
) -> DetectionOff | None:
    """The first of these by which machines may not look; None where they may."""
    return next((one for one in rules if one.forbids(surface, jurisdiction, reported=reported)), None)


def drawn(key: str, what: str, share: float) -> bool:
    """Whether a case is among a share. The same case and purpose, the same answer; purposes draw apart. No key: never."""
    number = int.from_bytes(sha256(f"{what}\0{key}".encode()).digest()[:8], "big") / 2**64
    return bool(key) and number < share


def case_key(case_id: str) -> str:
    """What cases are drawn by: says nothing about the case, and stays the same for its life."""
    return sha256(f"draw\0{case_id}".encode()).hexdigest()[:16]


def _there(needed: Needed, facts: Facts) -> bool:
    match needed:
        case Needed.WORDS:
            return facts.content.length > 0
        case Needed.MEDIA:
            return facts.content.media > 0
        case Needed.LANGUAGE:
            return facts.content.language is not None
        case Needed.JURISDICTION:
            return facts.jurisdiction is not None
        case Needed.CREATED:
            return facts.content.created_at is not None
        case Needed.AUTHOR_AGE:
            return facts.author.account_age_days is not None
        case Needed.REPORT:
            return facts.reports.count > 0
        case Needed.DETECTOR:
            return not facts.signals.failed and facts.unscanned is None
