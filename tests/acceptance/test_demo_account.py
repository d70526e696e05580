"""How a demo accounts for its steps."""

import pytest

from api.cli.exits import BadUsage
from workers.demo.account import Account
from workers.demo.command import demo


def an_account() -> tuple[Account, list[str]]:
    lines: list[str] = []
    return Account(lines.append), lines


def test_a_step_is_one_line_with_its_evidence():
    account, lines = an_account()
    with account.act(1, "An act"):
        account.step("it held", 1, case_id="case/demo/content/1", event_ids=["a", "b", "c", "d"])
    assert "  ✓ it held  [case id: case/demo/content/1; event ids: a, b, c … 1 more]" in lines
    assert account.as_data()["acts"][0]["steps"][0]["evidence"]["event_ids"] == ["a", "b", "c", "d"]


def test_one_step_that_did_not_hold_breaks_the_whole():
    account, lines = an_account()
    with account.act(1, "An act"):
        account.step("it held", True)
        account.step("it did not", None)
    assert not account.held
    assert any(line.startswith("  ✗ it did not") for line in lines)


def test_what_nobody_expected_ends_the_act_and_not_the_demo():
    account, _ = an_account()
    with account.act(1, "An act"):
        raise LookupError("no such thing")
    with account.act(2, "Another"):
        account.step("it held", True)
    assert [act["ok"] for act in account.as_data()["acts"]] == [False, True]
    assert account.acts[0].steps[0].evidence["error"] == "LookupError: no such thing"


def test_an_act_without_a_step_proves_nothing():
    account, _ = an_account()
    with account.act(1, "An act"):
        pass
    assert not account.held


async def test_an_act_there_is_not_is_named():
    with pytest.raises(BadUsage, match="there is no act 7; give 1 to 6"):
        await demo(act=7)
