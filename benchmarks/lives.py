"""Lives of a case through the real doors: over HTTP with bearer tokens, on posts of the simulated platform. All synthetic."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from api.answers import CaseAnswer, Claimed, Receipt, TimelineEntry
from api.client import DueprocessClient
from api.requests import DecisionRequest
from cases.messages import AppealMessage, Detector, Person, ReportMessage, SignalMessage, Subject
from cases.names import SubjectKind
from workers.here import Here

PITCH: Final = (
    "Earn money from home! Guaranteed income, no risk, free trial, limited offer. "
    "Click here to order now: http://offer.example http://claim.example !!!"
)
INSULT: Final = "You are an idiot, nobody wants you here"
PATIENCE_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 0.05
_BULK: Final = 500


@dataclass
class Stage:
    """Doors, Temporal and the simulated platform, as one benchmark reaches them. run: begins every id, so none repeats."""

    service: DueprocessClient
    reviewers: tuple[DueprocessClient, DueprocessClient]
    auditor: DueprocessClient
    temporal: Client
    http: httpx2.AsyncClient
    here: Here
    run: str = "bench"
    _numbers: dict[str, int] = field(default_factory=dict)

    def name(self, what: str) -> str:
        """A new id."""
        self._numbers[what] = self._numbers.get(what, 0) + 1
        return f"{self.run}-{what}-{self._numbers[what]}"

    async def posts(self, what: str, text: str, count: int, author: str | None = None) -> list[str]:
        """New posts, each by an author of its own unless one is named."""
        names = [self.name(what) for _ in range(count)]
        for start in range(0, count, _BULK):
            some = names[start : start + _BULK]
            authors = sorted({author or f"{one}-author" for one in some})
            accounts = [{"id": one, "display_name": "Synthetic", "country": "DE"} for one in authors]
            posts = [{"id": o, "author_id": author or f"{o}-author", "text": text, "language": "en"} for o in some]
            url = f"{self.here.settings.platform_url}/users-api/bulk"
            (await self.http.post(url, json={"accounts": accounts, "posts": posts})).raise_for_status()
        return names

    async def fault(self, url: str, **fault: Any) -> None:
        """Make a simulator fail so; nothing: healthy again."""
        (await self.http.post(f"{url}/control/faults", json=fault)).raise_for_status()

    def handle(self, workflow_id: str) -> WorkflowHandle[Any, Any]:
        """The newest run of a workflow."""
        return self.temporal.get_workflow_handle(workflow_id)

    async def completed(self, workflow_id: str) -> None:
        """Wait until its newest run is over; the doorbell may ring a moment after the receipt."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    return await self.handle(workflow_id).result()
                except RPCError as error:
                    if error.status is not RPCStatusCode.NOT_FOUND:
                        raise
                await asyncio.sleep(_LOOK_SECONDS)

    async def case_when(self, case_id: str, holds: Callable[[CaseAnswer], object]) -> CaseAnswer:
        """The case, once this holds of it."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not holds(case := await self.auditor.case(case_id)):  # noqa: ASYNC110 - the record sets no event
                await asyncio.sleep(_LOOK_SECONDS)
        return case


@asynccontextmanager
async def open_stage(here: Here, run: str = "bench", tenant: str | None = None) -> AsyncIterator[Stage]:
    """The means of a benchmark on this installation, with the tokens of its first tenant or of another one."""
    async with AsyncExitStack() as opened:

        async def door(name: str) -> DueprocessClient:
            client = DueprocessClient(
                here.settings.gateway_url, here.token(tenant or here.tenant, name), timeout_seconds=60
            )
            return await opened.enter_async_context(client)

        reviewers = (await door("reviewer-1"), await door("reviewer-2"))
        service, auditor = await door("service"), await door("auditor")
        means = await opened.enter_async_context(here.means())
        http = await opened.enter_async_context(httpx2.AsyncClient(timeout=60, trust_env=False))
        yield Stage(service, reviewers, auditor, means.client, http, here, run)
        await asyncio.sleep(0.1)  # a Temporal client's core needs a moment before its loop closes


# What people and machines say ----------------------------------------------------------------------------------------


def a_person(name: str) -> Person:
    """Who reports: with an address, so that receipts and outcomes are really mailed."""
    return Person(account_id=name, address=f"{name}@example.invalid")


def a_report(post: str, area: str, number: int = 1) -> ReportMessage:
    """The number-th report of this post, each by another person."""
    message_id = f"{post}-report-{number}"
    return ReportMessage(
        message_id=message_id, subject=_subject(post), area=area, reporter=a_person(f"{message_id}-person")
    )


def a_flag(post: str, **scores: float) -> SignalMessage:
    """A classifier's word on this post."""
    detector = Detector(vendor="synthetic", name="benchmark", version="1")
    return SignalMessage(message_id=f"{post}-flag", subject=_subject(post), detector=detector, scores=dict(scores))


