"""Doors of wellbeing: where one stands, what one does not want to see, and load for whoever arranges the work."""

from datetime import timedelta
from typing import Final

from api.care_messages import (
    DespiteLine,
    FiguresRead,
    LoadAnswer,
    OptOutRequest,
    PersonLoad,
    UnstaffedLine,
    WellbeingAnswer,
)
from api.intake import Clock
from api.problems import nearest
from cases.errors import BadInput, Problem
from record import care, probes, reviewers
from record.record import Record

LOOKED_BACK: Final = timedelta(days=7)
FIGURES_TOLD: Final = timedelta(days=90)  # for so long a reviewer is told who read figures about them


class Caring:
    """areas: that a reviewer may opt out of."""

    def __init__(self, record: Record, clock: Clock, areas: frozenset[str]) -> None:
        self._record, self._clock, self._areas = record, clock, areas

    async def wellbeing(self, tenant: str, reviewer: str) -> WellbeingAnswer:
        """Where this reviewer stands."""
        now = self._clock()
        standing = (await reviewers.standings(self._record, tenant, [reviewer], now))[reviewer]
        strain, rules = standing.strain, self._record.wellbeing
        return WellbeingAnswer(
            at=now,
            units=strain.units,
            units_per_day=rules.units_per_day,
            since_break=strain.since_break,
            break_after_units=rules.break_after_units,
            stretch_since=strain.stretch_since,
            break_until=strain.break_until,
            not_now=strain.areas,
            change_until=strain.changed_at,
            enough_of=strain.severities,
            day_ends=strain.day_ends,
            opted_out=standing.opted_out,
            areas=tuple(sorted(self._areas)),
            figures_read=tuple(
                FiguresRead.model_validate(one.model_dump())
                for one in await probes.reads(self._record, tenant, now - FIGURES_TOLD)
            ),
        )

    async def opt_out(self, tenant: str, reviewer: str, request: OptOutRequest) -> WellbeingAnswer:
        """From now on these areas are not shown to them. What they hold they may give back. Raises BadInput."""
        if unknown := sorted(set(request.areas) - self._areas):
            raise BadInput(
                [Problem("areas", one, "is no area of the policy pack", nearest(one, self._areas)) for one in unknown]
            )
        await care.opt_out(self._record, tenant, reviewer, request.areas, self._clock())
        return await self.wellbeing(tenant, reviewer)

    async def load(self, tenant: str) -> LoadAnswer:
        """Who carries what, and whether anybody is left for what is severe."""
        now, rules = self._clock(), self._record.wellbeing
        people = await care.people(self._record, tenant, now)
        despite = await care.taken_despite_limits(self._record, tenant, now - LOOKED_BACK)
        return LoadAnswer(
            at=now,
            units_per_day=rules.units_per_day,
            break_after_units=rules.break_after_units,
            people=tuple(
                PersonLoad(
                    reviewer=name,
                    units=standing.strain.units,
                    since_break=standing.strain.since_break,
                    break_until=standing.strain.break_until,
                    held=standing.held,
                )
                for name, standing in sorted(people.items())
            ),
            unstaffed=await self.unstaffed(tenant),
            despite_limits=tuple(
                DespiteLine(reviewer=one.reviewer, stream=one.stream_id, task_id=one.task_id, at=one.claimed_at)
                for one in despite
            ),
        )

    async def unstaffed(self, tenant: str) -> tuple[UnstaffedLine, ...]:
        """What is severe, waits, and nobody known here may take now."""
        found = await care.unstaffed(self._record, tenant, self._clock())
        return tuple(UnstaffedLine.model_validate(one.model_dump()) for one in found)
