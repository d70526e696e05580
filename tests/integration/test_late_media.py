"""Attachments that come late: asked for again within bounds, read, and assessed; nothing of them is clean before."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from activities import stubs
from activities.assessing import Assessing
from activities.brakes import Brakes
from activities.deriving import Deriving
from activities.evidence import EvidenceCapture
from activities.late_media import LateMedia
from activities.packs_in_force import PacksInForce
from activities.picture_evidence import PictureEvidence
from activities.pictures import PictureReader, PictureUnread
from activities.platform_client import PlatformAway, Snapshot
from activities.policy_packs import PolicyPacks
from cases.assessments import Triaged
from cases.banks import BankEntry, BankTerms
from cases.case import Case
from cases.evidence import AttachmentsCame, EvidenceVersion
from cases.folding import fold_all
from cases.media import Missing
from cases.messages import Detector, SignalMessage, Subject
from cases.names import SubjectKind
from cases.pictures import PictureHashes
from record import banks, events, evidence, inbox, late_media, media
from record.inbox import take
from record.record import Record
from simulators.platform.pictures import drawn
from tests.builders import an_event
from tests.integration.record_means import NOON, TENANT, a_record, a_report, case_id_of, minutes

PICTURE = drawn("late", 64, 48)
DIGEST = sha256(PICTURE).hexdigest()
FAILED, CLEAN = (None, True), (0.0, False)  # what banks say of it
TOLD = {"media_type": "image/png", "sha256": DIGEST, "pdq": "0f" * 32, "pdq_quality": 100}


@dataclass
class Platform:
    """Delivers one post, and its picture as it is set to."""

    picture: bytes | Missing | PlatformAway
    asked: int = 0
    country: str = "US"
    surface: str = "public"

    async def snapshot(self, *_: object) -> Snapshot:
        return Snapshot(
            kind=SubjectKind.CONTENT,
            id="post-1",
            content_version="r1",
            created_at=NOON,
            country=self.country,
            surface=self.surface,
            text="Synthetic words beside a picture.",
            attachments=(TOLD,),
        )

    async def attachment(self, *_: object) -> bytes | Missing:
        self.asked += 1
        if isinstance(self.picture, PlatformAway):
            raise self.picture
        return self.picture


class Hanging:
    """A reader that is at a loss for as long as it is set to."""

    def __init__(self) -> None:
        self.hangs, self.real = True, PictureReader()

    def hashes(self, data: bytes) -> PictureHashes:
        if self.hangs:
            raise PictureUnread("time")
        return self.real.hashes(data)


@dataclass
class House:
    """The capture, the assessment and the sweep of one worker, whose clock is set."""

    record: Record
    platform: Platform
    reader: Any
    at: datetime = NOON
    rung: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        packs = PacksInForce(self.record, PolicyPacks(Path("policies")))
        pictures = PictureEvidence(self.record, self.reader)
        self.capture = EvidenceCapture(self.record, self.platform, packs, pictures)  # type: ignore[arg-type]
        deriving = Deriving(self.record, lambda *_: None, lambda: self.at)
        self.assessing = Assessing(self.record, packs, Brakes(self.record, packs), deriving, pictures=pictures)
        self.sweeping = LateMedia(self.record, self.capture, self.ring, lambda: self.at)

    async def ring(self, case_id: str, number: int) -> bool:
        self.rung.append((case_id, number))
        return True

    async def captured(self) -> tuple[str, EvidenceVersion]:
        case_id = (await a_report(self.record)).case_id
        await take(self.record, case_id, [], self.at)
        version = await self.capture.capture_evidence(stubs.CaptureEvidence(case_id=case_id, now=self.at))
        return case_id, version

    async def assessed(self, case_id: str, version: EvidenceVersion, through: int = 1) -> Triaged:
        case = fold_all(Case(case_id=case_id), await events.load(self.record, case_id))
        case = case.evolve(evidence=(version,))
        stored = await self.assessing.assess_case(stubs.AssessCase(case=case, through=through, now=self.at))
        body = stored.events[0].body
        assert isinstance(body, Triaged)
        return body

    async def sweep(self, minute: float) -> int:
        self.at = minutes(minute)
        return await self.sweeping.ask_for_late_media()


@pytest.fixture
async def record(postgres) -> AsyncIterator[Record]:
    record = await a_record(postgres.owner_dsn, postgres.app_dsn)
    await banks.make(
        record, TENANT, BankTerms(bank="b", label="known_hash", kind="pdq", source="A test's."), "op", NOON
    )
    yield record
    await record.close()


@pytest.fixture
def reader() -> Iterator[PictureReader]:
    with PictureReader() as one:
        yield one


def bank_word(told: Triaged) -> tuple[float | None, bool]:
    (found,) = [one for one in told.detections if one.detector.startswith("dueprocess/banks")]
    return found.score, found.failed


async def a_case_without_its_picture(record: Record, reader: PictureReader) -> tuple[House, str, EvidenceVersion]:
    """The tries of its capture are over, and it goes on without."""
    house = House(record, Platform(PlatformAway("synthetic", "no_answer")), reader)
    case_id = (await a_report(record)).case_id
    await take(record, case_id, [], NOON)
    with pytest.raises(PlatformAway):
        await house.capture.capture_evidence(stubs.CaptureEvidence(case_id=case_id, now=NOON))
    (version,) = await evidence.facts_of(record, case_id)
    return house, case_id, version


async def test_what_came_late_is_read_and_the_case_hears_once_and_assesses_it(record: Record, reader: PictureReader):
    house, case_id, version = await a_case_without_its_picture(record, reader)
    assert bank_word(await house.assessed(case_id, version)) == FAILED, "whatever hash was told"
    house.platform.picture, asked = PICTURE, house.platform.asked
    assert await house.sweep(0.5) == 0, "not yet"
    assert await house.sweep(1.5) == 1
    assert await house.sweep(200) == 0
    assert house.platform.asked == asked + 1
    (medium,) = await media.of_version(record, case_id, 1)
    assert (medium.missing, await media.read(record, case_id, medium)) == (None, PICTURE)
    (event,), _ = await take(record, case_id, [], house.at)
    assert isinstance(event.body, AttachmentsCame)
    assert (event.body.evidence_version, event.body.attachments) == (1, 1)
    assert house.rung == [(case_id, event.body.number)]
    assert bank_word(await house.assessed(case_id, version, event.body.number)) == CLEAN, "now it was looked at"


async def test_a_known_picture_is_found_when_it_comes_though_the_platform_told_another_hash(
    record: Record, reader: PictureReader
):
    house, case_id, version = await a_case_without_its_picture(record, reader)
    await house.assessed(case_id, version)
    known = reader.hashes(PICTURE).views[0].hashes[0]
    await banks.add(record, TENANT, "b", [BankEntry(hash=known)], "op", NOON)
    house.platform.picture = PICTURE
    assert await house.sweep(1.5) == 1
    (event,), _ = await take(record, case_id, [], house.at)
    score, _ = bank_word(await house.assessed(case_id, version, event.body.number))
    assert score is not None
    assert score >= 0.5


async def test_a_platform_is_asked_six_times_and_no_more_unless_somebody_opens_the_task(
    record: Record, reader: PictureReader
):
    house, case_id, version = await a_case_without_its_picture(record, reader)
    await house.assessed(case_id, version)
    first = house.platform.asked
    for minute in range(0, 5 * 24 * 60, 5):
        assert await house.sweep(minute) == 0
    assert house.platform.asked - first == 5
    (medium,) = await media.of_version(record, case_id, 1)
    assert medium.missing is Missing.AWAY
    await late_media.want(record, case_id, [DIGEST], house.at)
    house.platform.picture = PICTURE
    assert await house.sweep(6 * 24 * 60) == 1


async def test_what_the_platform_says_is_gone_is_asked_for_no_more(record: Record, reader: PictureReader):
    house, case_id, version = await a_case_without_its_picture(record, reader)
    await house.assessed(case_id, version)
    house.platform.picture = Missing.GONE
    asked = house.platform.asked
    for minute in (2, 20, 200, 2_000):
        assert await house.sweep(minute) == 0
    assert (house.platform.asked - asked, house.rung) == (1, [])


async def test_an_assessment_reads_no_picture_and_what_hung_is_read_later(record: Record):
    reader = Hanging()
    house = House(record, Platform(PICTURE), reader)
    case_id, version = await house.captured()
    assert bank_word(await house.assessed(case_id, version)) == FAILED
    assert await house.sweep(1.5) == 0, "it still hangs"
    reader.hangs = False
    assert bank_word(await house.assessed(case_id, version)) == FAILED, "the first answer stands"
    with reader.real:
        assert await house.sweep(30) == 1
    (event,), _ = await take(record, case_id, [], house.at)
    assert bank_word(await house.assessed(case_id, version, event.body.number)) == CLEAN


async def test_what_was_read_between_an_assessment_and_the_sweep_is_heard_of_all_the_same(record: Record):
    reader = Hanging()
    house = House(record, Platform(PICTURE), reader)
    case_id, version = await house.captured()
    await house.assessed(case_id, version)
    reader.hangs = False
    with reader.real:
        await house.capture.capture_evidence(stubs.CaptureEvidence(case_id=case_id, now=minutes(0.5)))
    assert await house.sweep(1.5) == 1


async def test_a_case_that_missed_nothing_hears_nothing(record: Record, reader: PictureReader):
    house = House(record, Platform(PICTURE), reader)
    case_id, version = await house.captured()
    assert bank_word(await house.assessed(case_id, version)) == CLEAN
    assert [await house.sweep(minute) for minute in (2, 20, 2_000)] == [0, 0, 0]


async def test_where_machines_may_not_look_the_sweep_reads_nothing(record: Record):
    reader = Hanging()
    house = House(record, Platform(PICTURE, country="DE", surface="private"), reader)
    case_id = await case_id_of(record)
    message = SignalMessage(
        message_id="s-1",
        subject=Subject(kind=SubjectKind.CONTENT, id="post-1"),
        detector=Detector(vendor="synthetic", name="one", version="1"),
        scores={"spam": 0.9},
    )
    await inbox.accept(record, TENANT, case_id, SubjectKind.CONTENT, "post-1", "signal", "s-1", message, None, NOON)
    await house.capture.capture_evidence(stubs.CaptureEvidence(case_id=case_id, now=NOON))
    reader.hangs = False
    assert await house.sweep(2) == 0
    assert reader.real._process is None
    await a_report(record, "r-1")
    assert await house.sweep(20) == 0, "nothing waits for it before it is assessed"


def test_what_came_late_of_an_earlier_version_asks_nothing_of_the_pack():
    old = EvidenceVersion(version=1, digest="x", origin="platform", captured_at=NOON)
    case = Case(case_id="case/demo/content/" + "0" * 32, evidence=(old, old.evolve(version=2)), assessed_through=3)
    case = case.evolve(triage_owed_through=3)

    def came(version: int) -> Case:
        body = AttachmentsCame(number=4, evidence_version=version, attachments=1, received_at=NOON)
        return fold_all(case, [an_event("inbox:4", body, sequence=9)])

    assert (came(1).triage_owed_through, came(2).triage_owed_through) == (3, 4)
