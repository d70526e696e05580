"""What tests of notices and filings share: a recorded life, a mailbox and a database that answer. All of it is synthetic."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType

import orjson

from cases.messages import Person, ReportMessage, Subject
from record import events, evidence, inbox, people
from record.record import Record
from simulators.mailbox.app import Mailbox
from simulators.mailbox.delivery import serve_smtp
from simulators.serving import WebServer, address, listen
from simulators.transparency.app import TransparencyDatabase
from simulators.transparency.tokens import parse_tokens
from tests.builders import NOON
from tests.integration.record_means import TENANT
from tests.lives import Life

TOKEN = "7|synthetic-secret"
AUTHOR = Person(account_id="account-author", address="author@example.invalid")


def a_reporter(number: int) -> Person:
    return Person(account_id=f"account-{number}", address=f"reporter-{number}@example.invalid")


async def a_recorded_life(
    record: Record,
    life: Life,
    reporters: int = 1,
    author: Person | None = AUTHOR,
    languages: Mapping[int, str] = MappingProxyType({}),
) -> Life:
    """The life's events in the record, with its people and its content. Steps added later: `keep_up`.

    languages: of reporters, by number; English of the others.
    """
    for number in range(1, reporters + 1):
        await report(record, life, number, language=languages.get(number, "en"))
    person = await people.keep_author(record, life.case_id, author) if author else None
    facts = life.case.evidence[0].evolve(author=person)
    content = {"text": "Synthetic words.", "created_at": "2026-02-27T08:00:00Z"}
    kept = await evidence.keep(record, life.case_id, orjson.dumps(content), facts)
    for place, event in enumerate(life.events):
        if event.body.kind == "evidence_captured":
            life.events[place] = event.evolve(body=event.body.evolve(evidence=kept))
    return await keep_up(record, life)


async def report(record: Record, life: Life, number: int, area: str | None = None, language: str = "en") -> None:
    """One more person who reported, and can be told."""
    subject = Subject(kind="content", id="post-1")  # type: ignore[arg-type]  # as a door reads it
    message = ReportMessage(
        message_id=f"{life.case_id[-8:]}-{number}-{area}",
        subject=subject,
        area=area or life.area,
        reporter=a_reporter(number).model_copy(update={"language": language}),
    )
    await inbox.accept(
        record,
        TENANT,
        life.case_id,
        subject.kind,
        subject.id,
        "report",
        message.message_id,
        message,
        message.reporter,
        NOON,
    )


async def keep_up(record: Record, life: Life) -> Life:
    """Append what happened since."""
    await events.append(record, life.case_id, life.events, life.at)
    return life


@asynccontextmanager
async def a_mailbox(folder: Path) -> AsyncIterator[tuple[Mailbox, str, int]]:
    """A mailbox that takes mail on a port of its own."""
    mailbox = Mailbox(folder)
    listening = listen("127.0.0.1", 0, "--smtp-port")
    host, port = address(listening)
    server = await serve_smtp(mailbox.delivery, listening)
    try:
        yield mailbox, host, port
    finally:
        mailbox.faults.release()
        server.close()
        mailbox.close()


@asynccontextmanager
async def a_database(folder: Path) -> AsyncIterator[tuple[TransparencyDatabase, str]]:
    """The EU database over HTTP, and its address."""
    database = TransparencyDatabase(folder, parse_tokens(TOKEN))
    listening = listen("127.0.0.1", 0, "--transparency-port")
    server = WebServer(database.app)
    serving = asyncio.ensure_future(server.serve([listening]))
    host, port = address(listening)
    try:
        yield database, f"http://{host}:{port}"
    finally:
        database.faults.release()
        server.should_exit = True
        await serving
        database.close()
