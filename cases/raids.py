"""Raids found by rule: contents that come together, nearly the same or at one place, by many accounts, are one campaign."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Literal

from pydantic import AwareDatetime

from cases.durations import Duration, parse_duration
from cases.facts import Fact, Message


class RaidKind(StrEnum):
    """What makes it one."""

    ALIKE = "alike"  # the same to the letter, or nearly
    TOGETHER = "together"  # many accounts in one community, at one time


class CampaignRules(Message):
    """`[campaigns]` of a pack. The numbers are names of its thresholds, which tenants may set as any other.

    alike: so many items by so many accounts, the same or nearly, captured within this time. together: so many accounts with
    contents in question in one community within this time. late_members_for: so long after its decision who
    joins a campaign is carried out under it; then a fresh one opens.
    """

    alike_items: str
    alike_accounts: str
    alike_within: Duration = "PT1H"
    together_accounts: str
    together_within: Duration = "PT10M"
    late_members_for: Duration = "P7D"

    @property
    def thresholds(self) -> tuple[tuple[str, str], ...]:
        """Key and threshold, of each that has to be there and to be a whole number."""
        keys = ("alike_items", "alike_accounts", "together_accounts")
        return tuple((key, str(getattr(self, key))) for key in keys)

    def alike_since(self, now: datetime) -> datetime:
        """From when contents that are alike count."""
        return now - parse_duration(self.alike_within)

    def together_since(self, now: datetime) -> datetime:
        """From when contents in one community count."""
        return now - parse_duration(self.together_within)


class Crowd(Fact):
    """Contents that were captured lately and belong together, with the one in hand. accounts: who made them, each once."""

    items: int = 0
    accounts: int = 0


class RaidSeen(Fact):
    """What crossed the pack's numbers when a content was assessed. since: of what was counted. done: the campaign heard."""

    how: RaidKind
    items: int
    accounts: int
    since: AwareDatetime
    area: str
    done: bool = False


class CampaignFound(Fact):
    """By the pack's numbers this case's subject takes part in a campaign. campaign: its case; None where nothing is left."""

    kind: Literal["campaign_found"] = "campaign_found"
    how: RaidKind
    items: int
    accounts: int
    campaign: str | None


def raid_seen(
    rules: CampaignRules, limits: Mapping[str, float], alike: Crowd, together: Crowd, area: str, now: datetime
) -> RaidSeen | None:
    """Whether these are a raid; what is alike goes first, since it says more than coming to one place."""
    if alike.items >= limits[rules.alike_items] and alike.accounts >= limits[rules.alike_accounts]:
        return _seen(RaidKind.ALIKE, alike, rules.alike_since(now), area)
    if together.accounts >= limits[rules.together_accounts]:
        return _seen(RaidKind.TOGETHER, together, rules.together_since(now), area)
    return None


def campaign_name(how: RaidKind, first_case: str, captured_at: datetime) -> str:
    """The campaign that these contents open: named by its first and when it came, so that opening it twice is once."""
    return f"raid-{sha256(f'{how} {first_case} {captured_at.isoformat()}'.encode()).hexdigest()[:32]}"


def _seen(how: RaidKind, crowd: Crowd, since: datetime, area: str) -> RaidSeen:
    return RaidSeen(how=how, items=crowd.items, accounts=crowd.accounts, since=since, area=area)
