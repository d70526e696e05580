"""P2 and P4 where the pack gave up on an order, or an operator left it out, and the decision is taken back: nothing waits,
nothing is left in force at the platform, and nobody hears of what never was.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from cases.measures import OrderStage
from record import measures
from simulators.faults import Fault
from tests.chance import Lives
from tests.conftest import a_database
from tests.driven import Driven, a_driven_installation
from tests.promises.test_p02_answers_unheard import ORDER, decide, lives, the_end, the_run, told
from workers.postgres_server import PostgresServer

__all__ = ["lives"]  # a fixture

HELD = "intimate_images"  # hidden at the first report


@pytest.fixture(scope="module")
async def driven(
    anyio_backend: str, postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Driven]:
    folder = tmp_path_factory.mktemp("given_up")
    async with a_database(postgres_server) as database, a_driven_installation(database, folder) as installation:
        yield installation


async def is_held(lives: Lives) -> None:
    """A rule hides the post until somebody has looked, and its author hears so."""
    await lives.report(lives.posts[0], HELD)
    await lives.end()
    assert lives.driven.world.measures(lives.posts[0]) == ["hide"]


async def gives_up(lives: Lives, wrong: Fault, order_id: str = ORDER) -> None:
    """The platform fails until the pack has the order tried no more; then it is well again."""
    run, lives.impatient = the_run(lives), 1.0
    lives.driven.world.platform.faults.fault = wrong
    for _ in range(6):
        await lives.work()
        if run.case is not None and run.case.order(order_id).stage is OrderStage.GIVEN_UP:
            break
    assert run.case is not None
    assert run.case.order(order_id).stage is OrderStage.GIVEN_UP
    lives.driven.world.heal()


async def reverse(lives: Lives, *keep: str) -> None:
    run = the_run(lives)
    names = {"message_id": f"r-{lives.name}", "decision_id": "d-1", "keep": list(keep), "operator": "op-1"}
    await lives.say(run, "reverse", **names, reason_id=await lives.text(run.stream))


def stage(lives: Lives) -> OrderStage:
    case = the_run(lives).case
    assert case is not None
    return case.order(ORDER).stage


async def step_in(lives: Lives, step: str) -> None:
    run = the_run(lives)
    names = {"message_id": lives.fresh("i"), "order_id": ORDER, "step": step, "operator": "op-1"}
    await lives.say(run, "intervene", **names, reason_id=await lives.text(run.stream))


@pytest.mark.parametrize("wrong", ["500", "apply_then_lost"])
async def test_a_reversal_of_what_was_given_up_leaves_nothing_in_force_whether_or_not_it_was_carried_out_unheard(
    lives: Lives, wrong: Any
):
    await decide(lives, {"kind": "remove"})
    await gives_up(lives, Fault(wrong=wrong, paths=("/orders", "/targets")))
    await reverse(lives)
    await lives.work(4)
    assert lives.driven.world.measures(lives.posts[0]) == [], "no operator was waited for"
    assert stage(lives) is OrderStage.SKIPPED
    await the_end(lives)
    assert told(lives) == []


async def test_the_hold_that_a_given_up_order_was_to_replace_falls_with_the_reversal(lives: Lives):
    await is_held(lives)
    await decide(lives, {"kind": "remove"}, area=HELD)
    await gives_up(lives, Fault(down=True))
    assert lives.driven.world.measures(lives.posts[0]) == ["hide"]
    await reverse(lives)
    await the_end(lives)
    assert lives.driven.world.measures(lives.posts[0]) == []
    assert told(lives) == ["statement_provisional", "hold_lifted"]


async def test_what_is_kept_of_a_given_up_order_is_in_force_and_told_alone(lives: Lives):
    await decide(lives, {"kind": "label"}, {"kind": "demote"})
    await gives_up(lives, Fault(down=True))
    await reverse(lives, "d-1/1")
    await lives.work(4)
    assert lives.driven.world.measures(lives.posts[0]) == ["label"]
    await the_end(lives)
    assert told(lives) == ["statement"]


async def test_what_was_edited_while_its_order_was_given_up_is_not_restricted_by_what_is_kept_of_it(lives: Lives):
    await decide(lives, {"kind": "label"}, {"kind": "demote"})
    await gives_up(lives, Fault(down=True))
    lives.driven.world.edit(lives.posts[0], "Synthetic words, other than those that were judged.")
    await reverse(lives, "d-1/1")
    await the_end(lives)
    assert (lives.driven.world.measures(lives.posts[0]), told(lives)) == ([], [])


async def test_what_is_given_up_after_it_was_taken_back_keeps_nobody_waiting(lives: Lives):
    await is_held(lives)
    await decide(lives, {"kind": "remove"}, area=HELD)
    lives.driven.world.platform.faults.fault = Fault(down=True)
    await reverse(lives)
    lives.impatient = 1.0
    await lives.work(6)
    assert stage(lives) is OrderStage.SKIPPED
    lives.driven.world.heal()
    await the_end(lives)
    assert lives.driven.world.measures(lives.posts[0]) == []
    assert told(lives) == ["statement_provisional", "hold_lifted"]


async def test_what_the_platform_confirmed_unheard_is_not_dropped_but_told_and_taken_back(lives: Lives):
    await decide(lives, {"kind": "remove"})
    await gives_up(lives, Fault(wrong="apply_then_lost", paths=("/orders", "/targets")))
    run, means = the_run(lives), lives.driven.means  # the last try's answer comes when nobody waits for it any more
    await measures.note_confirmed(means.record, run.stream, ORDER, lives.driven.clock(), 1, "applied")
    await reverse(lives)
    await the_end(lives)
    assert lives.driven.world.measures(lives.posts[0]) == []
    assert told(lives) == ["statement", "reversal_author"]


@pytest.mark.parametrize("wanted", [{"kind": "remove"}, {"kind": "suspend", "target": "author", "duration": "P1D"}])
async def test_a_hold_falls_with_the_decision_whose_order_for_it_was_skipped(lives: Lives, wanted: dict[str, Any]):
    await is_held(lives)
    await decide(lives, wanted, area=HELD)
    lives.driven.world.platform.faults.fault = Fault(down=True)
    await lives.work(4)
    await step_in(lives, "skip")
    lives.driven.world.heal()
    await lives.end()
    assert lives.driven.world.measures(lives.posts[0]) == ["hide"]
    await reverse(lives)
    await the_end(lives)
    assert lives.driven.world.measures(lives.posts[0]) == []
    assert told(lives)[-1] in ("hold_lifted", "reversal_author")


async def test_of_a_hold_that_was_given_up_its_decision_waits_for_nobody_and_nobody_hears(lives: Lives):
    lives.driven.world.platform.faults.fault = Fault(down=True)
    await lives.report(lives.posts[0], HELD)
    await lives.work(4)
    run = the_run(lives)
    assert run.case is not None
    (hold,) = run.case.orders
    await gives_up(lives, Fault(down=True), hold.order_id)
    await decide(lives, area=HELD, outcome="no_violation")
    await lives.work(4)
    assert run.case.order(hold.order_id).stage is OrderStage.SKIPPED
    await the_end(lives)
    assert (lives.driven.world.measures(lives.posts[0]), told(lives)) == ([], [])
