"""What operators do: clocks, reversals, campaigns, brakes, standing, what is parked."""

from urllib.parse import quote

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
from api.brake_messages import (
    BrakeRequest,
    BrakesAnswer,
    BrakeSet,
    ProtectedAnswer,
    ProtectRequest,
    UnprotectRequest,
)
from api.bulk_messages import REFUSALS, BulkAnswer, BulkApproval, BulkChange, BulkRequest, BulksAnswer
from api.client.transport import Transport, read
from api.flagger_messages import FlaggerChangeRequest, FlaggerRequest, FlaggersAnswer, FlaggerSet
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
from api.subscriber_messages import SubscriberChanged, SubscriberChangeRequest, SubscribersAnswer
from api.vendor_messages import VendorsAnswer, VendorSwitched, VendorSwitchRequest


class Operating(Transport):
    """What operators do: clocks, reversals, campaigns, brakes, standing, what is parked."""

    async def extend(self, extension: ExtensionRequest) -> ChangeAccepted:
        """Give a clock longer."""
        return await self._post("/v1/extensions", extension, ChangeAccepted)

    async def reverse(self, reversal: ReversalRequest) -> ChangeAccepted:
        """Take a decision back."""
        return await self._post("/v1/reversals", reversal, ChangeAccepted)

    async def intervene(self, intervention: InterventionRequest) -> ChangeAccepted:
        """See to an order that is stuck: retry, skip, by hand, resume."""
        return await self._post("/v1/interventions", intervention, ChangeAccepted)

    async def join_campaign(self, members: CampaignRequest) -> CampaignJoined:
        """Name members of a campaign; the request that is complete opens its case."""
        return await self._post("/v1/campaigns", members, CampaignJoined)

    async def campaign(self, case_id: str) -> CampaignAnswer:
        """How a campaign stands."""
        return await self._get(f"/v1/campaigns/{quote(case_id)}", CampaignAnswer)

    async def pause_campaign(self, wanted: CampaignPause) -> CampaignPaused:
        """Pause a campaign's batches, or resume them."""
        return await self._post("/v1/campaign-pauses", wanted, CampaignPaused)

    async def propose_bulk(self, wanted: BulkRequest) -> BulkAnswer:
        """Preview an act on everything that a selection finds."""
        return await self._post("/v1/bulks", wanted, BulkAnswer)

    async def approve_bulk(self, wanted: BulkApproval) -> BulkAnswer:
        """Approve what somebody else previewed."""
        return await self._post("/v1/bulk-approvals", wanted, BulkAnswer)

    async def change_bulk(self, wanted: BulkChange) -> BulkAnswer:
        """Pause a bulk, resume it, cancel what is left of it, or undo it."""
        return await self._post("/v1/bulk-changes", wanted, BulkAnswer)

    async def bulk(self, bulk_id: str, limit: int = REFUSALS, after: str | None = None) -> BulkAnswer:
        """How a bulk stands, and why cases refused: so many, or those after this one."""
        query = {"limit": limit, **({"after": after} if after else {})}
        return await self._get(f"/v1/bulks/{quote(bulk_id, safe='')}", BulkAnswer, query)

    async def bulks(self) -> BulksAnswer:
        """The newest bulks."""
        return await self._get("/v1/bulks", BulksAnswer)

    async def invalidate_reports(self, request: StandingRequest) -> StandingChanged:
        """Take the weight of some people's reports in every open question."""
        return await self._post("/v1/reporters/invalidations", request, StandingChanged)

    async def reinstate_reports(self, request: StandingRequest) -> StandingChanged:
        """Give it back."""
        return await self._post("/v1/reporters/reinstatements", request, StandingChanged)

    async def misusing(self) -> MisuseAnswer:
        """Reporters whose numbers call for a person's look."""
        return await self._get("/v1/reporters/misuse", MisuseAnswer)

    async def open_misuse(self, request: MisuseRequest) -> MisuseOpened:
        """Have reviewers look at some of them."""
        return await self._post("/v1/reporters/misuse", request, MisuseOpened)

    async def make_bank(self, request: BankRequest) -> BankSet:
        """Set up a bank of hashes."""
        return await self._post("/v1/banks", request, BankSet)

    async def add_to_bank(self, request: BankEntriesRequest) -> BankSet:
        """Add hashes to it, a thousand at most."""
        return await self._post("/v1/banks/entries", request, BankSet)

    async def add_decided_to_bank(self, request: BankDecisionRequest) -> BankSet:
        """Add the pictures of a decision, which they fall with."""
        return await self._post("/v1/banks/decisions", request, BankSet)

    async def fallen_in_bank(self, bank: str) -> BankFallen:
        """What fell with its decision, and where it had matched."""
        return await self._get(f"/v1/banks/{quote(bank, safe='')}/fallen", BankFallen)

    async def remove_from_bank(self, request: BankRemovalRequest) -> BankEntryRemoved:
        """Take a false entry out; where it had matched."""
        return await self._post("/v1/banks/removals", request, BankEntryRemoved)

    async def set_bank_matching(self, request: BankMatchingRequest) -> BankSet:
        """Look in it, or not."""
        return await self._post("/v1/banks/matching", request, BankSet)

    async def banks(self) -> BanksAnswer:
        """Every bank."""
        return await self._get("/v1/banks", BanksAnswer)

    async def export_bank(self, bank: str, to: str, after: str) -> BankExport:
        """A page of what may be given to those."""
        return await self._get(f"/v1/banks/{quote(bank, safe='')}/entries", BankExport, {"to": to, "after": after})

    async def change_subscriber(self, request: SubscriberChangeRequest) -> SubscriberChanged:
        """Stop or start a subscriber of events, or have events sent to it again."""
        return await self._post("/v1/subscriber-changes", request, SubscriberChanged)

    async def subscribers(self) -> SubscribersAnswer:
        """Who is sent events, and how that stands."""
        return await self._get("/v1/subscribers", SubscribersAnswer)

    async def switch_vendor(self, request: VendorSwitchRequest) -> VendorSwitched:
        """Ask a vendor no more, or again."""
        return await self._post("/v1/vendor-switches", request, VendorSwitched)

    async def vendors(self) -> VendorsAnswer:
        """How vendors stand."""
        return await self._get("/v1/vendors", VendorsAnswer)

    async def stop(self, request: BrakeRequest) -> BrakeSet:
        """Stop what rules do alone."""
        return await self._post("/v1/stops", request, BrakeSet)

    async def resume(self, request: BrakeRequest) -> BrakeSet:
        """Let them go on."""
        return await self._post("/v1/resumptions", request, BrakeSet)

    async def brakes(self) -> BrakesAnswer:
        """How automation stands."""
        return await self._get("/v1/brakes", BrakesAnswer)

    async def protect(self, request: ProtectRequest) -> BrakeSet:
        """Let nothing automatic befall an account."""
        return await self._post("/v1/protected-accounts", request, BrakeSet)

    async def unprotect(self, request: UnprotectRequest) -> BrakeSet:
        """Protect it no more."""
        return await self._post("/v1/protected-accounts/removals", request, BrakeSet)

    async def protected(self) -> ProtectedAnswer:
        """Who is protected."""
        return await self._get("/v1/protected-accounts", ProtectedAnswer)

    async def add_flagger(self, request: FlaggerRequest) -> FlaggerSet:
        """Enter a trusted flagger."""
        return await self._post("/v1/trusted-flaggers", request, FlaggerSet)

    async def change_flagger(self, request: FlaggerChangeRequest) -> FlaggerSet:
        """How a trusted flagger stands from now on."""
        return await self._post("/v1/trusted-flaggers/changes", request, FlaggerSet)

    async def flaggers(self) -> FlaggersAnswer:
        """The register of trusted flaggers."""
        return await self._get("/v1/trusted-flaggers", FlaggersAnswer)

    async def revoke_links(self, request: RevokeLinks) -> LinksRevoked:
        """Make the status links of a case open nothing any more."""
        return await self._post("/v1/status-links/revoke", request, LinksRevoked)

    async def parked(self, limit: int = 100, *, closed: bool = False) -> ParkedAnswer:
        """What was accepted and could not be processed, oldest first."""
        return await self._get("/v1/parked", ParkedAnswer, {"limit": limit, "closed": closed})

    async def parked_message(self, parked_id: str) -> ParkedMessage:
        """One of them."""
        return await self._get(f"/v1/parked/{quote(parked_id, safe='')}", ParkedMessage)

    async def replay(self, parked_id: str) -> ParkedMessage:
        """Put it through the door again."""
        return read(await self._send("POST", f"/v1/parked/{quote(parked_id, safe='')}/replay"), ParkedMessage)

    async def discard(self, parked_id: str, request: DiscardRequest) -> ParkedMessage:
        """Give it up, for a reason."""
        return await self._post(f"/v1/parked/{quote(parked_id, safe='')}/discard", request, ParkedMessage)

    async def flags(self) -> FlagsAnswer:
        """What must be done by hand about cases."""
        return await self._get("/v1/flags", FlagsAnswer)

    async def clear_flag(self, request: FlagCleared) -> FlagsAnswer:
        """Say that it was done."""
        return await self._post("/v1/flags/clear", request, FlagsAnswer)
