"""Act 3, the silent cases: nobody appeals; an appeal five months later is heard, one after seven is refused kindly."""

from datetime import datetime, timedelta

from api.answers import Receipt
from api.doors import Doors
from api.requests import DecisionRequest
from cases.decisions import Outcome
from cases.messages import AppealMessage
from cases.names import appeal_workflow_id
from workers.demo.cast import PITCH, Post, appeal_of, report_of
from workers.demo.proof import mailed
from workers.demo.scene import Scene, found, has, of_kind

MONTH = timedelta(days=30.4)


async def play(scene: Scene) -> None:
    """Two cases that a rule decided, and nobody appealed."""
    step = scene.account.step
    (post, receipt), (other, other_receipt) = [await _pitch(scene, name) for name in ("unappealed", "forgotten")]
    case_id = receipt.case_id
    run_id = await scene.completed(case_id)
    await scene.completed(other_receipt.case_id)
    case = await scene.case(case_id)
    told, decided = found(case, "told:statement"), of_kind(case, "decision_recorded")
    decision_id = decided[0].body["decision"]["decision_id"]
    statement = await scene.mail(post.author, "statement")
    until = next((line for line in (await scene.text(statement)).splitlines() if "appeal until" in line), "")
    step(
        "nobody appeals: the run completes, and the window to appeal is a recorded fact",
        run_id and told and until,
        case_id=case_id,
        run_id=run_id,
        event_id=told.event_id if told else None,
        told_at=told.occurred_at.isoformat() if told else None,
        window=until[2:40],
    )
    message = appeal_of(post, decision_id, "appeal")
    await _door_in(scene, 5 * MONTH, message)
    case = await scene.case_when(case_id, has(f"appeal:{message.message_id}:opened"))
    opened = found(case, f"appeal:{message.message_id}:opened")
    status, next_run = await scene.status(case_id)
    step(
        "an appeal five months later starts the next run",
        opened and next_run != run_id and status == "RUNNING",
        event_id=opened.event_id if opened else None,
        at=opened.occurred_at.isoformat() if opened else None,
        run_id=next_run,
    )
    hearing = appeal_workflow_id(scene.here.tenant, message.message_id)
    reviewer = scene.doors.reviewers[1]
    claimed = await scene.claimed(reviewer, hearing, "appeal")
    rationale = "A sales pitch with two links; the rule was right."
    verdict = DecisionRequest(
        decision_id=f"{message.message_id}-decision", token=claimed.token, outcome=Outcome.UPHELD, rationale=rationale
    )
    await reviewer.decide(verdict)
    upheld = await scene.mail(post.author, "appeal_upheld")
    completed = await scene.completed(case_id)
    step(
        "and is heard by a person: the rule's decision stands, the author is told, the run completes",
        upheld and completed == next_run,
        workflow_id=hearing,
        mails=mailed(upheld),
    )
    await _too_late(scene, other, other_receipt)


async def _too_late(scene: Scene, post: Post, receipt: Receipt) -> None:
    case = await scene.case(receipt.case_id)
    decision_id = of_kind(case, "decision_recorded")[0].body["decision"]["decision_id"]
    message = appeal_of(post, decision_id, "late-appeal")
    await _door_in(scene, 7 * MONTH, message)
    refusal = await scene.mail(post.author, "appeal_refused")
    words = await scene.text(refusal)
    case = await scene.case_when(receipt.case_id, has(f"appeal:{message.message_id}:refused"))
    event = found(case, f"appeal:{message.message_id}:refused")
    scene.account.step(
        "an appeal seven months later is refused kindly, with what else is open to the author",
        event
        and event.body["reason"] == "too_late"
        and "six months" in words
        and "sorry" in words
        and "court" in words,
        case_id=receipt.case_id,
        event_id=event.event_id if event else None,
        reason=event.body["reason"] if event else None,
        mails=mailed(refusal),
    )


async def _pitch(scene: Scene, name: str) -> tuple[Post, Receipt]:
    """A sales pitch, reported once and decided by the rule."""
    post = await scene.posted(name, f"{PITCH} {name}")
    reporter = await scene.someone(f"{name}-reporter")
    receipt = await scene.doors.service.submit_report(report_of(post, 1, reporter, "spam"))
    await scene.case_when(receipt.case_id, has("told:statement", "told:outcome_reporter"))
    return post, receipt


async def _door_in(scene: Scene, ahead: timedelta, message: AppealMessage) -> None:
    """The same door in this process, its clock ahead: what it stamps is what lateness is judged by."""
    means = scene.means

    def then() -> datetime:
        return scene.here.now() + ahead

    doors = Doors(means.record, means.client, then, means.signing, means.areas)
    try:
        await doors.appeal(scene.here.tenant, message)
    finally:
        await doors.aclose()
