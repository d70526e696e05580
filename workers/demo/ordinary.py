"""Act 1: an ordinary case, decided through the update; then `by_signal`."""

from api.answers import CaseAnswer, Receipt
from api.client import Refused
from cases.messages import SignalMessage
from workers.demo import by_signal
from workers.demo.cast import INSULT, REMOVE, Post, Someone, flag_of, report_of
from workers.demo.proof import confirmed_first, logged, mailed
from workers.demo.scene import Scene, found, has, ids, of_kind

# Art. 17(3) DSA: what the words of a statement must hold, letter by letter.
CONTENTS = {
    "a": ("What we did", "removed in all countries", "end date"),  # the restriction, its territory, its duration
    "b": ("Why", "found that it falls under", "on a report"),  # facts and circumstances; on a notice or not
    "c": ("automated check pointed us to it", "made by a person"),  # automated means, in detecting and deciding
    "d or e": ("This rests on our terms", "section 4.2", "Our terms do not allow"),  # the ground and its explanation
    "f": ("You can appeal until", "out-of-court dispute settlement", "go to court"),  # redress
}


async def play(scene: Scene) -> None:
    """Both cases."""
    post, reporters, receipt = await _reported(scene)
    case = await _held(scene, post, reporters, receipt.case_id)
    await _decided(scene, post, reporters, case)
    await by_signal.play(scene)


async def _reported(scene: Scene) -> tuple[Post, list[Someone], Receipt]:
    step, service = scene.account.step, scene.doors.service
    post = await scene.posted("insult", INSULT)
    reporters = [await scene.someone(f"insult-reporter-{number}") for number in (1, 2, 3)]
    messages = [report_of(post, number, one, "harassment") for number, one in enumerate(reporters, 1)]
    step("a post is there for every visitor", await scene.outside.seen(post.post_id), post=post.post_id)
    receipts = [await service.submit_report(message) for message in messages]
    again = await service.submit_report(messages[1])
    flag: SignalMessage = flag_of(post, harassment=0.93)
    receipts.append(await service.submit_signal(flag))
    step(
        "one report is sent twice: the second sending gets the first receipt again",
        again.known and again.received_at == receipts[1].received_at,
        message_id=again.message_id,
        received_at=again.received_at.isoformat(),
    )
    case_id = receipts[0].case_id
    case = await scene.case_when(case_id, has("inbox:1", "inbox:2", "inbox:3", "inbox:4", "triage:"))
    reports, signals = of_kind(case, "report_received"), of_kind(case, "signal_received")
    status, run_id = await scene.status(case_id)
    step(
        "three people and a classifier: one case, three reports, one machine signal",
        len({one.case_id for one in receipts}) == 1 and (len(reports), len(signals)) == (3, 1) and status == "RUNNING",
        case_id=case_id,
        workflow_id=case_id,
        run_id=run_id,
        event_ids=ids([*reports, *signals]),
    )
    return post, reporters, receipts[0]


async def _held(scene: Scene, post: Post, reporters: list[Someone], case_id: str) -> CaseAnswer:
    step = scene.account.step
    case = await scene.case_when(case_id, has("order:hold", "told:statement_provisional", "receipts:", "inbox:5"))
    done = [event for event in case.events if event.kind not in ("report_received", "signal_received")]
    captured, confirmed = found(case, "evidence:"), found(case, "order:hold")
    evidence = captured.body["evidence"] if captured else {}
    orders = await scene.outside.orders(post.post_id)
    step(
        "the evidence was captured before anything else was done",
        captured and done[0] == captured and orders and orders[0]["at"] >= evidence["captured_at"][:23],
        event_ids=ids(done[:3]),
        digest=evidence.get("digest"),
        captured_at=evidence.get("captured_at"),
        first_order_at=orders[0]["at"] if orders else None,
    )
    step(
        "the rule's hold is confirmed by the platform, and the post is hidden",
        confirmed
        and [(one["outcome"], [m["kind"] for m in one["measures"]]) for one in orders] == [("applied", ["hide"])]
        and await scene.outside.seen(post.post_id) is None,
        event_id=confirmed.event_id if confirmed else None,
        platform_log=logged(orders),
        rule=case.rule,
    )
    statement = await scene.mail(post.author, "statement_provisional")
    step(
        "then its author has the provisional statement of reasons (DSA Art. 17(2)), with the way to object",
        confirmed_first(orders[-1:], statement) and "appeal until" in await scene.text(statement),
        mails=mailed(statement),
        event_id="told:" + statement.notice if statement else None,
    )
    receipts = [await scene.mail(one, "receipt") for one in reporters]
    step("every reporter has one receipt", all(receipts), mails=mailed(*receipts))
    return case


