"""The port every detector stands behind, and the in-process text detectors. Effect: none but time.

Scoring keeps a core busy for a millisecond or two: callers use `asyncio.to_thread(assess_text, …)`, never the event loop
of a workflow worker. A result that is missing or failed says nothing about a text; it is never "clean".
"""

import re
import time
from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from activities.text_classifiers import (
    HarassmentWords,
    KnownItems,
    Reading,
    SelfHarmPhrases,
    SpamWords,
)

MAX_CHARACTERS = 10_000
"""Characters of one text that are read; a longer text's results say `truncated`."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")  # no letter, and not every detector's string type can hold it

Score = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]


class Label(StrEnum):
    """What the in-process detectors can say. A pack maps each label to the policy area it is a sign of."""

    SPAM = "spam"
    HARASSMENT = "harassment"
    SELF_HARM = "self_harm"
    KNOWN_HASH = "known_hash"


class DetectorStatus(StrEnum):
    OK = "ok"
    FAILED = "failed"


class Span(BaseModel):
    """Where a sign stands in the text as written: half-open, in code points. Holds places, never words."""

    model_config = ConfigDict(frozen=True)

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=1)]


class DetectorResult(BaseModel):
    """One detector's word on one text. `score` is None exactly when `status` is failed.

    raw_label and raw_score are the detector's own, before mapping; latency_ms is wall time in milliseconds; `folded`
    means the score comes from the text with look-alike and invisible characters folded, higher than as written;
    `truncated` that only the first MAX_CHARACTERS were read; `error` names a failure's type, never the text.
    """

    model_config = ConfigDict(frozen=True)

    vendor: str
    detector: str
    model: str
    version: str
    label: str
    status: DetectorStatus
    score: Score | None
    raw_label: str
    raw_score: float | None
    latency_ms: Annotated[float, Field(ge=0.0)]
    spans: tuple[Span, ...] = ()
    folded: bool = False
    truncated: bool = False
    error: str | None = None

    @model_validator(mode="after")
    def _a_failure_has_no_score(self) -> Self:
        if (self.score is None) != (self.status is DetectorStatus.FAILED):
            raise ValueError("a score is given exactly when the detector did not fail")
        return self


class Detector(Protocol):
    """A detector of one label. `assess` never raises for a text's sake: its failure is a result."""

    @property
    def label(self) -> str: ...

    def assess(self, text: str, language: str | None = None) -> DetectorResult: ...


class Classifier(Protocol):
    """What InProcessDetector wraps: names itself, reads a text, may raise."""

    name: str
    label: str
    model: str
    version: str

    def read(self, text: str) -> Reading: ...


class InProcessDetector:
    """A classifier that runs in this process, behind the port."""

    def __init__(self, classifier: Classifier, clock: Callable[[], float] = time.perf_counter) -> None:
        self._classifier = classifier
        self._clock = clock

    @property
    def label(self) -> str:
        return self._classifier.label

    def assess(self, text: str, language: str | None = None) -> DetectorResult:
        """Score the text. `language` is ignored: these detectors read English and say so in their model card."""
        began = self._clock()
        try:
            reading, error = self._classifier.read(_readable(text)), None
        except Exception as failure:  # a detector that breaks must not take the case with it, nor call the text clean
            reading, error = None, type(failure).__name__
        return DetectorResult(
            vendor="dueprocess",
            detector=self._classifier.name,
            model=self._classifier.model,
            version=self._classifier.version,
            label=self._classifier.label,
            status=DetectorStatus.FAILED if reading is None else DetectorStatus.OK,
            score=None if reading is None else reading.score,
            raw_label="" if reading is None else reading.raw_label,
            raw_score=None if reading is None else reading.raw_score,
            latency_ms=max(0.0, (self._clock() - began) * 1000),
            spans=() if reading is None else tuple(Span(start=start, end=end) for start, end in reading.spans),
            folded=False if reading is None else reading.folded,
            truncated=len(text) > MAX_CHARACTERS,
            error=error,
        )


def _readable(text: str) -> str:
    return _LONE_SURROGATE.sub("\ufffd", text[:MAX_CHARACTERS])


@lru_cache(maxsize=1)
def in_process_detectors() -> tuple[Detector, ...]:
    """The detectors that come with Dueprocess, loaded once, on first use. Raises OSError if a model file is missing."""
    return tuple(
        InProcessDetector(classifier)
        for classifier in (SpamWords.load(), HarassmentWords.load(), SelfHarmPhrases.load(), KnownItems.load())
    )


def assess_text(
    text: str, language: str | None = None, detectors: Iterable[Detector] | None = None
) -> tuple[DetectorResult, ...]:
    """Every detector's result, in the detectors' order. Blocking, about a millisecond."""
    chosen = in_process_detectors() if detectors is None else detectors
    return tuple(detector.assess(text, language) for detector in chosen)


def max_scores(results: Iterable[DetectorResult]) -> dict[str, float]:
    """The highest score per label, among results that did not fail: a label without one is absent, not zero."""
    scores: dict[str, float] = {}
    for result in results:
        if result.score is not None:
            scores[result.label] = max(result.score, scores.get(result.label, 0.0))
    return scores


def failed_labels(results: Iterable[DetectorResult]) -> frozenset[str]:
    """Labels of which a detector failed and none answered."""
    seen = tuple(results)
    return frozenset(result.label for result in seen if result.score is None) - max_scores(seen).keys()
