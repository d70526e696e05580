"""One trace leads from a report at the door to the reporter's receipt, over every process between."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.client import DueprocessClient
from benchmarks.stack import forget_environment, running
from cases.messages import Person, ReportMessage, Subject
from cases.names import SubjectKind
from tests.integration.kit import until

pytestmark = pytest.mark.timeout(120)


async def test_one_trace_leads_from_a_report_to_its_receipt(tmp_path: Path):
    forget_environment()
    async with running(tmp_path, telemetry="console") as stack:
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
    traces = spans_by_trace(tmp_path / "data" / "logs")
    (trace,) = [names for names in traces.values() if "POST /v1/reports" in names]
    assert {"SignalWithStartWorkflow:CaseWorkflow", "RunActivity:assess_case", "send_receipt"} <= trace


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
