"""`dueprocess reconcile`: fetches both sides, lets `comparison.py` judge, and looks again while things are in flight."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

import httpx2

from activities.platform_client import PlatformAway, PlatformClient
from api.cli.exits import Unavailable
from cases.case import Case
from cases.folding import fold_all
from cases.measures import Measure
from cases.names import SubjectKind, kind_of
from record import events, reconcile
from record.pool import tenants
from record.record import Record
from workers.comparison import (
    CaseOrder,
    Comparison,
    InboxRow,
    Mail,
    PlatformTarget,
    RecordedFiling,
    RecordedNotice,
    RecordedTarget,
    RecordSide,
    Statement,
    StreamState,
    WorldSide,
    compare,
    measure_states,
)
from workers.settings import Settings

if TYPE_CHECKING:
    from record.reconcile import OrderEntry, TargetEntry

AT_ONCE: Final = 8
LOOK_AGAIN_SECONDS: Final = 1.0
PAGE: Final = 1_000

T = TypeVar("T")
R = TypeVar("R")


async def reconcile_all(
    record: Record, settings: Settings, settle_seconds: float, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Comparison:
    """The comparison of the whole installation, all tenants: mailbox and filings are not told apart by tenant.

    settle_seconds: how long what is in flight is waited for; the last look counts.
    Raises Unavailable where the platform, mailbox or database does not answer, RecordUnavailable.
    """
    ends_at = asyncio.get_running_loop().time() + settle_seconds
    async with httpx2.AsyncClient(timeout=30, trust_env=False) as http:
        while True:
            outcome = await look_once(record, settings, http, now())
            settled = not outcome.differences and not outcome.pending
            if settled or asyncio.get_running_loop().time() + LOOK_AGAIN_SECONDS > ends_at:
                return outcome
            await asyncio.sleep(LOOK_AGAIN_SECONDS)


async def look_once(record: Record, settings: Settings, http: httpx2.AsyncClient, now: datetime) -> Comparison:
    """One comparison. The record is read before the world and after it: what changed meanwhile is in flight."""
    entries = {tenant: await reconcile.targets(record, tenant, now) for tenant in await tenants(record.pool)}
    before = _joined([await record_side(record, tenant, targets) for tenant, targets in entries.items()])
    asked = [(tenant, entry) for tenant, targets in entries.items() for entry in targets]
    world = WorldSide(
        targets=await platform_side(settings, http, asked, now) if settings.platform_url else None,
        mails=await mailbox_side(settings.mailbox_url, http) if settings.mailbox_url else None,
        statements=await statements_side(settings.transparency_url, http) if settings.transparency_url else None,
    )
    after = _joined([await world_facing(record, tenant, now) for tenant in entries])
    return compare(in_flight_marked(before, after), world, now)


def in_flight_marked(before: RecordSide, after: RecordSide) -> RecordSide:
    """What was read before, with everything that is new or changed after marked as still under way."""
    steady_targets, steady_notices, steady_filings = set(before.targets), set(before.notices), set(before.filings)
    return replace(
        before,
        targets=[one if one in steady_targets else replace(one, open=max(one.open, 1)) for one in after.targets],
        notices=[one if one in steady_notices else replace(one, state="sending") for one in after.notices],
        filings=[one if one in steady_filings else replace(one, state="owed") for one in after.filings],
    )


def _joined(sides: Sequence[RecordSide]) -> RecordSide:
    return RecordSide(
        streams=[one for side in sides for one in side.streams],
        inbox=[one for side in sides for one in side.inbox],
        orders=[one for side in sides for one in side.orders],
        targets=[one for side in sides for one in side.targets],
        notices=[one for side in sides for one in side.notices],
        filings=[one for side in sides for one in side.filings],
    )


async def world_facing(record: Record, tenant: str, now: datetime) -> RecordSide:
    """The part of one tenant's record that the world answers for. now: of the first reading, so that time changes nothing."""
    return RecordSide(
        targets=_targets(tenant, await reconcile.targets(record, tenant, now)),
        notices=await _notices(record, tenant),
        filings=await _filings(record, tenant),
    )


async def record_side(record: Record, tenant: str, targets: Sequence["TargetEntry"]) -> RecordSide:
    """What the record says of one tenant."""
    breaks = {
        one.stream_id: f"event {one.sequence} is {one.problem}" for one in await events.verify_all(record, tenant)
    }
    orphans: dict[str, list[int]] = {}
    for orphan in await reconcile.orphans(record, tenant):
        orphans.setdefault(orphan.stream_id, []).append(int(orphan.event_id.removeprefix("inbox:")))
    streams = await reconcile.streams(record, tenant)
    return RecordSide(
        streams=[StreamState(name, breaks.get(name, ""), tuple(orphans.get(name, ()))) for name, _ in streams],
        inbox=[
            InboxRow(one.stream_id, one.number, one.kind, one.received_at, one.consumed, one.event)
            for one in await reconcile.inbox_entries(record, tenant)
        ],
        orders=await _orders(record, tenant, [name for name, case_id in streams if name == case_id]),
        targets=_targets(tenant, targets),
        notices=await _notices(record, tenant),
        filings=await _filings(record, tenant),
    )


