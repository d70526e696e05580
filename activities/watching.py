"""What waits for somebody, as numbers that an alarm can be set on: unconfirmed orders, and calls nobody answers for."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from opentelemetry import metrics

from record import measures, watching
from record.record import Record

LATE_AFTER: Final = timedelta(minutes=1)  # from then on an order counts as stuck


class OverdueOrders:
    """The gauges `dueprocess.orders_unconfirmed`, `…oldest_order_seconds` and `…orders_given_up`, by tenant."""

    def __init__(self, record: Record, now: Callable[[], datetime]) -> None:
        self._record = record
        self._now = now
        meter = metrics.get_meter("dueprocess")
        self._count = meter.create_gauge("dueprocess.orders_unconfirmed", description="orders unconfirmed for a minute")
        self._oldest = meter.create_gauge("dueprocess.oldest_order_seconds", unit="s", description="the oldest of them")
        self._given_up = meter.create_gauge(
            "dueprocess.orders_given_up", description="orders that wait for an operator"
        )

    async def look(self, tenant: str) -> int:
        """Set all; how many there are. 0 and 0 where none is."""
        now = self._now()
        late = await measures.stuck(self._record, tenant, now - LATE_AFTER)
        self._count.set(len(late), {"tenant": tenant})
        oldest = max(((now - order.issued_at).total_seconds() for order in late), default=0.0)
        self._oldest.set(oldest, {"tenant": tenant})
        self._given_up.set(sum(order.see_to_by is not None for order in late), {"tenant": tenant})
        return len(late)


class OpenCalls:
    """The gauges `dueprocess.pages_unanswered` and `dueprocess.oldest_page_seconds`, by tenant: told though no pager is."""

    def __init__(self, record: Record, now: Callable[[], datetime]) -> None:
        self._record = record
        self._now = now
        meter = metrics.get_meter("dueprocess")
        self._count = meter.create_gauge("dueprocess.pages_unanswered", description="calls that nobody answers for")
        self._oldest = meter.create_gauge("dueprocess.oldest_page_seconds", unit="s", description="the oldest of them")

    async def look(self, tenant: str) -> int:
        """Set both; how many there are. 0 and 0 where none is."""
        waiting, oldest = await watching.unanswered(self._record, tenant)
        self._count.set(waiting, {"tenant": tenant})
        self._oldest.set((self._now() - oldest).total_seconds() if oldest else 0.0, {"tenant": tenant})
        return waiting
