"""Tenants and their reviewers. Only the owner role may create a tenant: the app role cannot loosen its own rules."""

from collections.abc import Sequence
from datetime import UTC, datetime

import asyncpg

from cases.errors import UnknownSomething
from cases.facts import Fact
from cases.names import checked_tenant
from record.pool import connected, reaching_postgres, tenant_transaction
from record.queries import load_queries
from record.record import Record


class TenantSettings(Fact):
    """tokenless_decisions: whether a raw decide signal may come without a token. pack_id: the policy pack in force."""

    tenant: str
    pack_id: str
    tokenless_decisions: bool


async def ensure_tenant(
    owner_dsn: str, tenant: str, *, pack_id: str | None = None, tokenless_decisions: bool | None = None
) -> None:
    """The tenant, with these settings; None leaves a known tenant's as they are, and gives a new one the defaults.

    The defaults: the baseline pack, and no decision without a claim's token.
    Raises IdentityError for a name that cannot be one, RecordUnavailable.
    """
    with reaching_postgres():
        connection = await asyncpg.connect(owner_dsn, timeout=10)
        try:
            arguments = checked_tenant(tenant), pack_id, tokenless_decisions, datetime.now(UTC)
            await connection.execute(load_queries()["ensure_tenant"], *arguments)
        finally:
            await connection.close()


async def tenant_settings(record: Record, tenant: str) -> TenantSettings:
    """Raises UnknownSomething, RecordUnavailable."""
    async with connected(record.pool) as connection:
        row = await connection.fetchrow(record.queries["tenant_settings"], tenant)
    if row is None:
        raise UnknownSomething(f"no tenant {tenant!r} in this installation; create it first")
    return TenantSettings.model_validate(dict(row))


async def ensure_reviewer(record: Record, tenant: str, reviewer: str, person_keys: Sequence[str]) -> None:
    """Who a reviewer is on the platform: the person keys (cases.names.person_key) of their own accounts and addresses."""
    async with tenant_transaction(record.pool, tenant) as connection:
        await connection.execute(record.queries["ensure_reviewer"], tenant, reviewer, list(person_keys))
