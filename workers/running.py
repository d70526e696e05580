"""What happens while the embedded stack runs in the foreground: real input comes in, and somebody watches."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workers.corpus import ensure_corpus, is_real, read_corpus
from workers.embedded import ASKING_TENANT, ROOT, Stack
from workers.feed_lines import FeedLine, FeedMessage, read_lines
from workers.feed_mix import FedCase, fed_cases
from workers.feeding import Away, Feeder, Tally, feed_messages, simulated_users
from workers.generated_secrets import write_private
from workers.here import Here
from workers.intake import GatewayIntake
from workers.live import watch
from workers.looking import Looking
from workers.settings import Settings

SECOND_OPINION: Final = ROOT / "docs" / "samples" / "second-opinion.ndjson"
SEED: Final = "embedded"
TRICKLE_SECONDS: Final = 20.0  # between two cases, once the first feed is over
_AWAY_PAUSE_SECONDS: Final = 5.0


@dataclass(frozen=True)
class Running:
    """How the foreground stack behaves. feed_rate: cases a second, 0 feeds nothing; limit: of the first feed."""

    feed_rate: float
    limit: int
    seconds: float | None = None

    async def view(self, stack: Stack, asked: asyncio.Event, ready: Callable[[], None]) -> None:
        """Feed and watch until asked to stop, or until the time is over."""
        ready()
        here = Here(Settings.from_environment(defaults=stack.environment))
        feed = BuiltInFeed(here, self.feed_rate, self.limit)
        async with AsyncExitStack() as opened:
            look = await opened.enter_async_context(Looking.opened(here, stack.state, feed))
            feeding = asyncio.create_task(feed.run()) if self.feed_rate > 0 else None
            try:
                await watch(look, asked, self.seconds)
            finally:
                if feeding:
                    feeding.cancel()
                    with suppress(asyncio.CancelledError):
                        await feeding


class BuiltInFeed:
    """The corpus, posted and reported by synthetic people. How far it came is kept, so that the next run goes on."""

    def __init__(self, here: Here, rate: float, limit: int) -> None:
        self._here, self._rate, self._limit = here, rate, limit
        self._place = here.settings.data / "feed.json"
        self._tally = Tally()
        self._next = read_next(self._place)
        self._note = ""

    @property
    def words(self) -> str:
        """How the feed stands, in a sentence."""
        if self._rate <= 0:
            return ""
        pace = f"case {self._next} of {self._limit}" if self._next < self._limit else "a case now and then"
        return f"Feeding: {pace}. {self._note}".strip()

    async def run(self) -> None:
        """Feed until cancelled."""
        settings = self._here.settings
        folder = await asyncio.to_thread(ensure_corpus, settings.cache, self._say)
        texts = await asyncio.to_thread(lambda: list(read_corpus(folder)))
        if not is_real(folder):
            self._note = "The texts are synthetic: no corpus was fetched."
        async with simulated_users(settings.platform_url) as users:
            if ASKING_TENANT in settings.tenants:
                async with self._here.gateway(ASKING_TENANT, "service") as gateway:
                    await self._fed(a_second_opinion(), Feeder(GatewayIntake(gateway), users))
            async with self._here.gateway(self._here.tenant, "service") as gateway:
                await self._feed(fed_cases(texts, SEED, self._next), Feeder(GatewayIntake(gateway), users))

    async def _feed(self, cases: Iterator[FedCase], feeder: Feeder) -> None:
        for case in cases:
            await self._fed(case.messages, feeder)
            self._next = case.number + 1
            write_private(self._place, json.dumps({"seed": SEED, "next": self._next}))
            await asyncio.sleep(1 / self._rate if self._next < self._limit else TRICKLE_SECONDS)

    async def _fed(self, messages: Sequence[FeedMessage], feeder: Feeder) -> None:
        while not await self._feed_once(messages, feeder):  # noqa: ASYNC110 - nobody tells when the gateway is back
            await asyncio.sleep(_AWAY_PAUSE_SECONDS)

    async def _feed_once(self, messages: Sequence[FeedMessage], feeder: Feeder) -> bool:
        """Whether they were fed; what was sent before someone went away is known when it is sent again."""
        try:
            await feed_messages(messages, feeder, self._tally)
        except Away as away:
            self._note = f"Waiting: {away}."
            return False
        if self._note.startswith("Waiting"):
            self._note = ""
        return True

    def _say(self, message: str) -> None:
        self._note = message


def a_second_opinion() -> tuple[FeedMessage, ...]:
    """The posts and reports by which the tenant that asks vendors shows what they are for."""
    with SECOND_OPINION.open("rb") as file:
        return tuple(line.message for line in read_lines(file) if isinstance(line, FeedLine))


def read_next(place: Path) -> int:
    """Which case is next; the first one where nothing was fed, or the file cannot be read."""
    try:
        return max(int(json.loads(place.read_bytes())["next"]), 0)
    except (OSError, ValueError, KeyError, TypeError):
        return 0
