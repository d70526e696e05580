"""The EU transparency database as we speak to it: one statement at a time; a campaign's by the hundred.

The batch endpoint can mark a puid as taken although nothing was stored under it: one that is twice in a request, and one that
another request has under way. A puid of ours names one target of one decision, and is in one request at a time; a request that
had no answer is repeated only when its lock is over. So a puid of ours that the database calls taken, once no request of ours
can be under way any more, is a statement of ours that it stored.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, Literal
from urllib.parse import quote

import httpx2
import orjson

from cases.errors import CaseError
from cases.facts import Fact

LOCK: Final = timedelta(seconds=31)  # the database keeps a puid locked for 30 s while a request with it is under way
ANSWER_SECONDS: Final = 20.0
AT_ONCE: Final = 100  # statements of one request
_RETRY_AFTER_LIMIT: Final = timedelta(minutes=10)
_MAX_FIELDS: Final = 16


class DatabaseAway(CaseError):
    """The database did not answer as it should; the statement is sent again. retry_after: as it asked, if it did."""

    def __init__(self, message: str, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TokenRefused(CaseError):
    """The database does not take our token."""


class Reply(Fact):
    """What the database said. fields: which it found wrong, names only. uuid: its own id of what it stored."""

    how: Literal["stored", "taken", "refused"]
    uuid: str | None = None
    fields: tuple[str, ...] = ()


class BatchReply(Fact):
    """What the database said of a batch; but for stored, it stored nothing of it. uuids: its own ids, by puid. taken: puids.

    wrong: by the statement's place in the batch, the names of the fields that it found wrong.
    """

    how: Literal["stored", "taken", "refused"]
    uuids: dict[str, str] = {}
    taken: tuple[str, ...] = ()
    wrong: dict[int, tuple[str, ...]] = {}


class TransparencyClient:
    """Effect: HTTP to the database. url: its address up to `/api`; token: `<id>|<secret>`."""

    def __init__(self, http: httpx2.AsyncClient, url: str, token: str) -> None:
        self._http = http
        self._url = url.rstrip("/")
        self._headers = {
            "authorization": f"Bearer {token}",
            "accept": "application/json",
            "content-type": "application/json",
        }

    async def file(self, payload: dict[str, Any]) -> Reply:
        """Lodge one statement. Raises DatabaseAway, TokenRefused."""
        answer = await self._ask("POST", "/api/v1/statement", orjson.dumps(payload))
        body = _object(answer)
        if answer.status_code == 201 and isinstance(body.get("uuid"), str):
            return Reply(how="stored", uuid=body["uuid"])
        if answer.status_code == 422:
            return _refusal(body)
        raise DatabaseAway(f"the database answers {answer.status_code}, and that is no answer to a statement")

    async def file_many(self, payloads: Sequence[dict[str, Any]]) -> BatchReply:
        """Lodge up to a hundred statements, all or none. Raises DatabaseAway, TokenRefused."""
        answer = await self._ask("POST", "/api/v1/statements", orjson.dumps({"statements": list(payloads)}))
        body = _object(answer)
        if answer.status_code == 201 and isinstance(body.get("statements"), list):
            return BatchReply(how="stored", uuids={str(one["puid"]): str(one["uuid"]) for one in body["statements"]})
        if answer.status_code == 422:
            return _batch_refusal(body, len(payloads))
        raise DatabaseAway(f"the database answers {answer.status_code}, and that is no answer to statements")

    async def holds(self, puid: str) -> bool:
        """Whether the database calls this puid taken. Raises DatabaseAway, TokenRefused."""
        answer = await self._ask("GET", f"/api/v1/statement/existing-puid/{quote(puid, safe='')}")
        if answer.status_code not in (302, 404):  # found is a redirect to nowhere
            raise DatabaseAway(f"the database answers {answer.status_code} when asked for a puid")
        return answer.status_code == 302

    async def _ask(self, method: str, path: str, body: bytes | None = None) -> httpx2.Response:
        try:
            answer = await self._http.request(
                method,
                f"{self._url}{path}",
                content=body,
                headers=self._headers,
                follow_redirects=False,
                timeout=ANSWER_SECONDS,
            )
        except httpx2.HTTPError as error:
            raise DatabaseAway(f"the database cannot be reached: {type(error).__name__}") from None
        if answer.status_code in (401, 403):
            raise TokenRefused(
                f"the database answers {answer.status_code}: DUEPROCESS_TRANSPARENCY_TOKEN is no longer valid, or its user "
                "may not create and view statements"
            )
        if answer.status_code == 429 or answer.status_code >= 500:
            raise DatabaseAway(f"the database answers {answer.status_code}", _retry_after(answer))
        return answer


def _refusal(body: dict[str, Any]) -> Reply:
    errors = body.get("errors")
    named = tuple(sorted(str(field)[:80] for field in errors))[:_MAX_FIELDS] if isinstance(errors, dict) else ()
    if named == ("puid",) and "existing" in body:
        return Reply(how="taken")
    return Reply(how="refused", fields=named)


def _batch_refusal(body: dict[str, Any], size: int) -> BatchReply:
    """Which are taken, or wrong. A refusal that names none is all of theirs: none of them can be told apart."""
    errors = body.get("errors")
    errors = errors if isinstance(errors, dict) else {}
    if isinstance(errors.get("existing_puids"), list):
        return BatchReply(how="taken", taken=tuple(map(str, errors["existing_puids"])))
    wrong = {
        int(place): tuple(sorted(str(field)[:80] for field in fields))[:_MAX_FIELDS]
        for name, fields in errors.items()
        if isinstance(fields, dict) and (place := name.removeprefix("statement_")).isdecimal() and int(place) < size
    }
    return BatchReply(how="refused", wrong=wrong or dict.fromkeys(range(size), ()))


def _object(answer: httpx2.Response) -> dict[str, Any]:
    try:
        body = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _retry_after(answer: httpx2.Response) -> timedelta | None:
    seconds = answer.headers.get("retry-after", "")
    return min(timedelta(seconds=int(seconds)), _RETRY_AFTER_LIMIT) if seconds.isdecimal() else None
