"""The live view of a running stack: how cases stand, what is due, what is stuck, what runs where. Never content.

A Picture is plain data; rendering is a function of it, as panels for a terminal or as one line for a log.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from api.cli.output import due, print_lines, span
from cases.case import CaseStage

if TYPE_CHECKING:
    from rich.console import Group, RenderableType

REFRESH_SECONDS: Final = 1.0
PLAIN_EVERY_SECONDS: Final = 10.0
_ROWS: Final = 6  # lines of a list before it is cut
_RATES: Final = ("received", "decided", "confirmed", "told")


@dataclass(frozen=True)
class Deadline:
    """A case's nearest deadline."""

    case_id: str
    stage: str
    due_at: datetime


@dataclass(frozen=True)
class StuckOrder:
    """An order the platform does not confirm. error: the last one, without content."""

    case_id: str
    order_id: str
    attempts: int
    error: str
    since: datetime


@dataclass(frozen=True)
class OpenTasks:
    """The open tasks of one queue."""

    open: int
    overdue: int = 0


@dataclass(frozen=True)
class ChildLine:
    """One process of the stack."""

    name: str
    alive: bool
    restarts: int = 0


@dataclass(frozen=True)
class Picture:
    """Everything the view shows, as of `at`. per_minute: what happened in the last whole minute; note: what hinders us."""

    at: datetime
    started_at: datetime
    stages: Mapping[str, int] = field(default_factory=dict)
    per_minute: Mapping[str, int] = field(default_factory=dict)
    deadlines: Sequence[Deadline] = ()
    stuck: Sequence[StuckOrder] = ()
    parked: int = 0
    queues: Mapping[str, OpenTasks] = field(default_factory=dict)
    children: Sequence[ChildLine] = ()
    addresses: Mapping[str, str] = field(default_factory=dict)
    feeding: str = ""
    note: str = ""

    @property
    def total(self) -> int:
        """All cases."""
        return sum(self.stages.values())


Look = Callable[[], Awaitable[Picture]]


async def watch(look: Look, asked: asyncio.Event, seconds: float | None = None) -> None:
    """Show the view until asked to stop, or for so many seconds: live on a terminal, a line every ten seconds elsewhere."""
    ends_at = asyncio.get_running_loop().time() + seconds if seconds is not None else None
    if sys.stdout.isatty():
        await _watch_live(look, asked, ends_at)
    else:
        await _watch_plain(look, asked, ends_at)


async def _watch_live(look: Look, asked: asyncio.Event, ends_at: float | None) -> None:
    from rich.live import Live

    with Live(rendered(await look()), auto_refresh=False, screen=False, transient=False) as live:
        while not await _over(asked, ends_at, REFRESH_SECONDS):
            live.update(rendered(await look()), refresh=True)


async def _watch_plain(look: Look, asked: asyncio.Event, ends_at: float | None) -> None:
    picture = await look()
    print_lines(*(f"{name}: {address}" for name, address in picture.addresses.items()), plain_line(picture))
    sys.stdout.flush()
    while not await _over(asked, ends_at, PLAIN_EVERY_SECONDS):
        print_lines(plain_line(await look()))
        sys.stdout.flush()


async def _over(asked: asyncio.Event, ends_at: float | None, pause: float) -> bool:
    """Wait one pause; whether it is time to end."""
    now = asyncio.get_running_loop().time()
    patience = pause if ends_at is None else min(pause, ends_at - now)
    if patience <= 0:
        return True
    try:
        await asyncio.wait_for(asked.wait(), patience)
    except TimeoutError:
        return ends_at is not None and asyncio.get_running_loop().time() >= ends_at
    return True


