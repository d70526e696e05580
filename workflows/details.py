"""What a stranger reads on the case's page in the Web UI, and what queries answer. Ids, enums and times; no content."""

from datetime import datetime
from typing import Any, Final

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from cases.case import Case, CaseStage
    from cases.deadlines import Clock
    from cases.judging_interventions import tries_end
    from cases.measures import Order, OrderStage
    from cases.names import PAGE_OF_CASE
    from cases.projection import UNCONFIRMED, project, review_tasks
    from cases.undoing import Undoing, undoings

_WAITS_FOR = {
    CaseStage.ENFORCING: "the platform to confirm an order",
    CaseStage.ASSESSING: "evidence and assessment",
    CaseStage.HELD: "a reviewer; the subject is held meanwhile",
    CaseStage.IN_REVIEW: "a reviewer",
    CaseStage.TELLING: "notices to be sent",
    CaseStage.UNDER_APPEAL: "the outcome of an appeal",
    CaseStage.FILING: "an authority's database to answer, or a report owed to an authority",
    CaseStage.SETTLED: "nothing",
}
_TO_DO = {
    CaseStage.ENFORCING: "Nothing, unless it says **stuck** below: then see to the platform; nobody is told meanwhile.",
    CaseStage.ASSESSING: "Nothing, unless evidence stays away: then see to the platform.",
    CaseStage.HELD: "A reviewer takes the task and decides. In an emergency: Send a Signal, `decide`.",
    CaseStage.IN_REVIEW: "A reviewer takes the task and decides. In an emergency: Send a Signal, `decide`.",
    CaseStage.TELLING: "Nothing, unless the activity `tell_people` is pending: then see to the mail server.",
    CaseStage.UNDER_APPEAL: "A reviewer who had no part in it hears the appeal, in a workflow of its own.",
    CaseStage.FILING: "Nothing, unless a clock below is near: a report to an authority is filed by a person.",
    CaseStage.SETTLED: "Nothing. A later report, appeal or order starts the next run.",
}


def page_link(stream: str) -> str:
    """A link to the page where people decide; nothing where the worker was not told its address."""
    page_of = workflow.extern_functions().get(PAGE_OF_CASE)
    return f" [Open its page]({page_of(stream)})." if page_of else ""


NOT_AS_ORDERED: Final = UNCONFIRMED | {OrderStage.SKIPPED}


def details_of(case: Case, now: datetime) -> str:
    """Markdown: what the case waits for and what to do, first; then matters, clocks and whatever is stuck."""
    stage = project(case).stage
    lines = [f"**{stage.upper()}** — waits for {_WAITS_FOR[stage]}.{page_link(case.case_id)}", "", _TO_DO[stage], ""]
    lines += [_order_line(order, case) for order in case.orders if order.stage in NOT_AS_ORDERED]
    lines += [
        f"- matter `{m.matter_id}`: {m.stage}, S{m.terms.severity}, queue `{m.terms.queue}`, rule `{m.rule_id}`"
        for m in case.matters
    ]
    lines += [
        _clock_line(clock, now) for clock in sorted(case.clocks, key=lambda clock: (clock.due_at, clock.clock_id))
    ]
    lines += [
        f"- decision `{d.decision_id}`: {d.outcome} by {_by(d.by)}{' (reversed)' * d.reversed}" for d in case.decisions
    ]
    lines += [
        f"- decision `{m.entered_id}` on `{m.matter_id}` takes effect when its grace is over; its reviewer may take it back"
        for m in case.matters
        if m.entered_id
    ]
    lines += [_undoing_line(undoing) for undoing in undoings(case)]
    lines += [f"- appeal `{a.appeal_id}`: {a.stage}" for a in case.appeals]
    reports = sum(count.reports for count in case.counts.values())
    lines += ["", f"{reports} reports, {case.signals} machine signals, {case.refused} messages refused."]
    return "\n".join(lines)


