"""Effect: overdue tasks go a tier up, and a person is called where somebody may be in danger. Run by a schedule."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from temporalio import activity

from activities.alarm_calls import AlarmCalls
from activities.pager import Pager
from activities.watching import OpenCalls
from record import quality, watching
from record.pool import tenants
from record.record import Record

CALLS_AT_ONCE: Final = 8  # of one tenant

logger = logging.getLogger("dueprocess.paging")


class Watching:
    """Looks at open tasks, and tells of alarms; safe to repeat."""

    def __init__(self, record: Record, pager: Pager, alarms: AlarmCalls, now: Callable[[], datetime]) -> None:
        self._record = record
        self._pager = pager
        self._alarms = alarms
        self._now = now
        self._calls = OpenCalls(record, now)

    @activity.defn
    async def watch_tasks(self) -> int:
        """Page, escalate, and put questions that check, tenant by tenant. Returns how many calls were taken.

        Calls come first, for every tenant at the same time; what goes wrong with one keeps nobody else from being called, and
        is raised at the end.
        """
        names = await tenants(self._record.pool)
        called = await asyncio.gather(*map(self._call, names), return_exceptions=True)
        tended = [await _outcome(self._tend(tenant)) for tenant in names]
        for failure in (one for one in (*called, *tended) if isinstance(one, BaseException)):
            raise failure
        return sum(one for one in called if isinstance(one, int))

    async def _call(self, tenant: str) -> int:
        pages = await watching.take_pages(self._record, tenant, self._now())
        at_once = asyncio.Semaphore(CALLS_AT_ONCE)

        async def one(page: watching.Page) -> bool:
            async with at_once:
                return await self._send(tenant, page)

        sent = sum(await asyncio.gather(*map(one, pages)))
        await self._calls.look(tenant)
        return sent + await self._alarms.tend(tenant)

    async def _tend(self, tenant: str) -> int:
        escalated = await watching.escalate(self._record, tenant, self._now())
        if escalated:
            logger.warning(
                "overdue tasks went a tier up",
                extra={"event": "tasks_escalated", "tenant": tenant, "tasks": escalated},
            )
        if placed := await quality.tend(self._record, tenant, self._now()):
            logger.info("questions that check", extra={"event": "probes_placed", "tenant": tenant, "tasks": placed})
        return placed

    async def _send(self, tenant: str, page: watching.Page) -> bool:
        noted = {"tenant": tenant, "page_id": page.page_id, "page_level": page.level, "attempts": page.attempts}
        if not self._pager.configured:
            logger.error("nobody is called: DUEPROCESS_PAGER_URL is not set", extra={"event": "page_unsent", **noted})
            return False
        if not await self._pager.call(tenant, page):
            logger.error("the pager did not take a page", extra={"event": "page_unsent", **noted})
            return False
        await watching.page_sent(self._record, tenant, page.page_id, self._now())
        logger.warning("a person is called", extra={"event": "page_sent", **noted})
        return True


async def _outcome(step: Awaitable[int]) -> int | Exception:
    try:
        return await step
    except Exception as failure:  # raised again, when everybody had their turn
        return failure
