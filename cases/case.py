"""The case as its events tell it, and what it looks like from outside: stage, projection, open tasks."""

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from pydantic import AwareDatetime

from cases.appeals import Appeal
from cases.authority_orders import AuthorityOrder
from cases.consultations import Consultation
from cases.deadlines import Clock
from cases.decisions import Decision
from cases.errors import UnknownSomething
from cases.evidence import EvidenceVersion
from cases.facts import Fact
from cases.matters import Matter
from cases.measures import Order, OrderStage
from cases.names import tenant_of
from cases.raids import RaidSeen
from cases.received import MessageRefused, ResponsibilityFound, StepCrossed
from cases.reversals import Reversal
from cases.stances import PersonStance
from cases.telling import Notice

T = TypeVar("T", bound=Fact)


class CaseStage(StrEnum):
    """Most urgent first; a case shows the most urgent of what its collections are in."""

    ENFORCING = "enforcing"
    ASSESSING = "assessing"
    HELD = "held"
    IN_REVIEW = "in_review"
    TELLING = "telling"
    UNDER_APPEAL = "under_appeal"
    FILING = "filing"
    SETTLED = "settled"


class ReportCount(Fact):
    """How many told us of one area. independent: distinct people; trusted: of them, trusted flaggers' notices."""

    reports: int = 0
    independent: int = 0
    trusted: int = 0
    notices: int = 0  # reports that are notices under DSA Art. 16
    complete: int = 0  # of them, those whose elements came by the form of a notice: their own clocks run


class Filing(Fact):
    """One statement owed to, or lodged with, a public database. supersedes: filings this one corrects."""

    filing_id: str
    cause: str
    after: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    answered_at: AwareDatetime | None = None
    accepted: bool | None = None
    reference: str | None = None


class Spread(Fact):
    """A decision, or its reversal, to be brought to the cases of its exact copies, and of people found responsible with it.

    late: of a campaign, which members that joined after its decision; after: orders that have to be carried out first.
    """

    decision_id: str
    reversal_id: str | None = None
    keep: tuple[str, ...] = ()
    by: str = ""
    late: int = 0
    after: tuple[str, ...] = ()


class AccountAsk(Fact):
    """A case about the author's account that a rule wants. done: its inbox was written to."""

    rule_id: str
    area: str
    done: bool = False


class Case(Fact):
    """Everything a run needs to know, bounded in size however many reports came: it counts them, it does not list them.

    sequence: of the last event folded. inbox_through, assessed_through, receipted_through: inbox numbers.
    newest_received_at: a run's now is the later of this and Temporal's, since a skipped clock moves one chain only.
    """

    case_id: str
    sequence: int = 0
    inbox_through: int = 0
    triage_owed_through: int = 0
    assessed_through: int = 0
    receipts_owed_through: int = 0
    receipted_through: int = 0
    newest_received_at: AwareDatetime | None = None
    counts: dict[str, ReportCount] = {}
    scores: dict[str, float] = {}
    signals: int = 0
    refused: int = 0
    refusals: tuple[MessageRefused, ...] = ()  # the latest few
    evidence: tuple[EvidenceVersion, ...] = ()
    recapture_for: str | None = None
    evidence_delayed: bool = False
    matters: tuple[Matter, ...] = ()
    decisions: tuple[Decision, ...] = ()
    proposals: tuple[Decision, ...] = ()
    entered: tuple[Decision, ...] = ()  # of packs whose decisions wait for the end of their grace
    reversals: tuple[Reversal, ...] = ()
    orders: tuple[Order, ...] = ()
    notices: tuple[Notice, ...] = ()
    stances: tuple[PersonStance, ...] = ()
    withheld: tuple[Notice, ...] = ()
    filings: tuple[Filing, ...] = ()
    appeals: tuple[Appeal, ...] = ()
    clocks: tuple[Clock, ...] = ()
    authority_orders: tuple[AuthorityOrder, ...] = ()
    legal_hold: bool = False
    ground_withdrawn: bool = False  # reports lost their weight since the pack was last asked
    spreads: tuple[Spread, ...] = ()
    steps: tuple[StepCrossed, ...] = ()
    found_responsible: tuple[ResponsibilityFound, ...] = ()
    account_asks: tuple[AccountAsk, ...] = ()
    raid: RaidSeen | None = None
    late_members: int = 0  # inbox number of who joined a campaign while its order was under way
    consultations: tuple[Consultation, ...] = ()
    swept_through: int | None = None  # inbox number of the sweep that has it assessed anew

    @property
    def tenant(self) -> str:
        """The tenant whose case this is."""
        return tenant_of(self.case_id)

    @property
    def latest_evidence(self) -> EvidenceVersion | None:
        """What the subject was when last captured."""
        return self.evidence[-1] if self.evidence else None

    def matter(self, matter_id: str) -> Matter:
        """Raises UnknownSomething."""
        return _one(self.matters, "matter_id", matter_id)

    @property
    def asked(self) -> tuple[Decision, ...]:
        """Every decision that was asked for and stood: recorded, proposed, or entered to take effect later."""
        return (*self.decisions, *self.proposals, *self.entered)

    def decision(self, decision_id: str) -> Decision:
        """Raises UnknownSomething."""
        return _one(self.decisions, "decision_id", decision_id)

    def order(self, order_id: str) -> Order:
        """Raises UnknownSomething."""
        return _one(self.orders, "order_id", order_id)

    def confirmed(self, order_ids: Iterable[str]) -> bool:
        """Whether the platform confirmed all of these; a void order no longer stands in the way."""
        ids = tuple(order_ids)
        return not any(self.order(order_id).open for order_id in ids) and not self.all_skipped(ids)

    def all_skipped(self, order_ids: Iterable[str]) -> bool:
        """Whether operators skipped all of these orders: of what has no effect nobody is told, and nothing is filed."""
        ids = tuple(order_ids)
        return bool(ids) and all(self.order(order_id).stage is OrderStage.SKIPPED for order_id in ids)

    def without_effect(self, order_ids: Iterable[str]) -> bool:
        """Whether nothing that these orders were to impose ever was in force: what they lift does not count."""
        ids = tuple(order_ids)
        imposing = [order for order in map(self.order, ids) if order.impose]
        tried = any(order.stage is not OrderStage.SKIPPED for order in imposing)
        return self.all_skipped(ids) or (tried and all(order.without_effect for order in imposing))


def _one(items: Iterable[T], key: str, wanted: str) -> T:
    for item in items:
        if getattr(item, key) == wanted:
            return item
    raise UnknownSomething(f"the case has no {key} {wanted!r}")
