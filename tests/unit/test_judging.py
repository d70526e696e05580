"""What may stand, what is refused and in which words, and what follows."""

from typing import Any

import pytest

from cases.appeals import AppealRefusal, Role
from cases.decisions import FourEyes, Outcome
from cases.duties import due_tick
from cases.events import CaseEvent
from cases.judging import (
    consequences,
    decision_digest,
    refuse_decision,
    refuse_extension,
    tick_events,
    unjudged,
)
from cases.judging_reversals import refuse_reversal
from cases.measures import Target
from cases.messages import DecisionMessage
from cases.received import (
    AppealAnswered,
    AppealReceived,
    DecisionReceived,
    ExtensionReceived,
    MessageRefused,
    ReversalReceived,
)
from cases.telling import NoticeKind
from tests.builders import HIDE, NOON, REMOVE, SUSPEND, TERMINATE, an_ask, an_event, later, terms
from tests.paper import PaperRun, a_decided_run, a_reviewed_run

REASON = "txt-" + "0" * 32


# Decisions ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code", "text"),
    [
        ({"matter": "spam/1"}, "unknown_matter", "spam/1 is not in this case; open matters: harassment/1"),
        ({"outcome": Outcome.UPHELD}, "wrong_outcome", "upheld is an appeal's"),
        ({"rationale_id": None}, "missing", "store the rationale at a door and name it here"),
        ({"ground": None}, "missing", "names the law or rule it rests on"),
        ({"rule_id": None}, "missing", "names the law or rule it rests on"),
        (
            {"outcome": Outcome.NO_VIOLATION, "enforcements": (REMOVE,)},
            "wrong_list",
            "no_violation restricts nothing; leave the list out",
        ),
        (
            {"enforcements": (SUSPEND.model_copy(update={"target": Target.SUBJECT}),)},
            "wrong_target",
            "suspend cannot lie on the subject, content",
        ),
        (
            {"enforcements": (REMOVE.model_copy(update={"target": Target.AUTHOR}),)},
            "wrong_target",
            "remove cannot lie on the author, an account; use one of: warn, strike",
        ),
        ({"objection": "token: missing; claim the task"}, "not_proven", "token: missing; claim the task"),
        ({"seconds": "d-0"}, "nothing_to_second", "d-0 waits for no second person"),
    ],
)
def test_a_decision_that_breaks_a_rule_is_refused_with_field_and_cure(changes: dict[str, Any], code: str, text: str):
    run = a_reviewed_run()
    refusal = refuse_decision(run.case, an_ask(**changes), NOON)
    assert refusal is not None
    assert refusal.code == code
    assert text in refusal.text
    run.decide(**changes)
    assert [(body.code, body.message_id) for body in run.kinds("message_refused")] == [(code, "d-1")]
    assert run.case.matter("harassment/1").open
    assert not run.case.decisions


def test_a_decision_on_a_decided_matter_says_which_decision_stands():
    run = a_decided_run().decide("d-2")
    assert "was decided by d-1; appeal or reverse that decision" in run.kinds("message_refused")[0].problem
    assert [decision.decision_id for decision in run.case.decisions] == ["d-1"]


def test_the_same_decision_again_is_no_error_and_no_second_effect():
    run = a_decided_run().decide()
    assert refuse_decision(run.case, an_ask(), NOON) is None
    assert not run.kinds("message_refused")
    assert len(run.case.orders) == 1


def test_other_content_under_a_known_id_is_a_conflict():
    refusal = refuse_decision(a_decided_run().case, an_ask(digest="other"), NOON)
    assert refusal is not None
    assert (refusal.code, "use a new id" in refusal.text) == ("conflict", True)


def test_a_token_is_no_part_of_what_was_decided():
    plain = {"decision_id": "d-1", "matter": "spam/1", "outcome": "no_violation"}
    one, other = (DecisionMessage(**plain, token=token) for token in ("first", "second"))
    assert decision_digest(one) == decision_digest(other)
    assert decision_digest(one) != decision_digest(DecisionMessage(**{**plain, "decision_id": "d-2"}))


