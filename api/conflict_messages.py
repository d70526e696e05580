"""What reviewers and leads say of conflicts of interest, and what they are answered."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, StringConstraints, model_validator

from api.queue_messages import ReviewerName
from cases.facts import Fact, Message
from cases.messages import MessageId, canonical


class ConflictRequest(Message):
    """A reviewer does not judge what has to do with this account or community, or anything of this area (`topic`).

    name: the platform's id, or the area. reviewer: whom a lead declares it for; a reviewer leaves it out.
    """

    message_id: MessageId
    about: Literal["account", "community", "topic"]
    name: Annotated[str, StringConstraints(min_length=1, max_length=512)]
    reviewer: ReviewerName | None = None

    @model_validator(mode="after")
    def _an_id_of_the_platforms(self) -> "ConflictRequest":
        if self.about != "topic":
            canonical(self.name)
        return self


class ConflictEnded(Message):
    """A lead says that a conflict is over."""

    conflict_id: MessageId


class KnownConflict(Fact):
    """One that was declared. name: the platform's id, or the area."""

    conflict_id: str
    reviewer: str
    about: str
    name: str
    declared_at: AwareDatetime
    declared_by: str
    ended_at: AwareDatetime | None = None
    ended_by: str | None = None


class ConflictDeclared(Fact):
    """It counts from now on. given_back: tasks that the reviewer held and holds no more. known: it was declared before."""

    conflict_id: str
    status: Literal["accepted", "known"]
    given_back: int


class ConflictsAnswer(Fact):
    """What was declared, newest first, what has ended too. A reviewer sees their own."""

    conflicts: tuple[KnownConflict, ...]
