"""P2 and P4 where the platform answered unheard, or forgot what an order is about: lives of the model that fell, made plain."""

import random
from collections.abc import AsyncIterator
from typing import Any
from zlib import crc32

import pytest

from cases.duties import Duty, Enforce
from cases.measures import OrderStage
from simulators.faults import Fault
from tests.chance import Lives
from tests.conftest import a_database
from tests.driven import Driven, DrivenRun, a_driven_installation
from tests.integration.kit import TENANT
from tests.promises.test_p02_whatever_happens import Ending
from workers.postgres_server import PostgresServer

ORDER = "d-1:subject"


@pytest.fixture(scope="module")
async def driven(
    anyio_backend: str, postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Driven]:
    folder = tmp_path_factory.mktemp("unheard")
    async with a_database(postgres_server) as database, a_driven_installation(database, folder) as installation:
        yield installation


@pytest.fixture
async def lives(driven: Driven, request: pytest.FixtureRequest) -> Lives:
    """One post, reported, before a reviewer. Nothing befalls it by chance."""
    secret = await driven.means.record.keyring.subject_secret(TENANT)
    name = f"{crc32(request.node.name.encode())}"
    lives = Lives(driven, random.Random(1), name, secret, deadly=0.0, forgetful=0.0)
    driven.world.post(lives.posts[0], "Synthetic words of a post.", author=lives.authors[lives.posts[0]])
    await lives.report(lives.posts[0])
    await lives.end()
    return lives


def the_run(lives: Lives) -> DrivenRun:
    (run,) = lives.runs.values()
    return run


async def decide(
    lives: Lives, *wanted: dict[str, Any], decision_id: str = "d-1", area: str = "", outcome: str = "violation"
) -> None:
    """A reviewer restricts it; what follows is not carried out yet, but for one duty that is no order."""
    run = the_run(lives)
    assert run.case is not None
    matter = next(one for one in run.case.matters if one.open and area in (one.area, ""))
    payload: dict[str, Any] = {
        "decision_id": decision_id,
        "matter": matter.matter_id,
        "outcome": outcome,
        "rationale_id": await lives.text(run.stream),
        "reviewer": "rev-1",
    }
    if wanted:
        payload |= {"ground": matter.terms.ground.value, "rule_id": matter.rule_id, "enforcements": list(wanted)}
    lives.driven.world.platform.faults.fault = Fault(down=True)
    await lives.say(run, "decide", **payload)
    lives.driven.world.heal()


async def dies_unheard(lives: Lives) -> None:
    """The order is sent and its answer recorded; the run dies before it hears."""
    run = the_run(lives)
    doomed: list[Duty] = []

    def the_order(ready: list[Duty]) -> Duty:
        doomed.append(next(duty for duty in ready if isinstance(duty, Enforce)))
        return doomed[0]

    run.dies = lambda: bool(doomed)
    await run.turn(the_order)
    run.dies = lives.dies
    assert run.case is None


async def the_end(lives: Lives) -> None:
    """All is done, and platform, table, events and mails agree."""
    await lives.end()
    ending = Ending(lives.driven, lives)
    await ending.platform_is_as_the_record_says()
    ending.people_were_told_what_is_true()


def told(lives: Lives) -> list[str]:
    """Kinds of notices that the author got."""
    author = f"{lives.authors[lives.posts[0]]}@example.invalid"
    return [kind for address, kind in lives.driven.world.told() if address == author]


async def test_what_was_confirmed_unheard_cannot_be_skipped_and_its_author_is_told(lives: Lives):
    await decide(lives, {"kind": "remove"})
    await dies_unheard(lives)
    run = the_run(lives)
    names = {"message_id": f"i-{lives.name}", "order_id": ORDER, "step": "skip", "operator": "op-1"}
    await lives.say(run, "intervene", **names, reason_id=await lives.text(run.stream))
    await the_end(lives)
    assert run.case is not None
    assert run.case.order(ORDER).stage is OrderStage.CONFIRMED
    assert lives.driven.world.measures(lives.posts[0]) == ["remove"]
    assert told(lives) == ["statement"]


async def test_what_was_confirmed_unheard_is_confirmed_however_the_platform_fares(lives: Lives):
    await decide(lives, {"kind": "remove"})
    await dies_unheard(lives)
    lives.driven.world.forget("content", lives.posts[0])
    await the_end(lives)
    assert told(lives) == ["statement"]


async def test_what_was_void_unheard_stays_void_when_the_platform_knows_its_target_again(lives: Lives):
    forgotten = lives.driven.world.forget("content", lives.posts[0])
    await decide(lives, {"kind": "remove"})
    await dies_unheard(lives)
    lives.driven.world.recall(forgotten)
    await the_end(lives)
    run = the_run(lives)
    assert run.case is not None
    assert run.case.order(ORDER).stage is OrderStage.VOID
    assert (lives.driven.world.measures(lives.posts[0]), told(lives)) == ([], [])


async def test_who_was_told_of_a_restriction_hears_that_it_is_taken_back_of_what_the_platform_forgot(lives: Lives):
    await decide(lives, {"kind": "remove"})
    await lives.end()
    lives.driven.world.forget("content", lives.posts[0])
    run = the_run(lives)
    names = {"message_id": f"r-{lives.name}", "decision_id": "d-1", "keep": [], "operator": "op-1"}
    await lives.say(run, "reverse", **names, reason_id=await lives.text(run.stream))
    await the_end(lives)
    assert told(lives) == ["statement", "reversal_author"]


async def test_who_wrote_it_is_told_though_the_platform_has_forgotten_their_account(lives: Lives):
    post, run = lives.posts[0], the_run(lives)
    lives.driven.world.forget("account", f"account-{lives.authors[post]}")
    await decide(lives, {"kind": "demonetise", "target": "author"})  # void, and the post is captured anew
    for _ in range(10):
        await lives.report(post)
        await lives.end()
        if run.case is not None and any(one.open for one in run.case.matters):
            break
    assert told(lives) == []
    await decide(lives, {"kind": "remove"}, decision_id="d-2")
    await the_end(lives)
    assert run.case is not None
    first, latest = run.case.evidence[0], run.case.evidence[-1]
    assert latest.version > first.version
    assert (latest.author, latest.author_target) == (first.author, first.author_target)
    assert told(lives) == ["statement"]
