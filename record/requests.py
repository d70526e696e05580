"""Removal requests that come in several messages: what was given of each so far. Names of elements, never what they say."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from cases.facts import Fact
from cases.legal_requests import CHILD_SAFETY, INTIMATE_IMAGES, TAKE_IT_DOWN, Element, TakeItDownMessage
from cases.names import tenant_of
from record.happenings import Row
from record.pool import Connection, tenant_transaction
from record.record import Record


class SoFar(Fact):
    """What was said of a request up to and with one message. request_id: of its first message.

    minor: somebody said that a minor is depicted. first: of the request, or of it to say so.
    """

    request_id: str
    given: frozenset[Element]
    minor: bool
    first: bool

    @property
    def area(self) -> str:
        """Where it belongs by all that was said."""
        return CHILD_SAFETY if self.minor else INTIMATE_IMAGES


class CameAs(Fact):
    """A message in the inbox: its kind, its stream, its number there."""

    kind: str
    stream_id: str
    number: int


async def joined(record: Record, connection: Connection, stream_id: str, rows: Sequence[Row]) -> list[Row]:
    """These messages, those of a removal request with all that was said of it up to then.

    In the order the messages came and under the stream's lock, so that two halves that came at once make a whole.
    """
    return [await _joined(record, connection, stream_id, row) for row in rows]


async def so_far(record: Record, stream_id: str, message: TakeItDownMessage) -> SoFar:
    """The same for one message that was just accepted, for its receipt; the same again for its repetition."""
    tenant = tenant_of(stream_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        row = await connection.fetchrow(record.queries["came_as"], tenant, message.message_id)
        assert row is not None
        request_id = message.completes or message.message_id
        said = request_id, row["number"], sorted(message.given), message.minor_depicted
        return await _add(record, connection, stream_id, *said)


async def came_as(record: Record, tenant: str, message_id: str) -> CameAs | None:
    """As what a message came before; None where none did."""
    async with tenant_transaction(record.pool, tenant) as connection:
        row = await connection.fetchrow(record.queries["came_as"], tenant, message_id)
    return CameAs.model_validate(dict(row)) if row else None


async def _joined(record: Record, connection: Connection, stream_id: str, row: Row) -> Row:
    content = row.content
    if row.kind != TAKE_IT_DOWN or content is None or "refused" in content:
        return row
    request_id, minor = content.get("completes") or row.message_id, bool(content.get("minor_depicted"))
    found = await _add(record, connection, stream_id, request_id, row.number, content.get("given", ()), minor)
    said = {"request_id": found.request_id, "given": sorted(found.given), "area": found.area, "first": found.first}
    return replace(row, content={**content, **said})


async def _add(
    record: Record,
    connection: Connection,
    stream_id: str,
    request_id: str,
    number: int,
    own: Iterable[str],
    minor: bool,
) -> SoFar:
    arguments = tenant_of(stream_id), stream_id, request_id, number, sorted(own), minor
    row = await connection.fetchrow(record.queries["add_to_request"], *arguments)
    assert row is not None
    return SoFar(**{**dict(row), "given": row["given"] or ()})
