"""Measures are state, not commands: what is in force on a target, folded from every decision about it.

Each order carries the target's whole effective state and a version; the platform ignores versions at or below the last
it applied, so a late retry can never undo something newer, across cases too.
"""

from collections.abc import Iterable
from enum import StrEnum

from pydantic import AwareDatetime

from cases.facts import Fact
from cases.telling import Stance


class MeasureKind(StrEnum):
    """What can be in force on a target. What each one means, and what may be asked of it: `enforcement_kinds`."""

    HIDE = "hide"
    REMOVE = "remove"
    DESTROY = "destroy"  # what was removed; nobody decides it: `destruction`
    LABEL = "label"
    AGE_GATE = "age_gate"
    DEMOTE = "demote"
    INTERSTITIAL = "interstitial"
    LIMIT_INTERACTION = "limit_interaction"
    WARN = "warn"
    STRIKE = "strike"
    LIMIT = "limit"
    DEMONETISE = "demonetise"
    SUSPEND = "suspend"
    SUSPEND_REPORTS = "suspend_reports"  # what the account reports is kept and not processed (DSA Art. 23(2))
    TERMINATE = "terminate"  # of an account; cannot be undone
    WARN_OWNER = "warn_owner"
    LOCK_INVITES = "lock_invites"
    LOCK_JOINS = "lock_joins"
    READ_ONLY = "read_only"
    DELIST = "delist"
    REMOVE_PERKS = "remove_perks"
    REPLACE_OWNER = "replace_owner"
    HOLD = "hold"  # of a transaction; a matter's hold is any measure that a pack holds with
    RELEASE = "release"
    REFUSE = "refuse"


class Target(StrEnum):
    """What a measure lies on."""

    SUBJECT = "subject"  # what the case is about
    AUTHOR = "author"  # the account that made it


class Measure(Fact):
    """One restriction. measure_id names its cause: `d-1/1` is the first of decision d-1, `hold:spam/1/1` of a hold.

    reach: countries. scope: surfaces or features, excerpts: pieces of the content it is confined to. Empty means everywhere,
    and all of it. telling: whether its author may hear of it, from the platform too: tell, never, or not before tell_from.
    """

    measure_id: str
    kind: MeasureKind
    target: Target
    since: AwareDatetime
    until: AwareDatetime | None = None
    reach: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    excerpts: tuple[str, ...] = ()
    telling: Stance = Stance.TELL
    tell_from: AwareDatetime | None = None


class OrderStage(StrEnum):
    """Where an order to the platform stands."""

    ISSUED = "issued"
    STUCK = "stuck"  # still retried; alarmed
    GIVEN_UP = "given_up"  # no longer retried, since the pack gives an end; an operator must see to it
    SKIPPED = "skipped"  # an operator left it out: not in effect, and nobody is told that it is
    CONFIRMED = "confirmed"
    VOID = "void"  # the precondition failed: the content was edited meanwhile


class Order(Fact):
    """One change of what is in force on one target. order_id is also the idempotency key towards the platform.

    cause: decision id, `hold:<matter>`, `reversal:<id>`, `expiry:<measure>` or `destroy:<measure>`. content_version: the
    platform's tag of the version that was judged, a precondition; None for lifting and for accounts. stuck_since: of the
    trying that goes on now.
    round: how often an operator had it tried anew. late: a campaign's, for members who joined after its decision: it imposes
    what the decision's own order did.
    missed: of the imposed, those that never were in force: their time was over, or they were taken back before.
    unsaid: of a void one, that nobody hears of its reversal. retold: measures that stand, as they may be told from now on.
    """

    order_id: str
    cause: str
    target: Target
    impose: tuple[Measure, ...] = ()
    revoke: tuple[str, ...] = ()
    retold: tuple[Measure, ...] = ()
    content_version: str | None = None
    stage: OrderStage = OrderStage.ISSUED
    target_version: int | None = None
    confirmed_at: AwareDatetime | None = None
    stuck_since: AwareDatetime | None = None
    round: int = 0
    late: bool = False
    missed: tuple[str, ...] = ()
    unsaid: bool = False

    @property
    def without_effect(self) -> bool:
        """Whether nothing of it ever was in force, and so nothing is said of it: skipped, void, or over before it came."""
        if self.stage is OrderStage.CONFIRMED:
            return not self.in_effect
        return self.stage is OrderStage.SKIPPED or (self.stage is OrderStage.VOID and self.unsaid)

    @property
    def in_effect(self) -> bool:
        """Whether the platform confirmed it, and not too late for all that it imposed."""
        return self.stage is OrderStage.CONFIRMED and not (self.impose and len(self.missed) == len(self.impose))

    @property
    def open(self) -> bool:
        """Whether the platform has still to answer."""
        return self.stage in (OrderStage.ISSUED, OrderStage.STUCK, OrderStage.GIVEN_UP)

    @property
    def try_id(self) -> str:
        """The order and its round, for what may happen once in each: `d-1:subject`, then `d-1:subject:round-1`."""
        return try_id(self.order_id, self.round)


def try_id(order_id: str, order_round: int) -> str:
    """An order and how often it had been tried anew, as one name."""
    return f"{order_id}:round-{order_round}" if order_round else order_id


def missed(order: Order, how: str, at: AwareDatetime) -> tuple[str, ...]:
    """What an order imposed that was over when the platform first had it, as far as its answer says so."""
    if how != "applied":
        return ()  # repeated, superseded: it may have had it before
    return tuple(one.measure_id for one in order.impose if one.until is not None and one.until <= at)


def effective(measures: Iterable[Measure], revoked: Iterable[str], at: AwareDatetime) -> tuple[Measure, ...]:
    """What is in force at this instant: imposed, not revoked, not over. In the order of their ids."""
    gone = set(revoked)
    live = (m for m in measures if m.measure_id not in gone and (m.until is None or m.until > at))
    return tuple(sorted(live, key=lambda measure: measure.measure_id))
