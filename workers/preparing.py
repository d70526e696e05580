"""What a database needs before anything runs: migrations, then the tenants. `python -m workers.preparing`"""

import asyncio
import sys

from record.migrate import migrate
from record.tenants import ensure_tenant
from workers.here import PACKS
from workers.settings import Settings, SettingsError


async def prepare(owner_dsn: str, settings: Settings, *, tokenless_decisions: bool | None = None) -> None:
    """Bring the schema up to date and see that every configured tenant is there, with the pack named for it. Repeatable.

    tokenless_decisions: whether a raw signal may decide without a claim's token; None leaves it as it is.
    Raises SettingsError for a tenant or a pack that is none, before anything is touched.
    """
    _refuse_unknown(settings)
    await migrate(owner_dsn)
    for tenant in settings.tenants:
        pack = settings.tenant_packs.get(
            tenant
        )  # none is named: a known tenant keeps its own, a new one has the baseline
        await ensure_tenant(owner_dsn, tenant, pack_id=pack, tokenless_decisions=tokenless_decisions)


def _refuse_unknown(settings: Settings) -> None:
    packs = sorted(file.parent.name for file in PACKS.glob("*/pack.toml"))
    for tenant, pack in settings.tenant_packs.items():
        if tenant not in settings.tenants:
            raise SettingsError(f"DUEPROCESS_TENANT_PACKS: {tenant} is no tenant; DUEPROCESS_TENANTS has to name it.")
        if pack not in packs:
            raise SettingsError(
                f"DUEPROCESS_TENANT_PACKS: {tenant}={pack}: no such pack; there are {', '.join(packs)}."
            )


def main() -> None:
    """Prepare the database the environment names. A setting that cannot be right ends it with 2."""
    try:
        settings = Settings.from_environment(needing=("database_owner_dsn",))
        asyncio.run(prepare(settings.database_owner_dsn.get_secret_value(), settings))
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