async def _decided(scene: Scene, post: Post, reporters: list[Someone], case: CaseAnswer) -> None:
    step, (first, second, _) = scene.account.step, scene.doors.reviewers
    case_id, decision_id = case.case_id, f"{post.post_id}-decision"
    claimed = await scene.claimed(first, case_id, "harassment/1")
    step("a reviewer claims the task", True, lease_id=claimed.lease_id, until=claimed.expires_at.isoformat())
    try:
        await second.claim(stream=case_id, task_id="harassment/1")
        refusal = None
    except Refused as error:
        refusal = error
    step(
        "a colleague's claim on the same task is refused",
        refusal and refusal.status == 409,
        status=refusal.status if refusal else None,
        code=refusal.code if refusal else None,
    )
    await scene.violation(first, claimed, decision_id, [REMOVE])
    case = await scene.case_when(case_id, has(f"told:statement:{decision_id}", f"told:outcome_reporter:{decision_id}"))
    decided, confirmed = found(case, f"decision:{decision_id}"), found(case, f"order:{decision_id}")
    decision = decided.body["decision"] if decided else {}
    update_ids = await _update_ids(scene, case_id)
    step(
        "violation, with ground, rationale and enforcement list, is decided through the Temporal update",
        decided and decision_id in update_ids and decision["ground"] == "terms" and decision["rationale_id"],
        workflow_id=case_id,
        update_id=decision_id,
        event_id=decided.event_id if decided else None,
        rationale_id=decision.get("rationale_id"),
        rule=decision.get("rule_id"),
        enforcements=[one["kind"] for one in decision.get("enforcements", ())],
    )
    orders = (await scene.outside.orders(post.post_id))[1:]
    statement = await scene.mail(post.author, "statement")
    step(
        "the platform confirms the measure, and only then the author gets the statement of reasons",
        confirmed
        and confirmed_first(orders, statement)
        and _sequence(case, f"told:statement:{decision_id}") > confirmed.sequence,
        event_ids=[f"order:{decision_id}:subject:confirmed", f"told:statement:{decision_id}"],
        platform_log=logged(orders),
        confirmed_at=orders[-1]["at"] if orders else None,
        mails=mailed(statement),
    )
    words = await scene.text(statement)
    missing = [letter for letter, parts in CONTENTS.items() if not all(part in words for part in parts)]
    step(
        "it holds everything that Art. 17(3) DSA asks for, (a) to (f)",
        words and not missing,
        mail=statement.message_id if statement else None,
        found=[letter for letter in CONTENTS if letter not in missing],
        missing=missing,
    )
    outcomes = [await scene.mail(one, "outcome_reporter") for one in reporters]
    step("the reporters have the outcome", all(outcomes), mails=mailed(*outcomes))
    case = await scene.case_when(case_id, lambda case: len(of_kind(case, "filing_answered")) >= 2)
    await _filed(scene, case)


async def _filed(scene: Scene, case: CaseAnswer) -> None:
    answers = of_kind(case, "filing_answered")
    filed = [await scene.outside.statement(one.body["filing_id"]) for one in answers]
    kinds = [one["decision_visibility"] for one in filed if one]
    scene.account.step(
        "both statements, provisional and final, are filed with the EU database, each under its own id",
        len({one["uuid"] for one in filed if one}) == 2
        and kinds == [["DECISION_VISIBILITY_CONTENT_DISABLED"], ["DECISION_VISIBILITY_CONTENT_REMOVED"]],
        filings=[
            {"puid": one["puid"], "uuid": one["uuid"], "automated": one["automated_decision"]} for one in filed if one
        ],
        event_ids=ids(answers),
    )


async def _update_ids(scene: Scene, workflow_id: str) -> list[str]:
    """Ids of the updates that the run's history has accepted."""
    history = await scene.handle(workflow_id).fetch_history()
    accepted = [event.workflow_execution_update_accepted_event_attributes for event in history.events]
    return [one.protocol_instance_id for one in accepted if one.protocol_instance_id]


def _sequence(case: CaseAnswer, prefix: str) -> int:
    event = found(case, prefix)
    return event.sequence if event else 0
