"""The register of trusted flaggers (DSA Art. 22): `flaggers add`, `list`, `suspend`, `reinstate`, `end`."""

from typing import Annotated

from cyclopts import Parameter

from api.cli.arguments import made, parse_moment, read_text
from api.cli.output import print_json, print_lines, print_table
from api.cli.place import COMMON, OPERATOR, Common, PlaceHere
from api.flagger_messages import FlaggerChangeRequest, FlaggerRequest, FlaggerSet, ListedFlagger
from cases.flaggers import FlaggerStatus

FlaggerArgument = Annotated[str, Parameter(help="Its id on the register.")]
ReasonOption = Annotated[str, Parameter(help="Why, or @FILE. It is sealed and kept.")]


async def add(
    flagger: Annotated[str, Parameter(help="An id of your own for it: lower case, digits, hyphens.")],
    /,
    *,
    name: Annotated[str, Parameter(help="The body's name, as the public list has it.")],
    coordinator: Annotated[str, Parameter(help="The Digital Services Coordinator that designated it.")],
    area: Annotated[tuple[str, ...], Parameter(negative="", help="A policy area of its expertise; may be repeated.")],
    token: Annotated[tuple[str, ...], Parameter(negative="", help="The name of a token of its own.")] = (),
    account: Annotated[tuple[str, ...], Parameter(negative="", help="An account of its own on the platform.")] = (),
    address: Annotated[tuple[str, ...], Parameter(negative="", help="A mail address you have verified.")] = (),
    since: Annotated[str | None, Parameter(help="Designated from: ISO 8601, with zone. Default: now.")] = None,
    until: Annotated[str | None, Parameter(help="Designated until: ISO 8601, with zone.")] = None,
    reason: ReasonOption,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Enter a body that was designated as a trusted flagger. Its messages are recognised by token, account or address.

    Exit codes: 0 (also where it was there with the same), 2 bad input, 3 refused, 4 unavailable.
    """
    values = {
        "flagger_id": flagger,
        "name": name,
        "coordinator": coordinator,
        "areas": area,
        "tokens": token,
        "accounts": account,
        "addresses": address,
        "designated_at": parse_moment("--since", since) if since else None,
        "designated_until": parse_moment("--until", until) if until else None,
        "reason": read_text("--reason", reason),
    }
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.add_flagger(made(FlaggerRequest, values))
    _print(common, answer)


async def listed(*, common: Common = COMMON, place: PlaceHere) -> None:
    """List trusted flaggers, those who have ended too, and for how many of their notices people found them right.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.flaggers()
    if common.json:
        return print_json(answer)
    print_table(
        ("flagger", "name", "coordinator", "areas", "status", "until", "judged", "upheld"),
        [
            (
                one.flagger_id,
                one.name,
                one.coordinator,
                ", ".join(one.areas),
                one.status or "not yet",
                one.designated_until or "open",
                one.judged,
                _share(one),
            )
            for one in answer.flaggers
        ],
        empty="Nobody is on the register.",
    )
    return None


async def suspend(
    flagger: FlaggerArgument, /, *, reason: ReasonOption, common: Common = COMMON, place: PlaceHere
) -> None:
    """Take a body's notices as ordinary ones while its coordinator investigates (DSA Art. 22(6)).

    Exit codes: 0 (also where it was so already), 2 bad input, 3 refused, 4 unavailable.
    """
    await _change(flagger, FlaggerStatus.SUSPENDED, reason, common, place)


async def reinstate(
    flagger: FlaggerArgument, /, *, reason: ReasonOption, common: Common = COMMON, place: PlaceHere
) -> None:
    """Take a body's notices as a trusted flagger's again.

    Exit codes: 0 (also where it was so already), 2 bad input, 3 refused (it has ended), 4 unavailable.
    """
    await _change(flagger, FlaggerStatus.ACTIVE, reason, common, place)


async def end(flagger: FlaggerArgument, /, *, reason: ReasonOption, common: Common = COMMON, place: PlaceHere) -> None:
    """Take a body off the register for good (DSA Art. 22(7)). Designated anew, it is added under another id.

    Exit codes: 0 (also where it was so already), 2 bad input, 3 refused, 4 unavailable.
    """
    await _change(flagger, FlaggerStatus.ENDED, reason, common, place)


async def _change(flagger: str, status: FlaggerStatus, reason: str, common: Common, place: PlaceHere) -> None:
    values = {"flagger_id": flagger, "status": status, "reason": read_text("--reason", reason)}
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.change_flagger(made(FlaggerChangeRequest, values))
    _print(common, answer)


def _print(common: Common, answer: FlaggerSet) -> None:
    if common.json:
        return print_json(answer)
    print_lines(answer.next if answer.changed else "It was so already.")
    return None


def _share(one: ListedFlagger) -> str:
    return f"{one.upheld / one.judged:.0%}" if one.judged else "-"
