"""P7: content and personal data never stand in clear in Temporal's history, search attributes, logs or spans, nor on disk.

Canaries are put wherever people write or are named; whole lives are lived; then everything that keeps anything is
searched, read as an attacker would: histories without the codec, every column of Postgres as superuser, logs, spans.
"""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
from temporalio.client import Client

from cases.messages import Person
from record import media
from tests.conftest import Database
from tests.integration.kit import Installation, an_installation
from workers.codec import ENCODING, TOMBSTONE
from workers.settings import Settings
from workers.telemetry import WithoutMessages, set_up_logging

ATTACHED = b"\x89PNG\r\n\x1a\n a synthetic picture of canarybytes"
CANARIES = {
    "the words of a report": "canaryreason",
    "a reporter's address": "canaryreporter",
    "a reporter's account": "canaryaccount",
    "the subject's id": "canarysubject",
    "the subject's words": "canarywords",
    "an author's address": "canaryauthor",
    "an author's name": "canaryname",
    "a rationale": "canaryrationale",
    "the grounds of an appeal": "canarygrounds",
    "a text in a raw signal": "canaryraw",
    "the bytes of an attachment": "canarybytes",
    "the digest of an attachment": sha256(ATTACHED).hexdigest(),
}
TOMB = json.dumps(TOMBSTONE).encode()
AUTHOR = Person(account_id="account-canaryauthor", address="canaryauthor@example.invalid")


def found(text: str) -> list[str]:
    """Which canaries occur, in clear or as base64 or hex of themselves."""
    from base64 import b64encode

    shown = text.lower()
    return [
        what
        for what, canary in CANARIES.items()
        if canary in shown or canary.encode().hex() in shown or b64encode(canary.encode())[:-4].decode() in text
    ]


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """Everything this process logs with the logging that every process of ours sets up, at its most talkative."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = list(root.handlers), root.level
    set_up_logging(Settings(log_level="DEBUG"))
    for handler in root.handlers:
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Every span our effects make, as they are exported."""
    import activities.enforcements
    import activities.notices

    stream = io.StringIO()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(WithoutMessages(ConsoleSpanExporter(out=stream))))
    for module in (activities.enforcements, activities.notices):
        monkeypatch.setattr(module, "_tracer", provider.get_tracer("test"))
    return stream


async def live(here: Installation) -> list[str]:
    """A reviewed, appealed and reversed case, one that goes wrong on the way, and a text that came by a raw signal."""
    file = {"name": "canarywords.png", "media_type": "image/png", "sha256": here.world.platform.world.upload(ATTACHED)}
    words = "Synthetic canarywords, nothing else."
    here.world.post("post-canarysubject", words, author="canaryauthor", country="DE", attachments=[file])
    reporter = Person(account_id="account-canaryaccount", address="canaryreporter@example.invalid")
    for _ in range(2):
        receipt = await here.report("post-canarysubject", reporter=reporter, reason="canaryreason in words")
    stream = receipt.case_id
    await here.reaches(stream, "triaged")
    await here.handle(stream).signal("report", {"message_id": "m-9", "reason": "canaryraw text", "area": "harassment"})
    await here.handle(stream).signal("decide", "canaryraw as the only argument")
    await here.reaches(stream, "message_refused", times=2)
    await here.decide(stream, rationale="canaryrationale in words")
    await here.settles(stream)
    await here.appeal("post-canarysubject", "d-1", AUTHOR.model_copy(update={"address": None}), "a-1")
    await here.reaches(stream, "appeal_opened")
    await here.decide("appeal/demo/a-1", "d-2", "appeal", "rev-2", outcome="reversed", rationale="canaryrationale too")
    await here.reaches(stream, "decision_reversed")
    await here.settles(stream)
    return [stream]


async def everything_temporal_keeps(here: Installation, raw: Client) -> str:
    """Every history, memo, search attribute and summary, without the codec; and the lists as operators see them."""
    kept = []
    async for listed in raw.list_workflows():
        kept.append(str(listed.raw_info))
        history = await raw.get_workflow_handle(listed.id, run_id=listed.run_id).fetch_history()
        kept += [str(event) for event in history.events]
        kept.append(str((await raw.get_workflow_handle(listed.id, run_id=listed.run_id).describe()).raw_description))
    return "\n".join(kept)


