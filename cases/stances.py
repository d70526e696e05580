"""How open we may be with one person of a case, set by people: an operator, or a desk for an authority.

It is never more open than the pack: of the two the stricter binds, so that no slip tells somebody whom the pack protects others
from. What was withheld meanwhile is told when the stance ends or is lifted, as far as it still stands.
"""

from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, StringConstraints, model_validator

from cases.facts import Fact, Message
from cases.messages import MessageId, Subject, Text
from cases.telling import Audience, Notice, Stance, Telling

AUTHOR: Final = "author"
REPORTERS: Final = "reporters"
ToldPerson = Annotated[str, StringConstraints(pattern=r"^(author|reporters|[0-9a-f]{16})$")]
_STRICTNESS: Final = (Stance.TELL, Stance.GENERIC, Stance.DELAY_UNTIL, Stance.NEVER)


class TellingRequest(Message):
    """How open we may be with a person of a case: `author`, `reporters`, or one reporter by their key in the case.

    stance: left out lifts what was set before. until: the end of a delay, or a stance's expiry. source: the article, order or
    danger it rests on; reason: in words, sealed.
    """

    message_id: MessageId
    subject: Subject
    person: ToldPerson
    stance: Literal[Stance.GENERIC, Stance.DELAY_UNTIL, Stance.NEVER] | None = None
    until: AwareDatetime | None = None
    source: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 ().,/§:-]{3,200}$")]
    reason: Text

    @model_validator(mode="after")
    def _makes_sense(self) -> "TellingRequest":
        if self.stance is Stance.DELAY_UNTIL and self.until is None:
            raise ValueError("a delay says until when: give until")
        if self.stance is None and self.until is not None:
            raise ValueError("a stance that is lifted has no end: leave until out")
        if self.stance is Stance.GENERIC and self.person == AUTHOR:
            raise ValueError("the author is told of what restricts them, or not; give delay_until or never")
        return self


class TellingMessage(TellingRequest):
    """As it is stored. operator: who asked."""

    operator: str


class PersonStance(Fact):
    """What was set for a person, and by which message."""

    person: str
    telling: Telling
    message_id: str


def of_audience(audience: Audience) -> str | None:
    """As whom stances name this audience; None where they bind nobody: who appeals or orders asked for the answer."""
    return {Audience.AUTHOR: AUTHOR, Audience.REPORTERS: REPORTERS}.get(audience)


def stricter(pack: Telling, own: Telling | None, at: AwareDatetime) -> Telling:
    """Which of the two binds. A stance past its end binds no more; of two delays the longer one holds."""
    if own is None or (own.until is not None and own.until <= at):
        return pack
    if own.stance is pack.stance is Stance.DELAY_UNTIL and own.until and pack.until:
        return max(own, pack, key=lambda one: one.until or at)
    return max(pack, own, key=lambda one: _STRICTNESS.index(one.stance))


def told_to(notice: Notice, person: str) -> bool:
    """Whether this notice is for that person, or audience."""
    if notice.only is not None:
        return notice.only == person
    return of_audience(notice.audience) == person
