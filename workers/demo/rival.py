"""A plain fire-and-forget webhook pipeline, to compare with: what many teams write first, and some ship.

It accepts a report over HTTP, answers 202, decides in memory, fires one signed webhook without waiting for it, and mails
the author. No fault is built in: it has no store, no retry and no confirmation, and that is all.
`python -m workers.demo.rival`, configured by RIVAL_PORT, RIVAL_PLATFORM_URL, RIVAL_PLATFORM_SECRET, RIVAL_SMTP_PORT.
"""

import asyncio
import base64
import contextlib
import hmac
import json
import os
import time
from collections.abc import AsyncIterator
from email.message import EmailMessage
from hashlib import sha256
from typing import Any, Final

import aiosmtplib
import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TENANT: Final = "rival"
DECIDE_SECONDS: Final = 0.2  # what detectors and rules take; one report after another


class Pipeline:
    """Everything it knows is in this object."""

    def __init__(self, platform_url: str, secret: str, smtp_port: int) -> None:
        self._platform_url, self._smtp_port = platform_url, smtp_port
        self._key = base64.b64decode(secret.removeprefix("whsec_"))
        self._reports: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._webhooks: set[asyncio.Task[None]] = set()
        self._http = httpx2.AsyncClient(timeout=5, trust_env=False)

    async def accept(self, request: Request) -> Response:
        """202 as soon as it is in memory."""
        self._reports.put_nowait(await request.json())
        return JSONResponse({"status": "accepted"}, 202)

    async def health(self, request: Request) -> Response:
        """That it runs, and how many reports wait."""
        return JSONResponse({"waiting": self._reports.qsize()})

    async def work(self) -> None:
        """Decide one report after another."""
        while True:
            report = await self._reports.get()
            await asyncio.sleep(DECIDE_SECONDS)
            task = asyncio.create_task(self._remove(report["post_id"], report["message_id"]))
            self._webhooks.add(task)
            task.add_done_callback(self._webhooks.discard)
            await self._mail(report["author_address"], report["post_id"])

    async def _remove(self, post_id: str, message_id: str) -> None:
        order_id, since = f"rival-{message_id}", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        measure: dict[str, Any] = {
            "measure_id": f"rival-{post_id}",
            "kind": "remove",
            "since": since,
            "until": None,
            "reach": [],
        }
        order = {
            "order_id": order_id,
            "tenant": TENANT,
            "issued_at": since,
            "target": {"kind": "content", "id": post_id},
            "target_version": 1,
            "evidence": {"content_version": None},
            "state": {"measures": [measure]},
        }
        body, at = json.dumps(order).encode(), str(int(time.time()))
        signature = hmac.new(self._key, f"{order_id}.{at}.".encode() + body, sha256).digest()
        headers = {
            "webhook-id": order_id,
            "webhook-timestamp": at,
            "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
            "idempotency-key": order_id,
            "content-type": "application/json",
        }
        with contextlib.suppress(httpx2.HTTPError):
            await self._http.post(f"{self._platform_url}/orders", content=body, headers=headers)

    async def _mail(self, to: str, post_id: str) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "rival@dueprocess.invalid", to, "We removed your post"
        mail["Message-ID"] = f"<{time.time_ns():x}.rival@dueprocess.invalid>"
        mail.set_content(f"We removed your post {post_id}, because it does not fit our terms.")
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):
            await aiosmtplib.send(mail, hostname="127.0.0.1", port=self._smtp_port, start_tls=False)


def application(pipeline: Pipeline) -> Starlette:
    """Its one door, and a page to ask whether it runs."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        work = asyncio.create_task(pipeline.work())
        yield
        work.cancel()

    routes = [Route("/reports", pipeline.accept, methods=["POST"]), Route("/healthz", pipeline.health)]
    return Starlette(routes=routes, lifespan=lifespan)


def main() -> None:
    """Serve until killed."""
    given = os.environ
    pipeline = Pipeline(given["RIVAL_PLATFORM_URL"], given["RIVAL_PLATFORM_SECRET"], int(given["RIVAL_SMTP_PORT"]))
    uvicorn.run(application(pipeline), host="127.0.0.1", port=int(given["RIVAL_PORT"]), log_level="warning")


if __name__ == "__main__":
    main()
