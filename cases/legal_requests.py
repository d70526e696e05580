"""Notices under DSA Art. 16 and requests under the TAKE IT DOWN Act: their forms, what makes one complete, what follows.

An incomplete one is a report like any other: it is looked at, answered and decided. Only its legal effect differs.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from cases.authority_orders import OrderElement
from cases.facts import Fact, Message
from cases.messages import (
    SNAPSHOT_LIMIT,
    AreaName,
    MessageId,
    Person,
    ReportMessage,
    ReportSource,
    Subject,
    Text,
    canonical,
)
from cases.received import ReportReceived

INTIMATE_IMAGES: Final = "intimate_images"
CHILD_SAFETY: Final = "child_safety"
"""The area of offences under Articles 3 to 7 of Directive 2011/93/EU: nobody need give a name (DSA Art. 16(2)(c))."""

RECEIPT_WITHIN: Final = timedelta(minutes=15)  # "without undue delay" in DSA Art. 16(4); our own target
REMOVAL_WITHIN: Final = timedelta(hours=48)  # 47 U.S.C. 223a(a)(3)

NOTICE: Final = "notice"
TAKE_IT_DOWN: Final = "take_it_down"

_WHOLE_PLATFORM: Final = re.compile(
    r"(?i:[a-z][a-z0-9+.-]*://|www\.)[^\s/?#]*/*\??#?"
)  # no path, no query, no fragment

Location = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Element(StrEnum):
    """What the law asks for. An element is given or missing; how good it is, people judge."""

    EXPLANATION = "explanation"
    LOCATION = "location"
    SENDER = "sender"
    GOOD_FAITH = "good_faith"
    SIGNATURE = "signature"
    STATEMENT = "statement"
    CONTACT = "contact"


class MissingElement(Fact):
    """What was not given, of a notice, a request or an authority's order: which law asks for it, and what to send."""

    element: Element | OrderElement
    source: str
    cure: str


class SignatureKind(StrEnum):
    """How a request is signed: the law takes both."""

    PHYSICAL = "physical"
    ELECTRONIC = "electronic"


class Sender(Message):
    """Who sends a notice or a request. What they give of themselves is sealed with their own key."""

    name: Name | None = None
    address: Annotated[str, StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s]{1,255}$")] | None = None
    account_id: Annotated[str, AfterValidator(canonical)] | None = None
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")] = "en"

    @property
    def person(self) -> Person | None:
        """Whom to answer; None where only a name was given."""
        if not (self.address or self.account_id):
            return None
        return Person(account_id=self.account_id, address=self.address, language=self.language)


Claim = Literal[ReportSource.NOTICE, ReportSource.TRUSTED_FLAGGER]


def _ordinary(source: object) -> bool:
    return source == ReportSource.NOTICE


def _unsaid(value: object) -> bool:
    return value is None


def said(words: str | None) -> bool:
    """Whether there are words: blanks and dots are none."""
    return any(map(str.isalnum, words or ""))


def points_somewhere(location: str | None) -> bool:
    """Whether a location is exact as far as a machine can tell: words may be, an address of the whole platform is not.

    Of Art. 16 only. What a removal request or an order lacks stops its clock, so there a person judges whether it can be found.
    """
    return said(location) and not all(map(_WHOLE_PLATFORM.fullmatch, (location or "").split()))


class NoticeMessage(Message):
    """A notice of illegal content (DSA Art. 16). explanation: why it is illegal; location: its exact electronic location.

    good_faith: the sender states to believe in good faith that all of it is accurate and complete.
    source, otherwise: as of a report, for a trusted flagger; left out of the digest where not said.
    """

    message_id: MessageId
    subject: Subject
    area: AreaName
    explanation: Text | None = None
    location: Location | None = None
    sender: Sender | None = None
    good_faith: bool = False
    snapshot: Annotated[str, StringConstraints(min_length=1, max_length=SNAPSHOT_LIMIT)] | None = None
    sent_at: AwareDatetime | None = None
    source: Annotated[Claim, Field(exclude_if=_ordinary)] = ReportSource.NOTICE
    otherwise: Annotated[Literal["notice"] | None, Field(exclude_if=_unsaid)] = None

    @property
    def given(self) -> frozenset[Element]:
        """The elements of Art. 16(2) it has."""
        has = {
            Element.EXPLANATION: said(self.explanation),
            Element.LOCATION: points_somewhere(self.location),
            Element.SENDER: self.sender and said(self.sender.name) and self.sender.address,
            Element.GOOD_FAITH: self.good_faith,
        }
        return frozenset(element for element, value in has.items() if value)


class Signature(Message):
    """The signature of the identifiable individual, or of a person authorised to act for them."""

    kind: SignatureKind
    signed_as: Name
    authorised: bool = False


class TakeItDownMessage(Message):
    """A request to remove an intimate visual depiction published without consent (47 U.S.C. 223a(a)(1)).

    location: what it is and where to find it. statement: why the sender believes in good faith that it is not consensual.
    completes: the request that this message completes; what it leaves out stands as it was given before.
    """

    message_id: MessageId
    subject: Subject
    requester: Sender | None = None
    signature: Signature | None = None
    location: Location | None = None
    statement: Text | None = None
    minor_depicted: bool = False
    completes: MessageId | None = None

    @property
    def area(self) -> str:
        """A minor is depicted: that is child safety, with its own, shorter times."""
        return CHILD_SAFETY if self.minor_depicted else INTIMATE_IMAGES

    @property
    def given(self) -> frozenset[Element]:
        """The elements of 47 U.S.C. 223a(a)(1)(B) it has."""
        has = {
            Element.SIGNATURE: self.signature and said(self.signature.signed_as),
            Element.LOCATION: said(self.location),
            Element.STATEMENT: said(self.statement),
            Element.CONTACT: self.requester and self.requester.address,
        }
        return frozenset(element for element, value in has.items() if value)


