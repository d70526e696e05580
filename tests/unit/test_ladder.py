"""What strikes add up to: the cases people argue about."""

from datetime import timedelta

from cases.assessing import automatic_decisions
from cases.assessments import Triaged
from cases.decisions import EnforcementRequest, Outcome, SourceDecision
from cases.events import DecisionReversed
from cases.judging import consequences
from cases.ladder import Counting, Span, Step, climb, counted, forgiven
from cases.ladder_decisions import step_answer, step_assessment, steps_to_assess
from cases.measures import MeasureKind
from cases.names import SubjectKind
from cases.policy import TriageOutcome
from cases.received import StepCrossed, StepFell
from cases.telling import NoticeKind
from tests.builders import NOON, an_event
from tests.lives import PACK, Life
from tests.properties.test_ladder import STEPS, a_mark, day

WEEK = EnforcementRequest(kind=MeasureKind.SUSPEND, duration="P7D")


def numbers(found) -> list[int]:
    return [one.strikes for one in found.crossed]


def test_two_steps_reached_at_once_are_both_carried_out():
    marks = [a_mark(n, 1) for n in range(3)]
    assert numbers(climb("acc", "spam", STEPS, marks, Counting(), (), (), day(1))) == [2, 3]


def test_a_fourth_strike_of_the_same_time_carries_out_nothing_again():
    """bluesky-social/atproto #1878: one time, one consequence."""
    marks = [a_mark(n, n) for n in range(4)]
    standing = climb("acc", "spam", STEPS, marks[:3], Counting(), (), (), day(2)).crossed
    assert not climb("acc", "spam", STEPS, marks, Counting(), (), standing, day(3)).crossed


def test_after_a_strike_expired_the_same_number_is_reached_anew():
    marks = [a_mark(0, 0, 10), a_mark(1, 5, 30), a_mark(2, 20, 30)]
    first = climb("acc", "spam", STEPS, marks[:2], Counting(), (), (), day(5)).crossed
    again = climb("acc", "spam", STEPS, marks, Counting(), (), first, day(20)).crossed
    assert [one.strikes for one in again] == [2]
    assert again[0].crossing_id != first[0].crossing_id


def test_a_strike_that_is_not_confirmed_counts_for_nothing():
    marks = [a_mark(0, 0), a_mark(1, 1, active=False)]
    assert not climb("acc", "spam", STEPS, marks, Counting(), (), (), day(2)).crossed


def test_expiry_lets_nothing_fall_and_a_reversal_does():
    marks = [a_mark(0, 0, 10), a_mark(1, 5, 30)]
    standing = climb("acc", "spam", STEPS, marks, Counting(), (), (), day(5)).crossed
    assert not climb("acc", "spam", STEPS, marks, Counting(), (), standing, day(50)).fallen
    taken_back = [marks[0].evolve(active=False), marks[1]]
    found = climb("acc", "spam", STEPS, taken_back, Counting(), (), standing, day(50))
    assert found.fallen == ((standing[0].crossing_id, SourceDecision(case_id="case-0", decision_id="d-1")),)


def test_what_a_later_strike_would_have_reached_stands_and_is_not_carried_out_again():
    marks = [a_mark(0, 0), a_mark(1, 1), a_mark(2, 2)]
    standing = climb("acc", "spam", STEPS[:1], marks[:2], Counting(), (), (), day(1)).crossed
    after = [marks[0].evolve(active=False), *marks[1:]]
    found = climb("acc", "spam", STEPS[:1], after, Counting(), (), standing, day(3))
    assert (found.crossed, found.fallen) == ((), ())


def test_the_time_of_a_strike_stands_still_while_the_account_is_suspended():
    (one,) = counted([a_mark(0, 0, 10)], Counting(freezes=True), [Span(start=day(2), end=day(9))])
    assert one.until == day(17)
    (without_end,) = counted([a_mark(0, 0, 10)], Counting(freezes=True), [Span(start=day(2))])
    assert without_end.until > day(100_000)


def test_good_conduct_takes_the_oldest_off_for_good():
    marks = [a_mark(0, 0), a_mark(1, 1), a_mark(2, 40)]
    counts = counted(marks, Counting(decays_after="P30D"))
    assert [one.until for one in counts] == [day(31), day(70), day(100)]  # one goes after each thirty days


def test_a_first_offence_is_forgiven_and_the_next_one_is_not_the_first():
    marks = [a_mark(0, 0), a_mark(1, 10), a_mark(2, 200)]
    counts = counted(marks, Counting(first_forgiven=True))
    assert [one.mark.case_id for one in counts] == [
        "case-1"
    ]  # by day 200 all is forgotten, and it is a first one again


