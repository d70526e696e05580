"""The outbox of mail: one row per person and notice, so that nobody is told twice, and who was told when is known."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Literal

import asyncpg
from pydantic import AwareDatetime

from cases.appeals import Role
from cases.facts import Fact
from cases.names import tenant_of
from record.happenings import Informed
from record.pool import tenant_transaction
from record.record import Record
from record.sealing import seal


class OwedMail(Fact):
    """One person's mail. body: as rendered, whole; sealed with the person's key and gone with it."""

    person: str
    role: Role | Literal["appellant", "authority"]
    body: bytes


class OutboxMail(Fact):
    """A mail as the record has it. body: None once the person was erased. message_id: the mail's Message-ID header."""

    case_id: str
    notice_id: str
    person: str
    role: str
    kind: str
    state: Literal["owed", "sending", "sent", "undeliverable"]
    message_id: str
    body: bytes | None
    attempts: int
    sent_at: AwareDatetime | None


async def owe(
    record: Record,
    case_id: str,
    notice_id: str,
    kind: str,
    reference: str,
    mails: Sequence[OwedMail],
    at: datetime,
) -> None:
    """Note who is owed which mail. One that is owed or sent already stays as it was first rendered. Repeatable.

    reference: the decision, hold, reversal, appeal or measure it tells of; appeal windows begin with the sending of what
    tells of a decision. Raises UnknownSomething (no such case), RecordUnavailable.
    """
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        people = [mail.person for mail in mails]
        keys = await record.keyring.lock_with_people(connection, tenant, case_id, people)
        await connection.execute(
            record.queries["owe_mails"],
            *(tenant, case_id, notice_id, kind, reference, at),
            people,
            [mail.role for mail in mails],
            [message_id_of(case_id, notice_id, person) for person in people],
            [seal(keys[mail.person], mail.body, mail_aad(case_id, notice_id, mail.person)) for mail in mails],
        )


async def unsent(record: Record, case_id: str, notice_id: str, limit: int = 500) -> list[OutboxMail]:
    """Mails of this notice still to be sent, or whose sending was cut short. By person."""
    return await _mails(record, case_id, "unsent_mails", notice_id, limit)


async def of_notice(record: Record, case_id: str, notice_id: str) -> dict[str, int]:
    """How many mails of this notice are in each state."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["mails_by_state"], tenant, case_id, notice_id)
    return {row["state"]: row["mails"] for row in rows}


async def note_sending(record: Record, case_id: str, notice_id: str, people: Sequence[str]) -> None:
    """An attempt begins. A mail left here may have arrived: it is sent again under the same Message-ID."""
    await _note(record, case_id, "note_sending", notice_id, list(people))


async def note_sent(record: Record, case_id: str, notice_id: str, people: Sequence[str], at: datetime) -> None:
    """The mail server took these. The first time stands: a window runs from it."""
    if people:
        await _note(record, case_id, "note_sent", notice_id, list(people), at)


async def note_undeliverable(record: Record, case_id: str, notice_id: str, person: str, error_code: str) -> None:
    """The mail server refused it for good, or there is nobody left to tell. error_code: no content."""
    await _note(record, case_id, "note_undeliverable", notice_id, person, error_code)


async def note_failed(record: Record, case_id: str, notice_id: str, person: str, error_code: str) -> None:
    """This attempt failed; it is still owed."""
    await _note(record, case_id, "note_failed", notice_id, person, error_code)


async def informed(record: Record, case_id: str, decision_id: str, person: str) -> Informed:
    """As what, and when first, a person was told of a decision."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        row = await connection.fetchrow(record.queries["informed_of"], tenant, case_id, [decision_id], [person])
    return Informed(person, Role(row["role"]), row["informed_at"]) if row else Informed(person)


def message_id_of(case_id: str, notice_id: str, person: str) -> str:
    """The Message-ID of this notice to this person: the same on every attempt, so that mailboxes see a repeat as one."""
    name = f"{case_id}\0{notice_id}\0{person}".encode()
    return f"<{sha256(name).hexdigest()[:32]}@dueprocess.invalid>"


async def _mails(record: Record, case_id: str, query: str, *arguments: object) -> list[OutboxMail]:
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        rows: list[asyncpg.Record] = await connection.fetch(record.queries[query], tenant, case_id, *arguments)
        sealed = [(row["body"], mail_aad(case_id, row["notice_id"], row["person"])) for row in rows if row["body"]]
        opened = iter(await record.keyring.open_all(tenant, sealed, connection))
    return [
        OutboxMail.model_validate({**dict(row), "case_id": case_id, "body": next(opened) if row["body"] else None})
        for row in rows
    ]


async def _note(record: Record, case_id: str, query: str, *arguments: object) -> None:
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries[query], tenant, case_id, *arguments)


def mail_aad(case_id: str, notice_id: str, person: str) -> str:
    """Where a mail's body belongs."""
    return f"mail\0{case_id}\0{notice_id}\0{person}"
