"""Why a case was judged as it was: its recorded facts before the packs its matters opened under."""

import asyncio

from api.errors import NotFound
from api.library import Library
from api.policy_messages import ExplanationAnswer
from api.tasks import case_of_stream
from cases.assessments import Assessment, Triaged
from cases.errors import BadInput, IdentityError, Problem
from cases.events import CaseEvent
from cases.explanations import AreaExplained, explained
from cases.names import parse_workflow_id
from cases.policy import PolicyPack
from record import events
from record.record import Record


async def explain_case(record: Record, library: Library, tenant: str, case_id: str) -> ExplanationAnswer:
    """Every assessment of the case, the earliest first. Raises BadInput for no case id, NotFound for another tenant's case."""
    try:
        name = parse_workflow_id(case_id)
    except IdentityError as error:
        raise BadInput([Problem("case_id", "", str(error), "use a case id as a receipt names it")]) from None
    if name.tenant != tenant or await case_of_stream(record, tenant, case_id) is None:
        raise NotFound("unknown_case", "case_id: there is no such case")
    asked = [
        (event, event.body, found)
        for event in await events.load(record, case_id)
        if isinstance(event.body, Triaged)
        for found in event.body.assessments
        if found.area in event.body.facts and not found.sources  # a ladder's step rests on strikes, not on facts
    ]
    areas = [
        await asyncio.to_thread(_explained, await library.pack(tenant, found.terms.pack), event, body, found)
        for event, body, found in asked
    ]
    return ExplanationAnswer(case_id=case_id, areas=tuple(areas))


def _explained(pack: PolicyPack, event: CaseEvent, body: Triaged, found: Assessment) -> AreaExplained:
    return explained(pack, event.event_id, event.occurred_at, body, found)
