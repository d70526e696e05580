"""On call: `oncall`, `page ack`."""

from typing import Annotated

from cyclopts import Parameter

from api.cli.arguments import made
from api.cli.output import due, print_json, print_lines, print_table
from api.cli.place import COMMON, OPERATOR, Common, PlaceHere
from api.queue_messages import PageRequest


async def oncall(
    *,
    limit: Annotated[int, Parameter(help="How many of each kind at most.")] = 20,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Show what is due next: law's clocks, open tasks, and calls to people that are open, and alarms that stand.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.oncall(limit)
    if common.json:
        return print_json(answer)
    print_table(
        ("called", "S", "queue", "task", "case", "level", "answered by", "page"),
        [
            (
                *(one.sent_at or "NOBODY YET", one.severity, one.queue, one.task_id, one.stream, one.level),
                *(one.acknowledged_by or "nobody", one.page_id),
            )
            for one in answer.pages
        ],
        empty="Nobody is called.",
    )
    print_table(
        ("alarm", "about", "since", "told", "answered by", "id"),
        [
            (
                *(one.kind, one.about, one.since, " ".join(f"{name}={value}" for name, value in one.told.items())),
                *(one.acknowledged_by or "nobody", one.alarm_id),
            )
            for one in answer.alarms
        ],
        empty="Nothing drifts.",
    )
    print_table(
        ("by law", "clock", "source", "stage", "case"),
        [(due(one.due_at, answer.at), one.clock, one.source, one.stage, one.case_id) for one in answer.clocks],
        empty="No law's clock runs.",
    )
    print_table(
        ("due", "time over", "S", "queue", "tier", "task", "case"),
        [
            (due(one.due_at, answer.at), f"{one.elapsed} %", one.severity, one.queue, one.tier, one.task_id, one.stream)
            for one in answer.tasks
        ],
        empty="Nothing waits for a person.",
    )
    return None


async def page_ack(
    page: Annotated[str, Parameter(help="As `oncall` prints it, or the pager says.")],
    /,
    *,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Answer for a call: nobody is called for it any more. Claiming the task keeps it quiet meanwhile, too.

    Exit codes: 0 (also where a colleague answered first), 2 bad input, 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.acknowledge(made(PageRequest, {"page_id": page}))
    if common.json:
        return print_json(answer)
    print_lines(f"{answer.by} answers for it since {answer.at}.")
    return None
