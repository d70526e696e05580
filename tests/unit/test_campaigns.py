"""Campaigns, the pure part: the sample, members' orders, what an undo stops, and what a decision has to say of its sample."""

from datetime import datetime, timedelta
from typing import Any

from cases.campaigns import SAMPLE, drawn, member_order, stopped_by
from cases.case import Case
from cases.decisions import FourEyes
from cases.duties import Enforce, RunBatch, duties
from cases.events import Told
from cases.folding import fold_all
from cases.judging import consequences, refuse_decision
from cases.measures import Measure, MeasureKind, Order, Target
from cases.names import SubjectKind
from cases.received import BatchDone, DecisionReceived, FilingAnswered, MembersJoined
from tests.builders import NOON, REMOVE, a_case_id, a_report, an_ask, an_assessment, an_event, captured, triaged

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


def test_a_campaign_beyond_its_deciders_cap_waits_for_a_second_person_before_anything_is_done():
    case = decided(a_campaign(), sample_violations=57, wide=True)
    assert (case.orders, [one.second for one in case.proposals]) == ((), [FourEyes.BEFORE])
    seconded = decided(case, decision_id="d-2", reviewer="rev-2", seconds="d-1")
    assert [one.second_by for one in seconded.decisions] == ["rev-2"]
    assert seconded.orders


def test_a_violation_of_a_campaign_says_in_how_many_of_the_sample_it_was_found():
    for found in (None, 0, SAMPLE + 1):
        refusal = refuse_decision(a_campaign(), an_ask(sample_violations=found), NOON)
        assert refusal is not None
        assert (
            refusal.text
            == f"sample_violations: say in how many of the {SAMPLE} sampled members you found it, at least one"
        )
    assert refuse_decision(a_campaign(), an_ask(sample_violations=1), NOON) is None


def joined(case: Case, number: int, members: int, at: datetime = NOON) -> Case:
    body = MembersJoined(number=number, members=members, received_at=at)
    return fold_all(case, [an_event(f"inbox:{number}", body, at=at)])


def carried(case: Case, number: int, order_id: str) -> Case:
    done = BatchDone(number=number, order_id=order_id, confirmed=1, void=0, stopped=False, received_at=NOON)
    return fold_all(case, [an_event(f"inbox:{number}", done)])


def a_late_campaign() -> Case:
    """Decided, carried out, under a pack that gives late members a week."""
    case = a_campaign()
    terms = case.matters[0].terms.evolve(late_members_for="P7D")
    case = case.evolve(matters=(case.matters[0].evolve(terms=terms),))
    return carried(decided(case, sample_violations=9, enforcements=(REMOVE,)), 10, "d-1:subject")


def test_the_sample_is_drawn_again_when_there_are_twice_as_many_and_the_matter_goes_with_it():
    case = a_campaign()
    assert joined(case, 7, 1_199).recapture_for is None
    grown = joined(case, 7, 1_200)
    assert grown.recapture_for == "members:7"
    again = fold_all(grown, [captured(version=2, author=None, author_target=None, members=1_200, sample=SAMPLE)])
    assert (again.recapture_for, [matter.evidence_version for matter in again.matters]) == (None, [2])
    assert again.assessed_through == case.assessed_through, "it is the same raid"


def test_who_joins_after_the_decision_is_carried_out_under_it_for_as_long_as_the_pack_says():
    case = joined(a_late_campaign(), 11, 700)
    (wave,) = [duty.order for duty in duties(case, NOON) if isinstance(duty, RunBatch)]
    assert (wave.order_id, wave.cause, wave.late) == ("late-11:d-1:subject", "d-1", True)
    assert [one.measure_id for one in wave.impose] == ["d-1/1"], "an undo of the decision undoes it too"
    assert joined(a_late_campaign(), 11, 700, NOON + timedelta(days=8)).orders == a_late_campaign().orders


def test_who_joins_while_a_wave_is_under_way_is_the_next_and_what_is_over_is_left_out():
    case = joined(joined(a_late_campaign(), 11, 700), 12, 701)
    assert sum(order.open for order in case.orders) == 1
    case = carried(case, 13, "late-11:d-1:subject")
    assert [order.order_id for order in case.orders if order.open] == ["late-12:d-1:subject"]
    for number in range(14, 40, 2):
        open_ = next(order.order_id for order in case.orders if order.open)
        told = [an_event(f"told:{number}:{n.notice_id}", Told(notice_id=n.notice_id, sent=1)) for n in case.notices]
        filed = [
            an_event(
                f"inbox:{1_000 * number + place}",
                FilingAnswered(number=number, filing_id=f.filing_id, accepted=True, reference=None, received_at=NOON),
            )
            for place, f in enumerate(case.filings)
        ]
        case = fold_all(carried(case, number, open_), [*told, *filed]).evolve(spreads=())
        case = joined(case, number + 1, 702)
    assert len(case.orders) <= 3
    assert len(case.notices) <= 3
    assert len(case.filings) <= 3
