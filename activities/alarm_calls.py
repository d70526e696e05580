"""Effect: whoever is on call is told of alarms, once when they begin and once when they are over, many in one call."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import groupby
from typing import Any, Final

from activities.packs_in_force import PacksInForce
from activities.pager import Pager
from cases.person_caps import OVER_CAP
from record import alarms
from record.record import Record

logger = logging.getLogger("dueprocess.paging")

NOT_STARTED: Final = "release_not_started"
A_CAP_STANDS: Final = timedelta(hours=1)  # what is refused after that is a new alarm
IN_A_CALL: Final = 20  # named; the rest are counted, since a storm needs no second page


class AlarmCalls:
    """Tells of alarms, and raises the one that a release did not start; safe to repeat."""

    def __init__(self, record: Record, packs: PacksInForce, pager: Pager, now: Callable[[], datetime]) -> None:
        self._record, self._packs, self._pager, self._now = record, packs, pager, now

    async def tend(self, tenant: str) -> int:
        """How many calls were taken."""
        await self._releases(tenant)
        await alarms.end_begun(self._record, tenant, OVER_CAP, self._now() - A_CAP_STANDS, self._now())
        due, taken = await alarms.take(self._record, tenant, self._now()), 0
        for _, mine in groupby(sorted(due, key=_call_of), key=_call_of):
            taken += await self._tell(tenant, list(mine))
        return taken

    async def _releases(self, tenant: str) -> None:
        """One that did not start stands until it is withdrawn, or another has taken effect since."""
        now, known = self._now(), await self._packs.releases(tenant, self._now())
        over = []
        for one in (one for one in known.releases if one.not_started):
            assert one.not_started is not None
            at, name = one.not_started.at, one.proposed.release_id
            if one.withdrawn or any(other.effective_at and at < other.effective_at <= now for other in known.releases):
                over.append(name)
                continue
            told = {"version": one.proposed.pack.version, "in_force": one.not_started.in_force.version}
            await alarms.begin(self._record, tenant, NOT_STARTED, name, told, at, now)
        if over:
            await alarms.end(self._record, tenant, NOT_STARTED, over, now)

    async def _tell(self, tenant: str, told: Sequence[alarms.Alarm]) -> bool:
        kind, state = _call_of(told[0])
        noted = {"tenant": tenant, "kind": kind, "state": state, "alarms": len(told)}
        names = ",".join(sorted(one.alarm_id for one in told))
        call_id = f"alarms-{sha256(f'{state}:{names}'.encode()).hexdigest()[:32]}.{told[0].attempts}"
        body = {
            "type": "alarm",
            "tenant": tenant,
            "kind": kind,
            "state": state,
            "count": len(told),
            "alarms": [_said(one) for one in told[:IN_A_CALL]],
        }
        if not self._pager.configured:
            logger.error("nobody is called: DUEPROCESS_PAGER_URL is not set", extra={"event": "alarm_unsent", **noted})
            return False
        if not await self._pager.post(call_id, body):
            logger.error("the pager did not take a call", extra={"event": "alarm_unsent", **noted})
            return False
        await alarms.sent(self._record, tenant, told, self._now())
        logger.warning("a person is called", extra={"event": "alarm_sent", **noted})
        return True


def _call_of(one: alarms.Alarm) -> tuple[str, str]:
    return one.kind, "over" if one.ended_at else "began"


def _said(one: alarms.Alarm) -> dict[str, Any]:
    return {
        "alarm_id": one.alarm_id,
        "about": one.about,
        "since": one.since,
        "ended_at": one.ended_at,
        **{name: value for name, value in one.told.items() if value is not None},
    }
