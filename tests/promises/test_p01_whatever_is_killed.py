"""P1 under fire: gateway, worker, Temporal and Postgres of a real stack are killed with SIGKILL at random, under load.

Every message id that was acknowledged, by the single doors or the batch door, is then found in the record exactly once, and
taken exactly once by its case. The seed is printed by pytest with what fails. `P1_LONG=1` sends 5,000 messages and kills
twenty times; `P1_SEED` is another seed.
"""

import asyncio
import os
import random
import signal
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest

from api.client import ClientError
from benchmarks import lives
from benchmarks.lives import Stage, open_stage
from benchmarks.stack import Running, forget_environment, running
from cases.messages import Detector, ReportMessage, SignalMessage, Subject
from cases.names import SubjectKind

LONG: Final = bool(os.environ.get("P1_LONG"))
SEED: Final = int(os.environ.get("P1_SEED", "20261122"))
MESSAGES: Final = 5_000 if LONG else 160
KILLS: Final = 20 if LONG else 4
SUBJECTS: Final = 40 if LONG else 4
SENDERS: Final = 12
VICTIMS: Final = ("gateway", "worker", "temporal", "postgres")
PATIENCE_SECONDS: Final = 240.0


@dataclass
class Sent:
    """What the senders know. acknowledged: the ids they hold a receipt for; given_up: sent once, and never asked about."""

    acknowledged: set[str] = field(default_factory=set)
    given_up: set[str] = field(default_factory=set)
    killed: Counter[str] = field(default_factory=Counter)


@pytest.mark.timeout(3_600 if LONG else 300)
async def test_whatever_is_killed_every_acknowledged_message_is_in_the_record_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in [one for one in os.environ if one.startswith("DUEPROCESS_")]:
        monkeypatch.delenv(name)
    forget_environment()
    chance, sent = random.Random(SEED), Sent()
    async with running(tmp_path) as stack, open_stage(stack.here, "p1") as stage:
        posts = await stage.posts("post", lives.INSULT, SUBJECTS)
        messages = [a_message(number, chance.choice(posts)) for number in range(MESSAGES)]
        parcels = cut(messages, chance)
        sending = asyncio.create_task(send_all(stage, parcels, chance, sent))
        await kill_at_random(stack, chance, sent, sending)
        await sending
        rows, taken = await record_of(stack)

    assert len(sent.acknowledged) + len(sent.given_up) == MESSAGES
    assert sum(sent.killed.values()) >= KILLS
    missing = {one for one in sent.acknowledged if rows[one] != 1}
    assert not missing, f"seed {SEED}: {len(missing)} acknowledged and not there once"
    assert set(rows) <= sent.acknowledged | sent.given_up
    assert max(rows.values()) == 1
    assert taken == dict.fromkeys(taken, 1), f"seed {SEED}: messages became no event, or two"


def a_message(number: int, post: str) -> ReportMessage | SignalMessage:
    """Two reports for each signal. None has an address: receipts are another promise."""
    subject = Subject(kind=SubjectKind.CONTENT, id=post)
    if number % 3:
        return ReportMessage(message_id=f"p1-{number}", subject=subject, area="harassment", reason="synthetic")
    detector = Detector(vendor="synthetic", name="p1", version="1")
    return SignalMessage(message_id=f"p1-{number}", subject=subject, detector=detector, scores={"harassment": 0.5})


Parcel = list[ReportMessage | SignalMessage]


def cut(messages: Parcel, chance: random.Random) -> list[Parcel]:
    """Half of the parcels are one message, for its own door; half are batches."""
    parcels, start = [], 0
    while start < len(messages):
        size = 1 if chance.random() < 0.7 else chance.randint(2, 40)
        parcels.append(messages[start : start + size])
        start += size
    return parcels


async def send_all(stage: Stage, parcels: list[Parcel], chance: random.Random, sent: Sent) -> None:
    """Each parcel until it is acknowledged; one in twenty is sent once, whatever becomes of it."""
    left = iter([(parcel, chance.random() < 0.05) for parcel in parcels])

    async def sender() -> None:
        for parcel, once in left:
            ids = {one.message_id for one in parcel}
            if await send(stage, parcel, once):
                sent.acknowledged |= ids
            else:
                sent.given_up |= ids
            await asyncio.sleep(0.02)  # so that the kills fall among them

    await asyncio.gather(*(sender() for _ in range(SENDERS)))


async def send(stage: Stage, parcel: Parcel, once: bool) -> bool:
    """Whether all of it was acknowledged."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                if len(parcel) > 1:
                    answer = await stage.service.submit_batch(parcel)
                    assert answer.accepted + answer.known == len(parcel), answer.results[:3]
                elif isinstance(parcel[0], ReportMessage):
                    await stage.service.submit_report(parcel[0])
                else:
                    await stage.service.submit_signal(parcel[0])
            except ClientError:
                if once:
                    return False
                await asyncio.sleep(0.1)
            else:
                return True


async def kill_at_random(stack: Running, chance: random.Random, sent: Sent, sending: "asyncio.Task[None]") -> None:
    """Each of the four at least once, then whichever; the next when the last one runs again."""
    victims = [*VICTIMS, *(chance.choice(VICTIMS) for _ in range(KILLS - len(VICTIMS)))]
    chance.shuffle(victims)
    for victim in victims:
        await asyncio.sleep(chance.uniform(0.1, 1.0))
        async with asyncio.timeout(60):
            before = await killed(stack, victim)
            sent.killed[victim] += 1
            while stack.pids().get(victim, before) == before:  # noqa: ASYNC110 - a supervisor tells nobody
                await asyncio.sleep(0.05)
    assert not sending.done() or not LONG, "the load must last as long as the kills"


async def killed(stack: Running, victim: str) -> int:
    """The process that was killed. One that is gone, since what it needs was killed before, is killed when it is back."""
    while True:
        with suppress(KeyError, ProcessLookupError):
            pid = stack.pids()[victim]
            os.kill(pid, signal.SIGKILL)
            return pid
        await asyncio.sleep(0.05)


async def record_of(stack: Running) -> tuple[Counter[str], dict[str, Any]]:
    """How often each message id is in the inbox; and by message, how many events it became, once all are taken."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                connection = await asyncpg.connect(stack.superuser_dsn)
                break
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(0.2)
        try:
            while await connection.fetchval("SELECT count(*) FROM inbox WHERE consumed_at IS NULL"):  # noqa: ASYNC110
                await asyncio.sleep(0.2)
            found = await connection.fetch(
                "SELECT i.message_id, count(*) AS rows, count(e.event_id) AS events FROM inbox i LEFT JOIN case_events e "
                "ON e.tenant = i.tenant AND e.stream_id = i.stream_id AND e.event_id = 'inbox:' || i.number "
                "WHERE i.message_id LIKE 'p1-%' GROUP BY i.message_id"
            )
        finally:
            await connection.close()
    return Counter({row["message_id"]: row["rows"] for row in found}), {
        row["message_id"]: row["events"] for row in found
    }
