"""The doors' question before a person restricts somebody: whether their cap has room. The run asks again (P10)."""

from datetime import datetime

from api.errors import Refused
from api.library import Library
from cases.case import Case
from cases.decisions import RESTRICTING, Outcome
from cases.folding import fold_all
from cases.person_caps import OVER_CAP
from cases.policy import PolicyError
from record import events, person_caps
from record.record import Record


async def refuse_over_cap(
    record: Record,
    library: Library,
    tenant: str,
    reviewer: str,
    stream_id: str,
    matter: str,
    decision_id: str,
    outcome: Outcome,
    now: datetime,
) -> None:
    """Raises Refused with `over_cap`, but for what is decided already. No pack to be read: no cap."""
    if outcome not in RESTRICTING:
        return
    try:
        cap = (await library.in_force(tenant, now)).caps.person
    except PolicyError:
        return
    if not cap.limits:
        return
    case = fold_all(Case(case_id=stream_id), await events.load(record, stream_id))
    if any(one.decision_id == decision_id for one in case.asked):
        return
    if words := await person_caps.refused_at_door(record, stream_id, reviewer, matter, cap, now):
        raise Refused(OVER_CAP, words)
