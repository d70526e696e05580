"""What a sender puts into one request of the batch door."""

from collections.abc import Iterator, Sequence
from typing import Final

from api.requests import BATCH_LIMIT
from cases.messages import ReportMessage, SignalMessage

CHUNK_BYTES: Final = 4 * 1024 * 1024  # of one body; the gateway takes twice that


def chunks(messages: Sequence[ReportMessage | SignalMessage]) -> Iterator[bytes]:
    """Bodies of batches that hold these messages in their order, each as many as one request may bring."""
    items: list[bytes] = []
    size = 0
    for message in messages:
        kind = b"report" if isinstance(message, ReportMessage) else b"signal"
        item = b'{"%s":%s}' % (kind, message.model_dump_json(exclude_none=True).encode())
        if items and (len(items) == BATCH_LIMIT or size + len(item) > CHUNK_BYTES):
            yield b'{"items":[%s]}' % b",".join(items)
            items, size = [], 0
        items.append(item)
        size += len(item)
    if items:
        yield b'{"items":[%s]}' % b",".join(items)
