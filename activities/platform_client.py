"""The platform as we speak to it: signed requests (Standard Webhooks), one POST per order, reads to capture and compare."""

import base64
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote
from uuid import uuid4

import httpx2
import orjson
from pydantic import AwareDatetime, ValidationError

from cases.capabilities import Capabilities
from cases.errors import CaseError
from cases.facts import Fact
from cases.hook_signatures import signed
from cases.languages import read_language
from cases.measures import Measure
from cases.media import Missing
from cases.messages import Person
from cases.names import SubjectKind
from cases.telling import Stance

T = TypeVar("T", bound=Fact)

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 20.0
BODY_LIMIT = 2_000_000  # bytes of one answer


class PlatformAway(CaseError):
    """The platform did not answer as it should; the request is repeated.

    code: what it met, without content. unknown: what was asked may have been done all the same.
    """

    def __init__(self, text: str, code: str = "wrong_form", *, unknown: bool = False) -> None:
        super().__init__(text)
        self.code = code
        self.unknown = unknown


class Author(Fact):
    """Who made the subject, as the platform knows them."""

    account_id: str
    address: str | None = None
    display_name: str | None = None
    language: str = "en"
    country: str | None = None
    created_at: AwareDatetime | None = None


def person_of(account: str, author: Author | None) -> Person:
    """Somebody as the record keeps people: an address that no mail could go to is none, and what is no language is English.

    Whatever the platform writes there, its content is judged.
    """
    language = read_language(author.language if author else None)
    try:
        return Person(account_id=account, address=author.address if author else None, language=language)
    except ValidationError:
        return Person(account_id=account, language=language)


class Snapshot(Fact):
    """The subject as it stands: content and context. Never logged, never in history."""

    kind: SubjectKind
    id: str
    content_version: str
    created_at: AwareDatetime
    surface: str = "public"
    language: str | None = None
    country: str | None = None
    text: str = ""
    attachments: tuple[dict[str, Any], ...] = ()
    author: Author | None = None
    community: dict[str, Any] | None = None
    thread: tuple[dict[str, Any], ...] = ()
    counters: dict[str, int] = {}

    def writers(self) -> list[str]:
        """Accounts of those who wrote what stands around it."""
        return [str(line["author_id"]) for line in self.thread if line.get("author_id")]

    def moderators(self) -> list[str]:
        """Accounts of a community's moderators."""
        return [str(one) for one in (self.community or {}).get("moderators", ())]

    def people(self) -> list[str]:
        """Every account in it: who made it or owns it, who moderates, who wrote."""
        made = [self.author.account_id] if self.author else []
        return [*made, *self.moderators(), *self.writers()]


class OrderAnswer(Fact):
    """What came of an order. how: applied, repeated, superseded, deleted_by_author, destroyed, edited, unknown_target,
    read_back."""

    how: str
    target_version: int = 0


class TargetState(Fact):
    """What the platform says is in force on a target. target_version: 0 from a platform that keeps none."""

    target_version: int = 0
    measures: tuple[dict[str, Any], ...] = ()
    visible: bool = True
    deleted: bool = False


