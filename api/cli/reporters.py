"""Reporters: `reporters misuse`, `reporters invalidate`, `reporters reinstate`. Keys and numbers; never a name back."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from api.cli.arguments import made, new_id, read_text
from api.cli.exits import BadUsage
from api.cli.output import print_json, print_lines, print_table
from api.cli.place import COMMON, OPERATOR, Common, PlaceHere
from api.operator_answers import Misuser, StandingChanged
from api.requests import MisuseRequest, StandingRequest

_KEY = re.compile(r"[0-9a-f]{16}")
People = Annotated[
    tuple[str, ...], Parameter(help="Account, mail address, or the key that `misuse` shows.", negative="")
]
FileOption = Annotated[Path | None, Parameter(name="--file", help="A file with one of them on each line.")]
ReasonOption = Annotated[str, Parameter(help="Why, or @file. It is sealed and kept.")]
MessageIdOption = Annotated[str | None, Parameter(name="--message-id", help="Your own id, for a repeat.")]


async def misuse(
    *,
    open_tasks: Annotated[
        bool, Parameter(name="--open", negative="", help="Open a task for reviewers about each that is listed.")
    ] = False,
    message_id: MessageIdOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """List reporters whose reports were nearly always unfounded, by the pack's numbers (DSA Art. 23(2) and (3)).

    Nothing happens to anybody by it. With --open reviewers get a task about each account in the queue of misuse: they may
    warn, and after a warning have reports set aside for a time.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        found = (await gateway.misusing()).reporters
        opened = None
        if open_tasks and found:
            names = [{"key": one.key} for one in found[:100]]
            opened = await gateway.open_misuse(
                made(MisuseRequest, {"message_id": message_id or new_id("cli"), "reporters": names})
            )
    if common.json:
        return print_json({"reporters": found, "opened": opened})
    _print_misusers(found)
    if opened:
        print_lines(f"{len(opened.cases)} tasks opened. {opened.next}", *(f"case  {case}" for case in opened.cases))
    return None


async def invalidate(
    people: People = (),
    /,
    *,
    file: FileOption = None,
    reason: ReasonOption,
    message_id: MessageIdOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Take the weight of these people's reports in every open question; the cases are assessed anew.

    A hold that nothing else speaks for is lifted, and its author told. The reports stay in the record. Reports of areas
    where a child or a life may be in danger keep their weight. Decisions stand: take one back with `reverse`.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    request = _request(people, file, reason, message_id)
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        changed = await gateway.invalidate_reports(request)
    _print_changed(changed, common)


async def reinstate(
    people: People = (),
    /,
    *,
    file: FileOption = None,
    reason: ReasonOption,
    message_id: MessageIdOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Give the reports of these people that were invalidated their weight again, in every open question.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    request = _request(people, file, reason, message_id)
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        changed = await gateway.reinstate_reports(request)
    _print_changed(changed, common)


def _request(people: Sequence[str], file: Path | None, reason: str, message_id: str | None) -> StandingRequest:
    names = [*people, *(_lines(file) if file else ())]
    if not names:
        raise BadUsage("PEOPLE: nobody is named; give accounts, addresses or keys, or --file with one a line")
    return made(
        StandingRequest,
        {
            "message_id": message_id or new_id("cli"),
            "reporters": [_name(one) for one in names],
            "reason": read_text("--reason", reason),
        },
    )


def _lines(file: Path) -> list[str]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadUsage(f"--file: {file} cannot be read ({type(error).__name__}); name a UTF-8 file") from None
    return [line.strip() for line in text.splitlines() if line.strip()]


def _name(person: str) -> dict[str, Any]:
    if "@" in person:
        return {"address": person}
    return {"key": person} if _KEY.fullmatch(person) else {"account_id": person}


def _print_misusers(found: Sequence[Misuser]) -> None:
    rows = [
        (one.key, one.judged, one.unfounded, f"{one.unfounded / one.judged:.0%}", ", ".join(one.areas), _suspended(one))
        for one in found
    ]
    print_table(
        ("reporter", "judged", "unfounded", "share", "areas", "set aside"),
        rows,
        empty="Nobody's reports call for a look.",
    )


def _suspended(one: Misuser) -> str:
    if not one.suspended:
        return "no"
    return f"until {one.suspended_until:%Y-%m-%d}" if one.suspended_until else "until lifted"


def _print_changed(changed: StandingChanged, common: Common) -> None:
    if common.json:
        print_json(changed)
        return
    print_lines(
        f"{changed.message_id}: {len(changed.cases)} open cases of {changed.people} reporters. {changed.next}",
        *(f"case  {case}" for case in changed.cases),
    )
