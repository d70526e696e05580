"""Many messages into their inboxes in one transaction: all that are new, or, where Postgres fails, none.

Four statements however many messages: what came before, the keys of every case and person, the rows, and the commit.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import asyncpg
from pydantic import BaseModel

from cases.errors import KeyDestroyed, UnknownSomething
from cases.messages import Person
from cases.names import SubjectKind
from record.accepting import sealed_parts, subject_aad
from record.errors import Crossed, RecordUnavailable, StaleKey, TakenMeanwhile
from record.inbox import Acceptance
from record.parsing import Incoming, incoming
from record.pool import Connection, tenant_transaction
from record.record import Record
from record.sealing import DataKey, seal
from record.turns import BATCHES, WAIT_SECONDS

_TRIES: Final = 3  # a cached key may turn out destroyed, and so again
_AT_ONCE: Final = 50  # messages taken apart or sealed between two looks at the event loop: some five milliseconds

Scope = tuple[str, str]  # case, and the person in it, or ''


@dataclass(frozen=True)
class BatchMessage:
    """A validated message for the case of its subject."""

    case_id: str
    subject_kind: SubjectKind
    subject_id: str
    message_kind: str
    message_id: str
    message: BaseModel
    person: Person | None = None
    made: Mapping[str, Any] = field(default_factory=dict)


async def accept_all(
    record: Record, tenant: str, messages: Sequence[BatchMessage], received_at: datetime
) -> list[Acceptance | None]:
    """Keep all of these for good, each as `inbox.accept` would; None for one whose id came before with other content.

    One transaction: it is over when this returns, and nothing of it was kept where this raises.
    Raises RecordUnavailable, KeyDestroyed, UnknownSomething (no such tenant).
    """
    secret = await record.keyring.subject_secret(tenant)
    came = []
    for place, one in enumerate(messages):
        if place % _AT_ONCE == 0:
            await asyncio.sleep(0)  # others are answered meanwhile
        what = (one.message_id, one.message, one.person)
        came.append(incoming(secret, one.message_kind, "door", *what, received_at, one.made))
    patience = asyncio.get_running_loop().time() + WAIT_SECONDS
    stale = 0
    while stale < _TRIES:
        batch = _Batch(record, tenant, messages, came)
        try:
            async with record.turns.turn(tenant, BATCHES), tenant_transaction(record.pool, tenant) as connection:
                accepted = await batch.write(connection, received_at)
        except (StaleKey, UnknownSomething):  # what the cache said is not so any more
            record.keyring.forget({key.key_id for key in batch.keys.values()})
            stale += 1
        except (TakenMeanwhile, Crossed):  # another door has kept one of these: with every look there are fewer left
            if asyncio.get_running_loop().time() > patience:
                raise RecordUnavailable("other doors take the same message ids at the same time") from None
        else:
            for (case_id, person), key in batch.keys.items():
                record.keyring.remember(tenant, f"{case_id}#{person}" if person else case_id, key)
            return accepted
    raise KeyDestroyed


class _Batch:
    """One attempt."""

    def __init__(self, record: Record, tenant: str, messages: Sequence[BatchMessage], came: Sequence[Incoming]) -> None:
        self._record, self._tenant, self._messages, self._came = record, tenant, messages, came
        self.keys: dict[Scope, DataKey] = {}

    async def write(self, connection: Connection, received_at: datetime) -> list[Acceptance | None]:
        """The receipts, in the order of the messages. Raises StaleKey, TakenMeanwhile, UnknownSomething."""
        ids = sorted({one.message_id for one in self._messages})
        rows = await connection.fetch(self._record.queries["earlier_messages"], self._tenant, ids)
        earlier = {row["message_id"]: _Kept.of_row(row) for row in rows}
        firsts: dict[str, int] = {}
        for place, one in enumerate(self._messages):
            if one.message_id not in earlier:
                firsts.setdefault(one.message_id, place)
        if firsts:
            earlier |= await self._write_new(connection, list(firsts.values()), received_at)
        return [self._receipt(place, earlier, firsts) for place in range(len(self._messages))]

    def _receipt(self, place: int, kept: Mapping[str, "_Kept"], firsts: Mapping[str, int]) -> Acceptance | None:
        one, row = self._messages[place], kept[self._messages[place].message_id]
        if (row.stream_id, row.digest) != (one.case_id, self._came[place].digest):
            return None
        fresh = firsts.get(one.message_id) == place
        return Acceptance(
            case_id=one.case_id,
            stream_id=one.case_id,
            message_id=one.message_id,
            number=row.number,
            received_at=row.received_at,
            known=not fresh,
            ring=fresh and row.ring,
        )

    async def _write_new(
        self, connection: Connection, places: Sequence[int], received_at: datetime
    ) -> dict[str, "_Kept"]:
        await self._fetch_keys(connection, places, received_at)
        columns = await self._sealed(places)
        rows = await connection.fetch(
            self._record.queries["accept_batch"], self._tenant, *map(list, zip(*columns, strict=True)), received_at
        )
        return {
            self._messages[place].message_id: _Kept(
                self._messages[place].case_id, self._came[place].digest, row["number"], received_at, row["ring"]
            )
            for place, row in zip(places, rows, strict=True)
        }

    async def _fetch_keys(self, connection: Connection, places: Iterable[int], received_at: datetime) -> None:
        """The key of every case and person among these: from the cache, or from Postgres, made where there is none."""
        keyring = self._record.keyring
        wanted: dict[Scope, SubjectKind] = {}
        for place in places:
            one, person = self._messages[place], self._came[place].person
            wanted[one.case_id, ""] = one.subject_kind
            if person:
                wanted[one.case_id, person] = one.subject_kind
        missing: list[Scope] = []
        for case_id, person in wanted:
            key = keyring.cached(self._tenant, f"{case_id}#{person}" if person else case_id)
            if key:
                self.keys[case_id, person] = key
            else:
                missing.append((case_id, person))
        if not missing:
            return
        made = [keyring.fresh(self._tenant) for _ in missing]
        rows = await connection.fetch(
            self._record.queries["ensure_scopes"],
            self._tenant,
            [case_id for case_id, _ in missing],
            [wanted[scope] for scope in missing],
            [person for _, person in missing],
            [key.key_id for key in made],
            [keyring.wrapped(key) for key in made],
            keyring.kek_version,
            received_at,
        )
        if len(rows) < len(missing):
            raise StaleKey
        for scope, fresh, row in zip(missing, made, rows, strict=True):
            self.keys[scope] = fresh if fresh.key_id == row["key_id"] else keyring.unwrapped(row)

    async def _sealed(self, places: Sequence[int]) -> list[tuple[object, ...]]:
        """One row a message, as `accept_batch` takes its columns. A case's subject goes with its first message."""
        rows: list[tuple[object, ...]] = []
        named: set[str] = set()
        for count, place in enumerate(places):
            if count % _AT_ONCE == 0:
                await asyncio.sleep(0)
            one, came = self._messages[place], self._came[place]
            key = self.keys[one.case_id, ""]
            person_key = self.keys[one.case_id, came.person] if came.person else None
            content, personal, person, address, role, area, contact, contactable = sealed_parts(
                one.case_id, one.case_id, came, key, person_key
            )
            first = one.case_id not in named
            named.add(one.case_id)
            subject = seal(key, one.subject_id.encode(), subject_aad(one.case_id)) if first else None
            rows.append(
                (one.case_id, subject, key.key_id, person_key.key_id if person_key else None, came.kind, came.message_id,
                 came.digest, content, personal, person, address, role, area, contact, contactable)
            )  # fmt: skip
        return rows


@dataclass(frozen=True)
class _Kept:
    """What the inbox has of a message id."""

    stream_id: str
    digest: bytes
    number: int
    received_at: datetime
    ring: bool = False

    @classmethod
    def of_row(cls, row: asyncpg.Record) -> "_Kept":
        return cls(row["stream_id"], row["digest"], row["number"], row["received_at"])
