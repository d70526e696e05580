"""Where operators intervene: clocks, reversals, campaigns, bulks, brakes, standing, what is parked."""

from collections.abc import Collection, Sequence

from api.answers import ChangeAccepted
from api.bank_messages import (
    BankDecisionRequest,
    BankEntriesRequest,
    BankEntryRemoved,
    BankExport,
    BankFallen,
    BankMatchingRequest,
    BankRemovalRequest,
    BankRequest,
    BanksAnswer,
    BankSet,
)
from api.banking import Banking
from api.brake_messages import (
    BrakeRequest,
    BrakesAnswer,
    BrakeSet,
    ProtectedAnswer,
    ProtectRequest,
    UnprotectRequest,
)
from api.braking import Braking
from api.bulk_messages import REFUSALS, BulkAnswer, BulkApproval, BulkChange, BulkRequest, BulksAnswer, RefusalName
from api.bulking import Bulking
from api.campaigning import Campaigning
from api.deciding import Deciding
from api.doors.guarded import Guarded
from api.flagger_messages import FlaggerChangeRequest, FlaggerRequest, FlaggersAnswer, FlaggerSet
from api.flaggers import Flaggers
from api.intervening import Intervening
from api.operator_answers import (
    CampaignAnswer,
    CampaignJoined,
    CampaignPaused,
    FlagsAnswer,
    LinksRevoked,
    MisuseAnswer,
    MisuseOpened,
    ParkedAnswer,
    ParkedMessage,
    StandingChanged,
)
from api.parking import Parking
from api.reporters import Reporters
from api.requests import (
    CampaignPause,
    CampaignRequest,
    DiscardRequest,
    ExtensionRequest,
    FlagCleared,
    InterventionRequest,
    MisuseRequest,
    ReversalRequest,
    RevokeLinks,
    StandingRequest,
)
from api.status import Status
from api.subscriber_messages import SubscriberChanged, SubscriberChangeRequest, SubscribersAnswer
from api.subscribing import Subscribing
from api.vendor_desk import VendorDesk
from api.vendor_messages import VendorsAnswer, VendorSwitched, VendorSwitchRequest
from cases.banks import Sharing


