"""Evidence: what the subject was at each capture. Versions are immutable, numbered by Postgres under the case's lock."""

import json
from collections.abc import Sequence

from cases.digests import evidence_digest
from cases.errors import KeyDestroyed, UnknownSomething
from cases.evidence import EvidenceVersion
from cases.fingerprints import Fingerprint
from cases.names import tenant_of
from record import fingerprints
from record.accepting import content_aad, personal_aad
from record.locking import locked_case
from record.pool import Connection, tenant_transaction
from record.record import Record
from record.sealing import seal


async def keep(
    record: Record, case_id: str, content: bytes, facts: EvidenceVersion, found: Sequence[Fingerprint] = ()
) -> EvidenceVersion:
    """Seal a captured version; its number and digest are given here. What equals the latest is no new version.

    Equal means content, the platform's tag and whether the author deleted it: orders carry the tag as a precondition. A sweep
    has a version of its own.
    found: its fingerprints, written in the same transaction.
    Raises UnknownSomething (no such case), RecordUnavailable.
    """
    tenant, digest = tenant_of(case_id), evidence_digest(content)
    async with locked_case(record, case_id) as (connection, key):
        number, latest = await _latest(record, connection, case_id)
        same = latest and _tag(latest) == (digest, facts.content_version, facts.deleted_by_author)
        if latest and same and facts.swept_by in (None, latest.swept_by):
            return latest
        kept = facts.evolve(version=number + 1, digest=digest)
        await connection.execute(
            record.queries["keep_evidence"],
            *(tenant, case_id, kept.version),
            seal(key, kept.model_dump_json().encode(), _aad("facts", case_id, kept.version)),
            seal(key, content, _aad("content", case_id, kept.version)),
            kept.captured_at,
        )
        if facts.community:
            await connection.execute(record.queries["note_community"], tenant, case_id, facts.community)
        if found:
            await fingerprints.note(
                record, connection, case_id, kept.version, found, kept.author_target, kept.captured_at
            )
        return kept


async def read(record: Record, case_id: str, version: int) -> bytes:
    """The content of one version. Raises UnknownSomething, KeyDestroyed."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        row = await connection.fetchrow(record.queries["evidence_version"], tenant, case_id, version)
        if row is None:
            raise UnknownSomething(f"{case_id} has no evidence version {version}")
        sealed = [(row["content"], _aad("content", case_id, version))]
        (content,) = await record.keyring.open_all(tenant, sealed, connection)
    if content is None:
        raise KeyDestroyed
    return content


async def facts_of(record: Record, case_id: str) -> list[EvidenceVersion]:
    """Every version that can still be read, oldest first."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["evidence_facts"], tenant, case_id)
        sealed = [(row["facts"], _aad("facts", case_id, row["version"])) for row in rows]
        opened = await record.keyring.open_all(tenant, sealed, connection)
    return [EvidenceVersion.model_validate_json(facts) for facts in opened if facts is not None]


async def reported_snapshot(record: Record, case_id: str) -> str | None:
    """The content as the earliest report that brought it had it; None where none did, or it was erased."""
    for content, _ in await _report_contents(record, case_id, "report_contents"):
        if content.get("snapshot"):
            return str(content["snapshot"])
    return None


async def was_reported(record: Record, case_id: str) -> bool:
    """Whether a person brought it to us, read or unread."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        return bool(await connection.fetchval(record.queries["was_reported"], tenant, case_id))


async def reported_reasons(record: Record, case_id: str, limit: int = 50) -> list[str]:
    """What reporters wrote, earliest first; those of erased people are gone."""
    found = []
    for content, personal in await _report_contents(record, case_id, "report_contents"):
        if reason := content.get("reason") or personal.get("reason"):
            found.append(str(reason))
    return found[:limit]


async def _report_contents(
    record: Record, case_id: str, query: str
) -> list[tuple[dict[str, object], dict[str, object]]]:
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries[query], tenant, case_id)
        contents = [(row["content"], content_aad(case_id, row["message_id"])) for row in rows]
        personals = [(row["personal"], personal_aad(case_id, row["message_id"])) for row in rows if row["personal"]]
        opened = await record.keyring.open_all(tenant, [*contents, *personals], connection)
    plain = [{} if one is None else json.loads(one) for one in opened]
    personal = iter(plain[len(rows) :])
    return [(plain[place], next(personal) if row["personal"] else {}) for place, row in enumerate(rows)]


async def _latest(record: Record, connection: Connection, case_id: str) -> tuple[int, EvidenceVersion | None]:
    """The newest version's number, and its facts where their key still lives."""
    tenant = tenant_of(case_id)
    row = await connection.fetchrow(record.queries["latest_evidence"], tenant, case_id)
    if row is None:
        return 0, None
    sealed = [(row["facts"], _aad("facts", case_id, row["version"]))]
    (facts,) = await record.keyring.open_all(tenant, sealed, connection)
    return row["version"], None if facts is None else EvidenceVersion.model_validate_json(facts)


def _tag(version: EvidenceVersion) -> tuple[str, str | None, bool]:
    return version.digest, version.content_version, version.deleted_by_author


def _aad(part: str, case_id: str, version: int) -> str:
    return f"evidence {part}\0{case_id}\0{version}"
