"""A preview is the letter: what is foreseen of a decision is what the mails say once it was made and confirmed."""

import pytest

from cases.causes import cause_of_notice
from cases.decisions import EnforcementRequest, Outcome
from cases.foreseeing import NotDecidable, foresee
from cases.measures import MeasureKind
from cases.telling import NoticeKind
from cases.wording import view_of
from tests.builders import REMOVE, TERMINATE, an_ask
from tests.lives import PACK, PAPER, PLATFORM, Life, a_held_life


def a_life() -> Life:
    return Life().reported().captured().triaged()


def an_asked(**changes: object):
    return an_ask(rule_id="harassment.reported", enforcements=(REMOVE,), **changes)


def test_the_letter_foreseen_is_the_letter_sent():
    life = a_life()
    foreseen = foresee(life.case_id, life.events, an_asked(), life.at)
    decided = a_life().decided().confirmed()

    for kind in (NoticeKind.STATEMENT, NoticeKind.OUTCOME_REPORTER):
        notice = next(one for one in foreseen.notices if one.kind is kind)
        cause = cause_of_notice(foreseen.case, notice, foreseen.events)
        words = view_of(foreseen.case, notice, PACK, cause, platform_name=PLATFORM, informed_at=decided.at)
        sent = decided.words(kind)
        since = {"measures": tuple(one.evolve(since="") for one in words.measures)}
        assert words.evolve(**since) == sent.evolve(measures=tuple(one.evolve(since="") for one in sent.measures))
        assert PAPER.write(kind, words).subject_line == decided.letter(kind).subject_line


def test_foreseeing_changes_nothing():
    life = a_held_life()
    before = list(life.events)
    foresee(life.case_id, life.events, an_asked(), life.at)

    assert life.events == before
    assert not life.case.decisions


def test_what_the_case_would_refuse_is_said_in_its_own_words():
    life = a_life()
    with pytest.raises(NotDecidable, match="ground and rule_id: a violation names the law or rule it rests on"):
        foresee(life.case_id, life.events, an_ask(rule_id=None), life.at)


def test_a_decision_that_needs_two_people_is_foreseen_as_if_the_second_agreed():
    life = a_life()
    foreseen = foresee(life.case_id, life.events, an_ask(enforcements=(TERMINATE,)), life.at)

    assert foreseen.held
    assert NoticeKind.STATEMENT in {notice.kind for notice in foreseen.notices}


def test_a_decision_that_restricts_nothing_writes_the_author_no_statement():
    life = a_life()
    foreseen = foresee(life.case_id, life.events, an_ask(outcome=Outcome.NO_VIOLATION, enforcements=None), life.at)

    assert {notice.kind for notice in foreseen.notices} == {NoticeKind.OUTCOME_REPORTER}


def test_ones_own_measures_are_foreseen_with_their_end():
    life = a_life()
    week = EnforcementRequest(kind=MeasureKind.HIDE, duration="P7D", reach=("DE",))
    foreseen = foresee(life.case_id, life.events, an_ask(enforcements=(week,)), life.at)
    notice = next(one for one in foreseen.notices if one.kind is NoticeKind.STATEMENT)
    cause = cause_of_notice(foreseen.case, notice, foreseen.events)
    words = view_of(foreseen.case, notice, PACK, cause, platform_name=PLATFORM, informed_at=life.at)

    assert [(one.label, one.territory) for one in words.measures] == [("your post is hidden", "Germany")]
    assert words.measures[0].until