class PlatformClient:
    """Effect: HTTP to the platform. now: the clock port, for the signature's timestamp."""

    def __init__(self, http: httpx2.AsyncClient, url: str, secret: str, now: Callable[[], datetime]) -> None:
        self._http = http
        self._url = url.rstrip("/")
        self._key = base64.b64decode(secret.removeprefix("whsec_"))
        self._now = now

    async def snapshot(self, kind: SubjectKind, subject_id: str) -> Snapshot | None:
        """The subject as it stands; None where it is gone or never was. Raises PlatformAway."""
        status, body = await self._ask("GET", f"/subjects/{kind}/{quote(subject_id, safe='')}", str(uuid4()))
        if status in (404, 410):
            return None
        return self._parsed(Snapshot, status, body)

    async def attachment(self, kind: SubjectKind, subject_id: str, digest: str, limit: int) -> bytes | Missing:
        """The bytes of one of a subject's attachments, or why there are none; not yet compared with their digest.

        digest: SHA-256 in hex, as the snapshot has it; the only name it is asked by. limit: bytes; of more, none are kept.
        Raises PlatformAway.
        """
        path = f"/subjects/{kind}/{quote(subject_id, safe='')}/attachments/{digest}"
        headers = {**self._signed(request_id := str(uuid4()), b""), "idempotency-key": request_id}
        headers["accept-encoding"] = "identity"  # what was packed could unpack to anything
        try:
            async with self._http.stream("GET", self._url + path, headers=headers, follow_redirects=False) as response:
                if response.status_code in (404, 410):
                    return Missing.GONE
                if response.status_code != 200:
                    raise _answered(response.status_code)
                if response.headers.get("content-encoding", "identity") != "identity":
                    raise PlatformAway("the platform packed an attachment", "packed")
                content = bytearray()
                async for chunk in response.aiter_bytes():
                    content += chunk
                    if len(content) > limit:
                        return Missing.TOO_LARGE
        except httpx2.HTTPError as error:
            text = f"the platform did not deliver an attachment: {type(error).__name__}"
            raise PlatformAway(text, "no_answer") from None
        return bytes(content)

    async def target(self, kind: SubjectKind, target_id: str, tenant: str | None = None) -> TargetState | None:
        """What is in force on a target, by this tenant's orders or by all; None for one the platform does not know.

        Raises PlatformAway.
        """
        path = f"/targets/{kind}/{quote(target_id, safe='')}"
        status, body = await self._ask("GET", f"{path}?tenant={quote(tenant)}" if tenant else path, str(uuid4()))
        return None if status == 404 else self._parsed(TargetState, status, body)

    async def capabilities(self) -> Capabilities | None:
        """What the platform says it can carry out; None where it does not say. Raises PlatformAway."""
        status, body = await self._ask("GET", "/capabilities", str(uuid4()))
        return None if status == 404 else self._parsed(Capabilities, status, body)

    async def order(
        self,
        *,
        order_id: str,
        tenant: str,
        kind: SubjectKind,
        target_id: str,
        target_version: int,
        content_version: str | None,
        measures: tuple[Measure, ...],
        issued_at: datetime,
        versions: bool = True,
    ) -> OrderAnswer:
        """Order the target's whole effective state. Repeating it is safe. Raises PlatformAway.

        issued_at: when it was first issued. A repetition is the same body, or the idempotency key would not match.
        versions: whether the platform says which version it has; without, 200 means only that it took the order.
        """
        body = {
            "order_id": order_id,
            "tenant": tenant,
            "issued_at": issued_at,
            "target": {"kind": kind, "id": target_id},
            "target_version": target_version,
            "evidence": {"content_version": content_version},
            "state": {"measures": [_on_the_wire(measure) for measure in measures]},
        }
        status, answer = await self._ask("POST", "/orders", order_id, orjson.dumps(body))
        if status == 409:
            return OrderAnswer(how="edited")
        if status == 404:
            return OrderAnswer(how="unknown_target")
        if status == 410:
            how = "destroyed" if answer.get("code") == "destroyed" else "deleted_by_author"
            return OrderAnswer(how=how, target_version=_version(answer) if versions else target_version)
        if status != 200:
            raise _answered(status)
        confirmed = _version(answer) if versions else target_version
        if confirmed < target_version:
            raise PlatformAway(
                f"the platform confirmed version {confirmed} of {target_version}", "older_version", unknown=True
            )
        return OrderAnswer(how=str(answer.get("status", "applied")), target_version=confirmed)

    async def _ask(self, method: str, path: str, request_id: str, body: bytes = b"") -> tuple[int, dict[str, Any]]:
        headers = {**self._signed(request_id, body), "idempotency-key": request_id, "content-type": "application/json"}
        try:
            response = await self._http.request(
                method, self._url + path, content=body, headers=headers, follow_redirects=False
            )
        except httpx2.HTTPError as error:
            unknown = not isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout)
            code = "no_answer" if unknown else "unreachable"
            text = f"the platform could not be reached: {type(error).__name__}"
            raise PlatformAway(text, code, unknown=unknown) from None
        if response.status_code in (200, 404, 409, 410):
            return response.status_code, _json(response.content)
        raise _answered(response.status_code)

    def _signed(self, request_id: str, body: bytes) -> Mapping[str, str]:
        return signed((self._key,), request_id, self._now(), body)

    def _parsed(self, model: type[T], status: int, body: dict[str, Any]) -> T:
        if status != 200:
            raise _answered(status)
        try:
            return model.model_validate(body)
        except ValidationError as error:
            fields = ", ".join(".".join(map(str, problem["loc"])) for problem in error.errors(include_input=False))
            raise PlatformAway(f"the platform's answer has a wrong form: {fields}") from None


def _on_the_wire(measure: Measure) -> dict[str, Any]:
    plain = measure.model_dump(mode="json", include={"measure_id", "kind", "since", "until"})
    confined = {name: list(pieces) for name in ("scope", "excerpts") if (pieces := getattr(measure, name))}
    return {**plain, "reach": list(measure.reach), **confined, **_telling(measure)}


def _telling(measure: Measure) -> dict[str, Any]:
    """Nothing where the person may hear of it."""
    if measure.telling is Stance.TELL:
        return {}
    until = measure.tell_from.isoformat() if measure.tell_from else None
    return {"telling": {"stance": measure.telling, **({"until": until} if until else {})}}


def _answered(status: int) -> PlatformAway:
    """A refusal is known to have done nothing; of a server's error nobody knows."""
    unknown = status >= 500 and status != 503
    return PlatformAway(f"the platform answered {status}", f"answered_{status}", unknown=unknown)


def _version(answer: dict[str, Any]) -> int:
    version = answer.get("target_version")
    if not isinstance(version, int):
        raise PlatformAway("the platform's answer names no target_version", "no_version", unknown=True)
    return version


def _json(content: bytes) -> dict[str, Any]:
    try:
        parsed = orjson.loads(content[:BODY_LIMIT])
    except orjson.JSONDecodeError:
        raise PlatformAway("the platform's answer is not JSON", "not_json", unknown=True) from None
    if not isinstance(parsed, dict):
        raise PlatformAway("the platform's answer is not a JSON object", "not_json", unknown=True)
    return parsed
