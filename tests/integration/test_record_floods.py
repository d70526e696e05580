"""A flood of the same words: what each more of them costs does not grow with those that are there."""

import json
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from record.queries import load_queries
from tests.conftest import Database

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SINCE = NOW - timedelta(days=1)
ALIKE = (["content", "words", "wording", "picture"], 6, 31)


@pytest.mark.parametrize(
    ("query", "arguments", "flood", "analysed", "blocks"),
    [
        pytest.param("repeated_by_author", (SINCE,), 10_000, True, 80, id="an author's own, among many others'"),
        pytest.param("count_copies", (*ALIKE, SINCE, SINCE), 190, False, 8 * 190, id="alike, before any analysis"),
    ],
)
async def test_a_flood_of_the_same_words_is_looked_through_once(
    postgres: Database, query: str, arguments: tuple[object, ...], flood: int, analysed: bool, blocks: int
):
    connection = await asyncpg.connect(postgres.superuser_dsn)
    try:
        for table in ("fingerprints", "fingerprint_slots", "evidence_versions"):
            await connection.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")
        await connection.execute(
            """
            INSERT INTO fingerprints (tenant, case_id, version, likeness, place, value, account, captured_at)
            SELECT 'demo', 'case/demo/content/' || n, 1, l.likeness, 0, '\\x0102030405060708', 'flooder-' || n, $1
            FROM generate_series(1, $2::integer) AS n, unnest(ARRAY['content', 'words', 'wording']) AS l (likeness)
            """,
            NOW,
            flood,
        )
        await connection.execute(
            """
            INSERT INTO fingerprint_slots (tenant, likeness, slot, case_id, version, place)
            SELECT 'demo', 'wording', slot, 'case/demo/content/' || n, 1, 0
            FROM generate_series(1, $1::integer) AS n, generate_series(1, 4) AS slot
            """,
            flood,
        )
        await connection.execute(
            """
            INSERT INTO evidence_versions (tenant, case_id, version, facts, content, captured_at)
            SELECT 'demo', 'case/demo/content/' || n, 1, '', '', $1 FROM generate_series(1, $2::integer) AS n
            """,
            NOW,
            flood,
        )
        if analysed:
            await connection.execute("ANALYZE")
        explained = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {load_queries()[query]}"
        (plan,) = json.loads(await connection.fetchval(explained, "demo", "case/demo/content/1", *arguments))
    finally:
        await connection.close()

    assert plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"] < blocks
