"""What operators ask and are answered about brakes on automation: stops, caps, protected accounts."""

from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, StringConstraints, model_validator

from cases.brakes import Scope
from cases.facts import Fact, Message
from cases.messages import AreaName, MessageId, Text, canonical

RuleName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,128}$")]
AccountName = Annotated[str, AfterValidator(canonical)]
Protection = Literal["journalist", "official", "staff", "minor", "other"]


class BrakeRequest(Message):
    """Stop all automation of the tenant, of one area or of one rule; or let it go on. reason: kept, sealed."""

    message_id: MessageId
    area: AreaName | None = None
    rule: RuleName | None = None
    reason: Text

    @model_validator(mode="after")
    def _one(self) -> "BrakeRequest":
        if self.area is not None and self.rule is not None:
            raise ValueError("give area, or rule, or neither for the whole tenant")
        return self

    @property
    def scope(self) -> tuple[Scope, str]:
        """What it is about, and its name."""
        if self.rule is not None:
            return Scope.RULE, self.rule
        return (Scope.AREA, self.area) if self.area is not None else (Scope.TENANT, "")


class ProtectRequest(Message):
    """Nothing automatic befalls this account until then; decisions about it take two people. source: on whose word."""

    account_id: AccountName
    reason: Protection
    source: Text
    expires_at: AwareDatetime | None = None


class UnprotectRequest(Message):
    """It is protected no more."""

    account_id: AccountName


class BrakeSet(Fact):
    """What was done. changed: False where it was so already. within_seconds: when it holds at the latest."""

    changed: bool
    within_seconds: float
    next: str


class LiveStop(Fact):
    """One stop, or a rule's pause. cause: operator, or corridor; scope: tenant, area, rule."""

    stop_id: str
    scope: Scope
    name: str
    cause: str
    by: str
    reason: str
    at: AwareDatetime


class HeldBack(Fact):
    """How often a rule was held back since yesterday, and why; `paged`: it is exempt, went on, and somebody was called."""

    reason: str
    rule: str
    area: str
    acts: int
    latest: AwareDatetime


class RuleUse(Fact):
    """How often a rule acted alone in this hour of the clock and this UTC day."""

    rule: str
    hour: int
    day: int


class PersonUse(Fact):
    """How often a person restricted in this hour of the clock and this UTC day. refused: how often their cap said no."""

    person: str
    hour: int
    day: int
    refused: int


class BrakesAnswer(Fact):
    """What is stopped, what was held back in the last 24 hours, how often rules acted alone.

    people: where the pack caps what a person restricts; first who was refused, then who restricted most, 100 at most.
    """

    stops: tuple[LiveStop, ...]
    held_back: tuple[HeldBack, ...]
    rules: tuple[RuleUse, ...]
    people: tuple[PersonUse, ...] = ()


class ProtectedOne(Fact):
    """A protected account."""

    account_id: str
    reason: str
    source: str
    added_by: str
    added_at: AwareDatetime
    expires_at: AwareDatetime | None = None


class ProtectedAnswer(Fact):
    """Who is protected now."""

    accounts: tuple[ProtectedOne, ...]
