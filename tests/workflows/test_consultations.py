"""Vendors beside a case, in skipped time: asked in order, waited for, away for a month; no case is lost or wrongly let go."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio import activity
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from activities import processes, stubs
from cases.assessments import AutomaticDecision, Triaged
from cases.case import Case
from cases.consultations import VendorAnswered, VendorStance
from cases.consulting import with_stances
from cases.decisions import Ground, Outcome
from cases.detections import Detection
from cases.events import CaseEvent
from cases.folding import fold_all
from cases.matters import MatterStage
from cases.names import consultation_workflow_id, vendor_task_queue
from tests.builders import an_assessment
from tests.fakes import FakeWorld, eventually
from tests.vendor_means import a_consultation, a_pack
from tests.workflows.test_case_lives import Stage, a_stage
from workflows import timeouts
from workflows.consultation import ConsultationWorkflow

PACK = a_pack()
CHAIN = ("openai", "ours")
CLEARED = AutomaticDecision(outcome=Outcome.NO_VIOLATION, enforcements=(), ground=Ground.TERMS)
ANSWER = Detection(detector="ours/harassment", version="m@m", label="harassment", score=0.1)
LATE = processes.VendorWord(state="passed", why="late")
LONG = bool(os.environ.get("VENDORS_LONG"))  # with the pauses of production: about a minute


@dataclass
class VendorWorld(FakeWorld):
    """A world with vendors. answer: what one says, when asked; its stance is that of each case."""

    answer: Callable[[str], processes.VendorWord] = lambda vendor: processes.VendorWord(
        state="passed", why="answered_503"
    )
    callback: processes.VendorWord = LATE
    stances: dict[str, VendorStance] = field(default_factory=dict)
    asked: dict[str, list[str]] = field(default_factory=dict)
    within: str = "PT10M"

    def activities(self) -> list[Callable[..., Any]]:
        return [*super().activities(), self.start_consultation, self.ask_vendor, self.called_back]

    @activity.defn
    async def assess_case(self, request: stubs.AssessCase) -> stubs.Stored:
        """A rule that would clear the content by itself, and a pack that asks vendors first."""
        case, stance = request.case, self.stances[request.case.case_id]
        due = () if case.consultations else (a_consultation(on_outage=stance, meanwhile=stance, within=self.within),)
        held = any(one.state != "answered" for one in (*case.consultations, *due))
        body = Triaged(
            through=request.through,
            evidence_version=1,
            assessments=(an_assessment(automatic=CLEARED if held and stance != "continue" else None),),
            facts={},
            asked=due,
        )
        body = with_stances(body, case, (*case.consultations, *due), lambda area: PACK)
        event = CaseEvent(event_id=f"triage:{request.through}", occurred_at=request.now, body=body)
        return stubs.Stored(events=self._append(case.case_id, (event,)))

    @activity.defn
    async def start_consultation(self, request: processes.ConsultationStart) -> None:
        assert self.client is not None
        workflow_id = consultation_workflow_id(request.case_id, request.consultation.consultation_id)
        await self.client.start_workflow("ConsultationWorkflow", request, id=workflow_id, task_queue="cases")

    @activity.defn
    async def ask_vendor(self, request: processes.AskVendor) -> processes.VendorWord:
        self.asked.setdefault(request.case_id, []).append(request.vendor)
        return self.answer(request.vendor)

    @activity.defn
    async def called_back(self, request: processes.VendorTask) -> processes.VendorWord:
        return self.callback

    @activity.defn
    async def bring_news(self, request: processes.CaseNews) -> None:
        self.put(
            request.case_id,
            lambda number: VendorAnswered(number=number, received_at=datetime.now(UTC), **request.payload),
        )
        assert self.client is not None
        await self.client.get_workflow_handle(request.case_id).signal("ring", {})

    def case(self, case_id: str) -> Case:
        """As its events tell it."""
        return fold_all(Case(case_id=case_id), self.events.get(case_id, []))

    def state(self, case_id: str) -> str:
        """Of its consultation."""
        return next((one.state for one in self.case(case_id).consultations), "")


@pytest.fixture
async def world() -> VendorWorld:
    return VendorWorld()


@pytest.fixture
async def stage(temporal_client: Client, world: VendorWorld) -> AsyncIterator[Stage]:
    queues = [vendor_task_queue(vendor) for vendor in CHAIN]
    async with a_stage(temporal_client, world, [ConsultationWorkflow], queues) as running:
        yield running


async def a_case_of(stage: Stage, world: VendorWorld, stance: str) -> str:
    """A case whose vendors are asked under this stance."""
    fresh = Stage(stage.client, world, stage.queue)
    world.stances[fresh.case_id] = VendorStance(stance)
    await fresh.report()
    return fresh.case_id


def consultation_of(stage: Stage, case_id: str) -> WorkflowHandle[Any, Any]:
    return stage.client.get_workflow_handle(consultation_workflow_id(case_id, "words.1"))


async def test_the_next_of_the_chain_answers_for_the_first_and_the_case_hears_it(stage: Stage, world: VendorWorld):
    world.answer = lambda vendor: (
        processes.VendorWord(state="passed", why="budget")
        if vendor == "openai"
        else processes.VendorWord(state="answered", results=(ANSWER,))
    )
    case_id = await a_case_of(stage, world, "hold")
    await eventually(lambda: world.state(case_id) == "answered")
    (word,) = world.bodies(case_id, "vendor_answered")
    assert world.asked[case_id] == ["openai", "ours"]
    assert [(one.vendor, one.why) for one in word.tried] == [("openai", "budget")]
    assert word.results == (ANSWER,)
    await consultation_of(stage, case_id).result()


async def test_a_month_without_any_vendor_loses_no_case_and_lets_none_go(
    stage: Stage, world: VendorWorld, temporal_env: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch
):
    if not LONG:  # each round takes a second of real time: fewer of them, over the same month
        monkeypatch.setattr(timeouts, "FIRST_PAUSE", timedelta(days=6))
        monkeypatch.setattr(timeouts, "LONGEST_PAUSE", timedelta(days=8))
        monkeypatch.setattr(timeouts, "ROUNDS_A_RUN", 2)

    async def pass_days(days: int) -> None:
        runs = [consultation_of(stage, case_id) for case_id in cases.values()]
        await asyncio.gather(*(temporal_env.fast_forward(run, timedelta(days=days)) for run in runs))

    cases = {stance: await a_case_of(stage, world, stance) for stance in ("hold", "review", "continue")}
    await eventually(lambda: all(world.state(case_id) == "unanswered" for case_id in cases.values()))
    for days, least in ((1, 2), (5, 2), (10, 6), (15, 8)):
        await pass_days(days)  # which says that the time is there, not that everything due by then was done
        await eventually(lambda least=least: all(len(world.asked[case_id]) >= least for case_id in cases.values()))
        for stance, case_id in cases.items():
            (matter,) = world.case(case_id).matters
            assert matter.stage is (MatterStage.HELD if stance == "hold" else MatterStage.IN_REVIEW), stance
            assert world.bodies(case_id, "decision_recorded") == []  # the rule would have let it go
    tries = {stance: len(world.asked[case_id]) for stance, case_id in cases.items()}
    assert all(count <= 60 for count in tries.values()), tries

    world.answer = lambda vendor: processes.VendorWord(state="answered", results=(ANSWER,))
    await pass_days(9)
    await eventually(lambda: all(world.state(case_id) == "answered" for case_id in cases.values()))
    await eventually(lambda: world.case(cases["hold"]).matters[0].stage is MatterStage.IN_REVIEW)
    assert [len(world.bodies(case_id, "vendor_answered")) for case_id in cases.values()] == [2, 2, 2]
    assert all(world.case(case_id).matters[0].open for case_id in cases.values())


async def test_a_callback_ends_the_wait_and_its_lack_asks_the_next(
    stage: Stage, world: VendorWorld, temporal_env: WorkflowEnvironment
):
    answers = {"openai": processes.VendorWord(state="pending", task_id="t-1")}
    world.answer = lambda vendor: answers.get(vendor, processes.VendorWord(state="answered", results=(ANSWER,)))
    never, rung = [await a_case_of(stage, world, "review") for _ in range(2)]
    await eventually(lambda: {*world.asked} >= {never, rung})
    await temporal_env.fast_forward(consultation_of(stage, never), timedelta(minutes=11))
    await eventually(lambda: world.state(never) == "answered")
    assert world.asked[never] == ["openai", "ours"]
    assert [(one.vendor, one.why) for one in world.bodies(never, "vendor_answered")[0].tried] == [("openai", "late")]

    world.callback = processes.VendorWord(state="moot")  # the door has brought it
    await consultation_of(stage, rung).signal("ring", {})
    await consultation_of(stage, rung).result()
    assert world.asked[rung] == ["openai"]


async def test_a_vendor_whose_worker_is_not_there_is_passed_over_in_its_time(
    temporal_client: Client, world: VendorWorld
):
    world.answer = lambda vendor: processes.VendorWord(state="answered", results=(ANSWER,))
    world.within = "PT1S"  # of real time: nothing is skipped while an activity waits for its worker
    async with a_stage(temporal_client, world, [ConsultationWorkflow], [vendor_task_queue("ours")]) as stage:
        case_id = await a_case_of(stage, world, "review")
        await eventually(lambda: world.state(case_id) == "answered")
        (word,) = world.bodies(case_id, "vendor_answered")
    assert [(one.vendor, one.why) for one in word.tried] == [("openai", "no_worker_in_time")]
