"""Whole lives of a case on the real server, effects stood in."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities import stubs
from cases.case import Case
from cases.folding import fold_all
from cases.interventions import InterventionReceived
from cases.messages import DecisionMessage, ReportSource
from cases.names import NOTICES_TASK_QUEUE, PLATFORM_TASK_QUEUE
from cases.received import ReportReceived
from cases.tokens import Claims, issue_token, withdrawal_task
from cases.withdrawals import WithdrawalMessage
from tests.builders import HIDE, SUSPEND, TERMINATE, a_case_id, an_assessment, automatic, terms
from tests.fakes import FakeWorld, an_appeal, eventually
from workers.decision_guard import DecisionGuard
from workers.sandbox import guarded_runner
from workflows.appeal import AppealWorkflow
from workflows.case import CaseWorkflow

KEY = Ed25519PrivateKey.generate()
_SUBJECTS = iter(f"post-{number}" for number in range(1, 10_000))


class Stage:
    """A case on a server with a world around it."""

    def __init__(self, client: Client, world: FakeWorld, queue: str) -> None:
        self.client, self.world, self.queue = client, world, queue
        self.case_id = a_case_id(next(_SUBJECTS))

    async def report(self, times: int = 1, area: str = "harassment") -> WorkflowHandle[Any, Any]:
        for _ in range(times):
            self.world.put(self.case_id, lambda number: _report(number, area))
        return await self.ring()

    async def ring(self) -> WorkflowHandle[Any, Any]:
        return await self.client.start_workflow(
            "CaseWorkflow", id=self.case_id, task_queue=self.queue, start_signal="ring", start_signal_args=[{}]
        )

    async def decide(self, decision_id: str = "d-1", stream: str | None = None, **changes: Any) -> Any:
        reviewer = changes.pop("by", "rev-1")
        plain: dict[str, Any] = {
            "matter": "harassment/1",
            "outcome": "violation",
            "ground": "terms",
            "rule_id": "harassment.rule",
            "rationale_id": "txt-" + "0" * 32,
        }
        fields = {**plain, **changes}
        task = f"second:{fields['seconds']}" if fields.get("seconds") else fields["matter"]
        message = DecisionMessage(
            decision_id=decision_id, token=a_token(stream or self.case_id, task, reviewer), **fields
        )
        handle = self.client.get_workflow_handle(stream or self.case_id)
        return await handle.execute_update("decide", message, id=decision_id)

    async def summary(self) -> dict[str, Any]:
        return await self.client.get_workflow_handle(self.case_id).query("summary")

    async def reaches(self, stage: str, seconds: float = 20.0) -> None:
        async with asyncio.timeout(seconds):
            while (await self.summary())["stage"] != stage:  # noqa: ASYNC110 - a query has no event
                await asyncio.sleep(0.05)


def a_token(stream: str, task_id: str, reviewer: str, **changes: Any) -> str:
    claims = Claims(
        tenant="demo",
        stream=stream,
        task_id=task_id,
        lease_id="lease-1",
        reviewer=reviewer,
        evidence="sha256:0",
        expires_at=changes.pop("expires_at", datetime.now(UTC) + timedelta(hours=1)),
    )
    return issue_token("k1", changes.pop("key", KEY), claims)


def _report(number: int, area: str) -> ReportReceived:
    return ReportReceived(
        number=number, area=area, source=ReportSource.NOTICE, received_at=datetime.now(UTC), contactable=1
    )


@asynccontextmanager
async def a_stage(
    client: Client,
    world: FakeWorld,
    workflows: Sequence[type] = (),
    queues: Sequence[str] = (),
    *,
    leave: bool = False,
) -> AsyncIterator[Stage]:
    """A worker on every queue. workflows, queues: beside those of every case.

    leave: what runs at the end goes on without one, until another comes.
    """
    world.client = client
    effects = world.activities()
    options: dict[str, Any] = {
        "workflow_runner": guarded_runner(),
        "interceptors": [DecisionGuard({"k1": KEY.public_key()})],
    }
    runs = [CaseWorkflow, AppealWorkflow, *workflows]
    async with AsyncExitStack() as working:
        await working.enter_async_context(
            Worker(client, task_queue="cases", workflows=runs, activities=effects, **options)
        )
        for queue in (PLATFORM_TASK_QUEUE, NOTICES_TASK_QUEUE, *queues):
            await working.enter_async_context(Worker(client, task_queue=queue, activities=effects))
        yield Stage(client, world, "cases")
        if not leave:
            await _end_what_runs(client)


async def _end_what_runs(client: Client) -> None:
    """The server outlives the test: what a test leaves running would order from the next test's world."""
    async for running in client.list_workflows("ExecutionStatus = 'Running'"):
        handle = client.get_workflow_handle(running.id, run_id=running.run_id)
        try:
            await _between_tasks(
                handle
            )  # a local activity whose run is gone outlives its worker, and the SDK cries out
            await handle.terminate("the test is over")
        except RPCError as err:
            if err.status is not RPCStatusCode.NOT_FOUND:
                raise


