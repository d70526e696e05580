"""P4: a reversal undoes everything that the decision did, or corrects what cannot be undone. Partly reversed is possible."""

from pathlib import Path
from typing import Any

from api.requests import ReversalRequest
from cases.projection import strikes
from tests.conftest import Database
from tests.integration.kit import Installation, an_installation

BOTH: list[dict[str, Any]] = [{"kind": "remove"}, {"kind": "suspend", "target": "author", "duration": "P7D"}]


async def a_removal_and_a_suspension(here: Installation) -> str:
    here.world.post("post-1")
    stream = (await here.report("post-1")).case_id
    await here.decide(stream, enforcements=BOTH)
    await here.reaches(stream, "filing_answered")
    await here.reaches(stream, "told", times=2)
    assert (here.world.measures("post-1"), here.world.measures("account-author", "account")) == (
        ["remove"],
        ["suspend"],
    )
    return stream


async def reverse(here: Installation, stream: str, message_id: str, keep: tuple[str, ...] = ()) -> None:
    wanted = ReversalRequest(
        message_id=message_id, case_id=stream, decision_id="d-1", reason="synthetic: we were wrong", keep=keep
    )
    await here.doors.reverse("demo", "op-1", wanted)


async def test_measures_strike_notices_and_the_public_statement_all_go(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here, here.working():
        stream = await a_removal_and_a_suspension(here)
        await reverse(here, stream, "r-1")
        await here.reaches(stream, "decision_reversed")
        case = await here.settles(stream)
        assert (here.world.measures("post-1"), here.world.measures("account-author", "account")) == ([], [])
        assert [strike.active for strike in strikes(case)] == [False]
        told = here.world.told()
        assert told.count(("author@example.invalid", "reversal_author")) == 1
        assert told.count(("reporter-1@example.invalid", "reversal_reporter")) == 1
        assert case.filings[-1].supersedes == (case.filings[0].filing_id,)
        assert not (await here.reconciled()).differences


async def test_partly_reversed_keeps_the_rest_and_the_rest_can_go_after_the_run_is_over(
    postgres: Database, tmp_path: Path
):
    async with an_installation(postgres, tmp_path) as here, here.working():
        stream = await a_removal_and_a_suspension(here)
        await reverse(here, stream, "r-1", keep=("d-1/1",))
        await here.reaches(stream, "decision_reversed")
        await here.settles(stream)
        assert (here.world.measures("post-1"), here.world.measures("account-author", "account")) == (["remove"], [])
        await reverse(here, stream, "r-2")
        await here.reaches(stream, "decision_reversed", times=2)
        await here.settles(stream)
        assert here.world.measures("post-1") == []
        assert not (await here.reconciled()).differences


async def test_a_reversal_never_republishes_what_its_author_deleted(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here, here.working():
        stream = await a_removal_and_a_suspension(here)
        here.world.delete("post-1")
        await reverse(here, stream, "r-1")
        await here.reaches(stream, "decision_reversed")
        await here.settles(stream)
        subject = here.world.platform.world.subject("content", "post-1")
        assert subject is not None
        assert subject["deleted_at"] is not None
        assert not (await here.reconciled()).differences


async def test_one_cases_reversal_leaves_another_cases_measure_on_the_same_account(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-2")
        stream = await a_removal_and_a_suspension(here)
        other = (await here.report("post-2")).case_id
        await here.decide(other, "d-2", reviewer="rev-2", enforcements=[{"kind": "limit", "target": "author"}])
        await here.settles(other)
        await reverse(here, stream, "r-1")
        await here.reaches(stream, "decision_reversed")
        await here.settles(stream)
        assert here.world.measures("account-author", "account") == ["limit"]
        assert not (await here.reconciled()).differences
