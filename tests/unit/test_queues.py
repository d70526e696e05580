"""Queues in pure functions: where a task stands, who may take it, what may be done to it besides deciding it."""

from datetime import UTC, datetime, time, timedelta

import pytest
from pydantic import ValidationError

from cases.queues import Hours, Queue, Tier, Weekday, tier_due
from cases.reviewers import Certification, Reason, ReviewerProfile, Standing, why_not, why_nothing
from cases.severity import Severity
from cases.task_changes import Action, TaskStanding, refuse_change

MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
PLAIN = Queue(description="Synthetic.")
TASK = TaskStanding(severity=Severity.S2, due_at=MONDAY + timedelta(hours=4), holder="rev-1")


def test_hours_are_read_on_the_wall_and_over_midnight():
    night = Hours(days=(Weekday.FRI,), start=time(22), end=time(6), zone="Europe/Berlin")
    friday_late, saturday_early = datetime(2026, 3, 6, 22, tzinfo=UTC), datetime(2026, 3, 7, 4, tzinfo=UTC)

    assert night.open_at(friday_late)
    assert night.open_at(saturday_early)
    assert not night.open_at(saturday_early + timedelta(hours=1, minutes=1))
    assert not night.open_at(friday_late - timedelta(hours=2))
    assert not night.open_at(saturday_early - timedelta(days=1))


def test_hours_follow_the_change_to_summer_time():
    office = Hours(start=time(9), end=time(17), zone="Europe/Berlin")

    assert not office.open_at(datetime(2026, 3, 27, 7, 30, tzinfo=UTC))
    assert office.open_at(datetime(2026, 3, 30, 7, 30, tzinfo=UTC))


def test_a_queue_that_pages_never_closes():
    with pytest.raises(ValidationError, match="around the clock"):
        Queue(description="Synthetic.", pages=True, hours=Hours(start=time(9), end=time(17)))


def test_without_a_register_nothing_speaks_against_anybody():
    assert why_not(Standing(), Queue(description="Synthetic.", specialist=True), "danger", "any", "de", 3, MONDAY) == ()


def test_everything_that_speaks_against_a_claim_is_said_at_once():
    profile = ReviewerProfile(
        certifications=(Certification(name="crisis", expires_at=MONDAY),),
        languages=("en",),
        opted_out=("self_harm",),
        at_once=1,
        per_day=3,
        hours=Hours(start=time(13), end=time(17)),
    )
    queue = Queue(
        description="Synthetic.",
        specialist=True,
        certifications=("crisis",),
        tiers=(Tier(name="senior"),),
        hours=Hours(start=time(13), end=time(17)),
    )
    standing = Standing(profile=profile, held=1, claimed_today=3)

    found = [one.reason for one in why_not(standing, queue, "danger", "self_harm", "de", 2, MONDAY)]
    assert found == [
        *(Reason.OUTSIDE_HOURS, Reason.AT_ONCE, Reason.PER_DAY, Reason.QUEUE_CLOSED, Reason.SKILL),
        *(Reason.CERTIFICATION, Reason.TIER, Reason.OPTED_OUT, Reason.LANGUAGE),
    ]


def test_who_has_what_a_queue_asks_for_may_take_it():
    profile = ReviewerProfile(
        skills=("danger",),
        certifications=(Certification(name="crisis", expires_at=MONDAY + timedelta(days=1)),),
        languages=("en", "de"),
        tier=2,
    )
    queue = Queue(description="Synthetic.", specialist=True, certifications=("crisis",), tiers=(Tier(name="senior"),))

    assert why_not(Standing(profile=profile), queue, "danger", "self_harm", "de", 2, MONDAY) == ()


def test_whose_an_open_task_is_follows_from_its_due_time_alone():
    queue = Queue(description="Synthetic.", tiers=(Tier(name="senior", within="PT4H"), Tier(name="lead")))
    due, hour = MONDAY, timedelta(hours=1)

    assert tier_due(queue, due, due - hour) == (1, due)
    assert tier_due(queue, due, due) == (2, due + 4 * hour)
    assert tier_due(queue, due, due + 4 * hour) == (3, None)
    assert tier_due(PLAIN, due, due + 4 * hour) == (2, None)


def test_a_stranger_to_the_register_takes_nothing():
    assert [one.reason for one in why_nothing(Standing(registered=False), MONDAY)] == [Reason.NOT_REGISTERED]


def test_a_reviewers_day_begins_where_they_live():
    assert ReviewerProfile(zone="Asia/Tokyo").day_of(MONDAY) == datetime(2026, 3, 1, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("action", "changes", "code"),
    [
        (Action.SKIP, {"operator": True}, "no_claim"),
        (Action.RETURN, {"by": "rev-2"}, "no_claim"),
        (Action.BOOST, {"by": "rev-2"}, "no_claim"),
        (Action.SKIP, {"task": TASK.evolve(skips=3)}, "skips_of_task"),
        (Action.SKIP, {"skipped_today": 10}, "skips_of_reviewer"),
        (Action.SNOOZE, {"until": MONDAY + timedelta(hours=5)}, "snooze_too_long"),
        (Action.SNOOZE, {"until": MONDAY}, "snooze_too_long"),
        (
            Action.SNOOZE,
            {"until": MONDAY + timedelta(hours=1), "task": TASK.evolve(severity=Severity.S0)},
            "never_snoozed",
        ),
        (
            Action.SNOOZE,
            {"until": MONDAY + timedelta(hours=1), "rules": Queue(description="Synthetic.", pages=True)},
            "never_snoozed",
        ),
    ],
)
def test_what_may_not_be_done_to_a_task_is_refused_by_name(action, changes, code):
    plain = {"task": TASK, "rules": PLAIN, "by": "rev-1", "now": MONDAY, "operator": False}
    refusal = refuse_change(action=action, **{**plain, **changes})

    assert refusal is not None
    assert refusal.code == code


@pytest.mark.parametrize("action", [one for one in Action if one is not Action.ESCALATE])
def test_who_holds_a_task_may_do_all_of_it_within_limits(action):
    until = MONDAY + timedelta(hours=1) if action is Action.SNOOZE else None

    assert refuse_change(TASK, action, PLAIN, "rev-1", MONDAY, operator=False, until=until) is None
