"""What pictures of the evidence are known by, sealed beside their bytes and gone with them."""

from collections.abc import Iterable

from cases.media import Medium
from cases.names import tenant_of
from cases.pictures import HASHING, Reading
from record.locking import locked_case
from record.media import name_of
from record.pool import tenant_transaction
from record.record import Record
from record.sealing import seal


async def known(record: Record, case_id: str, pictures: Iterable[Medium]) -> dict[str, Reading]:
    """By SHA-256, what this version of hashing found of each; those that were not read yet are left out."""
    tenant = tenant_of(case_id)
    names = {await name_of(record, case_id, one.sha256): one.sha256 for one in pictures}
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["picture_hashes"], tenant, case_id, list(names))
        sealed = [(row["hashes"], _aad(case_id, row["media_key"])) for row in rows]
        opened = await record.keyring.open_all(tenant, sealed, connection)
    found = {
        names[row["media_key"]]: Reading.model_validate_json(one)
        for row, one in zip(rows, opened, strict=True)
        if one is not None
    }
    return {digest: reading for digest, reading in found.items() if reading.version == HASHING}


async def keep(record: Record, case_id: str, digest: str, reading: Reading) -> None:
    """Seal what was found of a picture whose bytes are kept; the latest counts. Raises UnknownSomething, KeyDestroyed."""
    name = await name_of(record, case_id, digest)
    async with locked_case(record, case_id) as (connection, key):
        sealed = seal(key, reading.model_dump_json().encode(), _aad(case_id, name))
        await connection.execute(
            record.queries["keep_picture_hashes"], tenant_of(case_id), case_id, name, sealed, reading.worth_another_try
        )


def _aad(case_id: str, name: str) -> str:
    return f"medium hashes\0{case_id}\0{name}"
