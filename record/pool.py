"""Connections to Postgres, and transactions that belong to one tenant."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from cases.errors import Conflict, UnknownSomething
from cases.names import checked_tenant
from record.errors import ClaimedMeanwhile, Crossed, RecordUnavailable, StaleKey, TakenMeanwhile
from record.queries import load_queries

if TYPE_CHECKING:  # asyncpg's classes take a parameter only in their stubs
    Pool = asyncpg.Pool[asyncpg.Record]
    Connection = asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
else:
    Pool = asyncpg.Pool
    Connection = asyncpg.Connection

_COMMAND_TIMEOUT_SECONDS: Final = 10.0
_CONNECT_TIMEOUT_SECONDS: Final = 5.0
_SERVER_SETTINGS: Final = {
    "application_name": "dueprocess",
    "statement_timeout": "8s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "15s",
    "TimeZone": "UTC",
}
_AWAY: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.exceptions.OperatorInterventionError,  # shutdown, crash, starting up, statement timeout
    asyncpg.exceptions.InsufficientResourcesError,
    asyncpg.exceptions.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)

# What the functions of the schema raise.
_RULES: Final[dict[str, Callable[[], Exception]]] = {
    "DP001": lambda: UnknownSomething("no such stream in the record; a first message opens a case's"),
    "DP002": StaleKey,
    "DP003": Conflict,
    "DP004": TakenMeanwhile,
    "DP005": ClaimedMeanwhile,
}


async def open_pool(dsn: str, size: int) -> Pool:
    """At most `size` connections as the app role, opened when first needed: a process may start before Postgres does.

    Whatever a transaction sets is local to it, so a connection goes back to the pool without a round trip.
    """
    return await asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=size,
        timeout=_CONNECT_TIMEOUT_SECONDS,
        command_timeout=_COMMAND_TIMEOUT_SECONDS,
        statement_cache_size=256,
        max_cached_statement_lifetime=0,
        max_inactive_connection_lifetime=300,
        server_settings=_SERVER_SETTINGS,
        reset=_leave_as_is,
    )


@contextmanager
def reaching_postgres() -> Iterator[None]:
    """Failures to reach Postgres as RecordUnavailable; they say what failed, never which row. Broken rules as theirs."""
    try:
        yield
    except asyncpg.DeadlockDetectedError as error:
        raise Crossed("Postgres ended a transaction that another one waited for") from error
    except _AWAY as error:
        raise RecordUnavailable(f"Postgres does not answer: {type(error).__name__}") from error
    except asyncpg.PostgresError as error:
        if (rule := _RULES.get(error.sqlstate or "")) is None:
            raise
        raise rule() from None
    except asyncpg.InterfaceError as error:
        if isinstance(error, ValueError):  # a wrong argument, not a lost connection
            raise
        raise RecordUnavailable(f"Postgres does not answer: {type(error).__name__}") from error


@asynccontextmanager
async def connected(pool: Pool) -> AsyncIterator[Connection]:
    """A connection in no transaction: for one statement that sets its tenant itself. Raises RecordUnavailable."""
    with reaching_postgres():
        async with pool.acquire(timeout=_CONNECT_TIMEOUT_SECONDS) as connection:
            yield connection


@asynccontextmanager
async def tenant_transaction(pool: Pool, tenant: str) -> AsyncIterator[Connection]:
    """A transaction that sees and writes this tenant's rows only; inside `together`, a part of that one.

    It is begun and told its tenant in one round trip. Raises RecordUnavailable, IdentityError for what is no tenant's name.
    """
    if (shared := _shared(pool, tenant)) is not None:
        yield shared
        return
    queries = load_queries()
    begin = queries["begin"]
    named = queries["as_tenant"].replace(":tenant", checked_tenant(tenant))  # which holds no quotes
    async with connected(pool) as connection:
        await connection.execute(f"{begin}; {named}")
        try:
            yield connection
        except (Exception, asyncio.CancelledError):
            await connection.execute(queries["roll_back"])
            raise
        await connection.execute(queries["commit"])


@asynccontextmanager
async def together(pool: Pool, tenant: str) -> AsyncIterator[None]:
    """Whatever this task asks of the tenant's rows inside is one transaction: all of it holds, or none.

    For questions that follow upon each other with nothing but Postgres between them: a connection is held meanwhile.
    """
    async with tenant_transaction(pool, tenant) as connection:
        before = _together.set(_Shared(pool, tenant, connection, asyncio.current_task()))
        try:
            yield
        finally:
            _together.reset(before)


def is_part_of_another(pool: Pool, tenant: str) -> bool:
    """Whether a transaction of this tenant's would be a part of one that is open: it cannot begin again by itself."""
    return _shared(pool, tenant) is not None


@dataclass(frozen=True)
class _Shared:
    """An open transaction, and the task it belongs to: tasks begun inside inherit the variable, and must not use it."""

    pool: Pool
    tenant: str
    connection: Connection
    task: asyncio.Task[Any] | None


_together: ContextVar[_Shared | None] = ContextVar("together", default=None)


def _shared(pool: Pool, tenant: str) -> Connection | None:
    held = _together.get()
    ours = held and held.pool is pool and held.tenant == tenant and held.task is asyncio.current_task()
    return held.connection if held and ours else None


async def tenants(pool: Pool) -> list[str]:
    """Every tenant's name, in order. Raises RecordUnavailable."""
    async with connected(pool) as connection:
        return [row["tenant"] for row in await connection.fetch(load_queries()["tenants"])]


async def _leave_as_is(connection: Any) -> None:
    """asyncpg has ended an open transaction already."""
