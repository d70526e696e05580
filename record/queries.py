"""Named SQL: every query lives in a file of `record/sql`, under its name and a sentence that explains it."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).with_name("sql")
_NAME: Final = re.compile(r"^-- (\w+) --$", re.MULTILINE)


class Queries(Mapping[str, str]):
    """Query texts by name; the explanations stay in the files."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)

    def __getitem__(self, name: str) -> str:
        return self._texts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


@cache
def load_queries(folder: Path = _FOLDER) -> Queries:
    """All named queries. Raises ValueError for a name used twice and for a query without an explanation."""
    texts: dict[str, str] = {}
    for file in sorted(folder.glob("*.sql")):
        parts = _NAME.split(file.read_text(encoding="utf-8"))
        for name, text in zip(parts[1::2], parts[2::2], strict=True):
            if name in texts:
                raise ValueError(f"{file.name}: the query {name} has a namesake")
            lines = text.strip().split("\n")
            query = [line for line in lines if not line.startswith("--")]
            if len(query) == len(lines):
                raise ValueError(f"{file.name}: the query {name} is not explained")
            texts[name] = "\n".join(query).strip().removesuffix(";")
    return Queries(texts)
