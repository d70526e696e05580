"""What a stranger reads on the case's page in the Web UI, and what queries answer. Ids, enums and times; no content."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.processes import HearingStart
    from cases.case import Case, CaseStage, Filing
    from cases.deadlines import Clock
    from cases.hearings import Hearing
    from cases.judging_interventions import tries_end
    from cases.matters import Matter
    from cases.measures import Order, OrderStage
    from cases.names import PAGE_OF_CASE
    from cases.projection import UNCONFIRMED, project, review_tasks, unanswered
    from cases.received import MessageRefused
    from cases.telling import Notice
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
_STUCK_TO_DO: Final = "See to the platform: what is **stuck** stands below, and nobody is told of it meanwhile."
_AWAY_TO_DO: Final = (
    "See to the platform: it does not deliver what the case is about. Attempts, last error: *Pending Activities*."
)
_TO_DO = {
    CaseStage.ENFORCING: "Nothing: it says **stuck** here after a minute.",
    CaseStage.ASSESSING: "Nothing: it says here when evidence stays away.",
    CaseStage.HELD: "A reviewer takes the task and decides. In an emergency: Send a Signal, `decide`.",
    CaseStage.IN_REVIEW: "A reviewer takes the task and decides. In an emergency: Send a Signal, `decide`.",
    CaseStage.TELLING: "Nothing, unless the activity `tell_people` is tried again and again: then see to the mail server.",
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
    waits = f"**{stage.upper().replace('_', ' ')}** — waits for {_waits_for(case, stage)}.{page_link(case.case_id)}"
    lines = [waits, "", _to_do(case, stage), ""]
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
    lines += [_proposal_line(case, m) for m in case.matters if m.proposed_id]
    lines += [_undoing_line(undoing) for undoing in undoings(case)]
    lines += [
        f"- notice `{n.kind}` to the {n.audience}: {_untold(case, n, now)}" for n in case.notices if n.told_at is None
    ]
    lines += [_filing_line(case, one) for one in case.filings if unanswered(case, one) or one.accepted is False]
    lines += [f"- appeal `{a.appeal_id}`: {a.stage}" for a in case.appeals]
    lines += ["- **legal hold**: nothing of it is erased or destroyed"] * case.legal_hold
    reports = sum(count.reports for count in case.counts.values())
    lines += _refusal_lines(case.refusals)
    lines += ["", f"{reports} reports, {case.signals} machine signals, {case.refused} messages refused."]
    return "\n".join(lines)


def hearing_details(hearing: Hearing, start: HearingStart, stream: str, now: datetime) -> str:
    """Markdown: what a hearing waits for and what to do; of one that was heard, what was found."""
    case = f"Appeal of decision `{start.decision_id}` of case `{start.case_id}`."
    if hearing.decided:
        found = f"**HEARD** — {hearing.decided.outcome} by a reviewer. Nothing is to do here: the case carries it out."
        return f"{found}\n\n{case}"
    late = " **MISSED**" if start.due_at <= now else ""
    due = f"due {start.due_at:%Y-%m-%d %H:%M} UTC{late}"
    lines = [f"**UNDER APPEAL** — waits for a reviewer who had no part in the case, {due}.{page_link(stream)}", ""]
    lines += ["They take the task and decide. In an emergency: Send a Signal, `decide`.", ""]
    lines += [case, "", *_refusal_lines(hearing.refusals)]
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
        *(_entry(r.received_at, "refused", r.message_id or "-", f"{r.code}: {r.problem}") for r in case.refusals),
    ]
    return sorted(entries, key=lambda entry: (entry["at"], entry["what"], entry["id"]))


def _entry(at: datetime, what: str, own_id: str, state: str) -> dict[str, Any]:
    return {"at": _iso(at), "what": what, "id": own_id, "state": str(state)}


def _waits_for(case: Case, stage: CaseStage) -> str:
    asked = [matter for matter in case.matters if matter.open]
    if stage in (CaseStage.HELD, CaseStage.IN_REVIEW) and asked and all(matter.proposed_id for matter in asked):
        return _WAITS_FOR[stage].replace("a reviewer", "a second person")
    return _WAITS_FOR[stage]


def _to_do(case: Case, stage: CaseStage) -> str:
    if stage is CaseStage.ENFORCING and any(order.stage in UNCONFIRMED for order in case.orders):
        return _STUCK_TO_DO
    return _AWAY_TO_DO if stage is CaseStage.ASSESSING and case.evidence_delayed else _TO_DO[stage]


def _proposal_line(case: Case, matter: Matter) -> str:
    """What whoever agrees by signal must name."""
    proposal = next((one for one in case.proposals if one.decision_id == matter.proposed_id), None)
    outcome = f": {proposal.outcome} by a reviewer" if proposal else ""
    return (
        f"- decision `{matter.proposed_id}` on `{matter.matter_id}`{outcome}; it waits for **a second person**, who decides "
        f'that matter with `"seconds": "{matter.proposed_id}"`'
    )


def _untold(case: Case, notice: Notice, now: datetime) -> str:
    if not case.confirmed(notice.after):
        return "waits for its order to be confirmed"
    if notice.not_before and notice.not_before > now:
        return f"not before {notice.not_before:%Y-%m-%d %H:%M} UTC"
    return "is being sent"


def _filing_line(case: Case, filing: Filing) -> str:
    if not unanswered(case, filing):
        return f"- statement `{filing.filing_id}` for the public database: **not filed**"
    waits = "has still to be answered" if case.confirmed(filing.after) else "waits for its order to be confirmed"
    return f"- statement `{filing.filing_id}` for the public database: {waits}"


def _refusal_lines(refusals: Iterable[MessageRefused]) -> list[str]:
    return [
        f"- refused {one.received_at:%Y-%m-%d %H:%M} UTC: {one.message_kind} `{one.message_id or '-'}`: {one.problem}"
        for one in refusals
    ]


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
