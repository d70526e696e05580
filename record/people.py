"""The people of a case, each under a key of their own: destroying it leaves a tombstone, and the case whole."""

from collections.abc import Collection, Sequence

from cases.digests import canonical_json
from cases.facts import Fact
from cases.messages import Person
from cases.names import SubjectKind, person_key, subject_key, tenant_of
from record.accepting import contact_aad
from record.pool import tenant_transaction
from record.record import Record
from record.sealing import seal


class Contact(Fact):
    """How to reach somebody. person: the key; who: None where nobody can be reached, or the person was erased."""

    person: str
    role: str
    who: Person | None


async def keep_author(record: Record, case_id: str, author: Person) -> str:
    """Note who made what the case is about; the person's key in the case. Repeatable.

    Raises UnknownSomething (no such case), RecordUnavailable.
    """
    tenant = tenant_of(case_id)
    secret = await record.keyring.subject_secret(tenant)
    person = person_key(secret, author.reference)
    address = person_key(secret, author.address) if author.address else ""
    async with tenant_transaction(record.pool, tenant) as connection:
        key = (await record.keyring.lock_with_people(connection, tenant, case_id, [person]))[person]
        contact = seal(key, canonical_json(author), contact_aad(case_id, person))
        await connection.execute(
            record.queries["keep_author"],
            *(tenant, case_id, person, address, key.key_id, contact, bool(author.address)),
        )
    return person


async def author_of(record: Record, case_id: str, person: str | None = None) -> Contact | None:
    """Who made it: the author an evidence version names, or whom was seen last; None where the platform named nobody."""
    found = await _contacts(record, case_id, "author_contacts", person)
    return found[-1] if found else None


async def account_of(record: Record, case_id: str, account: str) -> str | None:
    """The platform's id of the author whose account has this target key; None where the case knows none, or no more."""
    secret = await record.keyring.subject_secret(tenant_of(case_id))
    known = (one.who.account_id for one in await _contacts(record, case_id, "author_contacts", None) if one.who)
    return next((one for one in known if one and subject_key(secret, SubjectKind.ACCOUNT, one) == account), None)


async def reporters_to_tell(
    record: Record, case_id: str, area: str | None, through: int, notice_id: str, unless_kinds: Collection[str] = ()
) -> list[str]:
    """Keys of the people who reported this area (None: any) up to this inbox number, can be told, and were not yet.

    notice_id: of the telling in hand; who has it, or cannot be reached with it, is left out. unless_kinds: so is who was
    told anything of these kinds in this case (a receipt is pointless after the outcome).
    """
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(
            record.queries["reporters_to_tell"], tenant, case_id, area, through, notice_id, list(unless_kinds)
        )
    return [row["person"] for row in rows]


async def contacts(record: Record, case_id: str, people: Sequence[str]) -> list[Contact]:
    """How to reach these people, in any role they have in the case."""
    return await _contacts(record, case_id, "contacts", list(people))


async def _contacts(record: Record, case_id: str, query: str, *arguments: object) -> list[Contact]:
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries[query], tenant, case_id, *arguments)
        sealed = [(row["contact"], contact_aad(case_id, row["person"])) for row in rows if row["contact"]]
        opened = iter(await record.keyring.open_all(tenant, sealed, connection))
    found = [(row, next(opened) if row["contact"] else None) for row in rows]
    return [
        Contact(
            person=row["person"],
            role=row["role"],
            who=None if contact is None else Person.model_validate_json(contact),
        )
        for row, contact in found
    ]
