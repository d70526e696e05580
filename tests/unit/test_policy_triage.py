"""Triage: the strongest rule stands, nothing that was brought to us ends here, and no error is ever true."""

from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest

from activities.policy_packs import PolicyPacks, read_pack_files
from cases.conditions import ConditionError, Conditions, ConditionUnjudged
from cases.decisions import EnforcementRequest, FourEyes, Outcome
from cases.digests import canonical_json
from cases.matters import Terms
from cases.measures import MeasureKind, Target
from cases.names import SubjectKind
from cases.pack_own import threshold_of
from cases.packs import load_pack
from cases.policy import DeadlineKind, PolicyError, PolicyPack, StatementDuty, TriageOutcome
from cases.policy_facts import AuthorFacts, ContentFacts, Facts, ReportFacts, SignalFacts
from cases.severity import PROFILES, Severity, severest
from cases.telling import Stance
from cases.triage import Triage, assessment_of, explain, terms_of, triage

POLICIES = Path(__file__).parents[2] / "policies"
FILES = read_pack_files(POLICIES / "baseline")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def pack() -> PolicyPack:
    return PolicyPacks(POLICIES).active("baseline")


def facts_of(area: str, *, scores: dict[str, float] | None = None, reports: int = 0, **more: object) -> Facts:
    said = SignalFacts(max_score=scores or {})
    return Facts(area=area, signals=said, reports=ReportFacts(count=reports, independent=reports), **more)


def judged(condition: str, facts: Facts, thresholds: dict[str, float] | None = None) -> bool:
    conditions = Conditions(thresholds or {})
    conditions.compile(condition)
    return conditions.judge(condition, conditions.view(facts))


def test_a_rule_may_ask_whose_case_it_is():
    facts = facts_of("spam", tenant="demo")

    assert judged('tenant == "demo"', facts)
    assert not judged('tenant == "other"', facts)


# Conditions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "condition",
    [
        'scores["spam"] >= 0.5',  # not in the map
        "1 / (reports.count - reports.count) == 1",  # division by zero
        "9223372036854775807 + reports.count > 0",  # overflow
        "author.account_age_days < 7",  # not known
    ],
)
def test_an_error_is_neither_true_nor_false(condition: str):
    # the expression library gives such an error back as a non-empty string, which `bool` takes for True
    with pytest.raises(ConditionUnjudged):
        judged(condition, facts_of("spam", reports=3))


def test_a_spent_budget_is_an_error_and_does_not_hang():
    labels = tuple(f"l{number}" for number in range(60))
    facts = Facts(area="spam", signals=SignalFacts(max_score={}, labels=labels))
    with pytest.raises(ConditionUnjudged, match="budget"):
        judged("labels.all(a, labels.all(b, labels.all(c, a + b + c != '')))", facts)


def test_an_unknown_age_is_not_a_young_account():
    condition = "author.age_known && author.account_age_days < 7"
    assert judged(condition, facts_of("spam")) is False
    assert judged(condition, facts_of("spam", author=AuthorFacts(account_age_days=3))) is True


def test_a_threshold_written_without_a_point_is_a_whole_number():
    assert judged("reports.count >= limits.many", facts_of("spam", reports=3), {"many": 3})
    with pytest.raises(ConditionError, match="no matching overload"):
        judged("reports.count >= limits.many", facts_of("spam", reports=3), {"many": 3.0})


