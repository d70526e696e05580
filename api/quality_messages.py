"""What leads ask and are answered about quality: known answers, exercises, disagreements, figures."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from api.agreement import AgreementFigures, KnownFigures
from api.queue_messages import ReviewerName
from api.requests import CaseName, MatterName
from cases.decisions import Outcome
from cases.facts import Fact, Message
from cases.messages import MessageId, Text

GroupedBy = Literal["queue", "area", "language", "rule", "reviewer"]
Question = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class GoldenRequest(Message):
    """Keep a matter with its known answer, to be put among the tasks of its queue now and then. message_id names it."""

    message_id: MessageId
    case_id: CaseName
    matter: MatterName
    outcome: Outcome
    reason: Text


class RetireRequest(Message):
    """A golden item is asked no more."""

    golden_id: MessageId


class GoldenLine(Fact):
    """A known answer. answers: how often it was asked and answered; reason_id: a sealed text of the case."""

    golden_id: str
    case_id: str
    matter: str
    queue: str
    area: str | None
    outcome: Outcome
    reason_id: str
    added_by: str
    added_at: AwareDatetime
    retired_at: AwareDatetime | None = None
    answers: int = 0


class GoldenAnswer(Fact):
    """Every known answer, the oldest first."""

    items: tuple[GoldenLine, ...]


class ExerciseRequest(Message):
    """A set of golden items that everybody named judges by then. message_id names it."""

    message_id: MessageId
    items: Annotated[tuple[MessageId, ...], Field(min_length=1, max_length=50)]
    reviewers: Annotated[tuple[ReviewerName, ...], Field(min_length=1, max_length=200)]
    due_at: AwareDatetime


class ExerciseItem(Fact):
    """One item: how many gave which answer, beside the known one. Who gave which is not said."""

    golden_id: str
    matter: str
    known: Outcome
    answers: dict[str, int]


class ExerciseAnswer(Fact):
    """An exercise so far."""

    exercise_id: str
    opened_at: AwareDatetime
    due_at: AwareDatetime
    asked: int
    answered: int
    agreement: AgreementFigures
    known: KnownFigures
    items: tuple[ExerciseItem, ...]


class QualityLine(Fact):
    """Of one queue, area, language, rule or reviewer, by name: whether second judgements agreed, and known answers were met.

    settled_for_first: of disagreements that a lead settled, in how many the first answer was right, of `settled`.
    """

    name: str
    agreement: AgreementFigures
    known: KnownFigures
    settled: int = 0
    settled_for_first: int | None = None


class QualityAnswer(Fact):
    """Figures since then, sorted by name: never by figure, and none where there are too few answers."""

    at: AwareDatetime
    since: AwareDatetime
    by: GroupedBy
    too_few: int
    whole: QualityLine
    lines: tuple[QualityLine, ...]


class Disagreement(Fact):
    """A double review that came to another answer. question: its name, to settle it by; case_id, decision_id: the first's."""

    question: str
    case_id: str
    matter: str
    queue: str
    decision_id: str | None
    first: Outcome
    second: Outcome
    answered_at: AwareDatetime
    rationale_id: str | None


class DisagreementsAnswer(Fact):
    """What leads have to settle, the oldest first."""

    disagreements: tuple[Disagreement, ...]


class SettleRequest(Message):
    """Say which answer was right. It reverses nothing by itself: `dueprocess reverse` does, where the first was wrong."""

    question: Question
    outcome: Outcome
    reason: Text


class Settled(Fact):
    """It is settled. next: what there may be to do."""

    question: str
    outcome: Outcome
    next: str
