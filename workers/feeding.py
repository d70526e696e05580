"""Feeding: posts go to the simulated platform as its users send them, reports and signals through the gateway's client.

Sending anything twice adds nothing (message ids, platform ids), so feeding is resumed by doing it again.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from api.cli.bulk import append_durably
from cases.errors import Problem
from cases.messages import ReportMessage, SignalMessage
from workers.feed_lines import BadLine, FeedLine, FeedMessage, FeedPost, read_lines, refused_line

if TYPE_CHECKING:
    import httpx2

PATIENCE_SECONDS: Final = 60.0  # how long an unreachable gateway or platform is waited for
_PAUSE_SECONDS: Final = 1.0


class Fate(StrEnum):
    """What became of one message."""

    TAKEN = "taken"
    KNOWN = "known"  # it came before: nothing was added
    REFUSED = "refused"


class LineRefused(Exception):
    """The other side understood the message and does not take it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class Away(Exception):
    """The gateway or the platform does not answer, or asks us to come back later; sending again is safe."""


class Intake(Protocol):
    """The doors that feeding uses. Each returns whether the message was known. Raises LineRefused and Away."""

    async def report(self, message: ReportMessage) -> bool: ...

    async def signal(self, message: SignalMessage) -> bool: ...


class Audience(Protocol):
    """The platform's users. Returns whether the post was there. Raises LineRefused and Away."""

    async def publish(self, post: FeedPost) -> bool: ...


@dataclass
class Tally:
    """How a feed stands. line: the last one dealt with; waiting: since when nobody answers, in seconds."""

    fates: dict[Fate, int] = field(default_factory=lambda: dict.fromkeys(Fate, 0))
    kinds: dict[str, int] = field(default_factory=dict)
    line: int = 0
    waiting_seconds: float = 0.0

    @property
    def total(self) -> int:
        """Messages dealt with."""
        return sum(self.fates.values())


class Feeder:
    """Sends messages one after another, at most `rate` a second (0: as fast as they are taken)."""

    def __init__(
        self, intake: Intake, audience: Audience, rate: float = 0.0, patience: float = PATIENCE_SECONDS
    ) -> None:
        self._intake, self._audience, self._patience = intake, audience, patience
        self._interval = 1.0 / rate if rate > 0 else 0.0
        self._next_at = 0.0

    async def send(self, message: FeedMessage, waiting: Callable[[float], None] = lambda _: None) -> Fate:
        """Send until it is taken, known or refused. Raises LineRefused, and Away once patience is spent."""
        await self._pace()
        clock = asyncio.get_running_loop().time
        began = clock()
        while True:
            try:
                return Fate.KNOWN if await self._once(message) else Fate.TAKEN
            except Away:
                if clock() - began > self._patience:
                    raise
                waiting(clock() - began)
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _once(self, message: FeedMessage) -> bool:
        if isinstance(message, FeedPost):
            return await self._audience.publish(message)
        if isinstance(message, ReportMessage):
            return await self._intake.report(message)
        return await self._intake.signal(message)

    async def _pace(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._next_at > now:
            await asyncio.sleep(self._next_at - now)
        self._next_at = max(now, self._next_at) + self._interval


async def feed_file(path: Path, feeder: Feeder, show: Callable[[Tally, int], None]) -> Tally:
    """Feed a whole file; what is refused stands in FILE.refused.ndjson, and nothing else does.

    show: called with the tally and the bytes read so far, after every line.
    Raises OSError for a file that cannot be read, and Away once patience is spent.
    """
    tally = Tally()
    refusals = path.with_name(f"{path.name}.refused.ndjson")
    refusals.unlink(missing_ok=True)
    with path.open("rb") as file:
        for line in read_lines(file):
            bad = await _feed_line(line, feeder, tally, lambda: show(tally, file.tell()))
            if bad:
                append_durably(refusals, refused_line(bad))
            tally.line, tally.waiting_seconds = line.number, 0.0
            show(tally, file.tell())
    return tally


async def _feed_line(
    line: FeedLine | BadLine, feeder: Feeder, tally: Tally, show: Callable[[], None]
) -> BadLine | None:
    def waiting(seconds: float) -> None:
        tally.waiting_seconds = seconds
        show()

    if isinstance(line, BadLine):
        tally.fates[Fate.REFUSED] += 1
        return line
    kind = kind_of(line.message)
    try:
        fate = await feeder.send(line.message, waiting)
    except LineRefused as refusal:
        tally.fates[Fate.REFUSED] += 1
        return BadLine(line.number, (refusal.problem,), as_line(line.message))
    tally.fates[fate] += 1
    tally.kinds[kind] = tally.kinds.get(kind, 0) + 1
    return None


def kind_of(message: FeedMessage) -> str:
    """post, report or signal."""
    return "post" if isinstance(message, FeedPost) else "report" if isinstance(message, ReportMessage) else "signal"


def as_line(message: FeedMessage) -> str:
    """The message as a line of a feed file."""
    body = message.model_dump_json(exclude_none=True, exclude_defaults=True)
    return f'{{"{kind_of(message)}": {body}}}'


async def feed_messages(messages: Iterable[FeedMessage], feeder: Feeder, tally: Tally) -> None:
    """Feed what was made here; a refusal (the author was suspended meanwhile) is counted and ends that case's feed."""
    for message in messages:
        try:
            tally.fates[await feeder.send(message)] += 1
        except LineRefused:
            tally.fates[Fate.REFUSED] += 1
            return


class SimulatedUsers:
    """The simulated platform's users API."""

    def __init__(self, http: "httpx2.AsyncClient") -> None:
        self._http = http
        self._accounts: set[str] = set()

    async def publish(self, post: FeedPost) -> bool:
        """Publish a post, its author's account first. Raises LineRefused and Away."""
        if post.author_id not in self._accounts:
            named = {"display_name": post.author_name or post.author_id, "language": post.author_language}
            account = {"id": post.author_id, **named}
            await self._create("accounts", account, known={409})  # somebody of this id is there: fine
            self._accounts.add(post.author_id)
        draft = post.model_dump(mode="json", exclude_none=True, exclude={"author_name", "author_language"})
        return await self._create("posts", draft) == 200

    async def _create(
        self, collection: str, draft: dict[str, Any], known: frozenset[int] | set[int] = frozenset()
    ) -> int:
        import httpx2

        try:
            answer = await self._http.post(f"/users-api/{collection}", json=draft)
        except httpx2.HTTPError:
            raise Away("the platform does not answer") from None
        if answer.status_code in (200, 201) or answer.status_code in known:
            return answer.status_code
        if answer.status_code == 429 or answer.status_code >= 500:
            raise Away(f"the platform answers {answer.status_code}")
        raise LineRefused(_refusal(answer))


@asynccontextmanager
async def simulated_users(platform_url: str) -> AsyncIterator[SimulatedUsers]:
    """The users of the platform at this address."""
    import httpx2

    async with httpx2.AsyncClient(base_url=platform_url, timeout=10.0, trust_env=False) as http:
        yield SimulatedUsers(http)


_CURES: Final = {
    "id_taken": "the platform has another post of this id; give this one an id of its own",
    "account_suspended": "the author was suspended by a decision; post as another author",
}


def _refusal(answer: "httpx2.Response") -> Problem:
    try:
        body = answer.json()
    except ValueError:
        body = {}
    code, name = str(body.get("code", answer.status_code)), str(body.get("field", "")) or "post"
    return Problem(f"post.{name}", "", f"the platform refuses it: {code}", _CURES.get(code, "see docs/feed.md"))
