"""What an operator does about an order that the platform does not confirm: try again, leave it out, do it by hand.

Each is a recorded event that names the operator. A skipped order has no effect, so nobody is told of one and nothing is
filed; what was confirmed beside it stands. It can be taken up again, and is then ordered anew from the state of that day.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, StringConstraints, model_validator

from cases.facts import Fact, Message
from cases.measures import OrderStage
from cases.messages import MessageId


class Step(StrEnum):
    """What the operator does."""

    RETRY = "retry"  # at once, from the shortest pause on
    SKIP = "skip"  # it is not carried out
    BY_HAND = "by_hand"  # it was carried out without us; the reference is the proof
    RESUME = "resume"  # a skipped one is to be carried out after all


SEEN_TO_WITHIN: Final = timedelta(hours=1)
"""By when an operator sees to an order that is given up; our own target. Whoever waits for its effect waits for them."""

STANDING: dict[Step, frozenset[OrderStage]] = {
    Step.RETRY: frozenset({OrderStage.STUCK, OrderStage.GIVEN_UP}),
    Step.SKIP: frozenset({OrderStage.STUCK, OrderStage.GIVEN_UP}),
    Step.BY_HAND: frozenset({OrderStage.STUCK, OrderStage.GIVEN_UP, OrderStage.SKIPPED}),
    Step.RESUME: frozenset({OrderStage.SKIPPED}),
}
"""Where an order must stand for each step: what goes its usual way is left alone."""

OrderName = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Reference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._/:-]{1,64}$")]


class InterventionMessage(Message):
    """An operator's step on one order. reason_id: a stored text. reference: of the proof that it was done by hand."""

    message_id: MessageId
    order_id: OrderName
    step: Step
    reason_id: Annotated[str, StringConstraints(pattern=r"^txt-[0-9a-f]{32}$")]
    reference: Reference | None = None
    operator: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]

    @model_validator(mode="before")
    @classmethod
    def _proven(cls, values: Any) -> Any:
        return refuse_unproven(values)


class InterventionReceived(Fact):
    """An operator asks for a step on an order; the case judges it next."""

    kind: Literal["intervention_received"] = "intervention_received"
    number: int
    message_id: str
    order_id: str
    step: Step
    reason_id: str
    reference: str | None = None
    operator: str
    received_at: AwareDatetime


class OrderIntervened(Fact):
    """An operator stepped in: the order is tried at once, left out, done by hand, or taken up again.

    round: how often it had been tried anew before. restates: of a skipped one that the platform may have carried out
    unheard: it is told the state without it.
    """

    kind: Literal["order_intervened"] = "order_intervened"
    intervention_id: str
    order_id: str
    step: Step
    operator: str
    reason_id: str
    reference: str | None = None
    round: int = 0
    restates: bool = False


class OrderGivenUp(Fact):
    """The pack's time for trying is over: the order waits for an operator, and nobody is told of it.

    due_at: by when one is to see to it; none before there was such a task.
    """

    kind: Literal["order_given_up"] = "order_given_up"
    order_id: str
    due_at: AwareDatetime | None = None


class OrderDropped(Fact):
    """A given-up order that nobody has to see to any more: these measures that it was to impose were taken back.

    Was it to impose others too, it is tried anew for them. round: how often it had been tried anew before.
    """

    kind: Literal["order_dropped"] = "order_dropped"
    order_id: str
    measures: tuple[str, ...]
    round: int = 0


class OrderOvertaken(Fact):
    """A later order on the target was confirmed, with the whole state: what was given up is in force with it."""

    kind: Literal["order_overtaken"] = "order_overtaken"
    number: int
    order_id: str
    target_version: int
    received_at: AwareDatetime


class OrderOvertakenMessage(Message):
    """Brought by the sweeper: what the record has of a target that an order was given up on."""

    message_id: MessageId
    order_id: OrderName
    target_version: int


def refuse_unproven(values: Any) -> Any:
    """The same values. Raises ValueError, for validators, where the proof is missing or there is nothing to prove."""
    if not isinstance(values, dict):
        return values
    by_hand, reference = values.get("step") == Step.BY_HAND, values.get("reference")
    if by_hand and not reference:
        raise ValueError("by_hand needs a reference: where the proof is kept, such as a ticket's number")
    if reference and not by_hand:
        raise ValueError("a reference is of what was done by_hand; leave it out")
    return values