def test_left_out_means_the_rules_own_list_and_empty_means_none():
    assert a_decided_run().case.decision("d-1").enforcements == (REMOVE,)
    assert a_decided_run(enforcements=()).case.decision("d-1").enforcements == ()


def test_a_decision_names_rule_ground_evidence_and_person():
    decision = a_decided_run().case.decision("d-1")
    assert (decision.rule_id, decision.ground, decision.evidence_version, decision.by, decision.automated) == (
        "harassment.rule",
        "terms",
        1,
        "rev-1",
        False,
    )


# Two people ---------------------------------------------------------------------------------------------------------


def a_proposal() -> PaperRun:
    return a_reviewed_run().decide(enforcements=(TERMINATE,))


def test_what_cannot_be_undone_is_proposed_and_orders_nothing():
    run = a_proposal()
    assert [body.decision.decision_id for body in run.kinds("decision_proposed")] == ["d-1"]
    assert not run.case.orders
    assert run.case.matter("harassment/1").proposed_id == "d-1"


@pytest.mark.parametrize(
    ("changes", "code", "text"),
    [
        ({}, "awaits_second", "d-1 waits for a second person; send seconds with its id"),
        ({"seconds": "d-1"}, "same_person", "a second look is another person's"),
        ({"seconds": "d-7", "reviewer": "rev-2"}, "nothing_to_second", "d-7 waits for no second person"),
    ],
)
def test_nobody_seconds_themselves(changes: dict[str, Any], code: str, text: str):
    refusal = refuse_decision(a_proposal().case, an_ask("d-2", **changes), NOON)
    assert refusal is not None
    assert refusal.code == code
    assert text in refusal.text


def test_two_people_make_the_decision_of_the_first():
    run = a_proposal().decide("d-2", reviewer="rev-2", seconds="d-1")
    decision = run.case.decision("d-1")
    assert (decision.by, decision.second_by) == ("rev-1", "rev-2")
    assert run.case.orders[0].impose[0].kind == "terminate"


def test_a_refused_proposal_falls_and_the_matter_is_decided_afresh():
    run = a_proposal().decide("d-2", reviewer="rev-2", seconds="d-1", outcome=Outcome.NO_VIOLATION)
    matter = run.case.matter("harassment/1")
    assert (matter.open, matter.proposed_id) == (True, None)
    assert not run.case.decisions
    run.decide("d-3", reviewer="rev-3", outcome=Outcome.NO_VIOLATION, ground=None)
    assert run.case.matter("harassment/1").decision_id == "d-3"


def test_a_decision_that_was_taken_back_needs_no_second_person():
    run = a_reviewed_run(terms=terms(four_eyes=FourEyes.AFTER)).decide().settle().reverse().settle()
    refusal = refuse_decision(
        run.case, an_ask("d-2", reviewer="rev-2", seconds="d-1", outcome=Outcome.NO_VIOLATION), NOON
    )
    assert refusal is not None
    assert refusal.code == "nothing_to_second"


def test_where_waiting_would_harm_the_second_look_never_comes_first():
    run = a_reviewed_run(terms=terms(four_eyes=FourEyes.AFTER)).decide(enforcements=(TERMINATE,))
    assert run.case.decision("d-1").second is FourEyes.AFTER
    assert run.case.orders


# Reversals and deadlines --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decision_id", "keep", "code", "text"),
    [
        ("d-9", (), "unknown_decision", "d-9 is not in this case"),
        ("d-1", ("d-2/1",), "unknown_measure", "d-2/1 is not of this decision; it has d-1/1"),
    ],
)
def test_a_reversal_of_what_is_not_there_is_refused(decision_id: str, keep: tuple[str, ...], code: str, text: str):
    refusal = refuse_reversal(a_decided_run().case, decision_id, keep)
    assert refusal is not None
    assert refusal.code == code
    assert text in refusal.text


def test_a_decision_is_taken_back_once():
    run = a_decided_run().settle().reverse().reverse(message_id="r-2")
    assert [body.code for body in run.kinds("message_refused")] == ["already_reversed"]
    assert run.notices().count(NoticeKind.REVERSAL_AUTHOR) == 1


