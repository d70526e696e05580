"""Recorded cases for a backtest: the bodies of a few kinds of events, page by page, each process its own share."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from record.pool import tenant_transaction
from record.record import Record

PAGE: Final = 500  # cases


async def recorded_cases(
    record: Record, tenant: str, since: datetime, until: datetime, kinds: Sequence[str], share: int, of: int
) -> AsyncIterator[list[tuple[str, list[dict[str, Any]]]]]:
    """Cases opened from `since` until `until`, by case id: the bodies of these kinds, in sequence.

    share, of: which part of the cases, so that several processes see each case once. What a destroyed key sealed is left out.
    """
    after = ""
    while True:
        async with tenant_transaction(record.pool, tenant) as connection:
            ids = [
                row["case_id"]
                for row in await connection.fetch(
                    record.queries["cases_opened"], tenant, since, until, after, of, share, PAGE
                )
            ]
            rows = await connection.fetch(record.queries["backtest_events"], tenant, ids, list(kinds))
            sealed = [(row["body"], f"event\0{row['stream_id']}\0{row['event_id']}") for row in rows]
            bodies = await record.keyring.open_all(tenant, sealed, connection)
        found: dict[str, list[dict[str, Any]]] = {case_id: [] for case_id in ids}
        for row, body in zip(rows, bodies, strict=True):
            if body is not None:
                found[row["stream_id"]].append(orjson.loads(body))
        yield list(found.items())
        if len(ids) < PAGE:
            return
        after = ids[-1]
