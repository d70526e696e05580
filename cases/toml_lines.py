"""Where in a TOML text each key stands: the standard reader does not say, and a mistake is cured where it was made."""

import re
from collections.abc import Mapping, Sequence

Path = tuple[str | int, ...]

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*((?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'))*)\s*=")
_PART = re.compile(r"[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'")


def toml_lines(text: str) -> dict[Path, int]:
    """Line, from 1, of every table header and every key at the start of a line. Entries of `[[x]]` are ("x", 0), …

    Keys within an inline table or an array stand on the line of the key that holds them; look them up with `line_of`.
    """
    found: dict[Path, int] = {(): 1}
    counts: dict[Path, int] = {}
    table: Path = ()
    still_open = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if still_open:
            still_open = _open_after(line, still_open)
        elif header := _HEADER.match(line):
            table = _table(_parts(header.group(2)), header.group(1) == "[[", counts)
            found.setdefault(table, number)
            found.setdefault(table[:-1] if isinstance(table[-1], int) else table, number)
        elif key := _KEY.match(line):
            found.setdefault(table + tuple(_parts(key.group(1))), number)
            still_open = _open_after(line[key.end() :], "")
    return found


def line_of(lines: Mapping[Path, int], path: Sequence[str | int]) -> int:
    """The line of the path, or of the nearest thing that holds it."""
    for length in range(len(path), -1, -1):
        if (line := lines.get(tuple(path[:length]))) is not None:
            return line
    return 1


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(dotted)]


def _table(parts: Sequence[str], repeated: bool, counts: dict[Path, int]) -> Path:
    path: Path = ()
    for index, part in enumerate(parts):
        path = (*path, part)
        if index == len(parts) - 1 and repeated:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _open_after(text: str, state: str) -> str:
    """What is still open at the line's end: a closing triple quote that is awaited, or brackets as a run of `[`."""
    index = 0
    while index < len(text):
        rest = text[index:]
        if state in ('"""', "'''"):
            end = rest.find(state)
            if end < 0:
                return state
            index, state = index + end + 3, ""
        elif rest.startswith(('"""', "'''")):
            index, state = index + 3, rest[:3]
        elif rest[0] in "\"'":
            string = re.match(r'"(?:\\.|[^"\\])*"?' if rest[0] == '"' else r"'[^']*'?", rest)
            index += string.end() if string else 1
        elif rest[0] == "#":
            return state
        else:
            state = _brackets(rest[0], state)
            index += 1
    return state


def _brackets(character: str, state: str) -> str:
    if character in "[{":
        return state + "["
    return state[:-1] if character in "]}" else state
