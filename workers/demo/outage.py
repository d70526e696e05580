"""Act 4, the outage: the platform away for a day, skipped on the clocks of the cases that wait for it."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Final

from temporalio.service import RPCError
from temporalio.testing import TimeSkipper

from api.answers import CaseAnswer
from api.operator_answers import StuckCase
from workers.demo.cast import REMOVE
from workers.demo.pipelines import SETTLE_SECONDS, Sent, pitches, send, send_rival, settled
from workers.demo.proof import logged
from workers.demo.rival_process import Rival
from workers.demo.scene import Scene, has, until
from workflows.shown import STUCK

MEANWHILE: Final = 4  # posts through each pipeline while the platform is away
DAY: Final = timedelta(days=1)
ASK_EVERY: Final = timedelta(hours=3)  # how often the platform is asked in the skipped day


async def play(scene: Scene, rival: Rival) -> tuple[list[Sent], list[Sent]]:
    step, first = scene.account.step, scene.doors.reviewers[0]
    post, receipt = await scene.held_insult("stuck")
    claimed = await scene.claimed(first, receipt.case_id, "harassment/1")
    ours, theirs = await pitches(scene, "meanwhile", MEANWHILE), await pitches(scene, "rival-meanwhile", MEANWHILE)
    await scene.outside.fault(down=True, retry_after_seconds=1)
    try:
        decision_id = f"{post.post_id}-decision"
        await scene.violation(first, claimed, decision_id, [REMOVE])
        sent = await asyncio.gather(
            *(send(scene, one, 0.0) for one in ours), *(send_rival(rival, one, 0.0) for one in theirs)
        )
        waiting = [receipt.case_id, *(one.receipt.case_id for one in sent[:MEANWHILE] if one.receipt)]
        for case_id in waiting:
            await until(partial(_pending, scene, case_id))
        await asyncio.gather(*(_skip(scene, case_id, timedelta(seconds=70)) for case_id in waiting))
        case = await scene.case_when(receipt.case_id, has(f"order:{decision_id}:subject:stuck"))
        await asyncio.gather(*(_ask_seldom(scene, case_id) for case_id in waiting))
        await asyncio.gather(*(_skip(scene, case_id, DAY) for case_id in waiting))
        await _shown_stuck(scene, case)
        told = [mail.notice for mail in await scene.outside.mails(post.author.address)]
        step(
            "nobody is told of an effect that the platform has not confirmed",
            not any(notice.startswith("statement:") for notice in told),
            author_has=told,
            acknowledged_meanwhile=len(waiting) - 1,
        )
    finally:
        await scene.outside.fault()
    await asyncio.gather(*(_skip(scene, case_id, ASK_EVERY + timedelta(minutes=1)) for case_id in waiting))
    case = await scene.case_when(receipt.case_id, has(f"told:statement:{decision_id}"), SETTLE_SECONDS)
    orders = await scene.outside.orders(post.post_id)
    step(
        "the platform is back: the order takes effect, and then the author is told",
        has(f"order:{decision_id}:subject:confirmed", f"told:statement:{decision_id}")(case)
        and await scene.outside.seen(post.post_id) is None,
        event_ids=[f"order:{decision_id}:subject:confirmed", f"told:statement:{decision_id}"],
        platform_log=logged(orders),
    )
    mine = list(sent[:MEANWHILE])
    await settled(scene, mine)
    return mine, list(sent[MEANWHILE:])


async def _shown_stuck(scene: Scene, case: CaseAnswer) -> None:
    case_id = case.case_id
    stuck: StuckCase | None = next((c for c in (await scene.doors.auditor.stuck()).cases if c.case_id == case_id), None)
    order = stuck.orders[0] if stuck and stuck.orders else None
    attempts = (await scene.here.attempts([case_id])).get(case_id, ())
    pending = next((one for one in attempts if one.task == "enforce"), None)
    shown = await scene.shown(case_id)
    described = await scene.handle(case_id).describe()
    clock = await TimeSkipper(scene.means.client).get_current_time(scene.handle(case_id))
    scene.account.step(
        "after a day the case shows that it is stuck, with attempts and the last error, at the door and in Temporal",
        order
        and order.attempts > 8
        and order.last_error
        and pending
        and pending.attempts > 1
        and pending.error
        and "**stuck**" in shown
        and described.typed_search_attributes.get(STUCK),
        case_id=case_id,
        workflow_id=case_id,
        clock_of_the_run=clock.isoformat(timespec="minutes"),
        order_id=order.order_id if order else None,
        attempts=order.attempts if order else None,
        last_error=order.last_error if order else None,
        pending_activity={"task": pending.task, "attempt": pending.attempts, "error": pending.error}
        if pending
        else None,
        web_ui=next((line for line in shown.splitlines() if "stuck" in line), None),
    )


async def _pending(scene: Scene, case_id: str) -> list[str]:
    """Ids of the activities that Temporal tries again."""
    described = await scene.handle(case_id).describe()
    return [one.activity_id for one in described.raw_description.pending_activities]


async def _ask_seldom(scene: Scene, case_id: str) -> None:
    """An operator's lever: in a long outage the platform is asked every few hours."""
    interval = f"{int(ASK_EVERY.total_seconds())}s"
    for activity_id in await _pending(scene, case_id):
        await scene.temporal(
            *("activity", "update-options", "--workflow-id", case_id, "--activity-id", activity_id),
            *("--retry-initial-interval", interval, "--retry-maximum-interval", interval),
        )


async def _skip(scene: Scene, case_id: str, span: timedelta) -> None:
    """Skip this case's own clock. A run that ends meanwhile has nothing left to skip for."""
    with suppress(RPCError):
        await TimeSkipper(scene.means.client).fast_forward(scene.handle(case_id), span)
