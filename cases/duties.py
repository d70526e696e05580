"""What a case owes next: its duties, as a function of its state. The workflow carries out exactly these.

A duty's key names it, so that a run never has the same one in flight twice; carrying one out again is always safe.
"""

from datetime import datetime

from cases.appeals import AppealStage
from cases.authority_orders import OrderKind
from cases.campaigns import stopped_by
from cases.case import AccountAsk, Case, Filing, Spread
from cases.consultations import Consultation
from cases.deadlines import Tick, earliest
from cases.facts import Fact
from cases.fold_consultations import needed
from cases.measures import Order, OrderStage, Target
from cases.names import SubjectKind, kind_of
from cases.projection import receipts_owed, unanswered, untold
from cases.raids import RaidSeen
from cases.telling import Audience, Notice, NoticeKind


class Capture(Fact):
    """Capture the subject as it is now. cause: the inbox number, or the order that was voided by an edit."""

    cause: str

    @property
    def key(self) -> str:
        """What is in flight at most once."""
        return "capture"


class Enforce(Fact):
    """Have the platform confirm an order. One at a time for each target: orders take effect in order."""

    order: Order

    @property
    def key(self) -> str:
        """What is in flight at most once."""
        return f"enforce:{self.order.try_id}"


class Tell(Fact):
    """Send what is owed to people. receipts_through: everyone up to here gets a receipt, unless 0."""

    notices: tuple[Notice, ...] = ()
    receipts_through: int = 0

    @property
    def key(self) -> str:
        """What is in flight at most once."""
        return "tell"


class File(Fact):
    """Have a filing's own workflow started."""

    filing: Filing

    @property
    def key(self) -> str:
        """What is in flight at most once."""
        return f"file:{self.filing.filing_id}"


class Hear(Fact):
    """Have an appeal's own workflow started."""

    appeal_id: str

    @property
    def key(self) -> str:
        """What is in flight at most once."""
        return f"hear:{self.appeal_id}"


class SpreadDecision(Fact):
    """Have a decision, or its reversal, brought to the cases of its exact copies."""

    spread: Spread

    @property
    def key(self) -> str:
        """What is in flight at most once."""
        return "spread"


class OpenAccountCase(Fact):
    """Have the case of the author's account hear of this one."""

    ask: AccountAsk

    @property
    def key(self) -> str:
        """What is in flight at most once."""
        return f"account:{self.ask.area}"


class JoinCampaign(Fact):
    """Have the subject, and what came with it, made members of one campaign."""

    raid: RaidSeen

    @property
    def key(self) -> str:
        """What is in flight at most once."""
        return "campaign"


class RunBatch(Fact):
    """Have a campaign's order carried out for each of its members. stops: earlier ones that need go no further."""

    order: Order
    stops: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What is in flight at most once."""
        return f"batch:{self.order.order_id}"


class Consult(Fact):
    """Have vendors asked, by a workflow of its own that goes on asking."""

    consultation: Consultation

    @property
    def key(self) -> str:
        """What is in flight at most once."""
        return f"consult:{self.consultation.consultation_id}"


Duty = Capture | Enforce | Tell | File | Hear | SpreadDecision | OpenAccountCase | JoinCampaign | RunBatch | Consult


def duties(case: Case, now: datetime) -> tuple[Duty, ...]:
    """Everything that can be done at this instant, in an order every replay agrees on."""
    return (
        *_capturing(case),
        *_enforcing(case),
        *_telling(case, now),
        *_filing(case),
        *_hearing(case),
        *_spreading(case),
        *_opening(case),
        *_joining(case),
        *_consulting(case),
    )


def next_instant(case: Case, now: datetime) -> datetime | None:
    """When time alone makes something due: a clock's tick, or the end of a delay in telling."""
    tick = earliest(case.clocks)
    delays = [n.not_before for n in case.notices if untold(case, n) and n.not_before and n.not_before > now]
    return min([*([tick.at] if tick else []), *delays], default=None)


def due_tick(case: Case, now: datetime) -> Tick | None:
    """The clock tick that is due, if any."""
    tick = earliest(case.clocks)
    return tick if tick and tick.at <= now else None


def owes(case: Case, now: datetime) -> bool:
    """Whether the run must live on. A window in which somebody may appeal is a recorded fact, and owes nothing."""
    return bool(
        duties(case, now)
        or assessment_due(case)
        or any(matter.open for matter in case.matters)
        or any(order.open for order in case.orders)
        or any(untold(case, notice) for notice in case.notices)
        or any(unanswered(case, filing) for filing in case.filings)
        or any(appeal.stage is AppealStage.OPENED for appeal in case.appeals)
        or case.clocks
    )