def test_threads_share_compiled_conditions(pack: PolicyPack):
    wrong: list[Triage] = []

    def many() -> None:
        for count in range(200):
            answer = triage(pack, facts_of("spam", scores={"spam": 0.99}, content=ContentFacts(links=count % 4)))
            if (answer.outcome is TriageOutcome.AUTOMATIC) != (count % 4 >= 2):
                wrong.append(answer)

    threads = [Thread(target=many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# Triage ----------------------------------------------------------------------------------------------------------


def test_no_matching_rule_means_review_never_clean(pack: PolicyPack):
    answer = triage(pack, facts_of("spam", scores={"spam": 0.01}))
    assert (answer.outcome, answer.decided_by, answer.queue) == (TriageOutcome.REVIEW, None, "spam")


def test_an_unknown_area_is_reviewed_as_the_catch_all(pack: PolicyPack):
    answer = triage(pack, facts_of("something_new", scores={"something_new": 1.0}))
    assert (answer.area, answer.queue, answer.decided_by) == ("other", "general", "other.unmapped")


def test_a_rule_that_cannot_be_judged_is_named_and_the_matter_reviewed():
    text = FILES["pack.toml"].replace(
        '"spam" in scores && scores["spam"] >= limits.spam_likely',
        '("spam" in scores || true) && scores["spam"] >= limits.spam_likely',
    )
    answer = triage(load_pack({**FILES, "pack.toml": text}), facts_of("spam", reports=1))
    assert [unjudged.rule_id for unjudged in answer.unjudged] == ["spam.likely"]
    assert answer.outcome is TriageOutcome.REVIEW


def test_the_strictest_time_and_severity_among_matching_rules_hold(pack: PolicyPack):
    flagged = ReportFacts(count=3, independent=3, trusted_flagger=True)
    facts = Facts(area="harassment", reports=flagged, signals=SignalFacts(max_score={"harassment": 0.9}))
    answer = triage(pack, facts)
    assert (answer.outcome, answer.review_within) == (TriageOutcome.HOLD, "PT4H")


def test_reports_of_one_area_do_not_speak_for_another(pack: PolicyPack):
    assert triage(pack, facts_of("harassment", reports=50)).also == ()


def test_signals_raise_further_matters_severest_first(pack: PolicyPack):
    facts = facts_of("spam", scores={"known_hash": 1.0, "self_harm": 0.9, "harassment": 0.99})
    assert triage(pack, facts).also == ("child_safety", "self_harm", "harassment")


def test_the_answer_names_rules_reasons_pack_and_facts(pack: PolicyPack):
    answer = triage(pack, facts_of("child_safety", reports=1))
    assert answer.decided_by == "child_safety.reported"
    assert answer.matched[0].why
    assert (answer.pack.pack_id, answer.pack.version, answer.pack.digest) == ("baseline", pack.version, pack.digest)
    assert answer.facts_digest.startswith("sha256:")
    assert explain(answer)[0] == f"Judged as child_safety by baseline {pack.version}: hold."


def test_an_answer_survives_being_stored(pack: PolicyPack):
    answer = triage(pack, facts_of("spam", scores={"spam": 0.99}, content=ContentFacts(links=4)))
    assert Triage.model_validate_json(canonical_json(answer)) == answer


# Four lives --------------------------------------------------------------------------------------------------------


def test_spam_in_volume_is_exempt_from_a_statement_and_a_single_pitch_is_not(pack: PolicyPack):
    single = triage(pack, facts_of("spam", scores={"spam": 0.99}, content=ContentFacts(links=4)))
    volume = triage(pack, facts_of("spam", scores={"spam": 0.99}, content=ContentFacts(links=4, duplicates=9)))
    assert single.automatic is not None
    assert volume.automatic is not None
    assert single.automatic.statement is StatementDuty.OWED
    assert volume.automatic.statement is StatementDuty.EXEMPT_DECEPTIVE_COMMERCIAL
    assert volume.automatic.outcome is Outcome.VIOLATION
    assert not volume.automatic.strike
    assert (terms_of(pack, single, NOON).statement_exempt, terms_of(pack, single, NOON).file_statements) == (
        False,
        True,
    )
    assert (terms_of(pack, volume, NOON).statement_exempt, terms_of(pack, volume, NOON).file_statements) == (
        True,
        False,
    )


def test_child_safety_holds_at_once_owes_a_report_and_tells_the_author_nothing(pack: PolicyPack):
    terms = terms_of(pack, triage(pack, facts_of("child_safety", scores={"known_hash": 1.0})), NOON)
    assert terms.author.stance is Stance.NEVER
    assert terms.reporters.stance is Stance.GENERIC
    assert terms.four_eyes is FourEyes.AFTER
    assert (terms.severity, terms.authority_report_within) == (0, "PT24H")
    assert "2258A" in (terms.authority_report_source or "")


def test_self_harm_is_looked_at_within_minutes_and_leaves_no_mark(pack: PolicyPack):
    answer = triage(pack, facts_of("self_harm", scores={"self_harm": 0.9}))
    terms = terms_of(pack, answer, NOON)
    assert (answer.outcome, terms.review_within, terms.strike, terms.enforcements) == ("review", "PT10M", False, ())
    assert pack.areas["self_harm"].outcomes[0] is Outcome.SUPPORT
    assert Outcome.VIOLATION not in pack.areas["self_harm"].outcomes


def test_harassment_leaves_an_expiring_strike_and_three_suspend(pack: PolicyPack):
    strike = pack.areas["harassment"].strike
    assert strike is not None
    assert strike.expires_after == "P90D"
    assert [(step.strikes, step.asked.kind, step.asked.duration) for step in pack.steps_of("harassment")] == [
        (2, MeasureKind.WARN, None),
        (3, MeasureKind.SUSPEND, "P7D"),
    ]


def test_an_assessment_carries_the_hold_and_the_rule(pack: PolicyPack):
    answer = triage(pack, facts_of("spam", reports=3))
    found = assessment_of(pack, answer, 2, NOON)
    assert found.matter_id == "spam/2"
    assert found.rule_id == "spam.reported-thrice"
    assert found.hold == (EnforcementRequest(kind=MeasureKind.HIDE, duration="P7D"),)  # released after a week at S3
    assert isinstance(found.terms, Terms)


def test_an_account_is_not_hidden_but_limited_and_suspended(pack: PolicyPack):
    answer = triage(
        pack, facts_of("harassment", scores={"harassment": 0.9}, reports=3, subject_kind=SubjectKind.ACCOUNT)
    )
    assert answer.hold is not None
    assert answer.hold.measure is MeasureKind.LIMIT
    assert answer.enforcements == (EnforcementRequest(kind=MeasureKind.SUSPEND, target=Target.SUBJECT, duration="P7D"),)


# Packs -------------------------------------------------------------------------------------------------------------


def test_a_changed_template_changes_the_digest(pack: PolicyPack):
    files = {**FILES, "templates/receipt.txt.j2": FILES["templates/receipt.txt.j2"] + " "}
    assert load_pack(files).digest != pack.digest
    assert load_pack(FILES).digest == pack.digest


def test_a_tenant_sets_a_threshold_within_its_bounds_and_the_digest_tells(pack: PolicyPack):
    own = load_pack({**FILES, "tenants/acme/settings.toml": "thresholds = { harassment_reports = 2 }"}, "acme")
    facts = facts_of("harassment", scores={"harassment": 0.9}, reports=2)
    assert triage(pack, facts).outcome is TriageOutcome.REVIEW
    assert triage(own, facts).outcome is TriageOutcome.HOLD
    assert own.digest != pack.digest
    assert (
        load_pack({**FILES, "tenants/acme/settings.toml": "thresholds = { harassment_reports = 2 }"}, "other") == pack
    )


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("harassment_report", 2, "has no threshold 'harassment_report'. Did you mean 'harassment_reports'?"),
        ("harassment_reports", 1, "lies between 2 and 20, not at 1"),
        ("harassment_reports", 2.0, "is a whole number"),
        ("spam_certain", 1, "is written with a point"),
        ("child_safety_notice", 0.9, "is not for tenants to set"),
    ],
)
def test_a_threshold_out_of_bounds_is_refused(pack: PolicyPack, name: str, value: float, says: str):
    with pytest.raises(PolicyError) as refused:
        threshold_of(pack, name, value)
    assert says in str(refused.value)


