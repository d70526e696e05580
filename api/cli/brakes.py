"""Brakes on automation: `stop`, `resume`, `brakes`, `protect add`, `protect remove`, `protect list`."""

from typing import Annotated

from cyclopts import Parameter

from api.brake_messages import BrakeRequest, BrakeSet, ProtectRequest, UnprotectRequest
from api.cli.arguments import made, new_id, parse_moment, read_text
from api.cli.output import print_json, print_lines, print_table
from api.cli.place import COMMON, OPERATOR, Common, PlaceHere

AreaOption = Annotated[str | None, Parameter(help="One policy area.")]
RuleOption = Annotated[str | None, Parameter(help="One rule, by its id; a ladder's is ladder.AREA.STRIKES.")]
ReasonOption = Annotated[str, Parameter(help="Why, or @file. It is sealed and kept.")]
AccountArgument = Annotated[str, Parameter(help="The platform's id of the account.")]


async def stop(
    *,
    reason: ReasonOption,
    area: AreaOption = None,
    rule: RuleOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Stop what rules do alone, within five seconds: all of it in this tenant, or of one area or rule.

    Holds fall back to review. What the pack exempts (known child abuse material) goes on. What was decided stands.

    Exit codes: 0 (also where it was stopped already), 2 bad input, 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.stop(_request(area, rule, reason))
    _print(common, answer, "Stopped." if answer.changed else "It was stopped already.")


async def resume(
    *,
    reason: ReasonOption,
    area: AreaOption = None,
    rule: RuleOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Let rules act alone again, be they stopped or paused. Name what was stopped: `dueprocess brakes` shows it.

    Exit codes: 0 (also where nothing was stopped), 2 bad input, 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.resume(_request(area, rule, reason))
    _print(common, answer, "It goes on." if answer.changed else "Nothing of this name was stopped.")


async def brakes(*, common: Common = COMMON, place: PlaceHere) -> None:
    """Show what is stopped or paused, what was held back in the last 24 hours, and how often rules and people acted.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.brakes()
    if common.json:
        return print_json(answer)
    print_table(
        ("stopped", "name", "cause", "by", "since", "why"),
        [(one.scope, one.name, one.cause, one.by, one.at, one.reason) for one in answer.stops],
        empty="Nothing is stopped.",
    )
    print_table(
        ("held back", "rule", "times", "latest"),
        [(one.reason, one.rule, one.acts, one.latest) for one in answer.held_back],
        empty="Nothing was held back in the last 24 hours.",
    )
    print_table(
        ("rule", "this hour", "this day (UTC)"),
        [(one.rule, one.hour, one.day) for one in answer.rules],
        empty="No rule acted alone today.",
    )
    print_table(
        ("person", "restricted this hour", "this day (UTC)", "refused by their cap"),
        [(one.person, one.hour, one.day, one.refused) for one in answer.people],
        empty="Nobody's restrictions were counted today ([caps.person] of the pack).",
    )
    return None


async def protect_add(
    account: AccountArgument,
    /,
    *,
    because: Annotated[str, Parameter(help="journalist, official, staff, minor or other.")],
    source: Annotated[str, Parameter(help="On whose word, or @file. It is sealed and kept.")],
    until: Annotated[str | None, Parameter(help="ISO 8601, with zone. Default: for good.")] = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Let nothing automatic befall an account; decisions about it take two people.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    expires = parse_moment("--until", until) if until else None
    values = {
        "account_id": account,
        "reason": because,
        "source": read_text("--source", source),
        "expires_at": expires,
    }
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.protect(made(ProtectRequest, values))
    _print(common, answer, "Protected.")


async def protect_remove(account: AccountArgument, /, *, common: Common = COMMON, place: PlaceHere) -> None:
    """Protect an account no more.

    Exit codes: 0 (also where it was not protected), 2 bad input, 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.unprotect(made(UnprotectRequest, {"account_id": account}))
    _print(common, answer, "Done." if answer.changed else "It was not protected.")


async def protect_list(*, common: Common = COMMON, place: PlaceHere) -> None:
    """List protected accounts, why, on whose word and until when.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.protected()
    if common.json:
        return print_json(answer)
    print_table(
        ("account", "because", "source", "by", "since", "until"),
        [
            (o.account_id, o.reason, o.source, o.added_by, o.added_at, o.expires_at or "for good")
            for o in answer.accounts
        ],
        empty="No account is protected.",
    )
    return None


def _request(area: str | None, rule: str | None, reason: str) -> BrakeRequest:
    values = {"message_id": new_id("cli"), "area": area, "rule": rule, "reason": read_text("--reason", reason)}
    return made(BrakeRequest, values)


def _print(common: Common, answer: BrakeSet, said: str) -> None:
    if common.json:
        return print_json(answer)
    print_lines(f"{said} {answer.next}")
    return None
