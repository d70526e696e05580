"""What every door and activity needs of the record, in one hand."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cases.exposure import Wellbeing
from cases.quality import Quality
from cases.queues import Queue
from cases.trust import ReporterRules
from record.keys import Keyring
from record.pool import Pool, connected, open_pool, together
from record.queries import Queries, load_queries
from record.sealing import Kek
from record.turns import Turns

Serving = Mapping[tuple[str, str], tuple[str, ...]]


@dataclass(frozen=True)
class Record:
    """The record. verifying_keys: of decision tokens, by key id; areas: the policy areas raw messages may name.

    waiting: areas whose reports may be left unprocessed or without weight; never one where somebody may be in danger.
    rules: how the pack weighs reporters. turns: of what this process writes to inboxes. queues: what the pack says of queues,
    by name. wellbeing, quality: what it says of the people who look, and of checking them.
    serving: of a tenant's reviewer, the other tenants that the same person works for.
    """

    pool: Pool
    queries: Queries
    keyring: Keyring
    verifying_keys: Mapping[str, Ed25519PublicKey]
    areas: frozenset[str]
    waiting: frozenset[str] = frozenset()
    rules: ReporterRules = field(default_factory=ReporterRules)
    turns: Turns = field(default_factory=Turns)
    queues: Mapping[str, Queue] = field(default_factory=dict)
    wellbeing: Wellbeing = field(default_factory=Wellbeing)
    quality: Quality = field(default_factory=Quality)
    serving: Serving = field(default_factory=dict)

    async def ping(self) -> None:
        """Raises RecordUnavailable where Postgres does not answer."""
        async with connected(self.pool) as connection:
            await connection.fetchval(self.queries["ping"])

    def together(self, tenant: str) -> AbstractAsyncContextManager[None]:
        """Everything asked of this tenant's rows inside is one transaction (record.pool.together)."""
        return together(self.pool, tenant)

    async def close(self) -> None:
        """Give the connections back; whatever is under way is waited for."""
        await self.pool.close()


async def open_record(
    dsn: str,
    kek: Kek,
    verifying_keys: Mapping[str, Ed25519PublicKey],
    areas: frozenset[str],
    pool_size: int = 10,
    waiting: frozenset[str] = frozenset(),
    rules: ReporterRules | None = None,
    queues: Mapping[str, Queue] | None = None,
    wellbeing: Wellbeing | None = None,
    quality: Quality | None = None,
    serving: Serving | None = None,
) -> Record:
    """The record at this DSN, as the app role. Nothing is connected until it is needed."""
    pool = await open_pool(dsn, pool_size)
    keyring, turns, weights = Keyring(pool, kek), Turns(pool_size), rules or ReporterRules()
    care, checks = wellbeing or Wellbeing(), quality or Quality()
    return Record(
        *(pool, load_queries(), keyring, verifying_keys, areas, waiting, weights, turns, queues or {}, care, checks),
        serving=serving or {},
    )
