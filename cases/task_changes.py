"""What people do to a task besides deciding it, who may, and within which limits. The record keeps every one of them."""

from enum import StrEnum

from pydantic import AwareDatetime

from cases.facts import Fact
from cases.queues import Queue
from cases.refusals import Refusal
from cases.severity import Severity


class Action(StrEnum):
    """What was done. escalate: by time, when a deadline passed."""

    SNOOZE = "snooze"
    BOOST = "boost"
    REASSIGN = "reassign"
    SKIP = "skip"
    RETURN = "return"
    ESCALATE = "escalate"


class TaskStanding(Fact):
    """A task, as far as changes go. holder: who has it claimed now; skips: how often it was passed over."""

    severity: Severity
    due_at: AwareDatetime
    holder: str | None = None
    skips: int = 0


def refuse_change(
    task: TaskStanding,
    action: Action,
    rules: Queue,
    by: str,
    now: AwareDatetime,
    *,
    operator: bool,
    until: AwareDatetime | None = None,
    skipped_today: int = 0,
) -> Refusal | None:
    """Why this may not be done to the task now; None where it may.

    An operator may change any open task; a reviewer the one they hold. Only who holds a task gives it back or passes it
    over, so often as the queue says. A snooze never outlasts the due time, and where somebody is called nothing sleeps.
    """
    mine = task.holder == by and not operator
    if action in (Action.SKIP, Action.RETURN) and not mine:
        return Refusal(code="no_claim", text=f"{action} is for the reviewer who holds the task; claim it first")
    if not operator and not mine:
        return Refusal(
            code="no_claim", text="a reviewer changes the task they hold; claim it first, or ask an operator"
        )
    if action is Action.SKIP and task.skips >= rules.skips_per_task:
        return Refusal(
            code="skips_of_task",
            text=f"it was passed over {task.skips} times already; decide it, or return it with a reason",
        )
    if action is Action.SKIP and skipped_today >= rules.skips_per_reviewer:
        return Refusal(
            code="skips_of_reviewer", text=f"you passed over {skipped_today} tasks today, which is the limit"
        )
    if action is Action.SNOOZE and until is not None:
        if task.severity is Severity.S0 or rules.pages:
            return Refusal(
                code="never_snoozed", text="somebody may be in danger: it is decided, returned or reassigned"
            )
        if not now < until <= task.due_at:
            due = task.due_at.isoformat()
            return Refusal(code="snooze_too_long", text=f"a snooze ends after now and by the due time, {due}")
    return None
