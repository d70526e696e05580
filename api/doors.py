"""The doors' one meaning, whatever they are reached by: HTTP, or in process. Every refusal is counted, none has content."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from temporalio.client import Client

from api.admission import Admission, AdmissionLimits
from api.answers import (
    BatchAnswer,
    CampaignAnswer,
    CampaignJoined,
    CampaignPaused,
    CaseAnswer,
    ChangeAccepted,
    Claimed,
    DecisionAccepted,
    FlagsAnswer,
    HookAnswer,
    LinksRevoked,
    MisuseAnswer,
    MisuseOpened,
    ParkedAnswer,
    ParkedMessage,
    QueueAnswer,
    Receipt,
    StagesAnswer,
    StandingChanged,
    StatusAnswer,
    StuckAnswer,
    TextStored,
)
from api.asking import Asker
from api.authority_desk import AuthorityDesk
from api.batches import DOOR, Batches, Item
from api.brake_messages import (
    BrakeRequest,
    BrakesAnswer,
    BrakeSet,
    ProtectedAnswer,
    ProtectRequest,
    UnprotectRequest,
)
from api.braking import Braking
from api.campaigning import Campaigning
from api.counting import Refusals
from api.deciding import Deciding
from api.desk import Desk
from api.errors import NotFound, Refused, ServiceUnavailable, TooMany
from api.flagger_messages import FlaggerChangeRequest, FlaggerRequest, FlaggersAnswer, FlaggerSet
from api.flaggers import Flaggers
from api.hook_sources import NO_SOURCES, HookSources
from api.hooks import Hooks
from api.intake import Clock, Intake
from api.intervening import Intervening
from api.legal_intake import LegalIntake
from api.library import Library
from api.oncall import OnCall
from api.parking import Parking
from api.queue_messages import (
    OnCallAnswer,
    PageAcknowledged,
    PageRequest,
    QueuesAnswer,
    RegisterAnswer,
    RegisterRequest,
    TaskChanged,
    TaskChangeRequest,
    TaskChangesAnswer,
    UnregisterRequest,
)
from api.queueing import Queueing
from api.reading import Reading
from api.reporters import Reporters
from api.requests import (
    AuthorityReportRequest,
    CampaignPause,
    CampaignRequest,
    ClaimRequest,
    DecisionRequest,
    DiscardRequest,
    ExtensionRequest,
    FlagCleared,
    InterventionRequest,
    MisuseRequest,
    ReversalRequest,
    RevokeLinks,
    StandingRequest,
    TextRequest,
)
from api.ringing import Ringer
from api.signing import SigningKey
from api.status import Status
from cases.case import Case
from cases.errors import KeyDestroyed, UnknownSomething
from cases.hook_signatures import Headers
from cases.legal_requests import NoticeMessage, TakeItDownMessage
from cases.messages import AppealMessage, ReportMessage, SignalMessage, Subject
from cases.order_messages import AuthorityOrderRequest, OrderChangeRequest
from cases.stances import TellingRequest
from record.admission import unfinished
from record.errors import ClaimRefused, RecordUnavailable
from record.record import Record


class Doors:
    """Every door of one installation. tenant, reviewer and operator come from who calls, never from the message.

    Every method raises BadInput (the form), Conflict (other content under a known id), Refused, TokenRefused, NotFound,
    or ServiceUnavailable: nothing was accepted, or it is not known, and the same ids may be sent again.
    library: packs and letters, for reviewers' pages; None where a process serves none.
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
    ) -> None:
        self.refusals = Refusals()
        self.admission = Admission(partial(unfinished, record.pool), admission)
        self.areas = areas
        self._ringer = Ringer(client)
        self._intake = Intake(record, self._ringer, clock, areas, self.admission)
        self._flaggers = Flaggers(record, clock, areas)
        self._batches = Batches(self._intake, self.refusals)
        self._desk = AuthorityDesk(record, self._intake, clock)
        self._legal = LegalIntake(record, self._intake, clock)
        self._deciding = Deciding(record, Asker(client), self._ringer, clock, signing)
        self._intervening = Intervening(record, Asker(client), self._ringer, clock)
        self._reading = Reading(record, clock)
        self._campaigning = Campaigning(record, self._ringer, clock, areas)
        self.desk = Desk(record, self._reading, clock, library, self._at)
        self._hooks = Hooks(record, self._intake, clock, hooks, self.refusals)
        self._status = Status(record, self._intake, self._campaigning, clock)
        self._parking = Parking(record, self._intake, self._hooks, clock)
        self._reporters = Reporters(record, self._ringer, clock)
        self._braking = Braking(record, clock)
        self._queueing = Queueing(record, clock)
        self._oncall = OnCall(record, clock)

    async def aclose(self) -> None:
        """Wait briefly for the rings under way."""
        await self._ringer.aclose()

    def now(self) -> datetime:
        """The doors' time."""
        return self._intake.now()

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

    async def order_change(self, tenant: str, operator: str, request: OrderChangeRequest) -> Receipt:
        """Something happened to an authority's order."""
        with self._at("order_change", tenant):
            return await self._desk.change(tenant, operator, request)

    async def telling(self, tenant: str, operator: str, request: TellingRequest) -> Receipt:
        """How open we may be with a person of a case."""
        with self._at("telling", tenant):
            return await self._desk.telling(tenant, operator, request)

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

    async def join_campaign(self, tenant: str, request: CampaignRequest) -> CampaignJoined:
        """Members of a campaign; with the last of them its case opens."""
        with self._at("campaign", tenant):
            return await self._campaigning.join(tenant, request)

    async def campaign(self, tenant: str, case_id: str) -> CampaignAnswer:
        """How a campaign stands."""
        with self._at("campaign", tenant):
            return await self._campaigning.show(tenant, case_id)

    async def pause_campaign(self, tenant: str, operator: str, request: CampaignPause) -> CampaignPaused:
        """Its batches wait, or go on."""
        with self._at("campaign", tenant):
            return await self._campaigning.pause(tenant, operator, request)

    async def authority_report(self, tenant: str, operator: str, request: AuthorityReportRequest) -> Receipt:
        """A person filed what was owed to an authority."""
        with self._at("authority_report", tenant):
            return await self._intake.authority_report(tenant, operator, request)

    async def hook(self, source: str, headers: Headers, raw: bytes) -> HookAnswer:
        """A vendor tells us of a subject; source, secret and signature say whose it is."""
        with self._at("hook", ""):
            return await self._hooks.take(source, headers, raw)

    async def claim(
        self,
        tenant: str,
        reviewer: str,
        wanted: ClaimRequest,
        accounts: Sequence[str] = (),
        named_roles: Collection[str] = (),
    ) -> Claimed | None:
        """A lease on a task, with its decision token; None where no task is free. accounts: the reviewer's own."""
        with self._at("claim", tenant):
            return await self._deciding.claim(tenant, reviewer, wanted, accounts, named_roles)

    async def release(self, tenant: str, reviewer: str, lease_id: str) -> None:
        """The task is free again."""
        with self._at("release", tenant):
            await self._deciding.release(tenant, reviewer, lease_id)

    async def decide(self, tenant: str, reviewer: str, request: DecisionRequest) -> DecisionAccepted:
        """A decision, durable."""
        with self._at("decide", tenant):
            return await self._deciding.decide(tenant, reviewer, request)

    async def store_text(self, tenant: str, by: str, request: TextRequest) -> TextStored:
        """A text, sealed and named, for a message that may not carry it."""
        with self._at("text", tenant):
            return await self._deciding.store_text(tenant, by, request)

    async def extend(self, tenant: str, operator: str, request: ExtensionRequest) -> ChangeAccepted:
        """A clock runs longer."""
        with self._at("extend_deadline", tenant):
            return await self._deciding.extend(tenant, operator, request)

    async def reverse(self, tenant: str, operator: str, request: ReversalRequest) -> ChangeAccepted:
        """A decision is taken back."""
        with self._at("reverse", tenant):
            return await self._deciding.reverse(tenant, operator, request)

    async def intervene(self, tenant: str, operator: str, request: InterventionRequest) -> ChangeAccepted:
        """An operator sees to an order that is stuck."""
        with self._at("intervene", tenant):
            return await self._intervening.intervene(tenant, operator, request)

    async def invalidate_reports(self, tenant: str, operator: str, request: StandingRequest) -> StandingChanged:
        """These people's reports lose their weight in every open question."""
        with self._at("reports_invalidated", tenant):
            return await self._reporters.invalidate(tenant, operator, request)

    async def reinstate_reports(self, tenant: str, operator: str, request: StandingRequest) -> StandingChanged:
        """They have it again."""
        with self._at("reports_reinstated", tenant):
            return await self._reporters.reinstate(tenant, operator, request)

    async def misusing(self, tenant: str) -> MisuseAnswer:
        """Reporters whose numbers call for a person's look."""
        with self._at("misuse", tenant):
            return await self._reporters.misusing(tenant)

    async def open_misuse(self, tenant: str, request: MisuseRequest) -> MisuseOpened:
        """A task for reviewers about each of these people."""
        with self._at("misuse", tenant):
            return await self._reporters.open_misuse(tenant, request)

    async def renew(self, tenant: str, reviewer: str, lease_id: str, named_roles: Collection[str] = ()) -> Claimed:
        """A task is this reviewer's for longer."""
        with self._at("renew", tenant):
            return await self._deciding.renew(tenant, reviewer, lease_id, named_roles)

    async def change_task(self, tenant: str, by: str, request: TaskChangeRequest, *, operator: bool) -> TaskChanged:
        """Something is done to a task besides deciding it."""
        with self._at("change_task", tenant):
            return await self._queueing.change(tenant, by, request, operator=operator)

    async def task_changes(self, tenant: str, stream: str, task_id: str) -> TaskChangesAnswer:
        """What was done to it."""
        with self._at("task_changes", tenant):
            return await self._queueing.changes(tenant, stream, task_id)

    async def queues(self, tenant: str) -> QueuesAnswer:
        """Every queue, with what is open in it."""
        with self._at("queues", tenant):
            return await self._queueing.queues(tenant)

    async def oncall(self, tenant: str, limit: int = 50) -> OnCallAnswer:
        """What is due next by law and by rule, and who was called."""
        with self._at("oncall", tenant):
            return await self._oncall.show(tenant, limit)

    async def acknowledge(self, tenant: str, by: str, request: PageRequest) -> PageAcknowledged:
        """Somebody answers for a call."""
        with self._at("acknowledge", tenant):
            return await self._oncall.acknowledge(tenant, by, request)

    async def register(self, tenant: str, operator: str, request: RegisterRequest) -> RegisterAnswer:
        """What a reviewer may take."""
        with self._at("register", tenant):
            return await self._queueing.register(tenant, operator, request)

    async def unregister(self, tenant: str, operator: str, request: UnregisterRequest) -> RegisterAnswer:
        """A reviewer leaves the register."""
        with self._at("register", tenant):
            return await self._queueing.unregister(tenant, operator, request)

    async def reviewers(self, tenant: str) -> RegisterAnswer:
        """The register."""
        with self._at("register", tenant):
            return await self._queueing.reviewers(tenant)

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

    async def protect(self, tenant: str, operator: str, request: ProtectRequest) -> BrakeSet:
        """Nothing automatic befalls this account."""
        with self._at("protect", tenant):
            return await self._braking.protect(tenant, operator, request)

    async def unprotect(self, tenant: str, operator: str, request: UnprotectRequest) -> BrakeSet:
        """It is like any other."""
        with self._at("protect", tenant):
            return await self._braking.unprotect(tenant, operator, request)

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

    async def case(self, tenant: str, case_id: str, reader: str = "", *, reveal_evidence: bool = False) -> CaseAnswer:
        """A case and its timeline; with what was captured, for a reader who holds a live claim on it."""
        with self._at("case", tenant):
            return await self._reading.case(tenant, case_id, reader, reveal_evidence=reveal_evidence)

    async def queue(self, tenant: str, queue: str | None = None, limit: int = 50) -> QueueAnswer:
        """Open tasks, most urgent first."""
        with self._at("queue", tenant):
            return await self._reading.queue(tenant, queue, limit)

    async def stuck(self, tenant: str) -> StuckAnswer:
        """Cases whose order the platform has not confirmed for too long."""
        with self._at("stuck", tenant):
            return await self._reading.stuck(tenant)

    async def stages(self, tenant: str) -> StagesAnswer:
        """How many cases are in each stage."""
        with self._at("stages", tenant):
            return await self._reading.stages(tenant)

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

    async def discard(self, tenant: str, operator: str, parked_id: str, request: DiscardRequest) -> ParkedMessage:
        """Give it up, for a reason."""
        with self._at("discard", tenant):
            return await self._parking.discard(tenant, operator, parked_id, request)

    async def flags(self, tenant: str) -> FlagsAnswer:
        """What must be done by hand about cases."""
        with self._at("flags", tenant):
            return await self._parking.flags(tenant)

    async def clear_flag(self, tenant: str, operator: str, request: FlagCleared) -> FlagsAnswer:
        """It was done."""
        with self._at("clear_flag", tenant):
            return await self._parking.clear_flag(tenant, operator, request)

    @contextmanager
    def _at(self, door: str, tenant: str) -> Iterator[None]:
        """Count what is refused within, in the doors' own words."""
        with self.refusals.at(door, tenant):
            try:
                yield
            except RecordUnavailable:
                raise ServiceUnavailable("the record cannot be reached; nothing was accepted, send it again") from None
            except ClaimRefused as error:
                until = f" (until {error.until.isoformat()})" if error.until else ""
                raise Refused(error.code, f"{error}{until}") from None
            except KeyDestroyed:
                raise Refused("erased", "what this is about was erased; nothing can be read or added") from None
            except UnknownSomething as error:
                raise NotFound("unknown", str(error)) from None
