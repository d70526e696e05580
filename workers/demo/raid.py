"""A raid: many accounts post nearly the same. One case, one decision on a sample, one undo; who objects goes their own way."""

import asyncio
from typing import Final

from api.operator_answers import CampaignAnswer
from api.requests import DecisionRequest, ReversalRequest
from cases.campaigns import member_filing
from cases.decisions import Ground, Outcome
from cases.names import SubjectKind, subject_key
from workers.demo.cast import Post, appeal_of, report_of
from workers.demo.scene import Scene, found, has, of_kind, until

RAIDERS: Final = 24
# Long: likeness is told by bands of a keyed fingerprint, and in a short text one number of its own breaks too many of them.
WORDS: Final = (
    "Everybody come over to the new candle shop tonight and bring your friends along. It stands by the old bridge, where the "
    "bakery used to be, and it is open until the last of you has gone home. There are candles of wax and of tallow, round ones "
    "and tall ones, some that smell of cedar and some that smell of nothing at all; whoever buys three is given a fourth. Tell "
    "your neighbours, tell your class, and write it on every page you know. When you are there, ask for door number"
)
WAIT_SECONDS: Final = 60.0


async def play(scene: Scene) -> None:
    """Twenty-four posts; what becomes of them together, and of one apart."""
    posts = await asyncio.gather(*(scene.posted(f"raid-{n}", f"{WORDS} {n}.") for n in range(RAIDERS)))
    campaign = await _met(scene, posts)
    decision_id = await _decided(scene, campaign, posts)
    objector = await _objected(scene, campaign, posts[7], decision_id)
    await _undone(scene, campaign, decision_id, [post for post in posts if post != objector], objector)


async def _met(scene: Scene, posts: list[Post]) -> str:
    """The campaign's case."""
    neighbour = await scene.someone("raid-neighbour")
    receipts = await asyncio.gather(
        *(scene.doors.service.submit_report(report_of(post, 0, neighbour, "spam")) for post in posts)
    )

    async def all_joined() -> set[str | None] | None:
        found = {(await scene.case(one.case_id)).campaign for one in receipts}
        return None if None in found else found

    campaigns = sorted(filter(None, await until(all_joined, WAIT_SECONDS) or ()))
    shown = await _shown(scene, campaigns[0]) if campaigns else None
    case = await scene.case_when(campaigns[0], lambda case: case.tasks) if campaigns else None
    scene.account.step(
        f"{RAIDERS} accounts post nearly the same: it meets in one campaign, which is one task for one person",
        len(campaigns) == 1 and shown and shown.members == RAIDERS and case and len(case.tasks) == 1,
        case_id=campaigns[0] if campaigns else None,
        members=shown.members if shown else 0,
        accounts=shown.accounts if shown else 0,
        sampled=shown.sampled if shown else 0,
    )
    return campaigns[0]


async def _decided(scene: Scene, campaign: str, posts: list[Post]) -> str:
    reviewer, decision_id = scene.doors.reviewers[1], f"{scene.name}-raid-decision"
    claimed = await scene.claimed(reviewer, campaign, "spam/1")
    sampled = (await _shown(scene, campaign)).sampled
    await reviewer.decide(
        DecisionRequest(
            decision_id=decision_id,
            token=claimed.token,
            outcome=Outcome.VIOLATION,
            ground=Ground.TERMS,
            rule_id="spam.reported",
            rationale="Every one in the sample calls people to the same shop.",
            sample_violations=sampled,
        )
    )
    await scene.case_when(campaign, has("told:statement"), WAIT_SECONDS)
    await scene.case_when(campaign, lambda case: of_kind(case, "filing_answered"), WAIT_SECONDS)
    orders = await asyncio.gather(*(scene.outside.orders(post.post_id) for post in posts))
    mails = await asyncio.gather(*(scene.outside.mails(post.author.address) for post in posts))
    statements = [[mail.arrivals for mail in own if mail.kind == "statement"] for own in mails]
    filed = await _filed(scene, campaign, decision_id, posts)
    scene.account.step(
        "one decision on the sample: each post is removed once, each author told once, and a statement filed for each",
        all(len(own) == 1 for own in orders) and statements == [[1]] * RAIDERS and filed == RAIDERS,
        case_id=campaign,
        decision_id=decision_id,
        sample=sampled,
        platform_orders=sum(map(len, orders)),
        mails=sum(map(len, statements)),
        statements_filed=filed,
    )
    return decision_id


async def _objected(scene: Scene, campaign: str, post: Post, decision_id: str) -> Post:
    receipt = await scene.doors.service.appeal(appeal_of(post, decision_id, "objection"))
    case = await scene.case_when(receipt.case_id, has("appeal:", "order:split-"), WAIT_SECONDS)
    shown = await _shown(scene, campaign)
    scene.account.step(
        "one of them objects: the post has a case of its own, with the measure, the statement and an appeal",
        shown.split_off == 1 and of_kind(case, "appeal_opened") and found(case, "decision:split-"),
        case_id=receipt.case_id,
        split_off=shown.split_off,
    )
    return post


async def _undone(scene: Scene, campaign: str, decision_id: str, posts: list[Post], objector: Post) -> None:
    reason = "The shop had been invited: an event of the community, announced by its members."
    undo = ReversalRequest(
        message_id=f"{scene.name}-raid-undo", case_id=campaign, decision_id=decision_id, reason=reason
    )
    await scene.doors.operator.reverse(undo)
    await scene.case_when(campaign, lambda case: len(of_kind(case, "batch_done")) == 2, WAIT_SECONDS)
    case = await scene.case_when(campaign, lambda case: len(of_kind(case, "filing_answered")) == 2, WAIT_SECONDS)
    visible = [one for one in await asyncio.gather(*(scene.outside.seen(post.post_id) for post in posts)) if one]
    own = await scene.outside.seen(objector.post_id)
    scene.account.step(
        "one undo: all the others are visible again and corrected with the database; who went their own way waits for theirs",
        len(visible) == RAIDERS - 1 and own is None,
        case_id=campaign,
        visible_again=len(visible),
        events_of_the_case=len(case.events),
    )


async def _filed(scene: Scene, campaign: str, decision_id: str, posts: list[Post]) -> int:
    """How many of the posts the EU database has a statement of."""
    secret = await scene.means.record.keyring.subject_secret(scene.here.tenant)
    keys = [subject_key(secret, SubjectKind.CONTENT, post.post_id) for post in posts]
    puids = [member_filing(campaign, decision_id, key) for key in keys]
    return len([one for one in await asyncio.gather(*map(scene.outside.statement, puids)) if one])


async def _shown(scene: Scene, campaign: str) -> CampaignAnswer:
    return await scene.doors.auditor.campaign(campaign)
