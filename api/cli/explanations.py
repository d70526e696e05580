"""`policy explain`: which rules looked at what in a case, in plain words."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from api.cli.exits import CheckFailed
from api.cli.output import print_json, print_lines
from api.cli.place import COMMON, OPERATOR, Common, PlaceHere

if TYPE_CHECKING:
    from cases.explanations import AreaExplained, RuleLooked

_HELD = {True: "yes", False: "no", None: "not asked"}


async def explain(
    case: Annotated[str, Parameter(help="Its id: case/TENANT/KIND/KEY.")],
    /,
    *,
    every: Annotated[
        bool, Parameter(name="--all", negative="", help="Also rules that did not hold, part by part.")
    ] = False,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Say which rules looked at what in a case, from the facts that were recorded, under the pack its matters opened under.

    The pack is asked again, and it is said whether it gives the recorded answer.

    Exit codes: 0, 1 an answer is not the recorded one, 2 bad input, 3 no such case for this token, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.explain_case(case)
    if common.json:
        print_json(answer)
    else:
        print_lines(*(line for area in answer.areas for line in _told(area, every)))
        if not answer.areas:
            print_lines("No pack was asked about this case yet.")
    if differing := [one for one in answer.areas if not one.same]:
        raise CheckFailed("" if common.json else f"{len(differing)} answers are not the recorded ones.")


def _told(area: "AreaExplained", every: bool) -> Iterator[str]:
    by = f", by {area.decided_by}" if area.decided_by else ": no rule held, and what was brought to us is reviewed"
    yield f"{area.matter_id} at {area.at:%Y-%m-%d %H:%M:%S}Z by {area.pack.pack_id} {area.pack.version}: {area.outcome}{by}."
    if area.held_back:
        yield f"  Held back: {area.held_back}. The rule would have done more."
    if area.unscanned:
        yield f"  Machines did not look here: {area.unscanned}."
    for rule in area.rules:
        if every or rule.said != "did not hold":
            yield from _rule(rule)
    quiet = sum(rule.said == "did not hold" for rule in area.rules)
    if quiet and not every:
        yield f"  {quiet} other rules did not hold; --all says why."
    yield f"  Asked again, the pack says {'the same' if area.same else 'SOMETHING ELSE'}."


def _rule(rule: "RuleLooked") -> Iterator[str]:
    yield f"  {rule.rule_id} ({rule.outcome}) {rule.said}. {rule.why}"
    if rule.lacking:
        yield f"    Evidence it asks for is not there: {', '.join(rule.lacking)}."
    for part in rule.parts:
        seen = ", ".join(f"{name} is {value}" for name, value in part.values.items())
        yield f"    {_HELD[part.held]}: {part.text}{f' ({seen})' if seen else ''}"
