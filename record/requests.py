"""Removal requests that come in several messages: what was given of each so far. Names of elements, never what they say."""

from collections.abc import Iterable, Sequence

from cases.facts import Fact
from cases.legal_requests import TAKE_IT_DOWN, Element
from cases.names import tenant_of
from record.happenings import Row
from record.pool import Connection, tenant_transaction
from record.record import Record


class CameAs(Fact):
    """A message in the inbox: its kind, its stream, its number there."""

    kind: str
    stream_id: str
    number: int


async def elements_given(
    record: Record, connection: Connection, stream_id: str, rows: Sequence[Row]
) -> dict[int, frozenset[Element]]:
    """By inbox number: what was given of the request up to and with this message.

    In the order the messages came and under the stream's lock, so that two halves that came at once make a whole.
    """
    given = {}
    for row in rows:
        if row.kind == TAKE_IT_DOWN and row.content is not None and "refused" not in row.content:
            request_id = row.content.get("completes") or row.message_id
            own = row.content.get("given", ())
            given[row.number] = await _add(record, connection, stream_id, request_id, row.number, own)
    return given


async def given_with(
    record: Record, stream_id: str, request_id: str, message_id: str, own: Iterable[Element]
) -> frozenset[Element]:
    """The same for one message that was just accepted, for its receipt; the same again for its repetition."""
    tenant = tenant_of(stream_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        row = await connection.fetchrow(record.queries["came_as"], tenant, message_id)
        assert row is not None
        return await _add(record, connection, stream_id, request_id, row["number"], own)


async def came_as(record: Record, tenant: str, message_id: str) -> CameAs | None:
    """As what a message came before; None where none did."""
    async with tenant_transaction(record.pool, tenant) as connection:
        row = await connection.fetchrow(record.queries["came_as"], tenant, message_id)
    return CameAs.model_validate(dict(row)) if row else None


async def _add(
    record: Record, connection: Connection, stream_id: str, request_id: str, number: int, own: Iterable[str]
) -> frozenset[Element]:
    arguments = tenant_of(stream_id), stream_id, request_id, number, sorted(own)
    known = await connection.fetchval(record.queries["add_to_request"], *arguments)
    return frozenset(map(Element, known or ()))
