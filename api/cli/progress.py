"""How far a file is read: a bar on a terminal, elsewhere a line now and then. Both go to standard error."""

import sys
import time
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

SAY_EVERY_SECONDS: Final = 5.0


class FileBar:
    """The progress through a file by its bytes. doing: what is done with it, a word; quiet: says nothing."""

    def __init__(self, doing: str, size: int, quiet: bool = False) -> None:
        self._doing, self._size, self._quiet, self._live = doing, size, quiet, sys.stderr.isatty()
        self._said_at = -SAY_EVERY_SECONDS
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if self._live and not self._quiet:
            from rich.console import Console
            from rich.progress import Progress

            self._bar = Progress(console=Console(stderr=True))
            self._task = self._bar.add_task(self._doing, total=self._size)
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()

    def update(self, read: int, words: str) -> None:
        """So many bytes are read; words: what there is to say of them."""
        if self._bar and self._task is not None:
            self._bar.update(self._task, completed=read, description=words)
        elif not self._quiet and self._due():
            sys.stderr.write(f"{self._doing}: {words}, {100 * read // max(self._size, 1)} %\n")

    def _due(self) -> bool:
        now = time.monotonic()
        if now - self._said_at < SAY_EVERY_SECONDS:
            return False
        self._said_at = now
        return True
