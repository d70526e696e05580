"""Brakes: whether a rule may act alone now, and what became of what rules did. Effect: Postgres, alarms."""

import logging
import time
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from opentelemetry import metrics

from activities.packs_in_force import PacksInForce
from cases.assessing import decision_id_of
from cases.assessments import Assessment, Triaged
from cases.brakes import Brake, Scope, Stop, acts, guarded, left, reversible, reviewed, stopped
from cases.case import Case
from cases.decisions import Outcome
from cases.events import CaseEvent, DecisionRecorded, DecisionReversed
from cases.names import kind_of, tenant_of
from cases.policy import PolicyPack
from cases.restraint import Braked
from record import brakes
from record.brakes import Act
from record.record import Record

logger = logging.getLogger(__name__)

STOPS_KNOWN_FOR_SECONDS: Final = 2.0  # an emergency stop takes effect within five seconds, this included
BY_CORRIDOR: Final = "corridor"


class Brakes:
    """Asked before a rule's answer is recorded. What it let through once it lets through again."""

    def __init__(self, record: Record, packs: PacksInForce) -> None:
        self._record = record
        self._packs = packs
        self._stops: dict[str, tuple[float, tuple[Stop, ...]]] = {}
        meter = metrics.get_meter("dueprocess")
        self._braked = meter.create_counter("dueprocess.automation_braked", description="rules held back, by reason")
        self._pages = meter.create_counter("dueprocess.pages", description="what a person must look at now")

    async def applied(
        self, case: Case, body: Triaged, account: str | None, now: datetime, *, protected: bool
    ) -> Triaged:
        """The answer as far as rules may act alone; the rest is left to people, and noted."""
        found: list[Assessment] = []
        notes: list[Braked] = []
        for one in body.assessments:
            kept, note = await self._judged(case, guarded(one) if protected else one, account, now, protected=protected)
            found.append(kept)
            notes += [note] if note else []
        return body.evolve(assessments=tuple(found), braked=tuple(notes)) if (notes or protected) else body

    async def taken_back(self, case_id: str, events: Iterable[CaseEvent], now: datetime) -> None:
        """Note what of a rule's doing was taken back by these events, and pause a rule that has left its corridor."""
        reversed_ids = [e.body.decision_id for e in events if isinstance(e.body, DecisionReversed)]
        decided = [e.body.decision for e in events if isinstance(e.body, DecisionRecorded)]
        cleared = [d.matter_id for d in decided if not d.automated and d.outcome is Outcome.NO_VIOLATION]
        if not reversed_ids and not cleared:
            return
        tenant = tenant_of(case_id)
        for rule_id in await brakes.note_taken_back(self._record, case_id, reversed_ids, cleared, now):
            pack = await self._packs.of(tenant, now)
            await self._look_at(tenant, pack, rule_id, now)

    async def _judged(
        self, case: Case, found: Assessment, account: str | None, now: datetime, *, protected: bool
    ) -> tuple[Assessment, Braked | None]:
        what = acts(found)
        if what is None or found.rule_id is None or not _acts_now(case, found):
            return found, None
        pack = await self._packs.pinned(case.tenant, found.terms.pack)
        rule, area = pack.rule(found.rule_id), pack.areas[pack.area_named(found.area)]
        exempt = rule is not None and rule.exempt_from_brakes
        brake = None if exempt else await self._brake(case.tenant, found, protected=protected)
        act = Act(
            case_id=case.case_id,
            matter_id=found.matter_id,
            what=what,
            rule_id=found.rule_id,
            area=found.area,
            account=account,
            decision_id=decision_id_of(found) if found.automatic else None,
        )
        brake = await brakes.reserve(self._record, act, brake, pack.caps, now, exempt=exempt)
        if brake is None:
            await self._look_at(case.tenant, pack, found.rule_id, now)
            return found, None
        if exempt:
            self._page(case.tenant, found.rule_id, "volume")
            return reversible(found, brake, area.hold_on(kind_of(case.case_id)), file_statements=area.transparency.file)
        self._braked.add(1, {"reason": brake.reason, "rule": found.rule_id, "tenant": case.tenant})
        return reviewed(found, brake, file_statements=area.transparency.file)

    async def _brake(self, tenant: str, found: Assessment, *, protected: bool) -> Brake | None:
        halted = stopped(await self._live(tenant), found.area, found.rule_id)
        return halted or (Brake(reason="protected") if protected else None)

    async def _live(self, tenant: str) -> tuple[Stop, ...]:
        known = self._stops.get(tenant)
        if known is None or time.monotonic() - known[0] > STOPS_KNOWN_FOR_SECONDS:
            known = (time.monotonic(), await brakes.stops(self._record, tenant))
            self._stops[tenant] = known
        return known[1]

    async def _look_at(self, tenant: str, pack: PolicyPack, rule_id: str, now: datetime) -> None:
        """Pause the rule if it has left its corridor. One that is exempt is not paused: it pages."""
        if pack.corridor is None:
            return
        counted = await brakes.counted(self._record, tenant, rule_id, now)
        why = left(pack.corridor, counted)
        rule = pack.rule(rule_id)
        if why is None:
            return
        if rule is not None and rule.exempt_from_brakes:
            self._page(tenant, rule_id, why)
            return
        reason = f"{why}: {counted.reversed} of {counted.acts} taken back, {counted.this_hour} in this hour"
        name = f"pause-{rule_id}-{now:%Y%m%dT%H%M%S%f}"
        paused = await brakes.put_stop(
            self._record, tenant, name, Scope.RULE, rule_id, "corridor", BY_CORRIDOR, reason, now
        )
        if paused:
            self._stops.pop(tenant, None)
            self._page(tenant, rule_id, why)

    def _page(self, tenant: str, rule_id: str, why: str) -> None:
        self._pages.add(1, {"rule": rule_id, "tenant": tenant, "why": why})
        logger.error("look at this rule now", extra={"event": "page", "rule_id": rule_id, "tenant": tenant, "why": why})


def _acts_now(case: Case, found: Assessment) -> bool:
    """Whether the case will do what the assessment says: a matter that is decided, or held already, hears nothing new."""
    known = next((matter for matter in case.matters if matter.matter_id == found.matter_id), None)
    return known is None or (known.open and known.hold_order is None and bool(found.hold))
