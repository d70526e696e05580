"""Effect: overdue tasks go a tier up, and a person is called where somebody may be in danger. Run by a schedule."""

import asyncio
import base64
import hmac
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from hashlib import sha256
from typing import Final

import httpx2
import orjson
from temporalio import activity

from activities.watching import OpenCalls
from record import quality, watching
from record.pool import tenants
from record.record import Record

CALLS_AT_ONCE: Final = 8  # of one tenant
PATIENCE_SECONDS: Final = 5.0  # with a pager: 50 calls of one look fit into the activity's minute though none is taken

logger = logging.getLogger("dueprocess.paging")


class Pager:
    """Speaks Standard Webhooks to whatever calls people. url: empty where there is none; secret: `whsec_` and base64."""

    def __init__(self, http: httpx2.AsyncClient, url: str, secret: str, now: Callable[[], datetime]) -> None:
        self._http = http
        self._url = url
        self._key = base64.b64decode(secret.removeprefix("whsec_"))
        self._now = now

    @property
    def configured(self) -> bool:
        """Whether there is anybody to call."""
        return bool(self._url)

    async def call(self, tenant: str, page: watching.Page) -> bool:
        """Call; whether it was taken. Ids and numbers only: a pager is somebody else's computer."""
        body = orjson.dumps(
            {
                "type": "page",
                "page_id": page.page_id,
                "tenant": tenant,
                "stream": page.stream_id,
                "task_id": page.task_id,
                "queue": page.queue,
                "severity": page.severity,
                "level": page.level,
                "opened_at": page.opened_at,
                "due_at": page.due_at,
            }
        )
        call_id, timestamp = f"{page.page_id}.{page.attempts}", str(int(self._now().timestamp()))
        signature = hmac.new(self._key, f"{call_id}.{timestamp}.".encode() + body, sha256).digest()
        headers = {
            "webhook-id": call_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
            "content-type": "application/json",
        }
        try:
            response = await self._http.request(
                "POST", self._url, content=body, headers=headers, follow_redirects=False, timeout=PATIENCE_SECONDS
            )
        except httpx2.HTTPError:
            return False
        return response.is_success


class Watching:
    """Looks at open tasks; safe to repeat."""

    def __init__(self, record: Record, pager: Pager, now: Callable[[], datetime]) -> None:
        self._record = record
        self._pager = pager
        self._now = now
        self._calls = OpenCalls(record, now)

    @activity.defn
    async def watch_tasks(self) -> int:
        """Page, escalate, and put questions that check, tenant by tenant. Returns how many pages were sent.

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
        return sent

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
        noted = {"tenant": tenant, "page_id": page.page_id, "level": page.level, "attempts": page.attempts}
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