async def _between_tasks(handle: WorkflowHandle[Any, Any]) -> None:
    """Wait until no worker is at this run; one that has none any more is waited for a moment."""
    with suppress(TimeoutError):
        async with asyncio.timeout(5):
            while (await handle.describe()).raw_description.HasField("pending_workflow_task"):  # noqa: ASYNC110
                await asyncio.sleep(0.02)


@pytest.fixture
async def world() -> FakeWorld:
    return FakeWorld()


@pytest.fixture
async def stage(temporal_client: Client, world: FakeWorld) -> AsyncIterator[Stage]:
    async with a_stage(temporal_client, world) as running:
        yield running


def _steps(events: Sequence[Any]) -> int:
    """Events but for the bookkeeping of workflow tasks, of which a slow machine makes more (whole counts: benchmarks)."""
    return len([one for one in events if not EventType.Name(one.event_type).startswith("EVENT_TYPE_WORKFLOW_TASK_")])


async def _quiet(handle: WorkflowHandle[Any, Any]) -> Sequence[Any]:
    """The history, once the run only waits: no workflow task and no activity under way."""
    async with asyncio.timeout(30):
        while True:
            described = (await handle.describe()).raw_description
            if not described.HasField("pending_workflow_task") and not described.pending_activities:
                return (await handle.fetch_history()).events
            await asyncio.sleep(0.05)


def _our_own(events: Sequence[Any]) -> list[Any]:
    """Events but for those that the test server writes of a clock that was moved: one for each wait it skips."""
    moved = (
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED,
    )
    return [one for one in events if one.event_type not in moved]


async def test_a_rule_decides_the_platform_confirms_the_reporter_is_told_and_the_run_completes(
    stage: Stage, world: FakeWorld
):
    world.assess = lambda request: (
        an_assessment("spam", automatic=automatic(), terms=terms(queue="spam", statement_exempt=True)),
    )
    handle = await stage.report(area="spam")
    await handle.result()
    assert [event.body.kind for event in world.events[stage.case_id]] == [
        "report_received",
        "evidence_captured",
        "triaged",
        "decision_recorded",
        "order_confirmed",
        "told",
    ]
    assert [notice.kind for told in world.told for notice in told.notices] == ["outcome_reporter"]
    history = await handle.fetch_history()
    assert _steps(history.events) <= 18


async def test_a_held_post_is_reviewed_and_the_author_hears_first_of_the_hold_then_of_the_decision(
    stage: Stage, world: FakeWorld
):
    world.assess = lambda request: (an_assessment(hold=(HIDE,)),)
    handle = await stage.report()
    await stage.reaches("held")
    assert world.projections[stage.case_id].tasks[0].task_id == "harassment/1"
    answer = await stage.decide()
    assert answer["status"] == "accepted"
    await handle.result()
    kinds = [notice.kind for told in world.told for notice in told.notices]
    assert kinds == ["statement_provisional", "statement", "outcome_reporter"]
    assert [order.order.order_id for order in world.orders] == ["hold:harassment/1:subject", "d-1:subject"]
    assert world.orders[1].order.revoke == ("hold:harassment/1/1",)
    assert len(world.filed) == 2
    assert world.projections[stage.case_id].strikes[0].active
    assert _steps((await handle.fetch_history()).events) <= 39


