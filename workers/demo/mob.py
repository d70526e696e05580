"""A mob of a hundred against three people: what each brings about, who is answered, and what is done about a mob found out."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from api.answers import CaseAnswer, Receipt
from api.requests import DecisionRequest, ReporterName, StandingRequest
from cases.decisions import Outcome
from cases.reporting import ReporterContext
from workers.demo.cast import Post, Someone, report_of
from workers.demo.outside import Mail
from workers.demo.scene import Scene, found, has, of_kind, until

MOB: Final = 100
AT_ONCE: Final = 20  # reports under way at the same time
CALL: Final = "This account posts spam in every thread, take the post down now, please"
CLEAN: Final = "The garden looks lovely this year, and the roses are out already."
ADVERTISEMENT: Final = "Handmade candles again, three for two this week, write to me."
DELIVERY_SECONDS: Final = 60.0


async def play(scene: Scene) -> None:
    """Two posts side by side, then a third."""
    mob, people = _crowd(scene, "mob", MOB), _crowd(scene, "person", 3)
    attacked, advertised = await scene.posted("clean", CLEAN), await scene.posted("candles", ADVERTISEMENT)
    by_mob, by_people = await asyncio.gather(
        _reported(scene, attacked, mob, [_of_a_mob(number) for number in range(MOB)]),
        _reported(scene, advertised, people, [_of_a_person(number) for number in range(3)]),
    )
    mobbed = await _mob_is_one_voice(scene, attacked, by_mob)
    await _people_are_three(scene, advertised, by_people)
    await _answered_once(scene, (*mob, *people))
    await _outcome(scene, mob, mobbed)
    await _found_out(scene)


async def _mob_is_one_voice(scene: Scene, post: Post, receipts: Sequence[Receipt]) -> CaseAnswer:
    case_id = receipts[0].case_id
    case = await scene.case_when(
        case_id, lambda case: _seen(case).get("count") == MOB and case.stage == "in_review", DELIVERY_SECONDS
    )  # the case's row may follow its events
    reports = _seen(case)
    scene.account.step(
        f"a hundred accounts made yesterday report a clean post: {MOB} reports, one independent, and it stays visible",
        reports.get("count") == MOB
        and reports.get("independent") == 1
        and case.stage == "in_review"
        and not await scene.outside.orders(post.post_id)
        and await scene.outside.seen(post.post_id),
        case_id=case_id,
        cases=len({one.case_id for one in receipts}),
        the_rule_saw=reports,
        platform_log=[one["order_id"] for one in await scene.outside.orders(post.post_id)],
    )
    return case


async def _people_are_three(scene: Scene, post: Post, receipts: Sequence[Receipt]) -> None:
    case_id = receipts[0].case_id
    case = await scene.case_when(case_id, has("told:statement_provisional"))
    held = found(case, "order:hold:spam/1:subject:confirmed")
    reports = _seen(case)
    scene.account.step(
        "three people who do not know each other report another: it is hidden at once, and its author told why",
        held and reports.get("independent") == 3 and not await scene.outside.seen(post.post_id),
        case_id=case_id,
        the_rule_saw=reports,
        rule=case.rule,
        seconds=round((held.occurred_at - receipts[-1].received_at).total_seconds(), 1) if held else None,
    )


async def _answered_once(scene: Scene, everybody: Sequence[Someone]) -> None:
    mails = await _mails(scene, everybody, "receipt")
    counts = [len(one) for one in mails]
    scene.account.step(
        f"each of the {len(everybody)} has one receipt, and nobody has two",
        counts == [1] * len(everybody),
        people=len(everybody),
        receipts=sum(counts),
        most=max(counts),
        fewest=min(counts),
    )


async def _outcome(scene: Scene, mob: Sequence[Someone], case: CaseAnswer) -> None:
    reviewer = scene.doors.reviewers[0]
    claimed = await scene.claimed(reviewer, case.case_id, "spam/1")
    decision_id = f"{scene.name}-mob-decision"
    rationale = "An ordinary post about a garden; nothing is advertised."
    await reviewer.decide(
        DecisionRequest(decision_id=decision_id, token=claimed.token, outcome=Outcome.NO_VIOLATION, rationale=rationale)
    )
    counts = [len(one) for one in await _mails(scene, mob, "outcome_reporter")]
    scene.account.step(
        "a reviewer finds nothing wrong: the outcome reaches each of the hundred once",
        counts == [1] * len(mob),
        decision_id=decision_id,
        outcomes=sum(counts),
        most=max(counts),
    )


async def _found_out(scene: Scene) -> None:
    """Three who leave no trace of one another do get something hidden, until a person looks and undoes it."""
    post, three = await scene.posted("roses", CLEAN), _crowd(scene, "accomplice", 3)
    receipts = await _reported(scene, post, three, [_of_a_person(10 + number) for number in range(3)])
    case_id = receipts[0].case_id
    await scene.case_when(case_id, has("order:hold:spam/1:subject:confirmed", "told:statement_provisional"))
    hidden = await scene.outside.seen(post.post_id) is None
    names = tuple(ReporterName(account_id=one.account_id) for one in three)
    message_id = f"{scene.name}-found-out"
    reason = "They agreed in a chat to report this author."
    changed = await scene.doors.operator.invalidate_reports(
        StandingRequest(message_id=message_id, reporters=names, reason=reason)
    )
    case = await scene.case_when(case_id, has("order:hold:spam/1:lifted:subject:confirmed", "told:hold_lifted"))
    mail = await scene.mail(post.author, "hold_lifted")
    scene.account.step(
        "three without traces get a post hidden; found out, one command takes the weight of their reports and it is back",
        hidden
        and changed.cases == (case_id,)
        and len(of_kind(case, "reports_invalidated")) == 1
        and _seen(case).get("count") == 0
        and mail
        and await scene.outside.seen(post.post_id),
        case_id=case_id,
        invalidated=[event.body["counts"] for event in of_kind(case, "reports_invalidated")],
        the_rule_saw=_seen(case),
        mail=mail.message_id if mail else None,
    )


def _crowd(scene: Scene, role: str, size: int) -> tuple[Someone, ...]:
    """People who need no page on the platform: they only report."""
    ids = (f"{scene.name}-{role}-{number}" for number in range(size))
    return tuple(Someone(one, f"{one}@example.invalid") for one in ids)


def _of_a_mob(number: int) -> tuple[ReporterContext, str]:
    """Two networks, accounts of yesterday, and the words that went round."""
    made = datetime.now(UTC) - timedelta(days=1, minutes=number)
    network = "198.51.100.0/24" if number % 2 else "203.0.113.0/24"
    return ReporterContext(account_created_at=made, network=network), CALL


def _of_a_person(number: int) -> tuple[ReporterContext, str | None]:
    made = datetime.now(UTC) - timedelta(days=400 + 90 * number)
    return ReporterContext(account_created_at=made, network=f"192.0.{number}.0/24"), None


async def _reported(
    scene: Scene, post: Post, crowd: Sequence[Someone], traces: Sequence[tuple[ReporterContext, str | None]]
) -> list[Receipt]:
    free = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> Receipt:
        context, reason = traces[number]
        message = report_of(post, number, crowd[number], "spam").model_copy(
            update={"context": context, "reason": reason}
        )
        async with free:
            return await scene.doors.service.submit_report(message)

    return await asyncio.gather(*map(one, range(len(crowd))))


async def _mails(scene: Scene, people: Sequence[Someone], kind: str) -> list[list[Mail]]:
    """Everybody's mails of this kind, once each has one; as they are when patience ends."""

    async def look() -> list[list[Mail]]:
        return [[m for m in await scene.outside.mails(one.address) if m.kind == kind] for one in people]

    async def all_there() -> list[list[Mail]] | None:
        mails = await look()
        return mails if all(mails) else None

    return await until(all_there, DELIVERY_SECONDS) or await look()


def _seen(case: CaseAnswer) -> dict[str, Any]:
    """What the rules last saw of the reports of spam."""
    triaged = of_kind(case, "triaged")
    facts = triaged[-1].body["facts"].get("spam", {}) if triaged else {}
    reports: dict[str, Any] = facts.get("reports", {})
    return reports
