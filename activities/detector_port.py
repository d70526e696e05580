"""The port every detector stands behind: what it says of itself, what it is given, what it may answer. Effect: none but time.

In-process classifiers, links, pictures known from banks, counts, plug-ins and vendors all fit here. A detector answers every
label it names, with 0.0 where it sees nothing; a label that is missing, failed or late says nothing, and is never "clean".
`activities/detector_conformance.py` is the kit by which an author checks a detector of their own.
"""

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, Final, Protocol, Self

from pydantic import Field, StringConstraints, model_validator

from cases.decisions import SourceDecision
from cases.detections import Detection
from cases.evidence import Surface
from cases.facts import Fact
from cases.pictures import PictureHashes
from cases.policy_facts import MAX_LABELS
from cases.policy_facts import Label as LabelName

MAX_CHARACTERS: Final = 10_000
"""Characters of one text that are read; a longer text's results say `truncated`."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")  # no letter, and not every detector's string type can hold it

Score = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+/-]{0,63}$")]
RawLabel = Annotated[str, StringConstraints(max_length=128)]


class Label(StrEnum):
    """What the detectors that come with Dueprocess can say. A pack maps each label to the policy area it is a sign of."""

    SPAM = "spam"
    HARASSMENT = "harassment"
    SELF_HARM = "self_harm"
    KNOWN_HASH = "known_hash"
    PHISHING = "phishing"


class Kind(StrEnum):
    """What a detector looks at."""

    TEXT = "text"
    LINKS = "links"
    PICTURES = "pictures"
    COUNTS = "counts"
    VENDOR = "vendor"  # somebody else's machine: asked over the network, from a task queue of its own


class DetectorStatus(StrEnum):
    OK = "ok"
    FAILED = "failed"


class About(Fact):
    """What a detector is. labels: all that it answers, each time. cost_micros: of one look, in millionths of the currency.

    within_ms: how long one look takes at most on ordinary content, in milliseconds; the conformance kit measures it.
    """

    vendor: Word
    name: Word
    model: Word
    version: Word
    kind: Kind
    labels: Annotated[tuple[LabelName, ...], Field(min_length=1, max_length=MAX_LABELS)]
    cost_micros: Annotated[int, Field(ge=0)] = 0
    within_ms: Annotated[float, Field(gt=0)] = 50.0


class Picture(Fact):
    """A picture by its hashes; its bytes stay where they are. pdq: 64 hex digits, of quality 0 to 100, where it has one.

    These are the platform's word. seen: what we worked out ourselves of its bytes, where they are kept. unread: its bytes are
    not here yet, or could not be read, so that nobody vouches for that word.
    """

    sha256: str | None = None
    pdq: str | None = None
    quality: int | None = None
    seen: PictureHashes | None = None
    unread: bool = False


class Given(Fact):
    """What a detector is given of one version of some content. counts: what came lately, by name (`author_items_1h`)."""

    text: str = ""
    language: str | None = None
    surface: Surface = Surface.PUBLIC
    jurisdiction: str | None = None
    pictures: tuple[Picture, ...] = ()
    counts: Mapping[str, int] = {}


class Span(Fact):
    """Where a sign stands in the text as written: half-open, in code points. Holds places, never words."""

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=1)]


class Finding(Fact):
    """What a detector says of one label. raw_label, raw_score: its own, before mapping; never words of the content.

    folded: the score comes from the text with look-alike and invisible characters folded, higher than as written.
    rests_on: our own decision that vouches for what was known again.
    """

    label: LabelName
    score: Score
    raw_label: RawLabel = ""
    raw_score: float | None = None
    spans: tuple[Span, ...] = ()
    folded: bool = False
    rests_on: SourceDecision | None = None


class DetectorResult(Fact):
    """A detector's word on one label, as it is kept. `score` is None exactly when `status` is failed.

    latency_ms: of the look it comes from, wall time; cost_micros: likewise. truncated: only the first MAX_CHARACTERS were
    read. error: names a failure's type, never the content.
    """

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
    cost_micros: int = 0
    spans: tuple[Span, ...] = ()
    folded: bool = False
    rests_on: SourceDecision | None = None
    truncated: bool = False
    error: str | None = None

    @model_validator(mode="after")
    def _a_failure_has_no_score(self) -> Self:
        if (self.score is None) != (self.status is DetectorStatus.FAILED):
            raise ValueError("a score is given exactly when the detector did not fail")
        return self


class Detector(Protocol):
    """What an author writes: who it is, and what it sees. `look` may raise; that is a failure of every label it names.

    It blocks, is called from threads, several at once, and does nothing but look: no network, no file, no log of content.
    """

    @property
    def about(self) -> About: ...

    def look(self, given: Given) -> Iterable[Finding]: ...


class NotAvailable(Exception):
    """A detector lacks a library that it needs: every label it names is a missing result, never a clean one."""


def asked(
    detector: Detector, given: Given, clock: Callable[[], float] = time.perf_counter
) -> tuple[DetectorResult, ...]:
    """One detector's results, a label each, in the order it names them. Raises nothing for a content's or detector's sake."""
    began = clock()
    findings: dict[str, Finding] = {}
    error = None
    try:
        findings = _checked(detector.about, detector.look(_readable(given)))
    except Exception as failure:  # a detector that breaks must not take the case with it, nor call the content clean
        error = type(failure).__name__
    took = max(0.0, (clock() - began) * 1000)
    return tuple(
        result_of(detector.about, label, findings.get(label), took, given, error) for label in _labels(detector)
    )


def result_of(
    about: About,
    label: str,
    finding: Finding | None,
    latency_ms: float,
    given: Given | None = None,
    error: str | None = None,
) -> DetectorResult:
    """A finding as it is kept; None is a failure, for the reason `error`, or since the detector left the label out."""
    told: dict[str, Any] = (
        finding.model_dump(exclude={"label"}) if finding else {"score": None, "raw_label": "", "raw_score": None}
    )
    return DetectorResult(
        vendor=about.vendor,
        detector=about.name,
        model=about.model,
        version=about.version,
        label=label,
        status=DetectorStatus.OK if finding else DetectorStatus.FAILED,
        latency_ms=latency_ms,
        cost_micros=about.cost_micros,
        truncated=given is not None and len(given.text) > MAX_CHARACTERS,
        error=None if finding else error or "LabelLeftOut",
        **told,
    )


def detection_of(result: DetectorResult) -> Detection:
    """A result as cases keep it."""
    return Detection(
        detector=f"{result.vendor}/{result.detector}",
        version=f"{result.model}@{result.version}",
        label=result.label,
        score=result.score,
        failed=result.score is None,
        raw_label=result.raw_label,
        raw_score=result.raw_score,
        latency_ms=round(result.latency_ms, 3),
        cost_micros=result.cost_micros,
        rests_on=result.rests_on,
    )


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


def _checked(about: About, findings: Iterable[Finding]) -> dict[str, Finding]:
    """By label, the highest of several. Raises ValueError for a label that the detector does not name."""
    found: dict[str, Finding] = {}
    for one in findings:
        checked = Finding.model_validate(one.model_dump())  # an author's subclass or copy is looked at afresh
        if checked.label not in about.labels:
            raise ValueError("a finding has a label that the detector does not name")
        if checked.label not in found or checked.score > found[checked.label].score:
            found[checked.label] = checked
    return found


def _readable(given: Given) -> Given:
    return given.model_copy(update={"text": _LONE_SURROGATE.sub("\ufffd", given.text[:MAX_CHARACTERS])})


def _labels(detector: Detector) -> Sequence[str]:
    return tuple(dict.fromkeys(detector.about.labels))
