"""Vendors in a case: what is asked, what must stay, what holds while a word is missing, and what a word changes."""

from typing import Any

import pytest

from cases.assessments import AutomaticDecision, Triaged
from cases.case import Case, ReportCount
from cases.consultations import Tried, VendorAnswered, VendorAsk, VendorStance, strictest
from cases.consulting import consultations_due, must_stay, with_missing, with_stances
from cases.decisions import Ground, Outcome
from cases.detections import Detection
from cases.duties import Consult, duties, owes
from cases.folding import fold
from cases.names import SubjectKind
from cases.pack_mistakes import PackMistakes
from cases.packs import load_pack
from cases.policy_facts import ContentFacts, Facts, ReportFacts, SignalFacts
from tests.builders import HIDE, NOON, a_case, a_case_id, an_assessment, an_event, automatic, evidence, later
from tests.vendor_means import a_consultation, a_pack, pack_files

PACK = a_pack()
CLEARED = AutomaticDecision(outcome=Outcome.NO_VIOLATION, enforcements=(), ground=Ground.TERMS)


def facts(**changes: Any) -> Facts:
    return Facts(**{"area": "harassment", "content": ContentFacts(length=40), **changes})


def a_triage(*found: Any) -> Triaged:
    return Triaged(through=1, evidence_version=1, assessments=found or (an_assessment(),), facts={})


def overlaid(body: Triaged, stance: str, **changes: Any) -> Triaged:
    one = a_consultation(state="unanswered", on_outage=stance, **changes)
    return with_stances(body, a_case(), (one,), lambda area: PACK)


def a_word(number: int = 5, answered: bool = True, score: float = 0.4, **changes: Any) -> Any:
    result = Detection(detector="openai/harassment", version="m@m", label="harassment", score=score)
    plain: dict[str, Any] = {
        "number": number,
        "consultation_id": "words.1",
        "evidence_version": 1,
        "answered": answered,
        "results": (result,) if answered else (),
        "tried": () if answered else (Tried(vendor="openai", why="answered_503"),),
        "received_at": NOON,
    }
    return an_event(f"inbox:{number}", VendorAnswered(**{**plain, **changes}))


def consulting(**changes: Any) -> Case:
    """A case whose harassment matter is in review while a vendor is asked."""
    case = a_case(evidence=(evidence(),), counts={"harassment": ReportCount(reports=1)}, triage_owed_through=1)
    body = a_triage(an_assessment(**changes.pop("assessment", {}))).evolve(asked=(a_consultation(**changes),))
    return fold(case, an_event("triage:1/1", body))


# What is asked ----------------------------------------------------------------------------------------------------------


def test_the_pack_asks_once_about_each_version_where_its_condition_holds():
    (one,) = consultations_due(PACK, a_case(), 1, facts())
    assert (one.consultation_id, one.chain, one.withheld) == ("words.1", ("openai", "ours"), False)
    assert consultations_due(PACK, a_case(consultations=(one,)), 1, facts()) == ()
    assert [o.consultation_id for o in consultations_due(PACK, a_case(consultations=(one,)), 2, facts())] == ["words.2"]
    assert consultations_due(PACK, a_case(), 1, facts(content=ContentFacts())) == ()


def test_a_condition_of_an_ask_sees_the_reports_of_each_area_that_was_alleged():
    pack = a_pack(when="reports.count >= 2")
    alone = facts(area="spam", reports=ReportFacts(count=1))
    assert consultations_due(pack, a_case(), 1, facts(), alleged=(alone,)) == ()
    both = (alone, facts(reports=ReportFacts(count=2)))
    assert [one.ask for one in consultations_due(pack, a_case(), 1, facts(), alleged=both)] == ["words"]


def test_the_baseline_pack_asks_nobody():
    assert load_pack({**pack_files(), "pack.toml": pack_files()["pack.toml"].partition("[[vendors]]")[0]}).vendors == ()


def test_a_campaign_asks_nobody_since_its_members_do():
    campaign = Case(case_id=a_case_id(kind=SubjectKind.CAMPAIGN))
    assert consultations_due(PACK, campaign, 1, facts()) == ()


