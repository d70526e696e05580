"""What assessing one text post costs in process: disguises undone, detectors, and a pack of two hundred rules in its area.

    python -m benchmarks.assessing [--json]

Texts are the corpus that `make run` fetched, or its synthetic stand-in. Time is this process's own (CPU), one thread; the
record's queries and the network are not in it.
"""

import argparse
import json
import statistics
import time
from functools import lru_cache
from itertools import cycle, islice
from pathlib import Path

from activities.detector_port import Detector, Given, failed_labels, max_scores
from activities.detectors import in_process_detectors, look_at, toxicity_detector
from activities.policy_packs import read_pack_files
from activities.text_disguises import evasion
from activities.text_features import count_links
from cases.packs import load_pack
from cases.policy import PolicyPack, Rule
from cases.policy_facts import ContentFacts, Facts, ReportFacts, SignalFacts
from cases.triage import triage
from workers.corpus import read_corpus
from workers.pinned import toxicity_file
from workers.settings import Settings

RULES = 200
TEXTS = 1_000
AREA = "harassment"
CONDITIONS = (
    '"harassment" in scores && scores["harassment"] >= 0.{n:02d} && reports.independent >= {n}',
    "content.length > {n} && content.links > 3 && author.strikes >= {n}",
    'reports.weight >= {n}.5 || ("spam" in scores && scores["spam"] >= 0.9 && content.evasion > 0.{n:02d})',
    'surface == "public" && content.copies >= {n} && !author.protected',
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    pack = two_hundred(load_pack(read_pack_files(Path("policies/baseline"))))
    texts = [one.text for one in islice(cycle(read_corpus(Settings.from_environment().cache / "corpus")), TEXTS)]
    assess(pack, texts[0])  # models and conditions are loaded once in a process's life
    took = []
    for text in texts:
        began = time.process_time()
        assess(pack, text)
        took.append(1000 * (time.process_time() - began))
    facts = facts_of(texts[0])
    began, rounds = time.process_time(), 200
    for _ in range(rounds):
        triage(pack, facts)
    rate = rounds * sum(rule.area == AREA for rule in pack.rules) / (time.process_time() - began)
    found = {
        "rules_in_the_area": sum(rule.area == AREA for rule in pack.rules),
        "texts": len(texts),
        "median_ms": round(statistics.median(took), 2),
        "p99_ms": round(statistics.quantiles(took, n=100)[98], 2),
        "rules_per_second": round(rate),
    }
    print(json.dumps(found) if as_json else "\n".join(f"{name}: {value}" for name, value in found.items()))


def two_hundred(pack: PolicyPack) -> PolicyPack:
    """The pack with so many rules more of one area that it has two hundred of it."""
    own = [rule for rule in pack.rules if rule.area == AREA]
    more = (
        Rule.model_validate(
            {
                "id": f"{AREA}.synthetic-{number}",
                "area": AREA,
                "when": CONDITIONS[number % len(CONDITIONS)].format(n=number % 90 + 10),
                "then": {"outcome": "review"},
                "why": "Synthetic, to be counted.",
            }
        )
        for number in range(RULES - len(own))
    )
    return pack.model_copy(update={"rules": (*pack.rules, *more), "digest": f"sha256:{'0' * 64}"})


def assess(pack: PolicyPack, text: str) -> None:
    triage(pack, facts_of(text))


@lru_cache
def detectors() -> tuple[Detector, ...]:
    """Our own, toxicity among them where its weights were fetched."""
    toxicity = toxicity_detector(toxicity_file(Settings.from_environment().cache))
    return (*in_process_detectors(), *((toxicity,) if toxicity else ()))


def facts_of(text: str) -> Facts:
    results = look_at(Given(text=text, language="en"), detectors())
    return Facts(
        area=AREA,
        reports=ReportFacts(count=2, independent=2),
        signals=SignalFacts(max_score=max_scores(results), failed=tuple(failed_labels(results))),
        content=ContentFacts(length=len(text), links=count_links(text), evasion=evasion(text).score, language="en"),
    )


if __name__ == "__main__":
    main()
