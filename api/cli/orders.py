"""What the desk does: `order` takes down what an authority orders, `order-change` what happens to it, `orders` lists them."""

from typing import Annotated

from cyclopts import Parameter

from api.cli.arguments import made, new_id, parse_moment, read_object, read_text
from api.cli.messages import MessageIdOption, SubjectIdOption, SubjectKindOption, print_receipt
from api.cli.output import due, print_json, print_lines, print_table, shown
from api.cli.place import COMMON, OPERATOR, Common, PlaceHere
from api.order_answers import ListedOrder
from cases.authority_orders import OrderChange, OrderElement, OrderKind
from cases.names import SubjectKind
from cases.order_messages import AuthorityOrderRequest, OrderChangeRequest


async def order(
    *,
    kind: SubjectKindOption = SubjectKind.CONTENT,
    subject_id: SubjectIdOption,
    order: Annotated[OrderKind, Parameter(help="On what it rests.")],
    reference: Annotated[str, Parameter(help="The authority's own number of it.")],
    form: Annotated[
        str, Parameter(help="The order's elements as JSON, or @FILE: authority, legal_basis, reasons, redress, text, …")
    ] = "{}",
    message_id: MessageIdOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Take down an order of an authority (DSA Art. 9 or 10; Regulation (EU) 2021/784). It is carried out at once.

    The fields of --form are those of AuthorityOrderRequest in the contract.

    Exit codes: 0 (acknowledged means stored), 2 bad input, 3 refused, 4 unavailable.
    """
    values = {
        **read_object("--form", form),
        "message_id": message_id or new_id("order"),
        "subject": {"kind": kind, "id": subject_id},
        "order": order,
        "reference": reference,
    }
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        receipt = await gateway.take_order(made(AuthorityOrderRequest, values))
    print_receipt(receipt, common, place)


async def order_change(
    order_id: Annotated[str, Parameter(help="The order, by the id its receipt names.")],
    change: Annotated[OrderChange, Parameter(help="What happened.")],
    /,
    *,
    kind: SubjectKindOption = SubjectKind.CONTENT,
    subject_id: SubjectIdOption,
    given: Annotated[tuple[OrderElement, ...], Parameter(negative="", help="What a clarification brought.")] = (),
    territory: Annotated[tuple[str, ...], Parameter(negative="", help="Countries it names now, or EU.")] = (),
    until: Annotated[str | None, Parameter(help="Until when the person is not told, ISO 8601 with its zone.")] = None,
    reference: Annotated[str | None, Parameter(help="Of the answer given, or of the word to the authority.")] = None,
    note: Annotated[str | None, Parameter(help="What there is to say of it, or @FILE. Sealed in the record.")] = None,
    message_id: MessageIdOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Note what happened to an authority's order: unclear or impossible (the clock stops), clarified (it runs anew), …

    Exit codes: 0 (acknowledged means stored; the case judges it), 2 bad input, 3 refused, 4 unavailable.
    """
    values = {
        "message_id": message_id or new_id("change"),
        "subject": {"kind": kind, "id": subject_id},
        "order_id": order_id,
        "change": change,
        "given": given,
        "territory": territory,
        "until": parse_moment("--until", until) if until else None,
        "reference": reference,
        "note": read_text("--note", note) if note else None,
    }
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        receipt = await gateway.change_order(made(OrderChangeRequest, values))
    print_receipt(receipt, common, place)


async def orders(
    *,
    limit: Annotated[int, Parameter(help="How many at most.")] = 100,
    after: Annotated[str | None, Parameter(help="Older ones than this order, by its id.")] = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """List what authorities ordered, the newest first: where each order stands, and what is owed by when.

    Exit codes: 0, 2 bad input, 3 refused, 4 unavailable.
    """
    async with place.gateway(*common.of(place, OPERATOR)) as gateway:
        answer = await gateway.orders(limit, after)
    if common.json:
        return print_json(answer)
    print_table(
        ("due", "owed", "order", "of", "reference", "state", "in effect", "authority knows", "case"),
        [
            (
                *(due(one.due_at, answer.at) if one.due_at else None, one.clock, one.order_id, one.order),
                *(one.reference, _state(one), one.effected_at, _knows(one), one.case_id),
            )
            for one in answer.orders
        ],
        empty="No authority has ordered anything.",
    )
    if answer.after:
        print_lines(f"There are older ones: --after {answer.after}")
    return None


def _state(one: ListedOrder) -> str:
    lacks = f": {', '.join(one.missing)}" if one.missing else ""
    return f"{one.state}{lacks}" if one.read else f"{one.state}{lacks}, not read yet"


def _knows(one: ListedOrder) -> str:
    if one.informed_at:
        return f"by {one.informed_by}, {shown(one.informed_at)}"
    return "no" if one.mailed else "no, and no address is known"
