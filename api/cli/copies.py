"""`dueprocess case copies`: which other cases are about the same. Their contents are never shown."""

from typing import Annotated, Final

from cyclopts import Parameter

from api.cli.output import print_json, print_table
from api.cli.place import COMMON, OPERATOR, Common, PlaceHere

_WORDS: Final = {
    "content": "the same to the letter",
    "words": "the same words",
    "wording": "nearly the same words",
    "picture": "the same picture, or nearly",
}


async def case_copies(
    case: Annotated[str, Parameter(help="Its id: case/TENANT/KIND/KEY.")],
    /,
    *,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """List the cases about the same content, and about nearly the same, the likest first, a hundred at most.

    `dueprocess decide --copies` applies a decision to those that are the same to the letter; the others are for people.

    Exit codes: 0, 2 bad input, 3 no such case for this token, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.case(case)
    if common.json:
        return print_json({"case_id": case, "copies": [copy.model_dump(mode="json") for copy in answer.copies]})
    print_table(
        ("case", "likeness", "differing"),
        [(copy.case_id, _WORDS.get(copy.likeness, copy.likeness), copy.differing) for copy in answer.copies],
        empty="No other case is about the same, or nearly.",
    )
    return None
