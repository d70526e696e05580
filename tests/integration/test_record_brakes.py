"""Brakes in the record under attack: many acts at once by two workers, at the turn of an hour, and by attempts that died."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from cases.brakes import Brake, Scope
from cases.caps import Cap, Caps
from record import brakes
from record.brakes import Act
from record.pool import tenant_transaction
from record.record import Record
from tests.integration.record_means import NOON, TENANT, a_record, minutes

AT_ONCE = 200


@pytest.fixture
async def workers(postgres) -> AsyncIterator[tuple[Record, Record]]:
    """The record as two worker processes have it, each with connections of its own."""
    two = [await a_record(postgres.owner_dsn, postgres.app_dsn) for _ in range(2)]
    yield two[0], two[1]
    for one in two:
        await one.close()


def an_act(number: int = 1, **changes: Any) -> Act:
    plain = {
        "case_id": f"case/{TENANT}/content/{number:032x}",
        "matter_id": "spam/1",
        "what": "automatic",
        "rule_id": "spam.certain",
        "area": "spam",
        "account": f"account-{number}",
        "decision_id": "rule:spam.1",
    }
    return Act.model_validate({**plain, **changes})


async def asked(workers: tuple[Record, Record], acts: list[tuple[Act, datetime]], caps: Caps) -> Counter[str]:
    """All of them at once, one worker's after the other's: what held how many back; `let` those it did not."""
    asking = (brakes.reserve(workers[place % 2], act, caps, at) for place, (act, at) in enumerate(acts))
    return Counter("let" if brake is None else brake.name for brake in await asyncio.gather(*asking))


async def counted(record: Record, table: str, scope: Scope, name: str = "") -> int:
    query = f"SELECT coalesce(sum(acts), 0) FROM {table} WHERE tenant = $1 AND scope = $2 AND name = $3"
    async with tenant_transaction(record.pool, TENANT) as connection:
        return int(await connection.fetchval(query, TENANT, scope, name))


async def stop(record: Record, name: str = "") -> None:
    scope = Scope.RULE if name else Scope.TENANT
    await brakes.put_stop(record, TENANT, f"stop-{name}", scope, name, "operator", "op-1", "synthetic", NOON)


async def test_two_hundred_acts_at_once_by_two_workers_never_exceed_the_cap_of_rule_account_or_tenant(workers):
    of_rule = [(an_act(number), NOON) for number in range(AT_ONCE)]
    assert await asked(workers, of_rule, Caps(rule=Cap(hour=50))) == {"let": 50, "rule": 150}
    on_one = [(an_act(1_000 + n, rule_id=f"r{n % 3}", account="ann"), NOON) for n in range(60)]
    assert await asked(workers, on_one, Caps(account=Cap(day=7))) == {"let": 7, "account": 53}
    in_all = [(an_act(2_000 + n, rule_id=f"s{n}"), NOON) for n in range(60)]
    assert await asked(workers, in_all, Caps(tenant=Cap(hour=50 + 7 + 11))) == {"let": 11, "tenant": 49}
    for table in ("act_counts", "act_days"):
        assert await counted(workers[0], table, Scope.TENANT) == 68, "what was held back is counted nowhere"
        assert await counted(workers[0], table, Scope.ACCOUNT, "ann") == 7


async def test_a_days_cap_holds_at_the_turn_of_the_hour_while_neither_hour_is_committed(workers):
    """The day was the sum of its hours, which a worker in the next hour read before the last one's acts were committed."""
    before, after = NOON - timedelta(microseconds=1), NOON
    acts = [(an_act(number), before if number % 4 < 2 else after) for number in range(80)]
    assert await asked(workers, acts, Caps(rule=Cap(day=20))) == {"let": 20, "rule": 60}


async def test_an_act_is_counted_once_however_many_attempts_ask_for_it_at_once(workers):
    again = await asked(workers, [(an_act(), NOON)] * 12, Caps(rule=Cap(hour=12)))
    assert again == {"let": 12}
    assert await counted(workers[0], "act_counts", Scope.RULE, "spam.certain") == 1
    assert await counted(workers[0], "act_days", Scope.RULE, "spam.certain") == 1


async def test_a_stop_holds_from_its_commit_on_and_for_an_act_that_was_let_and_died_unrecorded(workers):
    """A worker looked at what it knew of stops for two seconds, or for longer where it stood still between look and act."""
    one, other = workers
    caps = Caps()
    assert await brakes.reserve(one, an_act(1), caps, NOON) is None
    await stop(other, "spam.certain")
    held = Brake(reason="stopped", name="rule:spam.certain")
    assert await brakes.reserve(one, an_act(2), caps, minutes(1)) == held
    assert await brakes.reserve(one, an_act(1), caps, minutes(1)) == held
    assert await brakes.reserve(one, an_act(3, rule_id="spam.likely"), caps, minutes(1)) is None
    assert await brakes.reserve(one, an_act(4, exempt=True), caps, minutes(1)) is None
    assert await brakes.reserve(one, an_act(5, severe=True), caps, minutes(1)) == held, "an operator stops it, too"
    await brakes.resume(other, TENANT, Scope.RULE, "spam.certain", "op-1", "synthetic", minutes(2))
    assert await brakes.reserve(one, an_act(2), caps, minutes(3)) is None


async def test_of_many_workers_that_see_a_rule_leave_its_corridor_one_pauses_it_and_pages(workers):
    async def pause(number: int) -> bool:
        name = f"pause-{number}"
        by = ("corridor", "corridor", "reversals: 9 of 20", NOON)
        return await brakes.put_stop(workers[number % 2], TENANT, name, Scope.RULE, "spam.certain", *by)

    assert Counter(await asyncio.gather(*map(pause, range(12)))) == {True: 1, False: 11}
    paused = Brake(reason="paused", name="rule:spam.certain")
    assert await brakes.reserve(workers[1], an_act(), Caps(), minutes(1)) == paused
    await stop(workers[0], "spam.certain")
    stopped = Brake(reason="stopped", name="rule:spam.certain")
    assert await brakes.reserve(workers[1], an_act(), Caps(), minutes(2)) == stopped, "an operator's word comes first"


async def test_over_a_cap_what_is_exempt_or_severe_goes_on_and_is_counted_and_noted_as_paged(workers):
    one, caps = workers[0], Caps(rule=Cap(hour=1))
    for number, scope in enumerate(({"exempt": True}, {"severe": True}, {}), start=1):
        rule_id = f"rule-{number}"
        assert await brakes.reserve(one, an_act(10 * number, rule_id=rule_id, **scope), caps, NOON) is None
        act = an_act(10 * number + 1, rule_id=rule_id, **scope)
        brake = await brakes.reserve(one, act, caps, NOON)
        assert brake == Brake(reason="cap", name="rule")
        assert act.goes_on(brake) is bool(scope)
    held = {(row.rule_id, row.reason) for row in await brakes.braked_rows(one, TENANT, NOON)}
    assert held == {("rule-1", "paged"), ("rule-2", "paged"), ("rule-3", "cap")}
    assert await counted(one, "act_counts", Scope.TENANT) == 5
