"""One act on many cases on a whole installation: previewed, approved by a second person, carried out though a page dies
amid it, and undone. 12 cases, and a call that nobody hears of; with TEST_BULK=300 as many, and a worker that is killed.
"""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from api.bulk_messages import BulkAnswer, BulkApproval, BulkChange, BulkRequest
from api.errors import Refused
from record import inbox
from tests.conftest import Database
from tests.integration.kit import TENANT, Installation, an_installation, until
from tests.integration.test_campaigns import a_worker_dying

CASES = int(os.environ.get("TEST_BULK", "12"))
PITCH = "Click here to order now: http://offer.example http://claim.example !!!"
OPERATOR, APPROVER = "op-1", "op-2"


async def decided_by_rule(here: Installation, cases: int) -> list[str]:
    """Cases of as many posts, each removed by a rule that took them for a sales pitch."""
    for number in range(cases):
        here.world.post(f"pitch-{number}", f"{PITCH} Number {number}.", author=f"pitch-{number}")
    found: list[str] = []
    for start in range(0, cases, 25):
        some = range(start, min(start + 25, cases))
        receipts = await asyncio.gather(*(here.signal(f"pitch-{number}", spam=0.999) for number in some))
        for one in receipts:
            await here.reaches(one.case_id, "told", seconds=120)
        found += [one.case_id for one in receipts]
    return found


async def proposed(here: Installation, bulk_id: str, act: str = "reverse", **selection: object) -> BulkAnswer:
    plan = {"act": act, "selection": selection, "per_second": 500}
    request = BulkRequest.model_validate({"bulk_id": bulk_id, "plan": plan, "reason": "synthetic reason"})
    answer = await here.doors.propose_bulk(TENANT, OPERATOR, request)
    return answer if answer.phase == "refused" else await phase(here, bulk_id, "previewed", "refused")


async def phase(here: Installation, bulk_id: str, *wanted: str) -> BulkAnswer:
    async def there() -> BulkAnswer | None:
        answer = await here.doors.bulk(TENANT, bulk_id)
        return answer if answer.phase in wanted else None

    answer: BulkAnswer = await until(there, 120 + CASES)
    return answer


async def approved(here: Installation, answer: BulkAnswer, by: str = APPROVER) -> BulkAnswer:
    return await here.doors.approve_bulk(TENANT, by, BulkApproval(bulk_id=answer.bulk_id, digest=answer.digest or ""))


async def changed(here: Installation, bulk_id: str, step: str, reason: str | None = None) -> BulkAnswer:
    change = BulkChange.model_validate({"bulk_id": bulk_id, "step": step, "reason": reason})
    return await here.doors.change_bulk(TENANT, OPERATOR, change)


def removed(here: Installation) -> list[int]:
    return [number for number in range(CASES) if here.world.measures(f"pitch-{number}")]


