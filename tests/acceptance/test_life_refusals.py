"""What comes in wrong: recorded or refused with field and cure, and nothing is changed by it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.errors import NotFound, Refused
from api.requests import DecisionRequest
from cases.errors import CaseError
from cases.messages import Person
from tests.conftest import Database
from tests.integration.kit import TENANT, an_installation

AUTHOR = Person(account_id="account-author", address="author@example.invalid")
RAW: dict[str, Any] = {"matter": "harassment/1", "outcome": "no_violation", "reviewer": "rev-1"}


async def test_raw_signals_of_no_form_are_recorded_as_refused_and_harm_nothing(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1")
        stream = (await here.report("post-1")).case_id
        await here.reaches(stream, "triaged")
        handle = here.handle(stream)
        await handle.signal("decide", args=[])
        await handle.signal("decide", args=[{**RAW, "decision_id": "d-0"}, {}])
        await handle.signal("decide", args=[[1, 2]])
        await handle.signal("decide", {**RAW, "decision_id": "d-1", "nonsense": 1})
        await handle.signal(
            "report", {"message_id": "m-7", "subject": {"kind": "content", "id": "../x"}, "area": "spam"}
        )
        await handle.signal("authority_order", {"message_id": "o-1"})
        await here.reaches(stream, "message_refused", times=6)
        problems = [(body.code, body.problem) for body in await here.bodies(stream, "message_refused")]
        assert [code for code, _ in problems] == ["malformed"] * 6
        assert all(";" in problem for _, problem in problems), "each says the cure"
        await here.decide(stream)
        case = await here.settles(stream)
        assert (case.refused, case.counts["harassment"].reports) == (6, 1)


async def test_a_raw_decision_without_a_claim_is_refused_unless_the_tenant_allows_it(
    postgres: Database, tmp_path: Path
):
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1")
        stream = (await here.report("post-1")).case_id
        await here.reaches(stream, "triaged")
        decision = {**RAW, "decision_id": "d-1", "rationale_id": "txt-" + "0" * 32}
        await here.handle(stream).signal("decide", decision)
        await here.reaches(stream, "message_refused")
        (refused,) = await here.bodies(stream, "message_refused")
        assert (refused.code, refused.problem) == ("not_proven", "token: missing; claim the task and send its token")
        assert "decision_recorded" not in await here.kinds(stream)


async def test_a_rationale_that_was_never_stored_is_refused(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path, tokenless=True) as here, here.working():
        here.world.post("post-1")
        stream = (await here.report("post-1")).case_id
        await here.reaches(stream, "triaged")
        await here.handle(stream).signal("decide", {**RAW, "decision_id": "d-1", "rationale_id": "txt-" + "0" * 32})
        await here.reaches(stream, "message_refused")
        assert "not stored for this case" in (await here.bodies(stream, "message_refused"))[0].problem


async def test_a_raw_decision_on_a_rule_that_its_pack_does_not_have_is_refused_with_those_it_has(
    postgres: Database, tmp_path: Path
):
    async with an_installation(postgres, tmp_path, tokenless=True) as here, here.working():
        here.world.post("post-1")
        stream = (await here.report("post-1")).case_id
        await here.reaches(stream, "triaged")
        wanted = {**RAW, "outcome": "violation", "ground": "terms", "rationale_id": "txt-" + "0" * 32}
        await here.handle(stream).signal("decide", {**wanted, "decision_id": "d-1", "rule_id": "harassment.reportet"})
        await here.reaches(stream, "message_refused")
        (refused,) = await here.bodies(stream, "message_refused")
        assert refused.code == "unknown_rule"
        assert (
            "rule_id: is no rule of harassment in its policy pack (got harassment.reportet); did you mean"
            in refused.problem
        )
        assert "harassment.reported? known: " in refused.problem
        assert "decision_recorded" not in await here.kinds(stream)
        await here.handle(stream).signal("decide", {**wanted, "decision_id": "d-2", "rule_id": "harassment.reported"})
        await here.reaches(stream, "message_refused", times=2)
        assert "not stored for this case" in (await here.bodies(stream, "message_refused"))[1].problem, "as before"


async def test_a_decision_on_a_decided_matter_says_which_stands(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1")
        stream = (await here.report("post-1")).case_id
        await here.report("post-1", area="spam")  # which keeps the run alive
        claimed = await here.claim(stream)
        plain: dict[str, Any] = {"token": claimed.token, "outcome": "no_violation", "rationale": "synthetic"}
        await here.doors.decide(TENANT, "rev-1", DecisionRequest(decision_id="d-1", **plain))
        await here.reaches(stream, "decision_recorded")
        with pytest.raises(Refused, match="was decided by d-1; appeal or reverse that decision"):
            await here.doors.decide(TENANT, "rev-1", DecisionRequest(decision_id="d-2", **plain))
        again = await here.doors.decide(TENANT, "rev-1", DecisionRequest(decision_id="d-1", **plain))
        assert again.decision_id == "d-1"
        assert (await here.kinds(stream)).count("decision_recorded") == 1


async def test_an_expired_claim_proves_nothing(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1")
        stream = (await here.report("post-1")).case_id
        claimed = await here.claim(stream)
        here.clock.ahead += timedelta(minutes=31)
        late = DecisionRequest(decision_id="d-1", token=claimed.token, outcome="no_violation", rationale="synthetic")  # type: ignore[arg-type]
        with pytest.raises(CaseError, match="the claim ended at"):
            await here.doors.decide(TENANT, "rev-1", late)


async def test_five_months_on_an_appeal_is_heard_and_seven_months_on_it_is_refused_kindly(
    postgres: Database, tmp_path: Path
):
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1")
        here.world.post("post-2", author="another")
        first = (await here.report("post-1")).case_id
        second = (await here.report("post-2")).case_id
        for stream, decision in ((first, "d-1"), (second, "d-2")):
            await here.decide(stream, decision)
            await here.settles(stream)
        here.clock.ahead = timedelta(days=150)
        await here.appeal("post-1", "d-1", AUTHOR)
        await here.reaches(first, "appeal_opened")
        here.clock.ahead = timedelta(days=215)
        await here.appeal("post-2", "d-2", Person(account_id="account-another"), "a-2")
        await here.reaches(second, "appeal_refused")
        assert [body.reason for body in await here.bodies(second, "appeal_refused")] == ["too_late"]
        await here.settles(second)
        assert ("another@example.invalid", "appeal_refused") in here.world.told()


async def test_an_appeal_of_what_never_was_or_by_a_stranger_is_answered(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1")
        stream = (await here.report("post-1")).case_id
        with pytest.raises(NotFound, match="no case about it"):
            await here.appeal("post-9", "d-1", AUTHOR)
        await here.decide(stream)
        await here.settles(stream)
        stranger = Person(account_id="account-stranger", address="stranger@example.invalid")
        await here.appeal("post-1", "d-1", stranger)
        await here.reaches(stream, "appeal_refused")
        assert [body.reason for body in await here.bodies(stream, "appeal_refused")] == ["not_informed"]
        assert not (await here.case(stream)).appeals


async def test_a_report_about_oneself_is_accepted(postgres: Database, tmp_path: Path):
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1")
        stream = (await here.report("post-1", reporter=AUTHOR)).case_id
        await here.decide(stream, outcome="no_violation")
        case = await here.settles(stream)
        assert case.counts["harassment"].reports == 1
        assert here.world.told()[-1] == ("author@example.invalid", "outcome_reporter")
