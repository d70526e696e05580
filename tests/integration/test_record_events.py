"""The append-only record: the first writer wins, the chain shows every change, erasing keeps it whole."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from activities import stubs
from activities.recording import Recording
from cases.case import CaseStage
from cases.errors import KeyDestroyed, UnknownSomething
from cases.events import CaseEvent, ClockBreached, OrderStuck
from cases.projection import Projection, ReviewTask, Strike, TaskKind
from record import events, views
from record.events import ChainBreak
from record.inbox import take
from record.ladders import counting
from record.record import Record
from record.review import tasks_of
from tests.integration.record_means import NOON, TENANT, a_person, a_record, a_report, minutes


class Silent:
    """In the place of what else is told of events."""

    async def taken_back(self, *_: object) -> None: ...

    async def followed(self, *_: object) -> None: ...

    async def recounted(self, *_: object) -> None: ...


@pytest.fixture
async def record(postgres) -> AsyncIterator[Record]:
    record = await a_record(postgres.owner_dsn, postgres.app_dsn)
    yield record
    await record.close()


@pytest.fixture
async def superuser(postgres) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(postgres.superuser_dsn)
    yield connection
    await connection.close()


def stuck(event_id: str, order_id: str = "o-1") -> CaseEvent:
    return CaseEvent(event_id=event_id, occurred_at=NOON, body=OrderStuck(order_id=order_id))


def a_task(task_id: str = "harassment/1", **changes: object) -> ReviewTask:
    task = ReviewTask(
        task_id=task_id, kind=TaskKind.MATTER, subject=task_id, queue="general", severity=2, due_at=minutes(60)
    )
    return task.evolve(**changes)


async def a_case(record: Record) -> str:
    return (await a_report(record, person=a_person())).case_id


async def test_what_is_appended_is_loaded_in_sequence(record):
    case_id = await a_case(record)
    stored = await events.append(record, case_id, [stuck("a"), stuck("b", "o-2")], minutes(1))
    assert [event.sequence for event in stored] == [1, 2]
    assert await events.load(record, case_id) == stored
    assert await events.load(record, case_id, after=1) == stored[1:]
    assert await events.load(record, "case/demo/content/" + "0" * 32) == []


async def test_the_first_writer_of_an_id_wins_and_the_second_adopts(record):
    case_id = await a_case(record)
    first = await events.append(record, case_id, [stuck("a", "first")], minutes(1))
    second = await events.append(record, case_id, [stuck("a", "second"), stuck("b")], minutes(2))
    assert second[0] == first[0]
    assert [event.sequence for event in second] == [1, 2]


async def test_of_many_writers_of_one_id_all_learn_the_same(record):
    case_id = await a_case(record)
    writers = [events.append(record, case_id, [stuck("a", f"o-{number}")], minutes(1)) for number in range(12)]
    outcomes = {stored[0].body.order_id for stored in await asyncio.gather(*writers)}
    assert len(outcomes) == 1
    assert await events.verify(record, case_id) == []


async def test_an_event_needs_its_stream(record):
    with pytest.raises(UnknownSomething, match="no such stream"):
        await events.append(record, "case/demo/content/" + "0" * 32, [stuck("a")], minutes(1))


async def test_more_events_than_a_page_are_loaded_and_verified(record, monkeypatch):
    monkeypatch.setattr(events, "PAGE", 10)
    case_id = await a_case(record)
    await events.append(record, case_id, [stuck(f"e-{number}") for number in range(25)], minutes(1))
    assert [event.sequence for event in await events.load(record, case_id)] == list(range(1, 26))
    assert await events.verify_all(record, TENANT) == []


async def test_the_projection_is_written_with_the_events(record):
    case_id = await a_case(record)
    strike = Strike(
        decision_id="d-1", area="harassment", account="acc", since=NOON, expires_at=minutes(99), active=True
    )
    shown = Projection(
        stage=CaseStage.IN_REVIEW, category="harassment", queue="general", priority=3, due_at=minutes(60),
        tasks=(a_task(), a_task("spam/1")), strikes=(strike,),
    )  # fmt: skip
    await events.append(record, case_id, [stuck("a")], minutes(1), shown)
    row = await views.case(record, TENANT, case_id)
    assert (row.stage, row.category, row.priority, row.due_at) == ("in_review", "harassment", 3, minutes(60))
    tasks = await tasks_of(record, TENANT, case_id, minutes(1))
    assert [task.task_id for task in tasks] == ["harassment/1", "spam/1"]
    assert await counting(record, TENANT, "acc", {}, minutes(2)) == 1
    assert await counting(record, TENANT, "acc", {}, minutes(99)) == 0

    fewer = shown.evolve(
        stage=CaseStage.TELLING, tasks=(a_task("spam/1", tier=2),), strikes=(strike.evolve(active=False),)
    )
    await events.refresh(record, case_id, fewer, minutes(2))
    (left,) = await tasks_of(record, TENANT, case_id, minutes(2))
    assert (left.task_id, left.tier) == ("spam/1", 2)
    assert await counting(record, TENANT, "acc", {}, minutes(2)) == 0


async def test_an_adopted_event_of_another_body_leaves_the_projection_alone(record):
    case_id = await a_case(record)
    await events.append(record, case_id, [stuck("a", "first")], minutes(1), Projection(stage=CaseStage.HELD))
    await events.append(record, case_id, [stuck("a", "second")], minutes(2), Projection(stage=CaseStage.FILING))
    assert (await views.case(record, TENANT, case_id)).stage == "held"


async def test_whoever_adopts_what_something_followed_hears_that_its_projection_was_not_written(record):
    """A worker died after it had recorded and taken mail. The next adopted the first behind the second, believed its row
    written, and completed: the case was settled, and its row said for ever what it had said before.
    """
    recording = Recording(record, *([Silent()] * 4))  # type: ignore[arg-type]  # nothing of theirs is under test
    case_id = await a_case(record)
    asked = stubs.Append(
        stream=case_id, now=minutes(1), events=(stuck("a"),), projection=Projection(stage=CaseStage.FILING)
    )
    assert not (await recording.record_events(asked)).adopted
    await a_report(record, "r-2", at=minutes(2))
    await take(record, case_id, [], minutes(2))
    settled = Projection(stage=CaseStage.SETTLED)
    assert (await recording.record_events(asked.evolve(projection=settled, now=minutes(3)))).adopted
    assert (await views.case(record, TENANT, case_id)).stage == "filing"
    await recording.record_events(stubs.Append(stream=case_id, now=minutes(3), projection=settled))
    assert (await views.case(record, TENANT, case_id)).stage == "settled"


async def test_an_adopted_event_of_the_same_body_still_brings_its_projection(record):
    case_id = await a_case(record)
    await events.append(record, case_id, [stuck("a")], minutes(1))
    await events.append(record, case_id, [stuck("a")], minutes(2), Projection(stage=CaseStage.FILING))
    assert (await views.case(record, TENANT, case_id)).stage == "filing"


async def test_a_late_rerun_does_not_overwrite_a_newer_projection(record):
    case_id = await a_case(record)
    await events.append(record, case_id, [stuck("a")], minutes(1), Projection(stage=CaseStage.HELD))
    await events.append(record, case_id, [stuck("b")], minutes(2), Projection(stage=CaseStage.SETTLED))
    await events.append(record, case_id, [stuck("a")], minutes(3), Projection(stage=CaseStage.HELD))
    assert (await views.case(record, TENANT, case_id)).stage == "settled"


async def five(record: Record) -> str:
    case_id = await a_case(record)
    for number in range(1, 6):
        await events.append(record, case_id, [stuck(f"e-{number}")], minutes(number))
    assert await events.verify(record, case_id) == []
    return case_id


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE case_events SET body = body || '\\x00' WHERE sequence = 3", [(3, "changed")]),
        ("UPDATE case_events SET occurred_at = occurred_at + interval '1 us' WHERE sequence = 3", [(3, "changed")]),
        ("UPDATE case_events SET recorded_at = recorded_at - interval '1 day' WHERE sequence = 5", [(5, "changed")]),
        ("UPDATE case_events SET kind = 'told' WHERE sequence = 1", [(1, "changed")]),
        ("UPDATE case_events SET event_id = 'e-x' WHERE sequence = 2", [(2, "changed")]),
        ("UPDATE case_events SET previous_hash = '\\xff' WHERE sequence = 1", [(1, "changed"), (1, "changed")]),
        ("DELETE FROM case_events WHERE sequence = 3", [(2, "changed"), (4, "missing")]),
        ("DELETE FROM case_events WHERE sequence = 5", [(5, "missing")]),
        ("DELETE FROM case_events WHERE sequence = 1", [(2, "missing")]),
        ("DELETE FROM case_events", [(5, "missing")]),
    ],
)
async def test_whoever_changes_the_record_is_found_out(record, superuser, change, found):
    case_id = await five(record)
    await superuser.execute(change)
    breaks = await events.verify(record, case_id)
    assert set(found) <= {(one.sequence, one.problem) for one in breaks}
    assert await events.verify_all(record, TENANT) == breaks
    assert all(isinstance(one, ChainBreak) for one in breaks)


async def test_events_in_another_order_are_found_out(record, superuser):
    case_id = await five(record)
    await superuser.execute(
        "UPDATE case_events SET sequence = CASE sequence WHEN 2 THEN 103 WHEN 3 THEN 102 ELSE sequence END;"
        "UPDATE case_events SET sequence = sequence - 100 WHERE sequence > 100"
    )
    assert {(one.sequence, one.problem) for one in await events.verify(record, case_id)} >= {(2, "changed")}


async def test_erasing_a_case_leaves_the_chain_whole_and_nothing_to_read(record):
    case_id = await five(record)
    await take(record, case_id, [], minutes(6))
    assert await record.keyring.destroy(TENANT, case_id, at=minutes(7)) == 2  # the case's and the reporter's
    assert await events.verify(record, case_id) == []
    assert await events.load(record, case_id) == []
    with pytest.raises(KeyDestroyed):
        await events.append(record, case_id, [stuck("e-1")], minutes(8))
    (new,) = await events.append(
        record,
        case_id,
        [CaseEvent(event_id="new", occurred_at=minutes(8), body=ClockBreached(clock_id="c"))],
        minutes(8),
    )
    assert await events.load(record, case_id) == [new]
    assert await events.verify(record, case_id) == []


async def test_the_timeline_shows_when_each_event_was_recorded(record):
    case_id = await a_case(record)
    await events.append(record, case_id, [stuck("a")], minutes(3))
    (entry,) = await views.timeline(record, case_id)
    assert (entry.kind, entry.occurred_at, entry.recorded_at) == ("order_stuck", NOON, minutes(3))
