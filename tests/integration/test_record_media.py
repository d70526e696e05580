"""Attachments' bytes: fetched by digest from the platform alone, within bounds, sealed, and gone with the case's key."""

import asyncio
import gzip
import io
import threading
from collections.abc import AsyncIterator, Callable
from hashlib import sha256
from typing import Any

import httpx2
import numpy as np
import pytest
from PIL import Image

from activities import evidence_media, picture_evidence
from activities.bank_matching import look_in_banks
from activities.detector_port import Picture
from activities.evidence_media import MediaCapture
from activities.pdq import Pixels, pdq
from activities.picture_evidence import PictureEvidence
from activities.pictures import PictureReader, PictureUnread
from activities.platform_client import PlatformAway, PlatformClient, Snapshot
from cases.banks import BankEntry, BankTerms
from cases.errors import KeyDestroyed, UnknownSomething
from cases.media import Medium, Missing
from cases.names import SubjectKind
from cases.pictures import PictureHashes
from record import banks, evidence, media, picture_hashes
from record.pool import tenant_transaction
from record.record import Record
from simulators.platform.pictures import drawn
from tests.builders import evidence as captured
from tests.fakes import eventually
from tests.integration.kit import until
from tests.integration.record_means import NOON, TENANT, a_record, a_report, minutes
from workers.synthetic_pictures import picture


def saved(pixels: Pixels) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


PICTURE = drawn("record", 24, 16)
DIGEST = sha256(PICTURE).hexdigest()
Answer = Callable[[httpx2.Request], httpx2.Response]


@pytest.fixture
async def record(postgres) -> AsyncIterator[Record]:
    record = await a_record(postgres.owner_dsn, postgres.app_dsn)
    yield record
    await record.close()


def a_snapshot(*attachments: dict[str, Any]) -> Snapshot:
    listed = attachments or ({"name": "a.png", "media_type": "image/png", "sha256": DIGEST},)
    return Snapshot(kind=SubjectKind.CONTENT, id="post/1", content_version="r1", created_at=NOON, attachments=listed)


def capture_from(record: Record, answer: Answer) -> MediaCapture:
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    return MediaCapture(record, PlatformClient(http, "https://platform.invalid/api", "whsec_YQ==", lambda: NOON))


async def a_captured_case(record: Record, snapshot: Snapshot, answer: Answer) -> str:
    case_id = (await a_report(record)).case_id
    await evidence.keep(record, case_id, snapshot.model_dump_json().encode(), captured())
    await capture_from(record, answer).capture(case_id, snapshot, NOON)
    return case_id


async def test_bytes_are_asked_of_the_platform_alone_and_kept_once_by_their_own_type(record):
    asked: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(200, content=PICTURE, headers={"content-type": "text/html"})

    snapshot = a_snapshot(
        {"media_type": "text/html", "sha256": DIGEST, "url": "http://169.254.169.254/latest/meta-data"},
        {"media_type": "image/png", "sha256": "../../targets"},
    )
    case_id = await a_captured_case(record, snapshot, answer)
    await capture_from(record, answer).capture(case_id, snapshot, minutes(1))
    assert [str(one.url) for one in asked] == [
        f"https://platform.invalid/api/subjects/content/post%2F1/attachments/{DIGEST}"
    ], "no address of the snapshot's, nothing that is no digest, and nothing twice"
    assert asked[0].headers["webhook-signature"].startswith("v1,")
    first, second = await media.of_version(record, case_id, 1)
    assert (first.media_type, first.size, first.missing) == ("image/png", len(PICTURE), None)
    assert second.missing is Missing.UNNAMED
    assert await media.read(record, case_id, first) == PICTURE


@pytest.mark.parametrize(
    ("answered", "missing"),
    [
        (httpx2.Response(404), Missing.GONE),
        (httpx2.Response(410), Missing.GONE),
        (httpx2.Response(200, content=b"other bytes"), Missing.DIFFERENT),
        (httpx2.Response(200, content=PICTURE + b"\0" * 4_000), Missing.TOO_LARGE),
    ],
)
async def test_what_is_not_there_too_large_or_not_the_same_is_not_kept_and_said(
    record, monkeypatch, answered: httpx2.Response, missing: Missing
):
    monkeypatch.setattr(evidence_media, "BYTES_EACH", len(PICTURE) + 1_000)
    case_id = await a_captured_case(record, a_snapshot(), lambda _: answered)
    (one,) = await media.of_version(record, case_id, 1)
    assert one.missing is missing
    with pytest.raises(UnknownSomething):
        await media.read(record, case_id, one)


