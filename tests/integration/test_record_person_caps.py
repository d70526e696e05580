"""What one person may restrict, under attack: by many workers at once, by raw signals, and on what no cap may keep waiting."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest

from cases.campaigns import CampaignMember
from cases.caps import Cap
from cases.case import CaseStage
from cases.messages import Subject
from cases.names import SubjectKind, case_workflow_id
from cases.projection import Projection, ReviewTask, TaskKind
from cases.received import DecisionAsk
from record import alarms, campaigns, events, person_caps, texts
from record.inbox import take
from record.person_caps import PersonActs
from record.record import Record
from tests.integration.record_means import NOON, TENANT, a_record, a_report, minutes, raw
from tests.integration.test_record_deciding import a_token

AT_ONCE = 40
CAP = Cap(hour=7)


@pytest.fixture
async def workers(postgres) -> AsyncIterator[tuple[Record, Record]]:
    """The record as two worker processes have it, each with connections of its own."""
    two = [await a_record(postgres.owner_dsn, postgres.app_dsn) for _ in range(2)]
    yield two[0], two[1]
    for one in two:
        await one.close()


def task_of(severity: int) -> ReviewTask:
    return ReviewTask(
        task_id="harassment/1", kind=TaskKind.MATTER, subject="harassment/1", queue="general", severity=severity,
        due_at=minutes(600),
    )  # fmt: skip


async def a_campaign(record: Record, place: int, members: int, severity: int = 3) -> str:
    """A campaign of so many posts, with its task."""
    case_id = case_workflow_id(TENANT, SubjectKind.CAMPAIGN, f"{place:032x}")
    posts = (Subject(kind=SubjectKind.CONTENT, id=f"raid-{place}-{number}") for number in range(members))
    await campaigns.join(record, case_id, [CampaignMember(subject=post) for post in posts], NOON)
    await events.append(record, case_id, (), NOON, Projection(stage=CaseStage.IN_REVIEW, tasks=(task_of(severity),)))
    return case_id


async def cases(record: Record, number: int, severity: int = 3) -> list[str]:
    """So many cases, each with its task."""
    task, found = task_of(severity), []
    for place in range(number):
        post = f"post-{severity}-{place}"
        found.append((await a_report(record, f"r-{post}", subject_id=post)).case_id)
        await take(record, found[-1], [], NOON)
        await events.append(record, found[-1], (), NOON, Projection(stage=CaseStage.IN_REVIEW, tasks=(task,)))
    return found


async def decided(
    record: Record, stream: str, person: str = "rev-1", at: datetime = NOON, cap: Cap = CAP, **changes: Any
) -> DecisionAsk:
    """What a raw signal of this person's decision comes to."""
    token = a_token(stream, reviewer=person, expires_at=minutes(60 * 48))
    plain = {"decision_id": f"d-{person}", "matter": "harassment/1", "outcome": "violation", "token": token}
    message = {**plain, "ground": "terms", "rule_id": "harassment.reported", **changes}
    (event,), _ = await take(record, stream, [raw("decide", message)], at, cap=cap)
    ask: DecisionAsk = event.body.ask  # type: ignore[union-attr]
    return ask


async def used(record: Record, at: datetime = NOON) -> list[tuple[str, int, int, int]]:
    return [(o.person, o.hour, o.day, o.refused) for o in await person_caps.acts_of_people(record, TENANT, at)]


async def test_of_many_restrictions_at_once_by_two_workers_exactly_as_many_pass_as_the_cap_allows(workers):
    streams = await cases(workers[0], AT_ONCE)
    asking = (decided(workers[place % 2], stream, f"rev-{place // 2 % 2}") for place, stream in enumerate(streams))
    found = Counter(
        (ask.reviewer, ask.objection_code if ask.objection else "") for ask in await asyncio.gather(*asking)
    )
    refused = AT_ONCE // 2 - 7
    assert found == {(f"rev-{n}", code): times for n in (0, 1) for code, times in (("", 7), ("over_cap", refused))}
    assert await used(workers[0]) == [("rev-0", 7, 7, refused), ("rev-1", 7, 7, refused)]
    told = await alarms.since(workers[0], TENANT, NOON, 10)
    assert [(one.kind, one.about, one.since, one.told["hour"]) for one in told] == [
        ("over_cap", "rev-0", NOON, 7),
        ("over_cap", "rev-1", NOON, 7),
    ], "on call hears once of each person and hour"


async def test_a_person_over_the_hour_goes_on_in_the_next_and_over_the_day_on_the_next_day(workers):
    record, cap = workers[0], Cap(hour=1, day=2)
    streams = await cases(record, 5)
    times = [NOON, minutes(1), minutes(61), minutes(121), minutes(60 * 13)]
    found = [await decided(record, stream, at=at, cap=cap) for stream, at in zip(streams, times, strict=True)]
    assert [ask.objection is None for ask in found] == [True, False, True, False, True]
    assert "2 times this day" in (found[3].objection or "")


