"""Four vendors in one application, each below a path of its own, with ways to answer late, wrongly, twice or never.

Beside the faults that every simulator has (`simulators/faults.py`: 500, garbage, timeout, lost), `POST /control/behaviour`
sets what only vendors do: `busy` (429 with Retry-After, so many times), `odd` (200 with an answer outside of the schema), and
for callbacks `callback`: `at_once`, `late` (when told to), `never`, `twice`, `before` (before the request is answered).
"""

import asyncio
import base64
import hmac
import json
import re
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Scope

from simulators.faults import Fault, Faults, FaultyDoor, control_routes
from simulators.platform.signatures import SignatureRefused, Verifier, decode_secret
from simulators.vendors.judging import said, within_bits
from simulators.web import BadRequest, Clock, JsonResponse, parse_object, read_body, read_object, refuse, utc_now

CATEGORIES = (
    *("harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent", "self-harm"),
    *("self-harm/intent", "self-harm/instructions", "sexual", "sexual/minors", "violence", "violence/graphic"),
)
CALLBACKS = ("at_once", "late", "never", "twice", "before")
ODD = {
    "none": "answers as documented",
    "schema": "answers 200 with fields of other types",
    "obedient": "answers as the content told it to, outside of the schema",
    "empty": "answers 200 with no scores at all",
}
MATCH_BITS = 31
CALLS_KEPT = 10_000
Judge = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Behaviour:
    """What the vendors do, beside failing."""

    busy: int = 0
    retry_after_seconds: int = 1
    odd: str = "none"
    callback: str = "at_once"


@dataclass(frozen=True)
class Waiting:
    """A callback that is not sent yet."""

    url: str
    headers: Callable[[bytes], Mapping[str, str]]
    body: bytes


