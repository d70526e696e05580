"""The same posts and reports through both pipelines, ours and the rival's, and what became of them, counted alike."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from api.answers import CaseAnswer, Receipt
from workers.demo.cast import PITCH, Post, report_of
from workers.demo.outside import Outside
from workers.demo.rival_process import Rival
from workers.demo.scene import Scene, has, of_kind

SETTLE_SECONDS: Final = 90.0
ONCE: Final = ("report_received", "decision_recorded", "order_confirmed", "filing_answered")


@dataclass(frozen=True)
class Sent:
    """One report through one pipeline. receipt: ours; None for the rival, which gives none."""

    post: Post
    acknowledged: bool
    receipt: Receipt | None = None


@dataclass(frozen=True)
class Count:
    """What became of acknowledged reports, counted at the platform and in the mailbox, for both pipelines alike."""

    acknowledged: int
    took_effect: int
    told: int
    lost: int  # acknowledged, and never took effect
    told_wrongly: int  # told of an effect that never was
    told_twice: int


async def pitches(scene: Scene, name: str, count: int) -> list[Post]:
    return [await scene.posted(f"{name}-{number}", f"{PITCH} {number}") for number in range(1, count + 1)]


async def send(scene: Scene, post: Post, after_seconds: float) -> Sent:
    """The client sends again by itself, under the same message id, until it has the receipt."""
    await asyncio.sleep(after_seconds)
    reporter = await scene.someone("stream-reporter")
    receipt = await scene.doors.service.submit_report(report_of(post, 1, reporter, "spam"))
    return Sent(post, True, receipt)


async def send_rival(rival: Rival, post: Post, after_seconds: float) -> Sent:
    await asyncio.sleep(after_seconds)
    return Sent(post, await rival.report(f"{post.post_id}-report-1", post.post_id, post.author.address))


async def settled(scene: Scene, sent: Sequence[Sent]) -> None:
    """Each message one event of one case; each case decided, confirmed and told, once."""
    cases = [await _done(scene, one) for one in sent]
    kinds = [Counter(event.kind for event in case.events) for case in cases]
    once = {"report_received": 1, "decision_recorded": 1, "order_confirmed": 1, "filing_answered": 1}
    wrong = [
        case.case_id for case, kind in zip(cases, kinds, strict=True) if any(kind[k] != n for k, n in once.items())
    ]
    ended = Counter(case.stage for case in cases)
    scene.account.step(
        "nothing lost, nothing double: each report is one event of one case, decided, confirmed, told and filed once",
        not wrong and len({case.case_id for case in cases}) == len(sent) and set(ended) == {"settled"},
        cases=len(cases),
        stages=dict(ended),
        wrong=wrong,
        case_ids=[case.case_id for case in cases],
    )


async def _done(scene: Scene, sent: Sent) -> CaseAnswer:
    assert sent.receipt is not None
    return await scene.case_when(
        sent.receipt.case_id,
        lambda case: (
            case.stage == "settled" and has("told:statement", "order:")(case) and of_kind(case, "filing_answered")
        ),
        SETTLE_SECONDS,
    )


async def count(outside: Outside, sent: Sequence[Sent]) -> Count:
    acknowledged = [one for one in sent if one.acknowledged]
    effects = [await outside.seen(one.post.post_id) is None for one in acknowledged]
    told = [await _times_told(outside, one.post) for one in acknowledged]
    return Count(
        acknowledged=len(acknowledged),
        took_effect=sum(effects),
        told=sum(times > 0 for times in told),
        lost=len(acknowledged) - sum(effects),
        told_wrongly=sum(times > 0 and not effect for times, effect in zip(told, effects, strict=True)),
        told_twice=sum(times > 1 for times in told),
    )


async def _times_told(outside: Outside, post: Post) -> int:
    """How many mails say that the post was removed: our statement, or the rival's note."""
    mails = await outside.mails(post.author.address)
    return sum(one.kind == "statement" or "We removed" in one.subject_line for one in mails)
