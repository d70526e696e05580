"""Act 2: someone is in danger. A specialist within minutes, help instead of a measure, no punitive word."""

from datetime import timedelta
from typing import Final

from api.answers import CaseAnswer
from api.requests import DecisionRequest
from cases.decisions import Outcome
from workers.demo.cast import DESPAIR, Post, Someone, report_of
from workers.demo.proof import mailed
from workers.demo.scene import Scene, found, has, of_kind

WITHIN: Final = timedelta(minutes=10)
PUNITIVE: Final = ("violat", "strike", "restrict", "remov", "suspend", "penalt", "rule", "breach", "against our terms")


async def play(scene: Scene) -> None:
    """One case."""
    step = scene.account.step
    post = await scene.posted("despair", DESPAIR)
    friend = await scene.someone("despair-friend")
    receipt = await scene.doors.service.submit_report(report_of(post, 1, friend, "self_harm"))
    case = await scene.case_when(receipt.case_id, lambda case: case.tasks)
    due_in = case.tasks[0].due_at - receipt.received_at if case.tasks else None
    step(
        "a friend is worried: the specialists' queue has it, due in minutes",
        case.queue == "specialist" and due_in and due_in <= WITHIN + timedelta(seconds=30),
        case_id=case.case_id,
        workflow_id=case.case_id,
        queue=case.queue,
        due_in_seconds=round(due_in.total_seconds()) if due_in else None,
        rule=case.rule,
        event_ids=[event.event_id for event in case.events],
    )
    specialist = scene.doors.reviewers[2]
    claimed = await specialist.claim(queue="specialist", stream=case.case_id, task_id="self_harm/1")
    token = claimed.token if claimed else ""
    decision_id = f"{post.post_id}-decision"
    rationale = "The author speaks of not wanting to live; offer help."
    await specialist.decide(
        DecisionRequest(decision_id=decision_id, token=token, outcome=Outcome.SUPPORT, rationale=rationale)
    )
    case = await scene.case_when(case.case_id, has(f"told:support_resources:{decision_id}", "told:support_reporter"))
    await _helped(scene, post, case, decision_id)
    await _told(scene, post.author, friend)
    run_id = await scene.completed(case.case_id)
    step("nothing is owed any more: the run completes", run_id, workflow_id=case.case_id, run_id=run_id)


async def _helped(scene: Scene, post: Post, case: CaseAnswer, decision_id: str) -> None:
    decided = found(case, f"decision:{decision_id}")
    decision = decided.body["decision"] if decided else {}
    scene.account.step(
        "the outcome is support: no strike, no measure, nothing filed, and the post stays",
        decision.get("outcome") == "support"
        and decision["strike"] is False
        and not decision["enforcements"]
        and not await scene.outside.orders(post.post_id)
        and not of_kind(case, "filing_answered")
        and await scene.outside.seen(post.post_id),
        event_id=decided.event_id if decided else None,
        outcome=decision.get("outcome"),
        strike=decision.get("strike"),
        platform_log=[one["order_id"] for one in await scene.outside.orders(post.post_id)],
    )


async def _told(scene: Scene, author: Someone, friend: Someone) -> None:
    to_author, to_friend = await scene.mail(author, "support_resources"), await scene.mail(friend, "support_reporter")
    words = [await scene.text(mail) for mail in (to_author, to_friend)]
    scene.account.step(
        "the author is sent people to talk to, and the friend thanks",
        "112" in words[0] and "116 123" in words[0] and "Thank you" in words[1],
        mails=mailed(to_author, to_friend),
    )
    every = [mail for one in (author, friend) for mail in await scene.outside.mails(one.address)]
    texts = [(mail.subject_line + " " + await scene.outside.text(mail)).lower() for mail in every]
    punitive = sorted({word for word in PUNITIVE for text in texts if word in text})
    scene.account.step(
        "no mail has a punitive word",
        every and not punitive,
        mails=mailed(*every),
        looked_for=list(PUNITIVE),
        found=punitive,
    )