async def test_a_decision_without_a_claim_is_refused_and_leaves_no_event(stage: Stage, world: FakeWorld):
    await stage.report()
    await stage.reaches("in_review")
    await eventually(lambda: bool(world.bodies(stage.case_id, "receipts_sent")))
    handle = stage.client.get_workflow_handle(stage.case_id)
    before = len(await _quiet(handle))
    fields = {"matter": "harassment/1", "outcome": "no_violation", "rationale_id": "txt-" + "0" * 32}
    for message, problem in [
        (DecisionMessage(decision_id="d-1", **fields), "token: missing"),
        (
            DecisionMessage(decision_id="d-1", token=a_token(stage.case_id, "spam/1", "rev-1"), **fields),
            "was given for task",
        ),
        (
            DecisionMessage(
                decision_id="d-1",
                token=a_token(stage.case_id, "harassment/1", "rev-1", key=Ed25519PrivateKey.generate()),
                **fields,
            ),
            "does not hold",
        ),
        (
            DecisionMessage(
                decision_id="d-1",
                token=a_token(
                    stage.case_id, "harassment/1", "rev-1", expires_at=datetime.now(UTC) - timedelta(seconds=1)
                ),
                **fields,
            ),
            "claim ended",
        ),
    ]:
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await handle.execute_update("decide", message, id="d-1")
        assert problem in str(refused.value.cause)
    added = [EventType.Name(one.event_type) for one in (await handle.fetch_history()).events[before:]]
    assert not added or "EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT" in added  # that is of a machine that stalls
    assert not [name for name in added if not name.startswith("EVENT_TYPE_WORKFLOW_TASK_")]
    assert not world.bodies(stage.case_id, "decision_recorded")


async def test_a_raw_signal_decides_and_a_malformed_one_is_recorded_as_refused(stage: Stage, world: FakeWorld):
    handle = await stage.report()
    await stage.reaches("in_review")
    await handle.signal("decide", "free text, not an object")
    await handle.signal("decide", args=[])
    await handle.signal("decide", args=[{"decision_id": "d-0"}, {}])
    await handle.signal(
        "decide", {"decision_id": "d-9", "matter": "spam/7", "outcome": "violation", "reviewer": "rev-1"}
    )
    await eventually(lambda: len(world.bodies(stage.case_id, "message_refused")) == 4)
    good = {
        "decision_id": "d-1",
        "matter": "harassment/1",
        "outcome": "no_violation",
        "rationale_id": "txt-" + "0" * 32,
        "reviewer": "rev-1",
    }
    await handle.signal("decide", good)
    await handle.result()
    assert [body.decision.decision_id for body in world.bodies(stage.case_id, "decision_recorded")] == ["d-1"]


async def test_what_is_taken_together_with_a_decision_is_judged_too(stage: Stage, world: FakeWorld):
    await stage.report()
    await stage.reaches("in_review")
    decision = {
        "decision_id": "d-1",
        "matter": "harassment/1",
        "outcome": "no_violation",
        "ground": "terms",
        "rationale_id": "txt-" + "0" * 32,
        "token": a_token(stage.case_id, "harassment/1", "rev-1"),
    }
    world.take_together(stage.case_id, decision, lambda number: _report(number, "spam"))
    await stage.ring()
    await eventually(lambda: len(world.bodies(stage.case_id, "triaged")) == 2)
    assert len(world.bodies(stage.case_id, "decision_recorded")) == 1
    folded = fold_all(Case(case_id=stage.case_id), world.events[stage.case_id])
    assert folded.counts.keys() == {"harassment", "spam"}
    assert world.bodies(stage.case_id, "triaged")[-1].through == 3, "the run knows of the report"


async def test_an_order_the_platform_does_not_confirm_is_stuck_visible_and_told_to_nobody(
    stage: Stage, world: FakeWorld, temporal_env: WorkflowEnvironment
):
    handle = await stage.report()
    await stage.reaches("in_review")
    world.platform_down = True
    await stage.decide()
    await eventually(lambda: world.calls.get("enforce", 0) >= 1)
    await temporal_env.fast_forward(handle, timedelta(hours=1))
    await eventually(lambda: len(world.bodies(stage.case_id, "order_stuck")) == 1)
    summary = await stage.summary()
    assert summary["stage"] == "enforcing"
    assert summary["stuck"] == ["d-1:subject"]
    assert not [n for told in world.told for n in told.notices]
    world.platform_down = False
    await temporal_env.fast_forward(handle, timedelta(minutes=20))
    await handle.result()
    assert [notice.kind for told in world.told for notice in told.notices] == ["statement", "outcome_reporter"]


