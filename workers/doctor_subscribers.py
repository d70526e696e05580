"""What `dueprocess doctor` says of subscribers of events: is their file usable, is each sent what waits."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from workers.findings import Finding
from workers.settings import Settings, SettingsError

if TYPE_CHECKING:  # what it loads costs more than most looks
    from cases.subscribers import SubscriberState

LATE: Final = timedelta(minutes=5)  # an event that waits longer is not on its way
_EXAMPLE: Final = "docs/contract.md, section Events out, has an example"


async def check_subscribers(settings: Settings) -> AsyncIterator[Finding]:
    """The file, and each subscriber that the record knows; nothing where there is neither."""
    from workers.subscribers_file import read_subscribers

    try:
        named = read_subscribers(settings)
    except SettingsError as error:
        cure = f"mend {settings.subscribers_file}; {_EXAMPLE}"
        yield Finding("subscribers", ok=False, found=str(error).partition("\n")[0], cure=cure)
        return
    if settings.subscribers_file != Path():
        found = ", ".join(f"{name} of {tenant}" for tenant, name in sorted(named)) or "the file names none"
        yield Finding("subscribers", ok=True, found=found)
    async for tenant, state in _entered(settings):
        yield subscriber_finding(tenant, state, datetime.now(UTC))


async def _entered(settings: Settings) -> "AsyncIterator[tuple[str, SubscriberState]]":
    """Whom the record knows, by tenant. Raises what asyncpg raises: the look at Postgres says the same."""
    import asyncpg

    from cases.subscribers import SubscriberState
    from record.queries import load_queries

    if not (dsn := settings.database_dsn.get_secret_value()):
        return
    queries = load_queries()
    connection = await asyncpg.connect(dsn, timeout=5)
    try:
        for tenant in settings.tenants:
            async with connection.transaction():
                await connection.execute(queries["set_tenant"], tenant)
                for row in await connection.fetch(queries["subscribers_of"], tenant):
                    yield tenant, SubscriberState.model_validate(dict(row))
    finally:
        await connection.close()


def subscriber_finding(tenant: str, state: "SubscriberState", now: datetime) -> Finding:
    """Whether it is sent what waits, and takes it."""
    name, waits = f"events to {state.name} of {tenant}", f"{state.waiting} wait"
    if state.refused:
        cure = (
            f"`dueprocess subscriber list` names them; mend it there, then `subscriber retry {state.name}`, or `skip`"
        )
        return Finding(name, ok=False, found=f"{state.refused} refused, {waits}", cure=cure)
    if state.stopped_at is not None:
        cure = f"`dueprocess subscriber start {state.name}` sends them, the oldest first"
        return Finding(name, ok=False, found=f"stopped by {state.stopped_by}; {waits}", cure=cure)
    if state.ended_at is not None:
        cure = "name it in the file of DUEPROCESS_SUBSCRIBERS_FILE again and start the worker anew; what waits is kept"
        return Finding(
            name, ok=not state.waiting, found=f"no file names it; {waits}", cure=cure if state.waiting else ""
        )
    if state.away_since is not None:
        cure = "see to that service: what waits is sent as soon as it answers with 2xx"
        return Finding(
            name, ok=False, found=f"{state.answer} since {state.away_since:%Y-%m-%d %H:%M}; {waits}", cure=cure
        )
    if state.oldest is not None and state.oldest < now - LATE:
        cure = f"see whether a worker runs, and what `events/{tenant}/{state.name}` shows in the Temporal Web UI"
        return Finding(name, ok=False, found=f"{waits}, the oldest since {state.oldest:%Y-%m-%d %H:%M}", cure=cure)
    return Finding(name, ok=True, found=f"{state.delivered} sent, {waits}")
