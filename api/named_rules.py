"""The rule that a violation is said to rest on: one that its pack knows, so that whoever asks later finds it (P8)."""

from collections.abc import Collection
from datetime import datetime

from api.library import Library
from api.problems import nearest
from cases.case import Case
from cases.errors import BadInput, Problem, UnknownSomething
from cases.folding import fold_all
from cases.named_rules import rule_of, rules_of, unknown_rule
from cases.names import tenant_of
from cases.policy import PolicyError
from record import events
from record.record import Record


async def refuse_unknown_rule(
    record: Record, library: Library, case_id: str, matter_id: str, rule_id: str, at: datetime
) -> None:
    """A rule of the matter's area, in the pack in force or in the one it opened under, or what `rule_of` says.

    Nothing is refused where there is no such matter, which is the case's to say, or no pack can be read: a duty does not
    wait for it (P12). Raises BadInput.
    """
    tenant, (area, _, _) = tenant_of(case_id), matter_id.partition("/")
    try:
        if rule_id in rules_of(await library.in_force(tenant, at), area):
            return
        matter = fold_all(Case(case_id=case_id), await events.load(record, case_id)).matter(matter_id)
        known = {*rules_of(await library.pack(tenant, matter.terms.pack), area), rule_of(matter)}
    except (PolicyError, UnknownSomething):
        return
    if problem := unknown_rule(rule_id, area, known):
        raise BadInput([problem])


async def refuse_rule_not_in_force(
    library: Library, tenant: str, areas: Collection[str], rule_id: str, at: datetime
) -> None:
    """The rule that many decisions at once name: of one of these areas, or of any where none is named, in the pack in force.

    Nothing is refused where no pack can be read. Raises BadInput.
    """
    try:
        pack = await library.in_force(tenant, at)
    except PolicyError:
        return
    known = frozenset[str]().union(*(rules_of(pack, area) for area in areas or pack.areas))
    if rule_id not in known:
        problem = "is no rule of these areas in the pack in force"
        raise BadInput([Problem("plan.rule_id", rule_id, problem, nearest(rule_id, known))])