async def test_an_order_the_pack_gives_up_on_is_an_operators_task_until_one_steps_in(
    stage: Stage, world: FakeWorld, temporal_env: WorkflowEnvironment
):
    world.assess = lambda request: (an_assessment(terms=terms(retry_for="PT10M")),)
    handle = await stage.report()
    await stage.reaches("in_review")
    world.platform_down = True
    await stage.decide()
    await eventually(lambda: world.calls.get("enforce", 0) >= 1)
    await temporal_env.fast_forward(handle, timedelta(minutes=15))
    await eventually(lambda: bool(world.bodies(stage.case_id, "order_given_up")))
    (given_up,) = world.bodies(stage.case_id, "order_given_up")
    await eventually(lambda: [one.due_at for one in world.projections[stage.case_id].tasks] == [given_up.due_at])
    world.platform_down = False
    retry = {"message_id": "i-1", "order_id": "d-1:subject", "step": "retry", "operator": "op-1", "reason_id": "txt-1"}
    at = given_up.due_at - timedelta(minutes=50)
    world.put(
        stage.case_id,
        lambda number: InterventionReceived.model_validate({**retry, "number": number, "received_at": at}),
    )
    await stage.ring()
    await handle.result()
    assert not world.projections[stage.case_id].tasks
    assert [notice.kind for told in world.told for notice in told.notices] == ["statement", "outcome_reporter"]


async def test_a_reversed_appeal_lifts_the_measure_and_takes_the_strike_back(stage: Stage, world: FakeWorld):
    handle = await stage.report()
    await stage.reaches("in_review")
    await stage.decide()
    await handle.result()
    assert world.projections[stage.case_id].strikes[0].active
    world.put(stage.case_id, lambda number: an_appeal(number))
    handle = await stage.ring()
    await eventually(lambda: "appeal/demo/a-1" in world.projections)
    stream = "appeal/demo/a-1"
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await stage.decide("d-2", stream, by="rev-1", matter="appeal", outcome="reversed", ground=None, rule_id=None)
    assert "decided the first time" in str(refused.value.cause)
    await stage.decide("d-3", stream, by="rev-2", matter="appeal", outcome="reversed", ground=None, rule_id=None)
    await handle.result()
    assert world.orders[-1].order.revoke == ("d-1/1",)
    assert not world.projections[stage.case_id].strikes[0].active
    kinds = [notice.kind for told in world.told for notice in told.notices]
    assert kinds[-2:] == ["reversal_author", "reversal_reporter"]
    assert world.bodies(stage.case_id, "decision_reversed")[0].by == "appeal:a-1"
    appeal = await stage.client.get_workflow_handle(stream).fetch_history()
    case = await handle.fetch_history()
    assert _steps(appeal.events) + _steps(case.events) <= 9 + 22
    await stage.client.get_workflow_handle(stream).result()


async def test_an_appeals_outcome_waits_for_its_grace_is_taken_back_and_found_anew(
    stage: Stage, world: FakeWorld, temporal_env: WorkflowEnvironment
):
    world.assess = lambda request: (an_assessment(terms=terms(grace="PT1H", appeals_wait=True)),)
    handle = await stage.report()
    await stage.reaches("in_review")
    await stage.decide()
    await handle.result()
    world.put(stage.case_id, lambda number: an_appeal(number))
    handle = await stage.ring()
    stream = "appeal/demo/a-1"
    await eventually(lambda: stream in world.projections)
    plain: dict[str, Any] = {"matter": "appeal", "ground": None, "rule_id": None}
    await stage.decide("d-2", stream, by="rev-2", outcome="reversed", **plain)
    await eventually(lambda: world.bodies(stream, "outcome_entered"))
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await stage.decide("d-3", stream, by="rev-3", outcome="upheld", **plain)
    assert refused.value.cause.type == "in_grace"  # type: ignore[attr-defined]
    hearing = stage.client.get_workflow_handle(stream)
    back = WithdrawalMessage(
        message_id="w-1", decision_id="d-2", token=a_token(stream, withdrawal_task("d-2"), "rev-2")
    )
    await hearing.execute_update("withdraw", back, id="w-1")
    await eventually(lambda: world.bodies(stream, "outcome_withdrawn"))
    await stage.decide("d-4", stream, by="rev-3", outcome="upheld", **plain)
    await eventually(lambda: len(world.bodies(stream, "outcome_entered")) == 2)
    assert not world.bodies(stage.case_id, "appeal_closed")
    await temporal_env.fast_forward(hearing, timedelta(hours=2))
    await hearing.result()
    await handle.result()
    (closed,) = world.bodies(stage.case_id, "appeal_closed")
    assert (closed.outcome, closed.by) == ("upheld", "rev-3")
    assert not world.bodies(stage.case_id, "decision_reversed")