def test_a_strike_is_known_to_be_forgiven_while_it_stands_and_only_where_that_is_the_rule():
    marks = [a_mark(0, 0), a_mark(1, 10)]
    first, second = (mark.source for mark in marks)
    assert forgiven(first, marks, Counting(first_forgiven=True), ())
    assert not forgiven(second, marks, Counting(first_forgiven=True), ())
    assert not forgiven(first, marks, Counting(), ())
    assert not forgiven(first, [marks[0].evolve(active=False)], Counting(first_forgiven=True), ())


# In the account's own case ------------------------------------------------------------------------------------------


def a_reached_step(*, kind: MeasureKind = MeasureKind.SUSPEND, strikes: int = 3) -> StepCrossed:
    asked = WEEK if kind is MeasureKind.SUSPEND else EnforcementRequest(kind=kind)
    marks = [a_mark(n, n) for n in range(strikes)]
    step = Step(strikes=strikes, asked=asked)
    (crossing,) = climb("acc", "harassment", [step], marks, Counting(), (), (), day(strikes)).crossed
    return StepCrossed(number=1, crossing=crossing, received_at=NOON)


def a_life(step: StepCrossed, decide: bool = True) -> Life:
    """The account's case: it hears of the step, captures the account, and is assessed."""
    life = Life(kind=SubjectKind.ACCOUNT, subject="account-1").add("inbox:1", step).captured()
    assert [one.crossing for one in steps_to_assess(life.case)] == [step.crossing]
    found = step_assessment(PACK, step_answer(PACK, step.crossing), step, 1, life.at)
    body = Triaged(through=1, evidence_version=1, assessments=(found,), facts={})
    life.add("triage:1/1", body)
    for event in automatic_decisions(an_event("triage:1/1", body, life.at)):
        life.add(event.event_id, event.body)
    return life


def test_the_account_is_suspended_by_rule_with_a_statement_that_names_what_it_rests_on():
    life = a_life(a_reached_step()).confirmed()
    (decision,) = life.case.decisions
    assert (decision.by, decision.automated, decision.strike) == ("rule:ladder.harassment.3", True, False)
    assert [one.case_id for one in decision.sources] == ["case-0", "case-1", "case-2"]
    assert [notice.kind for notice in life.case.notices] == [NoticeKind.STATEMENT]
    words = life.words(NoticeKind.STATEMENT)
    assert words.sources == ("case-0 · d-1", "case-1 · d-1", "case-2 · d-1")
    assert words.facts == (
        "3 decisions left a strike each on this account, which still count. Under the rules on Harassment this is what "
        "that leads to."
    )
    assert words.redress is not None
    assert (words.automated_decision, words.strike_until) == ("fully", None)
    assert not steps_to_assess(life.case)


def test_a_step_falls_with_a_decision_it_rests_on_and_everybody_who_was_told_is_told():
    step = a_reached_step()
    life = a_life(step).confirmed()
    fell = StepFell(
        number=2, crossing_id=step.crossing.crossing_id, source=step.crossing.sources[0], received_at=life.at
    )
    life.add("inbox:2", fell)
    (reversal,) = consequences(life.case, life.events[-1], life.at)
    assert isinstance(reversal.body, DecisionReversed)
    life.add(reversal.event_id, reversal.body).confirmed()
    assert life.case.decisions[0].reversed
    assert NoticeKind.REVERSAL_AUTHOR in {notice.kind for notice in life.case.notices}
    assert "taken back" in (life.words(NoticeKind.REVERSAL_AUTHOR).facts or "")
    assert life.case.filings[-1].supersedes == (life.case.filings[0].filing_id,)
    assert not consequences(life.case, life.events[-3], life.at + timedelta(hours=1))  # hearing of it twice is once


def test_closing_an_account_is_never_the_ladders_alone_and_what_fell_needs_no_reviewer():
    step = a_reached_step(kind=MeasureKind.TERMINATE)
    assert step_answer(PACK, step.crossing).outcome is TriageOutcome.REVIEW
    life = a_life(step)
    (matter,) = life.case.matters
    assert matter.open
    assert matter.sources == step.crossing.sources
    assert [one.kind for one in matter.terms.enforcements] == [MeasureKind.TERMINATE]
    fell = StepFell(
        number=2, crossing_id=step.crossing.crossing_id, source=step.crossing.sources[0], received_at=life.at
    )
    life.add("inbox:2", fell)
    (event,) = consequences(life.case, life.events[-1], life.at)
    life.add(event.event_id, event.body)
    assert life.case.decisions[0].outcome is Outcome.NO_VIOLATION
    assert not any(one.open for one in life.case.matters)


def test_a_step_that_fell_before_it_was_assessed_is_not_carried_out():
    step = a_reached_step()
    life = Life(kind=SubjectKind.ACCOUNT, subject="account-1").add("inbox:1", step).captured()
    source = step.crossing.sources[0]
    fell = StepFell(number=2, crossing_id=step.crossing.crossing_id, source=source, received_at=life.at)
    life.add("inbox:2", fell)
    assert not steps_to_assess(life.case)
    assert not consequences(life.case, life.events[-1], life.at)
