"""P3: no clock is missed in silence. Every legal and service deadline warns at 50 and 80 %, escalates, leaves a breach in the
record with how late it was noticed, and is seen by people; a worker, a watch or a pager that is away changes none of it.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from temporalio.client import Client

from activities.policy_packs import PolicyPacks
from cases.appeals import Role
from cases.deadlines import OWED_BY_LAW, SILENT, Clock, ClockKind, late_seconds, next_tick
from cases.decisions import FourEyes, Outcome
from cases.events import ClockBreached, ClockWarned
from cases.hearing_events import HearingOpened
from cases.hearings import Hearing, fold_hearing, project_hearing
from cases.projection import project
from cases.severity import Severity
from tests.builders import NOON, a_case_id, a_report, an_event, later, terms
from tests.fakes import FakeWorld, eventually
from tests.integration.gateway_kit import START
from tests.integration.test_queues import offer
from tests.integration.test_watching import Night, night
from tests.integration.test_watching import by_law as law_of
from tests.paper import PaperRun, a_reviewed_run
from tests.unit.test_interventions import a_given_up_run
from tests.workflows.test_case_lives import a_stage

__all__ = ["night"]  # a fixture
POLICIES = Path(__file__).parents[2] / "policies"


# Every kind of clock -----------------------------------------------------------------------------------------------


def in_review() -> PaperRun:
    return a_reviewed_run()


def looked_at_after() -> PaperRun:
    return a_reviewed_run(terms=terms(four_eyes=FourEyes.AFTER)).decide().settle()


def held_for_a_second() -> PaperRun:
    return a_reviewed_run(terms=terms(four_eyes=FourEyes.BEFORE)).decide()


def by_law(kind: ClockKind) -> PaperRun:
    """A case on which such a clock runs."""
    run = a_reviewed_run()
    clock = Clock(clock_id=f"{kind}:1", kind=kind, subject="1", source="a law", started_at=NOON, due_at=later(hours=10))
    run.case = run.case.evolve(clocks=(clock,))
    return run


LIVES: dict[ClockKind, Callable[[], PaperRun]] = {
    ClockKind.REVIEW: in_review,
    ClockKind.SECOND_LOOK: looked_at_after,
    ClockKind.GIVEN_UP: a_given_up_run,
    **{kind: partial(by_law, kind) for kind in sorted(OWED_BY_LAW)},
}


def test_every_kind_of_clock_but_those_that_end_by_themselves_is_tried_here():
    assert set(LIVES) | {ClockKind.HEARING} == set(ClockKind) - SILENT


@pytest.mark.parametrize("kind", LIVES)
def test_a_clock_warns_twice_breaches_and_is_in_front_of_people_until_it_is_done(kind: ClockKind):
    run = LIVES[kind]()
    (clock,) = [one for one in run.case.clocks if one.kind is kind]
    run.forward(days=60)

    assert [body.percent for body in run.kinds("clock_warned") if body.clock_id == clock.clock_id] == [50, 80]
    assert [body.late_seconds for body in run.kinds("clock_breached") if body.clock_id == clock.clock_id] == [0]
    assert run.owes, "a missed clock lets no case end"
    seen = project(run.case)
    assert (
        (seen.legal_clock, seen.legal_due_at) == (clock.clock_id, clock.due_at)
        if kind in OWED_BY_LAW
        else ([(task.due_at, task.tier) for task in seen.tasks] == [(clock.due_at, 2)])
    )


def test_an_appeals_clock_does_the_same():
    opened = HearingOpened(
        appeal_id="a-1",
        case_id=a_case_id(),
        decision_id="d-1",
        appellant="a" * 16,
        role=Role.AUTHOR,
        due_at=later(days=14),
        deciders=("rev-1",),
        queue="harassment",
        severity=2,
        evidence_digest="sha256:0",
    )
    hearing = fold_hearing(Hearing(appeal_id="a-1"), an_event("opened", opened))
    percents, noticed = [], later(days=15)
    while hearing.clock and (tick := next_tick(hearing.clock)):
        percents.append(tick.percent)
        clock_id = hearing.clock.clock_id
        warned = ClockWarned(clock_id=clock_id, percent=tick.percent)
        late = late_seconds(hearing.clock, noticed)
        body = warned if tick.percent < 100 else ClockBreached(clock_id=clock_id, late_seconds=late)
        hearing = fold_hearing(hearing, an_event(f"{tick.percent}", body, noticed))

    assert (percents, late) == ([50, 80, 100], 86_400)
    assert [(task.due_at, task.tier) for task in project_hearing(hearing).tasks] == [(later(days=14), 2)]


def test_what_is_held_for_a_second_person_has_a_clock_of_its_own():
    run = held_for_a_second()
    due = [clock.due_at for clock in run.case.clocks]
    run.forward(days=60)

    assert len(due) == 1
    assert [(task.kind, task.due_at, task.tier) for task in project(run.case).tasks] == [("second_look", due[0], 2)]
    assert len(run.kinds("clock_breached")) == 1


# What is away ------------------------------------------------------------------------------------------------------


@pytest.fixture
async def world() -> FakeWorld:
    return FakeWorld()


async def test_a_worker_that_was_away_when_time_ran_out_breaches_as_soon_as_it_is_back_and_says_how_late(
    temporal_client: Client, world: FakeWorld
):
    async with a_stage(temporal_client, world, leave=True) as stage:
        stream = stage.case_id
        handle = await stage.report()
        await stage.reaches("in_review")
    after = datetime.now(UTC) + timedelta(
        hours=30
    )  # of the 24 that the rule gives; nobody works, a door takes a report
    world.put(stream, lambda number: a_report(number, at=after).body)
    await handle.signal("ring", {})
    async with a_stage(temporal_client, world):
        await eventually(lambda: bool(world.bodies(stream, "clock_breached")))
        await eventually(lambda: [task.tier for task in world.projections[stream].tasks] == [2])

    (breach,) = world.bodies(stream, "clock_breached")
    assert 5 * 3600 < breach.late_seconds <= 6 * 3600
    assert [body.percent for body in world.bodies(stream, "clock_warned")] == [50, 80]


async def test_a_watch_and_a_pager_that_were_away_make_up_for_it_and_the_view_said_so_meanwhile(night: Night):
    danger = await offer(night.gateway, 1, severity=0, queue="danger")
    ordinary = await offer(night.gateway, 2)
    night.pager.status = 503
    await night.later(days=2)  # its first look
    seen = await night.oncall()

    assert {one["stream"]: one["tier"] for one in seen["tasks"]} == {danger: 2, ordinary: 3}
    assert [(one["stream"], one["sent_at"]) for one in seen["pages"]] == [(danger, None)], "nobody was reached"
    path = f"/v1/task-changes?stream={ordinary}&task_id=harassment/1"
    changes = (await night.gateway.get(path)).json()["changes"]
    assert [(one["action"], one["tier"]) for one in changes] == [("escalate", 3)]
    night.pager.status = 202
    assert await night.later(minutes=1) == 1


async def test_whoever_is_on_call_has_the_law_first_by_the_time_left_and_what_was_missed_on_top(night: Night):
    hours = (9, -3, 2, 30)
    streams = [await offer(night.gateway, number) for number in range(len(hours))]
    for stream, due in zip(streams, hours, strict=True):
        await law_of(night.gateway, stream, START + timedelta(hours=due))

    clocks = (await night.oncall())["clocks"]
    assert [one["seconds_left"] // 3600 for one in clocks] == sorted(hours)
    assert clocks[0]["case_id"] == streams[1]


def test_the_baseline_calls_a_person_wherever_somebody_may_be_in_danger():
    pack = PolicyPacks(POLICIES).active("baseline")
    for name, area in pack.areas.items():
        if area.severity is Severity.S0 or Outcome.SUPPORT in (area.outcomes or ()):
            assert pack.queues[area.queue].pages, name
