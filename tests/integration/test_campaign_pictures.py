"""Pictures of a campaign's members: captured with its sample, known from banks, shown like a case's own. Drawn, synthetic."""

import io
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import pytest
from PIL import Image

from activities import stubs
from activities.picture_decoding import hashed
from activities.pictures import PictureReader
from activities.platform_client import PlatformAway, PlatformClient
from api.bank_messages import BankEntriesRequest, BankRequest
from api.banking import Banking
from api.care_messages import RevealRequest
from api.doors import Doors
from cases.campaigns import CampaignMember
from cases.events import Triaged
from cases.media import Missing
from cases.messages import Subject
from cases.names import SubjectKind
from cases.sights import Sight
from record import evidence, media, picture_hashes
from record.inbox import take
from simulators.faults import HEALTHY, Fault
from tests.conftest import Database
from tests.integration import raids
from tests.integration.kit import TENANT, Installation, an_installation
from tests.integration.record_means import AREAS
from tests.integration.test_late_media import FAILED, House, bank_word
from workers.library import PackLibrary
from workers.synthetic_pictures import picture
from workers.wiring import http_client


def a_file(seed: int, form: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture(seed, 160, 120)).save(file, form)
    return file.getvalue()


def a_member(here: Installation, number: int, *files: bytes, kept: bool = True, **changes: Any) -> CampaignMember:
    """A post with these files; kept: whether the platform still has them."""
    here.world.author(f"raid-{number}")
    attached = [{"name": "a.png", "media_type": "image/png", "sha256": sha256(one).hexdigest()} for one in files]
    for one in files if kept else ():
        here.world.platform.world.upload(one)
    values = {"author_id": f"account-raid-{number}", "text": f"{raids.OPENING} {number}.", "attachments": attached}
    here.world._create("posts", {"id": f"raid-post-{number}", **values, **changes})
    subject = Subject(kind=SubjectKind.CONTENT, id=f"raid-post-{number}")
    return CampaignMember(subject=subject, account=f"account-raid-{number}")


async def a_bank(here: Installation, file: bytes) -> None:
    banking = Banking(here.means.record, here.clock)
    terms = {"message_id": "b-1", "bank": "known", "label": "known_hash", "kind": "pdq", "source": "A test's own."}
    await banking.make(TENANT, "op-1", BankRequest.model_validate(terms))
    entry = {"hash": hashed(file)["views"][0]["hashes"][0], "reference": "case:17"}
    added = BankEntriesRequest.model_validate({"message_id": "e-1", "bank": "known", "entries": [entry]})
    await banking.add(TENANT, "op-1", added)


async def looked_for(here: Installation, campaign: str) -> list[tuple[bool, bool]]:
    """Of each look in the banks: whether it knew a picture, and whether it could not tell."""
    told: list[Triaged] = await here.bodies(campaign, "triaged")
    found = [one for body in told for one in body.detections if one.detector == "dueprocess/banks"]
    return [(bool(one.score), one.failed) for one in found]


async def test_members_pictures_are_captured_each_once_and_known_from_a_bank(postgres: Database, tmp_path: Path):
    known, other, avif, private = a_file(1), a_file(2), a_file(3, "AVIF"), a_file(4)
    async with an_installation(postgres, tmp_path) as here, here.working():
        await a_bank(here, known)
        members = [
            a_member(here, 0, known),
            a_member(here, 1, other, known),
            a_member(here, 2, avif),
            a_member(here, 3, private, surface="private"),
            a_member(here, 4),
        ]
        campaign = await raids.opened(here, members)
        await here.reaches(campaign, "triaged")

        listed = await media.of_version(here.means.record, campaign, 1)
        assert {one.sha256 for one in listed} == {sha256(one).hexdigest() for one in (known, other, avif, private)}
        assert len(listed) == 4
        assert listed[-1].sha256 == sha256(private).hexdigest(), "what no machine may look at stands last"
        assert [one.missing for one in listed] == [None] * 4
        assert {await media.read(here.means.record, campaign, one) for one in listed} == {known, other, avif, private}
        assert await looked_for(here, campaign) == [(True, False)]


