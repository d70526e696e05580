"""The kit by which the author of a detector checks it: subclass, say how it is made, and let pytest run the rest.

    from activities.detector_conformance import DetectorConformance

    class TestMine(DetectorConformance):
        def make(self):
            return MyDetector()

        sees = ["SOME TEXT THAT IT IS TO RECOGNISE"]   # optional: contents where at least one label scores 0.5 and more

It needs pytest only to be collected. What it asks of a detector is what the product relies on: every label answered each
time, the same answer to the same content, from many threads, within the time it names, and no words of the content in what
is kept. `breaches` gives the same findings as sentences, for those who test otherwise.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar, Final

from activities.detector_port import About, Detector, DetectorResult, DetectorStatus, Given, Picture, asked

CANARY: Final = "Xylocarp-Zephyrine"
"""A word that no model knows; it may be in no result."""

CONTENTS: Final[tuple[Given, ...]] = (
    Given(),
    Given(text=" "),
    Given(text="A walk in the park with the dog.", language="en"),
    Given(text=f"{CANARY} said: {CANARY}!", language="en"),
    Given(text="\x00"),
    Given(text="\ud800 lone surrogate"),
    Given(text="🙂" * 500),
    Given(text="a" * 200_000),
    Given(text="\u202eolleh \u200b\u2060"),
    Given(text="как дела, всё хорошо", language="ru"),
    Given(text="مَرْحَبًا", language="ar"),
    Given(text="see https://user@xn--pypal-4ve.example/?q=%00 and http://[::1]/", language="en"),
    Given(pictures=(Picture(sha256="0" * 64), Picture(pdq="f" * 64, quality=100), Picture(pdq="0" * 64, quality=0))),
    Given(counts={"author_items_1h": 10_000, "nobody_knows_this": 1}),
)
"""Odd contents that every detector meets one day."""

THREADS: Final = 4
ROUNDS: Final = 5


def breaches(make: Callable[[], Detector], sees: Sequence[str | Given] = ()) -> tuple[str, ...]:
    """What this detector does that the product cannot rely on, a sentence each; empty when it may be used."""
    detector = make()
    return tuple(breach for check in CHECKS for breach in check(detector, sees))


class DetectorConformance(ABC):
    """The same as tests, one for each promise. Subclass it and say how the detector is made."""

    sees: ClassVar[Sequence[str | Given]] = ()

    @abstractmethod
    def make(self) -> Detector:
        """A detector ready to look."""

    def test_it_says_what_it_is(self) -> None:
        self._holds(describes_itself)

    def test_it_answers_every_label_of_every_odd_content(self) -> None:
        self._holds(answers_every_label)

    def test_the_same_content_has_the_same_answer_from_every_thread(self) -> None:
        self._holds(answers_alike)

    def test_nothing_of_the_content_stands_in_what_it_answers(self) -> None:
        self._holds(keeps_no_words)

    def test_it_is_as_quick_as_it_says(self) -> None:
        self._holds(is_in_time)

    def test_it_sees_what_it_is_there_for(self) -> None:
        self._holds(sees_what_it_should)

    def _holds(self, check: "Check") -> None:
        found = tuple(check(self.make(), self.sees))
        assert not found, "\n".join(found)


Check = Callable[[Detector, Sequence[str | Given]], Iterator[str]]


def describes_itself(detector: Detector, sees: Sequence[str | Given] = ()) -> Iterator[str]:
    """`about` is whole, always the same, and names each label once."""
    about = About.model_validate(detector.about.model_dump())
    if detector.about != about:
        yield "about changes from one question to the next: a result could not be traced to what made it"
    if len(set(about.labels)) < len(about.labels):
        yield "about.labels names a label twice"


def answers_every_label(detector: Detector, sees: Sequence[str | Given] = ()) -> Iterator[str]:
    """No odd content makes it raise, or leave out a label: what is missing counts as failed, and is never clean."""
    for place, given in enumerate(CONTENTS):
        for result in asked(detector, given):
            if result.status is DetectorStatus.FAILED:
                yield f"content {place} of CONTENTS: label {result.label} failed with {result.error}"


def answers_alike(detector: Detector, sees: Sequence[str | Given] = ()) -> Iterator[str]:
    """Looking has no memory: order, repetition and other threads change nothing."""
    first = [_said(asked(detector, given)) for given in CONTENTS]
    with ThreadPoolExecutor(THREADS) as threads:
        again = list(threads.map(lambda given: _said(asked(detector, given)), [*CONTENTS] * ROUNDS))
    for place, answer in enumerate(again):
        if answer != first[place % len(CONTENTS)]:
            yield f"content {place % len(CONTENTS)} of CONTENTS has two answers"


def keeps_no_words(detector: Detector, sees: Sequence[str | Given] = ()) -> Iterator[str]:
    """Results are recorded in clear: places, labels and numbers, never words."""
    for given in (one for one in CONTENTS if CANARY in one.text):
        for result in asked(detector, given):
            if any(part.lower() in result.model_dump_json().lower() for part in CANARY.split("-")):
                yield f"label {result.label}: words of the content stand in the result; put places in spans instead"
            if any(span.end > len(given.text) for span in result.spans):
                yield f"label {result.label}: a span lies outside of the text"


def is_in_time(detector: Detector, sees: Sequence[str | Given] = ()) -> Iterator[str]:
    """Ordinary content within `about.within_ms`, at the fastest of some looks: a busy machine is no breach."""
    ordinary = CONTENTS[2]
    asked(detector, ordinary)  # the first look may load a model
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        asked(detector, ordinary)
        took.append((time.perf_counter() - began) * 1000)
    if min(took) > detector.about.within_ms:
        yield f"one look takes {min(took):.0f} ms, and about.within_ms says {detector.about.within_ms:.0f}"


def sees_what_it_should(detector: Detector, sees: Sequence[str | Given] = ()) -> Iterator[str]:
    """Each content of `sees` scores 0.5 or more on a label, and an everyday one does not."""
    for place, content in enumerate(sees):
        given = content if isinstance(content, Given) else Given(text=content)
        if not any((result.score or 0.0) >= 0.5 for result in asked(detector, given)):
            yield f"content {place} of sees is not seen: no label scores 0.5"
    if sees and any((result.score or 0.0) >= 0.5 for result in asked(detector, CONTENTS[2])):
        yield "an everyday sentence scores 0.5 or more"


CHECKS: Final[tuple[Check, ...]] = (
    describes_itself,
    answers_every_label,
    answers_alike,
    keeps_no_words,
    is_in_time,
    sees_what_it_should,
)


def _said(results: tuple[DetectorResult, ...]) -> list[dict[str, object]]:
    return [result.model_dump(exclude={"latency_ms"}) for result in results]
