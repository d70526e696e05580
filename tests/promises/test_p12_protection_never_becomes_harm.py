"""P12: no safeguard delays a duty. An order, a child-safety notice and a severe hold wait for nobody and nothing."""

from pathlib import Path
from typing import Any

from cases.decisions import FourEyes
from cases.legal_requests import NoticeMessage, TakeItDownMessage
from cases.order_messages import AuthorityOrderRequest
from tests.conftest import Database
from tests.integration.kit import TENANT, an_installation, until

VOLUME = 60  # ordinary reports in front of the one that matters


async def test_an_order_a_childs_safety_and_a_severe_hold_wait_for_no_second_person_and_no_queue(
    postgres: Database, tmp_path: Path
):
    async with an_installation(postgres, tmp_path) as here, here.working():
        for number in range(VOLUME):
            here.world.post(f"crowd-{number % 6}")
            await here.report(f"crowd-{number % 6}")
        for post in ("ordered", "child", "intimate"):
            here.world.post(post)
        order = AuthorityOrderRequest.model_validate(
            {
                "message_id": "o-1",
                "subject": {"kind": "content", "id": "ordered"},
                "order": "tco_removal",
                "reference": "1/26",
                "authority": {"name": "A synthetic authority", "country": "DE"},
                "legal_basis": "Regulation (EU) 2021/784, Article 3",
                "reasons": "Synthetic reasons.",
                "location": "https://platform.example/posts/ordered",
                "redress": "Synthetic redress.",
                "signed": True,
            }
        )
        anonymous = {"message_id": "n-1", "subject": {"kind": "content", "id": "child"}, "area": "child_safety"}
        incomplete = {"message_id": "t-1", "subject": {"kind": "content", "id": "intimate"}}
        ordered = await here.doors.authority_order(TENANT, "desk-1", order)
        child = await here.doors.notice(TENANT, NoticeMessage.model_validate(anonymous))
        severe = await here.doors.take_it_down(TENANT, TakeItDownMessage.model_validate(incomplete))

        async def in_force() -> Any:
            world = here.world
            return [*world.measures("ordered"), *world.measures("child"), *world.measures("intimate")] == [
                "remove",
                "hide",
                "hide",
            ]

        await until(in_force, seconds=20)
        case = await here.case(ordered.case_id)
        (decision,) = case.decisions
        assert (decision.second, decision.second_by, case.proposals) == (FourEyes.AFTER, None, ())
        tasks = (await here.doors.queue(TENANT)).tasks
        assert f"second:{decision.decision_id}" in {task.task_id for task in tasks}, "the second look follows"
        first = {task.stream for task in tasks[:2]}
        assert first == {child.case_id, severe.case_id}, "the severest are looked at first, whatever the crowd"
