"""Act 3: we were wrong. An appeal reverses a decision; then `months_later` and `suspension`."""

from api.client import Refused
from api.requests import DecisionRequest
from cases.decisions import Outcome
from cases.names import appeal_workflow_id
from cases.projection import strikes
from workers.demo import months_later, suspension
from workers.demo.cast import INSULT, REMOVE, appeal_of
from workers.demo.proof import confirmed_first, logged, mailed
from workers.demo.scene import Scene, found, has, ids, of_kind
from workers.reconciling import whole_case


async def play(scene: Scene) -> None:
    """An appeal, two late ones, a suspension."""
    await _appealed(scene)
    await months_later.play(scene)
    await suspension.play(scene)


async def _appealed(scene: Scene) -> None:
    step, first = scene.account.step, scene.doors.reviewers[0]
    post, receipt = await scene.held_insult("appealed")
    case_id, decision_id = receipt.case_id, f"{post.post_id}-decision"
    await scene.violation(first, await scene.claimed(first, case_id, "harassment/1"), decision_id, [REMOVE])
    case = await scene.case_when(case_id, has(f"told:statement:{decision_id}", "told:outcome_reporter"))
    case = await scene.case_when(case_id, lambda case: len(of_kind(case, "filing_answered")) >= 2)
    run_id = await scene.completed(case_id)
    before = await _strikes(scene, case_id)
    step(
        "a post is removed, its author has a strike and the statement; nothing is owed, so the run completes",
        run_id and await scene.outside.seen(post.post_id) is None and before == [True],
        case_id=case_id,
        run_id=run_id,
        event_ids=[f"decision:{decision_id}", f"told:statement:{decision_id}"],
        strikes_active=before,
    )
    message = appeal_of(post, decision_id, "appeal")
    await scene.doors.service.appeal(message)
    hearing = appeal_workflow_id(scene.here.tenant, message.message_id)
    case = await scene.case_when(case_id, has(f"appeal:{message.message_id}:opened"))
    _, next_run = await scene.status(case_id)
    step(
        "the author appeals: the case's next run hears it, in a workflow of its own",
        found(case, f"appeal:{message.message_id}:opened") and next_run != run_id,
        workflow_id=hearing,
        event_id=f"appeal:{message.message_id}:opened",
        run_id=next_run,
    )
    await _heard_by_another(scene, hearing)
    case = await scene.case_when(case_id, has("reversal:", "told:reversal_author", "told:reversal_reporter"))
    orders = await scene.outside.orders(post.post_id)
    seen = await scene.outside.seen(post.post_id)
    after = await _strikes(scene, case_id)
    step(
        "reversed: the post is visible again as it was, and the strike is gone",
        seen and seen["text"] == INSULT and not seen["labels"] and orders[-1]["measures"] == [] and after == [False],
        event_ids=ids([*of_kind(case, "appeal_closed"), *of_kind(case, "decision_reversed")]),
        platform_log=logged(orders),
        strikes_active=after,
    )
    to_author = await scene.mail(post.author, "reversal_author")
    told = [to_author]
    for number in (1, 2, 3):
        reporter = await scene.someone(f"appealed-reporter-{number}")
        told.append(await scene.mail(reporter, "reversal_reporter"))
    step(
        "both sides are told, after the platform's confirmation",
        all(told) and confirmed_first(orders, to_author),
        mails=mailed(*told),
        confirmed_at=orders[-1]["at"],
    )
    case = await scene.case_when(case_id, lambda case: len(of_kind(case, "filing_answered")) >= 3)
    answers = of_kind(case, "filing_answered")
    filed = await scene.outside.statement(answers[-1].body["filing_id"])
    earlier = [one.body["filing_id"] for one in answers[:-1]]
    step(
        "a superseding statement is filed with the EU database, which withdraws nothing",
        len(answers) == 3
        and filed
        and earlier
        and all(one in str(filed["decision_visibility_other"]) for one in earlier),
        filing={"puid": filed["puid"], "uuid": filed["uuid"]} if filed else None,
        supersedes=earlier,
        event_id=answers[-1].event_id,
    )


async def _heard_by_another(scene: Scene, hearing: str) -> None:
    first, second, _ = scene.doors.reviewers
    refused: list[str] = []
    try:
        await first.claim(stream=hearing, task_id="appeal")
    except Refused as error:
        refused.append(f"{error.status} {error.code}")
    claimed = await scene.claimed(second, hearing, "appeal")
    scene.account.step(
        "the first reviewer may not hear it; another claims it",
        refused,
        workflow_id=hearing,
        refused=refused,
        lease_id=claimed.lease_id,
    )
    rationale = "A quotation, and the person quoted agreed."
    decision_id = hearing.rpartition("/")[2] + "-decision"
    await second.decide(
        DecisionRequest(decision_id=decision_id, token=claimed.token, outcome=Outcome.REVERSED, rationale=rationale)
    )


async def _strikes(scene: Scene, case_id: str) -> list[bool]:
    """Whether each strike that the case's decisions left counts."""
    case = await whole_case(scene.means.record, case_id)
    return [one.active for one in strikes(case)] if case else []
