"""P2 and P4 where other systems fail: seven ways to lose, double or undo an effect, each read in a peer's source.

One installation for all; the world is simulated, everything else is real. P2_LONG=1 kills at every step of the reversal,
else at two; after every event and without a kill: tests/unit/test_recourse.py.
"""

import asyncio
import os
import signal
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from datetime import timedelta
from typing import Any

import pytest

from api.brake_messages import ProtectRequest
from api.requests import DecisionRequest, ReversalRequest
from cases.undoing import undoings
from record import events, measures
from simulators.faults import Fault
from tests.conftest import a_database
from tests.integration.doomed import a_doomed_worker, begin
from tests.integration.kit import TENANT, Installation, an_installation, until
from workers.postgres_server import PostgresServer

DAILY = {"DUEPROCESS_RETRY_MAXIMUM_INTERVAL_SECONDS": "86400"}
POINTS = ("reversed", "ordered", "confirmed", "mailed") if os.environ.get("P2_LONG") else ("reversed", "confirmed")
REMOVED_AND_SUSPENDED: list[dict[str, Any]] = [
    {"kind": "remove"},
    {"kind": "suspend", "target": "author", "duration": "P7D"},
]


@pytest.fixture(scope="module")
async def installation(
    anyio_backend: str, postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installation]:
    folder = tmp_path_factory.mktemp("seven")
    async with a_database(postgres_server) as database, an_installation(database, folder, **DAILY) as opened:
        yield opened


@pytest.fixture
def here(installation: Installation) -> Installation:
    """Each test begins in real time and in a world that is well."""
    installation.clock.ahead = timedelta(0)
    installation.world.heal()
    return installation


def told(here: Installation, author: str, kind: str) -> int:
    return here.world.told().count((f"{author}@example.invalid", kind))


def on_account(here: Installation, author: str) -> list[str]:
    return sorted(here.world.measures(f"account-{author}", "account"))


async def reviewed(here: Installation, post: str, author: str) -> str:
    """A reported post whose task is there, in an area without strikes: nothing follows from two decisions on one account."""
    here.world.post(post, author=author)
    stream = (await here.report(post, area="other")).case_id
    await here.claim(stream, "other/1")
    return stream


async def decide(here: Installation, stream: str, decision_id: str = "d-1", **measure: str) -> None:
    """Remove the post, or put one measure on its author's account."""
    enforcements = [{"target": "author", **measure}] if measure else [{"kind": "remove"}]
    await here.decide(stream, decision_id, "other/1", rule_id="other.unmapped", enforcements=enforcements)


async def unanswered(asking: Coroutine[Any, Any, Any], worker: Process) -> None:
    """Ask a worker that dies of it; who asked goes away, too."""
    asked = asyncio.ensure_future(asking)
    assert await worker.wait() == -signal.SIGKILL
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)


async def agrees(here: Installation) -> None:
    """Record and world say the same, and each order changed something once."""
    applied = Counter(one["order_id"] for one in here.world.orders("applied"))
    assert set(applied.values()) <= {1}
    here.clock.ahead = timedelta(0)  # reconciling is an operator's, in real time
    assert not (await here.reconciled()).differences


async def test_a_decision_whose_process_was_killed_before_its_order_takes_effect(here: Installation):
    """roostorg/coop, server/rule_engine/ActionPublisher.ts: what is to be done is known to the process that publishes it and
    to no other; five quick retries, then `catch { return false }`, and a log entry says that it failed.
    """
    stream = await begin(here, "killed", "killed")
    async with a_doomed_worker(here, "decided") as worker:
        await here.reaches(stream, "receipts_sent")
        claimed = await here.claim(stream)
        decision = DecisionRequest.model_validate(
            {
                **{"decision_id": "d-1", "token": claimed.token, "outcome": "violation", "ground": "terms"},
                **{"rule_id": "harassment.reported", "rationale": "synthetic rationale"},
            }
        )
        await unanswered(here.doors.decide(TENANT, "rev-1", decision), worker)
    assert here.world.orders() == []
    async with here.working():
        await here.doors.decide(TENANT, "rev-1", decision)  # nobody knows whether it was taken: it is sent again
        await here.settles(stream, seconds=90)
        assert (await here.kinds(stream)).count("decision_recorded") == 1
        assert here.world.measures("killed") == ["remove"]
        assert told(here, "killed", "statement") == 1
        await agrees(here)


