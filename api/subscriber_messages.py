"""What operators ask and are answered about subscribers of events."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, StringConstraints, model_validator

from cases.facts import Fact, Message
from cases.messages import MessageId, Text
from cases.subscribers import RefusedEvent, SubscriberName, SubscriberState

CaseName = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class SubscriberChangeRequest(Message):
    """stop: send it nothing for now. start: send it what waits. retry, skip: what it refused, of one case or of all.

    replay: send once more what was recorded since a moment, of one case or of all; of all, a page at a time: after is the
    stream that the answer to the page before named. reason: kept, sealed.
    """

    message_id: MessageId
    subscriber: SubscriberName
    step: Literal["stop", "start", "retry", "skip", "replay"]
    reason: Text
    case_id: CaseName | None = None
    since: AwareDatetime | None = None
    after: CaseName | None = None

    @model_validator(mode="after")
    def _fits_its_step(self) -> "SubscriberChangeRequest":
        if self.step in ("stop", "start") and self.case_id:
            raise ValueError("it is stopped and started as a whole: leave case_id out")
        if self.step != "replay" and (self.since or self.after):
            raise ValueError("only replay looks at a time: leave since and after out")
        if self.step == "replay" and not (self.case_id or self.since):
            raise ValueError("replay needs a case_id, or since, the time from which on")
        if self.case_id and self.after:
            raise ValueError("a case is replayed in one page: leave after out")
        return self


class SubscriberChanged(Fact):
    """What was done. changed: False where it was so already. events: that are tried again, left out, or sent once more.

    after: there are more streams to replay; ask for them with it.
    """

    subscriber: str
    step: Literal["stop", "start", "retry", "skip", "replay"]
    changed: bool
    events: int = 0
    after: str | None = None
    next: str


class SubscribersAnswer(Fact):
    """Every subscriber of the tenant, those ended too, and the first hundred events that one of them refused."""

    subscribers: tuple[SubscriberState, ...]
    refused: tuple[RefusedEvent, ...] = ()
