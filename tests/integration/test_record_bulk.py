"""Bulks in the record: what was told and what is noted of it, whatever comes between."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities.bulk import Bulk
from api.bulk_messages import BulkApproval, BulkChange
from api.bulking import Bulking
from api.errors import Refused
from cases.bulk import BulkAct, BulkActMessage, BulkPlan, BulkStart, BulkTarget, member_id, message_id
from cases.caps import Cap, Caps
from cases.case import CaseStage
from cases.names import person_key
from cases.projection import MatterRow, Projection
from cases.refusals import Refusal, refused
from record import bulk, bulk_members, conflicts, events, inbox, person_caps
from record.bulk import BulkRow
from record.conflicts import About
from record.errors import RecordUnavailable
from record.pool import tenant_transaction
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


def a_told(name: str, target: str) -> BulkActMessage:
    """What a member's case is told."""
    return BulkActMessage(
        message_id=name,
        bulk_id="b-1",
        act=BulkAct.REVERSE,
        target=target,
        operator="op-1",
        approver="op-2",
        reason_id="txt-" + "0" * 32,
    )


async def previewed(record: Record, plan: dict[str, Any], *, child_safety: bool = False) -> tuple[BulkRow, str]:
    """A bulk of one member, a case that ada reported; and the case."""
    case_id = (await a_report(record, "r-1", person=a_person("ada"))).case_id
    await bulk.propose(record, TENANT, "b-1", BulkPlan.model_validate(plan), "synthetic", "op-1", (), NOON)
    target = BulkTarget(target="d-1", area="spam", child_safety=child_safety)
    await bulk_members.add_members(record, TENANT, "b-1", [(case_id, target)], NOON)
    await bulk_members.previewed(record, TENANT, "b-1", NOON)
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
    (member,) = await bulk_members.next_members(record, TENANT, row, 10)
    name = message_id("b-1", member.member_id)
    assert member.member_id == member_id(case_id, "d-1")
    await inbox.accept(record, TENANT, case_id, None, None, "bulk_act", name, a_told(name, "d-1"), None, NOON)
    await bulk.cancel(record, TENANT, "b-1", minutes(1), "op-1")  # before the page notes what it told, or died amid

    row = await bulk.row(record, TENANT, "b-1")
    assert await bulk_members.settle(record, TENANT, row) == (0, 1)
    counted, _ = await bulk_members.counts(record, TENANT, "b-1")
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


class CappedPacks:
    """In the place of the packs in force: so many restrictions an hour, in all or by one person."""

    def __init__(self, hour: int | None = None, **caps: Cap) -> None:
        self.caps = Caps(tenant=Cap(hour=hour), **caps)
        self.areas: dict[str, Any] = {}

    async def of(self, tenant: str, now: datetime) -> "CappedPacks":
        return self


async def rings(case_id: str, number: int) -> bool:
    return True


async def several(record: Record, members: int) -> BulkRow:
    """An approved bulk that decides violations: one case each, and the two of `previewed` and approval."""
    row, _ = await previewed(record, {**DECIDING, "per_second": 500})
    more = [(await a_report(record, f"r-{n}", subject_id=f"post-{n}")).case_id for n in range(2, members + 1)]
    found = [(one, BulkTarget(target="spam/1", area="spam")) for one in more]
    await bulk_members.add_members(record, TENANT, "b-1", found, NOON)
    await bulk.approve(record, TENANT, row, row.digest or "", "op-2", NOON)
    return await bulk.row(record, TENANT, "b-1")


async def acts(record: Record) -> int:
    """How many restrictions of this hour are counted."""
    async with tenant_transaction(record.pool, TENANT) as connection:
        found = await connection.fetchval("SELECT sum(acts) FROM act_counts WHERE scope = 'tenant'")
    return int(found or 0)


async def test_a_restriction_is_counted_once_though_whoever_counted_it_died_before_its_case_was_told(
    record, monkeypatch
):
    """Each death counted up to four restrictions that never were; a bulk waited for the next hour with room left."""
    await several(record, 6)
    page = Bulk(record, CappedPacks(6), rings, lambda: minutes(5)).carry_out_bulk_page  # type: ignore[arg-type]

    async def dies(*_: Any) -> None:
        raise RecordUnavailable("synthetic: gone between count and effect")

    with monkeypatch.context() as patched:
        patched.setattr(inbox, "accept", dies)
        for _ in range(3):
            with pytest.raises(RecordUnavailable):
                await ActivityEnvironment().run(page, BulkStart(tenant=TENANT, bulk_id="b-1"))
    assert await acts(record) == 4
    over = await ActivityEnvironment().run(page, BulkStart(tenant=TENANT, bulk_id="b-1"))
    counted, _ = await bulk_members.counts(record, TENANT, "b-1")
    assert (over.state, counted.asked, await acts(record)) == ("waiting", 6, 6)


