"""Campaigns: a raid handled as one case. Members are rows; a sample is looked at; one order is carried out for each member."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Annotated, Final

from pydantic import AwareDatetime, StringConstraints

from cases.decisions import Decision
from cases.facts import Message
from cases.fold_telling import filing_id
from cases.matters import Matter
from cases.measures import Order, Target
from cases.messages import MessageId, Subject

SAMPLE: Final = 59
"""How many members are looked at: where none of 59 drawn at random is wrong, fewer than one in twenty of all are, with a
certainty of 95 in a hundred (0.95 to the power of 59 is below 0.05). All of them where there are no more."""

MEMBERS_AT_ONCE: Final = 1_000  # in one request
PAGE: Final = 500  # members of one page of a batch


class CampaignMember(Message):
    """One subject that takes part. account: the platform's id of who made it. seen_at: when it was first seen."""

    subject: Subject
    account: Annotated[str, StringConstraints(min_length=1, max_length=512)] | None = None
    content_version: Annotated[str, StringConstraints(min_length=1, max_length=512)] | None = None
    seen_at: AwareDatetime | None = None


class SplitOffMessage(Message):
    """A member goes its own way: brought to its own case. decision: the campaign's, which is its own from now on."""

    message_id: MessageId
    campaign: str
    decision: Decision
    matter: Matter


class MembersJoinedMessage(Message):
    """A campaign grew: so many take part now."""

    message_id: MessageId
    members: int


class BatchDoneMessage(Message):
    """A batch came to its end; an activity brings it to the campaign's case."""

    message_id: MessageId
    order_id: str
    confirmed: int
    void: int
    stopped: bool


def drawn(seed: str, keys: Iterable[str], size: int = SAMPLE) -> tuple[str, ...]:
    """The sample: by the digest of seed and key, so that nobody chooses and everybody can draw it again."""
    return tuple(sorted(keys, key=lambda key: sha256(f"{seed}\0{key}".encode()).digest())[:size])


def member_order(order: Order, target_key: str, content_version: str | None) -> Order:
    """The campaign's order for one target."""
    imposed = tuple(one.evolve(measure_id=f"{one.measure_id}@{target_key}") for one in order.impose)
    restricts = imposed and order.target is Target.SUBJECT
    return order.evolve(
        order_id=f"{order.order_id}@{target_key}",
        impose=imposed,
        revoke=tuple(f"{one}@{target_key}" for one in order.revoke),
        content_version=content_version if restricts else None,
    )


def member_filing(case_id: str, cause: str, target_key: str) -> str:
    """The id of a campaign's statement about one target: one cause, one target, one id, whatever reruns."""
    return filing_id(case_id, f"{cause}@{target_key}")


def batch_name(case_id: str, order_id: str) -> str:
    """What follows the tenant in a batch's workflow id: one order of a campaign, one batch, whatever reruns."""
    return sha256(f"{case_id}\0{order_id}".encode()).hexdigest()[:32]


def stopped_by(orders: Iterable[Order], taking_back: Order) -> tuple[str, ...]:
    """The orders that need go no further, since this one takes back all they impose."""
    gone = set(taking_back.revoke)
    return tuple(o.order_id for o in orders if o.impose and {one.measure_id for one in o.impose} <= gone)