def assessment_due(case: Case) -> int | None:
    """The inbox number up to which the pack is to be asked; None where it was, or has no evidence yet."""
    owed = case.triage_owed_through > case.assessed_through
    return case.triage_owed_through if owed and case.evidence and case.recapture_for is None else None


def _capturing(case: Case) -> tuple[Duty, ...]:
    if case.recapture_for is not None:
        return (Capture(cause=case.recapture_for),)
    first = case.triage_owed_through > case.assessed_through and not case.evidence
    if first:
        return (Capture(cause=f"inbox:{case.triage_owed_through}"),)
    # Whom an order for information is about is told of it; the capture says who that is.
    asked = not case.evidence and any(order.order is OrderKind.ARTICLE_10 for order in case.authority_orders)
    return (Capture(cause=f"order:{case.authority_orders[0].order_id}"),) if asked else ()


def _enforcing(case: Case) -> tuple[Duty, ...]:
    if (
        kind_of(case.case_id) is SubjectKind.CAMPAIGN
    ):  # batches wait for one another in the record, where they can be stopped
        waiting = tuple(order for order in case.orders if order.open)
        return tuple(RunBatch(order=order, stops=stopped_by(waiting, order)) for order in waiting)
    first = (next((o for o in case.orders if o.open and o.target is target), None) for target in Target)
    return tuple(Enforce(order=order) for order in first if order and order.stage is not OrderStage.GIVEN_UP)


def _telling(case: Case, now: datetime) -> tuple[Duty, ...]:
    ready = tuple(
        notice
        for notice in case.notices
        if notice.told_at is None
        and case.confirmed(notice.after)
        and (notice.not_before is None or notice.not_before <= now)
        and (notice.kind is not NoticeKind.ORDER_AUTHOR or case.evidence)  # which says who that is
    )
    answered = len(case.counts) == 1 and any(notice.audience is Audience.REPORTERS for notice in ready)
    through = case.receipts_owed_through if receipts_owed(case) and not answered and not _answer_near(case) else 0
    return (Tell(notices=ready, receipts_through=through),) if ready or through else ()


def _answer_near(case: Case) -> bool:
    """Whether more can be said in a moment, so that a receipt and what follows go out together.

    Not while the platform keeps an order or the evidence waiting: a receipt is owed without undue delay (DSA Art. 16(4)).
    """
    first_look = not case.matters and not case.evidence_delayed and case.triage_owed_through > case.assessed_through
    return first_look or any(order.stage is OrderStage.ISSUED for order in case.orders)


def _filing(case: Case) -> tuple[Duty, ...]:
    ready = tuple(f for f in case.filings if unanswered(case, f) and case.confirmed(f.after))
    if (
        kind_of(case.case_id) is SubjectKind.CAMPAIGN
    ):  # which of its statements there are to correct is known when all are filed
        open_ = {f.filing_id for f in case.filings if unanswered(case, f)}
        ready = tuple(f for f in ready if not open_ & set(f.supersedes))
    return tuple(File(filing=f) for f in ready)


def _hearing(case: Case) -> tuple[Duty, ...]:
    return tuple(Hear(appeal_id=a.appeal_id) for a in case.appeals if a.stage is AppealStage.OPENED)


def _spreading(case: Case) -> tuple[Duty, ...]:
    """One at a time, in order: a copy hears of a decision before it hears of its reversal.

    A campaign's members hear once it was carried out: a hold of their own is not lifted before something took its place.
    """
    ready = case.spreads[:1]
    if kind_of(case.case_id) is SubjectKind.CAMPAIGN:
        ready = tuple(one for one in ready if case.confirmed((*case.decision(one.decision_id).order_ids, *one.after)))
    return tuple(SpreadDecision(spread=one) for one in ready)


def _opening(case: Case) -> tuple[Duty, ...]:
    return tuple(OpenAccountCase(ask=one) for one in case.account_asks if not one.done)


def _joining(case: Case) -> tuple[Duty, ...]:
    return (JoinCampaign(raid=case.raid),) if case.raid and not case.raid.done else ()


def _consulting(case: Case) -> tuple[Duty, ...]:
    return tuple(Consult(consultation=one) for one in case.consultations if one.state == "asked" and needed(case, one))
