"""A community's decision and its people: each responsible apart, bystanders never, and all of it falls with its source."""

from typing import Any

import pytest

from cases.case import Case
from cases.copying import derived_id
from cases.decisions import EnforcementRequest, FourEyes, Responsible, SourceDecision
from cases.duties import SpreadDecision, duties
from cases.events import DecisionProposed, DecisionRecorded
from cases.folding import fold_all
from cases.judging import consequences, refuse_decision
from cases.measures import MeasureKind
from cases.names import SubjectKind
from cases.parts import Part, PartTaken, parts_of
from cases.received import CopyReversed, DecisionReceived, ResponsibilityFound
from cases.responsibility import decisions_on_responsible
from cases.telling import NoticeKind
from tests.builders import NOON, a_case_id, a_report, an_ask, an_assessment, an_event, captured, terms, triaged
from tests.lives import Life, baseline_terms

OWNER, MODERATOR, WRITER, BYSTANDER = "1" * 32, "2" * 32, "3" * 32, "4" * 32
WEEK = EnforcementRequest(kind=MeasureKind.SUSPEND, duration="P7D")
WARN = EnforcementRequest(kind=MeasureKind.WARN)
CLOSE = EnforcementRequest(kind=MeasureKind.TERMINATE)
READ_ONLY = EnforcementRequest(kind=MeasureKind.READ_ONLY)
OUR_TERMS = terms(enforcements=(READ_ONLY,), account_enforcements=(WEEK,))


def a_community(**evidence: Any) -> Case:
    parts = parts_of(OWNER, [MODERATOR], [WRITER, OWNER, WRITER])
    case = Case(case_id=a_case_id("group-1", kind=SubjectKind.COMMUNITY))
    found = an_assessment(terms=OUR_TERMS)
    return fold_all(case, [a_report(), captured(parts=parts, **evidence), triaged(found)])


def named(part: Part, account: str, *wanted: EnforcementRequest) -> Responsible:
    return Responsible(part=part, account=account, enforcements=wanted or None)


def decided(case: Case, *people: Responsible) -> Any:
    body = DecisionReceived(number=2, ask=an_ask(responsible=people), received_at=NOON)
    (follows,) = consequences(case, an_event("inbox:2", body), NOON)
    return follows


def test_everybody_has_one_part_the_highest_they_have():
    assert parts_of(OWNER, [OWNER, MODERATOR], [MODERATOR, WRITER]) == (
        PartTaken(part=Part.OWNER, account=OWNER),
        PartTaken(part=Part.MODERATOR, account=MODERATOR),
        PartTaken(part=Part.PARTICIPANT, account=WRITER),
    )
    assert len(parts_of(None, (), (f"{n:032x}" for n in range(500)))) == 30, "the case keeps it, so it is bounded"


def test_each_person_named_is_decided_by_the_areas_list_or_by_one_of_their_own():
    follows = decided(a_community(), named(Part.OWNER, OWNER), named(Part.MODERATOR, MODERATOR, WARN))
    assert isinstance(follows.body, DecisionRecorded)
    decision = follows.body.decision
    assert decision.enforcements == (READ_ONLY,)
    assert [(one.part, one.enforcements) for one in decision.responsible] == [
        (Part.OWNER, (WEEK,)),
        (Part.MODERATOR, (WARN,)),
    ]
    case = fold_all(a_community(), [follows])
    assert [one.spread.decision_id for one in duties(case, NOON) if isinstance(one, SpreadDecision)] == ["d-1"]


def test_what_takes_two_people_for_an_account_takes_them_where_it_is_decided():
    assert isinstance(decided(a_community(), named(Part.OWNER, OWNER, CLOSE)).body, DecisionProposed)


@pytest.mark.parametrize(
    ("people", "why"),
    [
        ([named(Part.PARTICIPANT, BYSTANDER)], "bystanders are not responsible"),
        ([named(Part.OWNER, MODERATOR)], "it is its moderator"),
        ([named(Part.OWNER, OWNER), named(Part.OWNER, OWNER)], "named twice"),
        ([named(Part.OWNER, OWNER, READ_ONLY)], "read_only cannot lie on"),
    ],
)
def test_who_took_no_such_part_is_not_decided_with_it(people: list[Responsible], why: str):
    refusal = refuse_decision(a_community(), an_ask(responsible=tuple(people)), NOON)
    assert refusal is not None
    assert refusal.code == "not_responsible"
    assert why in refusal.text


