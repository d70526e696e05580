"""Our Markdown pages as tests read them: fenced examples, rows of tables, words in code marks."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
_FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Example:
    """One fenced block. info: what stands after the fence's language, as `message=Receipt`."""

    line: int
    language: str
    info: str
    text: str


def page(name: str) -> str:
    """The page's text, by its path from the repository's root."""
    return (ROOT / name).read_text(encoding="utf-8")


def examples(text: str) -> list[Example]:
    """Every fenced block of a page."""
    found = []
    for match in _FENCE.finditer(text):
        language, _, info = match["info"].partition(" ")
        found.append(Example(text[: match.start()].count("\n") + 1, language, info.strip(), match["text"]))
    return found


def code_words(text: str) -> set[str]:
    """Everything between single back-ticks, outside of fenced blocks."""
    return set(re.findall(r"`([^`\n]+)`", _FENCE.sub("", text)))


def table_rows(text: str, header: str) -> list[list[str]]:
    """The cells of the table whose header row begins with this text."""
    _, _, rest = text.partition(header)
    rows = []
    for line in rest.splitlines()[2:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))])
    return rows
