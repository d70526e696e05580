"""Bulks in the record: what was told and what is noted of it, whatever comes between."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities.bulk import Bulk
from api.bulk_messages import BulkApproval, BulkChange
from api.bulking import Bulking
from api.errors import Refused
from cases.bulk import BulkActMessage, BulkPlan, BulkStart, BulkTarget, member_id, message_id
from cases.names import person_key
from record import bulk, conflicts, inbox
from record.bulk import BulkRow
from record.conflicts import About
from record.record import Record
from record.tenants import ensure_reviewer
from tests.integration.record_means import AREAS, NOON, TENANT, a_person, a_record, a_report, minutes

REVERSING = {"act": "reverse", "selection": {"areas": ("spam",)}}
DECIDING = {
    "act": "decide",
    "selection": {"areas": ("spam",)},
    "outcome": "violation",
    "ground": "terms",
    "rule_id": "spam",
}


class NobodyRings:
    """In the place of the doorbell: these tests have no Temporal."""

    async def knock(self, tenant: str, bulk_id: str) -> bool:
        return False


@pytest.fixture
async def record(postgres) -> AsyncIterator[Record]:
    record = await a_record(postgres.owner_dsn, postgres.app_dsn)
    yield record
    await record.close()


def doors(record: Record) -> Bulking:
    return Bulking(record, NobodyRings(), lambda: minutes(5), AREAS)  # type: ignore[arg-type]


async def previewed(record: Record, plan: dict[str, Any], *, child_safety: bool = False) -> tuple[BulkRow, str]:
    """A bulk of one member, a case that ada reported; and the case."""
    case_id = (await a_report(record, "r-1", person=a_person("ada"))).case_id
    await bulk.propose(record, TENANT, "b-1", BulkPlan.model_validate(plan), "synthetic", "op-1", (), NOON)
    target = BulkTarget(target="d-1", area="spam", child_safety=child_safety)
    await bulk.add_members(record, TENANT, "b-1", [(case_id, target)], NOON)
    await bulk.previewed(record, TENANT, "b-1", NOON)
    return await bulk.row(record, TENANT, "b-1"), case_id


async def carried_out(record: Record, plan: dict[str, Any], *, child_safety: bool = False) -> tuple[BulkRow, str]:
    """The same, approved, told, and over."""
    row, case_id = await previewed(record, plan, child_safety=child_safety)
    await bulk.approve(record, TENANT, row, row.digest or "", "op-2", NOON)
    await bulk.end(record, TENANT, "b-1", NOON)
    return await bulk.row(record, TENANT, "b-1"), case_id


async def test_a_case_that_was_told_while_a_bulk_was_cancelled_is_waited_for_and_can_be_undone(record):
    """It was noted as left: its act was done, counted nowhere, and no undo would reach it."""
    row, case_id = await previewed(record, REVERSING)
    await bulk.approve(record, TENANT, row, row.digest or "", "op-2", NOON)
    row = await bulk.row(record, TENANT, "b-1")
    (member,) = await bulk.next_members(record, TENANT, row, 10)
    name = message_id("b-1", member.member_id)
    assert member.member_id == member_id(case_id, "d-1")
    message = BulkActMessage(
        message_id=name,
        bulk_id="b-1",
        act=row.plan.act,
        target="d-1",
        operator="op-1",
        approver="op-2",
        reason_id="txt-" + "0" * 32,
    )

    await inbox.accept(record, TENANT, case_id, None, None, "bulk_act", name, message, None, NOON)
    await bulk.cancel(record, TENANT, "b-1", minutes(1), "op-1")  # before the page notes what it told, or died amid

    row = await bulk.row(record, TENANT, "b-1")
    assert await bulk.settle(record, TENANT, row) == (0, 1)
    counted, _ = await bulk.counts(record, TENANT, "b-1")
    assert (counted.asked, counted.cancelled) == (1, 0)


async def test_who_has_a_part_in_a_case_neither_approves_nor_undoes_a_bulk(record):
    await carried_out(record, DECIDING)
    secret = await record.keyring.subject_secret(TENANT)
    own = [person_key(secret, "account-ada")]
    await ensure_reviewer(record, TENANT, "op-3", own)
    undo = BulkChange.model_validate({"bulk_id": "b-1", "step": "undo", "reason": "synthetic"})
    with pytest.raises(Refused, match="you have a part in 1"):
        await doors(record).change(TENANT, "op-3", undo)
    with pytest.raises(Refused, match="you have a part in 1"):
        await doors(record).change(TENANT, "op-4", undo, accounts=("account-ada",))
    assert (await doors(record).change(TENANT, "op-5", undo)).phase == "undoing"


async def test_what_guards_a_child_is_not_taken_back_by_undoing_a_bulk_without_the_role_for_it(record):
    await carried_out(record, DECIDING, child_safety=True)
    undo = BulkChange.model_validate({"bulk_id": "b-1", "step": "undo", "reason": "synthetic"})
    with pytest.raises(Refused, match="guard a child; it takes child_safety"):
        await doors(record).change(TENANT, "op-1", undo)
    assert (await doors(record).change(TENANT, "op-1", undo, named_roles=("child_safety",))).phase == "undoing"


async def test_a_declared_conflict_bars_from_approving_a_bulk_as_from_claiming(record):
    row, _ = await previewed(record, REVERSING)
    await conflicts.declare(record, TENANT, "k-1", "op-2", About.TOPIC, "spam", NOON, "op-2")
    approval = BulkApproval(bulk_id="b-1", digest=row.digest or "")
    with pytest.raises(Refused, match="you have a part in 1"):
        await doors(record).approve(TENANT, "op-2", approval)


async def test_a_slow_page_is_not_taken_for_one_that_nobody_works_on(record):
    """It was looked at when it began and when it ended: the sweeper rang at every turn in between."""
    row, first = await previewed(record, {**REVERSING, "per_second": 500})
    others = [(await a_report(record, f"r-{n}", subject_id=f"post-{n}")).case_id for n in range(2, 7)]
    await bulk.add_members(
        record, TENANT, "b-1", [(one, BulkTarget(target="d-1", area="spam")) for one in others], NOON
    )
    for case_id in (first, *others):
        await inbox.take(record, case_id, [], NOON)  # who has read all its mail is rung for
    await bulk.approve(record, TENANT, row, row.digest or "", "op-2", NOON)
    told, left = list[str](), list[str]()

    async def ring(case_id: str, number: int) -> bool:
        told.append(case_id)
        left.extend(await bulk.left(record, TENANT, now()))
        return True

    def now() -> datetime:
        return minutes(0.4 * len(told))

    page = Bulk(record, None, ring, now).carry_out_bulk_page  # type: ignore[arg-type]
    over = await ActivityEnvironment().run(page, BulkStart(tenant=TENANT, bulk_id="b-1"))
    assert (over.state, over.acts, len(told)) == ("waiting", 6, 6)
    assert left == []
