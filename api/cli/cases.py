"""Cases: `case id`, `case show`, `case list`, and `stuck`. Ids, kinds, numbers and times; never content."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated

from cyclopts import Parameter
from pydantic import ValidationError

from api.answers import CaseAnswer, RestingAnswer, TimelineEntry
from api.cli.exits import BadUsage
from api.cli.failing import none_fails, print_failing
from api.cli.output import due, print_json, print_lines, print_table, span
from api.cli.place import COMMON, OPERATOR, Attempt, Common, PlaceHere
from api.cli.words import actor, worded
from api.operator_answers import StuckCase, StuckOrder
from cases.case import Case, CaseStage
from cases.deadlines import appeals_accepted_until
from cases.events import CaseEvent
from cases.folding import fold_all
from cases.names import SubjectKind
from cases.telling import Notice, NoticeKind
from cases.undoing import undoings


async def case_id(
    *,
    kind: Annotated[SubjectKind, Parameter(help="What it is about.")] = SubjectKind.CONTENT,
    subject_id: Annotated[str, Parameter(name="--id", help="The platform's own id of it.")],
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Print the case id of a subject, which is its workflow id too. It needs the record, where the tenant's key is.

    Exit codes: 0 (whether or not there is a case yet), 2 bad input, 4 unavailable.
    """
    tenant = common.tenant or place.tenant
    found = await place.case_id(tenant, kind, subject_id)
    if common.json:
        return print_json({"case_id": found, "workflow_id": found, "tenant": tenant, "kind": kind})
    print_lines(found)
    return None