async def test_a_redirect_a_fault_or_a_packed_answer_is_asked_again_and_the_words_are_safe_meanwhile(record):
    packed = httpx2.Response(200, content=gzip.compress(PICTURE), headers={"content-encoding": "gzip"})
    answers = iter([httpx2.Response(302, headers={"location": "http://127.0.0.1/"}), httpx2.Response(503), packed])
    snapshot = a_snapshot()
    case_id = (await a_report(record)).case_id
    await evidence.keep(record, case_id, snapshot.model_dump_json().encode(), captured())
    for _ in range(3):
        with pytest.raises(PlatformAway):
            await capture_from(record, lambda _: next(answers)).capture(case_id, snapshot, NOON)
        assert [one.missing for one in await media.of_version(record, case_id, 1)] == [Missing.AWAY]
    await capture_from(record, lambda _: httpx2.Response(200, content=PICTURE)).capture(case_id, snapshot, NOON)
    (one,) = await media.of_version(record, case_id, 1)
    assert (one.missing, await media.read(record, case_id, one)) == (None, PICTURE)


async def test_of_many_and_large_ones_only_so_much_is_kept(record, monkeypatch):
    files = [bytes([number]) * 400 for number in range(5)]
    by_digest = {sha256(one).hexdigest(): one for one in files}
    monkeypatch.setattr(evidence_media, "BYTES_TOGETHER", 1_000)
    monkeypatch.setattr("cases.media.PIECES", 4)
    asked: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.path.rpartition("/")[2])
        return httpx2.Response(200, content=by_digest[asked[-1]])

    case_id = await a_captured_case(record, a_snapshot(*({"sha256": digest} for digest in by_digest)), answer)
    kept = await media.of_version(record, case_id, 1)
    assert [one.missing for one in kept] == [None, None, *[Missing.TOO_LARGE] * 3]
    assert len(asked) == 4, "the fifth was not even asked for"
    async with tenant_transaction(record.pool, TENANT) as connection:
        rows = await connection.fetchval("SELECT count(*) FROM evidence_media WHERE case_id = $1", case_id)
    assert rows == 4, "a list of thousands would else be as many transactions, and no capture would end"


async def test_behind_slow_files_of_other_cases_a_capture_waits_no_longer_than_for_its_own(record, monkeypatch):
    monkeypatch.setattr(evidence_media, "AT_ONCE", 0)
    monkeypatch.setattr(evidence_media, "WITHIN_SECONDS", 0.05)
    case_id = (await a_report(record)).case_id
    async with asyncio.timeout(20):
        with pytest.raises(PlatformAway):
            await capture_from(record, lambda _: httpx2.Response(200)).capture(case_id, a_snapshot(), NOON)


async def test_bytes_go_with_the_cases_key_and_rows_say_nothing_of_them(record, postgres):
    case_id = await a_captured_case(record, a_snapshot(), lambda _: httpx2.Response(200, content=PICTURE))
    (one,) = await media.of_version(record, case_id, 1)
    async with record.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT set_config('dueprocess.tenant', $1, true)", TENANT)
        row = dict(await connection.fetchrow("SELECT * FROM evidence_media"))
    assert row["media_key"] != DIGEST
    assert PICTURE not in row["content"]
    assert b"image/png" not in row["facts"]
    await record.keyring.destroy(TENANT, case_id, at=minutes(1))
    async with record.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT set_config('dueprocess.tenant', $1, true)", TENANT)
        assert await connection.fetchval("SELECT count(*) FROM evidence_media") == 0
    with pytest.raises(UnknownSomething):
        await media.read(record, case_id, one)
    with pytest.raises(KeyDestroyed):
        await media.of_version(record, case_id, 1)


async def test_bytes_of_another_digest_are_never_filed_under_it(record):
    case_id = (await a_report(record)).case_id
    with pytest.raises(ValueError, match="not the ones"):
        await media.keep(record, case_id, Medium(place=1, sha256=DIGEST, media_type="image/png"), b"other", NOON)


READ = saved(picture(5, 160, 120))


async def seen(record: Record, case_id: str, snapshot: Snapshot, reader: PictureReader, **options: bool):
    version = (await evidence.facts_of(record, case_id))[-1]
    return await PictureEvidence(record, reader).seen(case_id, version, snapshot.attachments, **options)


