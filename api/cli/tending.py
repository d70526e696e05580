"""What operators see to: `parked list`, `show`, `replay`, `discard`; `flags list`, `clear`; `case revoke-links`."""

from typing import Annotated

from cyclopts import Parameter

from api.cli.arguments import made, read_text
from api.cli.output import print_json, print_lines, print_table
from api.cli.place import COMMON, OPERATOR, Common, PlaceHere
from api.operator_answers import ParkedMessage
from api.requests import DiscardRequest, FlagCleared, RevokeLinks


async def parked_list(
    *,
    closed: Annotated[bool, Parameter(name="--all", negative="", help="What was replayed or discarded too.")] = False,
    limit: Annotated[int, Parameter(help="How many at most.")] = 100,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """List messages that were accepted and could not be processed, oldest first. No content.

    Exit codes: 0 (also where something is parked), 2 bad input, 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.parked(limit, closed=closed)
    if common.json:
        return print_json(answer)
    print_table(
        ("parked", "since", "kind", "from", "reason", "what is wrong", "state"),
        [
            (one.parked_id, one.parked_at, one.kind, one.source, one.reason, one.problem, one.closed_as or "waits")
            for one in answer.parked
        ],
        empty="Nothing is parked.",
    )
    return print_lines(f"There are more than {limit}; ask for them with --limit.") if answer.more else None


async def parked_show(
    parked_id: Annotated[str, Parameter(help="As `parked list` prints it.")],
    *,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Show one parked message, without its content.

    Exit codes: 0, 3 no such id or refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        _print(await gateway.parked_message(parked_id), common)


async def parked_replay(
    parked_id: Annotated[str, Parameter(help="As `parked list` prints it.")],
    *,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Put a parked message through the door again, as the door is now. What it still cannot read stays parked.

    Exit codes: 0, 3 still not of the form asked for, closed before, or refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        _print(await gateway.replay(parked_id), common)


async def parked_discard(
    parked_id: Annotated[str, Parameter(help="As `parked list` prints it.")],
    *,
    reason: Annotated[str, Parameter(help="Why, in your words, or @FILE. Sealed in the record.")],
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Give a parked message up. Who did and why is kept; a webhook's content goes.

    Exit codes: 0, 2 bad input, 3 closed before, or refused, 4 unavailable.
    """
    request = made(DiscardRequest, {"reason": read_text("--reason", reason)})
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        _print(await gateway.discard(parked_id, request), common)


async def flags_list(*, common: Common = COMMON, place: PlaceHere) -> None:
    """List what must be done by hand about cases. `history_holds_text`: a raw message had text; delete that run in Temporal.

    Exit codes: 0 (also with flags), 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.flags()
    if common.json:
        return print_json(answer)
    rows = [(one.flag, one.stream, one.raised_at) for one in answer.flags]
    return print_table(("flag", "case", "since"), rows, empty="Nothing is to be done by hand.")


async def flags_clear(
    case: Annotated[str, Parameter(help="The case (or appeal) as `flags list` prints it.")],
    flag: Annotated[str, Parameter(help="Which flag.")],
    *,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Say that what a flag asks for was done. Who said so is kept.

    Exit codes: 0, 2 bad input, 3 no such flag, or refused, 4 unavailable.
    """
    request = made(FlagCleared, {"stream": case, "flag": flag})
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.clear_flag(request)
    if common.json:
        return print_json(answer)
    return print_lines(f"{flag} of {case} is cleared; {len(answer.flags)} left.")


async def revoke_links(
    case: Annotated[str, Parameter(help="The case whose links are to end.")],
    *,
    person: Annotated[str | None, Parameter(help="Only this person's, by their key in the case. Default: all.")] = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Make the status links that people of a case have in their mails open nothing any more. Later mails have new ones.

    Exit codes: 0, 2 bad input, 3 no such case, or refused, 4 unavailable.
    """
    request = made(RevokeLinks, {"case_id": case, "person": person})
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.revoke_links(request)
    if common.json:
        return print_json(answer)
    return print_lines(f"The links of {answer.person or 'everybody'} in {answer.case_id} open nothing any more.")


def _print(one: ParkedMessage, common: Common) -> None:
    if common.json:
        return print_json(one)
    closed = f"{one.closed_as} {one.closed_at:%Y-%m-%d %H:%M} by {one.closed_by}" if one.closed_at else "waits"
    facts = {
        "parked": f"{one.parked_at:%Y-%m-%d %H:%M:%S}, {closed}",
        "message": f"{one.message_id} ({one.kind} from {one.source})",
        "case": f"{one.stream}, inbox number {one.number}" if one.stream else None,
        "reason": f"{one.reason}: {one.problem}",
        "replayed as": one.replayed_as,
        "why": one.why,
    }
    return print_lines(one.parked_id, *(f"  {name:<12}{value}" for name, value in facts.items() if value))
