"""Taking statements in: one, or up to a hundred, all or none."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from simulators.database import Database
from simulators.transparency import statements
from simulators.transparency.puids import Puids, PuidsTaken
from simulators.transparency.rules import BATCH, SINGLE
from simulators.transparency.statements import Crashed, Stored
from simulators.transparency.tokens import User
from simulators.transparency.validation import Errors, summary, validate
from simulators.web import Clock

ROOM = Path(__file__).parent
_BATCH_LIMIT = 100
_TAKEN_SINGLE = "The identifier given is not unique within this platform."
_TAKEN_BATCH = "The platform identifier(s) are not all unique within this call."


class Refused(Exception):
    """A filing that is answered 422, with that body."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        super().__init__("refused")
        self.body = body

    @property
    def fields(self) -> list[str]:
        """What was wrong, for the log: names only."""
        return sorted(self.body.get("errors", {}))


class Filings:
    """The database behind both endpoints. `work` is awaited while the puids are locked: requests can overlap there."""

    def __init__(self, path: Path, clock: Clock, work: Callable[[], Awaitable[None]]) -> None:
        self.database = Database(path, ROOM)
        self.puids = Puids(self.database, clock)
        self._clock, self._work = clock, work

    async def file_one(self, user: User, sent: Mapping[str, Any]) -> Stored:
        """Raises Refused, Crashed."""
        verdict = validate(sent, SINGLE)
        if verdict.errors:
            raise Refused({"message": summary(verdict.errors), "errors": verdict.errors})
        body, puid = statements.tidy_single(verdict.kept), str(verdict.kept["puid"])
        try:
            with self.puids.locked(user.platform_id, [puid]):
                return (await self._store(user, "API", [puid], [body]))[0]
        except PuidsTaken as taken:
            errors = {"puid": [_TAKEN_SINGLE]}
            body = {"message": _TAKEN_SINGLE, "errors": errors, "existing": {"puid": taken.puids[0]}}
            raise Refused(body) from taken

    async def file_many(self, user: User, sent: Mapping[str, Any]) -> list[tuple[Stored, Mapping[str, Any]]]:
        """Each stored statement with what was kept of it as sent. Raises Refused, Crashed."""
        elements = _elements(sent.get("statements"))
        if not all(isinstance(element, dict) for element in elements.values()):
            raise Crashed
        verdicts = {index: validate(element, BATCH) for index, element in elements.items()}
        errors = {f"statement_{index}": verdict.errors for index, verdict in verdicts.items() if verdict.errors}
        if errors:
            raise Refused({"errors": errors})
        kept = [verdict.kept for verdict in verdicts.values()]
        puids = [str(statement["puid"]) for statement in kept]
        try:
            _check_repeats(puids)
            with self.puids.locked(user.platform_id, puids):
                stored = await self._store(user, "API_MULTI", puids, [statements.tidy_batch(one) for one in kept])
        except PuidsTaken as taken:
            # The trap: these are called taken for two days, stored or not.
            self.puids.cache(user.platform_id, taken.puids)
            errors_of = {"puid": [_TAKEN_BATCH], "existing_puids": taken.puids}
            raise Refused({"message": _TAKEN_BATCH, "errors": errors_of}) from taken
        return list(zip(stored, kept, strict=True))

    async def _store(
        self, user: User, method: str, puids: Sequence[str], bodies: Sequence[Mapping[str, Any]]
    ) -> list[Stored]:
        cached = [puid for puid in puids if self.puids.is_cached(user.platform_id, puid)]
        if cached:
            self.puids.cache(user.platform_id, cached)  # asking again keeps them taken for another two days
            raise PuidsTaken(cached)
        await self._work()
        try:
            with self.database.transaction():
                self.puids.take(user.platform_id, puids)
                stored = [statements.add(self.database, user, method, self._clock(), body) for body in bodies]
        except PuidsTaken as taken:
            self.puids.cache(user.platform_id, taken.puids)
            raise
        self.puids.cache(user.platform_id, puids)
        return stored

    def reset(self) -> None:
        """An empty database."""
        with self.database.transaction():
            for query in ("forget_statements", "forget_puids", "forget_cache", "forget_log"):
                self.database.run(query)


def _elements(value: Any) -> dict[str, Mapping[str, Any]]:
    """The batch's elements by index. Raises Refused for its size."""
    if value is None or value in ([], {}):
        raise _wrong_size("The statements field is required.")
    if not isinstance(value, list | dict):
        raise _wrong_size("The statements field must be an array.")
    if len(value) > _BATCH_LIMIT:
        raise _wrong_size(f"The statements field must have between 1 and {_BATCH_LIMIT} items.")
    return dict(value) if isinstance(value, dict) else {str(index): one for index, one in enumerate(value)}


def _wrong_size(message: str) -> Refused:
    errors: Errors = {"statements": [message]}
    return Refused({"message": message, "errors": errors})


def _check_repeats(puids: Sequence[str]) -> None:
    repeated = sorted({puid for puid in puids if puids.count(puid) > 1})
    if repeated:
        raise PuidsTaken(repeated)
