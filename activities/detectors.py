"""The detectors of this process: those that come with Dueprocess, and plug-ins. Effect: none but time.

Looking keeps a core busy for a millisecond or two: callers use `asyncio.to_thread(look_at, …)`, never the event loop of a
workflow worker.
"""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from activities.detector_port import About, Detector, DetectorResult, Finding, Given, Kind, Span, asked
from activities.link_signs import LinkSigns
from activities.text_classifiers import HarassmentWords, KnownItems, Reading, SelfHarmPhrases, SpamWords
from activities.toxicity import ToxicityWords


class Classifier(Protocol):
    """What InProcessDetector wraps: names itself, reads a text, may raise."""

    name: str
    label: str
    model: str
    version: str

    def read(self, text: str) -> Reading: ...


class InProcessDetector:
    """A classifier of texts that runs in this process, behind the port. It reads English, and says so in its model card."""

    def __init__(self, classifier: Classifier, kind: Kind = Kind.TEXT) -> None:
        self._classifier = classifier
        self._about = About(
            vendor="dueprocess",
            name=classifier.name,
            model=classifier.model,
            version=classifier.version,
            kind=kind,
            labels=(classifier.label,),
        )

    @property
    def about(self) -> About:
        return self._about

    def look(self, given: Given) -> tuple[Finding, ...]:
        """The classifier's reading of the text. `language` is ignored."""
        reading = self._classifier.read(given.text)
        spans = tuple(Span(start=start, end=end) for start, end in reading.spans)
        return (
            Finding(
                label=self._classifier.label,
                score=reading.score,
                raw_label=reading.raw_label,
                raw_score=reading.raw_score,
                spans=spans,
                folded=reading.folded,
            ),
        )


@lru_cache(maxsize=2)
def in_process_detectors(link_lists: Path | None = None) -> tuple[Detector, ...]:
    """The detectors that come with Dueprocess, loaded once, on first use. link_lists: a platform's own hosts.

    Raises OSError if a file is missing, ValueError or TypeError if the platform's is no list.
    """
    texts: tuple[Classifier, ...] = (
        SpamWords.load(),
        HarassmentWords.load(),
        SelfHarmPhrases.load(),
        KnownItems.load(),
    )
    return (*map(InProcessDetector, texts), InProcessDetector(LinkSigns.load(link_lists), Kind.LINKS))


def toxicity_detector(weights: Path) -> Detector | None:
    """Where its weights were fetched at set-up; None without them. Raises ValueError or TypeError for another file."""
    return InProcessDetector(ToxicityWords.load(weights)) if weights.is_file() else None


def look_at(given: Given, detectors: Iterable[Detector] | None = None) -> tuple[DetectorResult, ...]:
    """Every detector's results, in the detectors' order. Blocking, about a millisecond."""
    chosen = in_process_detectors() if detectors is None else detectors
    return tuple(result for detector in chosen for result in asked(detector, given))


def assess_text(
    text: str, language: str | None = None, detectors: Iterable[Detector] | None = None
) -> tuple[DetectorResult, ...]:
    """The same of a text alone."""
    return look_at(Given(text=text, language=language), detectors)
