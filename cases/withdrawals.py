"""A reviewer thinks better of it: their own decision is taken back, or another takes its place, within its grace."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, StringConstraints

from cases.decisions import Decision
from cases.facts import Fact, Message
from cases.messages import MessageId
from cases.received import DecisionAsk


class WithdrawalMessage(Message):
    """A reviewer takes their own decision back. token: of the claim that it was taken under. reason_id: a stored text."""

    message_id: MessageId
    decision_id: MessageId
    token: Annotated[str, StringConstraints(max_length=2_048)] | None = None
    reason_id: Annotated[str, StringConstraints(pattern=r"^txt-[0-9a-f]{32}$")] | None = None


class WithdrawalReceived(Fact):
    """A reviewer asks for their own decision back; the case judges it next."""

    kind: Literal["withdrawal_received"] = "withdrawal_received"
    number: int
    message_id: str
    decision_id: str
    reviewer: str
    reason_id: str | None = None
    received_at: AwareDatetime


class DecisionEntered(Fact):
    """A decision that takes effect when its grace is over, if who took it does not think better of it until then."""

    kind: Literal["decision_entered"] = "decision_entered"
    decision: Decision


class DecisionWithdrawn(Fact):
    """Who took a decision took it back, within its grace: the matter is open again. replaced_by: what takes its place."""

    kind: Literal["decision_withdrawn"] = "decision_withdrawn"
    decision_id: str
    by: str
    reason_id: str | None = None
    replaced_by: str | None = None


class OutcomeEntered(Fact):
    """An appeal's outcome that takes effect then, if who found it does not think better of it until then."""

    kind: Literal["outcome_entered"] = "outcome_entered"
    ask: DecisionAsk
    effect_at: AwareDatetime


class OutcomeWithdrawn(Fact):
    """Who found an appeal's outcome took it back, within its grace: the appeal is open again."""

    kind: Literal["outcome_withdrawn"] = "outcome_withdrawn"
    decision_id: str
    by: str
    reason_id: str | None = None
    replaced_by: str | None = None