async def everything_postgres_keeps(database: Database) -> dict[str, str]:
    """Every column of every row, as the superuser sees it; bytes also as text."""
    connection = await asyncpg.connect(database.superuser_dsn)
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {
            row["tablename"]: "\n".join(
                str(value) + (value.decode("latin-1") if isinstance(value, bytes) else "")
                for found_row in await connection.fetch(f'SELECT * FROM public."{row["tablename"]}"')
                for value in found_row.values()
            )
            for row in tables
        }
    finally:
        await connection.close()


async def test_no_canary_is_found_in_history_lists_postgres_logs_or_spans(
    postgres: Database, tmp_path: Path, logs: io.StringIO, spans: io.StringIO
):
    async with an_installation(postgres, tmp_path) as here:
        async with here.working():
            (stream,) = await live(here)
        raw = await Client.connect(here.settings.temporal_address)
        histories = await everything_temporal_keeps(here, raw)
        tables = await everything_postgres_keeps(postgres)
        (attached,) = await media.of_version(here.means.record, stream, 1)
        assert await media.read(here.means.record, stream, attached) == ATTACHED, "it is there, sealed"
        assert stream in histories, "what may stand in clear does"
        assert "canaryauthor@example.invalid" in str(here.world.told()), "the world did hear of them"
        # A raw signal bypasses the doors: the server already holds that one event as it was sent (the client sealed it here).
        assert found(histories) == []
        assert {table: found(rows) for table, rows in tables.items() if found(rows)} == {}
        assert '"event":"notice_sent"' in logs.getvalue()
        assert [line for line in logs.getvalue().splitlines() if found(line)] == []
        assert "send_statement" in spans.getvalue()
        assert found(spans.getvalue()) == []
        await asyncio.sleep(0.1)


async def test_a_raw_signal_with_text_is_refused_flagged_and_its_words_are_kept_nowhere(
    postgres: Database, tmp_path: Path
):
    async with an_installation(postgres, tmp_path) as here, here.working():
        here.world.post("post-1")
        stream = (await here.report("post-1")).case_id
        await here.reaches(stream, "triaged")
        wrong: dict[str, Any] = {
            "decision_id": "d-1",
            "matter": "harassment/1",
            "outcome": "no_violation",
            "rationale": "canaryrationale in words",
        }
        await here.handle(stream).signal("decide", wrong)
        await here.reaches(stream, "message_refused")
        (refused,) = await here.bodies(stream, "message_refused")
        assert (refused.code, refused.problem) == (
            "free_text",
            "rationale: may hold text; store it through a door and name it by its id",
        )
        assert {table for table, rows in (await everything_postgres_keeps(postgres)).items() if found(rows)} == set()
        connection = await asyncpg.connect(postgres.superuser_dsn)
        try:
            flags = await connection.fetch("SELECT * FROM case_flags")
        finally:
            await connection.close()
        assert ["history_holds_text" in str(dict(row)) for row in flags] == [True]


async def test_erasing_destroys_the_key_and_leaves_the_chain_whole(postgres: Database, tmp_path: Path):
    from record import events

    async with an_installation(postgres, tmp_path) as here:
        async with here.working():
            here.world.post("post-1")
            stream = (await here.report("post-1")).case_id
            await here.decide(stream)
            await here.settles(stream)
        assert await here.means.record.keyring.destroy("demo", stream, at=here.clock()) >= 1
        assert await events.load(here.means.record, stream) == []
        assert await events.verify(here.means.record, stream) == []
        raw = await Client.connect(here.settings.temporal_address)
        history = await raw.get_workflow_handle(stream).fetch_history()
        sealed = [
            payload
            for event in history.events
            for details in event.marker_recorded_event_attributes.details.values()
            for payload in details.payloads
        ]
        ours = [payload for payload in sealed if payload.metadata.get("encoding") == ENCODING]
        assert ours
        here.means.record.keyring.forget({payload.metadata["key-id"].decode() for payload in ours})
        assert {bytes(payload.data) for payload in await here.means.codec.decode(ours)} == {TOMB}
        await asyncio.sleep(0.1)
