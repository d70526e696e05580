"""Cases' runs driven by hand: everything is real but Temporal, in whose place a test says what happens next, and who dies.

A run does what `CaseWorkflow` does: takes mail, judges, ticks, assesses, carries out one duty at a time, through the activities
that the worker registers, on a real Postgres, with the simulated world over HTTP and SMTP. What a test may choose besides is
which duty comes first, and where the process dies: after a step was done and before the run heard of it.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities import stubs
from activities.mail import MailUnavailable, Postponed
from activities.platform_client import PlatformAway
from cases.case import Case
from cases.duties import Capture, Duty, Enforce, OpenAccountCase, Tell, assessment_due, due_tick, duties
from cases.events import (
    AccountCaseOpened,
    CaseEvent,
    EvidenceCaptured,
    OrderConfirmed,
    OrderStuck,
    OrderVoided,
    ReceiptsSent,
    Told,
)
from cases.folding import fold, fold_all
from cases.holds import ever_in_force
from cases.interventions import SEEN_TO_WITHIN, OrderGivenUp
from cases.judging import consequences, tick_events
from cases.judging_given_up import dropped
from cases.measures import Order, OrderStage, missed
from cases.projection import project
from tests.conftest import Database
from tests.integration.kit import TENANT, MovableClock, World, a_world
from workers.generated_secrets import make_secrets
from workers.preparing import prepare
from workers.settings import Settings
from workers.wiring import Means, build_effects, http_client, open_means

AWAY = (PlatformAway, ApplicationError, MailUnavailable, Postponed)
CARRIED_OUT = (Capture, Enforce, Tell, OpenAccountCase)  # filings, hearings and batches are runs of their own
Chance = Callable[[], bool]


class Died(Exception):
    """The process is gone: whatever the run knew, it has to read again."""


@dataclass
class Driven:
    """An installation without a Temporal server. effects: activities by name; rung: streams for which somebody rang."""

    means: Means
    world: World
    clock: MovableClock
    settings: Settings
    effects: dict[str, Callable[[Any], Any]]
    rung: set[str] = field(default_factory=set)

    async def effect(self, name: str, request: Any) -> Any:
        """One activity, as a worker would run it."""
        return await ActivityEnvironment().run(self.effects[name], request)


class Rings:
    """In the place of the doorbell."""

    def __init__(self) -> None:
        self.rung: set[str] = set()

    async def ring(self, stream_id: str, *hints: Any) -> None:
        self.rung.add(stream_id)

    def ring_soon(self, stream_id: str, *hints: Any) -> None:
        self.rung.add(stream_id)

    async def knock(self, tenant: str, bulk_id: str) -> bool:
        return True


@dataclass
class DrivenRun:
    """One case's run. dies: asked after each step that changed the world or the record. gives_up: of a stuck order that failed
    again, whether the pack's time for trying is over.
    """

    driven: Driven
    stream: str
    dies: Chance
    gives_up: Chance = lambda: False
    case: Case | None = None  # None: no process knows the case

    async def turn(self, pick: Callable[[list[Duty]], Duty], raw: tuple[stubs.RawMessage, ...] = ()) -> bool:
        """One turn of the run's loop. pick: which duty is carried out first. Whether there was anything to do."""
        try:
            before = self.case.sequence if self.case else -1
            await self._take_mail(raw)
            await self._tick()
            await self._assess()
            await self._record(dropped(self._known, self.now))
            ready = [duty for duty in duties(self._known, self.now) if isinstance(duty, CARRIED_OUT)]
            if ready:
                await self._carry_out(pick(ready))
            return bool(ready) or self._known.sequence > before
        except Died:
            self.case = None
            return True

    @property
    def now(self) -> datetime:
        return self.driven.clock()

    @property
    def _known(self) -> Case:
        assert self.case is not None
        return self.case

    async def _take_mail(self, raw: tuple[stubs.RawMessage, ...]) -> None:
        seen = self.case.sequence if self.case else None
        request = stubs.TakeMail(stream=self.stream, now=self.now, raw=raw, seen=seen)
        mail = await self._done("take_mail", request)
        self.case = mail.earlier if mail.earlier is not None else self._known
        for place, event in enumerate(mail.events, 1):
            self.case = fold(self._known, event)
            owed = consequences(self._known, event, self.now)
            self.case = fold_all(self._known, mail.events[place:]) if owed else self._known
            await self._record(owed)

    async def _tick(self) -> None:
        while tick := due_tick(self._known, self.now):
            await self._record(tick_events(self._known, tick, self.now))

    async def _assess(self) -> None:
        while (through := assessment_due(self._known)) is not None:
            request = stubs.AssessCase(case=self._known, through=through, now=self.now)
            stored = await self._done("assess_case", request)
            self.case = fold_all(self._known, stored.events)

    async def _record(self, events: tuple[CaseEvent, ...]) -> None:
        if not events:
            return
        projection = project(fold_all(self._known, events))
        request = stubs.Append(stream=self.stream, now=self.now, events=events, projection=projection)
        stored = await self._done("record_events", request)
        self.case = fold_all(self._known, stored.events)

    async def _done(self, name: str, request: Any) -> Any:
        answer = await self.driven.effect(name, request)
        if self.dies():
            raise Died
        return answer

    # What is owed ---------------------------------------------------------------------------------------------------

    async def _carry_out(self, duty: Duty) -> None:
        try:
            await self._record(await self._came_of(duty))
        except AWAY:
            if isinstance(duty, Enforce) and duty.order.stage is OrderStage.ISSUED:
                await self._stuck(duty.order)
            elif isinstance(duty, Enforce) and self.gives_up():
                await self._given_up(duty.order)

    async def _came_of(self, duty: Duty) -> tuple[CaseEvent, ...]:
        match duty:
            case Capture():
                request = stubs.CaptureEvidence(case_id=self.stream, now=self.now)
                captured = await self._done("capture_evidence", request)
                return (self._event(f"evidence:{duty.cause}", EvidenceCaptured(evidence=captured)),)
            case Enforce():
                return await self._enforced(duty.order)
            case Tell():
                return await self._told(duty)
            case OpenAccountCase():
                wanted = stubs.AccountCaseWanted(case_id=self.stream, rule_id=duty.ask.rule_id, area=duty.ask.area)
                answer = await self._done("open_account_case", wanted)
                opened = AccountCaseOpened(
                    rule_id=duty.ask.rule_id, area=duty.ask.area, account_case=answer.account_case
                )
                return (self._event(f"account:{duty.ask.area}", opened),)
        raise AssertionError(duty)

    async def _enforced(self, order: Order) -> tuple[CaseEvent, ...]:
        answer = await self._done("enforce", stubs.Enforcement(case_id=self.stream, order=order))
        if answer.how == "skipped":
            return ()
        if answer.how in ("edited", "unknown_target"):
            voided = OrderVoided(order_id=order.order_id, reason=answer.how, unsaid=True, lifts=bool(order.impose))
            return (self._event(f"order:{order.try_id}:voided", voided),)
        done = OrderConfirmed(
            order_id=order.order_id,
            target_version=answer.target_version,
            how=answer.how,
            missed=missed(order, answer.how, self.now),
            lifted=ever_in_force(self._known, order.revoke),
        )
        return (self._event(f"order:{order.try_id}:confirmed", done),)

    async def _stuck(self, order: Order) -> None:
        await self._record((self._event(f"order:{order.try_id}:stuck", OrderStuck(order_id=order.order_id)),))

    async def _given_up(self, order: Order) -> None:
        given_up = OrderGivenUp(order_id=order.order_id, due_at=self.now + SEEN_TO_WITHIN)
        await self._record((self._event(f"order:{order.try_id}:given_up", given_up),))

    async def _told(self, duty: Tell) -> tuple[CaseEvent, ...]:
        request = stubs.TellPeople(
            case_id=self.stream, notices=duty.notices, receipts_through=duty.receipts_through, now=self.now
        )
        deliveries = await self._done("tell_people", request)
        return tuple(self._delivered(one, duty.receipts_through) for one in deliveries)

    def _delivered(self, delivery: stubs.Delivery, through: int) -> CaseEvent:
        if delivery.notice_id == "receipts":
            return self._event(f"receipts:{through}", ReceiptsSent(through=through, sent=delivery.sent))
        told = Told(notice_id=delivery.notice_id, sent=delivery.sent, undeliverable=delivery.undeliverable)
        return self._event(f"told:{delivery.notice_id}", told)

    def _event(self, event_id: str, body: Any) -> CaseEvent:
        return CaseEvent(event_id=event_id, occurred_at=self.now, body=body)


