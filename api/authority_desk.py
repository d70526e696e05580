"""The desk that takes down what authorities order, and what happens to it. The text is sealed; ids, times and enums go on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from api.answers import Receipt
from api.errors import NotFound
from api.impartiality import refuse_who_has_a_part
from api.intake import Clock, Intake
from api.tasks import case_of_stream
from cases.authority_orders import (
    CURES,
    EFFECT_WITHIN,
    ELEMENTS,
    LONGEST_TEXT,
    NON_DISCLOSURE_LONGEST,
    OrderChange,
    OrderKind,
    began_at,
    missing_of_order,
)
from cases.enforcement_kinds import KINDS, Reversal
from cases.errors import BadInput, Problem
from cases.judging_orders import unnamed
from cases.legal_requests import MissingElement
from cases.messages import refuse_future
from cases.order_messages import (
    AuthorityOrderMessage,
    AuthorityOrderRequest,
    OrderChangeMessage,
    OrderChangeRequest,
)
from cases.stances import TellingMessage, TellingRequest
from record.record import Record
from record.requests import came_as

NEXT_ORDER: Final = (
    "It is carried out now; a second person looks at it afterwards, and the authority is told of the effect."
)
NEXT_INFORMATION: Final = "Give the information, then note it with `answered` and a reference; the authority is told."
NEXT_UNCLEAR: Final = (
    "Nothing is done on it yet; the authority is told what is missing. Note `clarified` when that came."
)
NEXT_TELLING: Final = "It binds whatever was not told yet; what was told stays told."
NEXT_CHANGE: Final = "The case records it, and does what follows."
CROSS_BORDER: Final = (
    "Issued by another state: you and the person concerned may ask your own authority within 48 hours to examine it "
    "(Regulation (EU) 2021/784, Art. 4(4)). That does not stop the hour."
)


class AuthorityDesk:
    """Orders, and changes to them, into the inbox of the case."""

    def __init__(self, record: Record, intake: Intake, clock: Clock) -> None:
        self._record = record
        self._intake = intake
        self._clock = clock

    async def order(self, tenant: str, operator: str, request: AuthorityOrderRequest) -> Receipt:
        """An authority's order. by: when it is due; None while something is missing."""
        now = self._clock()
        self._refuse(request, now)
        message = AuthorityOrderMessage(**request.model_dump(), operator=operator)
        missing = missing_of_order(request.order, request.given)
        following = NEXT_INFORMATION if request.order is OrderKind.ARTICLE_10 else NEXT_ORDER
        receipt = await self._intake.accept(
            tenant, "authority_order", message.message_id, message.subject, message, request.contact, now,
            NEXT_UNCLEAR if missing else following, category=message.area,
        )  # fmt: skip
        began = began_at(receipt.received_at, request.transmitted_at)
        usual = began + EFFECT_WITHIN[request.order]
        due = usual if request.order is OrderKind.TCO_REMOVAL else max(request.effect_by or usual, began)
        sources = ELEMENTS[request.order]
        return receipt.evolve(
            by=None if missing else due,
            missing=tuple(MissingElement(element=one, source=sources[one], cure=CURES[one]) for one in missing),
            effect=CROSS_BORDER if request.cross_border and request.order is OrderKind.TCO_REMOVAL else None,
        )

    async def change(
        self, tenant: str, operator: str, request: OrderChangeRequest, accounts: Sequence[str] = ()
    ) -> Receipt:
        """What happened to an order. Whether it may stand is judged by the case, as everything is.

        accounts: the operator's own: who has a part does not lift, hush or put off an order (P5); that it goes on or is done
        anybody may note (P12).
        """
        case_id = await self._intake.case_id(tenant, request.subject)
        before = await came_as(self._record, tenant, request.order_id)
        if before is None or (before.kind, before.stream_id) != ("authority_order", case_id):
            raise NotFound("unknown_order", "order_id: no order of this id is about this subject; check both")
        if request.change is OrderChange.ANSWERED and request.reference is None:
            raise BadInput([Problem("reference", "", "is missing", "name the answer given by its reference")])
        await refuse_who_has_a_part(self._record, tenant, operator, accounts, case_id, "order_change", request)
        await self._refuse_unnamed(tenant, request)
        message = OrderChangeMessage(**request.model_dump(), operator=operator)
        return await self._intake.accept(
            tenant, "order_change", message.message_id, message.subject, message, None, self._clock(), NEXT_CHANGE
        )  # fmt: skip

    async def telling(
        self, tenant: str, operator: str, request: TellingRequest, accounts: Sequence[str] = ()
    ) -> Receipt:
        """How open we may be with a person of a case that is there. accounts: the operator's own (P5)."""
        now = self._clock()
        if request.until and request.until <= now:
            cure = "give a time to come, or lift the stance"
            raise BadInput([Problem("until", request.until.isoformat(), "is over", cure)])
        case_id = await self._intake.case_id(tenant, request.subject)
        if await case_of_stream(self._record, tenant, case_id) is None:
            raise NotFound("unknown_case", "subject: there is no case about it")
        await refuse_who_has_a_part(self._record, tenant, operator, accounts, case_id, "telling_set", request)
        message = TellingMessage(**request.model_dump(), operator=operator)
        return await self._intake.accept(
            tenant, "telling_set", message.message_id, message.subject, message, None, now, NEXT_TELLING
        )  # fmt: skip

    async def _refuse_unnamed(self, tenant: str, request: OrderChangeRequest) -> None:
        """A clarification of nothing, as the order stands now. The case has the last word: what it has not read yet counts."""
        if request.change is not OrderChange.CLARIFIED or await came_as(self._record, tenant, request.message_id):
            return
        case = await self._intake.story(tenant, request.subject)
        orders = case.authority_orders if case else ()
        halted = next((one for one in orders if one.order_id == request.order_id and one.halted), None)
        if halted and (problem := unnamed(halted, request.given, request.territory)):
            raise BadInput([problem])

    def _refuse(self, request: AuthorityOrderRequest, now: datetime) -> None:
        """Raises BadInput for what no order can say."""
        refuse_future("transmitted_at", request.transmitted_at, now)
        self._intake.refuse_unknown_area(request.area)
        kinds = [
            kind
            for kind, one in KINDS.items()
            if request.subject.kind in one.lies_on and one.reversal is not Reversal.NONE
        ]
        if request.measure and request.measure not in kinds:
            cure = f"one of {', '.join(kinds)}, or leave it out"
            raise BadInput([Problem("measure", request.measure, f"is none for {request.subject.kind}", cure)])
        silent = request.non_disclosure_until
        if silent and request.order is OrderKind.TCO_REMOVAL and silent > now + NON_DISCLOSURE_LONGEST:
            raise BadInput([Problem("non_disclosure_until", silent.isoformat(), "is too late", LONGEST_TEXT)])
