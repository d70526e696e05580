"""Campaigns: one order carried out for every member, a page at a time. Effect: orders to the platform, as for any case."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final

from temporalio import activity
from temporalio.client import Client
from temporalio.common import Priority, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from activities import processes
from activities.enforcements import Enforcements
from activities.member_strikes import MemberStrikes
from activities.platform_client import PlatformAway, PlatformClient, person_of
from cases.campaigns import PAGE, batch_name, member_order
from cases.case import Case
from cases.folding import fold_all
from cases.measures import Order, Target
from cases.messages import Detector, SignalMessage, Subject
from cases.names import BATCH_WORKFLOW, CASES_TASK_QUEUE, SubjectKind, batch_workflow_id, case_workflow_id, tenant_of
from record import campaigns, events, inbox, people
from record.campaigns import Member
from record.measures_together import Asked
from record.record import Record

_EDITED: Final = Detector(vendor="dueprocess", name="edited-member", version="1")
AT_ONCE: Final = 25  # orders of one page under way together, issued and noted in one transaction each


class Campaigns:
    """Starts a campaign's batches and carries out their pages. per_second: orders of one batch, at most."""

    def __init__(
        self,
        record: Record,
        client: Client,
        platform: PlatformClient,
        enforcements: Enforcements,
        per_second: float,
        strikes: MemberStrikes,
        now: Callable[[], datetime],
        ring: Callable[[str, int], Awaitable[bool]],
    ) -> None:
        self._record, self._client, self._platform = record, client, platform
        self._enforcements, self._per_second, self._now = enforcements, per_second, now
        self._strikes, self._ring = strikes, ring

    @activity.defn
    async def start_batch(self, request: processes.BatchStart) -> None:
        """The batch's workflow, once, under its campaign's key; what it takes back goes no further."""
        tenant = tenant_of(request.case_id)
        workflow_id = batch_workflow_id(tenant, batch_name(request.case_id, request.order.order_id))
        await campaigns.begin_batch(
            *(self._record, request.case_id, request.order, workflow_id, request.stops, request.late_until, self._now())
        )
        try:
            await self._client.start_workflow(
                BATCH_WORKFLOW,
                request,
                id=workflow_id,
                task_queue=CASES_TASK_QUEUE,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                static_summary="One order of a campaign, member by member",
                priority=Priority(priority_key=4, fairness_key=tenant),
            )
        except WorkflowAlreadyStartedError:
            return

    @activity.defn
    async def carry_out_page(self, request: processes.BatchStart) -> processes.BatchPage:
        """At most one page of members. What an attempt that died had confirmed is not done again; what it had only sent is
        sent again under the same id and version, and the platform knows it. Raises PlatformAway after all others were tried.
        """
        case_id, order = request.case_id, request.order
        if held := await self._held(request):
            return held.evolve(after=request.after)
        targets = await campaigns.next_targets(self._record, case_id, order, PAGE, request.after)
        if not targets and request.after:
            return processes.BatchPage(state="more")  # from the start again: who joined meanwhile is found there
        if not targets:
            return await self._ended(request, stopped=False)
        if order.target is Target.AUTHOR or order.impose:
            await self._keep_people(case_id, targets)
        done = failed = 0
        at_once = max(1, min(AT_ONCE, int(self._per_second)))
        for start in range(0, len(targets), at_once):
            began = asyncio.get_running_loop().time()
            some = targets[start : start + at_once]
            outcomes = await self._carry_out(request, some)
            done, failed = done + sum(outcomes), failed + outcomes.count(False)
            activity.heartbeat(done)
            if held := await self._held(request):
                return held.evolve(orders=done, after=request.after)
            spent = asyncio.get_running_loop().time() - began
            await asyncio.sleep(max(0.0, len(some) / self._per_second - spent))
        await self._strikes.follow(await self._campaign(case_id), order)
        if failed:
            raise PlatformAway(f"the platform did not confirm {failed} of {len(targets)} orders", "unconfirmed")
        return processes.BatchPage(state="more", orders=done, after=targets[-1].target_key)

    async def _held(self, request: processes.BatchStart) -> processes.BatchPage | None:
        gate = await campaigns.gate(self._record, request.case_id, request.order.order_id)
        if gate.stopped:
            return await self._ended(request, stopped=True)
        if gate.paused:
            return processes.BatchPage(state="paused")
        return processes.BatchPage(state="waiting") if gate.before else None

    async def _ended(self, request: processes.BatchStart, *, stopped: bool) -> processes.BatchPage:
        await self._strikes.follow(await self._campaign(request.case_id), request.order)
        await campaigns.end_batch(self._record, request.case_id, request.order.order_id, self._now())
        shown = await campaigns.show(self._record, request.case_id)
        batch = next(one for one in shown.batches if one.order_id == request.order.order_id) if shown else None
        confirmed, void = (batch.confirmed, batch.void) if batch else (0, 0)
        return processes.BatchPage(state="stopped" if stopped else "done", confirmed=confirmed, void=void)

    async def _carry_out(self, request: processes.BatchStart, members: Sequence[Member]) -> list[bool]:
        """Each member's own order, through the same door as any. False where the platform has to be asked again."""
        wanted = [_wanted(request.order, member) for member in members]
        splitting = bool(request.order.impose) and request.order.target is Target.SUBJECT

        async def take_part() -> set[str]:
            keys = {one.member_key: asked.order.order_id for one, asked in zip(members, wanted, strict=True)}
            return {keys[key] for key in await campaigns.take_part(self._record, request.case_id, list(keys))}

        answers = await self._enforcements.carry_out_together(request.case_id, wanted, take_part if splitting else None)
        for asked, member, answer in zip(wanted, members, answers, strict=True):
            if answer is not None and answer.how == "edited":
                await self._reassessed(request.case_id, asked.order, member)
        return [answer is not None for answer in answers]

    async def _reassessed(self, case_id: str, order: Order, member: Member) -> None:
        """What stands there now is not what the campaign is about: its own case looks at it. Once for each order."""
        campaign, tenant = await self._campaign(case_id), tenant_of(case_id)
        own = case_workflow_id(tenant, member.kind, member.member_key)
        message = SignalMessage(
            message_id=f"edited-{batch_name(case_id, order.order_id)}",
            subject=Subject(kind=member.kind, id=member.id),
            detector=_EDITED,
            scores={"campaign": 1.0},
            area=campaign.matter(campaign.decision(order.cause).matter_id).area,
        )
        accepted = await inbox.accept(
            self._record, tenant, own, member.kind, member.id, "signal", message.message_id, message, None, self._now()
        )
        if accepted.ring:
            await self._ring(own, accepted.number)

    async def _campaign(self, case_id: str) -> Case:
        return fold_all(Case(case_id=case_id), await events.load(self._record, case_id))

    async def _keep_people(self, case_id: str, members: Sequence[Member]) -> None:
        """How the members' authors can be reached, asked of the platform once for each: they are told when all is done."""
        accounts = {one.person: one.account for one in members if one.person and one.account}
        for person in sorted(await campaigns.without_contact(self._record, case_id, list(accounts))):
            account = accounts[person]
            snapshot = await self._platform.snapshot(SubjectKind.ACCOUNT, account)
            author = snapshot.author if snapshot else None
            await people.keep_author(self._record, case_id, person_of(account, author))
            activity.heartbeat()


def _wanted(order: Order, member: Member) -> Asked:
    """The member's own order, or its account's."""
    own = member_order(order, member.target_key, member.content_version)
    if order.target is Target.AUTHOR:
        return Asked(own, SubjectKind.ACCOUNT, member.account or "")
    return Asked(own, member.kind, member.id)
