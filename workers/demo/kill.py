"""Act 4: kill anything. A stream of cases while every process dies in turn; then `outage`; a rival in the same situation."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from workers.data_folder import DataFolder
from workers.demo import outage
from workers.demo.cast import report_of
from workers.demo.killing import kill
from workers.demo.pipelines import SETTLE_SECONDS, Sent, count, pitches, send, send_rival, settled
from workers.demo.rival_process import Rival, a_rival
from workers.demo.scene import Scene, until
from workers.reconciling import reconcile_all

STREAM: Final = 20  # posts through each pipeline while processes die
BURST: Final = 4  # of them at once: an incident is reported by many
EVERY_SECONDS: Final = 3.5
VICTIMS: Final = ("gateway", "worker", "temporal", "postgres")
RIVAL_DIES_WITH: Final = frozenset({"gateway", "worker"})  # it is one process: door and worker
AMID_SECONDS: Final = 0.3  # after a burst has begun, somebody dies


async def play(scene: Scene) -> None:
    """The stream, the day, the comparison."""
    async with a_rival(scene.here.settings) as rival:
        ours, theirs = await _stream(scene, rival)
        more_ours, more_theirs = await outage.play(scene, rival)
        await _reconciled(scene)
        await _compared(scene, [*ours, *more_ours], [*theirs, *more_theirs], rival)


async def _stream(scene: Scene, rival: Rival) -> tuple[list[Sent], list[Sent]]:
    step = scene.account.step
    ours, theirs = await pitches(scene, "stream", STREAM), await pitches(scene, "rival", STREAM)
    sending = asyncio.gather(
        *(send(scene, post, number // BURST * EVERY_SECONDS) for number, post in enumerate(ours)),
        *(send_rival(rival, post, number // BURST * EVERY_SECONDS) for number, post in enumerate(theirs)),
    )
    folder = DataFolder(scene.here.settings.data)
    began = time.monotonic()
    for number, name in enumerate(VICTIMS, 1):
        await asyncio.sleep(max(0.0, began + number * EVERY_SECONDS + AMID_SECONDS - time.monotonic()))
        killed, *_ = await asyncio.gather(kill(folder, name), *([rival.kill()] if name in RIVAL_DIES_WITH else ()))
        step(f"SIGKILL to {name}, amid the stream; the supervisor starts it again", killed.new_pid, **asdict(killed))
    sent = await sending
    mine, others = sent[:STREAM], sent[STREAM:]
    again = await scene.doors.service.submit_report(
        report_of(ours[0], 1, await scene.someone("stream-reporter"), "spam")
    )
    step(
        "every report was acknowledged, if need be on sending it again under the same message id",
        all(one.acknowledged for one in mine) and again.known,
        acknowledged=sum(one.acknowledged for one in mine),
        of=STREAM,
        sent_again_and_known=again.message_id,
    )
    await settled(scene, mine)
    return mine, others


async def _reconciled(scene: Scene) -> None:
    outcome = await reconcile_all(scene.means.record, scene.here.settings, SETTLE_SECONDS)
    scene.account.step(
        "reconcile: record, platform, mailbox and filings agree, with no difference",
        not outcome.differences,
        differences=[f"{one.kind} {one.case_id} {one.what}" for one in outcome.differences],
        still_under_way=len(outcome.pending),
        mails_that_came_again=outcome.repeated,
        compared=dict(outcome.counts),
    )


async def _compared(scene: Scene, ours: Sequence[Sent], theirs: Sequence[Sent], rival: Rival) -> None:
    async def idle() -> bool:
        return await rival.waiting() == 0

    await until(idle)
    mine, others = await count(scene.outside, ours), await count(scene.outside, theirs)
    step = scene.account.step
    step(
        "ours, counted at the platform and in the mailbox: nothing lost, nobody told of what never was, nobody told twice",
        (mine.acknowledged, mine.lost, mine.told_wrongly, mine.told_twice) == (len(ours), 0, 0, 0),
        **asdict(mine),
    )
    step(
        "a plain fire-and-forget pipeline in the same situation, counted the same way",
        others.acknowledged and others.lost,
        killed=rival.kills,
        **asdict(others),
    )