@pytest.mark.parametrize(
    ("areas", "scores", "stays"),
    [
        (("child_safety",), {}, True),
        (("harassment",), {"known_hash": 1.0}, True),
        (("harassment",), {"child_safety": 0.2}, True),
        (("harassment",), {"child_safety": 0.1, "harassment": 1.0}, False),
        (("an_area_of_nobody",), {}, False),
    ],
)
def test_what_may_be_child_abuse_material_stays(areas: tuple[str, ...], scores: dict[str, float], stays: bool):
    assert must_stay((PACK,), areas, scores.items()) is stays
    case = a_case(counts={area: ReportCount(reports=1) for area in areas})
    (one,) = consultations_due(PACK, case, 1, facts(signals=SignalFacts(max_score=scores)))
    assert one.withheld is stays


def test_what_an_older_pack_owes_to_an_authority_stays_though_a_newer_one_owes_nothing():
    newer = PACK.model_copy(update={"deadlines": ()})
    case = a_case(counts={"child_safety": ReportCount(reports=1)})
    assert [one.withheld for one in consultations_due(newer, case, 1, facts())] == [False]
    assert [one.withheld for one in consultations_due(newer, case, 1, facts(), older=(PACK,))] == [True]
    assert must_stay((newer, PACK), (), {"known_hash": 1.0}.items())


# While the word is missing ----------------------------------------------------------------------------------------------


def test_a_missing_label_is_among_those_that_failed_unless_another_detector_answered():
    missing = with_missing(facts(), (a_consultation(),), 1)
    assert missing.signals.failed == ("harassment",)
    answered = facts(signals=SignalFacts(max_score={"harassment": 0.1}))
    assert with_missing(answered, (a_consultation(),), 1) == answered
    assert with_missing(facts(), (a_consultation(state="answered"),), 1) == facts()


def test_no_rule_decides_alone_that_there_is_nothing_while_a_word_is_missing():
    for stance in ("review", "hold"):
        (found,) = overlaid(a_triage(an_assessment(automatic=CLEARED)), stance).assessments
        assert found.automatic is None
    body = overlaid(a_triage(an_assessment(automatic=CLEARED)), "review")
    assert [(one.reason, one.name, one.instead) for one in body.braked] == [("unanswered", "words", "review")]
    (found,) = overlaid(a_triage(an_assessment(automatic=CLEARED)), "continue").assessments
    assert found.automatic == CLEARED


def test_a_violation_that_a_rule_found_rests_on_what_is_there():
    body = a_triage(an_assessment(automatic=automatic()))
    assert overlaid(body, "hold") == body


def test_the_stance_hold_holds_as_the_area_does_and_says_why():
    body = overlaid(a_triage(), "hold")
    (found,) = body.assessments
    assert [one.kind for one in found.hold] == [PACK.areas["harassment"].hold_on(SubjectKind.CONTENT)]
    assert [(one.reason, one.instead) for one in body.braked] == [("unanswered", "held")]
    assert overlaid(a_triage(), "review") == a_triage()


def test_a_note_names_the_asks_whose_stance_it_was_and_no_other():
    asks = (
        a_consultation(ask="links", consultation_id="links.1", labels=("spam",), meanwhile=VendorStance.HOLD),
        a_consultation(meanwhile=VendorStance.CONTINUE),
    )
    body = with_stances(a_triage(an_assessment("spam")), a_case(), asks, lambda area: PACK)
    assert [(note.name, note.instead) for note in body.braked] == [("links", "held")]


def test_a_rules_own_hold_is_left_as_it_is():
    body = a_triage(an_assessment(hold=(HIDE,)))
    assert overlaid(body, "hold") == body


def test_a_stance_is_for_the_areas_of_its_labels_or_for_all_where_none_of_them_is_in_question():
    both = overlaid(a_triage(an_assessment("harassment"), an_assessment("spam")), "hold").assessments
    assert [bool(one.hold) for one in both] == [True, False]
    (spam,) = overlaid(a_triage(an_assessment("spam")), "hold").assessments
    assert spam.hold


def test_before_the_first_word_the_other_stance_holds():
    one = a_consultation(meanwhile=VendorStance.CONTINUE, on_outage=VendorStance.HOLD)
    assert with_stances(a_triage(), a_case(), (one,), lambda area: PACK) == a_triage()
    assert strictest([VendorStance.CONTINUE, VendorStance.HOLD, VendorStance.REVIEW]) is VendorStance.HOLD


# What a word changes ------------------------------------------------------------------------------------------------------


