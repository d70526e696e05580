"""What comes by raw Temporal signal or from our own activities: models with no field for free text."""

from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, StringConstraints

from cases.decisions import Outcome
from cases.facts import Message
from cases.messages import AreaName, MessageId, ReportSource, Subject, canonical


class RawPerson(Message):
    """A person in a raw message: the account's id, never an address."""

    account_id: Annotated[str, AfterValidator(canonical)]
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")] = "en"


class RawReportMessage(Message):
    """A report by raw signal: ids and enums only. Reasons and snapshots go through a door, which seals them."""

    message_id: MessageId
    subject: Subject
    area: AreaName
    source: ReportSource = ReportSource.NOTICE
    reporter: RawPerson | None = None
    reported_at: AwareDatetime | None = None


class RawAppealMessage(Message):
    """An appeal by raw signal: ids only."""

    message_id: MessageId
    subject: Subject
    decision_id: MessageId
    appellant: RawPerson


class AppealAnsweredMessage(Message):
    """An appeal's own workflow came to its outcome; an activity brings it. by: the reviewer who heard it."""

    message_id: MessageId
    appeal_id: MessageId
    outcome: Outcome
    by: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class FilingAnsweredMessage(Message):
    """A public database answered a filing; an activity brings it. problem: its error code, never its text."""

    message_id: MessageId
    filing_id: MessageId
    accepted: bool
    reference: Annotated[str, StringConstraints(max_length=128)] | None = None
    problem: Annotated[str, StringConstraints(max_length=128)] | None = None
