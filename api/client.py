"""The typed client: the doors over HTTP. It repeats what is safe to repeat, with the same ids, and raises what is not done.

async with DueprocessClient("https://trust.example", token) as client:
    receipt = await client.submit_report(ReportMessage(...))
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from urllib.parse import quote

import httpx2
from pydantic import BaseModel, ValidationError

from api.answers import (
    BatchAnswer,
    BatchResult,
    CampaignAnswer,
    CampaignJoined,
    CampaignPaused,
    CaseAnswer,
    ChangeAccepted,
    Claimed,
    DecisionAccepted,
    FlagsAnswer,
    LinksRevoked,
    MisuseAnswer,
    MisuseOpened,
    ParkedAnswer,
    ParkedMessage,
    QueueAnswer,
    Receipt,
    StagesAnswer,
    StandingChanged,
    StuckAnswer,
    TextStored,
)
from api.batch_bodies import chunks
from api.brake_messages import (
    BrakeRequest,
    BrakesAnswer,
    BrakeSet,
    ProtectedAnswer,
    ProtectRequest,
    UnprotectRequest,
)
from api.flagger_messages import FlaggerChangeRequest, FlaggerRequest, FlaggersAnswer, FlaggerSet
from api.queue_messages import (
    OnCallAnswer,
    PageAcknowledged,
    PageRequest,
    QueuesAnswer,
    RegisterAnswer,
    RegisterRequest,
    TaskChanged,
    TaskChangeRequest,
    TaskChangesAnswer,
    UnregisterRequest,
)
from api.requests import (
    AuthorityReportRequest,
    CampaignPause,
    CampaignRequest,
    ClaimRequest,
    DecisionRequest,
    DiscardRequest,
    ExtensionRequest,
    FlagCleared,
    InterventionRequest,
    MisuseRequest,
    ReversalRequest,
    RevokeLinks,
    StandingRequest,
    TextRequest,
)
from cases.errors import Problem
from cases.legal_requests import NoticeMessage, TakeItDownMessage
from cases.messages import AppealMessage, ReportMessage, SignalMessage
from cases.order_messages import AuthorityOrderRequest, OrderChangeRequest
from cases.stances import TellingRequest

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


class DueprocessClient:
    """One caller's way to one gateway.

    token: a bearer token; it says tenant and role. pauses: seconds between attempts; () tries once.
    transport: another way to the gateway than the network, such as httpx2.ASGITransport.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        pauses: tuple[float, ...] = PAUSES_SECONDS,
        timeout_seconds: float = TIMEOUT_SECONDS,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._pauses = pauses
        self._http = httpx2.AsyncClient(
            base_url=url,
            headers={"authorization": f"Bearer {token}"},
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

    async def submit_report(self, message: ReportMessage) -> Receipt:
        """Report a subject. Raises Refused or Unavailable, as every method here."""
        return await self._post("/v1/reports", message, Receipt)

    async def submit_notice(self, message: NoticeMessage) -> Receipt:
        """Give notice of illegal content (DSA Art. 16). The receipt names what is missing."""
        return await self._post("/v1/notices", message, Receipt)

    async def request_removal(self, message: TakeItDownMessage) -> Receipt:
        """Ask for an intimate depiction to be removed (47 U.S.C. 223a), or complete such a request."""
        return await self._post("/v1/take-it-down", message, Receipt)

    async def take_order(self, order: AuthorityOrderRequest) -> Receipt:
        """Take down an authority's order. The receipt names what is missing, and by when it is due."""
        return await self._post("/v1/orders", order, Receipt)

    async def change_order(self, change: OrderChangeRequest) -> Receipt:
        """Note what happened to an authority's order."""
        return await self._post("/v1/order-changes", change, Receipt)

    async def set_telling(self, telling: TellingRequest) -> Receipt:
        """Set how open we may be with a person of a case, or lift it."""
        return await self._post("/v1/tellings", telling, Receipt)

    async def submit_signal(self, message: SignalMessage) -> Receipt:
        """Pass on a machine's indication."""
        return await self._post("/v1/signals", message, Receipt)

    async def submit_batch(self, messages: Sequence[ReportMessage | SignalMessage]) -> BatchAnswer:
        """Many reports and signals, in as few requests as they fit in; a result for each, index as in messages. What is
        postponed is sent again.

        Raises as every method here; what was kept before is known when the same messages are sent again.
        """
        answer, results = await self._batch(messages)
        for pause in self._pauses:
            later = [one.index for one in results if one.outcome == "postponed"]
            if not later:
                break
            await asyncio.sleep(min(max(pause, answer.retry_after_seconds or 0), LONGEST_PAUSE_SECONDS))
            answer, again = await self._batch([messages[place] for place in later])
            for place, one in zip(later, again, strict=True):
                results[place] = one.evolve(index=place)
        counts = Counter(one.outcome for one in results)
        if counts["postponed"]:
            text = f"{counts['postponed']} of {len(results)} messages are not let in yet; send the same again"
            code = next(one.code for one in results if one.outcome == "postponed") or "unavailable"
            raise Unavailable(text, 429, answer.retry_after_seconds or 2.0, code=code)
        return BatchAnswer(
            accepted=counts["accepted"],
            known=counts["known"],
            conflict=counts["conflict"],
            refused=counts["refused"],
            next=answer.next,
            results=tuple(results),
        )

    async def _batch(self, messages: Sequence[ReportMessage | SignalMessage]) -> tuple[BatchAnswer, list[BatchResult]]:
        """The last answer, and a result for each message."""
        answer = BatchAnswer(accepted=0, known=0, conflict=0, refused=0, next="")
        results: list[BatchResult] = []
        for chunk in chunks(messages):
            answer = await self._answer("/v1/batches", chunk, BatchAnswer)
            results += [one.evolve(index=one.index + len(results)) for one in answer.results]
        return answer, results

    async def appeal(self, message: AppealMessage) -> Receipt:
        """Appeal a decision for a person who was told of it."""
        return await self._post("/v1/appeals", message, Receipt)

    async def report_to_authority(self, message: AuthorityReportRequest) -> Receipt:
        """Say that the report owed to an authority was filed."""
        return await self._post("/v1/authority-reports", message, Receipt)

    async def claim(
        self, *, queue: str | None = None, stream: str | None = None, task_id: str | None = None
    ) -> Claimed | None:
        """Take a task: the most urgent one, or the one named. None where no task is free."""
        wanted = ClaimRequest(queue=queue, stream=stream, task_id=task_id)
        response = await self._send("POST", "/v1/claims", wanted.model_dump_json(exclude_none=True).encode())
        return None if response.status_code == 204 else _read(response, Claimed)

    async def release(self, lease_id: str) -> None:
        """Give a task back."""
        await self._send("DELETE", f"/v1/claims/{quote(lease_id, safe='')}")

    async def decide(self, decision: DecisionRequest) -> DecisionAccepted:
        """Decide the task that the token names. The answer means durable."""
        return await self._post("/v1/decisions", decision, DecisionAccepted)

    async def store_text(self, text: TextRequest) -> TextStored:
        """Seal a text and learn its id, for a message that may not carry it."""
        return await self._post("/v1/texts", text, TextStored)

    async def extend(self, extension: ExtensionRequest) -> ChangeAccepted:
        """Give a clock longer."""
        return await self._post("/v1/extensions", extension, ChangeAccepted)

    async def reverse(self, reversal: ReversalRequest) -> ChangeAccepted:
        """Take a decision back."""
        return await self._post("/v1/reversals", reversal, ChangeAccepted)

    async def intervene(self, intervention: InterventionRequest) -> ChangeAccepted:
        """See to an order that is stuck: retry, skip, by hand, resume."""
        return await self._post("/v1/interventions", intervention, ChangeAccepted)

    async def invalidate_reports(self, request: StandingRequest) -> StandingChanged:
        """Take the weight of some people's reports in every open question."""
        return await self._post("/v1/reporters/invalidations", request, StandingChanged)

    async def reinstate_reports(self, request: StandingRequest) -> StandingChanged:
        """Give it back."""
        return await self._post("/v1/reporters/reinstatements", request, StandingChanged)

    async def misusing(self) -> MisuseAnswer:
        """Reporters whose numbers call for a person's look."""
        return await self._get("/v1/reporters/misuse", MisuseAnswer)

    async def open_misuse(self, request: MisuseRequest) -> MisuseOpened:
        """Have reviewers look at some of them."""
        return await self._post("/v1/reporters/misuse", request, MisuseOpened)

    async def renew(self, lease_id: str) -> Claimed:
        """Hold a task for longer; the answer's token replaces the first."""
        return _read(await self._send("POST", f"/v1/claims/{quote(lease_id, safe='')}/renewals"), Claimed)

    async def change_task(self, request: TaskChangeRequest) -> TaskChanged:
        """Snooze, boost, reassign, skip or return a task."""
        return await self._post("/v1/task-changes", request, TaskChanged)

    async def task_changes(self, stream: str, task_id: str) -> TaskChangesAnswer:
        """What was done to a task besides deciding it."""
        return await self._get("/v1/task-changes", TaskChangesAnswer, {"stream": stream, "task_id": task_id})

    async def queues(self) -> QueuesAnswer:
        """Every queue, with what is open in it."""
        return await self._get("/v1/queues", QueuesAnswer)

    async def oncall(self, limit: int = 50) -> OnCallAnswer:
        """What is due next by law and by rule, and who was called."""
        return await self._get("/v1/oncall", OnCallAnswer, {"limit": limit})

    async def acknowledge(self, request: PageRequest) -> PageAcknowledged:
        """Answer for a call."""
        return await self._post("/v1/pages/acknowledgements", request, PageAcknowledged)

    async def register(self, request: RegisterRequest) -> RegisterAnswer:
        """What a reviewer may take."""
        return await self._post("/v1/reviewers", request, RegisterAnswer)

    async def unregister(self, request: UnregisterRequest) -> RegisterAnswer:
        """A reviewer leaves the register."""
        return await self._post("/v1/reviewers/removals", request, RegisterAnswer)

    async def reviewers(self) -> RegisterAnswer:
        """The register of reviewers."""
        return await self._get("/v1/reviewers", RegisterAnswer)

    async def stop(self, request: BrakeRequest) -> BrakeSet:
        """Stop what rules do alone."""
        return await self._post("/v1/stops", request, BrakeSet)

    async def resume(self, request: BrakeRequest) -> BrakeSet:
        """Let them go on."""
        return await self._post("/v1/resumptions", request, BrakeSet)

    async def brakes(self) -> BrakesAnswer:
        """How automation stands."""
        return await self._get("/v1/brakes", BrakesAnswer)

    async def protect(self, request: ProtectRequest) -> BrakeSet:
        """Let nothing automatic befall an account."""
        return await self._post("/v1/protected-accounts", request, BrakeSet)

    async def unprotect(self, request: UnprotectRequest) -> BrakeSet:
        """Protect it no more."""
        return await self._post("/v1/protected-accounts/removals", request, BrakeSet)

    async def add_flagger(self, request: FlaggerRequest) -> FlaggerSet:
        """Enter a trusted flagger."""
        return await self._post("/v1/trusted-flaggers", request, FlaggerSet)

    async def change_flagger(self, request: FlaggerChangeRequest) -> FlaggerSet:
        """How a trusted flagger stands from now on."""
        return await self._post("/v1/trusted-flaggers/changes", request, FlaggerSet)

    async def flaggers(self) -> FlaggersAnswer:
        """The register of trusted flaggers."""
        return await self._get("/v1/trusted-flaggers", FlaggersAnswer)

    async def protected(self) -> ProtectedAnswer:
        """Who is protected."""
        return await self._get("/v1/protected-accounts", ProtectedAnswer)

    async def join_campaign(self, members: CampaignRequest) -> CampaignJoined:
        """Name members of a campaign; the request that is complete opens its case."""
        return await self._post("/v1/campaigns", members, CampaignJoined)

    async def campaign(self, case_id: str) -> CampaignAnswer:
        """How a campaign stands."""
        return await self._get(f"/v1/campaigns/{quote(case_id)}", CampaignAnswer)

    async def pause_campaign(self, wanted: CampaignPause) -> CampaignPaused:
        """Pause a campaign's batches, or resume them."""
        return await self._post("/v1/campaign-pauses", wanted, CampaignPaused)

    async def case(self, case_id: str, *, reveal_evidence: bool = False) -> CaseAnswer:
        """A case and its timeline. reveal_evidence: for a reviewer who holds a claim on it."""
        query = {"reveal": "evidence"} if reveal_evidence else {}
        return await self._get(f"/v1/cases/{quote(case_id)}", CaseAnswer, query)

    async def queue(self, queue: str | None = None, limit: int = 50) -> QueueAnswer:
        """Open tasks, most urgent first."""
        return await self._get("/v1/queue", QueueAnswer, {"limit": limit, **({"queue": queue} if queue else {})})

    async def stuck(self) -> StuckAnswer:
        """Cases with an order unconfirmed for too long."""
        return await self._get("/v1/stuck", StuckAnswer)

    async def stages(self) -> StagesAnswer:
        """How many cases are in each stage."""
        return await self._get("/v1/stages", StagesAnswer)

    async def parked(self, limit: int = 100, *, closed: bool = False) -> ParkedAnswer:
        """What was accepted and could not be processed, oldest first."""
        return await self._get("/v1/parked", ParkedAnswer, {"limit": limit, "closed": closed})

    async def parked_message(self, parked_id: str) -> ParkedMessage:
        """One of them."""
        return await self._get(f"/v1/parked/{quote(parked_id, safe='')}", ParkedMessage)

    async def replay(self, parked_id: str) -> ParkedMessage:
        """Put it through the door again."""
        return _read(await self._send("POST", f"/v1/parked/{quote(parked_id, safe='')}/replay"), ParkedMessage)

    async def discard(self, parked_id: str, request: DiscardRequest) -> ParkedMessage:
        """Give it up, for a reason."""
        return await self._post(f"/v1/parked/{quote(parked_id, safe='')}/discard", request, ParkedMessage)

    async def revoke_links(self, request: RevokeLinks) -> LinksRevoked:
        """Make the status links of a case open nothing any more."""
        return await self._post("/v1/status-links/revoke", request, LinksRevoked)

    async def flags(self) -> FlagsAnswer:
        """What must be done by hand about cases."""
        return await self._get("/v1/flags", FlagsAnswer)

    async def clear_flag(self, request: FlagCleared) -> FlagsAnswer:
        """Say that it was done."""
        return await self._post("/v1/flags/clear", request, FlagsAnswer)

    async def _post(self, path: str, message: BaseModel, answer: type[A]) -> A:
        return await self._answer(path, message.model_dump_json(exclude_none=True).encode(), answer)

    async def _answer(self, path: str, body: bytes, answer: type[A]) -> A:
        return _read(await self._send("POST", path, body), answer)

    async def _get(self, path: str, answer: type[A], query: Mapping[str, Any] | None = None) -> A:
        return _read(await self._send("GET", path, query=query), answer)

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


def _read(response: httpx2.Response, answer: type[A]) -> A:
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
