"""Campaigns, the pure part: the sample, members' orders, what an undo stops, and what a decision has to say of its sample."""

from typing import Any

from cases.campaigns import SAMPLE, drawn, member_order, stopped_by
from cases.case import Case
from cases.duties import Enforce, RunBatch, duties
from cases.folding import fold_all
from cases.judging import consequences, refuse_decision
from cases.measures import Measure, MeasureKind, Order, Target
from cases.names import SubjectKind
from cases.received import BatchDone, DecisionReceived
from tests.builders import NOON, a_case_id, a_report, an_ask, an_assessment, an_event, captured, triaged

KEYS = [f"{number:032x}" for number in range(1_000)]
CAMPAIGN = a_case_id("raid-1", kind=SubjectKind.CAMPAIGN)


def a_campaign(**changes: Any) -> Case:
    facts: dict[str, Any] = {"author": None, "author_target": None, "members": 600, "sample": SAMPLE, **changes}
    return fold_all(Case(case_id=CAMPAIGN), [a_report(), captured(**facts), triaged(an_assessment())])


def decided(case: Case, **changes: Any) -> Case:
    asked = an_event("inbox:9", DecisionReceived(number=9, ask=an_ask(**changes), received_at=NOON))
    case = fold_all(case, [asked])
    return fold_all(case, consequences(case, asked, NOON))


def an_order(**changes: Any) -> Order:
    measure = Measure(measure_id="d-1/1", kind=MeasureKind.REMOVE, target=Target.SUBJECT, since=NOON)
    return Order(
        **{"order_id": "d-1:subject", "cause": "d-1", "target": Target.SUBJECT, "impose": (measure,), **changes}
    )


def test_the_sample_is_the_same_for_all_who_draw_it_and_another_for_another_campaign():
    assert drawn("one", KEYS) == drawn("one", reversed(KEYS))
    assert len(drawn("one", KEYS)) == SAMPLE
    assert drawn("one", KEYS) != drawn("other", KEYS)
    assert set(drawn("one", KEYS[:10])) == set(KEYS[:10])


def test_the_size_of_the_sample_bounds_what_may_be_wrong():
    assert 0.95**SAMPLE < 0.05 < 0.95 ** (SAMPLE - 1)


def test_every_member_has_an_order_and_measures_of_its_own():
    one = member_order(an_order(), KEYS[1], "r1")
    assert (one.order_id, one.impose[0].measure_id) == (f"d-1:subject@{KEYS[1]}", f"d-1/1@{KEYS[1]}")
    assert one.content_version == "r1", "what was edited since it joined is not restricted"
    freed = member_order(an_order(impose=(), revoke=("d-1/1",)), KEYS[1], "r1")
    assert (freed.revoke, freed.content_version) == ((f"d-1/1@{KEYS[1]}",), None)


def test_an_undo_stops_only_what_it_takes_back_whole():
    undo = an_order(order_id="reversal:r-1:subject", impose=(), revoke=("d-1/1",))
    assert stopped_by([an_order(), undo], undo) == ("d-1:subject",)
    assert stopped_by([an_order(), undo], undo.evolve(revoke=("d-2/1",))) == ()


def test_a_campaigns_order_is_a_batch_and_its_end_confirms_it():
    case = decided(a_campaign(), sample_violations=57)
    assert case.decision("d-1").sample.violations == 57
    (batch,) = [duty for duty in duties(case, NOON) if isinstance(duty, RunBatch | Enforce)]
    assert isinstance(batch, RunBatch)
    assert not any(notice.told_at or case.confirmed(notice.after) for notice in case.notices)

    done = BatchDone(number=10, order_id="d-1:subject", confirmed=600, void=0, stopped=False, received_at=NOON)
    case = fold_all(case, [an_event("inbox:10", done)])
    assert case.confirmed(["d-1:subject"])
    assert {notice.kind for notice in case.notices} == {"statement", "outcome_reporter"}


def test_a_violation_of_a_campaign_says_in_how_many_of_the_sample_it_was_found():
    for found in (None, 0, SAMPLE + 1):
        refusal = refuse_decision(a_campaign(), an_ask(sample_violations=found), NOON)
        assert refusal is not None
        assert (
            refusal.text
            == f"sample_violations: say in how many of the {SAMPLE} sampled members you found it, at least one"
        )
    assert refuse_decision(a_campaign(), an_ask(sample_violations=1), NOON) is None
