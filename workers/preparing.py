"""What a database needs before anything runs: migrations, then the tenants. `python -m workers.preparing`"""

import asyncio

from record.migrate import migrate
from record.tenants import ensure_tenant
from workers.settings import Settings


async def prepare(owner_dsn: str, settings: Settings, *, tokenless_decisions: bool | None = None) -> None:
    """Bring the schema up to date and see that every configured tenant is there. Repeatable.

    tokenless_decisions: whether a raw signal may decide without a claim's token; None leaves it as it is.
    """
    await migrate(owner_dsn)
    for tenant in settings.tenants:
        await ensure_tenant(owner_dsn, tenant, tokenless_decisions=tokenless_decisions)


def main() -> None:
    """Prepare the database the environment names."""
    settings = Settings.from_environment(needing=("database_owner_dsn",))
    asyncio.run(prepare(settings.database_owner_dsn.get_secret_value(), settings))


if __name__ == "__main__":
    main()
