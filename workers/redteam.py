"""The active pack and its detectors, attacked with a labelled corpus: how much is still caught. Nothing is recorded of texts.

Recall clean is the share of a label's texts that are caught as written; recall under attack, of the same texts disguised.
Caught: by its detector, where the label's score reaches the threshold; by the pack, where a rule of the label's area holds
that does not hold without what machines say. Texts of no label tell the false alarms, as written and disguised.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from activities.detector_port import Detector, Given, failed_labels, max_scores
from activities.detectors import look_at
from activities.text_disguises import evasion
from activities.text_features import count_links
from cases.facts import Fact
from cases.policy import PolicyPack
from cases.policy_facts import ContentFacts, Facts, ReportFacts, SignalFacts
from cases.triage import triage
from workers.redteam_attacks import ATTACKS

LEAST_KEPT: Final = 0.9
"""Of clean recall, what must be left under an attack that is in reach."""
FEWEST: Final = 20
"""Texts caught as written below which a share says too little to be judged."""
CLEAN: Final = "as_written"


class Labelled(NamedTuple):
    """A text and the label it deserves; None for an ordinary one. also: labels of other detectors that should catch it too."""

    text: str
    label: str | None
    also: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """Every label it deserves."""
        return (self.label, *self.also) if self.label else ()


class Outcome(Fact):
    """One label under one attack. kept: recall by its detector under attack, as a share of clean recall; None of none."""

    label: str
    attack: str
    in_reach: bool
    texts: int
    caught: int
    caught_clean: int
    by_pack: int
    by_pack_clean: int
    kept: float | None

    @property
    def too_little_kept(self) -> bool:
        return self.in_reach and self.kept is not None and self.caught_clean >= FEWEST and self.kept < LEAST_KEPT


class Ordinary(Fact):
    """Ordinary texts under one attack: how many a detector flags, by label, and how much they look like evasion."""

    attack: str
    texts: int
    flagged: Mapping[str, int]
    evasive: int


class Report(Fact):
    """What a run found. corpus: SHA-256 over its texts and labels, so that only like runs are compared."""

    pack: str
    pack_digest: str
    detectors: tuple[str, ...]
    corpus: str
    seed: int
    threshold: float
    reports: int
    outcomes: tuple[Outcome, ...]
    ordinary: tuple[Ordinary, ...]

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """Attacks in reach under which too little is left."""
        return tuple(one for one in self.outcomes if one.too_little_kept)


class Scored(Protocol):
    """How much of a label's recall is left under an attack."""

    @property
    def label(self) -> str: ...

    @property
    def attack(self) -> str: ...

    @property
    def kept(self) -> float | None: ...


class Attacked(Protocol):
    """A report of attacks, whatever was attacked."""

    @property
    def outcomes(self) -> Sequence[Scored]: ...


Kept = TypeVar("Kept", bound=Fact)


class Change(NamedTuple):
    """What an attack catches more or less than in the run before."""

    label: str
    attack: str
    before: float | None
    now: float | None


class _Seen(NamedTuple):
    """held: labels in whose area a rule of the pack holds because of what machines say."""

    scores: Mapping[str, float]
    held: frozenset[str]
    evasion: float


