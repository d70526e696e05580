"""Quotas: buckets over a clock of the test's own, a share for what is urgent, and where a request comes from."""

import asyncio
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from api.admission import Admission, AdmissionLimits, Asking
from api.errors import TooMany
from api.http.sources import source_of
from api.quotas import QuotaLimits, Quotas
from cases.messages import Detector, ReportMessage, SignalMessage, Subject
from cases.names import SubjectKind
from record.admission import Unfinished
from record.errors import RecordUnavailable


class Clock:
    """Seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def admitted(quotas: Quotas, times: int, **changes: object) -> int:
    caller = {"token": "t", "source": "s", "tenant": "demo", **changes}
    count = 0
    for _ in range(times):
        try:
            quotas.admit(**caller)  # type: ignore[arg-type]
        except TooMany:
            continue
        count += 1
    return count


def test_a_burst_comes_at_once_and_the_rest_at_the_rate():
    clock = Clock()
    quotas = Quotas(QuotaLimits(tenant_requests=10, burst_seconds=2, reserved=0), clock)

    assert admitted(quotas, 100) == 20
    clock.now = 1.0
    assert admitted(quotas, 100) == 10
    clock.now = 1_000.0
    assert admitted(quotas, 100) == 20


def test_an_ordinary_flood_leaves_the_reserved_share_to_what_is_urgent():
    clock = Clock()
    quotas = Quotas(QuotaLimits(token_requests=10, burst_seconds=2, reserved=0.2), clock)

    assert admitted(quotas, 1_000) == 16
    assert admitted(quotas, 1_000, urgent=True) == 4
    clock.now = 0.4  # what comes back fills the share first
    assert admitted(quotas, 1_000) == 0
    assert admitted(quotas, 1_000, urgent=True) == 4


def test_what_is_refused_uses_up_nothing_of_the_other_limits():
    quotas = Quotas(QuotaLimits(token_requests=1, tenant_requests=100, burst_seconds=1, reserved=0), Clock())

    assert admitted(quotas, 50) == 1
    assert sum(admitted(quotas, 1, token=f"t-{number}") for number in range(200)) == 99


def test_a_refusal_names_limit_value_and_when_to_come_again():
    quotas = Quotas(QuotaLimits(source_items=100, burst_seconds=1, reserved=0), Clock())
    quotas.admit(token="t", source="s", tenant="demo", items=100)
    with pytest.raises(TooMany) as refused:
        quotas.admit(token="t", source="s", tenant="demo", items=50)

    (problem,) = refused.value.problems
    assert (refused.value.code, refused.value.retry_after_seconds) == ("quota_source", 1)
    assert (problem.field, problem.value) == ("source_items", "100 items a second")
    assert "1 s" in problem.cure


def test_a_batch_larger_than_the_burst_is_let_in_by_a_full_bucket_and_paid_for_afterwards():
    clock = Clock()
    quotas = Quotas(QuotaLimits(tenant_items=100, burst_seconds=2, reserved=0.2), clock)

    assert admitted(quotas, 2, items=1_000) == 1
    clock.now = 7.0
    assert admitted(quotas, 1) == 0
    clock.now = 9.0
    assert admitted(quotas, 1) == 1


@given(
    rate=st.floats(0.5, 1_000),
    burst=st.floats(0.1, 10),
    reserved=st.floats(0, 0.9),
    steps=st.lists(st.tuples(st.floats(0, 5), st.integers(1, 50), st.booleans()), max_size=60),
)
def test_never_more_than_burst_and_rate_allow(
    rate: float, burst: float, reserved: float, steps: list[tuple[float, int, bool]]
):
    clock = Clock()
    quotas = Quotas(QuotaLimits(tenant_items=rate, burst_seconds=burst, reserved=reserved), clock)
    let_in = largest = 0
    for pause, items, urgent in steps:
        clock.now += pause
        largest = max(largest, items)
        let_in += items * admitted(quotas, 1, items=items, urgent=urgent)
    assert let_in <= max(1.0, rate * burst) + rate * clock.now + largest + 1e-6


def test_no_limit_is_none():
    assert admitted(Quotas(QuotaLimits(), Clock()), 10_000, items=1_000) == 10_000
    assert QuotaLimits().per_second("token", "items") == math.inf


# By unfinished work --------------------------------------------------------------------------------------------------


class Counted:
    """What waits, as Postgres would say."""

    def __init__(self, waiting: int) -> None:
        self.waiting, self.asked = waiting, 0
        self.streams: dict[str, int] = {}
        self.fails = False

    async def __call__(self, tenant: str, limit: int, many: int) -> Unfinished:
        self.asked += 1
        if self.fails:
            raise RecordUnavailable
        streams = {name: count for name, count in self.streams.items() if count >= many}
        return Unfinished(messages=min(self.waiting, limit), streams=streams)


LIMITS = AdmissionLimits(unfinished=100, reserved=0.2, urgent_areas=frozenset({"child_safety"}))


async def let_in(admission: Admission, times: int, **changes: object) -> int:
    count = 0
    for _ in range(times):
        try:
            await admission.admit("demo", **{"stream": f"case-{count}", **changes})  # type: ignore[arg-type]
        except TooMany:
            continue
        count += 1
    return count


async def test_what_waits_bounds_what_is_let_in_and_a_share_is_kept():
    counted, clock = Counted(50), Clock()
    admission = Admission(counted, LIMITS, clock)

    assert await let_in(admission, 100) == 30
    assert await let_in(admission, 100, urgent=True) == 20
    assert counted.asked == 1


async def test_what_was_taken_makes_room_at_the_next_count():
    counted, clock = Counted(80), Clock()
    admission = Admission(counted, LIMITS, clock)
    assert await let_in(admission, 1) == 0
    counted.waiting, clock.now = 0, 1.0
    assert await let_in(admission, 1) == 0  # the older count serves while a newer one is made
    for _ in range(3):
        await asyncio.sleep(0)
    assert await let_in(admission, 200) == 80


async def test_of_a_batch_is_let_in_what_there_is_room_for_and_the_urgent_first():
    admission = Admission(Counted(78), LIMITS, Clock())
    asking = [Asking(f"case-{number}", urgent=number % 5 == 4) for number in range(40)]
    refusals = await admission.admit_each("demo", asking)

    assert [refusals[place] for place in range(4, 40, 5)] == [None] * 8
    assert [one.code for one in refusals if one] == ["quota_unfinished"] * 32, "with 86 waiting, 80 are let in beside"


async def test_one_subject_has_a_share_and_others_go_on():
    counted = Counted(15)
    counted.streams = {"case-1": 14}
    admission = Admission(counted, replace(LIMITS, subject=0.2), Clock())

    assert await let_in(admission, 10, stream="case-1") == 6
    with pytest.raises(TooMany) as refused:
        await admission.admit("demo", "case-1")
    assert (refused.value.code, refused.value.problems[0].value) == ("quota_subject", "20")
    assert await let_in(admission, 3, stream="case-1", urgent=True) == 3
    assert await let_in(admission, 30, stream="case-2") == 20
    assert await let_in(admission, 1, stream="case-3") == 1


async def test_where_nothing_can_be_counted_that_is_said():
    counted = Counted(0)
    counted.fails = True
    with pytest.raises(RecordUnavailable):
        await Admission(counted, LIMITS, Clock()).admit("demo", "case-1")


def test_child_safety_is_urgent_whoever_speaks_of_it():
    admission = Admission(Counted(0), LIMITS)
    subject = Subject(kind=SubjectKind.CONTENT, id="post-1")
    detector = Detector(vendor="synthetic", name="hash", version="1")

    assert admission.urgent(ReportMessage(message_id="m-1", subject=subject, area="child_safety"))
    assert not admission.urgent(ReportMessage(message_id="m-1", subject=subject, area="spam"))
    assert admission.urgent(
        SignalMessage(message_id="s-1", subject=subject, detector=detector, scores={"child_safety": 1.0, "spam": 0.1})
    )


# Where a request comes from ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "source"),
    [
        ("192.0.2.1", [], 0, "192.0.2.1"),
        ("192.0.2.1", ["203.0.113.9"], 0, "192.0.2.1"),  # anybody may write that header
        ("192.0.2.1", ["203.0.113.9"], 1, "203.0.113.9"),
        ("192.0.2.1", ["198.51.100.7, 203.0.113.9"], 1, "203.0.113.9"),  # what the client wrote stands before it
        ("192.0.2.1", ["198.51.100.7", "203.0.113.9, 192.0.2.8"], 2, "203.0.113.9"),
        ("192.0.2.1", ["203.0.113.9"], 2, "192.0.2.1"),  # it did not come through both
        ("2001:db8:1:2:3:4:5:6", [], 0, "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", [], 0, "192.0.2.1"),
        ("192.0.2.1", ["nonsense"], 1, "nonsense"),
    ],
)
def test_a_source_is_what_our_own_proxies_heard(peer: str, forwarded: list[str], proxies: int, source: str):
    headers = [(b"x-forwarded-for", one.encode()) for one in forwarded]
    request = Request({"type": "http", "headers": headers, "client": (peer, 1)})

    assert source_of(request, proxies) == source