async def test_a_picture_is_known_by_its_own_bytes_whatever_the_platform_says_of_it(record):
    mirrored = pdq(np.ascontiguousarray(np.fliplr(picture(5, 160, 120))))
    assert mirrored is not None
    await banks.make(
        record, TENANT, BankTerms(bank="b", label="known_hash", kind="pdq", source="A test's."), "op", NOON
    )
    await banks.add(record, TENANT, "b", [BankEntry(hash=mirrored.hashes[0])], "op", NOON)
    told = {"media_type": "image/jpeg", "sha256": sha256(READ).hexdigest(), "pdq": "0" * 64, "pdq_quality": 100}
    snapshot = a_snapshot(told)
    case_id = await a_captured_case(record, snapshot, lambda _: httpx2.Response(200, content=READ))
    with PictureReader() as reader:
        found = await seen(record, case_id, snapshot, reader)
    (result,) = await look_in_banks(record, case_id, 1, [Picture(pdq="0" * 64, quality=100, seen=found[1])], NOON)
    assert (result.label, result.raw_label.partition("/")[0]) == ("known_hash", "b")
    assert result.score is not None
    assert result.score >= 0.5
    (unseen,) = await look_in_banks(record, case_id, 1, [Picture(pdq="0" * 64, quality=100)], NOON)
    assert unseen.score == 0.0, "by the platform's word alone it would have passed"
    assert await seen(record, case_id, snapshot, Nobody()) == found, "it is read once"  # type: ignore[arg-type]
    async with tenant_transaction(record.pool, TENANT) as connection:
        kept = await connection.fetchrow("SELECT hashes FROM evidence_media WHERE case_id = $1", case_id)
        places = await connection.fetch("SELECT place FROM fingerprints WHERE case_id = $1 AND place > 999", case_id)
    assert found[1].views[0].hashes[0].encode() not in kept["hashes"]
    assert len(places) == 1, "copies are known by our own hash"
    await record.keyring.destroy(TENANT, case_id, at=NOON)
    async with tenant_transaction(record.pool, TENANT) as connection:
        left = "SELECT count(*) FROM fingerprints WHERE case_id = $1"
        assert await connection.fetchval(left, case_id) == 0
        assert await connection.fetchval(left.replace("fingerprints", "evidence_media"), case_id) == 0


class Nobody:
    """A reader that must not be asked."""

    def hashes(self, data: bytes) -> PictureHashes:
        raise AssertionError("asked again")


class Hanging:
    """A reader that hangs on what it is given first."""

    def __init__(self) -> None:
        self.asked = 0

    def hashes(self, data: bytes) -> PictureHashes:
        self.asked += 1
        raise PictureUnread("time" if self.asked == 1 else "broken")


class Slow:
    """A reader that is busy until it is let go."""

    def __init__(self) -> None:
        self.asked, self.let_go = 0, threading.Event()

    def hashes(self, data: bytes) -> PictureHashes:
        self.asked += 1
        self.let_go.wait(60)
        raise PictureUnread("broken")


async def test_behind_a_slow_picture_nobody_holds_a_thread_and_what_was_begun_is_kept(record, monkeypatch):
    reader, snapshot = Slow(), a_snapshot()
    case_id = await a_captured_case(record, snapshot, lambda _: httpx2.Response(200, content=PICTURE))
    version = (await evidence.facts_of(record, case_id))[-1]
    pictures = PictureEvidence(record, reader)  # type: ignore[arg-type]
    first = asyncio.create_task(pictures.seen(case_id, version, snapshot.attachments))
    try:
        await eventually(lambda: reader.asked == 1)
        monkeypatch.setattr(picture_evidence, "WITHIN_SECONDS", 0.05)
        async with asyncio.timeout(20):
            assert await pictures.seen(case_id, version, snapshot.attachments) == {}
        assert reader.asked == 1, "whoever waits holds no thread that others need"
        first.cancel()  # as an activity whose time is over
        with pytest.raises(asyncio.CancelledError):
            await first
    finally:
        reader.let_go.set()

    async def kept() -> bool:
        return bool(await picture_hashes.known(record, case_id, await media.of_version(record, case_id, 1)))

    assert await until(kept), "the next attempt would begin anew"


async def test_what_cannot_be_read_is_not_clean_and_tried_again_only_where_it_may_help(record):
    await banks.make(
        record, TENANT, BankTerms(bank="b", label="known_hash", kind="pdq", source="A test's."), "op", NOON
    )
    await banks.add(record, TENANT, "b", [BankEntry(hash="f0" * 32)], "op", NOON)
    snapshot, reader = a_snapshot(), Hanging()
    case_id = await a_captured_case(record, snapshot, lambda _: httpx2.Response(200, content=PICTURE))
    assert await seen(record, case_id, snapshot, reader) == {}  # type: ignore[arg-type]
    assert await seen(record, case_id, snapshot, reader) == {}  # type: ignore[arg-type]
    assert reader.asked == 1, "an assessment does not wait for it twice"
    assert await seen(record, case_id, snapshot, reader, again=True) == {}  # type: ignore[arg-type]
    assert await seen(record, case_id, snapshot, reader, again=True) == {}  # type: ignore[arg-type]
    assert reader.asked == 2, "a capture tries what hung, and leaves what is broken"
    (result,) = await look_in_banks(record, case_id, 1, [Picture(sha256=DIGEST)], NOON)
    assert result.score is None
    assert result.error == "NotMatchable"
