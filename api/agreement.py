"""Whether people judge alike: figures from a library, each with its interval and the answers it rests on, or none at all."""

from collections.abc import Callable, Hashable, Sequence
from math import sqrt
from random import Random
from typing import Final

from cases.facts import Fact

DRAWS: Final = 200  # of the bootstrap
NEWEST: Final = 300  # items a figure rests on at most
_Z: Final = 1.96  # 95 %

Answer = tuple[str, str, str]
"""Who, about what, which answer."""


class Figure(Fact):
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


class AgreementFigures(Fact):
    """How far answers agree. items: what was judged by two or more. share: of pairs that agree; kappa: Cohen's, of the first
    judgement and the second; alpha: Krippendorff's, nominal. words: why a figure is missing."""

    items: int
    share: Figure | None = None
    kappa: Figure | None = None
    alpha: Figure | None = None
    words: str = ""


class KnownFigures(Fact):
    """How often an answer was the known one."""

    answers: int
    share: Figure | None = None
    words: str = ""


def share(hits: int, of: int) -> Figure:
    """A share with Wilson's interval, which is right for few and for nearly all. of: at least one.

    Source: E. B. Wilson, Probable Inference, JASA 22 (1927).
    """
    part, spread = hits / of, 1 + _Z**2 / of
    middle = (part + _Z**2 / (2 * of)) / spread
    half = _Z * sqrt(part * (1 - part) / of + _Z**2 / (4 * of**2)) / spread
    return Figure(value=part, low=max(0.0, middle - half), high=min(1.0, middle + half))


def known(right: int, answers: int, too_few: int) -> KnownFigures:
    """Of answers whose right one is known."""
    if answers < too_few:
        return KnownFigures(answers=answers, words=_too_few(answers, too_few))
    return KnownFigures(answers=answers, share=share(right, answers))


def pairs(first_and_second: Sequence[tuple[str, str]], too_few: int) -> AgreementFigures:
    """Of judgements made twice, the newest first: does the second person find what the first found?"""
    rested = first_and_second[:NEWEST]
    if len(rested) < too_few:
        return AgreementFigures(items=len(rested), words=_too_few(len(rested), too_few))
    items = [(("first", str(number), one), ("second", str(number), two)) for number, (one, two) in enumerate(rested)]
    found = AgreementFigures(
        items=len(rested),
        share=share(sum(one == two for one, two in rested), len(rested)),
        kappa=_interval(items, _kappa),
        alpha=_interval(items, _alpha),
    )
    return (
        found if found.alpha else found.evolve(words="everybody found the same: agreement beyond chance says nothing")
    )


def many(answers_by_item: Sequence[Sequence[Answer]], too_few: int) -> AgreementFigures:
    """Of items that several people judged, not necessarily the same."""
    items = [tuple(one) for one in answers_by_item if len(one) > 1][:NEWEST]
    answers = sum(len(one) for one in items)
    if answers < too_few:
        return AgreementFigures(items=len(items), words=_too_few(answers, too_few))
    alpha = _interval(items, _alpha)
    words = "" if alpha else "everybody found the same: agreement beyond chance says nothing"
    return AgreementFigures(items=len(items), alpha=alpha, words=words)


def _interval(items: Sequence[Sequence[Answer]], figure: Callable[[list[Answer]], float | None]) -> Figure | None:
    """The figure and where 95 % of it lie when items are drawn anew; the draws are the same each time (P8)."""
    value = figure([answer for item in items for answer in item])
    if value is None:
        return None
    chance = Random(len(items))  # noqa: S311 - no secret
    drawn = []
    for _ in range(DRAWS):
        sample = [items[chance.randrange(len(items))] for _ in items]
        again = figure([(who, str(number), said) for number, item in enumerate(sample) for who, _, said in item])
        if again is not None:
            drawn.append(again)
    drawn = sorted(drawn) or [value]
    low, high = drawn[int(0.025 * (len(drawn) - 1))], drawn[int(0.975 * (len(drawn) - 1) + 0.5)]
    return Figure(value=value, low=min(low, value), high=max(high, value))


def _kappa(answers: list[Answer]) -> float | None:
    return _of_library(answers, "kappa")


def _alpha(answers: list[Answer]) -> float | None:
    return _of_library(answers, "alpha")


def _of_library(answers: list[Answer], figure: str) -> float | None:
    """None where only one answer was ever given: nothing can be said beyond chance."""
    from nltk.metrics.agreement import AnnotationTask  # 0.3 s, which most processes never need

    if len(_answers(answers)) < 2:
        return None
    return float(getattr(AnnotationTask(answers), figure)())


def _answers(answers: Sequence[Answer]) -> set[Hashable]:
    return {said for _, _, said in answers}


def _too_few(answers: int, too_few: int) -> str:
    return f"too few to say: {answers}, and {too_few} are needed"