async def case_show(
    case: Annotated[str, Parameter(help="Its id: case/TENANT/KIND/KEY.")],
    /,
    *,
    timeline: Annotated[bool, Parameter(help="Whether to tell every event.")] = True,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Show a case: where it stands, matters, decisions, orders, notices, clocks, and its timeline in words.

    Exit codes: 0, 2 bad input, 3 no such case for this token, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.case(case)
    state = rebuilt(answer)
    if common.json:
        told = [{**entry.model_dump(mode="json"), "words": worded(entry.kind, entry.body)} for entry in answer.events]
        summary = state.model_dump(mode="json", include=set(_SHOWN)) if state else {}
        if state:
            summary["reversals"] = [one.model_dump(mode="json") for one in undoings(state)]
        return print_json({**answer.model_dump(mode="json"), **summary, "events": told if timeline else []})
    _print_head(answer, place.now())
    if state:
        _print_state(state, place.now())
    elif answer.stream == answer.case_id:
        print_lines("  Matters and clocks are not shown: an event was written by another version than this command's.")
    _print_beside(answer)
    if answer.resting:
        print_lines(
            "Rest on decisions of this case, and fall with them", *(f"  {_rest_line(one)}" for one in answer.resting)
        )
    if timeline:
        _print_timeline(answer.events)
    return None


async def case_list(
    *,
    stage: Annotated[CaseStage | None, Parameter(help="Only cases in this stage.")] = None,
    limit: Annotated[int, Parameter(help="How many at most.")] = 50,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """List cases, the nearest deadline first. It reads the record.

    Exit codes: 0, 2 bad input, 4 unavailable.
    """
    if not 1 <= limit <= 10_000:
        raise BadUsage(f"--limit: {limit} is not from 1 to 10000")
    found = await place.cases(common.tenant or place.tenant, stage, limit)
    if common.json:
        return print_json({"cases": list(found)})
    now = place.now()
    print_table(
        ("case", "stage", "category", "queue", "due", "stuck"),
        [(c.case_id, c.stage, c.category, c.queue, due(c.due_at, now) if c.due_at else None, c.stuck) for c in found],
        empty="No case yet." if stage is None else f"No case is in stage {stage}.",
    )
    return None


async def stuck(*, common: Common = COMMON, place: PlaceHere) -> None:
    """List cases whose order the platform does not confirm: attempts, last error, next try. They are retried for ever, or
    until the pack's `retry_for` is over: then an operator is to see to them, by when stands in the place of the next try.

    Bulks that are paused, held up, or wait for a second person stand below them; then runs that cannot move, since their
    workflow task fails again and again, with the cure. Where Temporal's search does not answer, that is said.

    Exit codes: 0 (also with stuck cases), 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.stuck()
    cases = answer.cases
    attempts = await place.attempts([one.case_id for one in cases]) if cases else {}
    if common.json:
        return print_json(
            {
                "cases": [{**one.model_dump(mode="json"), "retrying": attempts.get(one.case_id, ())} for one in cases],
                "bulks": [one.model_dump(mode="json") for one in answer.bulks],
                "failing": answer.failing.model_dump(mode="json") if answer.failing else None,
            }
        )
    now = place.now()
    print_table(
        ("case", "category", "order", "waits for", "attempts", "next try", "last error"),
        [
            _stuck_row(one, order, _next_try(attempts.get(one.case_id, ())), now)
            for one in cases
            for order in one.orders
        ],
        empty="No order is stuck." if answer.bulks or not none_fails(answer.failing) else "Nothing is stuck.",
    )
    if answer.bulks:
        print_table(
            ("bulk", "phase", "since", "held up by"),
            [
                (one.bulk_id, f"{one.phase}{' (paused)' if one.paused_at else ''}", one.looked_at, one.note)
                for one in answer.bulks
            ],
            empty="No bulk waits.",
        )
    print_failing(answer.failing, now)
    return None


# After these the person informed may appeal (DSA Art. 20(1)).
_APPEALABLE = frozenset(
    {NoticeKind.STATEMENT, NoticeKind.STATEMENT_PROVISIONAL, NoticeKind.OUTCOME_REPORTER, NoticeKind.REVERSAL_REPORTER}
)
_SHOWN = frozenset({"matters", "decisions", "proposals", "orders", "notices", "filings", "appeals", "clocks"})


def rebuilt(answer: CaseAnswer) -> Case | None:
    """The case as its events tell it; None where one is of a version this cannot read, or of an appeal's own stream."""
    if answer.stream != answer.case_id:
        return None
    try:
        events = [
            CaseEvent.model_validate(
                {
                    "event_id": entry.event_id,
                    "occurred_at": entry.occurred_at,
                    "sequence": entry.sequence,
                    "body": {**entry.body, "kind": entry.kind},
                }
            )
            for entry in answer.events
        ]
    except ValidationError:
        return None
    return fold_all(Case(case_id=answer.case_id), events)


def _print_head(answer: CaseAnswer, now: datetime) -> None:
    facts = {
        "stage": answer.stage + (" (stuck)" if answer.stuck else ""),
        "category": answer.category,
        "queue": answer.queue,
        "rule": answer.rule,
        "jurisdiction": answer.jurisdiction,
        "next due": answer.due_at.isoformat() if answer.due_at else None,
        "legal hold": "yes" if answer.legal_hold else None,
    }
    appeal = [f"  of case      {answer.case_id}"] if answer.stream != answer.case_id else []
    print_lines(answer.stream, *appeal, *(f"  {name:<13}{value}" for name, value in facts.items() if value))


def _print_state(case: Case, now: datetime) -> None:
    sections: dict[str, list[str]] = {
        "Reported": [
            f"{area}: {count.reports} reports by {count.independent} people" for area, count in case.counts.items()
        ],
        "Matters": [f"{m.matter_id}: {m.stage}, S{m.terms.severity}, {m.terms.queue}" for m in case.matters],
        "Decisions": [
            f"{d.decision_id}: {d.outcome} on {d.matter_id} by {actor(d.by)}{', reversed' if d.reversed else ''}"
            for d in case.decisions
        ],
        "Reversals": [
            f"{one.reversal_id}: of {one.decision_id}, {step.what} {step.id}: {step.state}"
            for one in undoings(case)
            for step in one.steps
        ],
        "Orders": [f"{o.order_id}: {o.stage}, on {o.target}, for {o.cause}" for o in case.orders],
        "Notices": [_notice_line(notice) for notice in case.notices],
        "Filings": [
            f"{f.filing_id}: {'waiting' if f.accepted is None else 'accepted' if f.accepted else 'refused'}"
            for f in case.filings
        ],
        "Appeals": [f"{a.appeal_id}: {a.stage}, of {a.decision_id} by {a.role}" for a in case.appeals],
        "Clocks": [
            f"{c.clock_id}: {due(c.due_at, now)}{', missed' if c.breached_at else ''}, by {c.source}"
            for c in case.clocks
        ],
    }
    for title, lines in sections.items():
        if lines:
            print_lines(title, *(f"  {line}" for line in lines))


def _print_beside(answer: CaseAnswer) -> None:
    """What is known of the account, and which cases are about the same."""
    if answer.account:
        known = answer.account
        print_lines(
            "Account",
            f"  {known.contents_reported} contents reported, {known.violations_90d} violations in 90 days, "
            f"{known.open_matters} open matters in other cases",
            *(
                f"  {one.matter_id}: {'open' if one.open else 'violation' if one.violation else 'decided'}, {one.case_id}"
                for one in known.matters
                if one.case_id != answer.case_id
            ),
        )
    if answer.campaign:
        print_lines("Campaign", f"  {answer.campaign}")
    if answer.copies:
        print_lines("Copies", *(f"  {one.likeness}: {one.case_id}" for one in answer.copies))


def _notice_line(notice: Notice) -> str:
    line = f"{notice.notice_id}: {notice.kind} to {notice.audience}"
    if notice.told_at is None:
        return f"{line}, waiting" + (" for the platform" if notice.after else "")
    window = appeals_accepted_until(notice.told_at) if notice.kind in _APPEALABLE else None
    return f"{line}, sent to {notice.sent}" + (f", appeals accepted until {window:%Y-%m-%d}" if window else "")


def _rest_line(one: RestingAnswer) -> str:
    fell = f", told of the fall {one.fall_brought_at:%Y-%m-%d %H:%M:%S}" if one.fall_brought_at else ""
    return f"{one.decision_id} of {one.case_id}, on {one.source_decision}{fell}"


def _print_timeline(events: Iterable[TimelineEntry]) -> None:
    print_lines(
        "Timeline", *(f"  {e.sequence:>4}  {e.occurred_at:%Y-%m-%d %H:%M:%S}  {worded(e.kind, e.body)}" for e in events)
    )


def _stuck_row(case: StuckCase, order: StuckOrder, next_try: str | None, now: datetime) -> tuple[object, ...]:
    waits = span(now - order.issued_at)
    planned = order.next_try_at.isoformat(timespec="seconds") if order.next_try_at else None
    given_up = f"given up; see to it ({due(order.see_to_by, now)})" if order.see_to_by else None
    following = given_up or next_try or planned
    return (case.case_id, case.category, order.order_id, waits, order.attempts, following, order.last_error)


def _next_try(attempts: Sequence[Attempt]) -> str | None:
    """When Temporal tries again; None where it could not be asked."""
    if not attempts:
        return None
    planned = [one.next_at for one in attempts if one.next_at]
    return min(planned).isoformat(timespec="seconds") if planned else "running now"
