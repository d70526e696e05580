"""What comes in about orders of authorities: the order as the desk takes it down, and what happens to it after."""

from typing import Annotated, Final

from pydantic import AwareDatetime, Field, StringConstraints

from cases.authority_orders import OrderChange, OrderElement, OrderKind
from cases.facts import Message
from cases.legal_requests import Location, Name, said
from cases.measures import MeasureKind
from cases.messages import AreaName, MessageId, Person, Subject, Text
from cases.policy import CATCH_ALL

Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]  # EU stands for its member states
Territory = Annotated[tuple[Country, ...], Field(max_length=64)]
Reference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._/-]{1,64}$")]
Handle = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
WHOLE_ORDER: Final = 20_000  # characters of an order's text


class Authority(Message):
    """Who orders. address: where the effect is told to; sealed like everything here."""

    name: Name
    country: Country
    address: Annotated[str, StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s]{1,255}$")] | None = None


class OrderFacts(Message):
    """What a door and a raw signal say alike of an order: ids, enums and times.

    transmitted_at: when it reached us, if the desk takes it down later; its time runs from then. effect_by: by when it
    wants its effect, where it says so. non_disclosure_until: the person is not told before. cross_border: issued by
    another state than that of our establishment (Regulation (EU) 2021/784, Art. 4).
    """

    message_id: MessageId
    subject: Subject
    order: OrderKind
    reference: Reference
    area: AreaName = CATCH_ALL
    territory: Territory = ()
    measure: MeasureKind | None = None
    transmitted_at: AwareDatetime | None = None
    effect_by: AwareDatetime | None = None
    non_disclosure_until: AwareDatetime | None = None
    cross_border: bool = False


class AuthorityOrderRequest(OrderFacts):
    """An order of an authority, as its text says. signed: it bears date, time stamp and signature."""

    authority: Authority | None = None
    legal_basis: Text | None = None
    reasons: Text | None = None
    location: Location | None = None
    recipient: Text | None = None
    redress: Text | None = None
    signed: bool = False
    text: Annotated[str, StringConstraints(min_length=1, max_length=WHOLE_ORDER)] | None = None

    @property
    def given(self) -> frozenset[OrderElement]:
        """The elements it has."""
        has = {
            OrderElement.AUTHORITY: self.authority and said(self.authority.name),
            OrderElement.LEGAL_BASIS: said(self.legal_basis),
            OrderElement.REASONS: said(self.reasons),
            OrderElement.LOCATION: said(self.location),
            OrderElement.RECIPIENT: said(self.recipient),
            OrderElement.REDRESS: said(self.redress),
            OrderElement.TERRITORY: self.territory,
            OrderElement.SIGNATURE: self.signed,
        }
        return frozenset(element for element, value in has.items() if value)

    @property
    def contact(self) -> Person | None:
        """Whom to tell of the effect."""
        return Person(address=self.authority.address) if self.authority and self.authority.address else None


class AuthorityOrderMessage(AuthorityOrderRequest):
    """An order as the inbox has it. operator: who took it down."""

    operator: Handle


class RawAuthorityOrderMessage(OrderFacts):
    """An order by raw signal: no words. elements: what its text has, as a person read it; text_id: the text, stored."""

    elements: Annotated[tuple[OrderElement, ...], Field(max_length=16)] = ()
    text_id: Annotated[str, StringConstraints(pattern=r"^txt-[0-9a-f]{32}$")] | None = None

    @property
    def given(self) -> frozenset[OrderElement]:
        """The elements it has."""
        return frozenset({*self.elements, *([OrderElement.TERRITORY] if self.territory else [])})


class OrderChangeRequest(Message):
    """What happened to an order. given: elements that a clarification brought. until: of non-disclosure; none ends it.

    reference: of the answer given, or of the word to the authority. note: what the desk has to say of it; sealed.
    """

    message_id: MessageId
    subject: Subject
    order_id: MessageId
    change: OrderChange
    given: Annotated[tuple[OrderElement, ...], Field(max_length=16)] = ()
    territory: Territory = ()
    until: AwareDatetime | None = None
    reference: Reference | None = None
    note: Text | None = None


class OrderChangeMessage(OrderChangeRequest):
    """A change as the inbox has it. operator: who noted it."""

    operator: Handle
