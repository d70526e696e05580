"""The doors' question before a person restricts somebody: whether their cap has room. The run asks again (P10)."""

from datetime import datetime

from api.errors import Refused
from api.library import Library
from cases.decisions import RESTRICTING, Outcome
from cases.person_caps import OVER_CAP
from cases.policy import PolicyError
from record import person_caps
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
    """Raises Refused with `over_cap`. Where no pack can be read there is no cap."""
    if outcome not in RESTRICTING:
        return
    try:
        cap = (await library.in_force(tenant, now)).caps.person
    except PolicyError:
        return
    if words := await person_caps.refused_at_door(record, stream_id, decision_id, reviewer, matter, cap, now):
        raise Refused(OVER_CAP, words)