@pytest.mark.parametrize(
    ("clock_id", "hours", "code", "text"),
    [
        ("review:spam/1", 48, "unknown_clock", "does not run here; clocks: review:harassment/1"),
        ("review:harassment/1", 24, "not_later", "give a time after"),
        ("review:harassment/1", 1, "not_later", "give a time after"),
    ],
)
def test_a_clock_is_only_ever_given_longer(clock_id: str, hours: float, code: str, text: str):
    refusal = refuse_extension(a_reviewed_run().case, clock_id, later(hours=hours))
    assert refusal is not None
    assert refusal.code == code
    assert text in refusal.text


def test_what_a_decision_or_a_law_set_is_not_extended():
    owed = terms(authority_report_within="PT24H", authority_report_source="a law")
    run = a_reviewed_run(terms=owed).decide(enforcements=(SUSPEND,)).settle()
    for clock in run.case.clocks:
        refusal = refuse_extension(run.case, clock.clock_id, later(days=100))
        assert refusal is not None
        assert refusal.code == "not_extendable"
    assert len(run.case.clocks) == 2


def test_an_extended_clock_warns_and_ends_anew_and_keeps_the_reason():
    run = a_reviewed_run().forward(hours=25)
    assert run.case.clocks[0].breached_at
    run.extend("review:harassment/1", later(hours=100))
    clock = run.case.clocks[0]
    assert (clock.warned, clock.breached_at, clock.extended_by) == ((), None, REASON)
    run.forward(hours=80)
    assert run.case.clocks[0].breached_at
    assert len({event.event_id for event in run.events}) == len(run.events)
    assert len(run.kinds("clock_breached")) == 2


def test_a_clock_that_ends_is_recorded_once_by_its_own_instant():
    run = a_reviewed_run()
    run.at = later(hours=24)
    while tick := due_tick(run.case, run.at):
        (event,) = tick_events(run.case, tick, run.at)
        run.add(event.event_id, event.body)
    assert [event.event_id for event in run.events[-3:]] == [
        "clock:review:harassment/1:50:20260303T120000Z",
        "clock:review:harassment/1:80:20260303T120000Z",
        "clock:review:harassment/1:breach:20260303T120000Z",
    ]


# Appeals ------------------------------------------------------------------------------------------------------------


def test_an_appeal_in_time_is_opened_with_a_date_by_which_it_is_answered():
    run = a_decided_run().settle().appeal()
    assert run.case.appeals[0].due_at == run.at + (later(days=14) - NOON)
    assert (run.stage, run.owes) == ("under_appeal", True)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"decision_id": "d-9"}, AppealRefusal.UNKNOWN_DECISION),
        ({"informed_at": None, "role": None}, AppealRefusal.NOT_INFORMED),
        ({"received_at": later(days=214)}, AppealRefusal.TOO_LATE),
    ],
)
def test_an_appeal_that_is_not_heard_is_answered_kindly(changes: dict[str, Any], reason: AppealRefusal):
    run = a_decided_run().settle().appeal(**changes).settle()
    assert [body.reason for body in run.kinds("appeal_refused")] == [reason]
    assert run.told()[-1] is NoticeKind.APPEAL_REFUSED
    assert not run.owes


def test_one_person_is_heard_once_and_another_person_still_is():
    run = a_decided_run().settle().appeal().appeal(appeal_id="a-2")
    assert [body.reason for body in run.kinds("appeal_refused")] == [AppealRefusal.ALREADY_HEARD]
    run.appeal(appeal_id="a-3", appellant="b" * 16, role=Role.REPORTER)
    assert [appeal.appeal_id for appeal in run.case.appeals] == ["a-1", "a-3"]


def test_the_same_appeal_again_is_no_error():
    run = a_decided_run().settle().appeal().appeal()
    assert not run.kinds("appeal_refused")
    assert len(run.case.appeals) == 1


def test_an_appeal_that_is_right_takes_the_decision_back():
    run = a_decided_run().settle().appeal().hear(Outcome.REVERSED).settle()
    assert run.case.decision("d-1").reversed
    assert run.kinds("decision_reversed")[0].by == "appeal:a-1"
    assert not run.owes


def test_an_appeal_that_is_not_right_is_answered_and_changes_nothing():
    run = a_decided_run().settle().appeal().hear(Outcome.UPHELD).settle()
    assert not run.case.decision("d-1").reversed
    assert run.told()[-1] is NoticeKind.APPEAL_UPHELD


