"""The synthetic Osprey output that our pages use: `python -m tests.osprey_sample > docs/samples/osprey.ndjson`.
A number of lines may be given, and a seed.

Everything in it is invented: people, posts and words. Shape: roostorg/osprey, example_rules/README.md.
"""

import json
import random
import sys
from collections.abc import Iterator
from typing import Any

LINES = 240
SEED = 13


def lines(count: int = LINES, seed: int = SEED) -> Iterator[str]:
    """So many lines of output, the same for the same seed."""
    chance = random.Random(seed)
    for number in range(count):
        yield json.dumps(_line(number, count, chance), separators=(",", ":"))


def _line(number: int, count: int, chance: random.Random) -> dict[str, Any]:
    at = f"2026-11-{1 + number * 7 // count:02d}T{chance.randrange(24):02d}:{chance.randrange(60):02d}:00+00:00"
    line: dict[str, Any] = {
        "__action_id": 7_000_000_000_000 + number,
        "__timestamp": at,
        "__error_count": int(chance.random() < 0.01),
        "ActionName": "create_post",
        "PostId": f"synthetic-post-{chance.randrange(count // 2)}",
        "UserId": f"synthetic-user-{chance.randrange(count // 4)}",
        "PostText": "synthetic words",
    }
    kind = chance.choices(("quiet", "spam", "rude", "worried", "child", "banned", "removed"), (60, 18, 8, 4, 2, 4, 4))[
        0
    ]
    line["ManyLinks"], line["WorriedWords"] = kind == "spam", kind == "worried"
    return {**line, **_SAYS[kind]}


_SAYS: dict[str, dict[str, Any]] = {
    "quiet": {"__verdicts": ["pass"]},
    "spam": {"__verdicts": ["reject"], "__entity_label_mutations": ["User/spammer/1"]},
    "rude": {"__entity_label_mutations": ["Post/harassment/1"]},
    "worried": {"__verdicts": ["reject"]},
    "child": {"__verdicts": ["reject"], "__entity_label_mutations": ["Post/child_safety/1"]},
    "banned": {"__ban_user": ["synthetic|synthetic comment"]},
    "removed": {"__entity_label_mutations": ["User/spammer/0"]},
}


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in lines(*map(int, sys.argv[1:])))
