"""Sweeps: what was captured before, asked of the pack's present version. Only what that version says beyond the earlier one
opens a matter; a sweep of fifty thousand old posts must not bring each of them back to reviewers.
"""

from cases.assessments import Assessment, Triaged
from cases.case import Case
from cases.decisions import RESTRICTING
from cases.evidence import EvidenceVersion


def swept(case: Case, version: EvidenceVersion, asked: Triaged) -> Triaged:
    """The answer without what is decided, asked or held already; the whole of it where anything but the sweep came in."""
    alone = case.assessed_through < 0 and case.triage_owed_through == case.swept_through
    if version.swept_by is None or not alone:
        return asked
    return asked.evolve(assessments=tuple(one for one in asked.assessments if _says_more(case, one)))


def _says_more(case: Case, found: Assessment) -> bool:
    """Whether a rule of the present version calls for what nobody has decided or is asked about."""
    earlier = [matter for matter in case.matters if matter.area == found.area]
    if found.rule_id is None or any(matter.open for matter in earlier):
        return False
    if found.automatic and found.automatic.outcome not in RESTRICTING:
        return False
    matters = {matter.matter_id for matter in earlier}
    standing = [one for one in case.decisions if one.matter_id in matters and not one.reversed]
    if any(one.outcome in RESTRICTING for one in standing):
        return False
    return not any((m.rule_id, m.terms.pack.digest) == (found.rule_id, found.terms.pack.digest) for m in earlier)
