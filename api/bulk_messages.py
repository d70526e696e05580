"""What operators ask and are answered about bulks: one act done to many cases, previewed, approved by a second person."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import AwareDatetime, StringConstraints, model_validator

from cases.bulk import BulkAct, BulkId, BulkPlan, SampledMember
from cases.facts import Fact, Message
from cases.messages import Text

REFUSALS: Final = 100  # shown at once, unless another number is asked for
MOST_REFUSALS: Final = 500
RefusalName = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{24}(\.undo)?$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class BulkRequest(Message):
    """Preview an act on everything that a selection finds. bulk_id: your own; sent again, it is the same bulk."""

    bulk_id: BulkId
    plan: BulkPlan
    reason: Text


class BulkApproval(Message):
    """Another person approves the bulk, or undoing it, as it was previewed. digest: the preview's."""

    bulk_id: BulkId
    digest: Digest


class BulkStep(StrEnum):
    """What an operator does to a bulk."""

    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"  # whoever was not told yet is left; what was done stays
    UNDO = "undo"


class BulkChange(Message):
    """A step on a bulk. reason: of undo, kept sealed; the other steps need none."""

    bulk_id: BulkId
    step: BulkStep
    reason: Text | None = None

    @model_validator(mode="after")
    def _reasoned(self) -> "BulkChange":
        if (self.reason is None) == (self.step is BulkStep.UNDO):
            raise ValueError("reason: undo needs one, and the other steps have none")
        return self


class BlastRadius(Fact):
    """What an act reaches. accounts: of people concerned; reach: how many saw the contents; measures: lifted, or imposed.

    already_reversed and left_out: members to which nothing is done, and why.
    """

    members: int
    cases: int
    accounts: int
    reach: int
    measures: int
    open_appeals: int
    protected: int
    child_safety: int
    already_reversed: int
    left_out: dict[str, int]


class BulkProgress(Fact):
    """How far it came. asked: told, without an answer yet; refused: the case found that it cannot be; stuck: wait for the
    platform. cancelled: left when it was cancelled.
    """

    planned: int
    asked: int
    done: int
    refused: int
    cancelled: int
    to_undo: int
    undone: int
    undo_refused: int
    stuck: int


class BulkSampled(SampledMember):
    """One member of the sample, as the record drew it."""


class BulkRefused(Fact):
    """A member whose case refused its part, or undoing it. code, problem: why, and what helps, as the case's own event says."""

    case_id: str
    target: str
    area: str
    undo: bool
    code: str
    problem: str


class BulkRowAnswer(Fact):
    """A bulk in short. phase: selecting, refused, previewed, carrying_out, done, cancelled, undo_asked, undoing, undone.

    note: what holds it up, or why it was refused.
    """

    bulk_id: str
    act: BulkAct
    phase: str
    proposed_by: str
    proposed_at: AwareDatetime
    approved_by: str | None = None
    approved_at: AwareDatetime | None = None
    paused_at: AwareDatetime | None = None
    paused_by: str | None = None
    cancelled_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    undo_by: str | None = None
    undo_at: AwareDatetime | None = None
    undo_approved_by: str | None = None
    note: str = ""


class BulkAnswer(BulkRowAnswer):
    """A bulk whole. digest: of its preview, once that is whole; sample: drawn by a digest, so that nobody chooses.

    refused: members whose cases refused, a page at a time; after: how the next page is asked for, none where it is the last.
    refused_because: how many refused in all, by code.
    """

    plan: BulkPlan
    reason: str
    undo_reason: str | None = None
    digest: str | None = None
    reaches: BlastRadius
    progress: BulkProgress
    sample: tuple[BulkSampled, ...] = ()
    refused_because: dict[str, int] = {}
    refused: tuple[BulkRefused, ...] = ()
    after: str | None = None
    next: str


class BulksAnswer(Fact):
    """Bulks, the newest first."""

    bulks: tuple[BulkRowAnswer, ...]
