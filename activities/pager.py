"""Effect: a call to whoever calls people."""

import base64
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import httpx2
import orjson

from cases.hook_signatures import signed
from record import watching

PATIENCE_SECONDS: Final = 5.0  # with a pager: 50 calls of one look fit into the activity's minute though none is taken


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
        told = {
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
        return await self.post(f"{page.page_id}.{page.attempts}", told)

    async def post(self, call_id: str, told: Mapping[str, Any]) -> bool:
        """One call, signed; whether it was taken. call_id: the same where it is the same call again."""
        body = orjson.dumps(told)
        proof = signed((self._key,), call_id, self._now(), body)
        headers = {**proof, "content-type": "application/json"}
        try:
            response = await self._http.request(
                "POST", self._url, content=body, headers=headers, follow_redirects=False, timeout=PATIENCE_SECONDS
            )
        except httpx2.HTTPError:
            return False
        return response.is_success