@pytest.mark.parametrize("away", [timedelta(minutes=30), timedelta(days=3)], ids=["half an hour", "three days"])
async def test_a_platform_away_is_asked_until_it_is_back_and_nobody_is_told_before(here: Installation, away: timedelta):
    """bluesky-social/atproto, packages/ozone/src/daemon/event-pusher.ts: `.where('attempts', '<', 10)`, and what was tried
    so often is never pushed, while the moderation status says that it is taken down.
    """
    post = f"away-{away.days}"
    async with here.working():
        stream = await reviewed(here, post, post)
        here.world.platform.faults.fault = Fault(down=True)
        await decide(here, stream)
        await here.reaches(stream, "decision_recorded")
        await here.forward(stream, minutes=2)
        await here.reaches(stream, "order_stuck")
        await here.forward(stream, seconds=away.total_seconds() - 120)

        async def tried_to_the_end() -> bool:
            (waiting,) = [one for one in await measures.stuck(here.means.record, TENANT) if one.case_id == stream]
            return waiting.next_try_at is not None and waiting.next_try_at > here.clock()

        await until(tried_to_the_end)
        (shown,) = [case for case in (await here.doors.stuck(TENANT)).cases if case.case_id == stream]
        assert 10 <= shown.orders[0].attempts <= 60
        assert shown.orders[0].last_error
        assert told(here, post, "statement") == 0
        here.world.heal()
        await here.forward(stream, days=1)
        await here.settles(stream)
        assert here.world.measures(post) == ["remove"]
        assert told(here, post, "statement") == 1
        await agrees(here)


@pytest.mark.parametrize(
    ("lost", "how"), [(("/orders",), "read_back"), (("/orders", "/targets"), "repeated")], ids=["answer", "reading too"]
)
async def test_an_order_that_took_effect_and_whose_answer_was_lost_is_confirmed_and_not_doubled(
    here: Installation, lost: tuple[str, ...], how: str
):
    """roostorg/coop, server/rule_engine/ActionPublisher.ts: each retry is a new request without a key of its own, so that an
    answer that was lost means an action done twice, or one done that counts as failed.
    """
    post = f"lost-{how.replace('_', '-')}"
    async with here.working():
        stream = await reviewed(here, post, post)
        here.world.platform.faults.fault = Fault(wrong="apply_then_lost", times=len(lost), paths=lost)
        await decide(here, stream)
        await here.settles(stream)
        assert [body.how for body in await here.bodies(stream, "order_confirmed")] == [how]
        assert here.world.measures(post) == ["remove"]
        assert told(here, post, "statement") == 1
        await agrees(here)


async def test_a_suspension_and_a_mute_that_end_in_the_same_minute_both_end_and_a_third_measure_stays(
    here: Installation,
):
    """bluesky-social/atproto, packages/ozone/src/daemon/event-reverser.ts: once a minute the *last* reversible event of each
    subject that is due is reverted, so that of two which end together one stands for ever.
    """
    wanted = {"ends-1": "suspend", "ends-2": "limit", "ends-3": "demonetise"}
    streams: dict[str, str] = {}
    async with here.working():
        for post in wanted:
            streams[post] = await reviewed(here, post, "ends")
        for number, (post, kind) in enumerate(wanted.items(), start=1):
            lasts = {"duration": "P7D"} if kind != "demonetise" else {}
            await decide(here, streams[post], f"d-{number}", kind=kind, **lasts)
            await here.reaches(streams[post], "told", times=2)
        assert on_account(here, "ends") == ["demonetise", "limit", "suspend"]
        here.clock.ahead += timedelta(days=7, minutes=1)
        ending = [streams["ends-1"], streams["ends-2"]]
        await asyncio.gather(
            *(here.environment.fast_forward(here.handle(one), timedelta(days=7, minutes=1)) for one in ending)
        )
        for stream in ending:
            await here.reaches(stream, "measure_expired")
            await here.reaches(stream, "told", times=3)
        await until(lambda: only(here, "ends", "demonetise"))
        assert told(here, "ends", "measure_expired") == 2
        await agrees(here)


async def only(here: Installation, author: str, *kinds: str) -> bool:
    return on_account(here, author) == sorted(kinds)


async def proposed(here: Installation, post: str, author: str, decision_id: str, **measure: str) -> str:
    """A decision about a protected account, which waits for a second person."""
    stream = await reviewed(here, post, author)
    await decide(here, stream, decision_id, kind="suspend", **measure)
    await here.reaches(stream, "decision_proposed")
    return stream


async def protected(here: Installation, author: str) -> None:
    reason = {"reason": "journalist", "source": "synthetic: press register"}
    await here.doors.protect(
        TENANT, "op-1", ProtectRequest.model_validate({"account_id": f"account-{author}", **reason})
    )


