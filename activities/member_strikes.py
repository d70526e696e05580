"""Strikes of a campaign's decision, page by page: counted, and brought on, with each. Effect: Postgres, rings."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from temporalio import activity

from activities.ladders import Ladders
from cases.case import Case
from cases.durations import parse_duration
from cases.measures import Order
from cases.names import tenant_of
from cases.reversals import REVERSAL
from record import member_strikes
from record.record import Record

AT_ONCE: Final = 100  # accounts counted in one transaction


class MemberStrikes:
    """What a batch's order means for the strikes of the accounts that it reaches. Every step is safe to repeat."""

    def __init__(self, record: Record, ladders: Ladders, now: Callable[[], datetime]) -> None:
        self._record, self._ladders, self._now = record, ladders, now

    async def follow(self, campaign: Case, order: Order) -> None:
        """Accounts on which the order took effect have their strike; with a reversal of the whole it counts no more."""
        if order.cause.startswith(REVERSAL):
            await self._lift(campaign, order.cause.removeprefix(REVERSAL))
        else:
            await self._leave(campaign, order)

    async def _leave(self, campaign: Case, order: Order) -> None:
        decision = next((one for one in campaign.decisions if one.decision_id == order.cause), None)
        if decision is None or not decision.strike or decision.reversed:
            return
        matter = campaign.matter(decision.matter_id)
        until = decision.decided_at + parse_duration(matter.terms.strike_lasts)
        while True:
            async with self._record.together(tenant_of(campaign.case_id)):
                struck = await member_strikes.strike(
                    self._record,
                    campaign.case_id,
                    decision.decision_id,
                    (order.order_id,),
                    matter.area,
                    decision.decided_at,
                    until,
                    AT_ONCE,
                )
                await self._ladders.recount(tenant_of(campaign.case_id), struck, self._now())
            if not struck:
                return
            activity.heartbeat()

    async def _lift(self, campaign: Case, reversal_id: str) -> None:
        reversal = next(one for one in campaign.reversals if one.reversal_id == reversal_id)
        while reversal.strike:
            async with self._record.together(tenant_of(campaign.case_id)):
                freed = await member_strikes.unstrike(self._record, campaign.case_id, reversal.decision_id, AT_ONCE)
                await self._ladders.recount(tenant_of(campaign.case_id), freed, self._now())
            if not freed:
                return
            activity.heartbeat()
