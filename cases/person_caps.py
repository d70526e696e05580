"""How much one person may restrict in an hour and a day: what a hijacked account could do before anybody looks (P10).

Nobody is kept from what protects somebody (P12): where severity is S0 or S1, or a report to an authority is owed, no cap holds.
"""

from datetime import datetime, timedelta
from typing import Final, Literal

from cases.caps import Cap
from cases.case import Case
from cases.matters import Terms
from cases.received import DecisionAsk
from cases.severity import Severity

OVER_CAP: Final = "over_cap"
NEVER_CAPPED: Final = Severity.S1  # and what is severer


def is_capped(terms: Terms) -> bool:
    """Whether a person's cap holds for decisions on such a matter."""
    return terms.severity > NEVER_CAPPED and terms.authority_report_within is None


def over_cap_and_severe(case: Case, ask: DecisionAsk) -> bool:
    """Whether all that was objected to is how much they decided, on a matter that no cap may keep waiting."""
    matter = next((one for one in case.matters if one.matter_id == ask.matter), None)
    return ask.objection_code == OVER_CAP and matter is not None and not is_capped(matter.terms)


def over_cap_words(cap: Cap, which: Literal["hour", "day"], at: datetime) -> str:
    """What somebody is told whose restriction this cap refuses. at: in UTC."""
    most = cap.hour if which == "hour" else cap.day
    hour = at.replace(minute=0, second=0, microsecond=0)
    again = hour + timedelta(hours=1) if which == "hour" else hour.replace(hour=0) + timedelta(days=1)
    return (
        f"reviewer: has restricted {most} times this {which}, and the pack's [caps.person] allows no more; give the task back "
        f"for a colleague, or send the decision under a new id from {again:%Y-%m-%dT%H:%MZ} on. Whoever is on call is told"
    )
