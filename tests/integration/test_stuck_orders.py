"""Orders that the platform does not confirm: seen with attempts, error and next try; stepped in by an operator; read back."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from api.errors import Refused
from api.operator_answers import StuckOrder
from api.requests import InterventionRequest
from cases.measures import OrderStage
from record import measures
from simulators.faults import Fault
from tests.integration.kit import Installation, a_modules_installation, until
from workers.postgres_server import PostgresServer

ORDER = "d-1:subject"
RARELY = {"DUEPROCESS_RETRY_MAXIMUM_INTERVAL_SECONDS": "3600"}


@pytest.fixture(scope="module")
async def here(
    anyio_backend: str, postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installation]:
    async with a_modules_installation(postgres_server, tmp_path_factory, "stuck", **RARELY) as installation:
        yield installation


@dataclass(frozen=True)
class Stuck:
    """Four cases whose orders were stuck at once, one for each thing an operator may do. shown: as `stuck` listed it."""

    retried: str
    skipped: str
    passed_by: str
    by_hand: str
    shown: StuckOrder


@pytest.fixture(scope="module")
async def stuck(here: Installation) -> Stuck:
    """Every step is taken while the platform fails; then it is well again, and the first order is retried."""
    streams = [await decided(here, post) for post in ("retried", "skipped", "passed-by", "by-hand")]
    await here.report("passed-by", area="spam")
    await asyncio.gather(*(gets_stuck(here, stream) for stream in streams))

    async def listed() -> StuckOrder | None:
        cases = (await here.doors.stuck("demo")).cases
        orders = [order for case in cases if case.case_id == streams[0] for order in case.orders]
        return orders[0] if orders and orders[0].next_try_at else None

    shown: StuckOrder = await until(listed)
    await step_in(here, streams[1], "skip")
    await step_in(here, streams[2], "skip")
    await step_in(here, streams[3], "by_hand", reference="TICKET-1")
    await step_in(here, streams[3], "by_hand", reference="TICKET-1")  # its answer was lost; it is one step
    for stream in streams[1:]:
        await here.reaches(stream, "order_intervened")
    here.world.heal()
    await step_in(here, streams[0], "retry")
    return Stuck(*streams, shown)


async def decided(here: Installation, post: str) -> str:
    """Decided while the platform takes no orders."""
    here.world.post(post, author=post)
    stream = (await here.report(post)).case_id
    await here.claim(stream)
    here.world.platform.faults.fault = Fault(wrong="500", paths=("/orders",))
    await here.decide(stream)
    return stream


async def gets_stuck(here: Installation, stream: str) -> None:
    await until(lambda: tried(here, stream))
    await here.forward(stream, seconds=61)
    await here.reaches(stream, "order_stuck")


async def tried(here: Installation, stream: str) -> bool:
    waiting = await measures.stuck(here.means.record, "demo")
    return any(one.case_id == stream and one.attempts for one in waiting)


async def step_in(here: Installation, stream: str, step: str, order: str = ORDER, **changes: Any) -> None:
    wanted = {"message_id": f"i-{step}", "case_id": stream, "order_id": order, "step": step, "reason": "synthetic"}
    await here.doors.intervene("demo", "op-1", InterventionRequest.model_validate({**wanted, **changes}))


def statements(here: Installation, post: str) -> int:
    return here.world.told().count((f"{post}@example.invalid", "statement"))


async def test_a_stuck_order_shows_its_attempts_its_error_and_its_next_try_and_a_retry_sends_it_now(
    here: Installation, stuck: Stuck
):
    assert (stuck.shown.order_id, stuck.shown.last_error) == (ORDER, "answered_500")
    assert stuck.shown.attempts > 1
    assert stuck.shown.next_try_at
    assert stuck.shown.last_attempt_at
    assert stuck.shown.next_try_at > stuck.shown.last_attempt_at
    assert [body.error for body in await here.bodies(stuck.retried, "order_stuck")] == ["answered_500"]
    await here.settles(stuck.retried, seconds=20)
    assert here.world.measures("retried") == ["remove"]
    assert statements(here, "retried") == 1


async def test_a_skipped_order_has_no_effect_is_told_to_nobody_and_can_be_taken_up_again(
    here: Installation, stuck: Stuck
):
    case = await here.settles(stuck.skipped)
    assert case.order(ORDER).stage is OrderStage.SKIPPED
    assert (here.world.measures("skipped"), statements(here, "skipped")) == ([], 0)
    found = await here.reconciled()
    assert not found.differences
    assert [one.kind for one in found.known if one.case_id == stuck.skipped] == ["order_skipped"]
    with pytest.raises(Refused, match="is for an order that is"):
        await step_in(here, stuck.skipped, "retry")

    await step_in(here, stuck.skipped, "resume")
    await here.reaches(stuck.skipped, "told")
    await here.settles(stuck.skipped)
    assert here.world.measures("skipped") == ["remove"]
    assert statements(here, "skipped") == 1
    assert not (await here.reconciled()).differences


async def test_the_next_order_on_the_target_does_not_carry_what_was_skipped(here: Installation, stuck: Stuck):
    spam = {"rule_id": "spam.reported", "enforcements": [{"kind": "label"}]}
    await here.decide(stuck.passed_by, "d-2", "spam/1", "rev-2", **spam)
    await here.settles(stuck.passed_by)
    assert here.world.measures("passed-by") == ["label"]
    assert not (await here.reconciled()).differences


async def test_what_was_done_by_hand_is_told_and_known_to_reconcile(here: Installation, stuck: Stuck):
    await here.settles(stuck.by_hand)
    assert statements(here, "by-hand") == 1
    (body,) = await here.bodies(stuck.by_hand, "order_intervened")
    assert (body.operator, body.reference) == ("op-1", "TICKET-1")
    found = await here.reconciled()
    assert not found.differences
    assert "done_by_hand" in [one.kind for one in found.known if one.case_id == stuck.by_hand]


async def test_an_order_whose_answers_are_all_lost_is_confirmed_by_reading_back(here: Installation):
    here.world.post("garbled", author="garbled")
    stream = (await here.report("garbled")).case_id
    await here.claim(stream)
    here.world.platform.faults.fault = Fault(wrong="apply_then_500", paths=("/orders",))
    await here.decide(stream)
    await here.reaches(stream, "order_confirmed")
    here.world.heal()
    assert [body.how for body in await here.bodies(stream, "order_confirmed")] == ["read_back"]
    await here.settles(stream)
    assert statements(here, "garbled") == 1


async def test_what_nobody_can_say_is_alarmed_told_to_nobody_and_read_back_once_that_can_be(here: Installation):
    """The platform did it, its answer is lost, and reading fails too; then it can be read, and takes no orders still."""
    here.world.post("unknown", author="unknown")
    stream = (await here.report("unknown")).case_id
    await here.claim(stream)
    here.world.platform.faults.fault = Fault(wrong="apply_then_lost", paths=("/orders", "/targets"))
    await here.decide(stream)
    await gets_stuck(here, stream)
    assert here.world.measures("unknown") == ["remove"], "it did what it was asked, unheard"
    assert statements(here, "unknown") == 0
    assert stream in [one.case_id for one in (await here.doors.stuck("demo")).cases]
    here.world.platform.faults.fault = Fault(wrong="apply_then_lost", paths=("/orders",))
    await step_in(here, stream, "retry", message_id="i-unknown")
    await here.reaches(stream, "order_confirmed")
    here.world.heal()
    assert [body.how for body in await here.bodies(stream, "order_confirmed")] == ["read_back"]
    await here.settles(stream)
    assert statements(here, "unknown") == 1
    assert stream not in [one.case_id for one in (await here.doors.stuck("demo")).cases]