_NOTICE_ELEMENTS: Final[Mapping[Element, tuple[str, str]]] = {
    Element.EXPLANATION: ("DSA Art. 16(2)(a)", "say why the content is illegal, in enough detail to check it"),
    Element.LOCATION: ("DSA Art. 16(2)(b)", "give its exact electronic location, such as its URL"),
    Element.SENDER: ("DSA Art. 16(2)(c)", "give a name and an e-mail address"),
    Element.GOOD_FAITH: ("DSA Art. 16(2)(d)", "state that you believe in good faith that it is accurate and complete"),
}
_REQUEST_ELEMENTS: Final[Mapping[Element, tuple[str, str]]] = {
    Element.SIGNATURE: (
        "47 U.S.C. 223a(a)(1)(B)(i)",
        "sign it, by hand or electronically, as the person depicted or as someone authorised to act for them",
    ),
    Element.LOCATION: ("47 U.S.C. 223a(a)(1)(B)(ii)", "say what the depiction is and where it can be found"),
    Element.STATEMENT: (
        "47 U.S.C. 223a(a)(1)(B)(iii)",
        "state briefly why you believe in good faith that it was published without consent",
    ),
    Element.CONTACT: ("47 U.S.C. 223a(a)(1)(B)(iv)", "give an e-mail address under which you can be reached"),
}


def missing_of_notice(given: Iterable[Element], area: str) -> tuple[Element, ...]:
    """What a notice lacks to be one under Art. 16(2); about the abuse of children nobody need say who they are."""
    has = {*given, *([Element.SENDER] if area == CHILD_SAFETY else [])}
    return tuple(element for element in _NOTICE_ELEMENTS if element not in has)


def given_of_report(message: ReportMessage) -> frozenset[Element]:
    """The elements of Art. 16(2) that a report has: none but its reason, where it came without `notice`."""
    form = message.notice
    has = {
        Element.EXPLANATION: said(message.reason),
        Element.LOCATION: form and points_somewhere(form.location),
        Element.SENDER: form and said(form.name) and message.reporter and message.reporter.address,
        Element.GOOD_FAITH: form and form.good_faith,
    }
    return frozenset(element for element, value in has.items() if value)


def missing_of_report(message: ReportMessage) -> tuple[Element, ...]:
    """What a report lacks to be the notice that its sender says it is; nothing of one that does not say so."""
    says_so = message.source is ReportSource.NOTICE and {"source", "notice"} & message.model_fields_set
    return missing_of_notice(given_of_report(message), message.area) if says_so else ()


def counts_as(claimed: ReportSource, missing: Iterable[Element], *, trusted: bool) -> ReportSource:
    """On whose word a message rests, whatever it says of itself: towards the rules, and towards the EU database.

    Only a complete notice is one under Art. 16. trusted: its sender is a trusted flagger for its area, at its time.
    """
    if claimed is ReportSource.TRUSTED_FLAGGER and trusted:
        return claimed
    return ReportSource.OTHER if claimed is ReportSource.OTHER or any(missing) else ReportSource.NOTICE


def missing_of_request(given: Iterable[Element]) -> tuple[Element, ...]:
    """What a request lacks to be a valid one; only a valid one starts the 48 hours."""
    has = frozenset(given)
    return tuple(element for element in _REQUEST_ELEMENTS if element not in has)


def explained(request: str, missing: Iterable[str]) -> tuple[MissingElement, ...]:
    """Each missing element of a notice or a request, with its article and its cure."""
    elements = _NOTICE_ELEMENTS if request == NOTICE else _REQUEST_ELEMENTS
    return tuple(
        MissingElement(element=Element(one), source=elements[Element(one)][0], cure=elements[Element(one)][1])
        for one in missing
    )


def notice_received(
    content: Mapping[str, Any], given: frozenset[Element], number: int, at: datetime, *, new: int, told: int
) -> ReportReceived:
    """The event of a notice, whose content says by now what it counts as."""
    missing = missing_of_notice(given, content["area"])
    return ReportReceived(
        number=number,
        area=content["area"],
        source=ReportSource(content["source"]),
        flagger=content.get("flagger"),
        not_trusted=content.get("not_trusted"),
        received_at=at,
        independent=new,
        contactable=told,
        request=NOTICE,
        missing=missing,
        receipt_by=at + RECEIPT_WITHIN if told else None,
    )


def request_received(
    content: Mapping[str, Any],
    request_id: str,
    given: frozenset[Element],
    number: int,
    at: datetime,
    *,
    new: int,
    told: int,
    first: bool = True,
) -> ReportReceived:
    """The event of a request, or of what completes one. given: by this message and those before it, under one request.

    first: of the request, or of it to say that a minor is depicted. The 48 hours run from the message that made it complete.
    What completes a request is no second report.
    """
    missing = missing_of_request(given)
    return ReportReceived(
        number=number,
        area=content["area"],
        source=ReportSource.OTHER,
        received_at=at,
        count=int(first),
        independent=new if first else 0,
        contactable=told,
        request=TAKE_IT_DOWN,
        request_id=request_id,
        missing=missing,
        receipt_by=at + RECEIPT_WITHIN if told else None,
        remove_by=None if missing else at + REMOVAL_WITHIN,
    )
