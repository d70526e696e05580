"""Reconciling finds every kind of difference that was planted, and takes nothing under way for one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from workers.comparison import (
    CaseOrder,
    Comparison,
    InboxRow,
    Mail,
    PlatformTarget,
    RecordedFiling,
    RecordedNotice,
    RecordedTarget,
    RecordSide,
    Statement,
    StreamState,
    WorldSide,
    compare,
    measure_states,
)
from workers.reconciling import in_flight_marked

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CASE = "case/demo/content/" + "a" * 32
HIDE = measure_states([{"measure_id": "d-1/1", "kind": "hide", "until": None, "reach": []}])

RECORD = RecordSide(
    streams=(StreamState(CASE),),
    inbox=(InboxRow(CASE, 1, "report", NOW - timedelta(hours=1), consumed=True, event=True),),
    orders=(CaseOrder(CASE, "d-1/o1", "confirmed", "confirmed"),),
    targets=(RecordedTarget("demo", "a" * 32, (CASE,), version=3, open=0, measures=HIDE),),
    notices=(RecordedNotice(CASE, "n-1", "n-1@dueprocess.invalid", "sent"),),
    filings=(RecordedFiling(CASE, "f-1", "f-1", "accepted", "u-1"),),
)
WORLD = WorldSide(
    targets={("demo", "a" * 32): PlatformTarget(3, HIDE)},
    mails=(Mail("<n-1@dueprocess.invalid>", "n-1", 1),),
    statements=(Statement("f-1", "u-1"),),
)


def test_a_record_and_a_world_that_agree_differ_in_nothing():
    outcome = compare(RECORD, WORLD, NOW)
    assert (outcome.differences, outcome.pending, outcome.repeated) == ((), (), 0)
    assert outcome.counts["targets"] == 1
    assert outcome.counts["statements"] == 1


def test_parties_that_were_not_asked_are_not_compared():
    outcome = compare(RECORD, WorldSide(), NOW)
    assert outcome.differences == ()
    assert "mails" not in outcome.counts


@pytest.mark.parametrize(
    ("planted", "kind"),
    [
        ({"streams": (StreamState(CASE, problem="event 3 does not follow event 2"),)}, "chain_broken"),
        ({"streams": (StreamState(CASE, orphans=(7,)),)}, "event_without_inbox"),
        ({"inbox": (replace(RECORD.inbox[0], event=False),)}, "message_lost"),
        ({"inbox": (replace(RECORD.inbox[0], consumed=False),)}, "message_not_marked"),
        ({"inbox": (replace(RECORD.inbox[0], consumed=False, event=False),)}, "message_unread"),
        ({"orders": (CaseOrder(CASE, "x", None, "confirmed"),)}, "order_unfounded"),
        ({"orders": (CaseOrder(CASE, "x", "confirmed", None),)}, "order_never_issued"),
        ({"orders": (CaseOrder(CASE, "x", "confirmed", "void"),)}, "order_disagrees"),
        ({"targets": (replace(RECORD.targets[0], key="b" * 32),)}, "target_unknown"),
        ({"targets": (replace(RECORD.targets[0], version=4),)}, "version_differs"),
        ({"targets": (replace(RECORD.targets[0], measures=frozenset()),)}, "measures_differ"),
        ({"notices": (*RECORD.notices, RecordedNotice(CASE, "n-2", "n-2@x", "sent"))}, "mail_missing"),
        ({"notices": (replace(RECORD.notices[0], state="owed"),)}, "mail_unsent"),
        ({"notices": (replace(RECORD.notices[0], state="undeliverable"),)}, "mail_unsent"),
        ({"notices": ()}, "mail_unknown"),
        ({"filings": (*RECORD.filings, RecordedFiling(CASE, "f-2", "f-2", "accepted", "u"))}, "filing_missing"),
        ({"filings": (replace(RECORD.filings[0], state="refused"),)}, "filing_refused"),
        ({"filings": (replace(RECORD.filings[0], uuid="u-9"),)}, "filing_other"),
        ({"filings": ()}, "filing_unknown"),
    ],
)
def test_a_planted_difference_is_found_with_its_case_and_a_cure(planted, kind):
    outcome = compare(replace(RECORD, **planted), WORLD, NOW)
    assert [found.kind for found in outcome.differences] == [kind]
    assert outcome.differences[0].cure


def test_a_statement_filed_twice_is_a_difference():
    world = replace(WORLD, statements=(*WORLD.statements, Statement("f-1", "u-1")))
    assert _kinds(compare(RECORD, world, NOW)) == ["filing_twice"]


@pytest.mark.parametrize(
    "under_way",
    [
        {"inbox": (InboxRow(CASE, 2, "report", NOW - timedelta(seconds=5), consumed=False, event=False),)},
        {"orders": (CaseOrder(CASE, "d-2/o1", "stuck", "issued"),)},
        {"targets": (replace(RECORD.targets[0], version=2, open=1),)},
        {"notices": (replace(RECORD.notices[0], state="sending"),)},
        {"filings": (replace(RECORD.filings[0], state="owed", uuid=None),)},
    ],
)
def test_what_is_under_way_is_pending_and_no_difference(under_way):
    outcome = compare(replace(RECORD, **under_way), WORLD, NOW)
    assert outcome.differences == ()
    assert len(outcome.pending) == 1


def test_a_mail_that_arrived_twice_under_one_message_id_is_counted_and_no_difference():
    outcome = compare(RECORD, replace(WORLD, mails=(replace(WORLD.mails[0], arrivals=2),)), NOW)
    assert outcome.repeated == 1
    assert outcome.differences == ()


def test_mail_of_others_in_the_same_mailbox_is_none_of_ours():
    world = replace(WORLD, mails=(*WORLD.mails, Mail("<newsletter@elsewhere>", None, 1)))
    assert compare(RECORD, world, NOW).differences == ()


def test_a_target_that_never_had_an_order_needs_no_platform():
    record = replace(RECORD, targets=(replace(RECORD.targets[0], version=0, measures=frozenset()),))
    assert compare(record, replace(WORLD, targets={}), NOW).differences == ()


def test_measures_are_compared_by_id_kind_end_and_reach_whatever_the_spelling_of_times():
    ours = [{"measure_id": "m", "kind": "hide", "until": "2026-12-01T00:00:00Z", "reach": ["DE", "AT"]}]
    theirs = [{"measure_id": "m", "kind": "hide", "until": "2026-12-01T01:00:00+01:00", "reach": ["AT", "DE"]}]
    assert measure_states(ours) == measure_states(theirs)
    assert measure_states(ours) != measure_states([{**ours[0], "until": None}])


def test_what_changed_between_the_two_readings_of_the_record_is_in_flight():
    after = RecordSide(
        targets=(replace(RECORD.targets[0], version=4),),
        notices=(*RECORD.notices, RecordedNotice(CASE, "n-2", "n-2@x", "sent")),
        filings=(*RECORD.filings, RecordedFiling(CASE, "f-2", "f-2", "accepted", "u-2")),
    )
    outcome = compare(in_flight_marked(RECORD, after), WORLD, NOW)
    assert outcome.differences == ()
    assert sorted(one.kind for one in outcome.pending) == ["filing_open", "mail_open", "target_open"]


def test_what_stood_still_between_the_two_readings_is_compared():
    marked = in_flight_marked(RECORD, RECORD)
    assert compare(marked, WORLD, NOW).pending == ()
    assert _kinds(compare(marked, replace(WORLD, mails=()), NOW)) == ["mail_missing"]


def _kinds(outcome: Comparison) -> list[str]:
    return [found.kind for found in outcome.differences]