def test_asking_is_a_duty_until_the_first_word_and_only_while_somebody_needs_it():
    case = consulting()
    assert [duty.key for duty in duties(case, later()) if isinstance(duty, Consult)] == ["consult:words.1"]
    assert owes(case, later())
    assert not any(isinstance(duty, Consult) for duty in duties(fold(case, a_word(answered=False)), later()))
    edited = case.evolve(evidence=(evidence(), evidence(2)))
    assert not any(isinstance(duty, Consult) for duty in duties(edited, later()))


def test_a_word_counts_and_the_pack_is_asked_again():
    after = fold(consulting(), a_word(score=0.7))
    assert after.scores == {"harassment": 0.7}
    assert after.consultations[0].state == "answered"
    assert after.triage_owed_through == 5


def test_that_nobody_answered_is_heard_too_and_never_unsays_an_answer():
    silent = fold(consulting(), a_word(answered=False))
    assert (silent.consultations[0].state, silent.scores, silent.triage_owed_through) == ("unanswered", {}, 5)
    late = fold(silent, a_word(6, late=True))
    assert late.consultations[0].state == "answered"
    assert fold(late, a_word(7, answered=False)).consultations[0].state == "answered"


def test_a_word_about_an_older_version_says_nothing_of_what_the_subject_is_now():
    edited = consulting().evolve(evidence=(evidence(), evidence(2)), triage_owed_through=2, assessed_through=2)
    after = fold(edited, a_word(score=0.99))
    assert (after.scores, after.triage_owed_through) == ({}, 2)


def test_a_hold_that_stood_for_want_of_a_word_is_freed_by_it_where_nothing_else_holds():
    held = consulting(assessment={"hold": (HIDE,)})
    assert held.matters[0].hold_order
    told = fold(held, a_word())
    assert told.ground_withdrawn
    again = Triaged(through=5, evidence_version=1, assessments=(an_assessment(),), facts={})
    freed = fold(told, an_event("triage:5/1", again, sequence=9))
    assert freed.matters[0].open
    assert freed.matters[0].hold_order is None


@pytest.mark.parametrize(
    ("on_outage", "lifted"),
    [(VendorStance.CONTINUE, True), (VendorStance.REVIEW, True), (VendorStance.HOLD, False)],
)
def test_a_hold_of_meanwhile_ends_with_the_outage_unless_the_outage_holds_too(on_outage: VendorStance, lifted: bool):
    one = a_consultation(meanwhile=VendorStance.HOLD, on_outage=on_outage)
    body = a_triage(an_assessment(hold=(HIDE,))).evolve(asked=(one,))
    case = a_case(evidence=(evidence(),), counts={"harassment": ReportCount(reports=1)}, triage_owed_through=1)
    held = fold(case, an_event("triage:1/1", body))
    silent = fold(held, a_word(answered=False, gave_up=True))
    assert silent.ground_withdrawn is lifted
    assert not fold(held, a_word(answered=False)).ground_withdrawn  # as it was recorded before: replays as it ran


def test_a_hold_that_a_rule_still_wants_stays():
    told = fold(consulting(assessment={"hold": (HIDE,)}), a_word(score=0.99))
    again = Triaged(through=5, evidence_version=1, assessments=(an_assessment(hold=(HIDE,)),), facts={})
    assert fold(told, an_event("triage:5/1", again, sequence=9)).matters[0].hold_order


# What a pack may say --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('labels = ["harassment"]\nchain', 'labels = ["weather"]\nchain', "unknown label 'weather'"),
        ("content.length > 0", "content.lenght > 0", "undeclared reference"),
        ('["openai", "ours"]', '["openai", "openai"]', "name each vendor of the chain"),
        ('on_outage = "hold"', 'on_outage = "ignore"', "on_outage"),
        ('on_outage = "hold"\n', "", "on_outage"),
    ],
)
def test_a_wrong_ask_is_refused_with_its_cure(old: str, new: str, said: str):
    files = pack_files()
    assert old in files["pack.toml"]
    with pytest.raises(PackMistakes, match=said):
        load_pack({**files, "pack.toml": files["pack.toml"].replace(old, new)})


def test_two_asks_of_one_id_are_refused():
    more = '\n[[vendors]]\nid = "words"\nlabels = ["spam"]\nchain = ["ours"]\non_outage = "review"\nwhy = "Twice."\n'
    with pytest.raises(PackMistakes, match="2 asks are called 'words'"):
        load_pack(pack_files(more=more))


def test_an_outage_stance_must_be_declared():
    assert VendorAsk.model_fields["on_outage"].is_required()
