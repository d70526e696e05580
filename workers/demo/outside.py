"""The simulated outside world as a demo sees it: what users do, what a visitor sees, what arrived, what was filed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx2

from workers.settings import Settings

PAGE = 1_000


@dataclass(frozen=True)
class Mail:
    """One distinct mail."""

    sequence: int
    message_id: str
    notice: str
    kind: str
    to: str
    subject_line: str
    received_at: datetime
    arrivals: int


class Outside:
    """The platform's users and pages, the mailbox, the EU database; every simulator's control API."""

    def __init__(self, settings: Settings, http: httpx2.AsyncClient) -> None:
        self._settings, self._http = settings, http

    async def account(self, account_id: str, name: str) -> str:
        """Make a synthetic account; its address."""
        address = f"{account_id}@example.invalid"
        draft = {"id": account_id, "display_name": name, "address": address, "country": "DE"}
        (await self._platform("POST", "/users-api/accounts", draft)).raise_for_status()
        return address

    async def post(self, post_id: str, author_id: str, text: str) -> int:
        """Publish; the platform's status, 403 where the author is suspended."""
        draft = {"id": post_id, "author_id": author_id, "text": text, "language": "en", "sensitive": True}
        return (await self._platform("POST", "/users-api/posts", draft)).status_code

    async def seen(self, post_id: str) -> dict[str, Any] | None:
        """The post as a visitor meets it; None where it is not shown."""
        answer = await self._platform("GET", f"/feed.json?id={post_id}&reveal={post_id}")
        items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
        return next((one for one in items if one["id"] == post_id), None)

    async def orders(self, target_id: str) -> list[dict[str, Any]]:
        """What the platform logged of orders on this target, oldest first."""
        return [one for one in await self._log() if one["event"] == "order" and one.get("id") == target_id]

    async def fault(self, **fault: Any) -> None:
        """Make the platform fail so; nothing: healthy again."""
        (await self._platform("POST", "/control/faults", fault)).raise_for_status()

    async def mails(self, to: str) -> list[Mail]:
        """Mails to this address, oldest first."""
        answer = await self._http.get(f"{self._settings.mailbox_url}/messages", params={"to": to, "limit": PAGE})
        return sorted(map(_mail, answer.raise_for_status().json()["messages"]), key=lambda mail: mail.sequence)

    async def text(self, mail: Mail) -> str:
        """The text part of a mail, in one line a paragraph."""
        answer = await self._http.get(f"{self._settings.mailbox_url}/messages/{mail.sequence}")
        return str(answer.raise_for_status().json()["text"])

    async def statement(self, puid: str) -> dict[str, Any] | None:
        """The statement filed under this puid."""
        answer = await self._http.get(f"{self._settings.transparency_url}/control/statements", params={"puid": puid})
        statements: list[dict[str, Any]] = answer.raise_for_status().json()["statements"]
        return next((one for one in statements if one["puid"] == puid), None)

    async def _log(self) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = []
        while True:
            after = entries[-1]["sequence"] if entries else 0
            answer = await self._platform("GET", f"/control/log?after={after}&limit={PAGE}")
            page: list[dict[str, Any]] = answer.raise_for_status().json()["entries"]
            entries += page
            if len(page) < PAGE:
                return entries

    async def _platform(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx2.Response:
        return await self._http.request(method, self._settings.platform_url + path, json=body)


@asynccontextmanager
async def open_outside(settings: Settings) -> AsyncIterator[Outside]:
    """The world around the installation of these settings."""
    async with httpx2.AsyncClient(timeout=30, trust_env=False) as http:
        yield Outside(settings, http)


def _mail(one: dict[str, Any]) -> Mail:
    return Mail(
        sequence=one["sequence"],
        message_id=one["message_id"],
        notice=one["notice"] or "",
        kind=one["kind"] or "",
        to=one["to"][0],
        subject_line=one["subject_line"],
        received_at=datetime.fromisoformat(one["received_at"]),
        arrivals=len(one["arrivals"]),
    )