async def _orders(record: Record, tenant: str, case_ids: Sequence[str]) -> list[CaseOrder]:
    """Orders as the events tell them beside orders as the table has them."""
    by_table: dict[str, dict[str, OrderEntry]] = {}
    for entry in await reconcile.orders(record, tenant):
        by_table.setdefault(entry.case_id, {})[entry.order_id] = entry
    found: list[CaseOrder] = []
    async for case_id, case in _each(case_ids, lambda case_id: whole_case(record, case_id)):
        if case is None:
            continue
        table = {order_id: entry.stage for order_id, entry in by_table.get(case_id, {}).items()}
        told = {order.order_id: str(order.stage.value) for order in case.orders}
        if kind_of(case_id) is SubjectKind.CAMPAIGN:  # its events tell of batches, the table of each member's order
            told = dict(table)
        ids = sorted(told.keys() | table.keys())
        found += [CaseOrder(case_id, one, told.get(one), table.get(one)) for one in ids]
    return found


async def whole_case(record: Record, case_id: str) -> Case | None:
    """The case as all of its events tell it; None where some are gone with a destroyed key."""
    stored = await events.load(record, case_id)
    if [event.sequence for event in stored] != list(range(1, len(stored) + 1)):
        return None
    return fold_all(Case(case_id=case_id), stored)


def _targets(tenant: str, entries: Sequence["TargetEntry"]) -> list[RecordedTarget]:
    """Without those whose platform id is gone with a destroyed key: nobody can ask for them any more."""
    return [
        RecordedTarget(
            tenant, one.target_key, one.cases, one.version, one.open_orders, _states(one.measures), one.by_hand
        )
        for one in entries
        if one.platform_id is not None
    ]


async def _notices(record: Record, tenant: str) -> list[RecordedNotice]:
    rows = await reconcile.mails(record, tenant)
    return [RecordedNotice(one.case_id, one.notice_id, one.message_id, one.state) for one in rows]


async def _filings(record: Record, tenant: str) -> list[RecordedFiling]:
    rows = await reconcile.filings(record, tenant)
    return [RecordedFiling(one.case_id, one.filing_id, one.filing_id, one.state, one.uuid) for one in rows]


async def platform_side(
    settings: Settings, http: httpx2.AsyncClient, targets: Iterable[tuple[str, "TargetEntry"]], now: datetime
) -> dict[tuple[str, str], PlatformTarget]:
    """What is in force on each target, read back from the platform by signed requests. Raises Unavailable."""
    secret = settings.platform_secret.get_secret_value()
    platform = PlatformClient(http, settings.platform_url, secret, lambda: now)

    async def ask(target: tuple[str, "TargetEntry"]) -> PlatformTarget | None:
        _, entry = target
        if entry.platform_id is None:
            return None
        state = await platform.target(entry.kind, entry.platform_id)
        if state is None:
            return PlatformTarget(0, None)
        version = state.target_version if settings.platform_versions else None
        return PlatformTarget(version, measure_states(_live(state.measures, now)))

    found: dict[tuple[str, str], PlatformTarget] = {}
    try:
        async for (tenant, entry), there in _each(list(targets), ask):
            if there is not None:
                found[tenant, entry.target_key] = there
    except PlatformAway as error:
        raise Unavailable(f"{settings.platform_url}: {error}; nothing was compared") from None
    return found


async def mailbox_side(url: str, http: httpx2.AsyncClient) -> list[Mail]:
    """Every distinct mail in the simulated mailbox. Raises Unavailable."""
    mails: list[Mail] = []
    before: int | None = None
    while True:
        page = await _get(http, f"{url}/messages", {"limit": PAGE, **({"before": before} if before else {})})
        assert page is not None
        mails += [Mail(one["message_id"], one["notice"], len(one["arrivals"])) for one in page["messages"]]
        before = page["next_before"]
        if before is None:
            return mails


async def statements_side(url: str, http: httpx2.AsyncClient) -> list[Statement] | None:
    """Every statement in the simulated database; None for the real one, which has no such list. Raises Unavailable."""
    statements: list[Statement] = []
    before: int | None = None
    while True:
        page = await _get(http, f"{url}/control/statements", {"before": before} if before else {})
        if page is None:
            return None
        statements += [Statement(one["puid"], one["uuid"]) for one in page["statements"]]
        before = page["next_before"]
        if before is None:
            return statements


async def _get(http: httpx2.AsyncClient, url: str, query: dict[str, int]) -> Any:
    try:
        answer = await http.get(url, params=query)
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
        return answer.json()
    except (httpx2.HTTPError, ValueError) as error:
        raise Unavailable(
            f"{url} does not answer as it should ({type(error).__name__}); nothing was compared"
        ) from None


async def _each(items: Sequence[T], ask: Callable[[T], Awaitable[R]]) -> AsyncIterator[tuple[T, R]]:
    """Each item with its answer, a few asked at once."""
    for start in range(0, len(items), AT_ONCE):
        some = items[start : start + AT_ONCE]
        for item, answer in zip(some, await asyncio.gather(*(ask(one) for one in some)), strict=True):
            yield item, answer


def _states(measures: Iterable[Measure]) -> frozenset[Any]:
    return measure_states(
        [one.model_dump(mode="json", include={"measure_id", "kind", "until", "reach"}) for one in measures]
    )


def _live(measures: Iterable[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """Those whose time is not over; the platform keeps an ended one until the next order."""
    return [one for one in measures if one.get("until") is None or datetime.fromisoformat(one["until"]) > now]
