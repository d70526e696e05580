"""Campaigns at the doors: opened, joined, shown, paused; and a member that objects goes its own way."""

from collections.abc import Sequence
from typing import Final

from api.errors import NotFound
from api.impartiality import refuse_who_has_a_part
from api.intake import Clock
from api.operator_answers import CampaignAnswer, CampaignBatch, CampaignJoined, CampaignPaused
from api.requests import CampaignPause, CampaignRequest
from api.ringing import Ringer
from cases.campaigns import SplitOffMessage
from cases.case import Case
from cases.copying import split_id
from cases.decisions import Decision, SourceDecision
from cases.errors import BadInput, IdentityError, Problem
from cases.folding import fold_all
from cases.impartiality import PAUSE
from cases.matters import Matter
from cases.messages import AppealMessage, Detector, SignalMessage, Subject
from cases.names import SubjectKind, case_workflow_id, parse_workflow_id, person_key, subject_key, tenant_of
from record import campaigns, events, inbox, member_filings, member_strikes, people
from record.campaigns import Member
from record.growing import tell_of_members
from record.locking import locked_case
from record.notices import message_id_of
from record.record import Record

_BY_HAND: Final = Detector(vendor="dueprocess", name="campaign", version="1")


class Campaigning:
    """Doors of campaigns. areas: the policy areas there are."""

    def __init__(self, record: Record, ringer: Ringer, clock: Clock, areas: frozenset[str]) -> None:
        self._record, self._ringer, self._clock, self._areas = record, ringer, clock, areas

    async def join(self, tenant: str, request: CampaignRequest) -> CampaignJoined:
        """Members of a campaign, each once; with the last of them the case opens, or hears that more came."""
        if request.area not in self._areas:
            known = ", ".join(sorted(self._areas))
            raise BadInput([Problem("area", request.area, "is no area of the policy pack", f"one of {known}")])
        if any(member.subject.kind is SubjectKind.CAMPAIGN for member in request.members):
            raise BadInput([Problem("members", "campaign", "is no member of a campaign", "name its own members")])
        now = self._clock()
        secret = await self._record.keyring.subject_secret(tenant)
        kind = SubjectKind.CAMPAIGN
        case_id = case_workflow_id(tenant, kind, subject_key(secret, kind, request.name))
        try:
            joined = await campaigns.join(self._record, case_id, request.members, now)
        except campaigns.CampaignClosed as error:
            cure = "use another name: who comes now is a fresh campaign"
            raise BadInput([Problem("name", request.name, str(error), cure)]) from None
        grown = await tell_of_members(self._record, case_id, joined, now)
        if grown and grown.ring:
            self._ringer.ring_soon(case_id, grown.number)
        if request.complete:
            message = SignalMessage(
                message_id=request.message_id,
                subject=Subject(kind=kind, id=request.name),
                detector=_BY_HAND,
                scores={"campaign": 1.0},
                area=request.area,
            )
            accepted = await inbox.accept(
                self._record, tenant, case_id, kind, request.name, "signal", request.message_id, message, None, now
            )
            self._ringer.ring_soon(case_id, accepted.number, category=request.area)
        return CampaignJoined(case_id=case_id, message_id=request.message_id, joined=joined.new)

    async def show(self, tenant: str, case_id: str) -> CampaignAnswer:
        """How the campaign stands. Raises NotFound."""
        found = await campaigns.show(self._record, _own_campaign(tenant, case_id))
        if found is None:
            raise NotFound("unknown_case", "case_id: there is no such campaign")
        batches = tuple(CampaignBatch.model_validate(batch.model_dump()) for batch in found.batches)
        return CampaignAnswer(
            case_id=case_id, **{**found.model_dump(exclude={"batches", "paused_by"}), "batches": batches}
        )

    async def pause(
        self, tenant: str, operator: str, request: CampaignPause, accounts: Sequence[str] = ()
    ) -> CampaignPaused:
        """No further page goes out until it is resumed; what was sent stays. Raises NotFound, Refused (P5)."""
        case_id, at = _own_campaign(tenant, request.case_id), self._clock() if request.paused else None
        await refuse_who_has_a_part(self._record, tenant, operator, accounts, case_id, PAUSE, request)
        running = await campaigns.pause(self._record, case_id, at, operator)
        for workflow_id in running:
            self._ringer.ring_soon(workflow_id, 0)
        return CampaignPaused(case_id=case_id, paused=request.paused, batches=len(running))

    async def split_off(self, tenant: str, message: AppealMessage) -> AppealMessage:
        """An appeal of its maker about a member of a campaign moves the member to a case of its own, first.

        What the campaign imposed on it is that case's from then on. The appeal as that case hears it; any other as it came.
        Repeatable: asking again finds it done.
        """
        subject = message.subject
        if subject.kind is SubjectKind.CAMPAIGN:
            cure = "appeal about the content or account concerned; it gets a case of its own"
            raise BadInput([Problem("subject", "campaign", "is decided as one, and appealed one by one", cure)])
        secret = await self._record.keyring.subject_secret(tenant)
        key = subject_key(secret, subject.kind, subject.id)
        campaign = await campaigns.campaign_of(self._record, tenant, key)
        case = await self._case(campaign) if campaign else None
        decision = next((d for d in case.decisions if d.decision_id == message.decision_id), None) if case else None
        if campaign is None or case is None or decision is None:
            return message
        person = person_key(secret, message.appellant.reference)
        (member,) = await campaigns.named(self._record, campaign, [key])
        if member.person != person:
            return message  # a stranger moves nothing
        own = case_workflow_id(tenant, subject.kind, key)
        own_decision = split_id(SourceDecision(case_id=campaign, decision_id=decision.decision_id))
        accepted = None
        if not decision.reversed and not member.split:
            async with self._record.together(tenant):
                accepted = await self._gone(campaign, case.matter(decision.matter_id), decision, member, own)
                await people.keep_author(self._record, own, message.appellant)
        told = message_id_of(own, f"statement:{own_decision}", person)
        await campaigns.carry_telling_over(
            self._record, campaign, decision.decision_id, own, own_decision, person, told
        )
        if accepted and accepted.ring:
            self._ringer.ring_soon(own, accepted.number)
        return message.model_copy(update={"decision_id": own_decision})

    async def _gone(
        self, campaign: str, matter: Matter, decision: Decision, member: Member, own: str
    ) -> inbox.Acceptance:
        """The member's own case takes over: the measure, the statement that was filed, and of the last of them the strike."""
        tenant, now, key = tenant_of(campaign), self._clock(), member.member_key
        async with locked_case(self._record, campaign):  # its statement was owed before, or never will be there
            filed = await member_filings.filed_before(self._record, campaign, decision.decision_id, key)
            strike = await member_strikes.take_along(self._record, campaign, decision.decision_id, key)
            await campaigns.split(self._record, campaign, key, now)
        split = SplitOffMessage(
            message_id=f"split-{split_id(SourceDecision(case_id=campaign, decision_id=decision.decision_id))}-{key}"[
                :128
            ],
            campaign=campaign,
            decision=decision.evolve(
                enforcements=[one for one in decision.enforcements if one.target == "subject"],
                filed=filed,
                strike=strike,
            ),
            matter=matter,
        )
        return await inbox.accept(
            self._record, tenant, own, member.kind, member.id, "split_off", split.message_id, split, None, now
        )

    async def objections(self, case_id: str, message: AppealMessage) -> list[AppealMessage]:
        """A campaign's decision appealed by somebody concerned: everything they made in it goes its own way, each with an
        appeal of its own. The first keeps the message's id. Any other message as it came. Repeatable.
        """
        tenant = tenant_of(case_id)
        if message.subject.kind is not SubjectKind.CAMPAIGN:
            return [await self.split_off(tenant, message)]
        secret = await self._record.keyring.subject_secret(tenant)
        made = await campaigns.items_of(self._record, case_id, person_key(secret, message.appellant.reference))
        return [
            await self.split_off(
                tenant,
                message.model_copy(
                    update={
                        "subject": Subject(kind=one.kind, id=one.id),
                        "message_id": f"{message.message_id}-{number}" if number else message.message_id,
                    }
                ),
            )
            for number, one in enumerate(made)
        ]

    async def _case(self, case_id: str) -> Case:
        return fold_all(Case(case_id=case_id), await events.load(self._record, case_id))


def _own_campaign(tenant: str, case_id: str) -> str:
    """The case id, if it is a campaign of this tenant. Raises BadInput, NotFound."""
    try:
        name = parse_workflow_id(case_id)
    except IdentityError as error:
        raise BadInput([Problem("case_id", "", str(error), "use a case id as `campaign open` prints it")]) from None
    if name.tenant != tenant or not name.rest.startswith(f"{SubjectKind.CAMPAIGN}/"):
        raise NotFound("unknown_case", "case_id: there is no such campaign")
    return case_id
