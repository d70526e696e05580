"""How much one token, one source and one tenant may ask in a second. What is over it is refused before it is accepted.

Buckets of tokens over a monotonic clock, in this process: with several gateways each lets through its own share
(docs/decisions, capacity of the door). What is urgent may use all of a bucket; what is not leaves a share of it alone, so
that an ordinary flood never stands in the way of a duty.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from api.errors import TooMany
from cases.errors import Problem

BUCKETS_KEPT: Final = 10_000  # of each kind; whoever was not seen for longest begins anew with a full one
LONGEST_WAIT_SECONDS: Final = 60

Whose = Literal["token", "source", "tenant"]
Unit = Literal["requests", "items"]


@dataclass(frozen=True)
class QuotaLimits:
    """Per second, by whose they are: requests, and items (a batch has many). Infinity: no limit.

    burst_seconds: how much of a quiet time may come at once. reserved: the share kept for what is urgent, 0 to 1.
    """

    token_requests: float = math.inf
    source_requests: float = math.inf
    tenant_requests: float = math.inf
    token_items: float = math.inf
    source_items: float = math.inf
    tenant_items: float = math.inf
    burst_seconds: float = 2.0
    reserved: float = 0.2

    def per_second(self, whose: Whose, unit: Unit) -> float:
        """One of the limits."""
        limit: float = getattr(self, f"{whose}_{unit}")
        return limit


class Bucket:
    """Fills with its rate up to its capacity. A demand larger than that is let in when it is full, and paid for afterwards."""

    def __init__(self, per_second: float, burst_seconds: float, reserved: float, now: float) -> None:
        self._per_second = per_second
        self._capacity = max(1.0, per_second * burst_seconds)
        self._reserve = self._capacity * reserved
        self._level, self._at = self._capacity, now

    def wait(self, amount: float, urgent: bool, now: float) -> float:
        """Seconds until this amount may come; 0 for now. Takes nothing."""
        self._fill(now)
        reserve = 0.0 if urgent else self._reserve
        lacking = min(amount, self._capacity - reserve) - (self._level - reserve)
        return lacking / self._per_second if lacking > 1e-9 else 0.0

    def take(self, amount: float) -> None:
        """It came."""
        self._level -= amount

    def _fill(self, now: float) -> None:
        self._level = min(self._capacity, self._level + (now - self._at) * self._per_second)
        self._at = now


class Quotas:
    """The buckets of everybody who calls. clock: seconds, monotonic."""

    def __init__(self, limits: QuotaLimits = QuotaLimits(), clock: Callable[[], float] = time.monotonic) -> None:
        self._limits, self._clock = limits, clock
        self._buckets: dict[tuple[Whose, Unit], OrderedDict[str, Bucket]] = {}

    def admit(self, *, token: str, source: str, tenant: str, items: int = 1, urgent: bool = False) -> None:
        """Let one request with so many items in. Raises TooMany, naming the limit; then nothing is used up."""
        self._admit({"token": token, "source": source, "tenant": tenant}, items, urgent)

    def admit_batch(self, *, token: str, source: str, tenant: str, urgent: int, ordinary: int) -> TooMany | None:
        """Let in one request with messages of both kinds: None, or, where only the urgent ones are let in, why.

        Raises TooMany where nothing is.
        """
        names: dict[Whose, str] = {"token": token, "source": source, "tenant": tenant}
        try:
            self._admit(names, urgent + ordinary, urgent=not ordinary)
        except TooMany as over:
            if not urgent:
                raise
            self._admit(names, urgent, urgent=True)
            return over
        return None

    def admit_stranger(self, source: str) -> None:
        """A request without a known token: who guesses tokens is soon told to wait. Raises TooMany."""
        self._admit({"source": source}, 1, urgent=False)

    def _admit(self, names: dict[Whose, str], items: int, urgent: bool) -> None:
        now = self._clock()
        taken: list[tuple[Bucket, int]] = []
        for whose, unit, bucket in self._of(names, now):
            amount = items if unit == "items" else 1
            if wait := bucket.wait(amount, urgent, now):
                raise self._too_many(whose, unit, wait)
            taken.append((bucket, amount))
        for bucket, amount in taken:
            bucket.take(amount)

    def _of(self, names: dict[Whose, str], now: float) -> Iterator[tuple[Whose, Unit, Bucket]]:
        units: tuple[Unit, ...] = ("requests", "items")
        for whose, name in names.items():
            for unit in units:
                rate = self._limits.per_second(whose, unit)
                if rate != math.inf:
                    yield whose, unit, self._bucket(whose, unit, name, rate, now)

    def _bucket(self, whose: Whose, unit: Unit, name: str, rate: float, now: float) -> Bucket:
        kept = self._buckets.setdefault((whose, unit), OrderedDict())
        bucket = kept.get(name)
        if bucket is None:
            bucket = kept[name] = Bucket(rate, self._limits.burst_seconds, self._limits.reserved, now)
            if len(kept) > BUCKETS_KEPT:
                kept.popitem(last=False)
        kept.move_to_end(name)
        return bucket

    def _too_many(self, whose: Whose, unit: Unit, wait: float) -> TooMany:
        rate = self._limits.per_second(whose, unit)
        seconds = min(max(1, math.ceil(wait)), LONGEST_WAIT_SECONDS)
        cure = f"send again after {seconds} s" + (", many in a batch" if unit == "requests" else "")
        value = f"{rate:g} {unit} a second"
        return TooMany(f"quota_{whose}", [Problem(f"{whose}_{unit}", value, "is used up", cure)], seconds)