async def test_what_restricts_nobody_or_is_wrong_otherwise_or_came_before_is_not_counted(workers):
    record = workers[0]
    (stream,) = await cases(record, 1)
    cleared = await decided(record, stream, decision_id="d-1", outcome="no_violation", ground=None, rule_id=None)
    assert cleared.objection is None
    wrong = await decided(record, stream, decision_id="d-2", token="not one")
    assert wrong.objection_code == "not_proven"
    assert await used(record) == []
    assert (await decided(record, stream)).objection is None
    again = a_token(stream, expires_at=minutes(60 * 48))
    same = {"decision_id": "d-rev-1", "matter": "harassment/1", "outcome": "violation", "token": again}
    message = {**same, "ground": "terms", "rule_id": "harassment.reported"}
    taken, _ = await take(record, stream, [raw("decide", message)], minutes(1), cap=CAP)
    assert all(one.body.kind != "decision_received" for one in taken)
    assert await used(record) == [("rev-1", 1, 1, 0)]


@pytest.mark.parametrize("severity", [0, 1])
async def test_no_cap_keeps_a_severe_matter_waiting_and_deciding_it_uses_nothing_up(workers, severity: int):
    record = workers[0]
    for stream in await cases(record, 3, severity):
        assert (await decided(record, stream, cap=Cap(hour=0))).objection is None
    assert await used(record) == []
    assert await alarms.since(record, TENANT, NOON, 10) == []


async def test_an_alarm_about_a_person_ends_and_the_next_hours_refusal_is_another(workers):
    record, none = workers[0], Cap(day=0)
    first, second = await cases(record, 2)
    await decided(record, first, cap=none)
    await alarms.end_begun(record, TENANT, "over_cap", minutes(-1), minutes(59))
    assert len(await alarms.since(record, TENANT, minutes(59), 10)) == 1
    await alarms.end_begun(record, TENANT, "over_cap", NOON, minutes(60))
    assert await alarms.since(record, TENANT, minutes(60), 10) == []
    await decided(record, second, at=minutes(70), cap=none)
    (stands,) = await alarms.since(record, TENANT, minutes(70), 10)
    assert stands.since == minutes(60)
    assert await person_caps.acts_of_people(record, TENANT, minutes(70)) == [
        PersonActs(person="rev-1", hour=0, day=0, refused=2)
    ]


async def test_a_campaign_counts_each_member_and_beyond_the_cap_takes_two_people(workers):
    record, cap = workers[0], Cap(hour=10)
    small, large, third = [await a_campaign(record, place, members) for place, members in enumerate((6, 5, 4))]
    assert [(await decided(record, one, cap=cap)).wide for one in (small, large, third)] == [False, True, True]
    assert await used(record) == [("rev-1", 8, 8, 0)], "six, and one for each that two people decide"
    why = await texts.put(record, large, "rationale", "synthetic", "rev-2", NOON)
    token = a_token(large, reviewer="rev-2", task_id="second:d-rev-1", expires_at=minutes(60))
    agreeing: dict[str, Any] = {
        "seconds": "d-rev-1",
        "rationale_id": why,
        "token": token,
        "ground": None,
        "rule_id": None,
    }
    agrees = await decided(record, large, "rev-2", cap=Cap(hour=1), **agreeing)
    assert (agrees.objection, agrees.wide) == (None, False)
    (post,) = await cases(record, 1)
    assert not (await decided(record, post, cap=cap)).wide


async def test_of_campaigns_decided_at_once_by_two_workers_no_more_members_pass_alone_than_the_cap_allows(workers):
    streams = [await a_campaign(workers[0], place, 3) for place in range(8)]
    asking = (decided(workers[place % 2], one, cap=Cap(hour=14)) for place, one in enumerate(streams))
    found = await asyncio.gather(*asking)
    alone, waiting, refused = (
        sum(not (one.wide or one.objection) for one in found),
        sum(one.wide for one in found),
        sum(bool(one.objection) for one in found),
    )
    assert (alone + waiting + refused, 3 * alone + waiting <= 14) == (8, True)
    assert await used(workers[0]) == [("rev-1", 3 * alone + waiting, 3 * alone + waiting, refused)]


async def test_a_severe_campaign_waits_for_no_cap(workers):
    severe = await a_campaign(workers[0], 1, 50, severity=1)
    ask = await decided(workers[0], severe, cap=Cap(hour=1))
    assert (ask.objection, ask.wide) == (None, False)


async def test_a_door_counts_nothing_and_notes_what_it_refuses(workers):
    record, cap = workers[0], Cap(hour=1)
    first, second = await cases(record, 2)
    (severe,) = await cases(record, 1, severity=1)

    async def at_door(stream: str) -> str | None:
        return await person_caps.refused_at_door(record, stream, "rev-1", "harassment/1", cap, NOON)

    assert [await at_door(first) for _ in range(3)] == [None, None, None]
    await decided(record, first, cap=cap)
    assert "1 times this hour" in (await at_door(second) or "")
    assert await at_door(severe) is None
    assert await used(record) == [("rev-1", 1, 1, 1)]
    assert [one.about for one in await alarms.since(record, TENANT, NOON, 10)] == ["rev-1"]
