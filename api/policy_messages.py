"""What policy people ask and are answered about releases of packs."""

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from cases.explanations import AreaExplained
from cases.facts import Fact, Message
from cases.matters import PackRef
from cases.messages import MessageId, Text

FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_./-]{0,199}$")]
MAX_PACK_CHARACTERS = 4_000_000


class ReleaseRequest(Message):
    """Release this pack for the tenant. files: name within its folder, and text. effective_from: else at its approval.

    backtest_id: what it was tried on; left out: the newest recorded backtest of this very pack. override: why it may do
    without, in the name of who asks.
    """

    release_id: MessageId
    files: Annotated[dict[FileName, str], Field(min_length=1, max_length=500)]
    reason: Text
    backtest_id: MessageId | None = None
    override: Text | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if sum(map(len, self.files.values())) > MAX_PACK_CHARACTERS:
            raise ValueError(f"a pack has at most {MAX_PACK_CHARACTERS} characters in all")
        return self


class ApprovalRequest(Message):
    """Agree to a release that somebody else proposed."""

    release_id: MessageId


class ReleaseWithdrawal(Message):
    """Take a release back that has not taken effect."""

    release_id: MessageId
    reason: Text


class RollbackRequest(Message):
    """Go back. to: a release that was in force, or `folder` for what lies in the pack's folder; left out: the last one."""

    message_id: MessageId
    reason: Text
    to: MessageId | Literal["folder"] | None = None


class ReleaseAnswer(Fact):
    """One release, and how it stands. not_started_over: the pack that decided instead of the one it was seen against."""

    release_id: str
    state: str
    pack: PackRef
    reason: str
    proposed_by: str
    proposed_at: AwareDatetime
    newly_automatic: tuple[str, ...] = ()
    backtest_id: str | None = None
    override: str | None = None
    approved_by: str | None = None
    approved_at: AwareDatetime | None = None
    effective_at: AwareDatetime | None = None
    withdrawn_by: str | None = None
    not_started_over: PackRef | None = None


class RollbackAnswer(Fact):
    """A way back that was taken. to: a release, or `folder`."""

    message_id: str
    to: str
    by: str
    at: AwareDatetime
    reason: str


class PolicyChanged(Fact):
    """What was done. in_force: the pack that decides from now on; within_seconds: when every process knows."""

    release: ReleaseAnswer | None
    in_force: PackRef
    within_seconds: float
    next: str


class ExplanationAnswer(Fact):
    """Why a case was judged as it was: each assessment, the earliest first, with every rule of its area."""

    case_id: str
    areas: tuple[AreaExplained, ...]


class ReleasesAnswer(Fact):
    """What is in force, every release, the newest first, and the ways back that were taken."""

    in_force: PackRef
    releases: tuple[ReleaseAnswer, ...]
    rollbacks: tuple[RollbackAnswer, ...] = ()
