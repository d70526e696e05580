"""Claims: one reviewer a task, the most urgent first, nobody their own."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from cases.case import CaseStage
from cases.decisions import Decision, Outcome
from cases.errors import UnknownSomething
from cases.events import CaseEvent, DecisionRecorded
from cases.names import person_key
from cases.projection import Projection, ReviewTask, TaskKind
from record import events
from record.errors import ClaimRefused
from record.record import Record
from record.review import claim, queued, release, renew
from record.tenants import ensure_reviewer
from record.views import queue_lengths
from tests.integration.record_means import NOON, TENANT, a_person, a_record, a_report, minutes


@pytest.fixture
async def record(postgres) -> AsyncIterator[Record]:
    record = await a_record(postgres.owner_dsn, postgres.app_dsn, size=16)
    yield record
    await record.close()


def task(task_id: str = "harassment/1", **changes: object) -> ReviewTask:
    made = ReviewTask(
        task_id=task_id, kind=TaskKind.MATTER, subject=task_id, queue="general", severity=2, due_at=minutes(60)
    )
    return made.evolve(**changes)


async def offer(record: Record, *tasks: ReviewTask, subject_id: str = "post-1") -> str:
    """A case with these open tasks, reported by ada."""
    case_id = (await a_report(record, f"r-{subject_id}", subject_id=subject_id, person=a_person("ada"))).case_id
    await events.refresh(record, case_id, Projection(stage=CaseStage.IN_REVIEW, tasks=tasks), NOON)
    return case_id


async def test_fifty_reviewers_at_once_get_a_task_each_or_none(record):
    for number in range(30):
        await offer(record, task(), subject_id=f"post-{number}")
    claims = await asyncio.gather(*(claim(record, TENANT, f"rev-{n}", None, None, NOON, 600) for n in range(50)))
    got = [one.task.stream_id for one in claims if one]
    assert len(got) == len(set(got))
    more = [await claim(record, TENANT, f"late-{number}", None, None, NOON, 600) for number in range(31)]
    assert len({one.task.stream_id for one in more if one} | set(got)) == 30
    assert more[-1] is None


async def test_one_named_task_goes_to_one_of_fifty(record):
    case_id = await offer(record, task())

    attempts = (claim(record, TENANT, f"rev-{n}", None, "harassment/1", NOON, 600, case_id) for n in range(50))
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    refused = [one for one in outcomes if isinstance(one, ClaimRefused)]
    assert len(refused) == 49
    assert {(one.code, one.until) for one in refused} == {("leased", minutes(10))}


async def test_the_severest_and_then_the_most_urgent_comes_first(record):
    await offer(record, task(severity=3, due_at=minutes(1)), subject_id="post-1")
    await offer(record, task(severity=1, due_at=minutes(90)), subject_id="post-2")
    await offer(record, task(severity=1, due_at=minutes(30), queue="severe"), subject_id="post-3")
    assert [one.severity for one in await queued(record, TENANT, NOON)] == [1, 1, 3]
    assert (await queued(record, TENANT, NOON))[0].due_at == minutes(30)
    found = await claim(record, TENANT, "rev-1", "general", None, NOON, 600)
    assert (found.task.severity, found.task.queue) == (1, "general")
    assert await claim(record, TENANT, "rev-1", "nothing-here", None, NOON, 600) is None
    lengths = {one.queue: (one.open, one.overdue) for one in await queue_lengths(record, TENANT, minutes(45))}
    assert lengths == {"general": (2, 1), "severe": (1, 1)}


async def test_who_holds_a_task_gets_the_same_lease_again(record):
    case_id = await offer(record, task())
    first = await claim(record, TENANT, "rev-1", None, "harassment/1", NOON, 600, case_id)
    again = await claim(record, TENANT, "rev-1", None, "harassment/1", minutes(1), 600, case_id)
    assert (again.lease_id, again.expires_at) == (first.lease_id, minutes(10))


async def test_a_task_is_free_when_its_lease_is_over_or_given_back(record):
    case_id = await offer(record, task())
    first = await claim(record, TENANT, "rev-1", None, None, NOON, 600)
    assert await claim(record, TENANT, "rev-2", None, None, minutes(9), 600) is None
    second = await claim(record, TENANT, "rev-2", None, None, minutes(10), 600)
    assert second.lease_id != first.lease_id
    with pytest.raises(UnknownSomething):
        await renew(record, TENANT, first.lease_id, "rev-1", minutes(11), 600)
    with pytest.raises(UnknownSomething):
        await renew(record, TENANT, second.lease_id, "rev-1", minutes(11), 600)
    renewed = await renew(record, TENANT, second.lease_id, "rev-2", minutes(11), 600)
    assert (renewed.expires_at, renewed.task.task_id) == (minutes(21), "harassment/1")
    assert not await release(record, TENANT, second.lease_id, "rev-1", minutes(12))
    assert await release(record, TENANT, second.lease_id, "rev-2", minutes(12))
    assert not await release(record, TENANT, second.lease_id, "rev-2", minutes(12))
    assert await claim(record, TENANT, "rev-3", None, "harassment/1", minutes(12), 600, case_id)


async def test_a_closed_task_cannot_be_claimed_and_ends_its_lease(record):
    case_id = await offer(record, task())
    held = await claim(record, TENANT, "rev-1", None, None, NOON, 600)
    await events.refresh(record, case_id, Projection(stage=CaseStage.TELLING), minutes(1))
    with pytest.raises(UnknownSomething, match="no open task"):
        await claim(record, TENANT, "rev-2", None, "harassment/1", minutes(1), 600, case_id)
    with pytest.raises(UnknownSomething):
        await renew(record, TENANT, held.lease_id, "rev-1", minutes(1), 600)
    await events.refresh(record, case_id, Projection(stage=CaseStage.IN_REVIEW, tasks=(task(),)), minutes(2))
    assert await claim(record, TENANT, "rev-2", None, None, minutes(2), 600)


async def test_an_excluded_reviewer_gets_another_task_or_none(record):
    case_id = await offer(record, task("second:d-1", kind=TaskKind.SECOND_LOOK, excluded=("rev-1",)))
    assert await claim(record, TENANT, "rev-1", None, None, NOON, 600) is None
    with pytest.raises(ClaimRefused) as refused:
        await claim(record, TENANT, "rev-1", None, "second:d-1", NOON, 600, case_id)
    assert refused.value.code == "excluded"
    assert await claim(record, TENANT, "rev-2", None, None, NOON, 600)


@pytest.mark.parametrize("known_by", ["account-ada", "ada@example.invalid"])
async def test_nobody_judges_a_case_they_have_a_part_in(record, known_by):
    case_id = await offer(record, task())
    secret = await record.keyring.subject_secret(TENANT)
    await ensure_reviewer(record, TENANT, "rev-1", [person_key(secret, known_by)])
    assert await claim(record, TENANT, "rev-1", None, None, NOON, 600) is None
    with pytest.raises(ClaimRefused) as refused:
        await claim(record, TENANT, "rev-1", None, "harassment/1", NOON, 600, case_id)
    assert refused.value.code == "conflict_of_interest"


async def test_who_judged_before_takes_no_second_look_and_hears_no_appeal(record):
    case_id = await offer(record, task())
    decision = Decision(
        decision_id="d-1", digest="x", matter_id="harassment/1", outcome=Outcome.NO_VIOLATION, by="rev-1",
        automated=False, decided_at=NOON, evidence_version=1,
    )  # fmt: skip
    recorded = CaseEvent(event_id="decision:d-1", occurred_at=NOON, body=DecisionRecorded(decision=decision))
    tasks = (task("second:d-9", kind=TaskKind.SECOND_LOOK), task("hearing", kind=TaskKind.HEARING))
    await events.append(record, case_id, [recorded], NOON, Projection(stage=CaseStage.IN_REVIEW, tasks=tasks))
    assert await claim(record, TENANT, "rev-1", None, None, NOON, 600) is None
    for named in ("second:d-9", "hearing"):
        with pytest.raises(ClaimRefused) as refused:
            await claim(record, TENANT, "rev-1", None, named, NOON, 600, case_id)
        assert refused.value.code == "decided_before"
    assert await claim(record, TENANT, "rev-2", None, "hearing", NOON, 600, case_id)


async def test_a_task_of_the_same_name_in_two_cases_must_be_named_with_its_case(record):
    for number in range(2):
        await offer(record, task(), subject_id=f"post-{number}")
    with pytest.raises(UnknownSomething, match="several cases"):
        await claim(record, TENANT, "rev-1", None, "harassment/1", NOON, 600)
