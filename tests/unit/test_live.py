"""The live view as text: everything an operator asks for first, and nothing that is content."""

import asyncio
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from workers import live
from workers.live import ChildLine, Deadline, OpenTasks, Picture, StuckOrder, plain_line, rendered, watch

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CASE = "case/demo/content/" + "0123456789abcdef" * 2
PICTURE = Picture(
    at=NOON,
    started_at=NOON - timedelta(minutes=12),
    stages={"in_review": 4, "settled": 30, "enforcing": 1},
    per_minute={"received": 120, "decided": 7, "confirmed": 6, "told": 5},
    deadlines=(Deadline(CASE, "in_review", NOON + timedelta(minutes=9)),),
    stuck=(StuckOrder(CASE, "d-1/o1", 41, "the platform answered 503", NOON - timedelta(hours=2)),),
    queues={"harassment": OpenTasks(3, 1), "spam": OpenTasks(1)},
    children=(ChildLine("worker", alive=True, restarts=2), ChildLine("gateway", alive=False)),
    addresses={"Temporal Web UI": "http://127.0.0.1:8233", "Mailbox": "http://127.0.0.1:8083"},
)


def test_the_view_shows_stages_rates_queues_deadlines_stuck_orders_processes_and_addresses():
    text = as_text(PICTURE)
    for expected in (
        "35 cases",
        "up 12 min",
        "in_review",
        "received",
        "120",
        "3 (1 late)",
        "in 9 min",
        "41 attempts in 2 h",
        "the platform answered 503",
        "up, 2 restarts",
        "DOWN",
        "http://127.0.0.1:8233",
        CASE,
    ):
        assert expected in text, expected


def test_an_empty_stack_says_so_instead_of_showing_nothing():
    text = as_text(Picture(at=NOON, started_at=NOON))
    assert "0 cases" in text
    assert "nothing is due" in text
    assert "none" in text


def test_what_hinders_the_view_is_said():
    assert "gateway does not answer" in as_text(replace(PICTURE, note="the gateway does not answer"))


def test_an_error_of_the_platform_is_shown_as_text_and_not_as_markup():
    stuck = (replace(PICTURE.stuck[0], error="[bold]odd[/bold]"),)
    assert "[bold]odd[/bold]" in as_text(replace(PICTURE, stuck=stuck))


def test_many_stuck_orders_are_cut_and_counted():
    assert "4 more: dueprocess stuck" in as_text(replace(PICTURE, stuck=PICTURE.stuck * 10))


def test_the_plain_line_tells_the_same_in_one_line():
    line = plain_line(PICTURE)
    assert "\n" not in line
    for expected in ("cases=35", "enforcing=1", "received=120/min", "stuck=1", "tasks=4", "down=gateway"):
        assert expected in line, expected


async def test_without_a_terminal_plain_lines_are_printed_until_the_time_is_over(capsys):
    looks = 0

    async def look() -> Picture:
        nonlocal looks
        looks += 1
        return PICTURE

    async with asyncio.timeout(30):
        await watch(look, asyncio.Event(), seconds=0.2)
    assert looks == 1
    out = capsys.readouterr().out
    assert "cases=35" in out
    assert "Mailbox: http://127.0.0.1:8083" in out
    assert "\x1b" not in out


async def test_the_view_ends_at_once_when_asked(capsys, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live, "PLAIN_EVERY_SECONDS", 3_600.0)
    asked = asyncio.Event()

    async def look() -> Picture:
        asked.set()
        return PICTURE

    async with asyncio.timeout(30):
        await watch(look, asked)


def as_text(picture: Picture) -> str:
    out = io.StringIO()
    Console(file=out, width=140, force_terminal=False).print(rendered(picture))
    return out.getvalue()