def test_nobody_is_responsible_for_what_is_no_violation_nor_with_a_post():
    people = (named(Part.OWNER, OWNER),)
    free = refuse_decision(a_community(), an_ask(outcome="no_violation", responsible=people), NOON)
    assert free is not None
    assert "finds nobody responsible" in free.text
    post = fold_all(Case(case_id=a_case_id()), [a_report(), captured(), triaged(an_assessment())])
    refusal = refuse_decision(post, an_ask(responsible=people), NOON)
    assert refusal is not None
    assert "a decision on a community" in refusal.text


# In the person's own case ------------------------------------------------------------------------------------------


def an_account(part: Part = Part.OWNER) -> tuple[Life, SourceDecision]:
    community = a_community()
    decision = decided(community, named(part, OWNER if part is Part.OWNER else MODERATOR)).body.decision
    source = SourceDecision(case_id=community.case_id, decision_id="d-1")
    matter = community.matter("harassment/1")
    found = ResponsibilityFound(
        number=1,
        responsible=decision.responsible[0],
        decision=decision,
        matter=matter.evolve(terms=baseline_terms("harassment", account_enforcements=(WEEK,))),
        source=source,
        reports=1,
        notices=1,
        received_at=NOON,
    )
    return Life(kind=SubjectKind.ACCOUNT, subject="account-1").add("inbox:1", found).captured(), source


def carried_out(life: Life) -> Life:
    for event in decisions_on_responsible(life.case, 1, life.at):
        life.add(event.event_id, event.body)
    return life.confirmed()


def test_a_person_found_responsible_has_a_decision_a_statement_and_a_way_to_object_of_their_own():
    life, source = an_account()
    carried_out(life)
    (decision,) = life.case.decisions
    assert (decision.by, decision.automated, decision.part) == ("rev-1", False, Part.OWNER)
    assert (decision.sources, decision.enforcements, decision.strike) == ((source,), (WEEK,), True)
    words = life.words(NoticeKind.STATEMENT)
    assert words.facts is not None
    assert words.facts.startswith("You own a community")
    assert words.sources == (f"{source.case_id} · d-1",)
    assert (words.source_label, words.automated_decision) == ("on a notice", "not")
    assert words.redress is not None
    assert decision.decision_id in words.redress.how
    assert not decisions_on_responsible(life.case, 1, life.at), "once, however often it is asked"


def test_the_persons_decision_falls_with_its_source():
    life, source = an_account()
    carried_out(life)
    body = CopyReversed(number=2, source=source, reversal_id="r-1", by="appeal:a-1", received_at=life.at)
    life.add("inbox:2", body)
    for event in consequences(life.case, life.events[-1], life.at):
        life.add(event.event_id, event.body)
    assert life.case.decision(derived_id(source)).reversed
    assert NoticeKind.REVERSAL_AUTHOR in {notice.kind for notice in life.case.notices}


def test_what_fell_before_the_account_was_looked_at_is_never_carried_out():
    life, source = an_account()
    life.add("inbox:2", CopyReversed(number=2, source=source, reversal_id="r-1", by="operator:o", received_at=life.at))
    assert not decisions_on_responsible(life.case, 1, life.at)


def test_two_people_judge_before_an_effect_unless_the_area_says_after():
    severe = terms(account_enforcements=(CLOSE,), four_eyes=FourEyes.AFTER, enforcements=(READ_ONLY,))
    case = Case(case_id=a_case_id("group-2", kind=SubjectKind.COMMUNITY))
    found = an_assessment(terms=severe)
    case = fold_all(case, [a_report(), captured(parts=parts_of(OWNER, (), ())), triaged(found)])
    follows = decided(case, named(Part.OWNER, OWNER))
    assert isinstance(follows.body, DecisionRecorded)
    assert follows.body.decision.second is FourEyes.AFTER
