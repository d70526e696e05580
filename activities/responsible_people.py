"""People found responsible with a community: each one's account case hears of it. Effect: inbox rows of those cases."""

import logging
from collections.abc import Mapping
from datetime import datetime

import orjson

from activities import stubs
from activities.platform_client import Snapshot
from cases.copying import derived_id
from cases.decisions import SourceDecision
from cases.errors import KeyDestroyed, UnknownSomething
from cases.names import SubjectKind, case_workflow_id, person_key, subject_key, tenant_of
from cases.responsibility import ResponsibilityMessage
from record import evidence, fingerprints, inbox, review
from record.record import Record

logger = logging.getLogger(__name__)


class Brought:
    """What was brought: (case, inbox number) of those to ring for, how many cases, and how many people were left out."""

    def __init__(self) -> None:
        self.rings: list[tuple[str, int]] = []
        self.cases = self.left = 0


async def bring_to_responsible(record: Record, request: stubs.DecisionSpread, now: datetime) -> Brought:
    """An inbox row of each person's account case, which it may open. Repeatable: the message's id names decision and account.

    Nobody judges themselves (P5): the reviewer's own account is left to others; so is one whose id was erased since.
    """
    case_id, decision = request.case_id, request.decision
    tenant, source = tenant_of(case_id), SourceDecision(case_id=case_id, decision_id=decision.decision_id)
    secret = await record.keyring.subject_secret(tenant)
    known, brought = await _accounts(record, request, secret), Brought()
    own = await review.own_keys(record, tenant, decision.by)
    for one in decision.responsible:
        account_id = known.get(one.account)
        if account_id is None or person_key(secret, account_id) in own:
            logger.warning("a responsible person was left out", extra={"event": "responsible_left", "case_id": case_id})
            brought.left += 1
            continue
        account_case = case_workflow_id(tenant, SubjectKind.ACCOUNT, one.account)
        message = ResponsibilityMessage(
            message_id=f"part-{derived_id(source).removeprefix('copy-')}-{one.account}",
            responsible=one,
            decision=decision,
            matter=request.matter,
            source=source,
            reports=request.reports,
            notices=request.notices,
        )
        # Noted before it is brought, so that a reversal reaches every one of them.
        await fingerprints.note_derived(record, case_id, decision.decision_id, [account_case], now)
        accepted = await inbox.accept(
            record,
            tenant,
            account_case,
            SubjectKind.ACCOUNT,
            account_id,
            "responsibility_found",
            message.message_id,
            message,
            None,
            now,
        )
        brought.cases += 1
        if accepted.ring:
            brought.rings.append((account_case, accepted.number))
    return brought


async def _accounts(record: Record, request: stubs.DecisionSpread, secret: bytes) -> Mapping[str, str]:
    """Platform's ids by account key, of everybody in the version that was judged; none where it was erased."""
    try:
        content = await evidence.read(record, request.case_id, request.decision.evidence_version)
    except (KeyDestroyed, UnknownSomething):
        return {}
    snapshot = Snapshot.model_validate(orjson.loads(content))
    return {subject_key(secret, SubjectKind.ACCOUNT, one): one for one in snapshot.people()}
