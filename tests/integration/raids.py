"""A raid: many accounts with messages nearly alike, made from a seed. All of it is synthetic."""

import random

from api.requests import CampaignRequest
from cases.campaigns import MEMBERS_AT_ONCE, CampaignMember
from cases.messages import Subject
from cases.names import SubjectKind
from tests.integration.kit import TENANT, Installation

OPENING = "Synthetic words that sixty accounts send again and again, with number"


def make(here: Installation, accounts: int, messages: int, seed: int = 7) -> list[CampaignMember]:
    """The accounts and their messages at the platform; the members they make."""
    chance = random.Random(seed)
    for number in range(accounts):
        here.world.author(f"raid-{number}")
    members = []
    for number in range(messages):
        author = number % accounts if number < accounts else chance.randrange(accounts)
        values = {"id": f"raid-post-{number}", "author_id": f"account-raid-{author}", "text": f"{OPENING} {number}."}
        here.world._create("posts", values)
        members.append(
            CampaignMember(
                subject=Subject(kind=SubjectKind.CONTENT, id=f"raid-post-{number}"), account=f"account-raid-{author}"
            )
        )
    return members


async def opened(here: Installation, members: list[CampaignMember], area: str = "spam", name: str = "raid-1") -> str:
    """The campaign's case."""
    case_id = ""
    for start in range(0, len(members), MEMBERS_AT_ONCE):
        page = tuple(members[start : start + MEMBERS_AT_ONCE])
        request = CampaignRequest(
            message_id=f"c-{name}", name=name, area=area, members=page, complete=start + len(page) == len(members)
        )
        case_id = (await here.doors.join_campaign(TENANT, request)).case_id
    return case_id
