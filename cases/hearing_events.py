"""What can happen in an appeal's own stream, beside what its clock says."""

from typing import Literal

from pydantic import AwareDatetime

from cases.appeals import Role
from cases.facts import Fact
from cases.received import DecisionAsk


class HearingOpened(Fact):
    """The first event of an appeal's own stream. deciders: who may not hear it; grace: for how long its outcome waits.

    area: of the matter it is about; none: opened before it was kept.
    """

    kind: Literal["hearing_opened"] = "hearing_opened"
    appeal_id: str
    case_id: str
    decision_id: str
    appellant: str
    role: Role
    due_at: AwareDatetime
    deciders: tuple[str, ...]
    queue: str
    severity: int
    evidence_digest: str
    grace: str | None = None
    area: str | None = None


class AppealDecided(Fact):
    """A person who had no part in the first decision decided the appeal."""

    kind: Literal["appeal_decided"] = "appeal_decided"
    ask: DecisionAsk
