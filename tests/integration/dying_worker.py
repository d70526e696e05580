"""A worker process that is killed at a chosen point of its work: `python -m tests.integration.dying_worker POINT`.

The point is a call of ours that has done its work; whoever called it never hears. Production code has no switch for it:
the call is wrapped here, before the worker is started.
"""

import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

import workflows.timeouts

for waited_for in ("OUTSIDE_ATTEMPT", "TELLING_ATTEMPT"):  # a dead worker's attempt ends in seconds, not minutes
    setattr(workflows.timeouts, waited_for, timedelta(seconds=3))

import workflows.paging  # noqa: E402

workflows.paging.PAGE_SILENCE = timedelta(seconds=3)

import activities.mail  # noqa: E402
import activities.platform_client  # noqa: E402
import record.events  # noqa: E402
import record.inbox  # noqa: E402
from cases.events import CaseEvent  # noqa: E402
from workers import worker  # noqa: E402

worker.Worker = partial(
    worker.Worker, sticky_queue_schedule_to_start_timeout=timedelta(seconds=1)
)  # a dead one's queue


def _took(answer: Any) -> bool:
    return bool(answer[0])


def _appended(kind: str) -> Callable[[Any], bool]:
    def there(answer: tuple[list[CaseEvent], bool]) -> bool:
        return any(event.body.kind == kind for event in answer[0])

    return there


_seen = count(1)


def _the_eleventh(answer: Any) -> bool:
    return next(_seen) == 11


def _the_eleventh_of_a_bulk(answer: Any) -> bool:
    return answer.message_id.startswith("b-") and next(_seen) == 11


# Where, whose attribute, and which answer of it is the one that nobody hears.
POINTS: dict[str, tuple[Any, str, Callable[[Any], bool]]] = {
    "took": (record.inbox, "take", _took),
    "triaged": (record.events, "append_and_project", _appended("triaged")),
    "decided": (record.events, "append_and_project", _appended("decision_recorded")),
    "confirmed": (record.events, "append_and_project", _appended("order_confirmed")),
    "ordered": (activities.platform_client.PlatformClient, "order", lambda answer: True),
    "eleventh_order": (activities.platform_client.PlatformClient, "order", _the_eleventh),
    "eleventh_bulk_act": (record.inbox, "accept", _the_eleventh_of_a_bulk),
    "reversed": (record.events, "append_and_project", _appended("decision_reversed")),
    "mailed": (activities.mail.Connection, "hand_over", lambda answer: True),
}


def arm(point: str) -> None:
    """From now on the process dies there."""
    place, name, meant = POINTS[point]
    original = getattr(place, name)

    async def deadly(*args: Any, **kwargs: Any) -> Any:
        answer = await original(*args, **kwargs)
        if meant(answer):
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    setattr(place, name, deadly)


if __name__ == "__main__":
    arm(sys.argv[1])
    worker.main()
