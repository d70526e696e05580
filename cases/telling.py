"""Who is told what, decided per person. A notice never endangers anyone, and never reveals a reporter."""

from enum import StrEnum
from typing import Final

from pydantic import AwareDatetime

from cases.facts import Fact


class Stance(StrEnum):
    """How open we may be with one audience of a matter."""

    TELL = "tell"
    GENERIC = "generic"  # that we looked, not what we found
    DELAY_UNTIL = "delay_until"
    NEVER = "never"


class Telling(Fact):
    """The stance towards one audience. source: article, order or pack rule; until: for DELAY_UNTIL, or a stance's expiry."""

    stance: Stance
    source: str
    until: AwareDatetime | None = None


class Audience(StrEnum):
    """Whom a notice goes to."""

    AUTHOR = "author"
    REPORTERS = "reporters"
    APPELLANT = "appellant"
    AUTHORITY = "authority"


class NoticeKind(StrEnum):
    """What a notice says; also the name of its template."""

    RECEIPT = "receipt"
    STATEMENT_PROVISIONAL = "statement_provisional"
    STATEMENT = "statement"
    OUTCOME_REPORTER = "outcome_reporter"
    OUTCOME_REPORTER_GENERIC = "outcome_reporter_generic"
    SUPPORT_RESOURCES = "support_resources"
    SUPPORT_REPORTER = "support_reporter"
    HOLD_LIFTED = "hold_lifted"
    REVERSAL_AUTHOR = "reversal_author"
    REVERSAL_REPORTER = "reversal_reporter"
    APPEAL_UPHELD = "appeal_upheld"
    APPEAL_REFUSED = "appeal_refused"
    MEASURE_EXPIRED = "measure_expired"
    ORDER_RECEIPT = "order_receipt"
    ORDER_UNCLEAR = "order_unclear"
    ORDER_EFFECT = "order_effect"
    ORDER_AUTHOR = "order_author"
    ORDER_WITHDRAWN = "order_withdrawn"


class NoticeStage(StrEnum):
    """Where the telling stands."""

    WAITING = "waiting"  # for the platform's confirmation, or for a delay to end
    OWED = "owed"
    TOLD = "told"


class Notice(Fact):
    """One thing to tell one audience; for reporters it stands for all of them up to inbox number `through`.

    cause: the decision, hold, reversal, appeal or measure it is about. after: the orders the platform must confirm first,
    since nobody is told of an effect that is not there. only, without: of those who reported, this one alone, or all but these.
    """

    notice_id: str
    kind: NoticeKind
    audience: Audience
    cause: str
    matter_id: str | None = None
    after: tuple[str, ...] = ()
    not_before: AwareDatetime | None = None
    through: int = 0
    only: str | None = None
    without: tuple[str, ...] = ()
    told_at: AwareDatetime | None = None
    sent: int = 0
    undeliverable: int = 0


# What reporters hear when the stance is GENERIC; NEVER tells nothing at all.
GENERIC_KIND: Final = {
    NoticeKind.OUTCOME_REPORTER: NoticeKind.OUTCOME_REPORTER_GENERIC,
    NoticeKind.REVERSAL_REPORTER: NoticeKind.OUTCOME_REPORTER_GENERIC,
}


def worded(kind: NoticeKind, telling: Telling, at: AwareDatetime) -> NoticeKind | None:
    """The notice kind this stance allows; None where the person is not to be told. A stance past its expiry is TELL."""
    if telling.until is not None and telling.stance is not Stance.DELAY_UNTIL and telling.until <= at:
        return kind
    if telling.stance is Stance.NEVER:
        return None
    if telling.stance is Stance.GENERIC:
        return GENERIC_KIND.get(kind, kind)
    return kind