def summary_of(case: Case, now: datetime) -> dict[str, Any]:
    """The case in short."""
    projection = project(case)
    return {
        "case_id": case.case_id,
        "stage": projection.stage.value,
        "waits_for": _WAITS_FOR[projection.stage],
        "reports": {area: count.reports for area, count in case.counts.items()},
        "signals": case.signals,
        "refused": case.refused,
        "events": case.sequence,
        "matters": [
            {"matter": m.matter_id, "stage": m.stage.value, "queue": m.terms.queue, "severity": m.terms.severity}
            for m in case.matters
        ],
        "tasks": [
            {"task": task.task_id, "queue": task.queue, "due_at": _iso(task.due_at)} for task in review_tasks(case)
        ],
        "clocks": [{"clock": c.clock_id, "due_at": _iso(c.due_at), "source": c.source} for c in case.clocks],
        "stuck": [order.order_id for order in case.orders if order.stage in UNCONFIRMED],
        "now": _iso(now),
    }


def timeline_of(case: Case) -> list[dict[str, Any]]:
    """What was done, in time."""
    entries = [
        *(_entry(e.captured_at, "evidence", f"version {e.version}", e.origin) for e in case.evidence),
        *(_entry(d.decided_at, "decision", d.decision_id, d.outcome) for d in case.decisions),
        *(_entry(o.confirmed_at, "order", o.order_id, o.stage) for o in case.orders if o.confirmed_at),
        *(_entry(n.told_at, "notice", n.notice_id, f"sent {n.sent}") for n in case.notices if n.told_at),
        *(_entry(f.answered_at, "filing", f.filing_id, f.reference or "-") for f in case.filings if f.answered_at),
        *(_entry(a.opened_at, "appeal", a.appeal_id, a.stage) for a in case.appeals),
    ]
    return sorted(entries, key=lambda entry: (entry["at"], entry["what"], entry["id"]))


def _entry(at: datetime, what: str, own_id: str, state: str) -> dict[str, Any]:
    return {"at": _iso(at), "what": what, "id": own_id, "state": str(state)}


def _order_line(order: Order, case: Case) -> str:
    what = ", ".join(measure.kind for measure in order.impose) or "lift"
    name = f"order `{order.order_id}` ({what})"
    since = f"{order.stuck_since:%Y-%m-%d %H:%M} UTC" if order.stuck_since else "a minute after it was ordered"
    if order.stage is OrderStage.SKIPPED:
        return f"- **skipped** by an operator: {name}; nobody is told of it; `dueprocess enforcement resume` takes it up again"
    if order.stage is OrderStage.GIVEN_UP:
        clock = next((one for one in case.clocks if one.clock_id == f"given_up:{order.order_id}"), None)
        by = f" by {clock.due_at:%Y-%m-%d %H:%M} UTC" if clock else ""
        cure = f"`dueprocess enforcement retry`, skip or by-hand{by}"
        return f"- ⚠ **given up**: {name}, stuck since {since}; it waits for {cure}"
    end = tries_end(case, order)
    until = f"until {end:%Y-%m-%d %H:%M} UTC, then a person must see to it" if end else "for as long as it takes"
    return (
        f"- ⚠ **stuck** since {since}: {name}, tried {until}; attempts, last error and next try under *Pending Activities*, "
        "and by `dueprocess stuck`; `dueprocess enforcement retry`, skip or by-hand"
    )


def _undoing_line(undoing: Undoing) -> str:
    done = len(undoing.steps) - len(undoing.owed)
    owed = ", ".join(f"{step.what} `{step.id}`" for step in undoing.owed)
    gone = ", ".join(f"`{step.id}`" for step in undoing.steps if step.state == "gone")
    state = f"⚠ **still owed**: {owed}" if owed else "nothing is owed any more"
    state += f"; content was destroyed by {gone} and cannot come back" if gone else ""
    return (
        f"- reversal `{undoing.reversal_id}` of `{undoing.decision_id}`: {done} of {len(undoing.steps)} done; {state}"
    )


def _clock_line(clock: Clock, now: datetime) -> str:
    late = " **MISSED**" if clock.breached_at or clock.due_at <= now else ""
    return f"- clock `{clock.clock_id}` due {clock.due_at:%Y-%m-%d %H:%M} UTC{late} ({clock.source})"


def _by(decider: str) -> str:
    return decider if decider.startswith("rule:") else "a reviewer"


def _iso(at: datetime) -> str:
    return at.isoformat()
