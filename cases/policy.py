"""The policy pack: what policy people write, typed. Reading one from its files is `packs.py`; judging by it `triage.py`."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import AwareDatetime, Field, StrictFloat, StrictInt, StringConstraints, model_validator

from cases.areas import Area, Resource
from cases.caps import Caps, Corridor
from cases.consultations import ASKS_LIMIT, VendorAsk
from cases.decisions import EnforcementRequest, Outcome
from cases.durations import Duration
from cases.errors import CaseError
from cases.exposure import Wellbeing
from cases.facts import Message
from cases.ladder import Counting, Step
from cases.matters import PackRef
from cases.measures import MeasureKind
from cases.pack_languages import LanguageWords
from cases.pack_lists import ListOf, ListRule
from cases.pack_words import Facts5000, Name, RuleId, ShortWords, Words
from cases.policy_facts import MAX_LABELS
from cases.quality import Quality
from cases.queues import Queue
from cases.raids import CampaignRules
from cases.rule_scope import SCANNING_OFF, DetectionOff, Scope, Share
from cases.severity import NamedSeverity, Severity
from cases.trust import ReporterRules

CATCH_ALL: Final = "other"
"""The area that every pack has: an allegation no other area knows is reviewed there rather than lost."""


class PolicyError(CaseError):
    """The policy pack cannot decide."""


class TriageOutcome(StrEnum):
    """What triage says of a matter. There is no "clean": what was brought to us is looked at or decided."""

    REVIEW = "review"
    HOLD = "hold"  # restricted, reversibly, until a person has looked
    AUTOMATIC = "automatic"  # decided by the rule


STRENGTH: Final = {TriageOutcome.REVIEW: 0, TriageOutcome.HOLD: 1, TriageOutcome.AUTOMATIC: 2}
"""How far an outcome reaches; of several matching rules the strongest outcome stands, the first in the file among equals."""


class StatementDuty(StrEnum):
    """Whether the affected person is owed a statement of reasons."""

    OWED = "owed"
    EXEMPT_DECEPTIVE_COMMERCIAL = "exempt_deceptive_commercial"  # DSA Art. 17(2), last sentence


class DeadlineKind(StrEnum):
    """What is owed by a deadline."""

    RECEIPT = "receipt"
    STATEMENT = "statement"
    OUTCOME_NOTICE = "outcome_notice"
    FILING = "filing"
    APPEAL = "appeal"
    SECOND_LOOK = "second_look"
    AUTHORITY_REPORT = "authority_report"


class Trigger(StrEnum):
    """What starts a deadline."""

    REPORT_RECEIVED = "report_received"
    MEASURE_IMPOSED = "measure_imposed"
    DECISION_RECORDED = "decision_recorded"
    STATEMENT_SENT = "statement_sent"
    APPEAL_RECEIVED = "appeal_received"
    ACTUAL_KNOWLEDGE = "actual_knowledge"


class Threshold(Message):
    """A number conditions name as `limits.<name>`. A tenant may set it between minimum and maximum, if both are given."""

    value: StrictInt | StrictFloat
    minimum: StrictInt | StrictFloat | None = None
    maximum: StrictInt | StrictFloat | None = None
    why: Words

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if (self.minimum is None) != (self.maximum is None):
            raise ValueError("give both minimum and maximum, or neither")
        if not self.allows(self.value):
            raise ValueError(f"value {self.value} is not between {self.minimum} and {self.maximum}")
        return self

    def allows(self, value: float) -> bool:
        """Whether the value lies between minimum and maximum, both included; true where there are none."""
        return self.minimum is None or self.maximum is None or self.minimum <= value <= self.maximum


class Then(Message):
    """What a matching rule asks for; what it leaves out, its area says.

    account_case: whether the author's account gets a case of its own, in this area. also: areas that get a matter too.
    finding, statement: of an automatic decision; sampled: the share of such decisions that a person looks at afterwards (left
    out: the pack's). facts: for hold and automatic, what is told to the author and filed: no names, nothing of a reporter's,
    nothing quoted.
    """

    outcome: TriageOutcome
    hold: MeasureKind | None = None
    queue: Name | None = None
    review_within: Duration | None = None
    severity: NamedSeverity | None = None
    finding: Outcome | None = None
    statement: StatementDuty = StatementDuty.OWED
    account_case: bool = False
    also: tuple[Name, ...] = ()
    sampled: Share | None = None
    facts: Facts5000 | None = None


class Rule(Scope):
    """When, then, and why. `when` is a CEL condition on the facts of `policy_facts.py`; where and since when, the scope says.

    exempt_from_brakes: of severity S0 or S1 only; stops, caps and pauses do not hold it back (P12).
    """

    id: RuleId
    area: Name
    when: Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
    then: Then
    why: Words
    exempt_from_brakes: bool = False


class Deadline(Message):
    """A duty with its clock. area: none = every area. source: the article, or the pack's own target."""

    owed: DeadlineKind
    trigger: Trigger
    within: Duration
    source: ShortWords
    area: Name | None = None


class LadderStep(Message):
    """At this many unexpired strikes in the area, this measure on the author's account; duration: none = until lifted."""

    area: Name
    strikes: Annotated[int, Field(ge=1, le=1_000)]
    measure: MeasureKind
    duration: Duration | None = None
    scope: tuple[str, ...] = ()

    @property
    def asked(self) -> EnforcementRequest:
        """The step as an entry of an enforcement list, in the account's own case."""
        return EnforcementRequest(kind=self.measure, duration=self.duration, scope=self.scope)


class PackBody(Message):
    """pack.toml as it is written.

    effective_from: a release of it waits until then. applies_to_content_from: older content is judged by none of its rules.
    detection_off: where machines may not look. sampled: the share of decisions by rule that a person looks at afterwards.
    """

    id: Name
    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")] = "en"
    description: Words
    effective_from: AwareDatetime | None = None
    applies_to_content_from: AwareDatetime | None = None
    detection_off: tuple[DetectionOff, ...] = SCANNING_OFF
    sampled: Share = 0.0
    lists: Annotated[dict[Name, ListRule], Field(default_factory=dict, max_length=MAX_LABELS)]
    thresholds: dict[Name, Threshold] = Field(default_factory=dict)
    labels: dict[Name, Name] = Field(default_factory=dict)
    queues: Annotated[dict[Name, Queue], Field(min_length=1)]
    areas: Annotated[dict[Name, Area], Field(min_length=1)]
    rules: Annotated[tuple[Rule, ...], Field(min_length=1, max_length=1_000)]
    deadlines: tuple[Deadline, ...] = ()
    reporters: ReporterRules = ReporterRules()
    ladder: tuple[LadderStep, ...] = ()
    caps: Caps = Caps()
    corridor: Corridor | None = None
    campaigns: CampaignRules | None = None
    wellbeing: Wellbeing = Wellbeing()
    quality: Quality = Quality()
    vendors: Annotated[tuple[VendorAsk, ...], Field(max_length=ASKS_LIMIT)] = ()


class PolicyPack(PackBody):
    """A checked pack, as `packs.load_pack` makes it. digest: `sha256:…` over its files, a tenant's own included.

    entries: of its lists. shadowed: rules that the tenant has asked to be recorded only. translations: what it says of its own
    in other languages; it can write letters in those, and in its own.
    """

    digest: str
    entries: dict[str, frozenset[str]] = Field(default_factory=dict)
    shadowed: frozenset[str] = frozenset()
    translations: dict[str, LanguageWords] = Field(default_factory=dict)

    @property
    def ref(self) -> PackRef:
        """The pack as matters name it."""
        return PackRef(pack_id=self.id, version=self.version, digest=self.digest)

    def language_for(self, wanted: str) -> str:
        """The language that somebody who reads this one is written to in: it, or the pack's own."""
        return wanted if wanted in self.translations else self.language

    def in_language(self, wanted: str) -> Self:
        """The pack as it speaks there, `language` saying so; itself where it speaks its own. It judges as before."""
        said = self.translations.get(wanted)
        if said is None:
            return self
        areas = {name: _area_in(area, said, name) for name, area in self.areas.items()}
        rules = tuple(_rule_in(rule, said) for rule in self.rules)
        return self.model_copy(update={"language": wanted, "areas": areas, "rules": rules})

    def area_named(self, name: str) -> str:
        """The area's own name, or the catch-all's where this pack has no such area."""
        return name if name in self.areas else CATCH_ALL

    @property
    def values(self) -> Mapping[str, frozenset[str]]:
        """The lists that conditions compare with."""
        return {
            name: self.entries.get(name, frozenset()) for name, one in self.lists.items() if one.of is ListOf.VALUES
        }

    @property
    def areas_that_wait(self) -> frozenset[str]:
        """Areas whose reports may be left unprocessed for a time: never where a child or a life may be in danger."""
        return frozenset(
            name
            for name, area in self.areas.items()
            if area.severity >= Severity.S2 and Outcome.SUPPORT not in area.outcomes
        )

    def area_of_label(self, label: str) -> str:
        """The area a machine's label is a sign of; the catch-all for a label the pack does not know."""
        return self.labels.get(label, CATCH_ALL)

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of this id, if the pack has it."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)

    def deadline(self, owed: DeadlineKind, area: str) -> Deadline | None:
        """The area's own deadline for this duty, else everyone's, else None."""
        own = (d for d in self.deadlines if d.owed is owed and d.area == area)
        everyones = (d for d in self.deadlines if d.owed is owed and d.area is None)
        return next(own, None) or next(everyones, None)

    def steps_of(self, area: str) -> tuple[Step, ...]:
        """The area's steps, fewest strikes first."""
        steps = (Step(strikes=step.strikes, asked=step.asked) for step in self.ladder if step.area == area)
        return tuple(sorted(steps, key=lambda step: step.strikes))

    def counting_of(self, area: str) -> Counting:
        """How the area's strikes count; plainly where it leaves none any more."""
        rule = self.areas[area].strike if area in self.areas else None
        return rule.counting if rule else Counting()


def _area_in(area: Area, said: LanguageWords, name: str) -> Area:
    words = said.areas.get(name)
    if words is None:
        return area
    ground = {"name": words.ground, "explanation": words.explanation, "url": words.url or area.ground.url}
    resources = tuple(_resource_in(one, said) for one in area.resources)
    changed = {"title": words.title, "ground": area.ground.model_copy(update=ground), "resources": resources}
    return area.model_copy(update=changed)


def _resource_in(resource: Resource, said: LanguageWords) -> Resource:
    words = said.resources.get(resource.name)
    if words is None:
        return resource
    return resource.model_copy(update={"name": words.name, "contact": words.contact or resource.contact})


def _rule_in(rule: Rule, said: LanguageWords) -> Rule:
    facts = said.facts.get(rule.id)
    return rule.model_copy(update={"then": rule.then.model_copy(update={"facts": facts})}) if facts else rule
