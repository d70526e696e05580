"""Appeals: until when, and who may judge. The law's internal complaint, Regulation (EU) 2022/2065, Article 20."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from pydantic import AwareDatetime

from cases.deadlines import appeals_accepted_until
from cases.decisions import Outcome
from cases.facts import Fact


class AppealStage(StrEnum):
    """Where an appeal stands."""

    OPENED = "opened"
    UPHELD = "upheld"  # the first decision stands
    REVERSED = "reversed"


class Role(StrEnum):
    """In which capacity a person was informed; both may appeal (Art. 20(1))."""

    AUTHOR = "author"
    REPORTER = "reporter"


class Appeal(Fact):
    """One person's appeal. decision_id: the decision, hold or reversal it is against. heard_by: who decided it."""

    appeal_id: str
    decision_id: str
    appellant: str
    role: Role
    opened_at: AwareDatetime
    due_at: AwareDatetime
    stage: AppealStage = AppealStage.OPENED
    heard_by: str | None = None


class AppealRefusal(StrEnum):
    """Why an appeal is not heard. The person is told which, kindly."""

    UNKNOWN_DECISION = "unknown_decision"
    NOT_INFORMED = "not_informed"  # nobody of this name was told of the decision
    TOO_LATE = "too_late"
    ALREADY_HEARD = "already_heard"
    NOTHING_LEFT = "nothing_left"  # the decision was taken back already
    HOLD_OVER = "hold_over"  # the hold has ended, or a decision took its place, which may be appealed


def refuse_appeal(
    *,
    decision_known: bool,
    nothing_left: AppealRefusal | None,
    informed_at: datetime | None,
    received_at: datetime,
    same_before: Iterable[Appeal],
) -> AppealRefusal | None:
    """Why this appeal cannot be heard; None where it can.

    nothing_left: why there is nothing to look at again, if so. informed_at: when this person was told of it. received_at: the
    door's stamp, not the time of processing,
    so that an appeal sent in time is in time whatever was down.
    """
    if not decision_known:
        return AppealRefusal.UNKNOWN_DECISION
    if informed_at is None:
        return AppealRefusal.NOT_INFORMED
    if any(True for _ in same_before):
        return AppealRefusal.ALREADY_HEARD
    if nothing_left:
        return nothing_left
    if received_at > appeals_accepted_until(informed_at):
        return AppealRefusal.TOO_LATE
    return None


def may_hear(reviewer: str, deciders: Iterable[str]) -> bool:
    """Nobody judges the appeal of their own decision (Art. 20(6), and promise P5)."""
    return reviewer not in set(deciders)


def outcome_stage(outcome: Outcome) -> AppealStage:
    """The appeal's stage after this outcome."""
    return AppealStage.REVERSED if outcome is Outcome.REVERSED else AppealStage.UPHELD