async def test_two_workers_with_one_bulk_tell_no_more_than_its_cap_and_count_no_refused_one(record):
    await several(record, 12)
    pages = [
        Bulk(record, CappedPacks(5), rings, lambda: minutes(5)).carry_out_bulk_page  # type: ignore[arg-type]
        for _ in range(2)
    ]
    start = BulkStart(tenant=TENANT, bulk_id="b-1")
    found = await asyncio.gather(*(ActivityEnvironment().run(page, start) for page in pages))
    assert {one.state for one in found} == {"paused"}
    counted, _ = await bulk_members.counts(record, TENANT, "b-1")
    assert (counted.asked, counted.planned, await acts(record)) == (5, 7, 5)
    assert (await bulk.row(record, TENANT, "b-1")).note == "held up: cap tenant"


async def test_a_bulk_waits_when_its_items_are_more_than_its_operator_may_restrict_but_for_severe_areas(record):
    await several(record, 12)
    packs = CappedPacks(person=Cap(hour=5))
    page = Bulk(record, packs, rings, lambda: minutes(5)).carry_out_bulk_page  # type: ignore[arg-type]
    start = BulkStart(tenant=TENANT, bulk_id="b-1")
    assert (await ActivityEnvironment().run(page, start)).state == "paused"
    row = await bulk.row(record, TENANT, "b-1")
    counted, _ = await bulk_members.counts(record, TENANT, "b-1")
    assert (counted.asked, counted.planned, row.note) == (5, 7, "held up: cap person")
    (used,) = await person_caps.acts_of_people(record, TENANT, minutes(5))
    assert (used.person, used.hour) == (row.operator, 5)
    packs.areas = {"spam": SimpleNamespace(severity=1)}
    await ActivityEnvironment().run(page, start)
    counted, _ = await bulk_members.counts(record, TENANT, "b-1")
    assert (counted.asked, counted.planned) == (12, 0)


async def test_a_selection_by_area_finds_every_case_with_a_matter_of_it_whatever_leads_the_case(record):
    """A case led by another area, whose author nobody knew, was not found."""

    async def a_case(number: int, *matters: tuple[str, bool]) -> str:
        case_id = (await a_report(record, f"r-{number}", subject_id=f"post-{number}")).case_id
        rows = tuple(MatterRow(matter_id=f"{area}/1", area=area, open=open, violation=False) for area, open in matters)
        shown = Projection(stage=CaseStage.IN_REVIEW, category="harassment", matters=rows)
        await events.refresh(record, case_id, shown, NOON)
        return case_id

    led_by_another = await a_case(1, ("harassment", True), ("spam", True))
    decided = await a_case(2, ("harassment", True), ("spam", False))
    other = await a_case(3, ("harassment", True))
    unwritten = (await a_report(record, "r-4", subject_id="post-4")).case_id
    plan = BulkPlan.model_validate({"act": "reverse", "selection": {"areas": ("spam",)}})
    await bulk.propose(record, TENANT, "b-1", plan, "synthetic", "op-1", (), minutes(1))
    row = await bulk.row(record, TENANT, "b-1")
    found = await bulk_members.candidates(record, TENANT, row, "", 10)
    assert sorted(found) == sorted([led_by_another, decided, unwritten])
    assert other not in found


async def test_who_refused_and_why_is_shown_a_page_at_a_time_also_of_what_was_erased(record):
    row = await several(record, 5)
    erased = None
    for member in await bulk_members.next_members(record, TENANT, row, 10):
        name = message_id("b-1", member.member_id)
        if erased is None:
            erased = member.case_id
            await bulk_members.note_erased(record, TENANT, row, member.member_id)
            continue
        told = a_told(name, member.target)
        answer = await inbox.accept(record, TENANT, member.case_id, None, None, "bulk_act", name, told, None, NOON)
        await bulk_members.note_told(record, TENANT, row, member.member_id)
        why = Refusal(code="already_decided", text="target: spam/1 was decided by d-7; it stands")
        event = refused(answer.number, "bulk_act", why, NOON, name)
        await events.append(record, member.case_id, [event], NOON)
    assert await bulk_members.settle(record, TENANT, row) == (0, 0)

    first = await doors(record).show(TENANT, "b-1", 3)
    second = await doors(record).show(TENANT, "b-1", 3, first.after)
    assert first.refused_because == {"already_decided": 4, "erased": 1}
    assert ((len(first.refused), first.after is None), (len(second.refused), second.after)) == ((3, False), (2, None))
    shown = {one.case_id: (one.code, one.problem) for one in (*first.refused, *second.refused)}
    assert len(shown) == 5
    assert shown.pop(erased or "")[0] == "erased"
    assert set(shown.values()) == {("already_decided", "target: spam/1 was decided by d-7; it stands")}
    assert (first.progress.refused, first.progress.asked) == (5, 0)


async def test_a_slow_page_is_not_taken_for_one_that_nobody_works_on(record):
    """It was looked at when it began and when it ended: the sweeper rang at every turn in between."""
    row, first = await previewed(record, {**REVERSING, "per_second": 500})
    others = [(await a_report(record, f"r-{n}", subject_id=f"post-{n}")).case_id for n in range(2, 7)]
    await bulk_members.add_members(
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
