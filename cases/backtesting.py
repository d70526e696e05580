"""A backtest of one recorded case: what a candidate pack says of the very facts that were recorded, beside what was done.

The facts of every triage are asked again, in the candidate's areas; of a matter the strongest answer counts, as in a case's
life. What was right is what people said: a decision of theirs that stands, a second look, an appeal. No content is read.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from cases.names import SubjectKind
from cases.policy import CATCH_ALL, STRENGTH, PolicyPack, TriageOutcome
from cases.policy_facts import AccountFacts, Facts, ReportFacts
from cases.triage import Judged, judge, looking

Truth = Literal["right", "wrong", "unknown"]
"""Whether a restriction was, or would have been, right, as far as people have said."""

TRUTHS: Final[tuple[Truth, ...]] = ("right", "wrong", "unknown")

NOTHING: Final = "nothing"
"""What happens to an allegation that a pack does not open a matter for."""

KINDS: Final = frozenset(
    {"triaged", "decision_recorded", "decision_reversed", "second_look_taken", "appeal_opened", "appeal_closed"}
)
"""The events a backtest reads."""

_NO_WORD: Final = frozenset({"undecidable", "duplicate", "not_in_scope"})


class Verdict(NamedTuple):
    """What one pack makes of a matter. outcome: review, hold, automatic, or nothing; rule: that decided it, or empty."""

    outcome: str
    rule: str
    queue: str


NO_MATTER: Final = Verdict(NOTHING, "", "")


class MatterReplayed(NamedTuple):
    """One matter, as it was and as it would have been. pack: version under which it opened, empty where it did not."""

    area: str
    was: Verdict
    would: Verdict
    truth: Truth
    pack: str


class CaseReplayed(NamedTuple):
    """One case. shadowed: rules that would only be recorded, with the truth of the matter they spoke of; asked: triages."""

    matters: tuple[MatterReplayed, ...]
    shadowed: tuple[tuple[str, Truth], ...]
    asked: int


def replayed(pack: PolicyPack, events: Sequence[Mapping[str, Any]]) -> CaseReplayed:
    """A recorded case under the candidate. events: bodies as JSON, of KINDS, in sequence."""
    triages = [body for body in events if body["kind"] == "triaged"]
    truths = _truths(events)
    was: dict[str, Verdict] = {}
    would: dict[str, Verdict] = {}
    versions: dict[str, str] = {}
    silent: dict[str, str] = {}
    for body in triages:
        for found in body["assessments"]:
            if found.get("sources"):
                continue  # a ladder's step: strikes are counted over cases, and no fact of this one says them
            matter_id = found["matter_id"]
            was[matter_id] = _stronger(was.get(matter_id), _recorded(found, body.get("braked", ())))
            versions.setdefault(matter_id, found["terms"]["pack"]["version"])
        answers, shadowed = _asked(pack, body["facts"])
        for area, verdict in answers.items():
            matter_id = f"{area}/{body['evidence_version']}"
            would[matter_id] = _stronger(would.get(matter_id), verdict)
        silent |= {rule_id: f"{area}/{body['evidence_version']}" for rule_id, area in shadowed.items()}
    return CaseReplayed(
        matters=tuple(
            MatterReplayed(
                area=matter_id.partition("/")[0],
                was=was.get(matter_id, NO_MATTER),
                would=would.get(matter_id, NO_MATTER),
                truth=truths.get(matter_id, "unknown"),
                pack=versions.get(matter_id, ""),
            )
            for matter_id in sorted({*was, *would})
        ),
        shadowed=tuple((rule_id, truths.get(matter_id, "unknown")) for rule_id, matter_id in sorted(silent.items())),
        asked=len(triages),
    )


def _asked(pack: PolicyPack, recorded: Mapping[str, Mapping[str, Any]]) -> tuple[dict[str, Verdict], dict[str, str]]:
    """What the candidate says of one triage: by area, and the rules that would only be recorded, with theirs."""
    seen = {area: Facts.model_validate(facts) for area, facts in recorded.items()}
    if not seen:
        return {}, {}
    told = next(iter(seen.values()))
    unreported = told.model_copy(update={"reports": ReportFacts(), "account": AccountFacts()})
    elsewhere = _Judging(pack, unreported)
    areas = [area for area, facts in seen.items() if facts.reports.count]
    areas = areas or _alleged(seen)
    answers: dict[str, Verdict] = {}
    silent: dict[str, str] = {}
    while areas:
        named = areas.pop(0)
        area = pack.area_named(named)
        if area in answers:
            continue
        facts = seen.get(named) or unreported.model_copy(update={"area": named})
        judged = judge(pack, area, facts)
        answers[area] = _verdict(pack, area, judged)
        also = {other for held in judged.matched for other in held.rule.then.also}
        also |= {other for other in pack.areas if other not in (area, CATCH_ALL) and elsewhere.of(other).matched}
        areas += [other for other in pack.areas if other in also]
        silent |= {rule.id: area for rule in judged.silent}
    for other in pack.areas:
        if other not in answers and other != CATCH_ALL:
            silent |= {rule.id: other for rule in elsewhere.of(other).silent}
    return answers, silent


class _Judging:
    """One set of facts before the rules of several areas, each area judged once."""

    def __init__(self, pack: PolicyPack, facts: Facts) -> None:
        self._pack, self._facts = pack, facts
        self._ready = looking(pack, facts)
        self._known: dict[str, Judged] = {}

    def of(self, area: str) -> Judged:
        if area not in self._known:
            self._known[area] = judge(self._pack, area, self._facts, self._ready)
        return self._known[area]


def _verdict(pack: PolicyPack, area: str, judged: Judged) -> Verdict:
    strongest = max(judged.matched, key=lambda held: STRENGTH[held.outcome], default=None)
    if strongest is None:
        return Verdict(TriageOutcome.REVIEW.value, "", pack.areas[area].queue)
    queue = strongest.rule.then.queue or pack.areas[area].queue
    return Verdict(strongest.outcome.value, strongest.rule.id, queue)


def _recorded(found: Mapping[str, Any], braked: Iterable[Mapping[str, Any]]) -> Verdict:
    """What the pack of that day said, whether or not a brake held it back."""
    held_back = next((one["what"] for one in braked if one["matter_id"] == found["matter_id"]), None)
    outcome = held_back or ("automatic" if found.get("automatic") else "hold" if found.get("hold") else "review")
    return Verdict(outcome, found.get("rule_id") or "", found["terms"]["queue"])


def _stronger(one: Verdict | None, other: Verdict) -> Verdict:
    if one is None:
        return other
    return other if STRENGTH[TriageOutcome(other.outcome)] > STRENGTH[TriageOutcome(one.outcome)] else one


def _truths(events: Sequence[Mapping[str, Any]]) -> dict[str, Truth]:
    """By matter: what people said. A decision by rule says nothing of itself."""
    said: dict[str, Truth] = {}
    matters: dict[str, str] = {}
    found_against: set[str] = set()  # decisions that restrict
    appealed: dict[str, str] = {}
    for body in events:
        match body["kind"]:
            case "decision_recorded":
                decision = body["decision"]
                matters[decision["decision_id"]] = decision["matter_id"]
                if decision["outcome"] == "violation":
                    found_against.add(decision["decision_id"])
                if not decision["automated"] and decision["outcome"] not in _NO_WORD:
                    right = decision["outcome"] == "violation"
                    said[decision["matter_id"]] = "right" if right else "wrong"
            case "decision_reversed" if not body.get("keep") and body["decision_id"] in matters:
                said[matters[body["decision_id"]]] = "wrong" if body["decision_id"] in found_against else "right"
            case "second_look_taken" if body["agrees"] and body["decision_id"] in matters:
                said[matters[body["decision_id"]]] = "right" if body["decision_id"] in found_against else "wrong"
            case "appeal_opened":
                appealed[body["appeal_id"]] = body["decision_id"]
            case "appeal_closed" if body["outcome"] == "upheld":
                decision_id = appealed.get(body["appeal_id"], "")
                if decision_id in matters:
                    said[matters[decision_id]] = "right" if decision_id in found_against else "wrong"
            case _:
                pass
    return said


def _alleged(seen: Mapping[str, Facts]) -> list[str]:
    """What was asked of a case that nobody reported: the first area, and of an account each that some content's rule named."""
    named = list(seen)
    return named if seen[named[0]].subject_kind is SubjectKind.ACCOUNT else named[:1]
