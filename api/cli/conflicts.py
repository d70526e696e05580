"""Conflicts of interest: `conflict declare`, `end`, `list`."""

from typing import Annotated, Literal

from cyclopts import Parameter

from api.cli.arguments import made, new_id
from api.cli.output import print_json, print_lines, print_table
from api.cli.place import COMMON, OPERATOR, REVIEWER, Common, PlaceHere
from api.conflict_messages import ConflictEnded, ConflictRequest, ConflictsAnswer

ForOption = Annotated[str | None, Parameter(name="--for", help="As a lead: the reviewer. Default: your own.")]


async def declare(
    about: Annotated[Literal["account", "community", "topic"], Parameter(help="What it is with.")],
    name: Annotated[str, Parameter(help="The platform's id of it, or the policy area.")],
    /,
    *,
    for_: ForOption = None,
    message_id: Annotated[str | None, Parameter(name="--id", help="Your own id; sending it again is safe.")] = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Say what a reviewer does not judge: a person they know, a community of theirs, an area. It counts at once.

    Exit codes: 0 (also where it was declared before), 2 bad input, 3 refused, 4 unavailable.
    """
    values = {"message_id": message_id or new_id("k"), "about": about, "name": name, "reviewer": for_}
    async with place.gateway(*common.of(place, OPERATOR if for_ else REVIEWER)) as gateway:
        answer = await gateway.declare_conflict(made(ConflictRequest, values))
    if common.json:
        return print_json(answer)
    print_lines(f"{answer.conflict_id} is {answer.status}; {answer.given_back} tasks were given back.")
    return None


async def end(
    conflict_id: Annotated[str, Parameter(help="The conflict, as `conflict list` names it.")],
    /,
    *,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Say that a conflict is over: a lead's word.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.end_conflict(made(ConflictEnded, {"conflict_id": conflict_id}))
    _print(common, answer)


async def listed(*, common: Common = COMMON, place: PlaceHere) -> None:
    """List what was declared, what has ended too.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.conflicts()
    _print(common, answer)


def _print(common: Common, answer: ConflictsAnswer) -> None:
    if common.json:
        return print_json(answer)
    print_table(
        ("conflict", "reviewer", "about", "name", "since", "by", "ended"),
        [
            (one.conflict_id, one.reviewer, one.about, one.name, one.declared_at, one.declared_by, one.ended_at)
            for one in answer.conflicts
        ],
        empty="Nothing was declared.",
    )
    return None
