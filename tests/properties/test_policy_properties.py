"""What holds of the baseline pack whatever the facts."""

import json
import subprocess
import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from activities.policy_packs import PolicyPacks, read_pack_files
from cases.areas import OnExpiry
from cases.durations import parse_duration
from cases.evidence import Surface
from cases.measures import MeasureKind
from cases.names import SubjectKind
from cases.packs import check_files
from cases.policy import STRENGTH
from cases.policy_facts import AuthorFacts, ContentFacts, Facts, ReportFacts, SignalFacts
from cases.severity import Severity
from cases.toml_lines import line_of, toml_lines
from cases.triage import triage

ROOT = Path(__file__).parents[2]
PACK = PolicyPacks(ROOT / "policies").active("baseline")
FILES = read_pack_files(ROOT / "policies" / "baseline")
SPOILED = (
    "", "LINE LINE", "zzLINE", "KEY = 1", "KEY = []", "KEY = {}", "KEY = true", "KEY = [[1]]", 'KEY = "x"', "KEY = nan",
    "KEY = -1", "KEY = 1979-05-27", "KEY = '''\nreports.count\n'''", "[rules]", "[[areas]]", "[KEY", "rules = 3",
)  # fmt: skip
LABELS = st.sampled_from([*PACK.labels, "unheard_of"])


@st.composite
def reports(draw: st.DrawFn) -> ReportFacts:
    count = draw(st.integers(0, 40))
    return ReportFacts(
        count=count, independent=draw(st.integers(0, count)), trusted_flagger=draw(st.booleans()) and count > 0
    )


FACTS = st.builds(
    Facts,
    area=st.sampled_from([*PACK.areas, "unheard_of"]),
    subject_kind=st.sampled_from(SubjectKind),
    surface=st.sampled_from(Surface),
    jurisdiction=st.sampled_from([None, "DE", "US"]),
    reports=reports(),
    signals=st.builds(
        SignalFacts,
        max_score=st.dictionaries(LABELS, st.floats(0, 1), max_size=5),
        labels=st.lists(LABELS, max_size=3).map(tuple),
        failed=st.lists(LABELS, max_size=3).map(tuple),
    ),
    author=st.builds(
        AuthorFacts,
        strikes=st.integers(0, 5),
        account_age_days=st.none() | st.integers(0, 900),
        protected=st.booleans(),
    ),
    content=st.builds(
        ContentFacts,
        length=st.integers(0, 5000),
        links=st.integers(0, 9),
        duplicates=st.integers(0, 9),
        language=st.just("en"),
    ),
)


@given(FACTS)
def test_same_facts_same_pack_same_answer(facts: Facts):
    assert triage(PACK, facts) == triage(PACK, Facts.model_validate_json(facts.model_dump_json()))


@given(FACTS, st.integers(0, 40), st.integers(0, 40))
def test_more_reports_never_weaken_the_outcome(facts: Facts, more: int, more_independent: int):
    before, now = triage(PACK, facts), triage(PACK, with_more_reports(facts, more, more_independent))
    assert STRENGTH[now.outcome] >= STRENGTH[before.outcome]
    assert now.severity <= before.severity
    assert parse_duration(now.review_within) <= parse_duration(before.review_within)
    assert {rule.rule_id for rule in before.matched} <= {rule.rule_id for rule in now.matched}


@given(FACTS, LABELS)
def test_without_a_score_a_matter_is_still_somebodys_work(facts: Facts, label: str):
    kept = {name: score for name, score in facts.signals.max_score.items() if name != label}
    answer = triage(PACK, facts.evolve(signals=facts.signals.evolve(max_score=kept)))
    assert answer.unjudged == ()
    assert answer.automatic is not None or answer.queue in PACK.queues


@given(FACTS)
def test_at_top_severity_a_person_decides_and_nothing_is_released_by_lateness(facts: Facts):
    answer = triage(PACK, facts)
    if answer.severity is Severity.S0:
        assert answer.automatic is None
        assert answer.hold is None or answer.hold.on_expiry is not OnExpiry.RELEASE


@given(FACTS)
def test_what_happens_to_a_matter_before_a_person_looked_can_be_undone(facts: Facts):
    answer = triage(PACK, facts)
    asked = [answer.hold.measure] if answer.hold else []
    asked += [request.kind for request in answer.enforcements] if answer.automatic else []
    assert MeasureKind.TERMINATE not in asked


@given(FACTS)
def test_no_machine_decides_about_a_protected_account_or_a_private_message(facts: Facts):
    if facts.author.protected or facts.surface in (Surface.PRIVATE, Surface.END_TO_END):
        assert triage(PACK, facts).automatic is None


@given(FACTS)
def test_every_rule_of_the_baseline_can_be_judged(facts: Facts):
    assert triage(PACK, facts).unjudged == ()


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(["pack.toml", "examples.toml"]), st.integers(0, 600), st.sampled_from(SPOILED))
def test_a_spoiled_line_is_explained_or_harmless_but_never_a_crash(name: str, number: int, spoiled: str):
    lines = FILES[name].splitlines()
    place = number % len(lines)
    key = lines[place].partition("=")[0]
    lines[place] = spoiled.replace("KEY", key.strip() or "x").replace("LINE", lines[place])
    files = {**FILES, name: "\n".join(lines) + "\n"}
    for mistake in check_files(files):
        assert mistake.message
        assert mistake.cure
        assert 1 <= mistake.line <= len(files.get(mistake.file, "").splitlines()) + 2


def test_digests_are_the_same_in_another_process():
    facts = Facts(
        area="spam", signals=SignalFacts(max_score={"b": 0.1, "a": 0.2}, labels=("z", "y", "x"), failed=("q", "p"))
    )
    program = (
        "import sys, json, pathlib\n"
        "from activities.policy_packs import PolicyPacks\n"
        "from cases.policy_facts import Facts\n"
        "from cases.triage import triage\n"
        "answer = triage(PolicyPacks(pathlib.Path('policies')).active('baseline'), Facts.model_validate_json(sys.argv[1]))\n"
        "print(json.dumps([answer.facts_digest, answer.pack.digest]))"
    )
    other = subprocess.run(
        [sys.executable, "-c", program, facts.model_dump_json()],
        cwd=ROOT,
        env={"PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
    )
    answer = triage(PACK, facts)
    assert json.loads(other.stdout) == [answer.facts_digest, answer.pack.digest]


@settings(max_examples=60)
@given(
    st.lists(
        st.sampled_from(['x = "a # b"', "y = 1", 'z = """\nk = 1\n"""', "w = [\n  1,\n  2,\n]", "# k = 2", ""]),
        max_size=8,
    )
)
def test_a_key_is_found_on_its_line_whatever_stands_before_it(before: list[str]):
    tables = "".join(f"[t{number}]\n{line}\n" for number, line in enumerate(before))
    text = f"{tables}[[rules]]\nk = 0\n[[rules]]\nk = 3\n[rules.then]\nm = 1\n"
    lines = toml_lines(text)
    assert text.splitlines()[line_of(lines, ("rules", 1, "k")) - 1] == "k = 3"
    assert text.splitlines()[line_of(lines, ("rules", 1, "then", "m", 4)) - 1] == "m = 1"
    assert line_of(lines, ("rules", 1)) == line_of(lines, ("rules", 1, "k")) - 1


def with_more_reports(facts: Facts, more: int, more_independent: int) -> Facts:
    count = facts.reports.count + more + more_independent
    independent = min(count, facts.reports.independent + more_independent)
    return facts.evolve(reports=facts.reports.evolve(count=count, independent=independent))
