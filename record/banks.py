"""Banks of hashes in the record: set up, filled, looked in; and what a false entry had matched."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

import asyncpg
from pydantic import BaseModel

from cases.banks import Bank, BankEntry, BankMatch, BankTerms, EntryFallen, EntryRemoved, HashKind, slots_of
from cases.decisions import SourceDecision
from cases.digests import message_digest
from cases.errors import Conflict, UnknownSomething
from cases.names import tenant_of
from record.pool import Connection, tenant_transaction
from record.record import Record
from record.sealing import seal

CASES_NAMED = 1_000  # of one false entry


async def note_message(record: Record, tenant: str, message_id: str, message: BaseModel, at: datetime) -> bool:
    """Keep which content came under this id, in the caller's transaction; False where the very same came before.

    Raises Conflict (same id, other content), RecordUnavailable.
    """
    secret = await record.keyring.subject_secret(tenant)
    digest = message_digest(secret, {"kind": type(message).__name__, **message.model_dump(mode="json")})
    async with tenant_transaction(record.pool, tenant) as connection:
        if await connection.fetchval(record.queries["note_bank_message"], tenant, message_id, digest, at):
            return True
        known = await connection.fetchval(record.queries["bank_message"], tenant, message_id)
    if known != digest:
        raise Conflict(f"message_id {message_id} came before with other content; use a new id for a new message")
    return False


async def make(record: Record, tenant: str, terms: BankTerms, by: str, at: datetime) -> bool:
    """Set a bank up; False where there is one of its name, whose terms stand."""
    async with tenant_transaction(record.pool, tenant) as connection:
        made = await connection.fetchval(
            record.queries["make_bank"],
            *(tenant, terms.bank, terms.label, terms.kind, terms.source, terms.sharing, terms.within_bits, by, at),
        )
    return bool(made)


async def rows(record: Record, tenant: str, bank: str | None = None) -> list[Bank]:
    """Every bank, or the one of this name."""
    async with tenant_transaction(record.pool, tenant) as connection:
        found = await connection.fetch(record.queries["bank_rows"], tenant, bank)
    return [Bank.model_validate(dict(row)) for row in found]


async def one(record: Record, tenant: str, bank: str) -> Bank:
    """Raises UnknownSomething."""
    found = await rows(record, tenant, bank)
    if not found:
        raise UnknownSomething(f"there is no bank {bank[:64]!r}; see: dueprocess banks list")
    return found[0]


async def set_matching(record: Record, tenant: str, bank: str, *, matching: bool) -> None:
    """Look in it from the next assessment on, or do not. Raises UnknownSomething."""
    await one(record, tenant, bank)
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.fetchval(record.queries["set_bank_matching"], tenant, bank, matching)


async def add(
    record: Record,
    tenant: str,
    bank: str,
    entries: Sequence[BankEntry],
    by: str,
    at: datetime,
    rests_on: SourceDecision | None = None,
) -> list[str]:
    """The ids of those that are new, or stand again. One that was removed as false is not added again.

    rests_on: the decision they fall with; None for a list's. Raises UnknownSomething.
    """
    kind = (await one(record, tenant, bank)).kind
    wanted = {entry_id_of(entry.hash): entry for entry in entries}
    async with tenant_transaction(record.pool, tenant) as connection:
        added = await connection.fetch(
            record.queries["add_bank_entries"],
            *(tenant, bank, list(wanted), [bytes.fromhex(entry.hash) for entry in wanted.values()]),
            [entry.reference for entry in wanted.values()],
            *(by, at),
            *((rests_on.case_id, rests_on.decision_id) if rests_on else (None, None)),
        )
        new = [row["entry_id"] for row in added]
        if kind is HashKind.PDQ and new:
            found = slots_of([wanted[entry_id].hash for entry_id in new])
            query = record.queries["add_bank_slots"]
            await connection.execute(query, tenant, bank, [new[place] for place, _ in found], [s for _, s in found])
    return new


async def remove(
    record: Record, tenant: str, bank: str, entry_id: str, by: str, reason: str, at: datetime
) -> EntryRemoved:
    """It was false: it matches no more, and here is where it did. Repeatable. Raises UnknownSomething."""
    async with tenant_transaction(record.pool, tenant) as connection:
        key = await record.keyring.tenant_key(tenant, connection)
        sealed = seal(key, reason.encode(), f"bank entry\0{tenant}\0{bank}\0{entry_id}")
        query = record.queries["remove_bank_entry"]
        removed_at = await connection.fetchval(query, tenant, bank, entry_id, by, at, sealed)
        if removed_at is None:
            raise UnknownSomething(f"bank {bank[:64]!r} has no entry {entry_id[:64]!r}")
        await connection.execute(record.queries["drop_bank_slots"], tenant, bank, entry_id)
        cases = await connection.fetch(record.queries["matched_by_entry"], tenant, bank, entry_id, CASES_NAMED)
    named = tuple(row["case_id"] for row in cases)
    return EntryRemoved(bank=bank, entry_id=entry_id, removed_at=removed_at, cases=named)


async def fall(record: Record, source: SourceDecision, at: datetime) -> None:
    """What rests on this decision matches no more. Repeatable."""
    tenant = tenant_of(source.case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        query = record.queries["fell_with_decision"]
        await connection.execute(query, tenant, source.case_id, source.decision_id, at)


async def fallen(record: Record, tenant: str, bank: str, limit: int) -> list[EntryFallen]:
    """Entries that fell and that nobody has looked at since, the oldest first. Raises UnknownSomething."""
    await one(record, tenant, bank)
    async with tenant_transaction(record.pool, tenant) as connection:
        found = await connection.fetch(record.queries["fallen_entries"], tenant, bank, limit, CASES_NAMED)
    return [EntryFallen.model_validate(dict(row)) for row in found]


async def labels(record: Record, tenant: str) -> dict[str, frozenset[HashKind]]:
    """What pictures may be matched as, and by which kinds of hashes."""
    async with tenant_transaction(record.pool, tenant) as connection:
        found = await connection.fetch(record.queries["bank_labels"], tenant)
    kinds: dict[str, set[HashKind]] = {}
    for row in found:
        kinds.setdefault(row["label"], set()).add(HashKind(row["kind"]))
    return {label: frozenset(of) for label, of in kinds.items()}


async def match(
    record: Record, case_id: str, version: int, exact: Sequence[str], pdq: Sequence[str], at: datetime
) -> list[BankMatch]:
    """Entries that pictures of this version are, or nearly are; noted, so that a false one can be followed to its cases."""
    tenant, near = tenant_of(case_id), slots_of(pdq)
    async with tenant_transaction(record.pool, tenant) as connection:
        found = await connection.fetch(
            record.queries["match_banks"],
            *(tenant, [bytes.fromhex(value) for value in exact], [bytes.fromhex(value) for value in pdq]),
            *([place for place, _ in near], [slot for _, slot in near]),
        )
        matches = [_match(row) for row in found]
        if matches:
            await _note(record, connection, case_id, version, matches, at)
    return matches


async def page(record: Record, tenant: str, bank: str, after: str, limit: int) -> list[tuple[str, BankEntry]]:
    """Live entries by id, from after this one on."""
    async with tenant_transaction(record.pool, tenant) as connection:
        found = await connection.fetch(record.queries["shared_entries"], tenant, bank, after, limit)
    return [(row["entry_id"], BankEntry(hash=row["value"].hex(), reference=row["reference"])) for row in found]


def entry_id_of(value: str) -> str:
    """An entry's id: the same hash is the same entry, which can be named without saying the hash."""
    return f"e-{sha256(value.encode()).hexdigest()[:24]}"


def _match(row: asyncpg.Record) -> BankMatch:
    kept = {name: row[name] for name in ("bank", "entry_id", "label", "kind", "differing")}
    source = {"case_id": row["case_id"], "decision_id": row["decision_id"]} if row["case_id"] else None
    return BankMatch.model_validate({**kept, "rests_on": source})


async def _note(
    record: Record,
    connection: Connection,
    case_id: str,
    version: int,
    matches: Sequence[BankMatch],
    at: datetime,
) -> None:
    await connection.execute(
        record.queries["note_bank_matches"],
        *(tenant_of(case_id), case_id, version),
        [one.bank for one in matches],
        [one.entry_id for one in matches],
        [one.differing for one in matches],
        at,
    )