async def test_an_appeal_sent_after_the_window_is_refused_kindly(stage: Stage, world: FakeWorld):
    handle = await stage.report()
    await stage.reaches("in_review")
    await stage.decide()
    await handle.result()
    seven_months_on = datetime.now(UTC) + timedelta(days=214)
    world.put(stage.case_id, lambda number: an_appeal(number, received_at=seven_months_on))
    handle = await stage.ring()
    await handle.result()
    assert world.bodies(stage.case_id, "appeal_refused")[0].reason == "too_late"
    assert world.told[-1].notices[0].kind == "appeal_refused"


async def test_an_appeal_months_later_has_its_whole_time_from_the_moment_it_came(stage: Stage, world: FakeWorld):
    handle = await stage.report()
    await stage.reaches("in_review")
    await stage.decide()
    await handle.result()
    five_months_on = datetime.now(UTC) + timedelta(days=150)
    world.put(stage.case_id, lambda number: an_appeal(number, appeal_id="a-5", received_at=five_months_on))
    await stage.ring()
    await eventually(lambda: "appeal/demo/a-5" in world.projections)
    opened = world.bodies(stage.case_id, "appeal_opened")[0]
    assert opened.due_at >= five_months_on + timedelta(days=14)


async def test_a_suspension_of_seven_days_ends_by_its_timer(
    stage: Stage, world: FakeWorld, temporal_env: WorkflowEnvironment
):
    handle = await stage.report()
    await stage.reaches("in_review")
    await stage.decide(enforcements=(SUSPEND,))
    await eventually(lambda: len(world.bodies(stage.case_id, "told")) == 2)
    await temporal_env.fast_forward(handle, timedelta(days=7, minutes=1))
    await handle.result()
    assert world.orders[-1].order.revoke == ("d-1/1",)
    assert world.told[-1].notices[0].kind == "measure_expired"


async def test_what_was_removed_is_destroyed_when_nobody_may_appeal_any_more(
    stage: Stage, world: FakeWorld, temporal_env: WorkflowEnvironment
):
    world.assess = lambda request: (an_assessment(terms=terms(destroy_after="P30D")),)
    handle = await stage.report()
    await stage.reaches("in_review")
    await stage.decide()
    await eventually(lambda: len(world.bodies(stage.case_id, "told")) == 2)
    await temporal_env.fast_forward(handle, timedelta(days=150))
    assert [one.order.order_id for one in world.orders] == ["d-1:subject"]
    await temporal_env.fast_forward(handle, timedelta(days=40))
    await handle.result()
    assert [one.order.order_id for one in world.orders] == ["d-1:subject", "destroy:d-1/1:subject"]
    assert world.orders[-1].order.impose[0].kind == "destroy"


async def test_what_cannot_be_undone_waits_for_a_second_person(stage: Stage, world: FakeWorld):
    handle = await stage.report()
    await stage.reaches("in_review")
    await stage.decide(enforcements=(TERMINATE,))
    await eventually(lambda: bool(world.bodies(stage.case_id, "decision_proposed")))
    assert not world.orders
    await eventually(lambda: world.projections[stage.case_id].tasks[0].task_id == "second:d-1")
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await stage.decide("d-2", by="rev-1", seconds="d-1")
    assert "another person" in str(refused.value.cause)
    await stage.decide("d-3", by="rev-2", seconds="d-1")
    await handle.result()
    recorded = world.bodies(stage.case_id, "decision_recorded")[0].decision
    assert (recorded.decision_id, recorded.by, recorded.second_by) == ("d-1", "rev-1", "rev-2")
    assert world.orders[0].order.impose[0].kind == "terminate"


async def test_content_edited_meanwhile_is_captured_and_assessed_again(stage: Stage, world: FakeWorld):
    world.assess = lambda request: (an_assessment(version=request.case.evidence[-1].version, hold=(HIDE,)),)
    world.edited_once = True
    await stage.report()
    await stage.reaches("held")
    await eventually(lambda: len(world.bodies(stage.case_id, "evidence_captured")) == 2)
    await eventually(lambda: len(world.orders) == 1)
    assert world.orders[0].order.order_id == "hold:harassment/2:subject"
    kinds = [notice.kind for told in world.told for notice in told.notices]
    assert kinds.count("statement_provisional") <= 1


