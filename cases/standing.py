"""Whether reports count: a person may take the weight of one reporter's, and a suspension sets theirs aside for a time.

What was set aside or invalidated stays in the record, was acknowledged, and may be counted again.
"""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from cases.case import ReportCount
from cases.facts import Fact, Message
from cases.messages import MessageId, ReportSource

PersonKey = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class StandingMessage(Message):
    """An operator, or the end of a suspension, changes what the reports of these people count for in one case.

    reason_id: a stored text, None where a suspension ended. by: `operator:<name>` or `suspension:ended`.
    """

    message_id: MessageId
    people: Annotated[tuple[PersonKey, ...], Field(min_length=1, max_length=1_000)]
    by: Annotated[str, StringConstraints(pattern=r"^[a-z]+:[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    reason_id: Annotated[str, StringConstraints(pattern=r"^txt-[0-9a-f]{32}$")] | None = None


class ReportSetAside(Fact):
    """A report came from somebody whose reports are not processed for a time (DSA Art. 23(2)). It is kept, and acknowledged."""

    kind: Literal["report_set_aside"] = "report_set_aside"
    number: int
    area: str
    source: ReportSource
    received_at: AwareDatetime
    contactable: int = 0


class ReportsInvalidated(Fact):
    """An operator took these reports' weight. counts: by area, how many, and of how many people who now count no more."""

    kind: Literal["reports_invalidated"] = "reports_invalidated"
    number: int
    message_id: str
    counts: dict[str, ReportCount]
    by: str
    received_at: AwareDatetime
    reason_id: str | None = None


class ReportsReinstated(Fact):
    """Reports that were invalidated or set aside count from now on. counts: as in `ReportsInvalidated`."""

    kind: Literal["reports_reinstated"] = "reports_reinstated"
    number: int
    message_id: str
    counts: dict[str, ReportCount]
    by: str
    received_at: AwareDatetime
    reason_id: str | None = None
