"""How good detectors and rules were, by what people found afterwards; and what their scores have meant. Needs scikit-learn.

Accuracy figures are of contents that people judged, not of everything: recall is of the violations that were brought to
someone. The regulation's reports ask for accuracy, precision and recall by language (Implementing Regulation (EU) 2024/2835,
Annex II, part 8).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final, Literal

import numpy as np
from scipy.stats import binomtest
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss
from sklearn.model_selection import StratifiedKFold

from cases.calibration import Calibration, Curve
from cases.facts import Fact
from cases.judged_scores import JudgedRule, JudgedScore

FEWEST: Final = 30
"""Judged contents of each kind, violations and none, below which nothing is fitted."""
FEWEST_ISOTONIC: Final = 500
"""From so many on a curve may have any rising form; below, a logistic one (Niculescu-Mizil and Caruana 2005 take 1,000)."""
FEWEST_FLAGGED: Final = 20
"""Judged contents that a threshold must rest on: of one, the precision is always 0 or 1."""
FOLDS: Final = 5
BINS: Final = 10


class Share(Fact):
    """So many of so many, and the Wilson interval in which the true share lies with 95 %; None of none."""

    hits: int
    of: int
    share: float | None
    low: float | None
    high: float | None


class Accuracy(Fact):
    """A detector's label in one language (or all), from a threshold on; or a rule, of which there is precision alone."""

    who: str
    label: str
    language: str
    judged: int
    precision: Share
    recall: Share | None = None
    accuracy: Share | None = None


class Bin(Fact):
    """Contents whose score lies in a tenth: their mean score, and in how many of them people agreed."""

    mean: float
    share: float
    judged: int


class Suggestion(Fact):
    """From which score on a wanted precision was reached. threshold: None where none reaches it, or on too few contents."""

    wanted: float
    threshold: float | None
    precision: Share | None = None
    recall: Share | None = None


class Fitting(Fact):
    """One detector's label: its reliability, its curve (None of too few), and what both are worth on contents held out.

    before, after: Brier scores, the mean squared distance from what people found; smaller is better.
    """

    detector: str
    version: str
    label: str
    judged: int
    right: int
    reliability: tuple[Bin, ...]
    curve: Curve | None
    before: float | None
    after: float | None
    suggestion: Suggestion

    @property
    def gained(self) -> float:
        """By how much the curve is closer to what people found, on contents held out; 0 without one."""
        return self.before - self.after if self.before is not None and self.after is not None else 0.0


def accuracies(scores: Sequence[JudgedScore], threshold: float) -> Iterator[Accuracy]:
    """By detector and label, of all languages and of each."""
    for (detector, label), all_ones in sorted(_grouped(scores, lambda one: (one.detector, one.label)).items()):
        for language in ("all", *sorted({one.language for one in all_ones})):
            ones = [one for one in all_ones if language in ("all", one.language)]
            flagged = [one.right for one in ones if one.score >= threshold]
            missed = [one.right for one in ones if one.score < threshold]
            yield Accuracy(
                who=detector,
                label=label,
                language=language,
                judged=len(ones),
                precision=share_of(sum(flagged), len(flagged)),
                recall=share_of(sum(flagged), sum(flagged) + sum(missed)),
                accuracy=share_of(sum(flagged) + len(missed) - sum(missed), len(ones)),
            )


def rule_accuracies(rules: Sequence[JudgedRule]) -> Iterator[Accuracy]:
    """By rule, of all languages and of each: in how many of the contents it held of people agreed."""
    for rule_id, all_ones in sorted(_grouped(rules, lambda one: one.rule_id).items()):
        for language in ("all", *sorted({one.language for one in all_ones})):
            ones = [one.right for one in all_ones if language in ("all", one.language)]
            yield Accuracy(
                who=rule_id, label="", language=language, judged=len(ones), precision=share_of(sum(ones), len(ones))
            )


def fittings(scores: Sequence[JudgedScore], wanted: float) -> Iterator[Fitting]:
    """By detector, version and label. wanted: the precision that a threshold is suggested for."""
    for (detector, version, label), ones in sorted(
        _grouped(scores, lambda one: (one.detector, one.version, one.label)).items()
    ):
        said = np.array([one.score for one in ones])
        right = np.array([one.right for one in ones])
        fitted = min(right.sum(), len(right) - right.sum()) >= FEWEST
        yield Fitting(
            detector=detector,
            version=version,
            label=label,
            judged=len(ones),
            right=int(right.sum()),
            reliability=tuple(_bins(said, right)),
            curve=_curve(detector, version, label, said, right) if fitted else None,
            before=round(float(brier_score_loss(right, said)), 6) if fitted else None,
            after=round(_held_out(said, right), 6) if fitted else None,
            suggestion=suggested(said, right, wanted),
        )


