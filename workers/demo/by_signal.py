"""Act 1, second case: plain Temporal signals with JSON, sent by the `temporal` command line; wrong ones harm nothing."""

from typing import Any

from api.requests import TextRequest
from workers.demo.cast import REMOVE
from workers.demo.proof import confirmed_first, logged, mailed
from workers.demo.scene import Scene, found, has, ids, of_kind


async def play(scene: Scene) -> None:
    """One case."""
    step = scene.account.step
    post, receipt = await scene.held_insult("insult-2")
    case_id, decision_id = receipt.case_id, f"{post.post_id}-decision"
    before = await scene.case(case_id)
    stored = await scene.doors.reviewers[0].store_text(
        TextRequest(message_id=decision_id, case_id=case_id, text="Insults a person.")
    )
    rationale_id = stored.text_id
    decision: dict[str, Any] = {
        "decision_id": decision_id,
        "matter": "harassment/1",
        "outcome": "violation",
        "ground": "terms",
        "rule_id": "harassment.reported",
        "rationale_id": rationale_id,
        "enforcements": [REMOVE],
        "reviewer": "reviewer-1",
    }
    malformed = {**decision, "decision_id": f"{decision_id}-malformed", "outcome": "guilty"}
    forbidden = {
        **decision,
        "decision_id": f"{decision_id}-forbidden",
        "reviewer": await scene.reviewer_who_is(post.author),
    }
    sent = [await scene.raw_signal(case_id, "decide", one) for one in (malformed, forbidden)]
    sent.append(await scene.raw_signal(case_id, "decide"))  # no argument at all
    case = await scene.case_when(case_id, lambda case: len(of_kind(case, "message_refused")) >= 3)
    refusals = of_kind(case, "message_refused")
    status, _ = await scene.status(case_id)
    shown = await scene.shown(case_id)
    step(
        "plain signals by the temporal command line: malformed, forbidden (the author judges their own post), empty",
        all(sent) and len(refusals) == 3,
        workflow_id=case_id,
        event_ids=ids(refusals),
        codes=[one.body["code"] for one in refusals],
        problems=[one.body["problem"] for one in refusals],
    )
    step(
        "each is refused and recorded, shows in the Web UI, and changes nothing",
        status == "RUNNING"
        and "3 messages refused" in shown
        and (case.stage, case.tasks) == (before.stage, before.tasks)
        and not of_kind(case, "decision_recorded"),
        stage=case.stage,
        status=status,
        web_ui=shown.splitlines()[-1],
    )
    taken = await scene.raw_signal(case_id, "decide", decision)
    case = await scene.case_when(case_id, has(f"told:statement:{decision_id}"))
    decided, orders = found(case, f"decision:{decision_id}"), (await scene.outside.orders(post.post_id))[1:]
    statement = await scene.mail(post.author, "statement")
    step(
        "a good one, naming a stored rationale, is decided, confirmed by the platform, and only then told",
        taken and decided and confirmed_first(orders, statement),
        event_id=decided.event_id if decided else None,
        rationale_id=rationale_id,
        platform_log=logged(orders),
        mails=mailed(statement),
    )