def plain_line(picture: Picture) -> str:
    """The picture in one line."""
    stages = " ".join(f"{stage}={picture.stages[stage]}" for stage in CaseStage if picture.stages.get(stage))
    rates = " ".join(f"{name}={picture.per_minute.get(name, 0)}/min" for name in _RATES)
    down = [child.name for child in picture.children if not child.alive]
    parts = [
        f"{picture.at:%H:%M:%S}",
        f"cases={picture.total}",
        stages,
        rates,
        f"tasks={sum(one.open for one in picture.queues.values())}",
        f"stuck={len(picture.stuck)}",
        f"parked={picture.parked}" if picture.parked else "",
        f"next_due={due(picture.deadlines[0].due_at, picture.at)}" if picture.deadlines else "",
        f"down={','.join(down)}" if down else "",
        picture.feeding,
        picture.note,
    ]
    return "  ".join(part for part in parts if part)


def rendered(picture: Picture) -> "Group":
    """The picture as panels."""
    from rich.columns import Columns
    from rich.console import Group
    from rich.text import Text

    head = Text.assemble(
        ("Dueprocess", "bold"),
        f"  {picture.total} cases  up {span(picture.at - picture.started_at)}  Ctrl-C stops everything cleanly",
    )
    parked = f"{picture.parked} parked, not processed: dueprocess parked list" if picture.parked else ""
    said = ((picture.feeding, "dim"), (picture.note, "yellow"), (parked, "red"))
    notes = [Text(text, style=style) for text, style in said if text]
    return Group(
        head,
        *notes,
        Columns([_stages(picture), _rates(picture), _queues(picture), _children(picture)], padding=(0, 1)),
        _deadlines(picture),
        _stuck(picture),
        _addresses(picture),
    )


def _stages(picture: Picture) -> "RenderableType":
    rows = [(stage, str(picture.stages.get(stage, 0))) for stage in CaseStage]
    return _panel("Cases by stage", rows)


def _rates(picture: Picture) -> "RenderableType":
    return _panel("Last minute", [(name, str(picture.per_minute.get(name, 0))) for name in _RATES])


def _queues(picture: Picture) -> "RenderableType":
    rows = [
        (name, f"{tasks.open}" + (f" ({tasks.overdue} late)" if tasks.overdue else ""))
        for name, tasks in sorted(picture.queues.items())
    ]
    return _panel("Open tasks", rows, empty="nothing waits for a person")


def _children(picture: Picture) -> "RenderableType":
    rows = [
        (child.name, ("up" if child.alive else "DOWN") + (f", {child.restarts} restarts" if child.restarts else ""))
        for child in picture.children
    ]
    return _panel("Processes", rows)


def _deadlines(picture: Picture) -> "RenderableType":
    rows = [(due(one.due_at, picture.at), f"{one.stage}  {one.case_id}") for one in picture.deadlines[:_ROWS]]
    return _panel("Nearest deadlines", rows, empty="nothing is due", wide=True)


def _stuck(picture: Picture) -> "RenderableType":
    rows = [
        (
            one.case_id,
            f"{one.order_id}: {one.attempts} attempts in {_age(picture.at - one.since)}; {one.error or 'no answer yet'}",
        )
        for one in picture.stuck[:_ROWS]
    ]
    more = [("…", f"{len(picture.stuck) - _ROWS} more: dueprocess stuck")] if len(picture.stuck) > _ROWS else []
    style = "red" if picture.stuck else "none"
    return _panel("Stuck enforcements", rows + more, empty="none", wide=True, style=style)


def _addresses(picture: Picture) -> "RenderableType":
    return _panel("Addresses", list(picture.addresses.items()), wide=True)


def _age(age: timedelta) -> str:
    return span(max(age, timedelta()))


def _panel(
    title: str, rows: Sequence[tuple[str, str]], empty: str = "", wide: bool = False, style: str = "none"
) -> "RenderableType":
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=not wide)
    table.add_column(overflow="fold")
    for name, value in rows or [(empty, "")]:
        table.add_row(Text(str(name)), Text(value))  # as text: an error of the platform is not our markup
    return Panel(table, title=title, title_align="left", expand=wide, border_style=style)