class RedTeam:
    """One pack and its detectors, attacked. reports: how many independent people reported each text."""

    def __init__(
        self,
        pack: PolicyPack,
        detectors: Sequence[Detector],
        *,
        seed: int = 1,
        threshold: float = 0.5,
        reports: int = 3,
        look: Callable[[Given, Sequence[Detector]], Any] = look_at,
    ) -> None:
        self._pack, self._detectors, self._look = pack, detectors, look
        self._seed, self._threshold, self._reports = seed, threshold, reports

    def run(self, corpus: Sequence[Labelled], show: Callable[[int, int], None] = lambda done, of: None) -> Report:
        """Every text as written and under every attack. show: told how many attacks are done, of how many."""
        attacks = [CLEAN, *ATTACKS]
        seen: dict[str, list[_Seen]] = {}
        for done, attack in enumerate(attacks):
            show(done, len(attacks))
            seen[attack] = [
                self._seen(self._attacked(attack, one.text, place), one) for place, one in enumerate(corpus)
            ]
        show(len(attacks), len(attacks))
        return Report(
            pack=f"{self._pack.id} {self._pack.version}",
            pack_digest=self._pack.digest,
            detectors=tuple(f"{one.about.vendor}/{one.about.name} {one.about.version}" for one in self._detectors),
            corpus=corpus_digest(corpus),
            seed=self._seed,
            threshold=self._threshold,
            reports=self._reports,
            outcomes=tuple(self._outcomes(corpus, seen)),
            ordinary=tuple(self._ordinary(corpus, seen)),
        )

    def _attacked(self, attack: str, text: str, place: int) -> str:
        if attack == CLEAN:
            return text
        return ATTACKS[attack].change(text, Random(f"{self._seed}/{attack}/{place}"))  # noqa: S311 - to be the same again

    def _seen(self, text: str, one: Labelled) -> _Seen:
        results = self._look(Given(text=text, language="en"), self._detectors)
        scores = max_scores(results)
        areas = {label: self._pack.area_of_label(label) for label in one.labels}
        held = {area for area in set(areas.values()) if self._rules(text, area, scores, failed_labels(results))}
        return _Seen(
            scores=scores,
            held=frozenset(label for label, area in areas.items() if area in held),
            evasion=evasion(text).score,
        )

    def _rules(self, text: str, area: str, scores: Mapping[str, float], failed: Iterable[str]) -> frozenset[str]:
        """The rules of the area that hold because of what machines say."""
        facts = Facts(
            area=area,
            reports=ReportFacts(count=self._reports, independent=self._reports),
            signals=SignalFacts(max_score=dict(scores), failed=tuple(failed)),
            content=ContentFacts(length=len(text), links=count_links(text), language="en"),
        )
        silent = facts.evolve(signals=SignalFacts(max_score={}))
        held = {rule.rule_id for rule in triage(self._pack, facts).matched}
        return frozenset(held - {rule.rule_id for rule in triage(self._pack, silent).matched})

    def _outcomes(self, corpus: Sequence[Labelled], seen: Mapping[str, Sequence[_Seen]]) -> Iterator[Outcome]:
        for label in sorted({label for one in corpus for label in one.labels}):
            places = [place for place, one in enumerate(corpus) if label in one.labels]
            clean, clean_by_pack = self._caught(seen[CLEAN], places, label)
            for name, attack in ATTACKS.items():
                caught, by_pack = self._caught(seen[name], places, label)
                yield Outcome(
                    label=label,
                    attack=name,
                    in_reach=attack.in_reach,
                    texts=len(places),
                    caught=caught,
                    caught_clean=clean,
                    by_pack=by_pack,
                    by_pack_clean=clean_by_pack,
                    kept=round(caught / clean, 4) if clean else None,
                )

    def _caught(self, seen: Sequence[_Seen], places: Iterable[int], label: str) -> tuple[int, int]:
        mine = [seen[place] for place in places]
        by_detector = sum(one.scores.get(label, 0.0) >= self._threshold for one in mine)
        return by_detector, sum(label in one.held for one in mine)

    def _ordinary(self, corpus: Sequence[Labelled], seen: Mapping[str, Sequence[_Seen]]) -> Iterator[Ordinary]:
        places = [place for place, one in enumerate(corpus) if one.label is None]
        labels = sorted({label for detector in self._detectors for label in detector.about.labels})
        for attack, all_seen in seen.items():
            mine = [all_seen[place] for place in places]
            flagged = {label: sum(one.scores.get(label, 0.0) >= self._threshold for one in mine) for label in labels}
            yield Ordinary(
                attack=attack,
                texts=len(mine),
                flagged={label: count for label, count in flagged.items() if count},
                evasive=sum(one.evasion >= 0.5 for one in mine),
            )


def corpus_digest(corpus: Iterable[Labelled]) -> str:
    """SHA-256 of the texts and labels in their order."""
    held = sha256()
    for one in corpus:
        held.update(json.dumps([one.text, one.label, *one.also]).encode())
    return held.hexdigest()


def keep(report: Fact, folder: Path, name: str) -> Path:
    """Write the report where later runs find it; it holds counts only."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.json"
    file.write_text(report.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return file


def last_like(
    report: Kept, folder: Path, alike: Sequence[str] = ("corpus", "seed", "threshold", "reports")
) -> Kept | None:
    """The latest kept run over the same corpus, seed, threshold and reports, or whatever else makes runs alike."""
    for file in sorted(folder.glob("*.json"), reverse=True):
        kept = type(report).model_validate_json(file.read_bytes())
        if all(getattr(kept, name) == getattr(report, name) for name in alike):
            return kept
    return None


def changes(before: Attacked, now: Attacked) -> tuple[Change, ...]:
    """What is caught otherwise than before, worst first."""
    old = {(one.label, one.attack): one.kept for one in before.outcomes}
    found = [
        Change(one.label, one.attack, old.get((one.label, one.attack)), one.kept)
        for one in now.outcomes
        if old.get((one.label, one.attack)) != one.kept
    ]
    return tuple(sorted(found, key=lambda one: (one.now or 0.0) - (one.before or 0.0)))
