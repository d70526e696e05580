"""What the word of reporters weighs: what became of earlier reports of theirs, and whether they stand alone.

**A reporter's record.** People's final decisions on what somebody reported are evidence about their reports: upheld
(a violation, or support given) or unfounded (no violation). Evidence loses half its weight in every half-life. Trust is the
mean of a Beta distribution, (a + u) / (a + b + u + n), of prior a and b and decayed counts u and n; evidence from another
policy area counts for a quarter. Somebody of whom nothing is known has the prior's mean, and everybody returns to it.

Discourse adds to a flag's score `1 + trust level + accuracy bonus`, the bonus being 0 up to five flags and then
(distance of the share agreed with from 0.7, scaled to ±1) × 5 × log4(number of flags), without end and for ever
(discourse/discourse: app/models/reviewable_score.rb, `calc_user_accuracy_bonus`). Here the sixth report brings no jump,
old outcomes fade, nobody's word grows without bound, areas are told apart, a reversal takes its count back, and however
trusted, a crowd that acts together is heard as little more than one.

**Independence.** Reports are weighed in the order in which they came. A reporter with no link to an earlier one weighs 1.
One who is linked joins those he is linked with, and weighs q to the power of how many they are. So a crowd of any size
weighs less than 1 / (1 - q), and no later report takes weight from an earlier one: nobody can silence honest reporters by
imitating them. Links: one network, or one campaign, or a shared band of words, or both accounts new, each within its time.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Final

from pydantic import AwareDatetime, Field

from cases.durations import Duration, parse_duration
from cases.facts import Fact, Message
from cases.reporting import Traits

ELSEWHERE: Final = 0.25  # what evidence from another area counts for
LOUDEST: Final = 2.0  # how many unknown people one reporter may weigh as much as
UNHEARD: Final = 0.4  # of the prior's trust: with no more than this, a word weighs nothing


class ReporterRules(Message):
    """How a pack weighs reporters. Durations are ISO 8601.

    prior_upheld, prior_unfounded: a and b. half_life: in which evidence loses half its weight. linked: q, what a reporter
    weighs who is linked with one other. same_network, same_words, same_campaign: within which time equal marks link.
    new_account: up to which age an account is new; new_together: within which time two new ones are linked. misuse_reports,
    misuse_share, misuse_within: from how many reports judged within that time, and which share of unfounded ones, a person
    may look (DSA Art. 23(2) and (3)).
    """

    prior_upheld: Annotated[float, Field(gt=0, le=100)] = 2.0
    prior_unfounded: Annotated[float, Field(gt=0, le=100)] = 2.0
    half_life: Duration = "P90D"
    linked: Annotated[float, Field(ge=0, le=0.5)] = 0.1
    same_network: Duration = "P1D"
    same_words: Duration = "P7D"
    same_campaign: Duration = "P7D"
    new_account: Duration = "P7D"
    new_together: Duration = "PT1H"
    misuse_reports: Annotated[int, Field(ge=5, le=10_000)] = 10
    misuse_share: Annotated[float, Field(gt=0.5, le=1)] = 0.9
    misuse_within: Duration = "P180D"

    @property
    def prior(self) -> float:
        """The trust in somebody of whom nothing is known."""
        return self.prior_upheld / (self.prior_upheld + self.prior_unfounded)


class Past(Fact):
    """So many earlier reports in an area ended so, at this time."""

    area: str
    upheld: bool
    at: AwareDatetime
    count: int = 1


class Reported(Fact):
    """One report of a subject. person: a key, '' for all who gave no name."""

    number: int
    person: str
    at: AwareDatetime
    traits: Traits = Traits()


class Heard(Fact):
    """What reports of one area weigh. people: distinct reporters; alone: how many of them are independent, not rounded.

    weight: the same, each weighed by trust. trust: the mean of it, by weight; the prior's where nobody reported.
    """

    count: int
    people: int
    alone: float
    weight: float
    trust: float

    @property
    def independent(self) -> int:
        """Whole independent reporters; no crowd adds up to one more."""
        return math.floor(self.alone + 1e-9)


def decayed(at: datetime, now: datetime, half_life: timedelta) -> float:
    """What is left of evidence of that time: 1 now, a half after a half-life; of the future, 1."""
    return float(0.5 ** (max(now - at, timedelta(0)) / half_life))


def trust(past: Iterable[Past], area: str, now: datetime, rules: ReporterRules) -> float:
    """How far a reporter's word on this area goes, between 0 and 1, both excluded."""
    half_life = parse_duration(rules.half_life)
    evidence = [
        (one.upheld, one.count * decayed(one.at, now, half_life) * (1.0 if one.area == area else ELSEWHERE))
        for one in past
    ]
    upheld = math.fsum(weight for was_upheld, weight in evidence if was_upheld)
    unfounded = math.fsum(weight for was_upheld, weight in evidence if not was_upheld)
    a, b = rules.prior_upheld, rules.prior_unfounded
    return (a + upheld) / (a + b + upheld + unfounded)


