"""Brakes: whether a rule may act alone now, and what became of what rules did. Effect: Postgres, alarms."""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from opentelemetry import metrics

from activities.packs_in_force import PacksInForce
from cases.assessing import decision_id_of
from cases.assessments import Assessment, Triaged
from cases.brakes import Brake, Counted, Left, Scope, acts, guarded, left, reversible, reviewed
from cases.caps import Cap
from cases.case import Case
from cases.decisions import Outcome
from cases.events import CaseEvent, DecisionRecorded, DecisionReversed
from cases.names import kind_of, tenant_of
from cases.policy import PolicyError, PolicyPack
from cases.restraint import Braked
from cases.severity import Severity
from record import brakes
from record.brakes import Act
from record.record import Record

logger = logging.getLogger(__name__)

BY_CORRIDOR: Final = "corridor"


class Brakes:
    """Asked before a rule's answer is recorded. What it let through once it lets through again."""

    def __init__(self, record: Record, packs: PacksInForce) -> None:
        self._record = record
        self._packs = packs
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
        noted = (*body.braked, *notes)
        return body.evolve(assessments=tuple(found), braked=noted) if (notes or protected) else body

    async def cap_of_people(self, tenant: str, now: datetime) -> Cap:
        """How much a person may restrict; as much as they like where no pack can be read: mail is taken whatever happens."""
        try:
            return (await self._packs.of(tenant, now)).caps.person
        except PolicyError:
            return Cap()

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
            why, counted = await self._left(tenant, pack, rule_id, now)
            if why == "reversals":  # what grew is seen when it acts
                await self._pause(tenant, pack, rule_id, why, counted, now)

    async def _judged(
        self, case: Case, found: Assessment, account: str | None, now: datetime, *, protected: bool
    ) -> tuple[Assessment, Braked | None]:
        what = acts(found)
        if what is None or found.rule_id is None or not _acts_now(case, found):
            return found, None
        pack = await self._packs.pinned(case.tenant, found.terms.pack)
        rule, area = pack.rule(found.rule_id), pack.areas[pack.area_named(found.area)]
        hold = area.hold_on(kind_of(case.case_id))
        act = Act(
            case_id=case.case_id,
            matter_id=found.matter_id,
            what=what,
            rule_id=found.rule_id,
            area=found.area,
            account=account,
            decision_id=decision_id_of(found) if found.automatic else None,
            exempt=rule is not None and rule.exempt_from_brakes,
            severe=found.terms.severity <= Severity.S1 and (bool(found.hold) or hold is not None),
            protected=protected,
        )
        brake = await brakes.reserve(self._record, act, pack.caps, now) or await self._outgrown(act, pack, now)
        if brake is None:
            return found, None
        if act.goes_on(brake):
            self._page(case.tenant, found.rule_id, "volume")
            return reversible(found, brake, hold, file_statements=area.transparency.file)
        self._braked.add(1, {"reason": brake.reason, "rule": found.rule_id, "tenant": case.tenant})
        return reviewed(found, brake, file_statements=area.transparency.file)

    async def _outgrown(self, act: Act, pack: PolicyPack, now: datetime) -> Brake | None:
        """After an act that was let: whether its rule has left its corridor. By volume alone a severe one does not pause."""
        tenant = tenant_of(act.case_id)
        why, counted = await self._left(tenant, pack, act.rule_id, now)
        if why == "growth" and (act.exempt or act.severe):
            return Brake(reason="cap", name="growth")
        if why is not None:
            await self._pause(tenant, pack, act.rule_id, why, counted, now)
        return None

    async def _left(self, tenant: str, pack: PolicyPack, rule_id: str, now: datetime) -> tuple[Left | None, Counted]:
        if pack.corridor is None:
            return None, Counted(acts=0, reversed=0, this_hour=0)
        counted = await brakes.counted(self._record, tenant, rule_id, now)
        return left(pack.corridor, counted), counted

    async def _pause(
        self, tenant: str, pack: PolicyPack, rule_id: str, why: Left, counted: Counted, now: datetime
    ) -> None:
        """The rule pauses, and pages. One that is exempt only pages."""
        rule = pack.rule(rule_id)
        if rule is not None and rule.exempt_from_brakes:
            self._page(tenant, rule_id, why)
            return
        reason = f"{why}: {counted.reversed} of {counted.acts} taken back, {counted.this_hour} in this hour"
        name = f"pause-{rule_id}-{now:%Y%m%dT%H%M%S%f}"
        paused = await brakes.put_stop(
            self._record, tenant, name, Scope.RULE, rule_id, "corridor", BY_CORRIDOR, reason, now
        )
        if paused:
            self._page(tenant, rule_id, why)

    def _page(self, tenant: str, rule_id: str, why: str) -> None:
        self._pages.add(1, {"rule": rule_id, "tenant": tenant, "why": why})
        logger.error("look at this rule now", extra={"event": "page", "rule_id": rule_id, "tenant": tenant, "why": why})


def _acts_now(case: Case, found: Assessment) -> bool:
    """Whether the case will do what the assessment says: a matter that is decided, or held already, hears nothing new."""
    known = next((matter for matter in case.matters if matter.matter_id == found.matter_id), None)
    return known is None or (known.open and known.hold_order is None and bool(found.hold))
