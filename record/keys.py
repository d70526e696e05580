"""Data keys: a random one per case, per person in a case and per tenant, wrapped by the KEK; destroying one erases.

Keys are cached in the process for five seconds. A key destroyed elsewhere can open what it sealed for that long; it can
seal nothing new, since every write asks Postgres under the stream's lock whether its key still lives.
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from datetime import UTC, datetime
from typing import Final, Generic, TypeVar

import asyncpg

from cases.errors import KeyDestroyed, UnknownSomething
from cases.names import parse_workflow_id
from record.pool import Connection, Pool, connected, tenant_transaction
from record.queries import load_queries
from record.sealing import INSTALLATION, DataKey, Kek, key_id_of, new_key_id, new_secret, open_sealed

CACHE_SECONDS: Final = 5.0
CACHE_SIZE: Final = 10_000
_Value = TypeVar("_Value")

logger = logging.getLogger("dueprocess.keys")


class Cache(Generic[_Value]):
    """The most recently used values, each for a short time."""

    def __init__(
        self, size: int = CACHE_SIZE, seconds: float = CACHE_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._size, self._seconds, self._clock = size, seconds, clock
        self._kept: OrderedDict[Hashable, tuple[float, _Value]] = OrderedDict()

    def get(self, name: Hashable) -> _Value | None:
        """The value, unless it is too old or was pushed out."""
        kept = self._kept.get(name)
        if kept is None or kept[0] <= self._clock():
            self._kept.pop(name, None)
            return None
        self._kept.move_to_end(name)
        return kept[1]

    def put(self, name: Hashable, value: _Value) -> None:
        """Keep a value."""
        self._kept[name] = (self._clock() + self._seconds, value)
        self._kept.move_to_end(name)
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)

    def forget(self, unwanted: Callable[[Hashable, _Value], bool]) -> None:
        """Drop what is unwanted."""
        for name in [name for name, (_, value) in self._kept.items() if unwanted(name, value)]:
            del self._kept[name]


class Keyring:
    """Every key, by scope and by id. Raises RecordUnavailable where Postgres is needed and away."""

    def __init__(self, pool: Pool, kek: Kek) -> None:
        self._pool = pool
        self._kek = kek
        self._queries = load_queries()
        self._scopes: Cache[DataKey] = Cache()
        self._keys: Cache[DataKey] = Cache()
        self._secrets: dict[str, bytes] = {}
        self._installation: DataKey | None = None

    async def case_key(self, tenant: str, workflow_id: str, connection: Connection | None = None) -> DataKey:
        """The key a workflow's data is sealed with: a case's own, made if missing; an appeal's or filing's is its case's.

        connection: one that already is in a transaction, whose outcome is not known yet.
        Raises UnknownSomething for an appeal or filing that was mapped to no case, KeyDestroyed, IdentityError.
        """
        if cached := self._scopes.get((tenant, workflow_id)):
            return cached
        name = parse_workflow_id(workflow_id)
        if name.tenant != tenant:
            raise UnknownSomething(f"{workflow_id} is not a workflow of tenant {tenant}")
        found = name.family == "case"
        query, candidate = ("ensure_case_key", self.candidate(tenant)) if found else ("key_of_workflow", ())
        row = await self._row(query, tenant, workflow_id, *candidate, connection=connection)
        if row is None:
            raise UnknownSomething(f"{workflow_id} was not mapped to a case; map it before its workflow starts")
        key = self.unwrapped(row)
        if connection is None or not found:
            self.remember(tenant, workflow_id, key)
        return key

    async def live_case_key(self, connection: Connection, tenant: str, case_id: str) -> DataKey:
        """The case's key as it is now, past the cache: for a transaction that holds the case's lock. Made if missing."""
        row = await self._row("ensure_case_key", tenant, case_id, *self.candidate(tenant), connection=connection)
        return self.unwrapped(row)

    async def key_by_id(self, key_id: str) -> DataKey:
        """Raises KeyDestroyed, UnknownSomething."""
        if cached := self._keys.get(key_id):
            return cached
        owner, _, _ = key_id.partition(".")
        if owner == INSTALLATION:
            installation = await self.installation_key()
            if installation.key_id == key_id:
                return installation
            raise UnknownSomething(f"no key {key_id[:80]!r} in this installation")
        row = await self._row("keys_by_id", owner, [key_id])
        if row is None:
            raise UnknownSomething(f"no key {key_id[:80]!r} in this installation")
        key = self.unwrapped(row)
        self._keys.put(key_id, key)
        return key

    async def person_data_key(self, connection: Connection, tenant: str, case_id: str, person: str) -> DataKey:
        """The key of one person in one case, made if missing. It seals columns; Temporal's payloads never."""
        name, wrapped, version, at = self.candidate(tenant)
        row = await connection.fetchrow(
            self._queries["ensure_key"], tenant, case_id, person, name, wrapped, version, at
        )
        return self.unwrapped(row)

    async def person_data_keys(
        self, connection: Connection, tenant: str, case_id: str, people: Iterable[str]
    ) -> dict[str, DataKey]:
        """The keys of several people in one case, made where missing."""
        return await self._keys_of(connection, "ensure_person_keys", tenant, case_id, people)

    async def lock_with_people(
        self, connection: Connection, tenant: str, case_id: str, people: Iterable[str]
    ) -> dict[str, DataKey]:
        """The same, with the case's lock, which is taken after them as doors do. Raises UnknownSomething (no such case)."""
        return await self._keys_of(connection, "lock_with_people", tenant, case_id, people)

    async def _keys_of(
        self, connection: Connection, query: str, tenant: str, case_id: str, people: Iterable[str]
    ) -> dict[str, DataKey]:
        wanted = sorted(set(people))  # in one order, whoever asks
        made = [self.candidate(tenant) for _ in wanted]
        rows = await connection.fetch(
            self._queries[query],
            tenant,
            case_id,
            wanted,
            [one[0] for one in made],
            [one[1] for one in made],
            self._kek.version,
            datetime.now(UTC),
        )
        return {row["person"]: self.unwrapped(row) for row in rows}

    async def tenant_key(self, tenant: str, connection: Connection) -> DataKey:
        """The key of what belongs to a tenant and no case: platform ids of targets. Made if missing."""
        return await self.person_data_key(connection, tenant, "", "")

    async def installation_key(self) -> DataKey:
        """The key of what belongs to no tenant: the sweepers' workflows. Made if missing, never destroyed."""
        if self._installation is None:
            key_id, secret = new_key_id(INSTALLATION), new_secret()
            async with connected(self._pool) as connection:
                await connection.execute(
                    self._queries["ensure_installation_key"], key_id, self._kek.wrap(key_id, secret), self._kek.version
                )
                row = await connection.fetchrow(self._queries["installation_key"])
            self._installation = self.unwrapped(row)
        return self._installation

    async def subject_secret(self, tenant: str, connection: Connection | None = None) -> bytes:
        """The tenant's secret for keyed hashes (cases.names, cases.digests). Made once, never rotated.

        Raises UnknownSomething for a tenant that is not there.
        """
        if tenant not in self._secrets:
            name = f"secret:{tenant}"
            candidate = self._kek.wrap(name, new_secret())
            try:
                row = await self._row(
                    "ensure_tenant_secret", tenant, candidate, self._kek.version, connection=connection
                )
            except asyncpg.ForeignKeyViolationError:
                raise UnknownSomething(f"no tenant {tenant!r} in this installation; create it first") from None
            assert row is not None
            secret = self._kek.unwrap(name, row["kek_version"], row["wrapped"])
            if connection is not None:
                return secret  # the transaction may yet be rolled back
            self._secrets[tenant] = secret
        return self._secrets[tenant]

    async def map_workflow(self, connection: Connection, tenant: str, workflow_id: str, case_id: str) -> None:
        """From now on this appeal's or filing's payloads use the case's key; an appeal gets its stream. Repeatable."""
        await connection.execute(self._queries["map_workflow"], tenant, workflow_id, case_id)
        if parse_workflow_id(workflow_id).family == "appeal":
            await connection.execute(self._queries["open_stream"], tenant, workflow_id, case_id)

    async def destroy(self, tenant: str, case_id: str, person: str | None = None, *, at: datetime) -> int:
        """Destroy a person's key in a case, or the case's with everybody's in it: how many. What they sealed is gone.

        The hash chain stays whole: it is over sealed bytes. A later message makes the case, or the person, a new key.
        """
        async with tenant_transaction(self._pool, tenant) as connection:
            await connection.fetch(self._queries["lock_streams_of_case"], tenant, case_id)
            rows = await connection.fetch(self._queries["destroy_keys"], tenant, case_id, person, at)
            await connection.execute(self._queries["forget_people"], tenant, case_id, person)
            media = await connection.fetchval(self._queries["forget_subject"], tenant, case_id) if person is None else 0
        gone = {row["key_id"] for row in rows}
        self.forget(gone)
        counted = {"event": "keys_destroyed", "case_id": case_id, "keys": len(gone), "attachments": media}
        logger.info("keys destroyed", extra=counted)
        return len(gone)

    async def open_all(
        self, tenant: str, sealed: Iterable[tuple[bytes, str]], connection: Connection | None = None
    ) -> list[bytes | None]:
        """What was sealed, each with its aad; None where the key was destroyed. One look-up for all keys.

        Raises SealBroken, and UnknownSomething for a key that never was.
        """
        items = list(sealed)
        wanted = {key_id_of(one) for one, _ in items}
        keys: dict[str, DataKey | None] = {key_id: self._keys.get(key_id) for key_id in wanted}
        missing = [key_id for key_id, key in keys.items() if key is None]
        if missing:
            rows = await self._rows("keys_by_id", tenant, missing, connection=connection)
            stored = {row["key_id"]: row for row in rows}
            for key_id in missing:
                if key_id not in stored:
                    raise UnknownSomething(f"no key {key_id[:80]!r} in this installation")
                if stored[key_id]["wrapped"] is not None:
                    keys[key_id] = self.unwrapped(stored[key_id])
                    self._keys.put(key_id, self.unwrapped(stored[key_id]))
        found = [(keys[key_id_of(one)], one, aad) for one, aad in items]
        return [None if key is None else open_sealed(key, one, aad) for key, one, aad in found]

    def candidate(self, tenant: str) -> tuple[str, bytes, str, datetime]:
        """A key that may become a scope's: id, wrapped, KEK version, and when."""
        key = self.fresh(tenant)
        return key.key_id, self.wrapped(key), self.kek_version, datetime.now(UTC)

    def fresh(self, tenant: str) -> DataKey:
        """A new key of a tenant; it is worth nothing until it is stored."""
        return DataKey(new_key_id(tenant), new_secret())

    def wrapped(self, key: DataKey) -> bytes:
        """The key as it is stored."""
        return self._kek.wrap(key.key_id, key.secret)

    @property
    def kek_version(self) -> str:
        """What keys are wrapped under now."""
        return self._kek.version

    def unwrapped(self, row: asyncpg.Record | None) -> DataKey:
        """The key of a row. Raises KeyDestroyed, SealBroken."""
        if row is None or row["wrapped"] is None:
            raise KeyDestroyed
        return DataKey(row["key_id"], self._kek.unwrap(row["key_id"], row["kek_version"], row["wrapped"]))

    def cached(self, tenant: str, scope: str) -> DataKey | None:
        """The key of a workflow, or of a person (`case id` + `#` + person key), if it was needed moments ago."""
        return self._scopes.get((tenant, scope))

    def remember(self, tenant: str, scope: str, key: DataKey) -> None:
        """Keep a key that is committed."""
        self._scopes.put((tenant, scope), key)
        self._keys.put(key.key_id, key)

    def derived(self, purpose: str, length: int) -> tuple[bytes, ...]:
        """Keys of the installation for one purpose alone; the first is to be used, all are to be accepted."""
        return self._kek.derived(purpose, length)

    def forget(self, key_ids: set[str]) -> None:
        """Drop keys at once: they were destroyed, or Postgres said they were."""
        self._scopes.forget(lambda _, key: key.key_id in key_ids)
        self._keys.forget(lambda _, key: key.key_id in key_ids)

    async def _row(self, query: str, *arguments: object, connection: Connection | None = None) -> asyncpg.Record | None:
        rows = await self._rows(query, *arguments, connection=connection)
        return rows[0] if rows else None

    async def _rows(self, query: str, *arguments: object, connection: Connection | None = None) -> list[asyncpg.Record]:
        if connection is not None:
            return await connection.fetch(self._queries[query], *arguments)
        async with connected(self._pool) as own:
            return await own.fetch(self._queries[query], *arguments)
