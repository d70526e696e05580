"""The account picture: matters about one account's contents, and about the account, seen together. A function of rows."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from pydantic import AwareDatetime

from cases.facts import Fact
from cases.names import SubjectKind, kind_of
from cases.policy_facts import AccountFacts

LATELY: Final = timedelta(days=30)  # what counts towards an account case
REMEMBERED: Final = timedelta(days=90)


class AccountMatter(Fact):
    """One matter of one case about an account, or about what it made. violation: found, and not taken back."""

    case_id: str
    matter_id: str
    area: str
    open: bool
    violation: bool
    opened_at: AwareDatetime
    decided_at: AwareDatetime | None = None

    def in_question(self, since: datetime) -> bool:
        """Whether it is undecided, or a violation, of that time."""
        found_at = self.decided_at if self.violation else None
        return (self.open and self.opened_at >= since) or (found_at is not None and found_at >= since)


def account_facts(case_id: str, area: str, matters: Iterable[AccountMatter], now: datetime) -> AccountFacts:
    """What rules see of the account when this case is assessed for this area; its own content is in question as well."""
    rows = list(matters)
    others = [one for one in rows if one.case_id != case_id]
    contents = {one.case_id for one in others if one.area == area and _content(one) and one.in_question(now - LATELY)}
    reported = {one.case_id for one in others if _content(one) and one.opened_at >= now - REMEMBERED}
    own = int(kind_of(case_id) is SubjectKind.CONTENT)
    return AccountFacts(
        open_matters=sum(one.open for one in others),
        violations_90d=sum(
            one.violation and one.decided_at is not None and one.decided_at >= now - REMEMBERED for one in rows
        ),
        contents_reported=len(reported) + own,
        contents_30d=len(contents) + own,
    )


def _content(matter: AccountMatter) -> bool:
    return kind_of(matter.case_id) is SubjectKind.CONTENT
