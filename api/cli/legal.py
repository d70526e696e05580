"""What laws give a form to: `notice` (DSA Art. 16) and `take-it-down` (47 U.S.C. 223a)."""

from typing import Annotated

from cyclopts import Parameter

from api.cli.arguments import made, new_id, read_text
from api.cli.messages import (
    AccountOption,
    AddressOption,
    MessageIdOption,
    OtherwiseOption,
    SubjectIdOption,
    SubjectKindOption,
    print_receipt,
)
from api.cli.place import COMMON, SERVICE, Common, PlaceHere
from cases.legal_requests import NoticeMessage, SignatureKind, TakeItDownMessage
from cases.messages import ReportSource
from cases.names import SubjectKind

NameOption = Annotated[str | None, Parameter(help="The sender's name. Sealed in the record.")]
LocationOption = Annotated[str | None, Parameter(help="Where exactly it is, such as its URL. Sealed in the record.")]


async def notice(
    *,
    kind: SubjectKindOption = SubjectKind.CONTENT,
    subject_id: SubjectIdOption,
    area: Annotated[str, Parameter(help="The policy area it falls under.")],
    explanation: Annotated[str | None, Parameter(help="Why it is illegal, or @FILE. Sealed in the record.")] = None,
    location: LocationOption = None,
    name: NameOption = None,
    address: AddressOption = None,
    account: AccountOption = None,
    good_faith: Annotated[bool, Parameter(negative="", help="The sender states good faith.")] = False,
    trusted_flagger: Annotated[
        bool, Parameter(negative="", help="It comes from a trusted flagger of the register (DSA Art. 22).")
    ] = False,
    otherwise: OtherwiseOption = None,
    message_id: MessageIdOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Pass on a notice of illegal content (DSA Art. 16). What is missing is named; it is taken as a report all the same.

    Exit codes: 0 (acknowledged means stored), 2 bad input, 3 refused, 4 unavailable.
    """
    values = {
        "message_id": message_id or new_id("cli"),
        "subject": {"kind": kind, "id": subject_id},
        "area": area,
        "explanation": read_text("--explanation", explanation) if explanation else None,
        "location": location,
        "sender": _sender(name, address, account),
        "good_faith": good_faith,
        "source": ReportSource.TRUSTED_FLAGGER if trusted_flagger else ReportSource.NOTICE,
        "otherwise": otherwise,
    }
    async with place.gateway(*common.of(place, SERVICE)) as gateway:
        receipt = await gateway.submit_notice(made(NoticeMessage, values))
    print_receipt(receipt, common, place)


async def take_it_down(
    *,
    kind: SubjectKindOption = SubjectKind.CONTENT,
    subject_id: SubjectIdOption,
    signed: Annotated[SignatureKind | None, Parameter(help="How it is signed.")] = None,
    signed_as: Annotated[str | None, Parameter(help="The name it is signed with. Sealed in the record.")] = None,
    authorised: Annotated[bool, Parameter(negative="", help="Signed for the person depicted, with authority.")] = False,
    location: LocationOption = None,
    statement: Annotated[str | None, Parameter(help="Why it is not consensual, or @FILE. Sealed.")] = None,
    name: NameOption = None,
    address: AddressOption = None,
    account: AccountOption = None,
    minor: Annotated[bool, Parameter(negative="", help="A minor is depicted: it goes to child safety.")] = False,
    completes: Annotated[str | None, Parameter(help="The request that this completes.")] = None,
    message_id: MessageIdOption = None,
    common: Common = COMMON,
    place: PlaceHere,
) -> None:
    """Pass on a request to remove an intimate depiction (47 U.S.C. 223a), or what completes one.

    Exit codes: 0 (acknowledged means stored), 2 bad input, 3 refused, 4 unavailable.
    """
    signature = {"kind": signed, "signed_as": signed_as or "", "authorised": authorised} if signed else None
    values = {
        "message_id": message_id or new_id("cli"),
        "subject": {"kind": kind, "id": subject_id},
        "requester": _sender(name, address, account),
        "signature": signature,
        "location": location,
        "statement": read_text("--statement", statement) if statement else None,
        "minor_depicted": minor,
        "completes": completes,
    }
    async with place.gateway(*common.of(place, SERVICE)) as gateway:
        receipt = await gateway.request_removal(made(TakeItDownMessage, values))
    print_receipt(receipt, common, place)


def _sender(name: str | None, address: str | None, account: str | None) -> dict[str, str] | None:
    given = {"name": name, "address": address, "account_id": account}
    return {field: value for field, value in given.items() if value} or None