def test_a_pack_is_found_by_digest_in_the_archive_after_a_new_version(tmp_path: Path, pack: PolicyPack):
    write(tmp_path / "baseline", {**FILES, "pack.toml": FILES["pack.toml"].replace(pack.version, "99.0.0", 1)})
    write(tmp_path / "archive" / "baseline-1.0.0", FILES)
    packs = PolicyPacks(tmp_path)
    assert packs.active("baseline").version == "99.0.0"
    assert packs.load("baseline", pack.digest).version == pack.version
    assert packs.templates("baseline", pack.digest)["receipt.txt.j2"].startswith("Subject:")


def test_a_pack_in_a_folder_of_another_name_is_refused(tmp_path: Path):
    write(tmp_path / ".hidden" / "baselin", FILES)
    with pytest.raises(PolicyError, match="the pack in folder 'baselin' calls itself 'baseline'"):
        PolicyPacks(tmp_path / ".hidden").active("baselin")


@pytest.mark.parametrize("pack_id", ["nothing", "../baseline", "/etc", ""])
def test_an_unknown_pack_is_named_and_no_id_is_a_path(pack_id: str):
    with pytest.raises(PolicyError, match="known: baseline"):
        PolicyPacks(POLICIES).active(pack_id)


def test_a_digest_that_is_not_at_hand_is_an_error_with_a_cure():
    with pytest.raises(PolicyError, match="put that version under archive/ again"):
        PolicyPacks(POLICIES).load("baseline", "sha256:" + "0" * 64)


def test_files_that_do_not_belong_leave_the_digest_alone(tmp_path: Path):
    write(tmp_path, FILES | {".#pack.toml": "x", "notes.md": "x", "templates/receipt.txt.j2~": "x"})
    assert read_pack_files(tmp_path) == FILES


def test_every_duty_of_the_law_has_a_deadline_with_its_source(pack: PolicyPack):
    for owed in DeadlineKind:
        deadline = pack.deadline(owed, "child_safety")
        assert deadline is not None
        assert deadline.source


def test_severities_are_ordered_severest_first():
    assert severest([Severity.S3, Severity.S1, Severity.S4]) is Severity.S1
    targets = [PROFILES[severity].response_target for severity in sorted(Severity)]
    assert targets == sorted(targets)
    assert [severity.priority for severity in Severity] == [1, 2, 3, 4, 5]


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
