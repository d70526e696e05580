"""The doors' question before an operator acts on a case: who they are on the platform, and whether they have a part (P5)."""

from collections.abc import Sequence

from pydantic import BaseModel

from api.errors import Refused
from cases.impartiality import refuse_act, refuse_own_cases
from record import conflicts
from record.record import Record


async def refuse_who_has_a_part(
    record: Record, tenant: str, operator: str, accounts: Sequence[str], case_id: str, act: str, message: BaseModel
) -> None:
    """Raises Refused with the code that claims have. accounts: the operator's own on the platform.

    act: the message's kind. Its run asks again when it takes the message: a raw update has no such door.
    """
    await conflicts.introduce(record, tenant, operator, accounts)
    parts = await conflicts.parts_of(record, tenant, operator, case_id)
    if refusal := refuse_act(act, message.model_dump(mode="json"), parts):
        raise Refused(refusal.code, refusal.text)


async def refuse_who_has_parts(
    record: Record, tenant: str, operator: str, accounts: Sequence[str], case_ids: Sequence[str]
) -> None:
    """The same of what changes many cases at once. Raises Refused, with how many there are."""
    await conflicts.introduce(record, tenant, operator, accounts)
    own = await conflicts.parts_among(record, tenant, operator, case_ids)
    if refusal := refuse_own_cases(own, len(case_ids)):
        raise Refused(refusal.code, refusal.text)
