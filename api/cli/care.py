"""Wellbeing: `reveal`, `wellbeing …`."""

from typing import Annotated

from cyclopts import Parameter

from api.care_messages import OptOutRequest, RevealRequest, WellbeingAnswer
from api.cli.arguments import made
from api.cli.claims import KeptClaims
from api.cli.output import due, print_json, print_lines, print_table
from api.cli.place import COMMON, OPERATOR, REVIEWER, Common, PlaceHere
from api.dossiers import Passage


async def reveal(
    *,
    level: Annotated[str, Parameter(help="masked or clear.")] = "masked",
    acknowledged: Annotated[bool, Parameter(negative="", help="You read the warning.")] = False,
    task: Annotated[str | None, Parameter(help="Which claim, by task or case id, where several are kept.")] = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Look at the evidence of a task you hold. Each step is kept: who, what, when, how closely.

    Exit codes: 0, 2 bad input or no claim kept, 3 refused (a step left out, or never shown so closely), 4 unavailable.
    """
    kept = KeptClaims(place.claims_file)
    chosen = kept.chosen(common.of(place, REVIEWER)[0], common.acting_as, task, place.now())
    wanted = made(RevealRequest, {"stream": chosen.case_id, "level": level, "acknowledged": acknowledged})
    async with place.gateway(chosen.tenant, chosen.reviewer) as gateway:
        answer = await gateway.reveal(wanted)
    if common.json:
        return print_json(answer)
    if answer.shown is None:
        return print_lines("Nothing was captured.")
    print_lines(
        f"shown     {answer.shown.level}, version {answer.shown.version}",
        f"written   {_words(answer.shown.original) or 'no text'}",
        *(f"{line.who}: {_words(line.passages)}" for line in answer.shown.thread),
    )
    return None


async def wellbeing_show(*, common: Common = COMMON, place: PlaceHere) -> None:
    """Show where you stand: what you looked at today, when a break is due, what you are not shown.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, REVIEWER)) as gateway:
        answer = await gateway.wellbeing()
    _print_standing(common, answer)


async def wellbeing_opt_out(
    areas: Annotated[
        tuple[str, ...], Parameter(help="All areas you do not want to be shown; none: every area is.")
    ] = (),
    /,
    *,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Say which areas you do not want to be shown. No reason is asked.

    Exit codes: 0, 2 bad input (an unknown area), 3 refused, 4 unavailable.
    """
    request = made(OptOutRequest, {"areas": list(areas)})
    async with place.gateway(*common.of(place, REVIEWER)) as gateway:
        answer = await gateway.opt_out(request)
    _print_standing(common, answer)


async def wellbeing_load(*, common: Common = COMMON, place: PlaceHere) -> None:
    """Show load by person, what is severe and nobody may take now, and who took a task in spite of limits.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.load()
    if common.json:
        return print_json(answer)
    print_table(
        ("reviewer", f"units of {answer.units_per_day}", "since break", "break until", "holds"),
        [(one.reviewer, one.units, one.since_break, one.break_until, one.held) for one in answer.people],
        empty="Nobody is at work.",
    )
    print_table(
        ("NOBODY MAY TAKE", "S", "area", "language", "tasks", "due"),
        [
            (one.queue, one.severity, one.area, one.language, one.tasks, due(one.due_at, answer.at))
            for one in answer.unstaffed
        ],
        empty="Somebody may take whatever is severe.",
    )
    print_table(
        ("in spite of limits", "task", "case", "at"),
        [(one.reviewer, one.task_id, one.stream, one.at) for one in answer.despite_limits],
        empty="Nobody worked in spite of limits.",
    )
    return None


def _words(passages: tuple[Passage, ...]) -> str:
    return "".join(f"[{one.text}]" if one.marked else one.text for one in passages)


def _print_standing(common: Common, answer: WellbeingAnswer) -> None:
    if common.json:
        return print_json(answer)
    rest = f"until {answer.break_until.isoformat()}" if answer.break_until else "none is due"
    print_lines(
        f"today        {answer.units} of {answer.units_per_day} units",
        f"this stretch {answer.since_break} of {answer.break_after_units} units",
        f"break        {rest}",
        f"not now      {', '.join(answer.not_now) or 'nothing'}",
        f"enough of    {', '.join(f'S{one}' for one in answer.enough_of) or 'nothing'}",
        f"not shown    {', '.join(answer.opted_out) or 'nothing'}",
        *(f"read         {one.by}, {one.what}, {one.at.isoformat()}" for one in answer.figures_read),
    )
    return None