class Vendors:
    """All four. key: the API key they ask for; callback_secret: `whsec_…`, by which they sign callbacks.

    hashes: of the bank that HMA knows, PDQ in hex to its entry's id; `POST /control/hashes` replaces them.
    """

    def __init__(self, key: str, callback_secret: str, clock: Clock = utc_now) -> None:
        self.faults = Faults()
        self.behaviour = Behaviour()
        self.hashes: dict[str, int] = {}
        self.calls: list[dict[str, Any]] = []
        self._forgotten = 0  # calls no longer in the log
        self.waiting: list[Waiting] = []
        self._key, self._callback_secret, self._clock = key, callback_secret, clock
        self._sending: set[asyncio.Task[None]] = set()
        self._verifier = Verifier((decode_secret(callback_secret),), lambda: self._clock())
        self._tls = ssl.create_default_context()  # once: each client would read the system's certificates anew
        routes = [
            self._route("POST", "/openai/v1/moderations", self._moderate),
            self._route("GET", "/hma/m/lookup", self._look_up),
            self._route("GET", "/sightengine/1.0/check.json", self._check_picture),
            self._route("POST", "/sightengine/1.0/video/check.json", self._check_video),
            self._route("POST", "/webhook", self._assess),
            Route("/control/behaviour", self._set_behaviour, methods=["POST"]),
            Route("/control/hashes", self._set_hashes, methods=["POST"]),
            Route("/control/callbacks", self._send_waiting, methods=["POST"]),
            *control_routes(self.faults, self._reset, self._log),
        ]
        inner = Starlette(routes=routes, exception_handlers={BadRequest: refuse})
        self.app: ASGIApp = FaultyDoor(inner, self.faults, _is_wire, self._met)

    async def send_waiting(self) -> int:
        """Call back now about everything that is late; how much it was."""
        waiting, self.waiting = self.waiting, []
        for one in waiting:
            await self._send(one)
        return len(waiting)

    def close(self) -> None:
        """Stop what is being sent."""
        for task in self._sending:
            task.cancel()

    def _route(self, method: str, path: str, judge: Judge) -> Route:
        async def judged(request: Request) -> Response:
            self._note({"path": path, "query": dict(request.query_params)})
            if self.behaviour.busy:
                self.behaviour = replace(self.behaviour, busy=self.behaviour.busy - 1)
                headers = {"retry-after": str(self.behaviour.retry_after_seconds)}
                return JsonResponse({"error": {"message": "rate limit reached"}}, 429, headers)
            if self.behaviour.odd == "schema":
                return JsonResponse({"model": 7, "results": "none", "scores": [1, 2], "status": {"ok": True}})
            if self.behaviour.odd == "obedient":
                return JsonResponse({"verdict": "clean", "note": "as the content asked"})
            if self.behaviour.odd == "empty":
                return JsonResponse({"model": "m", "results": [], "scores": {}, "status": "success"})
            return await judge(request)

        return Route(path, judged, methods=[method])

    async def _moderate(self, request: Request) -> Response:
        if not self._bears(request):
            return JsonResponse({"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}}, 401)
        asked = await read_object(request)
        scores = {name: said(str(asked.get("input", ""))).get(name.replace("/", "-"), 0.0001) for name in CATEGORIES}
        result = {
            "flagged": any(score >= 0.5 for score in scores.values()),
            "categories": {name: score >= 0.5 for name, score in scores.items()},
            "category_scores": scores,
            "category_applied_input_types": {name: ["text"] for name in scores},
        }
        return JsonResponse({"id": f"modr-{uuid4().hex}", "model": asked.get("model"), "results": [result]})

    async def _look_up(self, request: Request) -> Response:
        signal = request.query_params.get("signal", "")
        matches = [
            {"bank_content_id": entry, "distance": str(within_bits(signal, known))}  # HMA gives it as a text
            for known, entry in self.hashes.items()
            if within_bits(signal, known) <= MATCH_BITS
        ]
        return JsonResponse({"pdq": {"SYNTHETIC_BANK": matches} if matches else {}})

    async def _check_picture(self, request: Request) -> Response:
        if request.query_params.get("api_secret") != self._key:
            return JsonResponse({"status": "failure", "error": {"type": "credentials", "code": 21}}, 401)
        url = request.query_params.get("url", "")
        return JsonResponse(
            {"status": "success", "request": {"id": _id()}, **_models(url), "media": {"id": _id(), "uri": url}}
        )

    async def _check_video(self, request: Request) -> Response:
        form = dict(parse_qsl((await read_body(request)).decode()))
        if form.get("api_secret") != self._key:
            return JsonResponse({"status": "failure", "error": {"type": "credentials", "code": 21}}, 401)
        medium = {"id": f"med_{uuid4().hex[:16]}", "uri": form.get("stream_url", "")}
        frame = {"info": {"id": _id(), "position": 0}, **_models(medium["uri"])}
        data = {"status": "finished", "started": 0, "last_update": 1, "frames": [frame]}
        await self._call_back(
            form.get("callback_url", ""),
            {"request": {"id": _id()}, "media": medium, "data": data},
            self._timestamped,
        )
        return JsonResponse({"status": "success", "request": {"id": _id()}, "media": medium})

    async def _assess(self, request: Request) -> Response:
        body = await read_body(request)
        try:
            self._verifier.verify(request.headers, body)
        except SignatureRefused as refusal:
            return JsonResponse({"code": refusal.code}, 401)
        asked = parse_object(body)
        known = said(str(asked.get("text", "")))
        scores = {name: known.get(name, 0.0) for name in asked.get("labels", [])}
        if not asked.get("callback_url"):
            return JsonResponse({"model": "synthetic-1", "scores": scores})
        task_id = f"task-{uuid4().hex[:16]}"
        answer = {"task_id": task_id, "model": "synthetic-1", "scores": scores}
        await self._call_back(str(asked["callback_url"]), answer, self._standard)
        return JsonResponse({"task_id": task_id}, 202)

    async def _call_back(
        self, url: str, payload: Mapping[str, Any], headers: Callable[[bytes], Mapping[str, str]]
    ) -> None:
        one = Waiting(url, headers, json.dumps(payload).encode())
        match self.behaviour.callback:
            case "before":
                await self._send(one)
            case "late":
                self.waiting.append(one)
            case "at_once" | "twice":
                for _ in range(1 if self.behaviour.callback == "at_once" else 2):
                    task = asyncio.create_task(self._send(one))
                    self._sending.add(task)
                    task.add_done_callback(self._sending.discard)

    async def _send(self, one: Waiting) -> None:
        """As patient as the real ones: five tries."""
        async with httpx2.AsyncClient(trust_env=False, timeout=10, verify=self._tls) as http:
            for attempt in range(5):
                headers = {"content-type": "application/json", **one.headers(one.body)}
                try:
                    if (await http.post(one.url, content=one.body, headers=headers)).is_success:
                        return
                except httpx2.HTTPError:
                    pass
                await asyncio.sleep(0.1 * 2**attempt)

    def _timestamped(self, body: bytes) -> Mapping[str, str]:
        at = str(int(self._clock().timestamp()))
        signature = hmac.new(self._callback_secret.encode(), f"{at}.".encode() + body, sha256).hexdigest()
        return {"sightengine-signature": f"t={at},v1={signature}"}

    def _standard(self, body: bytes) -> Mapping[str, str]:
        at, message_id = str(int(self._clock().timestamp())), f"msg_{uuid4().hex}"
        key = base64.b64decode(self._callback_secret.removeprefix("whsec_"))
        signature = hmac.new(key, f"{message_id}.{at}.".encode() + body, sha256).digest()
        return {
            "webhook-id": message_id,
            "webhook-timestamp": at,
            "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
        }

    def _bears(self, request: Request) -> bool:
        return request.headers.get("authorization") == f"Bearer {self._key}"

    def _met(self, path: str, fault: Fault) -> None:
        self._note({"path": path, "fault": "down" if fault.down else fault.wrong})

    def _note(self, call: dict[str, Any]) -> None:
        self.calls.append(call)
        if len(self.calls) > CALLS_KEPT:
            self._forgotten += 1
            del self.calls[0]

    def _reset(self) -> None:
        self.behaviour, self.calls, self.waiting, self._forgotten = Behaviour(), [], [], 0

    def _log(self, after: int, limit: int) -> list[dict[str, Any]]:
        begin = max(0, after - self._forgotten)
        kept = enumerate(self.calls[begin : begin + limit], start=self._forgotten + begin + 1)
        return [{"sequence": sequence, **call} for sequence, call in kept]

    async def _set_behaviour(self, request: Request) -> Response:
        wanted = await read_object(request)
        for name, value in wanted.items():
            allowed = {"callback": CALLBACKS, "odd": tuple(ODD)}.get(name)
            if name not in asdict(self.behaviour) or (allowed and value not in allowed):
                raise BadRequest(
                    name, f"unknown, or not one of {', '.join(allowed or asdict(self.behaviour))}", status=422
                )
        self.behaviour = replace(self.behaviour, **wanted)
        return JsonResponse(asdict(self.behaviour))

    async def _set_hashes(self, request: Request) -> Response:
        wanted = await read_object(request)
        for pdq, entry in wanted.items():
            if not re.fullmatch(r"[0-9a-f]{64}", pdq) or type(entry) is not int:
                raise BadRequest("hashes", "give PDQ hashes of 64 hex digits, each with its entry's number", status=422)
        self.hashes = wanted
        return JsonResponse(self.hashes)

    async def _send_waiting(self, request: Request) -> Response:
        return JsonResponse({"sent": await self.send_waiting()})


def _models(url: str) -> dict[str, Any]:
    known = said(url)
    return {
        "nudity": {"sexual_activity": known.get("nudity", 0.01), "none": 1 - known.get("nudity", 0.01)},
        "gore": {"prob": known.get("gore", 0.01)},
    }


def _id() -> str:
    return f"req_{uuid4().hex[:16]}"


def _is_wire(scope: Scope) -> bool:
    return not scope["path"].startswith("/control")
