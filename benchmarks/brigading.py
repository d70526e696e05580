"""A mob of a hundred against three people, by the code that weighs them: `python -m benchmarks.brigading`.

Each run is drawn from its seed: when the accounts were made, from which networks they write, in whose words. The mob hides
better and better; the three never hide. What is counted is in how many runs the rule for spam of the baseline pack
(three independent reporters who weigh enough) would hide what was reported. Beside it stand the plain count of reporters,
and the sum of flag scores as Discourse makes them (discourse/discourse: app/models/reviewable_score.rb).
"""

import argparse
import json
import math
import random
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean
from typing import Final

from activities.policy_packs import PolicyPacks
from cases.policy import TriageOutcome
from cases.policy_facts import Facts, ReportFacts
from cases.reporting import ReporterContext, Traits, traits_of
from cases.triage import triage
from cases.trust import Heard, Past, Reported, ReporterRules, heard, trust

MOB: Final = 100
PEOPLE: Final = 3
SEEDS: Final = 200
NOW: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
RULES: Final = ReporterRules()
SECRET: Final = b"synthetic secret of a simulation"
CALL: Final = "This account posts spam in every thread and must go, please remove it as soon as you can"
_TALK: Final = (
    "garden bought shop link again offer price twice friend asked never message profile photo strange selling cheap "
    "phone number group thread yesterday evening morning write answer same picture nobody wants money week"
)
_WORDS: Final = tuple(re.findall(r"\w+", _TALK))


@dataclass(frozen=True)
class Crowd:
    """How a crowd looks. networks: over how many it spreads; young: share of accounts made this week; copied: share whose
    words are the call's; wrong: unfounded reports on record each; upheld: upheld ones.
    """

    name: str
    size: int
    networks: int
    young: float
    copied: float
    wrong: int = 0
    upheld: int = 0


CROWDS: Final = (
    Crowd("three people", PEOPLE, 10_000, 0.05, 0.0),
    Crowd("three people with a good record", PEOPLE, 10_000, 0.0, 0.0, upheld=8),
    Crowd("mob, one network, new accounts, one text", MOB, 1, 1.0, 1.0),
    Crowd("mob, ten networks, new accounts, own words", MOB, 10, 1.0, 0.0),
    Crowd("mob, a network each, new accounts, own words", MOB, 10_000, 1.0, 0.0),
    Crowd("mob, a network each, old accounts, one text", MOB, 10_000, 0.0, 1.0),
    Crowd("mob, two networks, old accounts, own words", MOB, 2, 0.0, 0.0),
    Crowd("mob, ten networks, found unfounded ten times", MOB, 10, 0.0, 0.0, wrong=10),
    Crowd("twelve like people, found unfounded ten times", 12, 10_000, 0.0, 0.0, wrong=10),
    Crowd("mob, ten networks, old accounts, own words", MOB, 10, 0.0, 0.0),
    Crowd("mob that cannot be told from people", MOB, 10_000, 0.0, 0.0),
)


@dataclass(frozen=True)
class Outcome:
    """Means over the runs. hidden: share of runs in which the rule would hide; discourse: sum of flag scores."""

    crowd: str
    reporters: int
    independent: float
    weight: float
    hidden: float
    discourse: float


def simulate(crowd: Crowd, seeds: int) -> Outcome:
    """This crowd, so many times over."""
    pack = PolicyPacks(Path(__file__).parent.parent / "policies").active("baseline")
    runs = [_run(crowd, seed) for seed in range(seeds)]
    hides = [
        triage(
            pack,
            Facts(
                area="spam",
                reports=ReportFacts(count=one.count, independent=one.independent, weight=one.weight, trust=one.trust),
            ),
        ).outcome
        is TriageOutcome.HOLD
        for one in runs
    ]
    return Outcome(
        crowd=crowd.name,
        reporters=crowd.size,
        independent=round(mean(one.independent for one in runs), 2),
        weight=round(mean(one.weight for one in runs), 2),
        hidden=round(mean(hides), 3),
        discourse=round(crowd.size * (2.0 + discourse_bonus(crowd.upheld, crowd.wrong)), 1),
    )


def discourse_bonus(agreed: int, disagreed: int) -> float:
    """What Discourse adds to `1 + trust level` for accuracy, as its source computes it."""
    total = agreed + disagreed
    if total <= 5:
        return 0.0
    share, axis = agreed / total, 0.7
    scaled = (share - axis) / (1.0 - axis) if share >= axis else (share - axis) / axis
    return round(scaled * math.log(total, 4) * 5.0, 2)


def _run(crowd: Crowd, seed: int) -> Heard:
    chance = random.Random(f"{crowd.name} {seed}")
    past = [
        Past(area="spam", upheld=upheld, at=NOW - timedelta(days=chance.uniform(0, 180)))
        for upheld, count in ((True, crowd.upheld), (False, crowd.wrong))
        for _ in range(count)
    ]
    reports = list(_reports(crowd, chance))
    trusts = {one.person: trust(past, "spam", NOW, RULES) for one in reports}
    return heard(reports, trusts, RULES)


def _reports(crowd: Crowd, chance: random.Random) -> Iterator[Reported]:
    draw: Callable[[float], bool] = lambda share: chance.random() < share  # noqa: E731 - a word for a draw
    for number in range(crowd.size):
        at = NOW + timedelta(minutes=chance.uniform(0, 30))
        age = chance.uniform(0, 6) if draw(crowd.young) else chance.uniform(30, 2_000)
        network = chance.randrange(crowd.networks)
        yield Reported(
            number=number + 1,
            person=f"p{number}",
            at=at,
            traits=_traits(
                f"10.{network // 256}.{network % 256}.0/24", at - timedelta(days=age), _reason(crowd, chance)
            ),
        )


def _reason(crowd: Crowd, chance: random.Random) -> str:
    if chance.random() < crowd.copied:
        words = CALL.split()
        words[chance.randrange(len(words))] = chance.choice(_WORDS)  # everybody changes a word
        return " ".join(words)
    return " ".join(chance.choices(_WORDS, k=chance.randint(3, 20)))


def _traits(network: str, created_at: datetime, reason: str) -> Traits:
    context = ReporterContext(network=network, account_created_at=created_at)
    return traits_of(SECRET, "content\0post", "", context, reason)


def main() -> None:
    """Print a line for each crowd; exit 1 where a mob that leaves traces hides something, or three people do not."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.brigading", description="A mob against three people.")
    parser.add_argument("--seeds", type=int, default=SEEDS, help=f"runs of each crowd (default {SEEDS})")
    parser.add_argument("--json", action="store_true", help="print one JSON list")
    asked = parser.parse_args()
    found = [simulate(crowd, asked.seeds) for crowd in CROWDS]
    if asked.json:
        print(json.dumps([asdict(one) for one in found], indent=1))
    else:
        print(f"{'crowd':<48}{'reporters':>10}{'independent':>12}{'weight':>8}{'hidden':>8}{'Discourse':>11}")
        for one in found:
            print(
                f"{one.crowd:<48}{one.reporters:>10}{one.independent:>12}{one.weight:>8}{one.hidden:>8.1%}{one.discourse:>11}"
            )
    sys.exit(0 if kept(found) else 1)


def kept(found: list[Outcome]) -> bool:
    """The claim: three people are heard; a mob that leaves traces never is, and one found unfounded before hardly ever."""
    people, traced, unfounded = found[:2], found[2:7], found[7:9]
    return (
        all(one.hidden > 0.9 for one in people)
        and not any(one.hidden for one in traced)
        and all(one.hidden < 0.1 for one in unfounded)
    )


if __name__ == "__main__":
    main()
