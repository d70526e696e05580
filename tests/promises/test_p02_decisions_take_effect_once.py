"""P2: a recorded decision takes effect, once, in order; nobody is told of an effect that the platform has not confirmed."""

import asyncio
from collections import Counter
from pathlib import Path

from simulators.faults import Fault
from tests.conftest import Database
from tests.integration.kit import Installation, an_installation, until


async def test_orders_of_two_decisions_take_effect_in_the_order_they_were_recorded(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1")
        stream = (await here.report("post-1")).case_id
        await here.report("post-1", area="spam")
        here.world.platform.faults.fault = Fault(wrong="apply_then_lost", times=3, paths=("/orders",))
        await here.decide(stream)
        await here.decide(stream, "d-2", "spam/1", "rev-2", rule_id="spam.reported", enforcements=[{"kind": "label"}])
        await here.settles(stream)
        assert sorted(here.world.measures("post-1")) == ["label", "remove"]
        versions = [one["target_version"] for one in here.world.orders("applied")]
        assert versions == sorted(versions)
        assert set(Counter(one["order_id"] for one in here.world.orders("applied")).values()) == {1}
        assert not (await here.reconciled()).differences


async def test_nobody_hears_of_a_measure_while_the_platform_answers_nonsense(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1")
        stream = (await here.report("post-1")).case_id
        await here.claim(stream)
        here.world.platform.faults.fault = Fault(wrong="garbage", paths=("/orders",))
        await here.decide(stream)
        await here.reaches(stream, "decision_recorded")
        await until(lambda: garbled(here))
        assert "told" not in await here.kinds(stream)
        assert [kind for _, kind in here.world.told() if kind != "receipt"] == []
        here.world.heal()
        await here.settles(stream)
        assert ("author@example.invalid", "statement") in here.world.told()


async def garbled(here: Installation) -> bool:
    """Whether the platform met an order with nonsense, and met it again."""
    log = here.world.platform.world.read_log(0, 1_000)
    return sum(one["event"] == "fault" for one in log) >= 2


async def test_the_same_decision_sent_ten_times_at_once_is_one(postgres: Database, tmp_path: Path):
    from api.requests import DecisionRequest

    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1")
        stream = (await here.report("post-1")).case_id
        claimed = await here.claim(stream)
        decision = DecisionRequest(
            decision_id="d-1",
            token=claimed.token,
            outcome="violation",  # type: ignore[arg-type]  # as JSON has it
            ground="terms",  # type: ignore[arg-type]
            rule_id="harassment.reported",
            rationale="synthetic rationale",
        )
        answers = await asyncio.gather(*(here.doors.decide("demo", "rev-1", decision) for _ in range(10)))
        assert {answer.decision_id for answer in answers} == {"d-1"}
        await here.settles(stream)
        assert (await here.kinds(stream)).count("decision_recorded") == 1
        assert Counter(here.world.told())[("author@example.invalid", "statement")] == 1


async def test_an_edit_between_decision_and_order_keeps_what_was_not_judged_from_being_removed(
    postgres: Database, tmp_path: Path
):
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1")
        stream = (await here.report("post-1")).case_id
        await here.claim(stream)
        here.world.edit("post-1", "Entirely other synthetic words.")
        await here.decide(stream)
        await here.reaches(stream, "order_voided")
        await here.reaches(stream, "evidence_captured", times=2)
        assert here.world.measures("post-1") == []
        await here.claim(stream, "harassment/2", "rev-2")
        assert ("author@example.invalid", "statement") not in here.world.told()
