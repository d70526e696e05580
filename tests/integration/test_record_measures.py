"""Measures: one state per target, folded over all cases; each order says it whole, under the next version."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from cases.case import CaseStage
from cases.measures import Measure, MeasureKind, Order, Target
from cases.names import SubjectKind
from cases.projection import Projection, ReviewTask, TaskKind
from cases.telling import Stance
from record import events, measures, reconcile
from record.inbox import take
from record.measures import IssuedOrder
from record.measures_together import Asked, order_together
from record.overtaking import tell_overtaken
from record.record import Record
from tests.integration.record_means import NOON, TENANT, a_record, a_report, minutes


@pytest.fixture
async def record(postgres) -> AsyncIterator[Record]:
    record = await a_record(postgres.owner_dsn, postgres.app_dsn)
    yield record
    await record.close()


def imposing(cause: str, kind: MeasureKind = MeasureKind.SUSPEND, until=None, **changes: object) -> Order:
    measure = Measure(
        measure_id=f"{cause}/1", kind=kind, target=Target.AUTHOR, since=NOON, until=until, reach=("DE", "FR")
    )
    return Order(order_id=f"{cause}:author", cause=cause, target=Target.AUTHOR, impose=(measure,)).evolve(**changes)


def lifting(cause: str, *gone: str) -> Order:
    return Order(order_id=f"{cause}:author", cause=cause, target=Target.AUTHOR, revoke=gone)


async def send(record: Record, case_id: str, order: Order, at=NOON) -> IssuedOrder:
    return await measures.order(record, case_id, order, SubjectKind.ACCOUNT, "account-1", at)


async def two_cases(record: Record) -> tuple[str, str]:
    return (await a_report(record, "r-1")).case_id, (await a_report(record, "r-2", subject_id="post-2")).case_id


async def test_an_order_says_the_whole_state_and_its_version(record):
    case_id, _ = await two_cases(record)
    issued = await send(record, case_id, imposing("d-1", content_version="etag-1"))
    assert (issued.target_kind, issued.target_id, issued.target_version) == ("account", "account-1", 1)
    assert (issued.content_version, issued.repeated) == ("etag-1", False)
    (measure,) = issued.measures
    assert (measure.kind, measure.since, measure.reach) == ("suspend", NOON, ("DE", "FR"))


async def test_two_cases_about_one_account_see_each_others_measures(record):
    one, two = await two_cases(record)
    first = await send(record, one, imposing("hold:spam/1", MeasureKind.LIMIT))
    second = await send(record, two, imposing("hold:spam/1"))  # the same names, in another case
    assert (first.target_version, second.target_version) == (1, 2)
    assert first.platform_order_id != second.platform_order_id
    assert sorted(measure.kind for measure in second.measures) == ["limit", "suspend"]
    assert len({measure.measure_id for measure in second.measures}) == 2

    lifted = await send(record, one, lifting("reversal:x", "hold:spam/1/1"))
    assert (lifted.target_version, [measure.kind for measure in lifted.measures]) == (3, ["suspend"])


async def test_the_same_order_again_is_the_same_whatever_came_after(record):
    one, two = await two_cases(record)
    first = await send(record, one, imposing("d-1"))
    await send(record, two, imposing("d-2", MeasureKind.LIMIT))
    again = await send(record, one, imposing("d-1"), minutes(9))
    assert again == first.evolve(repeated=True)


async def test_orders_at_once_get_versions_of_their_own(record):
    one, two = await two_cases(record)
    issued = await asyncio.gather(
        *(send(record, case_id, imposing(f"d-{number}")) for number in range(10) for case_id in (one, two))
    )
    assert sorted(order.target_version for order in issued) == list(range(1, 21))
    newest = max(issued, key=lambda order: order.target_version)
    assert len(newest.measures) == 20


async def test_orders_issued_together_say_what_may_be_told_of_each_measure_as_single_ones_do(record):
    """A campaign's order told the platform that it may speak of what an author must not hear of, other cases' too."""
    own, campaign = await two_cases(record)
    hushed, later = imposing("d-1"), imposing("d-2", MeasureKind.LIMIT)
    hushed = hushed.evolve(impose=(hushed.impose[0].evolve(telling=Stance.NEVER),))
    later = later.evolve(impose=(later.impose[0].evolve(telling=Stance.DELAY_UNTIL, tell_from=minutes(60)),))
    await send(record, own, hushed)

    (together,) = await order_together(record, campaign, [Asked(later, SubjectKind.ACCOUNT, "account-1")], NOON)

    said = {one.kind: (one.telling, one.tell_from) for one in together.measures}
    assert said == {"suspend": (Stance.NEVER, None), "limit": (Stance.DELAY_UNTIL, minutes(60))}
    assert await measures.in_force(record, TENANT, SubjectKind.ACCOUNT, "account-1", NOON) == together.measures


async def test_a_measure_whose_time_is_over_is_in_no_later_state(record):
    one, two = await two_cases(record)
    await send(record, one, imposing("d-1", until=minutes(10)))
    assert len((await send(record, two, imposing("d-2"), minutes(5))).measures) == 2
    assert len((await send(record, two, imposing("d-3"), minutes(10))).measures) == 2
    in_force = await measures.in_force(record, TENANT, SubjectKind.ACCOUNT, "account-1", minutes(10))
    assert len(in_force) == 2


async def test_an_order_is_stuck_until_the_platform_confirms(record):
    case_id, _ = await two_cases(record)
    await send(record, case_id, imposing("d-1"))
    await measures.note_attempt(record, case_id, "d-1:author", minutes(1), "503")
    await measures.note_attempt(record, case_id, "d-1:author", minutes(2), "timeout")
    (waiting,) = await measures.stuck(record, TENANT)
    assert (waiting.order_id, waiting.attempts, waiting.last_error) == ("d-1:author", 2, "timeout")
    assert await measures.stuck(record, TENANT, issued_before=NOON) == []

    await measures.note_confirmed(record, case_id, "d-1:author", minutes(3), 1, "applied")

    assert await measures.stuck(record, TENANT) == []
    (target,) = await reconcile.targets(record, TENANT, minutes(3))
    assert (target.platform_id, target.version, target.open_orders, len(target.measures)) == ("account-1", 1, 0, 1)
    assert target.cases == (case_id,)
    (order,) = await reconcile.orders(record, TENANT)
    assert (order.stage, order.confirmed_version) == ("confirmed", 1)
    assert await measures.target_id_of(record, TENANT, target.target_key) == (SubjectKind.ACCOUNT, "account-1")


async def test_a_void_order_leaves_nothing_in_force(record):
    one, two = await two_cases(record)
    await send(record, one, imposing("d-1"))
    await measures.note_voided(record, one, "d-1:author", minutes(1), "edited")
    assert await measures.stuck(record, TENANT) == []
    assert len((await send(record, two, imposing("d-2"), minutes(2))).measures) == 1
    assert {order.stage for order in await reconcile.orders(record, TENANT)} == {"void", "issued"}


async def test_an_order_given_up_is_seen_to_by_a_time_and_hears_that_a_later_state_brought_it_into_force(record):
    one, two = await two_cases(record)
    first, second = imposing("d-1"), imposing("d-2", MeasureKind.LIMIT)
    await send(record, one, first)
    task = ReviewTask(
        task_id=f"order:{first.order_id}",
        kind=TaskKind.ORDER,
        subject=first.order_id,
        queue="orders",
        severity=1,
        due_at=minutes(60),
    )
    await events.append(record, one, (), NOON, Projection(stage=CaseStage.ENFORCING, tasks=(task,)))
    assert [order.see_to_by for order in await measures.stuck(record, TENANT)] == [minutes(60)]
    assert await tell_overtaken(record, TENANT, minutes(2)) == []

    later = await send(record, two, second)
    await measures.note_confirmed(record, two, second.order_id, minutes(3), later.target_version, "applied")
    assert [told.case_id for told in await tell_overtaken(record, TENANT, minutes(4))] == [one]
    assert await tell_overtaken(record, TENANT, minutes(5)) == [], "once: the sweeper rings for what stays unread"
    taken, _ = await take(record, one, (), minutes(6))
    bodies = [event.body for event in taken if event.body.kind == "order_overtaken"]
    assert [body.order_id for body in bodies] == [first.order_id]
    assert await measures.stuck(record, TENANT) == []