def voice(trusted: float, rules: ReporterRules) -> float:
    """How many unknown people a reporter so trusted weighs as much as: 1 at the prior's mean, twice as trusted 2 at most.

    Below the prior it falls faster, to nothing at four tenths of it, so that many who are nearly always wrong do not add up.
    """
    share = trusted / rules.prior
    return min(share, LOUDEST) if share >= 1.0 else max(0.0, (share - UNHEARD) / (1.0 - UNHEARD))


def heard(reports: Iterable[Reported], trusts: Mapping[str, float], rules: ReporterRules) -> Heard:
    """What these reports of one area weigh together. trusts: by person; whoever is missing has the prior's mean."""
    came = sorted(reports, key=lambda one: (one.at, one.number))
    alone = weights(came, rules)
    trusted = {person: trusts.get(person, rules.prior) for person in alone}
    total = math.fsum(alone.values())
    return Heard(
        count=len(came),
        people=len(alone),
        alone=total,
        weight=math.fsum(alone[person] * voice(trusted[person], rules) for person in alone),
        trust=math.fsum(alone[p] * trusted[p] for p in alone) / total if total else rules.prior,
    )


def weights(came: Sequence[Reported], rules: ReporterRules) -> dict[str, float]:
    """What each person weighs by how many before them they are linked with. came: in the order of coming."""
    groups = _Groups()
    newest: dict[str, tuple[str, datetime]] = {}  # of each mark, who showed it last
    found: dict[str, float] = {}
    for report in came:
        known = report.person in found
        for mark, within in _marks(report, rules):
            before = newest.get(mark)
            if before and report.at - before[1] <= within:
                groups.join(report.person, before[0])
            newest[mark] = (report.person, report.at)
        if not known:
            found[report.person] = rules.linked ** groups.others(report.person)
    return found


def _marks(report: Reported, rules: ReporterRules) -> list[tuple[str, timedelta]]:
    traits = report.traits
    marks = [(f"words {band}", parse_duration(rules.same_words)) for band in traits.words]
    if traits.network:
        marks.append((f"network {traits.network}", parse_duration(rules.same_network)))
    if traits.campaign:
        marks.append((f"campaign {traits.campaign}", parse_duration(rules.same_campaign)))
    born = traits.account_created_at
    if born is not None and report.at - born < parse_duration(rules.new_account):
        marks.append(("new", parse_duration(rules.new_together)))
    return marks


class _Groups:
    """Who is linked with whom, however many links lie between: a union of sets with their sizes."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}
        self._size: dict[str, int] = {}

    def join(self, one: str, other: str) -> None:
        first, second = self._root(one), self._root(other)
        if first == second:
            return
        small, large = sorted((first, second), key=lambda root: self._size[root])
        self._parent[small] = large
        self._size[large] += self._size.pop(small)

    def others(self, one: str) -> int:
        return self._size[self._root(one)] - 1

    def _root(self, one: str) -> str:
        if one not in self._parent:
            self._parent[one], self._size[one] = one, 1
        while self._parent[one] != one:
            self._parent[one] = self._parent[self._parent[one]]
            one = self._parent[one]
        return one
