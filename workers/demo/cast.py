"""Who and what an act is about: synthetic people, mild synthetic texts, and the messages they give rise to."""

from dataclasses import dataclass
from typing import Final

from cases.messages import AppealMessage, Detector, Person, ReportMessage, SignalMessage, Subject
from cases.names import SubjectKind

INSULT: Final = "You are an idiot, nobody wants you here"
PITCH: Final = (
    "Earn money from home! Guaranteed income, no risk, free trial, limited offer. "
    "Click here to order now: http://offer.example http://claim.example !!!"
)
DESPAIR: Final = "I don't want to live anymore"

REMOVE: Final = {"kind": "remove", "target": "subject"}


@dataclass(frozen=True)
class Someone:
    """A synthetic person of the platform."""

    account_id: str
    address: str

    @property
    def person(self) -> Person:
        """As reports and appeals name them."""
        return Person(account_id=self.account_id, address=self.address)


@dataclass(frozen=True)
class Post:
    """A synthetic post and its author."""

    post_id: str
    author: Someone

    @property
    def subject(self) -> Subject:
        """As reports name it."""
        return Subject(kind=SubjectKind.CONTENT, id=self.post_id)


def report_of(post: Post, number: int, reporter: Someone, area: str) -> ReportMessage:
    """The number-th report of this post."""
    message_id = f"{post.post_id}-report-{number}"
    return ReportMessage(message_id=message_id, subject=post.subject, area=area, reporter=reporter.person)


def flag_of(post: Post, **scores: float) -> SignalMessage:
    """A classifier's word on this post."""
    detector = Detector(vendor="synthetic", name="demo-classifier", version="1")
    return SignalMessage(
        message_id=f"{post.post_id}-flag", subject=post.subject, detector=detector, scores=dict(scores)
    )


def appeal_of(post: Post, decision_id: str, name: str) -> AppealMessage:
    """The author's appeal of a decision."""
    return AppealMessage(
        message_id=f"{post.post_id}-{name}",
        subject=post.subject,
        decision_id=decision_id,
        appellant=post.author.person,
        grounds="I do not think that this is right.",
    )
