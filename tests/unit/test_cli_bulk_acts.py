"""`dueprocess bulk show`: what it asks of the gateway, and what it prints of cases that refused."""

import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from api.bulk_messages import BlastRadius, BulkAnswer, BulkProgress, BulkRefused
from api.cli.program import run_program
from cases.bulk import BulkAct, BulkPlan
from workers.console import build_program, explain

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CASE = "case/demo/content/a288a013861161d4df3cec2d2bfe304a"
NAME = "0" * 24


def an_answer(after: str | None) -> BulkAnswer:
    problem = "target: spam/1 was decided by d-7; it stands"
    refused = BulkRefused(
        case_id=CASE, target="spam/1", area="spam", undo=False, code="already_decided", problem=problem
    )
    reaches = dict.fromkeys(set(BlastRadius.model_fields) - {"left_out"}, 0)
    return BulkAnswer(
        bulk_id="b-1",
        act=BulkAct.DECIDE,
        phase="done",
        proposed_by="op-1",
        proposed_at=NOON,
        plan=BulkPlan.model_validate({"act": "reverse", "selection": {"areas": ("spam",)}}),
        reason="synthetic",
        reaches=BlastRadius(**reaches, left_out={}),  # type: ignore[arg-type]  # all numbers
        progress=BulkProgress(**dict.fromkeys(BulkProgress.model_fields, 0)),
        refused_because={"already_decided": 2},
        refused=(refused,),
        after=after,
        next="It can be undone.",
    )


class FakePlace:
    """A gateway with one bulk, of whose refusals one is on each of two pages."""

    tenant = "demo"

    def __init__(self) -> None:
        self.asked: list[tuple[str, int, str | None]] = []

    @asynccontextmanager
    async def gateway(self, tenant, name):
        yield self

    async def bulk(self, bulk_id, limit, after):
        self.asked.append((bulk_id, limit, after))
        return an_answer(None if after else NAME)


def ran(words: list[str], place: FakePlace) -> int:
    return run_program(build_program(), words, {"place": lambda: place}, explain)


def test_cases_that_refused_are_shown_with_why_and_how_to_see_the_rest(capsys: pytest.CaptureFixture[str]):
    place = FakePlace()
    assert ran(["bulk", "show", "b-1", "--limit", "1"], place) == 0
    shown = capsys.readouterr().out
    assert "2 already_decided" in shown
    assert "was decided by d-7" in " ".join(shown.split())
    assert f"dueprocess bulk show b-1 --after {NAME}" in " ".join(shown.split())
    assert ran(["bulk", "show", "b-1", "--after", NAME, "--json"], place) == 0
    (refused,) = json.loads(capsys.readouterr().out)["refused"]
    assert (refused["case_id"], refused["code"]) == (CASE, "already_decided")
    assert place.asked == [("b-1", 1, None), ("b-1", 20, NAME)]
