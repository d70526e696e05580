"""Destroying what was removed, on a whole installation whose pack asks for it."""

import shutil
from pathlib import Path

import pytest

from api.requests import ReversalRequest
from cases.undoing import undoings
from tests.conftest import Database
from tests.integration.kit import TENANT, an_installation
from workers import wiring


def destroying(folder: Path) -> Path:
    """The baseline's folder, but for harassment: what is removed for it is destroyed."""
    shutil.copytree(wiring.POLICIES, folder)
    pack = folder / "baseline" / "pack.toml"
    pack.write_text(pack.read_text().replace("[areas.harassment]\n", '[areas.harassment]\ndestroy_after = "P30D"\n', 1))
    return folder


async def test_content_is_destroyed_when_nobody_may_appeal_and_a_later_reversal_says_that_it_is_gone(
    postgres: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(wiring, "POLICIES", destroying(tmp_path / "policies"))
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1", text="Synthetic words that go.")
        stream = (await here.report("post-1")).case_id
        await here.decide(stream, enforcements=[{"kind": "remove"}])
        await here.reaches(stream, "told", times=2)
        await here.reaches(stream, "filing_answered")
        await here.forward(stream, days=31)
        assert here.world.measures("post-1") == ["remove"]
        await here.forward(stream, days=160)
        await here.reaches(stream, "order_confirmed", times=2)
        await here.settles(stream)
        assert here.world.measures("post-1") == ["remove", "destroy"]
        post = here.world.platform.world.subject("content", "post-1")
        assert post is not None
        assert post["text"] == ""

        wrong = ReversalRequest(message_id="r-1", case_id=stream, decision_id="d-1", reason="synthetic reason")
        await here.doors.reverse(TENANT, "op-1", wrong)
        await here.reaches(stream, "decision_reversed")
        case = await here.settles(stream)
        assert [body.how for body in await here.bodies(stream, "order_confirmed")] == [
            "applied",
            "applied",
            "destroyed",
        ]
        assert [(step.what, step.state) for step in undoings(case)[0].steps][:2] == [
            ("measures", "done"),
            ("content", "gone"),
        ]
        assert ("author@example.invalid", "reversal_author") in here.world.told()
        letters = [mail for mail in here.world.mails() if mail["kind"] == "reversal_author"]
        assert "was destroyed and cannot come back" in str(letters[0])
