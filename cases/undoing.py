"""A reversal as it stands: what of the decision is undone, and what is still owed. A function of the case, so that nothing is
half undone in silence: whatever a reversal owes, and has not been confirmed, sent or answered, is listed until it is.
"""

from typing import Literal

from cases.case import Case
from cases.destruction import destroying
from cases.facts import Fact
from cases.measures import OrderStage
from cases.reversals import REVERSAL, Reversal

State = Literal["done", "owed", "void", "gone"]


class Step(Fact):
    """One thing a reversal undoes or corrects. what: measures, strike, telling, filing, copies, report; id: of what carries
    it out. state: void where the platform had nothing to undo it on; gone: what was destroyed
    cannot be put back."""

    what: Literal["measures", "content", "strike", "telling", "filing", "copies", "report"]
    id: str
    state: State


class Undoing(Fact):
    """One reversal: `steps` in the order in which they are taken; kept: measures that stay."""

    reversal_id: str
    decision_id: str
    by: str
    kept: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def owed(self) -> tuple[Step, ...]:
        """What is not done."""
        return tuple(step for step in self.steps if step.state == "owed")


def undoings(case: Case) -> tuple[Undoing, ...]:
    """Every reversal of the case, oldest first."""
    return tuple(
        Undoing(
            reversal_id=one.reversal_id,
            decision_id=one.decision_id,
            by=one.by,
            kept=one.keep,
            steps=(
                *_measures(case, one),
                *_content(case, one),
                *_strike(one),
                *_telling(case, one),
                *_filing(case, one),
                *_copies(case, one),
                *_report(case, one),
            ),
        )
        for one in case.reversals
    )


def _measures(case: Case, reversal: Reversal) -> tuple[Step, ...]:
    lifts = (one for one in case.orders if one.cause == reversal.decision_id and not (one.impose or one.late))
    left = (one for one in lifts if one.order_id not in case.decision(reversal.decision_id).order_ids)
    orders = (*map(case.order, reversal.order_ids), *left)
    states: dict[OrderStage, State] = {OrderStage.CONFIRMED: "done", OrderStage.VOID: "void"}
    return tuple(Step(what="measures", id=one.order_id, state=states.get(one.stage, "owed")) for one in orders)


def _content(case: Case, reversal: Reversal) -> tuple[Step, ...]:
    """What was destroyed after it had been removed: lifting the removal brings nothing back."""
    removed = (one for one in case.decision(reversal.decision_id).measure_ids if one not in reversal.keep)
    orders = (order for one in removed if (order := destroying(case, one)))
    return tuple(Step(what="content", id=one.order_id, state="gone") for one in orders if one.open or one.in_effect)


def _strike(reversal: Reversal) -> tuple[Step, ...]:
    """It counts no longer from the moment of the reversal; what it led to is the account's own case to undo."""
    return (Step(what="strike", id=reversal.decision_id, state="done"),) if reversal.strike else ()


def _telling(case: Case, reversal: Reversal) -> tuple[Step, ...]:
    notices = (one for one in case.notices if one.cause == reversal.reversal_id)
    return tuple(Step(what="telling", id=one.notice_id, state="done" if one.told_at else "owed") for one in notices)


def _filing(case: Case, reversal: Reversal) -> tuple[Step, ...]:
    filings = (one for one in case.filings if one.cause == f"{REVERSAL}{reversal.reversal_id}")
    return tuple(Step(what="filing", id=one.filing_id, state="done" if one.answered_at else "owed") for one in filings)


def _copies(case: Case, reversal: Reversal) -> tuple[Step, ...]:
    if not case.decision(reversal.decision_id).copies:
        return ()
    owed = any(one.reversal_id == reversal.reversal_id for one in case.spreads)
    return (Step(what="copies", id=reversal.decision_id, state="owed" if owed else "done"),)


def _report(case: Case, reversal: Reversal) -> tuple[Step, ...]:
    """What was reported to an authority is put right by a person; the clock runs until then."""
    clock = f"authority_correction:{case.decision(reversal.decision_id).matter_id}"
    return (Step(what="report", id=clock, state="owed"),) if any(one.clock_id == clock for one in case.clocks) else ()