@asynccontextmanager
async def a_driven_installation(database: Database, folder: Path) -> AsyncIterator[Driven]:
    """Record, effects and world; nobody answers where Temporal's address is."""
    clock, rings = MovableClock(), Rings()
    variables = make_secrets(folder / "secrets", (TENANT,))
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(a_world(folder, variables, clock))
        host, _, port = world.urls["smtp"].removeprefix("http://").rpartition(":")
        named = {
            **variables,
            "DUEPROCESS_DATA": str(folder),
            "DUEPROCESS_TENANTS": TENANT,
            "DUEPROCESS_DATABASE_DSN": database.app_dsn,
            "DUEPROCESS_DATABASE_OWNER_DSN": database.owner_dsn,
            "DUEPROCESS_TEMPORAL_ADDRESS": "127.0.0.1:9",
            "DUEPROCESS_PLATFORM_URL": world.urls["platform"],
            "DUEPROCESS_TRANSPARENCY_URL": world.urls["transparency"],
            "DUEPROCESS_MAILBOX_URL": world.urls["mailbox"],
            "DUEPROCESS_SMTP_HOST": host,
            "DUEPROCESS_SMTP_PORT": port,
        }
        settings = Settings(**{name.removeprefix("DUEPROCESS_").lower(): value for name, value in named.items()})  # type: ignore[arg-type]
        await prepare(database.owner_dsn, settings, tokenless_decisions=True)
        means = await open_means(settings, "test")
        stack.push_async_callback(means.aclose)
        http = await stack.enter_async_context(http_client())
        effects = build_effects(means, http, rings, clock)  # type: ignore[arg-type]  # it rings, and that is all
        named_effects = {one.__name__: one for group in effects.values() for one in group}
        yield Driven(means, world, clock, settings, named_effects, rings.rung)
