"""The line of rings: one a stream, tenants in turn, bounded."""

import asyncio
from typing import Any

from api import ringing
from api.ringing import RINGS_AT_ONCE, Ringer
from cases.names import SubjectKind, case_workflow_id


class SlowTemporal:
    """Answers when told."""

    def __init__(self) -> None:
        self.rung: list[str] = []
        self.under_way = 0
        self.most = 0
        self.open = asyncio.Event()

    async def start_workflow(self, workflow: str, **options: Any) -> None:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await self.open.wait()
        self.under_way -= 1
        self.rung.append(options["id"])


def a_case(number: int, tenant: str = "demo") -> str:
    return case_workflow_id(tenant, SubjectKind.CONTENT, f"{number:032x}")


async def test_a_stream_waits_once_and_no_more_than_so_many_are_under_way():
    temporal = SlowTemporal()
    ringer = Ringer(temporal)  # type: ignore[arg-type]  # stood in
    for number in (*range(100), *range(90, 100)):
        ringer.ring_soon(a_case(number), number)
    await asyncio.sleep(0)
    assert temporal.most == RINGS_AT_ONCE
    temporal.open.set()
    await ringer.aclose()
    assert len(temporal.rung) == 100


async def test_a_ring_after_one_under_way_is_rung_again():
    temporal = SlowTemporal()
    ringer = Ringer(temporal)  # type: ignore[arg-type]
    ringer.ring_soon(a_case(1), 1)
    await asyncio.sleep(0.01)
    ringer.ring_soon(a_case(1), 2)  # what came after the first ring left may be unread
    temporal.open.set()
    await ringer.aclose()
    assert temporal.rung == [a_case(1)] * 2


async def test_one_tenants_thousand_keep_nobody_elses_waiting():
    temporal = SlowTemporal()
    temporal.open.set()
    ringer = Ringer(temporal)  # type: ignore[arg-type]
    for number in range(1_000):
        ringer.ring_soon(a_case(number), number)
    ringer.ring_soon(a_case(1, "other"), 1)
    await ringer.aclose()
    assert temporal.rung.index(a_case(1, "other")) < 3 * RINGS_AT_ONCE


async def test_beyond_the_bound_rings_are_left_to_the_sweeper(monkeypatch):
    monkeypatch.setattr(ringing, "RINGS_WAITING", 5)
    temporal = SlowTemporal()
    ringer = Ringer(temporal)  # type: ignore[arg-type]
    for number in range(9):
        ringer.ring_soon(a_case(number), number)
    temporal.open.set()
    await ringer.aclose()
    assert len(temporal.rung) == 5
