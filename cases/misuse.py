"""When reports may be left unprocessed: for a period, after a warning that the person was told (DSA Art. 23(2))."""

from collections.abc import Iterable

from cases.case import Case
from cases.decisions import EnforcementRequest
from cases.measures import MeasureKind


def suspends_unwarned(case: Case, wanted: Iterable[EnforcementRequest]) -> str | None:
    """What is wrong with leaving this account's reports unprocessed; None where nothing is, or nobody wants it."""
    suspensions = [one for one in wanted if one.kind is MeasureKind.SUSPEND_REPORTS]
    if any(one.duration is None for one in suspensions):
        return "enforcements: suspend_reports needs a duration, such as suspend_reports:P30D"
    if suspensions and not warned(case):
        return "enforcements: suspend_reports needs a warning before it, told and not taken back; decide warn instead"
    return None


def warned(case: Case) -> bool:
    """Whether somebody was told a warning in this case that stands."""
    told = {notice.cause for notice in case.notices if notice.told_at}
    return any(
        decision.decision_id in told and not decision.reversed
        for decision in case.decisions
        if any(one.kind is MeasureKind.WARN for one in decision.enforcements)
    )