async def test_a_missed_review_is_warned_of_and_recorded_as_a_breach(
    stage: Stage, world: FakeWorld, temporal_env: WorkflowEnvironment
):
    handle = await stage.report()
    await stage.reaches("in_review")
    await temporal_env.fast_forward(handle, timedelta(hours=25))
    await eventually(lambda: len(world.bodies(stage.case_id, "clock_breached")) == 1)
    assert [body.percent for body in world.bodies(stage.case_id, "clock_warned")] == [50, 80]
    await eventually(lambda: world.projections[stage.case_id].tasks[0].tier == 2)


async def test_postgres_away_costs_few_events_and_updates_answer_quickly(
    stage: Stage, world: FakeWorld, temporal_env: WorkflowEnvironment
):
    handle = await stage.report()
    await stage.reaches("in_review")
    await eventually(lambda: bool(world.bodies(stage.case_id, "receipts_sent")))
    before = len(_our_own((await handle.fetch_history()).events))
    world.record_down = True
    async with asyncio.timeout(4):  # the record stays away meanwhile
        await stage.decide()
    await temporal_env.fast_forward(handle, timedelta(hours=1))
    during = _our_own((await handle.fetch_history()).events)
    assert len(during) - before < 20  # a local activity that is tried again would write 23 a minute
    world.record_down = False
    with suppress(RPCError):  # it may have noticed, and be done, by now
        await temporal_env.fast_forward(handle, timedelta(minutes=11))
    await handle.result()
    assert len(world.bodies(stage.case_id, "decision_recorded")) == 1


async def test_an_operators_roll_continues_the_case_as_new_without_losing_anything(stage: Stage, world: FakeWorld):
    handle = await stage.report()
    await stage.reaches("in_review")
    first = (await handle.describe()).run_id
    await asyncio.sleep(1.1)  # never in a run's first second
    await handle.signal("roll")
    latest = stage.client.get_workflow_handle(stage.case_id)
    async with asyncio.timeout(20):
        while (await latest.describe()).run_id == first:  # noqa: ASYNC110 - the server says so only when asked
            await asyncio.sleep(0.05)
    await stage.reaches("in_review")
    await stage.decide()
    await latest.result()
    assert len(world.bodies(stage.case_id, "decision_recorded")) == 1


async def test_stubs_are_what_the_fakes_answer(world: FakeWorld):
    names = {effect.__name__ for effect in world.activities()}
    assert names <= {name for name in dir(stubs) if not name.startswith("_")}


async def test_an_effect_that_fails_for_good_stays_owed_and_is_tried_again(
    stage: Stage, world: FakeWorld, temporal_env: WorkflowEnvironment
):
    world.tell_broken = True
    handle = await stage.report()
    await eventually(lambda: world.calls.get("tell_people", 0) == 1)
    world.tell_broken = False
    await temporal_env.fast_forward(handle, timedelta(minutes=11))
    await eventually(lambda: len(world.bodies(stage.case_id, "receipts_sent")) == 1)


async def test_a_filing_that_could_not_be_started_is_started_later(
    stage: Stage, world: FakeWorld, temporal_env: WorkflowEnvironment
):
    world.filing_broken = True
    handle = await stage.report()
    await stage.reaches("in_review")
    await stage.decide()
    await eventually(lambda: world.calls.get("start_filing", 0) >= 2)  # at once, and patiently
    world.filing_broken = False
    await temporal_env.fast_forward(handle, timedelta(minutes=11))
    await handle.result()
    assert len(world.filed) == 1


async def test_a_decision_that_waits_for_its_grace_is_carried_out_by_the_runs_own_clock(stage: Stage, world: FakeWorld):
    world.assess = lambda request: (an_assessment(terms=terms(grace="PT2S", grace_waits=True)),)
    await stage.report()
    await stage.reaches("in_review")
    await stage.decide()
    await eventually(lambda: world.bodies(stage.case_id, "decision_entered"))
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await stage.decide("d-2", by="rev-2", outcome="no_violation")
    assert refused.value.cause.type == "in_grace"  # type: ignore[attr-defined]
    await stage.decide("d-3", replaces="d-1", enforcements=[HIDE])
    await stage.client.get_workflow_handle(stage.case_id).result()
    assert [one.decision.decision_id for one in world.bodies(stage.case_id, "decision_recorded")] == ["d-3"]
    assert [[measure.kind for measure in one.order.impose] for one in world.orders] == [["hide"]]
