"""Pictures of a campaign's members: captured with its sample, known from banks, shown like a case's own. Drawn, synthetic."""

import io
from hashlib import sha256
from pathlib import Path
from typing import Any

from PIL import Image

from activities.picture_decoding import hashed
from api.bank_messages import BankEntriesRequest, BankRequest
from api.banking import Banking
from cases.campaigns import CampaignMember
from cases.events import Triaged
from cases.media import Missing
from cases.messages import Subject
from cases.names import SubjectKind
from record import media
from tests.conftest import Database
from tests.integration import raids
from tests.integration.kit import TENANT, Installation, an_installation
from workers.synthetic_pictures import picture


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
