"""Printing: JSON for programs, tables and sentences for people. What others sent is shown as text, never as markup."""

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Final

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_WIDE: Final = 1_000  # columns, where no terminal folds the lines: a pipe gets whole ids


def print_json(data: Any) -> None:
    """The data as indented JSON, one document."""
    sys.stdout.write(json.dumps(plain(data), indent=2, ensure_ascii=False) + "\n")


def print_lines(*lines: str) -> None:
    """Lines for people, without control characters that could act on their terminal."""
    for line in lines:
        sys.stdout.write(_CONTROL.sub("�", line) + "\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> None:
    """A table, or the sentence that says why there is none."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    cells = [[Text(_CONTROL.sub("�", shown(value))) for value in row] for row in rows]
    if not cells:
        print_lines(empty)
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    for line in cells:
        table.add_row(*line)
    Console(width=None if sys.stdout.isatty() else _WIDE).print(table)


def shown(value: object) -> str:
    """One value in a cell."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    if isinstance(value, timedelta):
        return span(value)
    if isinstance(value, Enum):
        return str(value.value)
    return str(value)


def span(time: timedelta) -> str:
    """A length of time in its two largest units: `3 d 4 h`, `12 min 5 s`; without sign."""
    seconds = abs(int(time.total_seconds()))
    parts = [(seconds // 86_400, "d"), (seconds // 3_600 % 24, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s")]
    first = next((index for index, (count, _) in enumerate(parts) if count), len(parts) - 1)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count or unit == "s")


def due(at: datetime, now: datetime) -> str:
    """How far a deadline is: `in 3 h 5 min`, or `12 min 5 s late`."""
    return f"in {span(at - now)}" if at > now else f"{span(now - at)} late"


def plain(data: Any) -> Any:
    """Models, dataclasses, enums and times as what JSON knows."""
    if hasattr(data, "model_dump"):
        return data.model_dump(mode="json")
    if is_dataclass(data) and not isinstance(data, type):
        return plain(asdict(data))
    if isinstance(data, Mapping):
        return {str(plain(key)): plain(value) for key, value in data.items()}
    if isinstance(data, Enum):
        return data.value
    if isinstance(data, datetime):
        return data.isoformat().replace("+00:00", "Z")
    if isinstance(data, list | tuple | set | frozenset):
        return [plain(value) for value in data]
    return data if data is None or isinstance(data, str | int | float | bool) else str(data)