def calibration_of(found: Iterable[Fitting], at: datetime) -> Calibration:
    """The curves, where they came closer to what people found than the scores as they are."""
    return Calibration(fitted_at=at, curves=tuple(one.curve for one in found if one.curve and one.gained > 0))


def share_of(hits: int, of: int) -> Share:
    """The share and its interval."""
    if not of:
        return Share(hits=0, of=0, share=None, low=None, high=None)
    interval = binomtest(int(hits), int(of)).proportion_ci(method="wilson")
    return Share(
        hits=int(hits), of=int(of), share=round(hits / of, 4), low=round(interval.low, 4), high=round(interval.high, 4)
    )


def suggested(said: "np.ndarray[Any, Any]", right: "np.ndarray[Any, Any]", wanted: float) -> Suggestion:
    """The lowest score from which on the wanted precision was reached, and what it rests on: FEWEST_FLAGGED at least."""
    order = np.argsort(-said, kind="stable")
    hits = np.cumsum(right[order])
    flagged = np.arange(1, len(order) + 1)
    last_of_its_score = np.append(said[order][:-1] != said[order][1:], True) if len(order) else np.array([], bool)
    reached: Any = (
        np.nonzero(last_of_its_score & (hits / flagged >= wanted) & (flagged >= FEWEST_FLAGGED))[0]
        if len(order)
        else []
    )
    if not len(reached):
        return Suggestion(wanted=wanted, threshold=None)
    place = int(reached[-1])
    return Suggestion(
        wanted=wanted,
        threshold=float(said[order][place]),
        precision=share_of(hits[place], flagged[place]),
        recall=share_of(hits[place], right.sum()),
    )


def _grouped(ones: Iterable[Any], by: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    groups: dict[Any, list[Any]] = {}
    for one in ones:
        groups.setdefault(by(one), []).append(one)
    return groups


def _bins(said: "np.ndarray[Any, Any]", right: "np.ndarray[Any, Any]") -> Iterator[Bin]:
    places = np.minimum((said * BINS).astype(int), BINS - 1)
    for place in range(BINS):
        mine = places == place
        if mine.any():
            yield Bin(
                mean=round(float(said[mine].mean()), 4),
                share=round(float(right[mine].mean()), 4),
                judged=int(mine.sum()),
            )


def _fit(
    said: "np.ndarray[Any, Any]", right: "np.ndarray[Any, Any]"
) -> Callable[["np.ndarray[Any, Any]"], "np.ndarray[Any, Any]"]:
    if _method(len(said)) == "isotonic":
        fitted = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(said, right)
        return lambda scores: fitted.predict(scores)
    regression = LogisticRegression().fit(_logits(said), right)
    if regression.coef_[0][0] < 0:  # whoever says more where there is less has no calibration
        return lambda scores: np.full(len(scores), right.mean())
    return lambda scores: regression.predict_proba(_logits(scores))[:, 1]


def _method(judged: int) -> Literal["isotonic", "logistic"]:
    return "isotonic" if judged >= FEWEST_ISOTONIC else "logistic"


def _logits(said: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    clipped = np.clip(said, 1e-6, 1 - 1e-6)
    return np.log(clipped / (1 - clipped)).reshape(-1, 1)  # type: ignore[no-any-return]


def _curve(
    detector: str, version: str, label: str, said: "np.ndarray[Any, Any]", right: "np.ndarray[Any, Any]"
) -> Curve:
    """At a hundred scores, so that the file needs no library to be read."""
    scores = np.linspace(0.0, 1.0, 101)
    shares = np.clip(_fit(said, right)(scores), 0.0, 1.0)
    return Curve(
        detector=detector,
        version=version,
        label=label,
        method=_method(len(said)),
        judged=len(said),
        right=int(right.sum()),
        knots=tuple((round(float(a), 4), round(float(b), 6)) for a, b in zip(scores, shares, strict=True)),
    )


def _held_out(said: "np.ndarray[Any, Any]", right: "np.ndarray[Any, Any]") -> float:
    """The Brier score of curves on contents that they were not fitted to."""
    predicted = np.zeros(len(said))
    for fitted, kept in StratifiedKFold(FOLDS, shuffle=True, random_state=1).split(said, right):
        predicted[kept] = _fit(said[fitted], right[fitted])(said[kept])
    return float(brier_score_loss(right, np.clip(predicted, 0, 1)))