def test_a_complaint_against_inaction_that_is_right_does_what_the_matters_terms_say():
    run = a_decided_run(outcome=Outcome.NO_VIOLATION, ground=None).settle()
    run.appeal(role=Role.REPORTER).hear(Outcome.REVERSED).settle()
    assert [(d.decision_id, d.outcome, d.by) for d in run.case.decisions] == [
        ("d-1", Outcome.NO_VIOLATION, "rev-1"),
        ("appeal-a-1", Outcome.VIOLATION, "rev-2"),
    ]
    assert run.case.orders[-1].impose[0].kind == "remove"
    assert run.case.matter("harassment/1").decision_id == "appeal-a-1"
    assert not run.owes


def test_an_answer_to_an_appeal_that_was_answered_changes_nothing():
    run = a_decided_run().settle().appeal().hear(Outcome.UPHELD).hear(Outcome.REVERSED)
    assert not run.case.decision("d-1").reversed


# Messages read by a run that died ------------------------------------------------------------------------------------


def messages() -> list[tuple[CaseEvent, str]]:
    """One of each kind that is judged, with the id of a verdict on it."""
    person: dict[str, Any] = {"appellant": "p", "role": Role.AUTHOR, "informed_at": NOON}
    change: dict[str, Any] = {"reason_id": REASON, "operator": "op-1", "received_at": NOON}
    bodies: list[tuple[Any, str]] = [
        (DecisionReceived(number=1, ask=an_ask("d-1"), received_at=NOON), "decision:d-1"),
        (DecisionReceived(number=2, ask=an_ask("d-2"), received_at=NOON), "proposal:d-2"),
        (DecisionReceived(number=3, ask=an_ask("d-3", seconds="d-2"), received_at=NOON), "second:d-3"),
        (DecisionReceived(number=4, ask=an_ask("d-4"), received_at=NOON), "refused:inbox:4"),
        (AppealReceived(number=5, appeal_id="a-1", decision_id="d", received_at=NOON, **person), "appeal:a-1:opened"),
        (AppealReceived(number=6, appeal_id="a-2", decision_id="d", received_at=NOON, **person), "appeal:a-2:refused"),
        (
            AppealAnswered(number=7, appeal_id="a-1", outcome=Outcome.UPHELD, by="r", received_at=NOON),
            "appeal:a-1:closed",
        ),
        (ReversalReceived(number=8, message_id="r-1", decision_id="d", keep=(), **change), "reversal:r-1"),
        (ExtensionReceived(number=9, clock_id="c", due_at=NOON, **change), "extended:inbox:9"),
        (ExtensionReceived(number=10, clock_id="c", due_at=NOON, **change), "refused:inbox:10"),
    ]
    return [(an_event(f"inbox:{body.number}", body), verdict) for body, verdict in bodies]


@pytest.mark.parametrize(("message", "verdict"), messages(), ids=[verdict for _, verdict in messages()])
def test_a_message_is_unjudged_until_its_verdict_is_there(message: CaseEvent, verdict: str):
    note = MessageRefused(message_kind="k", code="c", problem="p", received_at=NOON)  # whatever the body
    assert unjudged([message]) == (message,)
    assert unjudged([message, an_event(verdict, note)]) == ()


def test_only_the_messages_without_a_verdict_are_found_and_in_order():
    stream = [message for message, _ in messages()]
    verdicts = [
        an_event(v, MessageRefused(message_kind="k", code="c", problem="p", received_at=NOON)) for _, v in messages()
    ]
    assert unjudged(stream) == tuple(stream)
    assert unjudged([*stream, *verdicts[:4], *verdicts[7:]]) == tuple(stream[4:7])


def test_judging_a_message_a_second_time_adds_nothing():
    run = a_reviewed_run(hold=(HIDE,)).settle().decide().settle().appeal().hear(Outcome.REVERSED).settle().decide("d-2")
    ids = {event.event_id for event in run.events}
    for event in list(run.events):
        assert {one.event_id for one in consequences(run.case, event, run.at)} <= ids | {"appeal:a-1:refused"}
