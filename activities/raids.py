"""Raids: what the pack's numbers found together becomes members of one campaign. Effect: rows, an inbox row, and a ring."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final

from temporalio import activity

from activities import stubs
from cases.campaigns import MEMBERS_AT_ONCE, CampaignMember
from cases.messages import Detector, SignalMessage, Subject
from cases.names import SubjectKind, case_workflow_id, subject_key, tenant_of
from cases.raids import RaidSeen, campaign_name
from record import campaigns, evidence, fingerprints, inbox, people
from record.growing import tell_of_members
from record.record import Record

Ring = Callable[[str, int], Awaitable[bool]]

CAMPAIGN: Final = "campaign"  # the label: many came together


class Raids:
    """Finds or opens the campaign. Two contents that cross at one time meet in one, since one looks after the other."""

    def __init__(self, record: Record, ring: Ring, now: Callable[[], datetime]) -> None:
        self._record, self._ring, self._now = record, ring, now

    @activity.defn
    async def join_campaign(self, request: stubs.CampaignWanted) -> stubs.CampaignAnswer:
        """Make this content and what came with it members: of the campaign that one of them is in, else of a new one; so too
        where that was decided and its time for late members is over.

        Running it again finds them joined. A member's case goes on as it was.
        """
        case_id, raid, now = request.case_id, request.raid, self._now()
        number = None
        async with self._record.together(tenant_of(case_id)):
            await campaigns.one_at_a_time(self._record, tenant_of(case_id))
            along = await fingerprints.came_along(self._record, case_id, raid.how, raid.since, MEMBERS_AT_ONCE)
            known = await campaigns.campaigns_of(self._record, case_id, list(along), now)
            if case_id in known and not known[case_id].open:
                return stubs.CampaignAnswer(campaign=known[case_id].campaign)
            theirs = min((one.campaign for one in known.values() if one.open), default=None)
            campaign = known[case_id].campaign if case_id in known else theirs
            joining = {one: at for one, at in along.items() if one not in known}
            if campaign is None:
                campaign, number = await self._opened(case_id, raid, joining, now)
            if members := await self._members(list(joining), along):
                joined = await campaigns.join(self._record, campaign, members, now)
                grown = await tell_of_members(self._record, campaign, joined, now)
                number = grown.number if grown and grown.ring else number
        if number is not None:
            await self._ring(campaign, number)
        return stubs.CampaignAnswer(campaign=campaign)

    async def _opened(
        self, case_id: str, raid: RaidSeen, along: Mapping[str, datetime], now: datetime
    ) -> tuple[str, int | None]:
        """The campaign's case; and the number of its inbox row, where it has to be rung for."""
        tenant, kind = tenant_of(case_id), SubjectKind.CAMPAIGN
        first = min(along, key=lambda one: (along[one], one), default=case_id)
        name = campaign_name(raid.how, first, along.get(first, now))
        secret = await self._record.keyring.subject_secret(tenant)
        campaign = case_workflow_id(tenant, kind, subject_key(secret, kind, name))
        message = SignalMessage(
            message_id=name,
            subject=Subject(kind=kind, id=name),
            detector=Detector(vendor="dueprocess", name=f"raid-{raid.how}", version="1"),
            scores={CAMPAIGN: 1.0},
            area=raid.area,
        )
        accepted = await inbox.accept(self._record, tenant, campaign, kind, name, "signal", name, message, None, now)
        return campaign, accepted.number if accepted.ring else None

    async def _members(self, joining: list[str], seen: Mapping[str, datetime]) -> list[CampaignMember]:
        """As their own cases know them."""
        found = []
        for case_id in joining:
            subject = await inbox.subject_of(self._record, case_id)
            author = await people.author_of(self._record, case_id)
            captured = await evidence.facts_of(self._record, case_id)
            found.append(
                CampaignMember(
                    subject=subject,
                    account=author.who.account_id if author and author.who else None,
                    content_version=(captured[-1].content_version or None) if captured else None,
                    seen_at=seen[case_id],
                )
            )
        return found
