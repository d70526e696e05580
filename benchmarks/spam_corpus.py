"""The SpamAssassin corpus as `dueprocess redteam` reads corpora: mails that the spam model has not seen, nothing committed.

    python -m benchmarks.spam_corpus CACHE > held-out.ndjson

Only mails of the part that `benchmarks/train_spam.py` holds out; the same mailing twice is taken once.
"""

import argparse
import json
import sys
from pathlib import Path

from benchmarks.train_spam import fetch, mail_of, read_corpus

CHARACTERS = 2_000  # of a mail: as much as a long post has


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cache", type=Path)
    seen: set[str] = set()
    for spam, text in read_corpus(fetch(parser.parse_args().cache)):
        mail = mail_of(spam, text)
        if mail.part == "held out" and mail.digest not in seen and text.strip():
            seen.add(mail.digest)
            line = {"text": text[:CHARACTERS], "label": "spam" if spam else None}
            sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
