"""What a person concerned may read behind their status link."""

from typing import Literal

from pydantic import AwareDatetime

from cases.facts import Fact


class ToldLetter(Fact):
    """A letter this person was sent. text: its words, as they went out; None where they were erased."""

    kind: str
    at: AwareDatetime
    subject_line: str = ""
    text: str | None = None


class OpenToAppeal(Fact):
    """A decision this person may still appeal."""

    decision_id: str
    until: AwareDatetime


class StatusAnswer(Fact):
    """Where things stand for one person, in their language. by: until when we aim to have an answer; late: that is over.

    title, text, next: in words. told: letters, the newest first. appeals: what may still be appealed by this link.
    """

    role: Literal["author", "reporter"]
    stage: str
    title: str
    text: str
    next: str
    since: AwareDatetime | None = None
    by: AwareDatetime | None = None
    late: bool = False
    told: tuple[ToldLetter, ...] = ()
    appeals: tuple[OpenToAppeal, ...] = ()
    language: str = "en"
