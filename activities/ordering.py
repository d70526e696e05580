"""How an order reaches the platform, and how we know that it did: by its answer, or by reading back what is in force there.

A platform that keeps versions ignores what is older than what it has, so its word is enough. One that does not is read
back before and after, and is always sent the newest state that was issued, so that a late request of ours undoes nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from activities.platform_client import OrderAnswer, PlatformAway, PlatformClient, TargetState
from cases.measures import Measure
from cases.names import tenant_of
from cases.telling import Stance
from record import measures
from record.measures import IssuedOrder
from record.record import Record

TURNS: Final = 5  # how often one attempt sends anew because something newer was issued meanwhile


class Ordering:
    """versions: whether the platform keeps the version of each order."""

    def __init__(
        self, record: Record, platform: PlatformClient, now: Callable[[], datetime], *, versions: bool
    ) -> None:
        self._record = record
        self._platform = platform
        self._now = now
        self._versions = versions

    async def carry_out(self, issued: IssuedOrder) -> OrderAnswer:
        """What came of it. Raises PlatformAway where it is not known to be in force; asking again is safe."""
        return await (self._with_versions(issued) if self._versions else self._read_back_around(issued))

    async def _with_versions(self, issued: IssuedOrder) -> OrderAnswer:
        try:
            return await self._send(issued, issued.platform_order_id)
        except PlatformAway as away:
            if away.unknown and (answer := await self._found_there(issued)):
                return answer
            raise

    async def _found_there(self, issued: IssuedOrder) -> OrderAnswer | None:
        try:
            there = await self._there(issued)
        except PlatformAway:
            return None  # the order's own failure says more
        if there is None or there.target_version < issued.target_version:
            return None
        return OrderAnswer(
            how="deleted_by_author" if there.deleted else "read_back", target_version=there.target_version
        )

    async def _read_back_around(self, issued: IssuedOrder) -> OrderAnswer:
        sent = False
        for _ in range(TURNS):
            newest = await measures.newest(self._record, issued)
            there = await self._there(issued)
            if there is None:
                return OrderAnswer(how="unknown_target")
            if self._alike(there.measures, newest.measures):
                own = newest.target_version == issued.target_version
                how = "superseded" if not own else "read_back" if sent else "repeated"
                return OrderAnswer(
                    how="deleted_by_author" if there.deleted else how, target_version=newest.target_version
                )
            if newest.content_version and not there.deleted and await self._edited(newest):
                if newest.target_version == issued.target_version:
                    return OrderAnswer(how="edited")
                raise PlatformAway("a newer order waits for a new assessment", "newer_waits")
            answer = await self._send(newest, f"{newest.platform_order_id}.{uuid4().hex[:8]}")
            if answer.how in ("edited", "unknown_target") and newest.target_version == issued.target_version:
                return answer
            sent = True
        raise PlatformAway("what was ordered is not in force there", "not_in_force", unknown=True)

    async def _edited(self, order: IssuedOrder) -> bool:
        found = await self._platform.snapshot(order.target_kind, order.target_id)
        return found is not None and found.content_version != order.content_version

    async def _there(self, issued: IssuedOrder) -> TargetState | None:
        return await self._platform.target(issued.target_kind, issued.target_id, tenant_of(issued.case_id))

    async def _send(self, issued: IssuedOrder, order_id: str) -> OrderAnswer:
        return await self._platform.order(
            order_id=order_id,
            tenant=tenant_of(issued.case_id),
            kind=issued.target_kind,
            target_id=issued.target_id,
            target_version=issued.target_version,
            content_version=issued.content_version,
            measures=issued.measures,
            issued_at=issued.issued_at,
            versions=self._versions,
        )

    def _alike(self, there: Iterable[Mapping[str, Any]], wanted: Iterable[Measure]) -> bool:
        """Whether the same is in force; what is over counts on neither side."""
        now = self._now()
        found = {_named(one, until) for one in there if (until := _end(one.get("until"))) is None or until > now}
        return found == {
            _named(one.model_dump(mode="json"), one.until) for one in wanted if one.until is None or one.until > now
        }


def _named(measure: Mapping[str, Any], until: datetime | None) -> tuple[object, ...]:
    end = int(until.timestamp()) if until else None
    confined = (tuple(sorted(measure.get(name) or ())) for name in ("reach", "scope", "excerpts"))
    return (measure["measure_id"], measure["kind"], end, *confined, _said(measure))


def _said(measure: Mapping[str, Any]) -> tuple[str, int | None]:
    """What its author may hear of it: as orders say it, or as the record keeps it."""
    telling: Any = measure.get("telling") or Stance.TELL
    until = measure.get("tell_from")
    if isinstance(telling, Mapping):
        telling, until = telling.get("stance"), telling.get("until")
    return str(telling), int(datetime.fromisoformat(str(until)).timestamp()) if until else None


def _end(until: object) -> datetime | None:
    return datetime.fromisoformat(str(until)) if until else None
