"""What the embedded stack feeds itself: real texts by synthetic accounts, reported by synthetic people. Deterministic.

The n-th case of a seed is always the same one, ids included, so that feeding it again adds nothing. Spam and words of
despair are invented here, and mild; everything else people wrote, read from the corpus at set-up and kept out of this
repository. Abusive texts are posted as `sensitive`, which masks them wherever they are shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, TypeVar

from cases.messages import Detector, Person, ReportMessage, ReportSource, SignalMessage, Subject
from cases.names import SubjectKind
from workers.corpus import CorpusText
from workers.feed_lines import FeedMessage, FeedPost

AUTHORS: Final = 40
REPORTERS: Final = 60
ABUSIVE_FROM: Final = 0.7  # the corpus' toxicity from which a text counts as harassment here

# Invented for this feed.
_PITCHES: Final = (
    "Earn {amount} EUR a week from home, no experience! Sign up: http://{host}.example/start http://{host}.example/now",
    "LAST CHANCE: genuine designer watches, {amount} EUR, free shipping http://{host}.example/shop http://{host}.example/s2",
    "Your parcel waits. Pay {amount} EUR customs here http://{host}.example/pay or http://{host}.example/parcel",
    "Doctors hate this! Lose {amount} pounds in a week >>> http://{host}.example/slim http://{host}.example/order",
    "Earn money from home! Guaranteed income, no risk, free trial, limited offer of {amount} EUR. "
    "Click here to order now: http://{host}.example/offer http://{host}.example/claim !!!",
    "Limited offer, act now: free money guaranteed, {amount} dollars a week, no risk! "
    "Order here http://{host}.example/order or click http://{host}.example/now",
    "Double your coins, {amount} spots left, join http://{host}.example/coin and tell your friends http://{host}.example/f",
)
_DESPAIR: Final = (
    "I don't want to be here anymore. Nothing helps.",
    "lately I keep thinking everyone would be better off without me",
    "I can't go on like this and I have nobody to talk to",
    "Sorry to everyone. I am so tired of living.",
)
_REASONS: Final[Mapping[str, tuple[str, ...]]] = {
    "harassment": (
        "This insults someone.",
        "Please look at the tone of this.",
        "Aimed at a person, not at an argument.",
    ),
    "spam": ("Advertising.", "The same link again and again.", "This looks like a scam."),
    "self_harm": ("I am worried about this person.", "Someone should reach out to them."),
}

T = TypeVar("T")


@dataclass(frozen=True)
class FedCase:
    """One subject and what is said about it: the post first, then reports and signals in the order they come."""

    number: int
    messages: tuple[FeedMessage, ...]


def fed_cases(texts: Sequence[CorpusText], seed: str, first: int = 0) -> Iterator[FedCase]:
    """Cases without end, from number `first` on. Without texts, only the invented ones."""
    abusive = [one for one in texts if toxicity(one) >= ABUSIVE_FROM]
    mild = [one for one in texts if toxicity(one) < ABUSIVE_FROM]
    number = first
    while True:
        yield fed_case(abusive, mild, seed, number)
        number += 1


def fed_case(abusive: Sequence[CorpusText], mild: Sequence[CorpusText], seed: str, number: int) -> FedCase:
    """The n-th case: of ten, about five harassment, two ordinary posts someone reported, two spam, one despair."""
    draw = _Draw(f"{seed}/{number}")
    kind = draw.among("kind", "hhhhhoossd")
    if kind == "h" and (pool := abusive or mild):
        return _harassment(draw, number, draw.one("text", pool), reporters=1 + draw.below("reporters", 4))
    if kind == "o" and (pool := mild or abusive):
        return _harassment(draw, number, draw.one("text", pool), reporters=1)
    return _despair(draw, number) if kind == "d" else _spam(draw, number)


def toxicity(text: CorpusText) -> float:
    """What the corpus says, 0 to 1; 0 for a text nobody rated."""
    return text.scores.get("toxicity", 0.0)


class _Draw:
    """Choices that depend on nothing but their names: the same in every run, on every machine."""

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def mark(self) -> str:
        return sha256(self._name.encode()).hexdigest()[:12]

    def below(self, what: str, limit: int) -> int:
        return int.from_bytes(sha256(f"{self._name}/{what}".encode()).digest()[:8], "big") % limit

    def one(self, what: str, choices: Sequence[T]) -> T:
        return choices[self.below(what, len(choices))]

    def among(self, what: str, letters: str) -> str:
        return letters[self.below(what, len(letters))]


def _harassment(draw: _Draw, number: int, text: CorpusText, reporters: int) -> FedCase:
    post = _post(draw, text.text, sensitive=text.sensitive)
    reports = _reports(draw, post, "harassment", reporters)
    flagged = toxicity(text) >= ABUSIVE_FROM and draw.below("signal", 3) == 0
    signals = (_signal(draw, post, "harassment", toxicity(text)),) if flagged else ()
    return FedCase(number, (post, *reports[:1], *signals, *reports[1:]))


def _spam(draw: _Draw, number: int) -> FedCase:
    host = f"deal-{draw.below('host', 9)}"
    text = draw.one("pitch", _PITCHES).format(amount=100 + 50 * draw.below("amount", 19), host=host)
    post = _post(draw, text, sensitive=False)
    return FedCase(number, (post, *_reports(draw, post, "spam", 1 + draw.below("reporters", 4))))


def _despair(draw: _Draw, number: int) -> FedCase:
    post = _post(draw, draw.one("words", _DESPAIR), sensitive=True)
    return FedCase(number, (post, *_reports(draw, post, "self_harm", 1)))


def _reads(person: int) -> str:
    """Every fourth of them German."""
    return "de" if person % 4 == 3 else "en"


def _post(draw: _Draw, text: str, sensitive: bool) -> FeedPost:
    author = draw.below("author", AUTHORS)
    return FeedPost(
        id=f"fed-{draw.mark}",
        author_id=f"synthetic-author-{author:02}",
        author_name=f"Synthetic author {author}",
        author_language=_reads(author),
        text=text.strip()[:20_000],
        sensitive=sensitive,
        country=draw.one("country", ("DE", "FR", "IE", "NL", "PL", "ES")),
    )


def _reports(draw: _Draw, post: FeedPost, area: str, count: int) -> tuple[ReportMessage, ...]:
    first = draw.below("reporter", REPORTERS)
    people = [(first + 7 * index) % REPORTERS for index in range(count)]
    return tuple(
        ReportMessage(
            message_id=f"fed-{draw.mark}-r{index}",
            subject=Subject(kind=SubjectKind.CONTENT, id=post.id),
            area=area,
            source=ReportSource.NOTICE if index == 0 else ReportSource.OTHER,
            reporter=Person(
                account_id=f"synthetic-reporter-{person:02}",
                address=f"synthetic-reporter-{person:02}@example.invalid",
                language=_reads(person),
            ),
            reason=draw.one(f"reason {index}", _REASONS[area]),
        )
        for index, person in enumerate(people)
    )


def _signal(draw: _Draw, post: FeedPost, area: str, score: float) -> SignalMessage:
    return SignalMessage(
        message_id=f"fed-{draw.mark}-s0",
        subject=Subject(kind=SubjectKind.CONTENT, id=post.id),
        detector=Detector(vendor="synthetic", name="corpus-scores", version="1"),
        scores={area: round(score, 4)},
        area=area,
    )