async def test_a_private_members_picture_is_looked_for_nowhere_and_one_that_is_gone_is_not_called_clean(
    postgres: Database, tmp_path: Path
):
    async with an_installation(postgres, tmp_path) as here, here.working():
        await a_bank(here, a_file(1))
        unseen = await raids.opened(here, [a_member(here, 0, a_file(1), surface="private")])
        await here.reaches(unseen, "triaged")
        assert await looked_for(here, unseen) == []
        gone = a_member(here, 1, a_file(2), kept=False)
        case_id = await raids.opened(here, [gone], name="raid-2")
        await here.reaches(case_id, "triaged")
        assert [one.missing for one in await media.of_version(here.means.record, case_id, 1)] == [Missing.GONE]
        assert await looked_for(here, case_id) == [(False, True)]


async def test_what_of_a_sample_was_not_delivered_is_asked_for_again_and_assessed_and_of_the_private_none_is_read(
    postgres: Database, tmp_path: Path
):
    """The sweep: a sample's pictures come late, each from its own member; machines look at those that they may look at."""
    known, private = a_file(1), a_file(2)
    async with an_installation(postgres, tmp_path) as here, http_client() as http:
        await a_bank(here, known)
        members = [a_member(here, 0, known), a_member(here, 1, private, surface="private")]
        campaign = await raids.opened(here, members)
        secret = here.settings.platform_secret.get_secret_value()
        platform = PlatformClient(http, here.settings.platform_url, secret, here.clock)
        house = House(here.means.record, platform, PictureReader(), at=here.clock())  # type: ignore[arg-type]
        asked_for = here.world.platform.faults
        asked_for.fault = Fault(
            wrong="500", paths=tuple(f"/subjects/content/raid-post-{n}/attachments" for n in (0, 1))
        )
        await take(here.means.record, campaign, [], house.at)
        with pytest.raises(PlatformAway):
            await house.capture.capture_evidence(stubs.CaptureEvidence(case_id=campaign, now=house.at))
        (version,) = await evidence.facts_of(here.means.record, campaign)
        assert bank_word(await house.assessed(campaign, version)) == FAILED, "nothing that nobody looked at is clean"

        asked_for.fault = HEALTHY
        house.at += timedelta(seconds=90)
        with house.reader:
            assert await house.sweeping.ask_for_late_media() == 1
        listed = await media.of_version(here.means.record, campaign, 1)
        assert {await media.read(here.means.record, campaign, one) for one in listed} == {known, private}
        (came,), _ = await take(here.means.record, campaign, [], house.at)
        assert (came.body.kind, came.body.attachments) == ("attachments_came", 1), "the other is people's alone"
        assert house.rung == [(campaign, came.body.number)]
        score, failed = bank_word(await house.assessed(campaign, version, came.body.number))
        assert (bool(score), failed) == (True, False), "the one that machines may look at is known"
        read = await picture_hashes.known(here.means.record, campaign, listed)
        assert set(read) == {sha256(known).hexdigest()}, "of the private one nothing was read"


async def test_a_campaigns_pictures_looked_at_veiled_count_as_looked_at_and_sharp_as_seen_clear(
    postgres: Database, tmp_path: Path
):
    async with an_installation(postgres, tmp_path) as here, here.working():
        members = [a_member(here, number, a_file(number)) for number in range(2)]
        campaign = await raids.opened(here, members, area="harassment")
        held = await here.claim(campaign)
        library = PackLibrary(here.means.in_force, "the platform")
        assert here.means.signing
        doors = Doors(here.means.record, here.means.client, here.clock, here.means.signing, AREAS, library=library)

        async def ask(level: Literal["masked", "grey"], attachment: int | None = None) -> tuple[int, int]:
            request = RevealRequest(stream=campaign, level=level, attachment=attachment, acknowledged=True)
            shown = (await doors.reveal(TENANT, "rev-1", request)).shown
            assert shown
            standing = await doors.wellbeing(TENANT, "rev-1")
            (load,) = (await doors.load(TENANT)).people
            assert (load.reviewer, load.units) == ("rev-1", standing.units)
            return len([one for one in shown.media if one.sight is Sight.VEILED]), standing.units

        assert (await doors.wellbeing(TENANT, "rev-1")).units == 0
        assert await ask("masked") == (2, 1), "both are shown veiled, and it counts"
        assert await ask("grey", 2) == (1, 2), "one sharp, though without colour and beside masked words"
        await here.doors.release(TENANT, "rev-1", held.lease_id)
        assert (await doors.wellbeing(TENANT, "rev-1")).units == 2, "given back, it was seen all the same"
        await doors.aclose()
