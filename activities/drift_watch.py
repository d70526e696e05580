"""Effect: counts what was said hour by hour, and raises an alarm where a detector or rule drifts. Run by a schedule."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from opentelemetry import metrics
from temporalio import activity

from activities.packs_in_force import PacksInForce
from activities.pulse import Pulse
from cases.drift import Moved
from cases.drift_alarms import HEARD_LATELY, HOUR, SPANS, Span, Standing, begun, counted, over
from cases.policy import PolicyPack
from cases.said import Said, said_in
from record import alarms, said
from record.pool import tenants
from record.record import Record

logger = logging.getLogger(__name__)

KIND: Final = "drift"
SETTLED: Final = timedelta(minutes=2)  # after the hour: whatever was recorded within it is committed
REACH: Final = max(span.reach for span in SPANS)
HOURS_AT_ONCE: Final = 48  # of one tenant in one look; the next takes the rest
ALARMS_AT_ONCE: Final = 1_000


class DriftWatch:
    """Looks at what machines said; safe to repeat, and what it missed while it was away it makes up for."""

    def __init__(self, record: Record, packs: PacksInForce, now: Callable[[], datetime]) -> None:
        self._record, self._packs, self._now = record, packs, now
        meter = metrics.get_meter("dueprocess")
        self._standing = meter.create_gauge("dueprocess.drifts", description="detectors and rules that drift")

    @activity.defn
    async def watch_drift(self) -> int:
        """Count every hour that is over, and compare it with what was before. Returns how many drifts began."""
        pulse, found = Pulse(), 0
        for tenant in await tenants(self._record.pool):
            found += await self._watch(tenant, pulse)
        return found

    async def _watch(self, tenant: str, pulse: Pulse) -> int:
        ended = (self._now() - SETTLED).replace(minute=0, second=0, microsecond=0)
        last = await said.through(self._record, tenant)
        hour = last + HOUR if last else ended - SPANS[0].history * HOUR
        begun_now = 0
        for done in range(HOURS_AT_ONCE):
            if hour >= ended:
                break
            pack = await self._packs.of(tenant, hour + HOUR)
            await self._count(tenant, hour, pack)
            begun_now += await self._compare(tenant, hour + HOUR, pack)
            hour += HOUR
            pulse.beat(done)
        return begun_now

    async def _count(self, tenant: str, hour: datetime, pack: PolicyPack) -> None:
        found: list[Said] = []
        async for page in said.triaged_within(self._record, tenant, hour, hour + HOUR):
            found += await asyncio.to_thread(lambda events: list(said_in(events, pack)), page)
        await said.keep(self._record, tenant, hour, counted(found, hour))
        if hour.hour == 0:
            await said.forget(self._record, tenant, hour - REACH - HOUR)

    async def _compare(self, tenant: str, until: datetime, pack: PolicyPack) -> int:
        """Raise what begins and end what is over, as of the end of an hour."""
        known = await self._known(tenant, until)
        hours = await said.hours_since(self._record, tenant, until - REACH)
        changed = await self._rules_since(tenant, until, pack)
        found = 0
        for span in (one for one in SPANS if one.ends_at(until)):
            gone = await asyncio.to_thread(over, hours, until, span, known)
            if gone:
                await alarms.end(self._record, tenant, KIND, gone, self._now())
                logger.warning("drifts are over", extra={"event": "drift_over", "tenant": tenant, "drifts": len(gone)})
            new = await asyncio.to_thread(begun, hours, until, span, known, changed)
            found += await self._raise(tenant, until, span, new)
            known = await self._known(tenant, until)
        self._standing.set(sum(one.ended_at is None for one in known), {"tenant": tenant})
        return found

    async def _raise(self, tenant: str, until: datetime, span: Span, new: Mapping[str, Moved]) -> int:
        raised = 0
        for who, seen in sorted(new.items()):
            told = {"span": span.name, **seen.model_dump(mode="json", exclude={"who"})}
            since = until - span.in_a_row * span.length
            raised += await alarms.begin(self._record, tenant, KIND, who, told, since, self._now())
        if raised:
            logger.error("drifts began", extra={"event": "drift_began", "tenant": tenant, "drifts": raised})
        return raised

    async def _known(self, tenant: str, until: datetime) -> list[Standing]:
        found = await alarms.since(self._record, tenant, until - HEARD_LATELY, ALARMS_AT_ONCE)
        return [
            Standing(who=one.about, span=str(one.told["span"]), since=one.since, ended_at=one.ended_at)
            for one in found
            if one.kind == KIND
        ]

    async def _rules_since(self, tenant: str, until: datetime, pack: PolicyPack) -> dict[str, datetime]:
        """Since when the rules stand as they do: a release makes other rules of them, and that is no drift."""
        release = (await self._packs.releases(tenant, until)).in_force(until)
        if release is None or release.effective_at is None:
            return {}
        return {rule.id: release.effective_at for rule in pack.rules}
