"""Quality: `quality …`."""

from typing import Annotated

from cyclopts import Parameter

from api.agreement import Figure
from api.cli.arguments import made, new_id, parse_moment, read_text
from api.cli.output import print_json, print_lines, print_table
from api.cli.place import COMMON, OPERATOR, Common, PlaceHere
from api.quality_messages import (
    ExerciseAnswer,
    ExerciseRequest,
    GoldenAnswer,
    GoldenRequest,
    GroupedBy,
    RetireRequest,
    SettleRequest,
)

ReasonOption = Annotated[str, Parameter(help="Why, or @file. It is sealed and kept.")]
IdOption = Annotated[str | None, Parameter(name="--id", help="Your own id; sending it again is safe.")]


async def report(
    *,
    by: Annotated[
        GroupedBy, Parameter(help="queue, area, language, rule or reviewer; reading the last is kept.")
    ] = "queue",
    days: Annotated[int, Parameter(help="How far back.")] = 30,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Show whether people judge alike: each figure with its 95 % interval and what it rests on, or too few to say.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.quality(by, days)
    if common.json:
        return print_json(answer)
    print_table(
        (by, "second judgements", "agreed", "kappa", "alpha", "known answers", "met", "settled"),
        [
            (
                *(line.name, line.agreement.items, _figure(line.agreement.share, line.agreement.words)),
                *(_figure(line.agreement.kappa), _figure(line.agreement.alpha)),
                *(line.known.answers, _figure(line.known.share, line.known.words), line.settled),
            )
            for line in (*answer.lines, answer.whole)
        ],
        empty="Nothing was checked.",
    )
    return None


async def disagreements(*, common: Common = COMMON, place: PlaceHere) -> None:
    """List double reviews that came to another answer, for a lead to settle.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.disagreements()
    if common.json:
        return print_json(answer)
    print_table(
        ("since", "first", "second", "matter", "queue", "case", "decision", "question"),
        [
            (one.answered_at, one.first, one.second, one.matter, one.queue, one.case_id, one.decision_id, one.question)
            for one in answer.disagreements
        ],
        empty="Nobody disagrees.",
    )
    return None


async def settle(
    question: Annotated[str, Parameter(help="As `quality disagreements` prints it.")],
    /,
    *,
    outcome: Annotated[str, Parameter(help="Which answer was right.")],
    reason: ReasonOption,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Say which answer was right. It reverses nothing by itself.

    Exit codes: 0, 2 bad input, 3 refused (settled before), 4 unavailable.
    """
    values = {"question": question, "outcome": outcome, "reason": read_text("--reason", reason)}
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.settle(made(SettleRequest, values))
    if common.json:
        return print_json(answer)
    print_lines(f"{answer.question} is settled: {answer.outcome}.", answer.next)
    return None


async def golden(*, common: Common = COMMON, place: PlaceHere) -> None:
    """List matters with a known answer.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.golden()
    _print_golden(common, answer)


async def golden_add(
    case: Annotated[str, Parameter(help="The case it is in.")],
    matter: Annotated[str, Parameter(help="The matter, as harassment/1.")],
    /,
    *,
    outcome: Annotated[str, Parameter(help="The known answer.")],
    reason: ReasonOption,
    message_id: IdOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Keep a matter with its known answer: now and then it is put among the tasks of its queue. Never what is restricted.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    values = {"message_id": message_id or new_id("g"), "case_id": case, "matter": matter, "outcome": outcome}
    request = made(GoldenRequest, {**values, "reason": read_text("--reason", reason)})
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.add_golden(request)
    _print_golden(common, answer)


async def golden_retire(
    golden_id: Annotated[str, Parameter(help="As `quality golden` prints it.")],
    /,
    *,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Ask a golden item no more.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.retire_golden(made(RetireRequest, {"golden_id": golden_id}))
    _print_golden(common, answer)


async def calibrate(
    items: Annotated[tuple[str, ...], Parameter(help="Golden items.")],
    /,
    *,
    reviewer: Annotated[tuple[str, ...], Parameter(help="Who judges them; may be given several times.")],
    until: Annotated[str, Parameter(help="ISO 8601, with zone.")],
    message_id: IdOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Let everybody named judge a set, each among their other tasks.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    values = {"message_id": message_id or new_id("e"), "items": list(items), "reviewers": list(reviewer)}
    request = made(ExerciseRequest, {**values, "due_at": parse_moment("--until", until).isoformat()})
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.open_exercise(request)
    _print_exercise(common, answer)


async def calibration(
    exercise: Annotated[str, Parameter(help="As `quality calibrate` prints it.")],
    /,
    *,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Show how an exercise went so far: agreement, known answers met, and answers by item. Who gave which is not said.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.exercise(exercise)
    _print_exercise(common, answer)


def _figure(figure: Figure | None, words: str = "") -> str:
    return f"{figure.value:.2f} ({figure.low:.2f} to {figure.high:.2f})" if figure else words or "–"


def _print_golden(common: Common, answer: GoldenAnswer) -> None:
    if common.json:
        return print_json(answer)
    print_table(
        ("item", "answer", "matter", "queue", "case", "asked", "retired"),
        [
            (one.golden_id, one.outcome, one.matter, one.queue, one.case_id, one.answers, one.retired_at)
            for one in answer.items
        ],
        empty="No answer is known.",
    )
    return None


def _print_exercise(common: Common, answer: ExerciseAnswer) -> None:
    if common.json:
        return print_json(answer)
    print_lines(
        f"exercise  {answer.exercise_id}, until {answer.due_at.isoformat()}",
        f"answered  {answer.answered} of {answer.asked}",
        f"alpha     {_figure(answer.agreement.alpha, answer.agreement.words)}",
        f"met       {_figure(answer.known.share, answer.known.words)}",
    )
    print_table(
        ("item", "known", "answers"),
        [
            (one.golden_id, one.known, ", ".join(f"{name}: {count}" for name, count in one.answers.items()))
            for one in answer.items
        ],
        empty="Nobody has answered yet.",
    )
    return None
