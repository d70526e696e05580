"""Reversals on a whole installation: holds appealed, and decisions that rest on others.

A worker killed at every step of one: tests/promises/test_p02_seven_crashes.py.
"""

from pathlib import Path
from typing import Any

from api.requests import ReversalRequest
from cases.decisions import SourceDecision
from cases.judging_reversals import fallen_id
from cases.messages import Person
from cases.stances import TellingRequest
from tests.conftest import Database
from tests.integration.kit import TENANT, Installation, an_installation

AUTHOR = Person(account_id="account-author", address="author@example.invalid")
HOLD = "hold:harassment/1"
BOTH: list[dict[str, Any]] = [{"kind": "remove"}, {"kind": "suspend", "target": "author", "duration": "P7D"}]


def a_reversal(stream: str, message_id: str = "r-1") -> ReversalRequest:
    return ReversalRequest(message_id=message_id, case_id=stream, decision_id="d-1", reason="synthetic reason")


def a_stance(message_id: str, stance: str | None) -> TellingRequest:
    plain = {"message_id": message_id, "subject": {"kind": "content", "id": "post-2"}, "person": "author"}
    return TellingRequest.model_validate({**plain, "stance": stance, "source": "a test", "reason": "synthetic reason"})


async def test_a_hold_is_appealed_and_a_decision_elsewhere_falls_with_the_one_it_rests_on(
    postgres: Database, tmp_path: Path
):
    async with an_installation(postgres, tmp_path) as here, here.working():
        held = await a_held_case(here)
        appeal = await here.appeal("post-held", HOLD, AUTHOR)
        await here.reaches(held, "appeal_opened")
        await here.decide("appeal/demo/a-1", "d-a", "appeal", "rev-2", outcome="reversed")
        assert appeal.message_id == "a-1"

        here.world.post("post-1")
        source = (await here.report("post-1")).case_id
        await here.decide(source, enforcements=BOTH)
        here.world.post("post-2", author="second")
        resting = (await here.report("post-2")).case_id
        rests_on = SourceDecision(case_id=source, decision_id="d-1")
        await here.doors.telling(TENANT, "op-1", a_stance("st-1", "never"))
        await here.decide(resting, "d-2", derived_from=[rests_on], enforcements=[{"kind": "remove"}])
        await here.settles(resting)
        assert ("second@example.invalid", "statement") not in here.world.told(), "withheld, and yet nothing is owed"
        assert here.world.measures("post-2") == ["remove"]
        assert here.world.says_to("second")["post-2"] == ["visible"], "the platform says no more than we do"
        await here.doors.telling(TENANT, "op-1", a_stance("st-2", None))
        await here.reaches(resting, "telling_set", times=2)
        await here.settles(resting)
        assert ("second@example.invalid", "statement") in here.world.told()
        assert here.world.says_to("second")["post-2"] == ["removed"]
        assert [one.retold != () for one in (await here.case(resting)).orders] == [False, True]
        shown = (await here.doors.case(TENANT, source)).resting
        assert [(one.case_id, one.decision_id, one.fall_brought_at) for one in shown] == [(resting, "d-2", None)]

        await here.doors.reverse(TENANT, "op-1", a_reversal(source))
        await here.reaches(resting, "decision_reversed")
        case = await here.settles(resting)
        assert [one.reversal_id for one in case.reversals] == [fallen_id(rests_on)]
        assert here.world.measures("post-2") == []
        assert ("second@example.invalid", "reversal_author") in here.world.told()
        assert (await here.doors.case(TENANT, source)).resting[0].fall_brought_at

        await here.reaches(held, "hold_released")
        await here.reaches(held, "filing_answered", times=2, seconds=120)
        assert here.world.measures("post-held") == []
        assert ("author@example.invalid", "hold_lifted") in here.world.told()
        assert (await here.case(held)).matters[0].open, "what is alleged is still looked at"


async def a_held_case(here: Installation) -> str:
    here.world.post("post-held")
    stream = (await here.report("post-held")).case_id
    for _ in range(2):
        await here.report("post-held")
    await here.signal("post-held", harassment=0.99, toxicity=0.99)
    await here.reaches(stream, "filing_answered")
    assert here.world.measures("post-held") == ["hide"]
    return stream