class OperatingDoors(Guarded):
    """Where operators intervene: clocks, reversals, campaigns, brakes, standing, what is parked."""

    _braking: Braking
    _bulking: Bulking
    _campaigning: Campaigning
    _deciding: Deciding
    _flaggers: Flaggers
    _intervening: Intervening
    _parking: Parking
    _reporters: Reporters
    _status: Status
    _subscribing: Subscribing
    _vendor_desk: VendorDesk
    _banking: Banking

    async def extend(
        self, tenant: str, operator: str, request: ExtensionRequest, accounts: Sequence[str] = ()
    ) -> ChangeAccepted:
        """A clock runs longer."""
        with self._at("extend_deadline", tenant):
            return await self._deciding.extend(tenant, operator, request, accounts)

    async def reverse(
        self, tenant: str, operator: str, request: ReversalRequest, accounts: Sequence[str] = ()
    ) -> ChangeAccepted:
        """A decision is taken back."""
        with self._at("reverse", tenant):
            return await self._deciding.reverse(tenant, operator, request, accounts)

    async def intervene(
        self, tenant: str, operator: str, request: InterventionRequest, accounts: Sequence[str] = ()
    ) -> ChangeAccepted:
        """An operator sees to an order that is stuck."""
        with self._at("intervene", tenant):
            return await self._intervening.intervene(tenant, operator, request, accounts)

    async def join_campaign(self, tenant: str, request: CampaignRequest) -> CampaignJoined:
        """Members of a campaign; with the last of them its case opens."""
        with self._at("campaign", tenant):
            return await self._campaigning.join(tenant, request)

    async def campaign(self, tenant: str, case_id: str) -> CampaignAnswer:
        """How a campaign stands."""
        with self._at("campaign", tenant):
            return await self._campaigning.show(tenant, case_id)

    async def pause_campaign(
        self, tenant: str, operator: str, request: CampaignPause, accounts: Sequence[str] = ()
    ) -> CampaignPaused:
        """Its batches wait, or go on."""
        with self._at("campaign", tenant):
            return await self._campaigning.pause(tenant, operator, request, accounts)

    async def propose_bulk(
        self,
        tenant: str,
        operator: str,
        request: BulkRequest,
        named_roles: Collection[str] = (),
        accounts: Sequence[str] = (),
    ) -> BulkAnswer:
        """An act on many cases is previewed."""
        with self._at("bulk", tenant):
            return await self._bulking.propose(tenant, operator, request, named_roles, accounts)

    async def approve_bulk(
        self,
        tenant: str,
        operator: str,
        request: BulkApproval,
        named_roles: Collection[str] = (),
        accounts: Sequence[str] = (),
    ) -> BulkAnswer:
        """A second person approves it."""
        with self._at("bulk", tenant):
            return await self._bulking.approve(tenant, operator, request, named_roles, accounts)

    async def change_bulk(
        self,
        tenant: str,
        operator: str,
        request: BulkChange,
        named_roles: Collection[str] = (),
        accounts: Sequence[str] = (),
    ) -> BulkAnswer:
        """It waits, goes on, is cancelled or undone."""
        with self._at("bulk", tenant):
            return await self._bulking.change(tenant, operator, request, named_roles, accounts)

    async def bulk(
        self, tenant: str, bulk_id: str, limit: int = REFUSALS, after: RefusalName | None = None
    ) -> BulkAnswer:
        """How a bulk stands, and why cases refused: so many after this one."""
        with self._at("bulk", tenant):
            return await self._bulking.show(tenant, bulk_id, limit, after)

    async def bulks(self, tenant: str) -> BulksAnswer:
        """The newest bulks."""
        with self._at("bulk", tenant):
            return await self._bulking.listed(tenant)

    async def invalidate_reports(
        self, tenant: str, operator: str, request: StandingRequest, accounts: Sequence[str] = ()
    ) -> StandingChanged:
        """These people's reports lose their weight in every open question."""
        with self._at("reports_invalidated", tenant):
            return await self._reporters.invalidate(tenant, operator, request, accounts)

    async def reinstate_reports(
        self, tenant: str, operator: str, request: StandingRequest, accounts: Sequence[str] = ()
    ) -> StandingChanged:
        """They have it again."""
        with self._at("reports_reinstated", tenant):
            return await self._reporters.reinstate(tenant, operator, request, accounts)

    async def misusing(self, tenant: str) -> MisuseAnswer:
        """Reporters whose numbers call for a person's look."""
        with self._at("misuse", tenant):
            return await self._reporters.misusing(tenant)

    async def open_misuse(self, tenant: str, request: MisuseRequest) -> MisuseOpened:
        """A task for reviewers about each of these people."""
        with self._at("misuse", tenant):
            return await self._reporters.open_misuse(tenant, request)

    async def make_bank(self, tenant: str, operator: str, request: BankRequest) -> BankSet:
        """A bank of hashes is set up."""
        with self._at("bank", tenant):
            return await self._banking.make(tenant, operator, request)

    async def add_to_bank(self, tenant: str, operator: str, request: BankEntriesRequest) -> BankSet:
        """Hashes are added to it."""
        with self._at("bank", tenant):
            return await self._banking.add(tenant, operator, request)

    async def add_decided_to_bank(
        self, tenant: str, operator: str, request: BankDecisionRequest, accounts: Sequence[str] = ()
    ) -> BankSet:
        """Pictures that a person found a violation are added to it."""
        with self._at("bank", tenant):
            return await self._banking.add_decided(tenant, operator, request, accounts)

    async def fallen_in_bank(self, tenant: str, bank: str) -> BankFallen:
        """What fell with its decision."""
        with self._at("bank", tenant):
            return await self._banking.fallen(tenant, bank)

    async def remove_from_bank(self, tenant: str, operator: str, request: BankRemovalRequest) -> BankEntryRemoved:
        """A false entry is taken out."""
        with self._at("bank", tenant):
            return await self._banking.remove(tenant, operator, request)

    async def set_bank_matching(self, tenant: str, request: BankMatchingRequest) -> BankSet:
        """It is looked in, or not."""
        with self._at("bank", tenant):
            return await self._banking.set_matching(tenant, request)

    async def banks(self, tenant: str) -> BanksAnswer:
        """Every bank."""
        with self._at("bank", tenant):
            return await self._banking.show(tenant)

    async def export_bank(self, tenant: str, bank: str, to: Sharing, after: str) -> BankExport:
        """What of it may be given away."""
        with self._at("bank", tenant):
            return await self._banking.export(tenant, bank, to, after)

    async def switch_vendor(self, tenant: str, operator: str, request: VendorSwitchRequest) -> VendorSwitched:
        """A vendor is asked no more, or again."""
        with self._at("vendor_switch", tenant):
            return await self._vendor_desk.switch(tenant, operator, request)

    async def vendors(self, tenant: str) -> VendorsAnswer:
        """How vendors stand."""
        with self._at("vendors", tenant):
            return await self._vendor_desk.show(tenant)

    async def change_subscriber(
        self, tenant: str, operator: str, request: SubscriberChangeRequest
    ) -> SubscriberChanged:
        """A subscriber of events is stopped, started, or sent something again."""
        with self._at("subscriber_change", tenant):
            return await self._subscribing.change(tenant, operator, request)

    async def subscribers(self, tenant: str) -> SubscribersAnswer:
        """Who is sent events, and how that stands."""
        with self._at("subscribers", tenant):
            return await self._subscribing.show(tenant)

    async def stop(self, tenant: str, operator: str, request: BrakeRequest) -> BrakeSet:
        """Rules of this tenant, area or name act alone no more."""
        with self._at("stop", tenant):
            return await self._braking.stop(tenant, operator, request)

    async def resume(self, tenant: str, operator: str, request: BrakeRequest) -> BrakeSet:
        """They do again."""
        with self._at("resume", tenant):
            return await self._braking.resume(tenant, operator, request)

    async def brakes(self, tenant: str) -> BrakesAnswer:
        """How automation stands."""
        with self._at("brakes", tenant):
            return await self._braking.show(tenant)

    async def protect(
        self, tenant: str, operator: str, request: ProtectRequest, accounts: Sequence[str] = ()
    ) -> BrakeSet:
        """Nothing automatic befalls this account."""
        with self._at("protect", tenant):
            return await self._braking.protect(tenant, operator, request, accounts)

    async def unprotect(
        self, tenant: str, operator: str, request: UnprotectRequest, accounts: Sequence[str] = ()
    ) -> BrakeSet:
        """It is like any other."""
        with self._at("protect", tenant):
            return await self._braking.unprotect(tenant, operator, request, accounts)

    async def protected(self, tenant: str) -> ProtectedAnswer:
        """Who is protected."""
        with self._at("protect", tenant):
            return await self._braking.protected(tenant)

    async def add_flagger(self, tenant: str, operator: str, request: FlaggerRequest) -> FlaggerSet:
        """A body enters the register of trusted flaggers."""
        with self._at("flaggers", tenant):
            return await self._flaggers.add(tenant, operator, request)

    async def change_flagger(self, tenant: str, operator: str, request: FlaggerChangeRequest) -> FlaggerSet:
        """How a trusted flagger stands from now on."""
        with self._at("flaggers", tenant):
            return await self._flaggers.change(tenant, operator, request)

    async def flaggers(self, tenant: str) -> FlaggersAnswer:
        """The register of trusted flaggers."""
        with self._at("flaggers", tenant):
            return await self._flaggers.listed(tenant)

    async def revoke_links(self, tenant: str, operator: str, request: RevokeLinks) -> LinksRevoked:
        """Status links open nothing any more."""
        with self._at("revoke_links", tenant):
            return await self._status.revoke(tenant, operator, request)

    async def parked(self, tenant: str, limit: int = 100, *, closed: bool = False) -> ParkedAnswer:
        """What was accepted and could not be processed."""
        with self._at("parked", tenant):
            return await self._parking.listed(tenant, limit, closed=closed)

    async def parked_message(self, tenant: str, parked_id: str) -> ParkedMessage:
        """One of them."""
        with self._at("parked", tenant):
            return await self._parking.show(tenant, parked_id)

    async def replay(self, tenant: str, operator: str, parked_id: str) -> ParkedMessage:
        """Put it through the door again."""
        with self._at("replay", tenant):
            return await self._parking.replay(tenant, operator, parked_id)

    async def discard(
        self, tenant: str, operator: str, parked_id: str, request: DiscardRequest, accounts: Sequence[str] = ()
    ) -> ParkedMessage:
        """Give it up, for a reason."""
        with self._at("discard", tenant):
            return await self._parking.discard(tenant, operator, parked_id, request, accounts)

    async def flags(self, tenant: str) -> FlagsAnswer:
        """What must be done by hand about cases."""
        with self._at("flags", tenant):
            return await self._parking.flags(tenant)

    async def clear_flag(self, tenant: str, operator: str, request: FlagCleared) -> FlagsAnswer:
        """It was done."""
        with self._at("clear_flag", tenant):
            return await self._parking.clear_flag(tenant, operator, request)
