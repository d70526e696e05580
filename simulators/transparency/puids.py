"""The platform's unique identifiers: the database's idempotency key, with its traps left in.

Source: transparency-database, app/Services/PlatformUniqueIdService.php. Three things say "taken": a lock while a
request with the same puid is in flight, a cache entry for two days, the table for ever. The batch endpoint writes
offending puids into the cache, so a repeat within one batch, or a lost race, leaves puids that answer "taken"
although nothing was stored under them.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from simulators.database import Database
from simulators.web import Clock

_LOCKED_FOR = timedelta(seconds=30)
_CACHED_FOR = timedelta(days=2)


class PuidsTaken(Exception):
    """These puids are not free."""

    def __init__(self, puids: Sequence[str]) -> None:
        super().__init__("not unique")
        self.puids = list(puids)


class Puids:
    """Who holds which puid."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._locked_until: dict[tuple[int, str], float] = {}

    def exists(self, platform_id: int, puid: str) -> bool:
        """What existing-puid answers from: cache or table, and the cache may be wrong."""
        return self.is_cached(platform_id, puid) or (
            self._database.one("is_taken", platform_id=platform_id, puid=puid) is not None
        )

    def is_cached(self, platform_id: int, puid: str) -> bool:
        now = self._clock().timestamp()
        return self._database.one("is_cached", platform_id=platform_id, puid=puid, now=now) is not None

    def cache(self, platform_id: int, puids: Sequence[str]) -> None:
        """Call them taken for two days."""
        expires_at = (self._clock() + _CACHED_FOR).timestamp()
        for puid in puids:
            self._database.run("cache_puid", platform_id=platform_id, puid=puid, expires_at=expires_at)

    def take(self, platform_id: int, puids: Sequence[str]) -> None:
        """Take them for ever. Raises PuidsTaken with those that are not free."""
        taken = [puid for puid in puids if not self._database.run("take_puid", platform_id=platform_id, puid=puid)]
        if taken:
            raise PuidsTaken(taken)

    @contextmanager
    def locked(self, platform_id: int, puids: Sequence[str]) -> Iterator[None]:
        """Hold them while a request is in flight. Raises PuidsTaken with the first that another request holds."""
        now = self._clock().timestamp()
        held: list[tuple[int, str]] = []
        try:
            for puid in sorted(set(puids)):
                key = (platform_id, puid)
                if self._locked_until.get(key, 0) > now:
                    raise PuidsTaken([puid])
                self._locked_until[key] = now + _LOCKED_FOR.total_seconds()
                held.append(key)
            yield
        finally:
            for key in held:
                self._locked_until.pop(key, None)
