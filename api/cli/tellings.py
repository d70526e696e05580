"""`case telling`: how open we may be with one person of a case."""

from typing import Annotated, Literal

from cyclopts import Parameter

from api.cli.arguments import made, new_id, parse_moment, read_text
from api.cli.messages import MessageIdOption, SubjectIdOption, SubjectKindOption, print_receipt
from api.cli.place import COMMON, OPERATOR, Common, PlaceHere
from cases.names import SubjectKind
from cases.stances import TellingRequest


async def case_telling(
    person: Annotated[str, Parameter(help="`author`, `reporters`, or a reporter by their key in the case.")],
    stance: Annotated[
        Literal["generic", "delay_until", "never", "lift"], Parameter(help="`lift` takes back what was set.")
    ],
    /,
    *,
    kind: SubjectKindOption = SubjectKind.CONTENT,
    subject_id: SubjectIdOption,
    source: Annotated[str, Parameter(help="On what it rests: an article, an order's number, a danger.")],
    reason: Annotated[str, Parameter(help="In words, or @FILE. Sealed in the record.")],
    until: Annotated[str | None, Parameter(help="End of the delay or the stance, ISO 8601 with its zone.")] = None,
    message_id: MessageIdOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Set how open we may be with a person of a case, or lift it. It binds mail, status page and appeals alike, and is never
    more open than the pack. What was withheld is told when it ends or is lifted, as far as it still stands.

    Exit codes: 0 (acknowledged means stored), 2 bad input, 3 refused, 4 unavailable.
    """
    values = {
        "message_id": message_id or new_id("telling"),
        "subject": {"kind": kind, "id": subject_id},
        "person": person,
        "stance": None if stance == "lift" else stance,
        "until": parse_moment("--until", until) if until else None,
        "source": source,
        "reason": read_text("--reason", reason),
    }
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        receipt = await gateway.set_telling(made(TellingRequest, values))
    print_receipt(receipt, common, place)
