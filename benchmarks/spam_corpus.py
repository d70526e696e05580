"""The SpamAssassin corpus for evaluation: mails that the spam model has not seen, fetched, and never committed.

    python -m benchmarks.spam_corpus CACHE > held-out.ndjson
    dueprocess redteam --corpus held-out.ndjson --sample 100
    python -m benchmarks.spam_corpus CACHE --accuracy

The first writes the mails as `dueprocess redteam` reads them; the last prints what `dueprocess detectors accuracy` would say of
the spam detector if people had judged each mail as the corpus does. Only mails of the part that `benchmarks/train_spam.py`
holds out; the same mailing twice is taken once.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from activities.detector_port import Given
from activities.detectors import in_process_detectors, look_at
from benchmarks.train_spam import fetch, mail_of, read_corpus
from cases.judged_scores import JudgedScore
from workers.calibrating import accuracies

CHARACTERS: Final = 2_000  # of a mail: as much as a long post has
LABEL: Final = "spam"
THRESHOLDS: Final = (0.5, 0.7, 0.9)  # a detector's yes, and where the baseline pack's rules begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--accuracy", action="store_true")
    options = parser.parse_args()
    mails = list(held_out(options.cache))
    if options.accuracy:
        print_accuracy(mails)
    else:
        for text, spam in mails:
            sys.stdout.write(json.dumps({"text": text, "label": LABEL if spam else None}) + "\n")


def held_out(cache: Path) -> Iterator[tuple[str, bool]]:
    """(text, is spam) of every mail that nothing was learnt from."""
    seen: set[str] = set()
    for spam, text in read_corpus(fetch(cache)):
        mail = mail_of(spam, text)
        if mail.part == "held out" and mail.digest not in seen and text.strip():
            seen.add(mail.digest)
            yield text[:CHARACTERS], spam


def print_accuracy(mails: list[tuple[str, bool]]) -> None:
    """Precision, recall and accuracy with their 95 % intervals, from each threshold on."""
    detectors = [one for one in in_process_detectors() if LABEL in one.about.labels]
    judged = [
        JudgedScore(
            detector=f"{result.vendor}/{result.detector}",
            version=result.version,
            label=result.label,
            language="en",
            score=result.score,
            right=spam,
            at=datetime.now(UTC),
        )
        for text, spam in mails
        for result in look_at(Given(text=text, language="en"), detectors)
        if result.label == LABEL and result.score is not None
    ]
    for threshold in THRESHOLDS:
        for one in (one for one in accuracies(judged, threshold) if one.language == "all"):
            shares = {"precision": one.precision, "recall": one.recall, "accuracy": one.accuracy}
            said = ", ".join(
                f"{name} {share.share:.3f} ({share.low:.3f} to {share.high:.3f})"
                for name, share in shares.items()
                if share is not None and share.share is not None
            )
            print(f"{one.who} from {threshold}: {one.judged} mails, {said}")


if __name__ == "__main__":
    main()
