"""Orders of authorities: to act against content (DSA Art. 9, Regulation (EU) 2021/784) and to give information (Art. 10).

What each must have, by when it is due, and where it stands. An order is carried out as it stands, and looked at afterwards:
no second pair of eyes, cap or stop is waited for. Articles of Regulation (EU) 2021/784 are marked TCO.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from pydantic import AwareDatetime

from cases.decisions import EnforcementRequest
from cases.enforcement_kinds import KINDS
from cases.facts import Fact
from cases.measures import MeasureKind
from cases.names import SubjectKind

REASON: Final = "order:"  # of who decided: `order:<order id>`


class OrderKind(StrEnum):
    """On what an order rests."""

    ARTICLE_9 = "dsa_article_9"
    ARTICLE_10 = "dsa_article_10"
    TCO_REMOVAL = "tco_removal"


class OrderElement(StrEnum):
    """What an order must have."""

    AUTHORITY = "authority"
    LEGAL_BASIS = "legal_basis"
    REASONS = "reasons"
    LOCATION = "location"
    RECIPIENT = "recipient"
    REDRESS = "redress"
    TERRITORY = "territory"
    SIGNATURE = "signature"


class AuthorityOrderStage(StrEnum):
    """Where an order stands."""

    OWED = "owed"
    UNCLEAR = "unclear"  # lacks something, or has a manifest error: DSA Art. 9(2), 10(2), TCO Art. 3(8)
    IMPOSSIBLE = "impossible"  # force majeure, or de facto: TCO Art. 3(7)
    EFFECTED = "effected"  # done; the authority has still to hear of it
    INFORMED = "informed"
    WITHDRAWN = "withdrawn"


class OrderChange(StrEnum):
    """What can happen to an order after it came."""

    UNCLEAR = "unclear"
    IMPOSSIBLE = "impossible"
    CLARIFIED = "clarified"  # clarification came, or the ground of impossibility ended: the whole time runs anew
    ANSWERED = "answered"  # the information was given (Art. 10)
    INFORMED = "informed"  # the authority was told by other means than our mail
    NON_DISCLOSURE = "non_disclosure"  # the person may not be told, or not yet
    WITHDRAWN = "withdrawn"  # or annulled: what was done is undone


ELEMENTS: Final[Mapping[OrderKind, Mapping[OrderElement, str]]] = {
    OrderKind.ARTICLE_9: {
        OrderElement.LEGAL_BASIS: "DSA Art. 9(2)(a)(i)",
        OrderElement.REASONS: "DSA Art. 9(2)(a)(ii)",
        OrderElement.AUTHORITY: "DSA Art. 9(2)(a)(iii)",
        OrderElement.LOCATION: "DSA Art. 9(2)(a)(iv)",
        OrderElement.REDRESS: "DSA Art. 9(2)(a)(v)",
        OrderElement.TERRITORY: "DSA Art. 9(2)(b)",
    },
    OrderKind.ARTICLE_10: {
        OrderElement.LEGAL_BASIS: "DSA Art. 10(2)(a)(i)",
        OrderElement.AUTHORITY: "DSA Art. 10(2)(a)(ii)",
        OrderElement.RECIPIENT: "DSA Art. 10(2)(a)(iii)",
        OrderElement.REASONS: "DSA Art. 10(2)(a)(iv)",
        OrderElement.REDRESS: "DSA Art. 10(2)(a)(v)",
    },
    OrderKind.TCO_REMOVAL: {
        OrderElement.AUTHORITY: "TCO Art. 3(4)(a)",
        OrderElement.REASONS: "TCO Art. 3(4)(b)",
        OrderElement.LOCATION: "TCO Art. 3(4)(c)",
        OrderElement.LEGAL_BASIS: "TCO Art. 3(4)(d)",
        OrderElement.SIGNATURE: "TCO Art. 3(4)(e)",
        OrderElement.REDRESS: "TCO Art. 3(4)(f)",
    },
}
CURES: Final[Mapping[OrderElement, str]] = {
    OrderElement.AUTHORITY: "name the issuing authority and how it is reached",
    OrderElement.LEGAL_BASIS: "name the legal basis",
    OrderElement.REASONS: "state the reasons",
    OrderElement.LOCATION: "give the exact location, such as the URL",
    OrderElement.RECIPIENT: "say about which recipient of the service information is asked",
    OrderElement.REDRESS: "say what redress there is",
    OrderElement.TERRITORY: "say in which countries it is to have effect",
    OrderElement.SIGNATURE: "date and sign it",
}

EFFECT_WITHIN: Final[Mapping[OrderKind, timedelta]] = {
    OrderKind.ARTICLE_9: timedelta(hours=24),  # "without undue delay"; our own target, unless the order names a time
    OrderKind.ARTICLE_10: timedelta(days=7),  # likewise
    OrderKind.TCO_REMOVAL: timedelta(hours=1),  # TCO Art. 3(3)
}
EFFECT_SOURCE: Final[Mapping[OrderKind, str]] = {
    OrderKind.ARTICLE_9: "DSA Art. 9(1), without undue delay or as the order says; our own target",
    OrderKind.ARTICLE_10: "DSA Art. 10(1), without undue delay or as the order says; our own target",
    OrderKind.TCO_REMOVAL: "Regulation (EU) 2021/784, Art. 3(3): one hour",
}
INFORMED_WITHIN: Final[Mapping[OrderKind, timedelta]] = {
    OrderKind.ARTICLE_9: timedelta(hours=24),
    OrderKind.ARTICLE_10: timedelta(hours=24),
    OrderKind.TCO_REMOVAL: timedelta(hours=1),
}
INFORMED_SOURCE: Final[Mapping[OrderKind, str]] = {
    OrderKind.ARTICLE_9: "DSA Art. 9(1), without undue delay; our own target",
    OrderKind.ARTICLE_10: "DSA Art. 10(1), without undue delay; our own target",
    OrderKind.TCO_REMOVAL: "Regulation (EU) 2021/784, Art. 3(6) and Annex II, without undue delay; our own target",
}
HALT_TOLD_SOURCE: Final[Mapping[OrderKind, str]] = {
    OrderKind.ARTICLE_9: "the authority waits for an effect; our own target",
    OrderKind.ARTICLE_10: "the authority waits for an answer; our own target",
    OrderKind.TCO_REMOVAL: "Regulation (EU) 2021/784, Art. 3(7) and (8) and Annex III, without undue delay; our own target",
}
SCRUTINY_WITHIN: Final = timedelta(hours=48)  # TCO Art. 4(4)
NON_DISCLOSURE_LONGEST: Final = timedelta(weeks=6)  # TCO Art. 11(3), renewable
LONGEST_TEXT: Final = "is six weeks ahead at most, renewable (Regulation (EU) 2021/784, Art. 11(3)); send it again then"
PRESERVED_MONTHS: Final = 6  # TCO Art. 6(2)


class AuthorityOrder(Fact):
    """One order, as far as a run needs to know it. due_at, within: of the act; a restart gives `within` anew.

    authority: the key of its contact, None where no address was given. tell_after: the person is not told before.
    hold_order: the platform's order by which it was carried out before anything could be captured. confirms: whether the
    authority hears that its withdrawal was carried out. followed: while it is halted too: word of the halt has a clock, and an
    effect that comes all the same counts; and it waits for no capture that others waited for in vain.
    """

    order_id: str
    order: OrderKind
    area: str
    reference: str
    stage: AuthorityOrderStage
    missing: tuple[OrderElement, ...] = ()
    measure: MeasureKind
    territory: tuple[str, ...] = ()
    received_at: AwareDatetime
    within: timedelta
    authority: str | None = None
    tell_after: AwareDatetime | None = None
    decision_id: str | None = None
    hold_order: str | None = None
    effected_at: AwareDatetime | None = None
    answer: str | None = None
    scrutiny_until: AwareDatetime | None = None
    preserve_until: AwareDatetime | None = None
    confirms: bool = False
    followed: bool = False

    @property
    def halted(self) -> bool:
        """Whether nothing is to be done on it for now; the authority is told why."""
        return self.stage in (AuthorityOrderStage.UNCLEAR, AuthorityOrderStage.IMPOSSIBLE)

    @property
    def acts(self) -> bool:
        """Whether it asks for something to be done to content, and stands."""
        done = (AuthorityOrderStage.OWED, AuthorityOrderStage.EFFECTED, AuthorityOrderStage.INFORMED)
        return self.order is not OrderKind.ARTICLE_10 and self.stage in done

    @property
    def enforcement(self) -> EnforcementRequest:
        """What the platform is to do. What it can confine to no country takes effect everywhere."""
        return EnforcementRequest(kind=self.measure, reach=self.territory if KINDS[self.measure].territorial else ())

    @property
    def by(self) -> str:
        """Who decides where the order does."""
        return f"{REASON}{self.order_id}"


def missing_of_order(kind: OrderKind, given: Iterable[OrderElement]) -> tuple[OrderElement, ...]:
    """What the order lacks to be carried out."""
    has = frozenset(given)
    return tuple(element for element in ELEMENTS[kind] if element not in has)


def usual_measure(kind: SubjectKind) -> MeasureKind:
    """What an order to act asks for, unless it says otherwise."""
    return MeasureKind.SUSPEND if kind is SubjectKind.ACCOUNT else MeasureKind.REMOVE


def is_by_order(by: str) -> bool:
    """Whether an authority's order decided, not one of us."""
    return by.startswith(REASON)


def began_at(received_at: datetime, transmitted_at: datetime | None) -> datetime:
    """From when an order's time runs: from its transmission, where the desk took it down later."""
    return min(received_at, transmitted_at) if transmitted_at else received_at
