"""Where messages come in: reports, notices, orders, signals, appeals, vendors' hooks."""

from collections.abc import Sequence

from api.answers import BatchAnswer, HookAnswer, Receipt
from api.authority_desk import AuthorityDesk
from api.batches import DOOR, Batches, Item
from api.campaigning import Campaigning
from api.doors.guarded import Guarded
from api.errors import TooMany
from api.hooks import Hooks
from api.intake import Intake
from api.legal_intake import LegalIntake
from api.order_answers import OrdersAnswer
from api.order_listing import OrderListing
from api.requests import (
    AuthorityReportRequest,
)
from api.status import Status
from api.status_answers import StatusAnswer
from api.vendor_desk import VendorDesk
from api.vendor_messages import CallbackAnswer
from cases.case import Case
from cases.hook_signatures import Headers
from cases.legal_requests import NoticeMessage, TakeItDownMessage
from cases.messages import AppealMessage, ReportMessage, SignalMessage, Subject
from cases.order_messages import AuthorityOrderRequest, OrderChangeRequest
from cases.stances import TellingRequest


class IncomingDoors(Guarded):
    """Where messages come in: reports, notices, orders, signals, appeals, vendors' hooks."""

    _batches: Batches
    _campaigning: Campaigning
    _desk: AuthorityDesk
    _hooks: Hooks
    _intake: Intake
    _legal: LegalIntake
    _order_listing: OrderListing
    _status: Status
    _vendor_desk: VendorDesk

    async def story(self, tenant: str, subject: Subject) -> Case | None:
        """The case about this subject, as its events tell it now; None where there is none."""
        with self._at("story", tenant):
            return await self._intake.story(tenant, subject)

    async def pseudonym(self, tenant: str, reference: str) -> str:
        """A name for a person of whom we keep none."""
        with self._at("pseudonym", tenant):
            return await self._intake.pseudonym(tenant, reference)

    async def report(self, tenant: str, message: ReportMessage, sender: str = "") -> Receipt:
        """Someone tells us of a subject. sender: the name of the token, by which trusted flaggers are recognised."""
        with self._at("report", tenant):
            return await self._intake.report(tenant, message, sender)

    async def notice(self, tenant: str, message: NoticeMessage, sender: str = "") -> Receipt:
        """Someone gives notice of illegal content (DSA Art. 16). sender: as of a report."""
        with self._at("notice", tenant):
            return await self._legal.notice(tenant, message, sender)

    async def take_it_down(self, tenant: str, message: TakeItDownMessage) -> Receipt:
        """Someone asks for an intimate depiction to be removed (47 U.S.C. 223a)."""
        with self._at("take_it_down", tenant):
            return await self._legal.take_it_down(tenant, message)

    async def authority_order(self, tenant: str, operator: str, request: AuthorityOrderRequest) -> Receipt:
        """An authority orders."""
        with self._at("authority_order", tenant):
            return await self._desk.order(tenant, operator, request)

    async def order_change(
        self, tenant: str, operator: str, request: OrderChangeRequest, accounts: Sequence[str] = ()
    ) -> Receipt:
        """Something happened to an authority's order."""
        with self._at("order_change", tenant):
            return await self._desk.change(tenant, operator, request, accounts)

    async def authority_orders(self, tenant: str, limit: int, after: str | None) -> OrdersAnswer:
        """What authorities ordered, and where it stands."""
        with self._at("authority_orders", tenant):
            return await self._order_listing.listed(tenant, limit, after)

    async def telling(
        self, tenant: str, operator: str, request: TellingRequest, accounts: Sequence[str] = ()
    ) -> Receipt:
        """How open we may be with a person of a case."""
        with self._at("telling", tenant):
            return await self._desk.telling(tenant, operator, request, accounts)

    async def signal(self, tenant: str, message: SignalMessage) -> Receipt:
        """A machine tells us of a subject."""
        with self._at("signal", tenant):
            return await self._intake.signal(tenant, message)

    async def batch(
        self, tenant: str, items: Sequence[Item], sender: str = "", over: TooMany | None = None
    ) -> BatchAnswer:
        """Many reports and signals. Where this raises, send the same again: what was kept is known then.

        over: the quota by which only urgent ones may come now.
        """
        with self._at(DOOR, tenant):
            return await self._batches.accept(tenant, items, sender, over)

    def urgent_among(self, items: Sequence[Item]) -> int:
        """How many messages of a batch are urgent."""
        return sum(item.message is not None and self.admission.urgent(item.message) for item in items)

    async def appeal(self, tenant: str, message: AppealMessage) -> Receipt:
        """A person asks us to look again."""
        with self._at("appeal", tenant):
            return await self._intake.appeal(tenant, await self._campaigning.split_off(tenant, message))

    async def authority_report(
        self, tenant: str, operator: str, request: AuthorityReportRequest, accounts: Sequence[str] = ()
    ) -> Receipt:
        """A person filed what was owed to an authority."""
        with self._at("authority_report", tenant):
            return await self._intake.authority_report(tenant, operator, request, accounts)

    async def hook(self, source: str, headers: Headers, raw: bytes) -> HookAnswer:
        """A vendor tells us of a subject; source, secret and signature say whose it is."""
        with self._at("hook", ""):
            return await self._hooks.take(source, headers, raw)

    async def vendor_callback(self, vendor: str, tenant: str, headers: Headers, raw: bytes) -> CallbackAnswer:
        """A vendor answers what it was asked; its signature says that it is."""
        with self._at("vendor", ""):
            return await self._vendor_desk.call_back(vendor, tenant, headers, raw)

    async def status(self, token: str) -> StatusAnswer:
        """Where things stand for the person whose link this is."""
        with self._at("status", ""):
            return await self._status.look(token)

    async def appeal_by_link(self, token: str, decision_id: str, grounds: str, form: str) -> None:
        """The person whose link this is asks us to look again."""
        with self._at("status_appeal", ""):
            await self._status.appeal(token, decision_id, grounds, form)

    def form_of(self, token: str, decision_id: str) -> str:
        """What the form of such an appeal must bring back."""
        return self._status.form_of(token, decision_id)
