"""What an act works with: doors with tokens, Temporal, the outside world; and people and posts of its own, all synthetic."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowHandle
from temporalio.common import QueryRejectCondition

from api.answers import CaseAnswer, Claimed, Receipt, TimelineEntry
from api.client import DueprocessClient
from api.requests import DecisionRequest
from cases.names import person_key
from record.tenants import ensure_reviewer
from workers.demo.account import Account
from workers.demo.cast import INSULT, Post, Someone, flag_of, report_of
from workers.demo.outside import Mail, Outside, open_outside
from workers.here import Here
from workers.temporal_server import find_binary
from workers.wiring import Means

T = TypeVar("T")

PATIENCE_SECONDS: Final = 30.0
_LOOK_SECONDS: Final = 0.2
_RIDE_OUT: Final = (0.2, 0.5, 1.0, 2.0, 2.0, 3.0, 3.0, 5.0, 5.0, 10.0)  # a client's pauses, over a restart of anything


@dataclass(frozen=True)
class Doors:
    """The gateway, with each identity's bearer token."""

    service: DueprocessClient
    reviewers: tuple[DueprocessClient, DueprocessClient, DueprocessClient]
    auditor: DueprocessClient
    operator: DueprocessClient


class Scene:
    """One demo's means. name: begins every id it makes, so that demos never meet."""

    def __init__(self, here: Here, account: Account, doors: Doors, means: Means, outside: Outside) -> None:
        self.here, self.account, self.doors, self.means, self.outside = here, account, doors, means, outside
        self.name = f"demo-{int(time.time()):x}"

    # People and posts -----------------------------------------------------------------------------------------------

    async def someone(self, role: str) -> Someone:
        """A new account."""
        account_id = f"{self.name}-{role}"
        return Someone(account_id, await self.outside.account(account_id, role.replace("-", " ").capitalize()))

    async def posted(self, what: str, text: str) -> Post:
        """A new post by a new author."""
        author = await self.someone(f"{what}-author")
        await self.outside.post(f"{self.name}-{what}", author.account_id, text)
        return Post(f"{self.name}-{what}", author)

    async def reviewer_who_is(self, someone: Someone) -> str:
        """A reviewer of whom the installation knows that this is their own account on the platform; their id."""
        record, tenant = self.means.record, self.here.tenant
        secret = await record.keyring.subject_secret(tenant)
        reviewer = f"{someone.account_id}-as-reviewer"
        await ensure_reviewer(record, tenant, reviewer, [person_key(secret, someone.account_id)])
        return reviewer

    async def held_insult(self, what: str) -> tuple[Post, Receipt]:
        """A post that three people and a classifier object to, hidden until a reviewer decides."""
        post = await self.posted(what, INSULT)
        for number in (1, 2, 3):
            reporter = await self.someone(f"{what}-reporter-{number}")
            receipt = await self.doors.service.submit_report(report_of(post, number, reporter, "harassment"))
        await self.doors.service.submit_signal(flag_of(post, harassment=0.93))
        await self.case_when(receipt.case_id, has("told:statement_provisional"))
        return post, receipt

    # The case -------------------------------------------------------------------------------------------------------

    async def case(self, case_id: str) -> CaseAnswer:
        """The case as an auditor reads it."""
        return await self.doors.auditor.case(case_id)

    async def case_when(
        self, case_id: str, holds: Callable[[CaseAnswer], object], seconds: float = PATIENCE_SECONDS
    ) -> CaseAnswer:
        """The case once this holds; as it stands when patience ends, for the step to judge."""

        async def look() -> CaseAnswer | None:
            case = await self.case(case_id)
            return case if holds(case) else None

        return await until(look, seconds) or await self.case(case_id)

    async def violation(
        self, reviewer: DueprocessClient, claimed: Claimed, decision_id: str, enforcements: Sequence[dict[str, Any]]
    ) -> None:
        """Decide a harassment matter, with everything a violation names."""
        await reviewer.decide(
            DecisionRequest.model_validate(
                {
                    "decision_id": decision_id,
                    "token": claimed.token,
                    "outcome": "violation",
                    "ground": "terms",
                    "rule_id": claimed.task.queue + ".reported",
                    "rationale": "The words are aimed at a person and insult them.",
                    "enforcements": list(enforcements),
                }
            )
        )

    async def claimed(self, reviewer: DueprocessClient, stream: str, task_id: str) -> Claimed:
        """The task, which must be free."""
        claimed = await reviewer.claim(stream=stream, task_id=task_id)
        if claimed is None:
            raise LookupError(f"no task {task_id} in {stream}")
        return claimed

    async def mail(self, to: Someone, kind: str, seconds: float = PATIENCE_SECONDS) -> Mail | None:
        """The first mail of this kind to this person, waiting for it."""

        async def look() -> Mail | None:
            return next((one for one in await self.outside.mails(to.address) if one.kind == kind), None)

        return await until(look, seconds)

    async def text(self, mail: Mail | None) -> str:
        """What a mail says; nothing where there is none."""
        return await self.outside.text(mail) if mail else ""

    # Temporal -------------------------------------------------------------------------------------------------------

    def handle(self, workflow_id: str) -> WorkflowHandle[Any, Any]:
        """The newest run of a workflow."""
        return self.means.client.get_workflow_handle(workflow_id)

    async def status(self, workflow_id: str) -> tuple[str, str]:
        """Status and run id of its newest run."""
        described = await self.handle(workflow_id).describe()
        return (described.status.name if described.status else "UNKNOWN"), described.run_id or ""

    async def completed(self, workflow_id: str, seconds: float = PATIENCE_SECONDS) -> str:
        """The run id of its newest run once that is completed; empty where it does not."""

        async def look() -> str | None:
            status, run_id = await self.status(workflow_id)
            return run_id if status == "COMPLETED" else None

        return await until(look, seconds) or ""

    async def shown(self, workflow_id: str) -> str:
        """What the Web UI shows as current details."""
        metadata: WorkflowMetadata = await self.handle(workflow_id).query(
            "__temporal_workflow_metadata",
            result_type=WorkflowMetadata,
            reject_condition=QueryRejectCondition.NONE,
        )
        return metadata.current_details

    async def temporal(self, *words: str) -> tuple[int, str]:
        """The plain `temporal` command line, as anyone inside the trust boundary has it; exit code and output."""
        settings = self.here.settings
        process = await asyncio.create_subprocess_exec(
            *(str(find_binary()), *words, "--address", settings.temporal_address),
            *("--namespace", settings.temporal_namespace, "--codec-endpoint", f"{settings.gateway_url}/codec"),
            *("--codec-auth", f"Bearer {self.here.token(self.here.tenant, 'operator')}"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        return process.returncode or 0, output.decode(errors="replace").strip()

    async def raw_signal(self, workflow_id: str, name: str, *messages: object) -> bool:
        """A plain Temporal signal with JSON, by the command line; whether Temporal took it."""
        inputs = [word for message in messages for word in ("--input", json.dumps(message))]
        code, _ = await self.temporal("workflow", "signal", "--workflow-id", workflow_id, "--name", name, *inputs)
        return code == 0


@asynccontextmanager
async def open_scene(here: Here, account: Account) -> AsyncIterator[Scene]:
    """The means of a demo on this installation; given back on leaving."""
    async with AsyncExitStack() as opened:

        async def door(name: str) -> DueprocessClient:
            client = DueprocessClient(here.settings.gateway_url, here.token(here.tenant, name), pauses=_RIDE_OUT)
            return await opened.enter_async_context(client)

        reviewers = (await door("reviewer-1"), await door("reviewer-2"), await door("reviewer-3"))
        doors = Doors(await door("service"), reviewers, await door("auditor"), await door("operator"))
        means = await opened.enter_async_context(here.means())
        outside = await opened.enter_async_context(open_outside(here.settings))
        yield Scene(here, account, doors, means, outside)


async def until(look: Callable[[], Awaitable[T | None]], seconds: float = PATIENCE_SECONDS) -> T | None:
    """What is looked for, once it is there; None where it is not in time."""
    ends_at = time.monotonic() + seconds
    while True:
        found = await look()
        if found or time.monotonic() > ends_at:
            return found or None
        await asyncio.sleep(_LOOK_SECONDS)


def has(*prefixes: str) -> Callable[[CaseAnswer], bool]:
    """Whether the case has an event whose id begins so, for each of these."""
    return lambda case: all(found(case, prefix) for prefix in prefixes)


def found(case: CaseAnswer, prefix: str) -> TimelineEntry | None:
    """The first event whose id begins so."""
    return next((event for event in case.events if event.event_id.startswith(prefix)), None)


def of_kind(case: CaseAnswer, kind: str) -> list[TimelineEntry]:
    """Every event of this kind."""
    return [event for event in case.events if event.kind == kind]


def ids(events: Sequence[TimelineEntry]) -> list[str]:
    """Their event ids, for evidence."""
    return [event.event_id for event in events]
