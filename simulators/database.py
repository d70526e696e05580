"""One SQLite file per simulator, with its queries by name.

Write-ahead log, one connection, one thread: a commit is in the log before the answer leaves, so a killed process
forgets nothing it acknowledged.
"""

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_QUERY_HEADER = re.compile(r"^-- (?P<name>[a-z_]+) --$", re.MULTILINE)


class Database:
    """A simulator's durable state. `room` is the folder that holds its schema.sql and queries.sql."""

    def __init__(self, path: Path, room: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._queries = read_queries((room / "queries.sql").read_text(encoding="utf-8"))
        # Autocommit: transactions are opened by name below, never implicitly by the driver.
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.executescript((room / "schema.sql").read_text(encoding="utf-8"))

    def one(self, query: str, /, **parameters: object) -> sqlite3.Row | None:
        """The first row, or None."""
        row: sqlite3.Row | None = self._connection.execute(self._queries[query], parameters).fetchone()
        return row

    def all(self, query: str, /, **parameters: object) -> list[sqlite3.Row]:
        """Every row."""
        return self._connection.execute(self._queries[query], parameters).fetchall()

    def number(self, query: str, /, **parameters: object) -> int:
        """The single number a counting query answers."""
        row = self.one(query, **parameters)
        return int(row[0]) if row is not None and row[0] is not None else 0

    def run(self, query: str, /, **parameters: object) -> int:
        """Write; how many rows it touched."""
        return self._connection.execute(self._queries[query], parameters).rowcount

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block, or nothing of it."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Fold the write-ahead log into the file and let go of it."""
        self._connection.close()


def read_queries(text: str) -> Mapping[str, str]:
    """Queries by name; each begins with a line `-- name --`."""
    headers = list(_QUERY_HEADER.finditer(text))
    ends = [header.start() for header in headers[1:]] + [len(text)]
    return {header["name"]: text[header.end() : end].strip() for header, end in zip(headers, ends, strict=True)}