def _subject(post: str) -> Subject:
    return Subject(kind=SubjectKind.CONTENT, id=post)


# Lives ---------------------------------------------------------------------------------------------------------------


async def automatic(stage: Stage, post: str) -> Receipt:
    """One report of certain spam: removed by rule, author and reporter told."""
    return await stage.service.submit_report(a_report(post, "spam"))


async def held(stage: Stage, post: str) -> Receipt:
    """One report beside a classifier's near certainty: hidden until a reviewer decides."""
    await stage.service.submit_signal(a_flag(post, harassment=0.99))
    return await stage.service.submit_report(a_report(post, "harassment"))


async def claimed(stage: Stage, stream: str, task_id: str, reviewer: int = 0) -> Claimed:
    """The task, which must be free."""
    found = await stage.reviewers[reviewer].claim(stream=stream, task_id=task_id)
    assert found is not None
    return found


async def decide(stage: Stage, claim: Claimed, decision_id: str, outcome: str, reviewer: int = 0, **more: Any) -> None:
    """Decide what was claimed."""
    fields = {"decision_id": decision_id, "token": claim.token, "outcome": outcome, "rationale": "Synthetic."}
    await stage.reviewers[reviewer].decide(DecisionRequest.model_validate({**fields, **more}))


VIOLATION: Final[Mapping[str, Any]] = {
    "ground": "terms",
    "rule_id": "harassment.reported",
    "enforcements": [{"kind": "remove", "target": "subject"}],
}


async def reviewed(stage: Stage, post: str, decision_id: str) -> Receipt:
    """Held, the author told so; claimed, decided, carried out, everybody told."""
    receipt = await held(stage, post)
    await stage.case_when(receipt.case_id, lambda case: _has(case, "told:statement_provisional") and case.tasks)
    claim = await claimed(stage, receipt.case_id, "harassment/1")
    await decide(stage, claim, decision_id, "violation", **VIOLATION)
    return receipt


async def appealed(stage: Stage, post: str, case_id: str, decision_id: str) -> str:
    """The author appeals, another reviewer reverses. Returns the appeal's workflow id."""
    author = Person(account_id=f"{post}-author")
    appeal = AppealMessage(
        message_id=f"{post}-appeal", subject=_subject(post), decision_id=decision_id, appellant=author
    )
    await stage.service.appeal(appeal)
    stream = f"appeal/{stage.here.tenant}/{appeal.message_id}"
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await _is_queued(stage, stream):  # noqa: ASYNC110 - the record sets no event
            await asyncio.sleep(_LOOK_SECONDS)
    claim = await claimed(stage, stream, "appeal", reviewer=1)
    await decide(stage, claim, f"{appeal.message_id}-heard", "reversed", reviewer=1)
    return stream


async def _is_queued(stage: Stage, stream: str) -> bool:
    return any(one.stream == stream for one in (await stage.reviewers[1].queue("appeals")).tasks)


def has(*wanted: str) -> Callable[[CaseAnswer], bool]:
    """Whether the case's timeline has events whose ids begin so."""
    return lambda case: all(_has(case, one) for one in wanted)


def entry(case: CaseAnswer, beginning: str) -> TimelineEntry:
    """The first event whose id begins so. Raises StopIteration."""
    return next(one for one in case.events if one.event_id.startswith(beginning))


def _has(case: CaseAnswer, beginning: str) -> bool:
    return any(one.event_id.startswith(beginning) for one in case.events)


async def gathered(tasks: Iterable[Any], at_once: int) -> list[Any]:
    """All of them, so many at a time."""
    gate = asyncio.Semaphore(at_once)

    async def one(task: Any) -> Any:
        async with gate:
            return await task

    return await asyncio.gather(*map(one, tasks))