async def test_a_measure_whose_time_would_be_over_before_it_was_approved_has_its_time_from_the_approval(
    here: Installation,
):
    """bluesky-social/atproto, packages/ozone/src/daemon/scheduled-action-processor.ts: a delayed action whose window is over
    is carried out all the same, by one person's word, and says nothing of when it was decided (#4241).
    """
    async with here.working():
        await protected(here, "delayed")
        stream = await proposed(here, "delayed", "delayed", "d-1", duration="P1D")
        await here.forward(stream, days=2)
        assert (on_account(here, "delayed"), told(here, "delayed", "statement")) == ([], 0)
        await here.decide(stream, "d-2", "second:d-1", "rev-2", seconds="d-1")
        await here.reaches(stream, "told", times=2)
        assert on_account(here, "delayed") == ["suspend"]
        (imposed,) = (await here.case(stream)).orders[0].impose
        assert imposed.until == imposed.since + timedelta(days=1)
        assert imposed.since > here.clock() - timedelta(hours=1)
        assert told(here, "delayed", "statement") == 1
        await here.forward(stream, days=1, minutes=1)
        await here.reaches(stream, "measure_expired")
        await here.settles(stream)
        assert (on_account(here, "delayed"), told(here, "delayed", "measure_expired")) == ([], 1)
        await agrees(here)


async def test_of_two_held_decisions_on_one_target_both_take_effect_and_each_is_undone_by_itself(here: Installation):
    """bluesky-social/atproto, packages/ozone/src/daemon/scheduled-action-processor.ts: the second fails with `Account is
    already taken down` and is gone. discourse/discourse #43191: undoing the first lifted what the second had imposed.
    """
    async with here.working():
        await protected(here, "twice")
        streams = [await proposed(here, f"twice-{number}", "twice", f"d-{number}") for number in (1, 2)]
        assert on_account(here, "twice") == []
        seconds = (
            here.decide(stream, f"s-{number}", f"second:d-{number}", "rev-2", seconds=f"d-{number}")
            for number, stream in enumerate(streams, start=1)
        )
        await asyncio.gather(*seconds)
        for stream in streams:
            await here.settles(stream)
        assert on_account(here, "twice") == ["suspend", "suspend"]
        assert told(here, "twice", "statement") == 2
        for number, left in ((1, ["suspend"]), (2, [])):
            await reverse(here, streams[number - 1], f"d-{number}", f"r-twice-{number}")
            await here.reaches(streams[number - 1], "decision_reversed")
            await here.settles(streams[number - 1])
            assert on_account(here, "twice") == left
        await agrees(here)


async def reverse(here: Installation, stream: str, decision_id: str, message_id: str) -> None:
    wanted = {"message_id": message_id, "case_id": stream, "decision_id": decision_id, "reason": "synthetic reason"}
    await here.doors.reverse(TENANT, "op-1", ReversalRequest.model_validate(wanted))


@pytest.mark.timeout(1_800 if "P2_LONG" in os.environ else 180)
async def test_a_reversal_interrupted_at_every_step_is_whole_in_the_end_and_nothing_is_done_twice(here: Installation):
    """mastodon/mastodon #23782: an appeal that is granted rolls nothing back. Discourse, Ozone: a reversal is several writes
    and requests one after another, and what came after the one that failed is never done.
    """
    stream = await begin(here, "undone", "undone")
    async with here.working():
        await here.decide(stream, enforcements=REMOVED_AND_SUSPENDED)
        await here.reaches(stream, "told", times=2)
        await here.reaches(stream, "filing_answered")
    before = here.world.told()
    for point in POINTS:
        async with a_doomed_worker(here, point) as worker:
            if point == "reversed":  # the worker dies before it answers: what counts is the record
                await unanswered(reverse(here, stream, "d-1", "r-undone"), worker)
            assert await worker.wait() == -signal.SIGKILL, point
    async with here.working():
        case = await here.settles(stream, seconds=90)
        assert [undoing.owed for undoing in undoings(case)] == [()]
        assert (here.world.measures("undone"), on_account(here, "undone")) == ([], [])
        fresh = Counter(here.world.told()) - Counter(before)
        assert {kind for _, kind in fresh} == {"reversal_author", "reversal_reporter"}
        assert sum(fresh.values()) <= 3, "one mail may come twice: the one whose sender died"
        assert [one.accepted for one in case.filings] == [True, True]
        assert await events.verify(here.means.record, stream) == []
        await agrees(here)
