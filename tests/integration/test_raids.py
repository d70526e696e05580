"""Raids on a whole installation: what comes together meets in one campaign, opened once, by the pack's numbers."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from tests.integration.kit import TENANT, Installation, a_modules_installation, until
from workers.postgres_server import PostgresServer

# Long: likeness is told by bands of a keyed fingerprint, and in a short text one number of its own breaks too many of them.
OPENING = " ".join(
    ("Synthetic words of a raid that many accounts send:", *(f"word{n}" for n in range(90)), "and number")
)


@pytest.fixture(scope="module")
async def here(
    anyio_backend: str, postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installation]:
    async with a_modules_installation(postgres_server, tmp_path_factory, "raids") as installation:
        yield installation


async def reported(here: Installation, texts: dict[int, str], **place: str) -> list[str]:
    """Posts of these numbers, each by an account of its own, reported; their cases, assessed."""
    cases = []
    for number, text in texts.items():
        here.world.post(f"raid-{number}", text=text, author=f"raider-{number}", **place)
        cases.append((await here.report(f"raid-{number}", area="spam")).case_id)
    await asyncio.gather(*(here.reaches(case_id, "triaged") for case_id in cases))
    return cases


async def campaign_of(here: Installation, case_id: str) -> str | None:
    return (await here.doors.case(TENANT, case_id)).campaign


async def test_many_alike_contents_of_many_accounts_meet_in_one_campaign(here: Installation):
    cases = await reported(here, {number: f"{OPENING} {number}." for number in range(19)})
    assert {await campaign_of(here, case_id) for case_id in cases} == {None}

    cases += await reported(here, {number: f"{OPENING} {number}." for number in range(19, 24)})

    async def all_joined() -> bool:
        return None not in {await campaign_of(here, case_id) for case_id in cases}

    await until(all_joined)
    (campaign,) = {await campaign_of(here, case_id) for case_id in cases}
    assert campaign is not None
    shown = await here.doors.campaign(TENANT, campaign)
    assert (shown.members, shown.accounts) == (24, 24)
    await here.reaches(campaign, "triaged")
    assert len(await here.bodies(campaign, "signal_received")) == 1
    case = await here.doors.case(TENANT, campaign)
    assert [(task.task_id, task.queue) for task in case.tasks] == [("spam/1", "spam")]
    own = await here.doors.case(TENANT, cases[0])
    assert [task.task_id for task in own.tasks] == ["spam/1"], "a member's own case goes on"


async def test_many_accounts_in_one_community_meet_in_one_campaign_whatever_they_say(here: Installation):
    here.world._create("communities", {"id": "garden", "name": "Synthetic garden"})
    chance = random.Random(11)
    texts = {number: " ".join(f"{chance.getrandbits(40):x}" for _ in range(8)) for number in range(100, 120)}

    cases = await reported(here, texts, community_id="garden")

    async def all_joined() -> bool:
        return None not in {await campaign_of(here, case_id) for case_id in cases}

    await until(all_joined)
    (campaign,) = {await campaign_of(here, case_id) for case_id in cases}
    assert campaign is not None
    found = [one for case_id in cases for one in await here.bodies(case_id, "campaign_found")]
    assert {one.how for one in found} == {"together"}
    assert (await here.doors.campaign(TENANT, campaign)).accounts == 20
