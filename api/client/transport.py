"""How the client reaches a gateway: what is repeated, and what is raised."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import httpx2
from pydantic import BaseModel, ValidationError

from cases.errors import Problem

A = TypeVar("A", bound=BaseModel)

PAUSES_SECONDS: Final = (0.2, 0.5, 1.0, 2.0)  # between attempts; a Retry-After that asks for more is heard
LONGEST_PAUSE_SECONDS: Final = 10.0
TIMEOUT_SECONDS: Final = 30.0


class ClientError(Exception):
    """The gateway did not do it. status: HTTP's, 0 where no answer came; request_id: what its log has it under."""

    def __init__(self, text: str, status: int = 0, code: str = "", request_id: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.status = status
        self.code = code
        self.request_id = request_id


class Refused(ClientError):
    """Understood, and not done: sending it again changes nothing. problems: field, value, problem and cure."""

    def __init__(
        self, text: str, status: int, code: str, problems: tuple[Problem, ...] = (), request_id: str = ""
    ) -> None:
        super().__init__("; ".join([text, *(str(problem) for problem in problems)]), status, code, request_id)
        self.problems = problems


class Unavailable(ClientError):
    """It could not be reached, or could not take it, or is asked too much of (429, code: which quota).

    Whatever has an id of the sender's may be sent again, unchanged.
    """

    def __init__(
        self,
        text: str,
        status: int = 0,
        retry_after: float = 2.0,
        request_id: str = "",
        code: str = "unavailable",
    ) -> None:
        super().__init__(text, status, code, request_id)
        self.retry_after = retry_after  # seconds


class Transport:
    """One caller's way to one gateway.

    token: a bearer token; it says tenant and role. tenant: of a reviewer who works for several, for which one; None: the
    token's own, and the next task of whose turn it is. pauses: seconds between attempts; () tries once.
    transport: another way to the gateway than the network, such as httpx2.ASGITransport.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        tenant: str | None = None,
        pauses: tuple[float, ...] = PAUSES_SECONDS,
        timeout_seconds: float = TIMEOUT_SECONDS,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._pauses = pauses
        self._http = httpx2.AsyncClient(
            base_url=url,
            headers={"authorization": f"Bearer {token}", **({"dueprocess-tenant": tenant} if tenant else {})},
            timeout=timeout_seconds,
            transport=transport,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _post(self, path: str, message: BaseModel, answer: type[A]) -> A:
        return await self._answer(path, message.model_dump_json(exclude_none=True).encode(), answer)

    async def _answer(self, path: str, body: bytes, answer: type[A]) -> A:
        return read(await self._send("POST", path, body), answer)

    async def _get(self, path: str, answer: type[A], query: Mapping[str, Any] | None = None) -> A:
        return read(await self._send("GET", path, query=query), answer)

    async def _send(
        self, method: str, path: str, body: bytes | None = None, query: Mapping[str, Any] | None = None
    ) -> httpx2.Response:
        """The answer, after as many attempts as there are pauses and one. Ids are the sender's, so repeating is safe."""
        headers = {"content-type": "application/json"} if body else {}
        for pause in (*self._pauses, None):
            try:
                return await self._attempt(method, path, body, headers, query)
            except Unavailable as error:
                if pause is None:
                    raise
                await asyncio.sleep(min(max(pause, error.retry_after if error.status else 0), LONGEST_PAUSE_SECONDS))
        raise AssertionError("the last attempt answers or raises")

    async def _attempt(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], query: Mapping[str, Any] | None
    ) -> httpx2.Response:
        try:
            response = await self._http.request(method, path, content=body, headers=headers, params=query)
        except httpx2.TransportError as error:
            raise Unavailable(
                f"{self._http.base_url} does not answer ({type(error).__name__}); is the gateway running there?"
            ) from error
        if response.status_code >= 400:
            raise _error(response)
        return response


def read(response: httpx2.Response, answer: type[A]) -> A:
    """The answer in its model. Raises ClientError where it is none of this version."""
    try:
        return answer.model_validate_json(response.content)
    except ValidationError:
        raise ClientError("the answer is not a gateway's of this version", response.status_code) from None


def _error(response: httpx2.Response) -> ClientError:
    document = _document(response)
    text = str(document.get("detail") or f"HTTP {response.status_code}")
    code, request_id = str(document.get("code", "")), str(document.get("request_id", ""))
    if response.status_code in (429, 502, 503, 504):
        retry_after = response.headers.get("retry-after", "")
        seconds = float(retry_after) if retry_after.isdigit() else 2.0
        return Unavailable(text, response.status_code, seconds, request_id, code or "unavailable")
    if response.status_code >= 500:
        return ClientError(text, response.status_code, code, request_id)
    problems = tuple(
        Problem(*(str(one.get(name, "")) for name in ("field", "value", "problem", "cure")))
        for one in document.get("errors", ())
    )
    return Refused(text, response.status_code, code, problems, request_id)


def _document(response: httpx2.Response) -> dict[str, Any]:
    try:
        document = response.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
