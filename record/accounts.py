"""The account picture: what is known of one account over all of its cases."""

from typing import Final

from cases.account_picture import AccountMatter
from cases.names import tenant_of
from record.pool import tenant_transaction
from record.record import Record

LOOKED_AT: Final = 1_000  # of the newest matters; an account with more is known well enough


async def matters_of(record: Record, tenant: str, account: str) -> list[AccountMatter]:
    """The newest matters about this account and about its contents. account: its key as a target."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["matters_of_account"], tenant, account, LOOKED_AT)
    return [AccountMatter.model_validate(dict(row)) for row in rows]


async def account_of(record: Record, case_id: str) -> str | None:
    """The key of the account that a case is about; None where it has no matter yet, or nobody is known."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        account: str | None = await connection.fetchval(record.queries["account_of_case"], tenant, case_id)
    return account
