"""Doors that laws ask for: notices (DSA Art. 16) and removal requests (47 U.S.C. 223a). Incomplete ones are taken too."""

from typing import Final

from api.answers import Receipt
from api.errors import NotFound
from api.intake import INCOMPLETE_NOTICE, Clock, Intake
from api.recognising import effect_of
from cases.legal_requests import (
    NOTICE,
    REMOVAL_WITHIN,
    TAKE_IT_DOWN,
    NoticeMessage,
    TakeItDownMessage,
    explained,
    missing_of_notice,
    missing_of_request,
)
from cases.messages import refuse_future
from record.record import Record
from record.requests import came_as, so_far

NEXT_NOTICE: Final = (
    "The case is assessed now; who can be told gets a receipt and then the decision, with what can be done about it."
)
NEXT_REQUEST: Final = "The case is assessed now, with priority; who can be told hears from us, first that we have it."
COMPLETE_NOTICE: Final = (
    "A complete notice: it gives actual knowledge where the illegality shows without a detailed legal examination "
    "(DSA Art. 16(3))."
)
VALID_REQUEST: Final = (
    "A valid request: the depiction, and known identical copies, are to be removed within 48 hours of this message "
    "(47 U.S.C. 223a(a)(3))."
)
INVALID_REQUEST: Final = (
    "Taken, and looked at as a severe case; the 48 hours of 47 U.S.C. 223a have not begun. Send what is missing with "
    "this request's id in `completes`; they begin with the message that completes it."
)
MINOR: Final = " A minor is depicted: it goes to child safety, where our own times are shorter."


class LegalIntake:
    """The forms of the law, each written into the inbox like any report."""

    def __init__(self, record: Record, intake: Intake, clock: Clock) -> None:
        self._record = record
        self._intake = intake
        self._clock = clock

    async def notice(self, tenant: str, message: NoticeMessage, sender: str = "") -> Receipt:
        """A notice of illegal content, from whoever sends it. sender: the token's name."""
        now = self._clock()
        refuse_future("sent_at", message.sent_at, now)
        self._intake.refuse_unknown_area(message.area)
        person = message.sender.person if message.sender else None
        flagger = await self._intake.recogniser.flagger(tenant, sender, message, now)
        receipt = await self._intake.accept(
            tenant, NOTICE, message.message_id, message.subject, message, person, now, NEXT_NOTICE,
            category=message.area, flagger=flagger,
        )  # fmt: skip
        missing = missing_of_notice(message.given, message.area)
        claim = effect_of(message, flagger, receipt.received_at)
        effect = " ".join(filter(None, (claim, INCOMPLETE_NOTICE if missing else COMPLETE_NOTICE)))
        return receipt.evolve(missing=explained(NOTICE, missing), effect=effect)

    async def take_it_down(self, tenant: str, message: TakeItDownMessage) -> Receipt:
        """A request to remove an intimate depiction, or what completes one. by: the end of the 48 hours, once they run."""
        now = self._clock()
        self._intake.refuse_unknown_area(message.area)
        await self._require_request(tenant, message)
        person = message.requester.person if message.requester else None
        receipt = await self._intake.accept(
            tenant, TAKE_IT_DOWN, message.message_id, message.subject, message, person, now, NEXT_REQUEST,
            category=message.area,
        )  # fmt: skip
        said = await so_far(self._record, receipt.case_id, message)
        missing = missing_of_request(said.given)
        effect = INVALID_REQUEST if missing else VALID_REQUEST
        return receipt.evolve(
            missing=explained(TAKE_IT_DOWN, missing),
            effect=effect + (MINOR if said.minor else ""),
            by=None if missing else receipt.received_at + REMOVAL_WITHIN,
        )

    async def _require_request(self, tenant: str, message: TakeItDownMessage) -> None:
        """Raises NotFound where a message completes a request that never came, or was about something else."""
        if message.completes is None:
            return
        case_id = await self._intake.case_id(tenant, message.subject)
        before = await came_as(self._record, tenant, message.completes)
        if before is None or (before.kind, before.stream_id) != (TAKE_IT_DOWN, case_id):
            text = "completes: no removal request of this id is about this subject; use the id its receipt names"
            raise NotFound("unknown_request", text)