@asynccontextmanager
async def dying_amid(here: Installation, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Whoever works dies after an act of the bulk was committed, and before that is noted."""
    if "TEST_BULK" in os.environ:
        async with a_worker_dying(here, "eleventh_bulk_act") as worker:
            yield
            assert await worker.wait() == -signal.SIGKILL
        return
    accept, died = inbox.accept, asyncio.Event()

    async def deaf(*arguments: Any) -> inbox.Acceptance:
        answer = await accept(*arguments)
        if answer.message_id.startswith("b-1.") and not died.is_set():
            died.set()
            raise ConnectionError("synthetic: nobody hears of what was committed")
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(inbox, "accept", deaf)
        async with here.working():
            yield
            await until(lambda: _is_set(died))


async def _is_set(event: asyncio.Event) -> bool:
    return event.is_set()


@pytest.mark.timeout(3_600 if "TEST_BULK" in os.environ else 180)
async def test_a_bulk_survives_a_death_amid_it_tells_each_case_once_and_is_undone_whole(
    postgres: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with an_installation(postgres, tmp_path) as here:
        async with here.working():
            cases = await decided_by_rule(here, CASES)
            assert len(removed(here)) == CASES

            nothing = await proposed(here, "b-0", areas=["harassment"])
            assert (nothing.phase, nothing.note) == ("refused", "selects nothing that anything can be done to")
            preview = await proposed(here, "b-1", areas=["spam"], decider="rule:spam.certain")
            reaches = preview.reaches
            assert (reaches.members, reaches.cases, reaches.accounts, reaches.measures) == (CASES,) * 4
            assert {one.case_id for one in preview.sample} <= set(cases)
            assert len(preview.sample) == min(20, CASES)

            with pytest.raises(Refused, match="two people"):
                await approved(here, preview, by=OPERATOR)
            with pytest.raises(Refused, match="previewed anew"):
                await approved(here, preview.evolve(digest="0" * 64))
            assert [one.bulk_id for one in (await here.doors.stuck(TENANT)).bulks] == ["b-1"]

        async with dying_amid(here, monkeypatch):
            await approved(here, preview)

        async with here.working():
            done = await phase(here, "b-1", "done")
            assert (done.progress.done, done.progress.refused, done.approved_by) == (CASES, 0, APPROVER)
            for case_id in cases:
                await here.settles(case_id)
            assert removed(here) == []
            (body,) = await here.bodies(cases[0], "decision_reversed")
            assert (body.by, body.second_by) == (f"operator:{OPERATOR}", APPROVER)
            assert (await here.kinds(cases[0])).count("bulk_act_done") == 1
            told = Counter(address for address, kind in here.world.told() if kind == "reversal_author")
            assert set(told.values()) == {1}
            assert len(told) == CASES

            asked = await changed(here, "b-1", "undo", "synthetic second thought")
            assert asked.phase == "undo_asked"
            with pytest.raises(Refused, match="two people"):
                await approved(here, asked, by=OPERATOR)
            await approved(here, asked)
            undone = await phase(here, "b-1", "undone")
            assert (undone.progress.undone, undone.progress.undo_refused) == (CASES, 0)
            for case_id in cases:
                await here.settles(case_id)
            assert len(removed(here)) == CASES
            history = await here.handle(f"bulk/{TENANT}/b-1").fetch_history()
            assert len(history.events) < 100

            await _cancelled_amid(here, cases)
            assert not (await here.reconciled()).differences


async def _cancelled_amid(here: Installation, cases: list[str]) -> None:
    """Paused, resumed and cancelled: what was done stays, the rest is left; a named case alone is selected.

    By two others: what the undoing imposed again were decisions of the first two, and nobody takes their own back.
    """
    request = BulkRequest.model_validate(
        {
            "bulk_id": "b-2",
            "plan": {"act": "reverse", "selection": {"cases": cases}, "per_second": 2},
            "reason": "synthetic reason",
        }
    )
    await here.doors.propose_bulk(TENANT, "op-3", request)
    preview = await phase(here, "b-2", "previewed")
    assert preview.reaches.already_reversed == CASES
    with pytest.raises(Refused, match="you have a part in"):
        await approved(here, preview)
    await approved(here, preview, by="op-4")

    async def begun() -> bool:
        progress = (await here.doors.bulk(TENANT, "b-2")).progress
        return progress.done + progress.asked > 0

    await until(begun)
    resumed_from = await _paused_amid(here)
    await changed(here, "b-2", "resume")

    async def goes_on() -> bool:
        progress = (await here.doors.bulk(TENANT, "b-2")).progress
        return progress.done + progress.asked > resumed_from

    await until(goes_on)
    await changed(here, "b-2", "cancel")
    over = await phase(here, "b-2", "cancelled")
    assert over.progress.done > resumed_from, "it went on from where it stood"
    assert over.progress.cancelled > 0
    assert over.progress.done + over.progress.cancelled == CASES
    for case_id in cases:
        await here.settles(case_id)


async def _paused_amid(here: Installation) -> int:
    """How many it had told: while it is paused it goes no further, though its workflow looks again."""
    paused, bulk = await changed(here, "b-2", "pause"), here.handle(f"bulk/{TENANT}/b-2")
    assert paused.paused_at is not None

    async def stands() -> int | None:
        progress = (await here.doors.bulk(TENANT, "b-2")).progress
        return progress.done + progress.asked if "PAUSED" in (await bulk.query("progress"))["label"] else None

    told: int = await until(stands)

    async def freed() -> bool:
        return len(removed(here)) == CASES - told

    await until(freed)
    assert "b-2" in [one.bulk_id for one in (await here.doors.stuck(TENANT)).bulks]
    length = (await bulk.describe()).history_length
    await bulk.signal("ring")

    async def looked() -> bool:
        return (await bulk.describe()).history_length >= length + 7  # the ring, a task, a page, and what came of it

    await until(looked)
    assert await stands() == told
    assert await freed()
    return told
