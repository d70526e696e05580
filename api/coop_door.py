"""Coop's doors on ours: its report, appeal and callbacks, each taken by the door that has its meaning.

A report or appeal is committed before it is answered (Coop's own server answers before it enqueues:
roostorg/coop, server/routes/reporting/submitReport.ts). A moderator's action is a claim and a decision, under the same
rules as any reviewer's.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from api.answers import DecisionAccepted, Receipt
from api.doors import Doors
from api.errors import NotFound, NotYours, Refused, ServiceUnavailable
from api.peers.coop import (
    CoopAction,
    CoopAppeal,
    CoopAppealDecision,
    CoopReport,
    area_of,
    checked_id,
    cut,
    digest_of,
    own_id,
    report_id_of,
    report_message,
    signals_of,
    subject_of,
)
from api.peers.coop_map import ActionMeaning, CoopMaps, CoopTenant
from api.requests import ClaimRequest, DecisionRequest
from cases.appeals import AppealStage
from cases.case import Case
from cases.decisions import RESTRICTING, Decision, Outcome
from cases.errors import BadInput, Problem
from cases.matters import Matter
from cases.messages import AppealMessage, Person, ReportMessage, ReportSource, Subject
from cases.named_rules import rule_of
from cases.names import appeal_workflow_id

OPENING_SECONDS: Final = 5  # until a case that a callback opened has a task; Coop delivers again by itself
_NO_TABLE: Final = CoopTenant()
Asked = Callable[..., DecisionRequest]


class CoopDoor:
    """Coop's payloads for every tenant. maps: their tables; a tenant without one has the plain names only."""

    def __init__(self, doors: Doors, maps: CoopMaps) -> None:
        self._doors = doors
        self._maps = maps

    def table(self, tenant: str) -> CoopTenant:
        """The tenant's table."""
        return self._maps.get(tenant, _NO_TABLE)

    def policies(self, tenant: str) -> Sequence[Mapping[str, str | None]]:
        """What `GET /api/v1/policies/` lists: the tenant's own policy ids, else our areas."""
        names = self.table(tenant).policies or self._doors.areas
        return [{"id": name, "name": name, "parentId": None} for name in sorted(names)]

    def read_report(self, tenant: str, payload: CoopReport, raw: bytes) -> tuple[str, ReportMessage]:
        """The report id Coop would give, and the report as ours. The same body again is the same report."""
        report_id = report_id_of(tenant, raw)
        return report_id, report_message(payload, report_id, self.table(tenant), self._doors.areas)

    async def appeal(self, tenant: str, payload: CoopAppeal) -> Receipt:
        """An appeal against the decision that Coop's `actionsTaken` and `violatingPolicies` point to, else the latest."""
        table = self.table(tenant)
        subject = subject_of(payload.actioned_item, "actionedItem", table)
        case = await self._doors.story(tenant, subject)
        decision = _appealed(case, payload, table) if case else None
        if decision is None:
            cure = "appeal what was decided here: check id and typeId"
            raise BadInput([Problem("actionedItem.id", "", "no decision about it stands", cure)])
        message = AppealMessage(
            message_id=own_id(payload.appeal_id),
            subject=subject,
            decision_id=decision.decision_id,
            appellant=Person(account_id=checked_id(payload.appealed_by.id, "appealedBy.id")),
            grounds=cut(payload.appeal_reason),
        )
        return await self._doors.appeal(tenant, message)

    async def action(self, tenant: str, payload: CoopAction, raw: bytes) -> Receipt | DecisionAccepted:
        """A callback of an action: a moderator's is a decision, a rule's or a strike threshold's a signal.

        Raises ServiceUnavailable while the case it is about is being opened: Coop delivers again by itself.
        """
        table, digest = self.table(tenant), digest_of(raw)
        subject = subject_of(payload.item, "item", table)
        area = area_of([one.id for one in payload.policies], table, self._doors.areas)
        if payload.actor_email is None:
            receipts = [await self._doors.signal(tenant, one) for one in signals_of(payload, digest, subject, area)]
            return receipts[0]
        meaning = table.actions.get(payload.action.id)
        if meaning is None:
            cure = f"add [<tenant>.actions.{payload.action.id[:60]!r}] to DUEPROCESS_COOP_FILE"
            raise BadInput([Problem("action.id", payload.action.id[:60], "is no action of this tenant's table", cure)])
        return await self._decide(tenant, payload, meaning, subject, area, f"coop-{digest}")

    async def appeal_decision(self, tenant: str, payload: CoopAppealDecision) -> DecisionAccepted:
        """A callback of an appeal heard in Coop. Raises Refused unless the tenant says who hears appeals there."""
        reviewer = self.table(tenant).appeal_reviewer
        if reviewer is None:
            raise Refused(
                "own_decision",
                "Coop does not say who heard the appeal, so it cannot be shown that it was another person (DSA Art. 20(6)); "
                "hear it here, or name in appeal_reviewer the people who hear appeals and take no first decisions",
            )
        appeal_id, table = own_id(payload.appeal_id), self.table(tenant)
        case = await self._doors.story(tenant, subject_of(payload.item, "item", table))
        heard = [one for one in case.appeals if one.appeal_id == appeal_id] if case else []
        if case and heard and heard[0].stage is not AppealStage.OPENED:
            return _known(f"coop-{appeal_id}", case)
        outcome = Outcome.REVERSED if payload.appeal_decision == "ACCEPT" else Outcome.UPHELD
        ask = partial(
            DecisionRequest,
            decision_id=own_id(f"coop-{appeal_id}"),
            outcome=outcome,
            rationale=f"Heard in Coop: {payload.appeal_decision}.",
        )
        stream = appeal_workflow_id(tenant, appeal_id)
        return await self._claimed(tenant, reviewer, (), stream, "appeal", ask)

    async def _decide(
        self, tenant: str, payload: CoopAction, meaning: ActionMeaning, subject: Subject, area: str, decision_id: str
    ) -> DecisionAccepted:
        case = await self._doors.story(tenant, subject)
        if case and any(one.decision_id == decision_id for one in (*case.decisions, *case.proposals)):
            return _known(decision_id, case)
        matter = _open_matter(case, area) if case else None
        if case is None or matter is None:
            await self._open(tenant, case, subject, area, decision_id)
            text = "the case is being opened; deliver the action again in a few seconds"
            raise ServiceUnavailable(text, retry_after_seconds=OPENING_SECONDS)
        restricts = meaning.outcome in RESTRICTING
        ask = partial(
            DecisionRequest,
            decision_id=decision_id,
            outcome=meaning.outcome,
            rationale=cut(payload.decision_reason or payload.actor_note)
            or f"Decided in Coop: {payload.action.id[:60]}.",
            ground=matter.terms.ground if restricts else None,
            rule_id=rule_of(matter) if restricts else None,
            enforcements=meaning.enforcements,
        )
        who = payload.actor_email or ""
        reviewer = self.table(tenant).reviewers.get(who) or f"coop-{await self._doors.pseudonym(tenant, who)}"
        return await self._claimed(tenant, reviewer, (who,), case.case_id, matter.matter_id, ask)

    async def _open(self, tenant: str, case: Case | None, subject: Subject, area: str, decision_id: str) -> None:
        """A decision in Coop on what nobody brought here: it is brought, without a reporter. Raises Refused if decided."""
        if case and any(one.area == area and not one.open for one in case.matters):
            raise Refused("already_decided", "item: this was decided here before; appeal or reverse that decision")
        message = ReportMessage(message_id=f"{decision_id}-open", subject=subject, area=area, source=ReportSource.OTHER)
        await self._doors.report(tenant, message)

    async def _claimed(
        self,
        tenant: str,
        reviewer: str,
        accounts: Sequence[str],
        stream: str,
        task_id: str,
        ask: Callable[..., DecisionRequest],
    ) -> DecisionAccepted:
        """Claim, decide, and give the task back if the decision is not taken. ask: the decision, but for its token."""
        wanted = ClaimRequest(stream=stream, task_id=task_id)
        named = self.table(tenant).named_roles.get(reviewer, frozenset())
        try:
            claimed = await self._doors.claim(tenant, reviewer, wanted, accounts, named)
        except NotFound:
            claimed = None
        if claimed is None:
            text = "no task about it is open, or not yet; deliver it again in a few seconds"
            raise ServiceUnavailable(text, retry_after_seconds=OPENING_SECONDS)
        try:
            return await self._doors.decide(tenant, reviewer, ask(token=claimed.token))
        except (Refused, NotYours, BadInput):
            await self._doors.release(tenant, reviewer, claimed.lease_id)
            raise


def _known(decision_id: str, case: Case) -> DecisionAccepted:
    text = "It was decided before; what was recorded first stands."
    return DecisionAccepted(decision_id=decision_id, case_id=case.case_id, status="known", next=text)


def _appealed(case: Case, payload: CoopAppeal, table: CoopTenant) -> Decision | None:
    """The decision meant: named by its id among the actions, else of a policy's area, else the latest that stands."""
    standing = [one for one in case.decisions if not one.reversed]
    named = [one for one in standing if one.decision_id in payload.actions_taken]
    areas = {table.policies[one.id].area if one.id in table.policies else one.id for one in payload.violating_policies}
    of_policy = [one for one in standing if one.matter_id.partition("/")[0] in areas]
    return next((group[-1] for group in (named, of_policy, standing) if group), None)


def _open_matter(case: Case, area: str) -> Matter | None:
    """The open matter of this area, or the only one there is: Coop may name no policy."""
    open_ = [one for one in case.matters if one.open]
    of_area = [one for one in open_ if one.area == area]
    return of_area[-1] if of_area else open_[0] if len(open_) == 1 else None
