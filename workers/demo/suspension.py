"""Act 3, a measure with an end: a suspension for seven days, ended by the case's own timer."""

from datetime import timedelta

from temporalio.testing import TimeSkipper

from workers.demo.cast import REMOVE
from workers.demo.proof import logged, mailed
from workers.demo.scene import Scene, found, has, ids

SUSPEND = {"kind": "suspend", "target": "author", "duration": "P7D"}
WEEK = timedelta(days=7)


async def play(scene: Scene) -> None:
    """One case; its clock is skipped, in the real server."""
    step, first = scene.account.step, scene.doors.reviewers[0]
    post, receipt = await scene.held_insult("suspended")
    case_id, decision_id, author = receipt.case_id, f"{post.post_id}-decision", post.author.account_id
    await scene.violation(first, await scene.claimed(first, case_id, "harassment/1"), decision_id, [REMOVE, SUSPEND])
    case = await scene.case_when(case_id, has(f"order:{decision_id}:author:confirmed", f"told:statement:{decision_id}"))
    tried = await scene.outside.post(f"{post.post_id}-again", author, "Good morning.")
    orders = await scene.outside.orders(author)
    step(
        "an account is suspended for seven days: the platform refuses its posts",
        tried == 403 and orders and orders[-1]["measures"][0]["kind"] == "suspend",
        case_id=case_id,
        event_id=f"order:{decision_id}:author:confirmed",
        platform_log=logged(orders),
        until=orders[-1]["measures"][0]["until"] if orders else None,
        post_refused_with=tried,
    )
    skipper, handle = TimeSkipper(scene.means.client), scene.handle(case_id)
    began = await skipper.get_current_time(handle)
    await skipper.fast_forward(handle, WEEK + timedelta(minutes=1))
    case = await scene.case_when(case_id, has("expired:", "told:measure_expired"))
    expired = found(case, "expired:")
    tried = await scene.outside.post(f"{post.post_id}-again", author, "Good morning.")
    orders = await scene.outside.orders(author)
    mail = await scene.mail(post.author, "measure_expired")
    run_id = await scene.completed(case_id)
    step(
        "seven days on (its own clock is skipped), its timer ends it: the platform lifts it, the author posts and is told",
        expired and tried == 201 and orders[-1]["measures"] == [] and mail and run_id,
        event_ids=ids([event for event in case.events if event.sequence >= (expired.sequence if expired else 0)]),
        days_on_the_clock=round((expired.occurred_at - began) / timedelta(days=1), 1) if expired else None,
        platform_log=logged(orders),
        mails=mailed(mail),
        run_completed=run_id,
    )
    step(
        "what was removed stays removed: only the suspension had an end",
        await scene.outside.seen(post.post_id) is None,
        post=post.post_id,
    )
