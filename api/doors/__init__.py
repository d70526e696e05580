"""The doors' one meaning, whatever they are reached by: HTTP, or in process. Every refusal is counted, none has content."""

from datetime import datetime
from functools import partial
from types import MappingProxyType

from temporalio.client import Client

from api.admission import Admission, AdmissionLimits
from api.asking import Asker
from api.authority_desk import AuthorityDesk
from api.banking import Banking
from api.batches import Batches
from api.braking import Braking
from api.bulking import Bulking
from api.campaigning import Campaigning
from api.caring import Caring
from api.conflicts import Conflicts
from api.counting import Refusals
from api.deciding import Deciding
from api.desk import Desk
from api.doors.caring import CaringDoors
from api.doors.incoming import IncomingDoors
from api.doors.operating import OperatingDoors
from api.doors.policies import PolicyDoors
from api.doors.quality import QualityDoors
from api.doors.reviewing import ReviewingDoors
from api.failing import Failing
from api.flaggers import Flaggers
from api.hook_sources import NO_SOURCES, HookSources
from api.hooks import Hooks
from api.intake import Clock, Intake
from api.intervening import Intervening
from api.legal_intake import LegalIntake
from api.library import Library
from api.oncall import OnCall
from api.order_listing import OrderListing
from api.parking import Parking
from api.policies import Policies
from api.quality import Quality
from api.queueing import Queueing
from api.reading import Reading
from api.reporters import Reporters
from api.ringing import Ringer
from api.signing import SigningKey
from api.status import Status
from api.subscribing import Subscribing
from api.vendor_desk import VendorDesk
from api.withdrawing import Withdrawing
from cases.vendor_table import Vendors
from record.admission import unfinished
from record.record import Record


class Doors(IncomingDoors, ReviewingDoors, CaringDoors, QualityDoors, OperatingDoors, PolicyDoors):
    """Every door of one installation. tenant, reviewer and operator come from who calls, never from the message.

    Every method raises BadInput (the form), Conflict (other content under a known id), Refused, TokenRefused, NotFound,
    or ServiceUnavailable: nothing was accepted, or it is not known, and the same ids may be sent again.
    vendors: who may call back about what they were asked.
    library: packs and letters, for reviewers' pages and the rules that decisions name; None where a process serves none.
    """

    def __init__(
        self,
        record: Record,
        client: Client,
        clock: Clock,
        signing: SigningKey | None,
        areas: frozenset[str],
        hooks: HookSources = NO_SOURCES,
        admission: AdmissionLimits = AdmissionLimits(),
        library: Library | None = None,
        vendors: Vendors = MappingProxyType({}),
    ) -> None:
        self.refusals = Refusals()
        self.admission = Admission(partial(unfinished, record.pool), admission)
        self.areas = areas
        self._ringer = Ringer(client)
        self._intake = Intake(record, self._ringer, clock, areas, self.admission)
        self._flaggers = Flaggers(record, clock, areas)
        self._batches = Batches(self._intake, self.refusals)
        self._desk = AuthorityDesk(record, self._intake, clock)
        self._order_listing = OrderListing(record, clock)
        self._legal = LegalIntake(record, self._intake, clock)
        self._deciding = Deciding(record, Asker(client), self._ringer, clock, signing, library)
        self._withdrawing = Withdrawing(record, Asker(client), self._ringer, clock, signing)
        self._intervening = Intervening(record, Asker(client), self._ringer, clock)
        self._reading = Reading(record, clock)
        self._failing = Failing(record, client)
        self._campaigning = Campaigning(record, self._ringer, clock, areas)
        self.desk = Desk(record, self._reading, clock, library, self._at)
        self._hooks = Hooks(record, self._intake, clock, hooks, self.refusals)
        self._status = Status(record, self._intake, self._campaigning, clock)
        self._parking = Parking(record, self._intake, self._hooks, clock)
        self._reporters = Reporters(record, self._ringer, clock)
        self._braking = Braking(record, clock, library)
        self._conflicts = Conflicts(record, clock, areas)
        self._policies = Policies(record, clock, library, areas)
        self._bulking = Bulking(record, self._ringer, clock, areas, library)
        self._queueing = Queueing(record, clock)
        self._oncall = OnCall(record, clock)
        self._caring = Caring(record, clock, areas)
        self._quality = Quality(record, clock)
        self._banking = Banking(record, clock)
        self._subscribing = Subscribing(record, clock)
        self._vendor_desk = VendorDesk(record, self._ringer, clock, vendors, self.refusals)

    async def aclose(self) -> None:
        """Wait briefly for the rings under way."""
        await self._ringer.aclose()

    def now(self) -> datetime:
        """The doors' time."""
        return self._intake.now()


__all__ = ["Doors"]
