"""`dueprocess bulk …`: preview one act on many cases, have it approved, follow it, pause, cancel, undo."""

import asyncio
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from api.bulk_messages import BulkAnswer, BulkApproval, BulkChange, BulkRequest, BulkStep
from api.cli.arguments import made, new_id, parse_enforcements, parse_moment, read_text
from api.cli.exits import BadUsage
from api.cli.gateway import Gateway
from api.cli.output import print_json, print_lines, print_table
from api.cli.place import COMMON, OPERATOR, Common, PlaceHere

LOOK_AGAIN_SECONDS: Final = 0.5
BulkArgument = Annotated[str, Parameter(help="The bulk, as `bulk preview` prints it.")]


async def preview(
    act: Annotated[str, Parameter(help="reverse, release, decide, reassess or retell.")],
    /,
    *,
    reason: Annotated[str, Parameter(help="Why, or @FILE. Sealed, and kept with every case.")],
    area: Annotated[tuple[str, ...], Parameter(help="A policy area; may be given again.")] = (),
    rule: Annotated[str | None, Parameter(help="The rule that a decision rests on, or that placed the hold.")] = None,
    pack_version: Annotated[str | None, Parameter(help="The pack's version when the matter opened.")] = None,
    since: Annotated[str | None, Parameter(help="Decided, held or open since; ISO 8601, with zone.")] = None,
    until: Annotated[str | None, Parameter(help="And before this.")] = None,
    decider: Annotated[str | None, Parameter(help="Who decided: a reviewer, or rule:ID.")] = None,
    outcome: Annotated[str | None, Parameter(help="What was found.")] = None,
    cases: Annotated[Path | None, Parameter(help="A file of case ids, one a line: these only.")] = None,
    find: Annotated[str | None, Parameter(help="decide: what is found, such as no_violation.")] = None,
    ground: Annotated[str | None, Parameter(help="decide: law or terms, of a violation.")] = None,
    rest_on: Annotated[str | None, Parameter(help="decide: the rule that a violation rests on.")] = None,
    enforce: Annotated[tuple[str, ...], Parameter(help="decide: kind[:target][:duration]; default: the area's.")] = (),
    per_second: Annotated[float, Parameter(help="Cases told each second, at most.")] = 50.0,
    bulk_id: Annotated[str | None, Parameter(help="Your own id; sent again, it is the same bulk.")] = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Preview an act on everything that a selection finds: counts, a sample, what it reaches. Nothing is done by it.

    Another person approves it with the digest that is printed: dueprocess bulk approve.

    Exit codes: 0 (also where nothing is selected), 2 bad input, 3 refused, 4 unavailable.
    """
    selection = {
        "areas": area,
        "rule": rule,
        "pack_version": pack_version,
        "since": parse_moment("--since", since) if since else None,
        "until": parse_moment("--until", until) if until else None,
        "decider": decider,
        "outcome": outcome,
        "cases": _cases(cases) if cases else (),
    }
    plan = {
        "act": act,
        "selection": {name: value for name, value in selection.items() if value},
        "outcome": find,
        "ground": ground,
        "rule_id": rest_on,
        "enforcements": parse_enforcements(enforce) or None,
        "per_second": per_second,
    }
    request = {
        "bulk_id": bulk_id or new_id("bulk"),
        "plan": {name: value for name, value in plan.items() if value is not None},
        "reason": read_text("--reason", reason),
    }
    wanted = made(BulkRequest, request)
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await _selected(gateway, await gateway.propose_bulk(wanted))
    _print(common, answer)


async def approve(
    bulk: BulkArgument,
    /,
    *,
    digest: Annotated[str, Parameter(help="The preview's digest, as `bulk show` prints it.")],
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Approve what somebody else previewed, or undoing it. Never your own: two people answer for a bulk.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    wanted = made(BulkApproval, {"bulk_id": bulk, "digest": digest})
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.approve_bulk(wanted)
    _print(common, answer)


async def show(
    bulk: BulkArgument,
    /,
    *,
    limit: Annotated[int, Parameter(help="How many refusals at most.")] = 20,
    after: Annotated[str | None, Parameter(help="Refusals after this one, as the page before names it.")] = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Show what a bulk reaches, a sample of it, how far it came, and why cases refused their part.

    Exit codes: 0, 2, 3 no such bulk, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.bulk(bulk, limit, after)
    _print(common, answer)


async def listed(*, common: Common = COMMON, place: PlaceHere) -> None:
    """List bulks, the newest first.

    Exit codes: 0, 2, 3, 4.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.bulks()
    if common.json:
        return print_json(answer)
    print_table(
        ("bulk", "act", "phase", "by", "approved by", "since", "note"),
        [
            (
                one.bulk_id,
                one.act,
                f"{one.phase}{' (paused)' if one.paused_at else ''}",
                one.proposed_by,
                one.approved_by or "",
                one.proposed_at,
                one.note,
            )
            for one in answer.bulks
        ],
        empty="No bulk was ever proposed.",
    )
    return None


async def pause(bulk: BulkArgument, /, *, common: Common = COMMON, place: PlaceHere) -> None:
    """Pause a bulk: no further case is told until `bulk resume`.

    Exit codes: 0, 2, 3 refused, 4.
    """
    await _change(bulk, BulkStep.PAUSE, None, common, place)


async def resume(bulk: BulkArgument, /, *, common: Common = COMMON, place: PlaceHere) -> None:
    """Resume a paused bulk where it stopped.

    Exit codes: 0, 2, 3 refused, 4.
    """
    await _change(bulk, BulkStep.RESUME, None, common, place)


async def cancel(bulk: BulkArgument, /, *, common: Common = COMMON, place: PlaceHere) -> None:
    """Cancel what is left of a bulk. What was done stays, until `bulk undo`.

    Exit codes: 0, 2, 3 refused, 4.
    """
    await _change(bulk, BulkStep.CANCEL, None, common, place)


async def undo(
    bulk: BulkArgument,
    /,
    *,
    reason: Annotated[str, Parameter(help="Why, or @FILE. Sealed, and kept with every case.")],
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Undo all that a bulk did. Where that restricts people anew, another person approves it first.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    await _change(bulk, BulkStep.UNDO, read_text("--reason", reason), common, place)


async def _change(bulk: str, step: BulkStep, reason: str | None, common: Common, place: PlaceHere) -> None:
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.change_bulk(made(BulkChange, {"bulk_id": bulk, "step": step, "reason": reason}))
    _print(common, answer)


async def _selected(gateway: Gateway, answer: BulkAnswer) -> BulkAnswer:
    """Wait until its members are found; a large selection takes minutes."""
    while answer.phase == "selecting":
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        answer = await gateway.bulk(answer.bulk_id)
    return answer


def _cases(file: Path) -> tuple[str, ...]:
    try:
        return tuple(line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise BadUsage(f"--cases: {file} cannot be read ({type(error).__name__}); name a UTF-8 file") from None


def _print(common: Common, answer: BulkAnswer) -> None:
    if common.json:
        return print_json(answer)
    reaches, progress = answer.reaches, answer.progress
    paused = f", PAUSED by {answer.paused_by}" if answer.paused_at else ""
    print_lines(
        f"{answer.bulk_id}: {answer.act}, {answer.phase}{paused}. {answer.note}".strip(),
        f"Reaches {reaches.members} members: {reaches.cases} cases, {reaches.accounts} accounts, {reaches.measures} "
        f"measures, {reaches.open_appeals} open appeals, seen by {reaches.reach}",
        f"Of them {reaches.protected} protected and {reaches.child_safety} about child safety. Left out: "
        f"{', '.join(f'{count} {why}' for why, count in sorted(reaches.left_out.items())) or 'none'}",
        f"Done {progress.done}, refused by their case {progress.refused}, asked {progress.asked}, to come "
        f"{progress.planned}, cancelled {progress.cancelled}; undone {progress.undone}, to undo {progress.to_undo}, "
        f"not undone {progress.undo_refused}; waiting for the platform {progress.stuck}",
    )
    if answer.phase in ("previewed", "undo_asked"):
        print_table(
            ("sample: case", "target", "area", "measures", "appeals"),
            [(one.case_id, one.target, one.area, one.measures, one.appeals) for one in answer.sample],
            empty="Nothing is selected.",
        )
        print_lines(f"digest {answer.digest}")
    if answer.refused:
        because = ", ".join(f"{count} {why}" for why, count in sorted(answer.refused_because.items()))
        print_table(
            (f"refused ({because}): case", "target", "why"),
            [(one.case_id, one.target, f"{'not undone: ' if one.undo else ''}{one.problem}") for one in answer.refused],
            empty="",
        )
    if answer.after:
        print_lines(f"There are more: dueprocess bulk show {answer.bulk_id} --after {answer.after}")
    print_lines(answer.next)
    return None
