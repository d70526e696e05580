"""How a storm is paced: plain lives never wait, and the longer a storm, the larger its bites."""

from datetime import UTC, datetime, timedelta

from workflows.pace import Pace, grown_pause
from workflows.timeouts import STORM_LONGEST_PAUSE, STORM_PAUSE, STORM_TAKINGS

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def paced(every: timedelta, takings: int = 60, pause: timedelta = STORM_PAUSE) -> tuple[Pace, datetime]:
    """A run whose mail was taken so often, and when it was last."""
    pace, now = Pace(), NOON
    for _ in range(takings):
        now += every
        pace.took(now)
    return pace, now


def test_mail_that_comes_now_and_then_is_taken_at_once():
    pace, now = paced(timedelta(seconds=10))
    assert pace.pause(now) == 0.0


def test_a_storm_waits_and_stays_one_at_the_pace_it_is_given():
    for pause in (STORM_PAUSE, STORM_LONGEST_PAUSE):
        pace, now = paced(pause + timedelta(seconds=0.5))
        assert pace.pause(now, pause) == pause.total_seconds(), "or it would be taken at every ring again for a while"


def test_the_pause_grows_with_what_each_taking_weighs_and_not_for_ever():
    assert [grown_pause(n).total_seconds() for n in (0, STORM_TAKINGS, 2_000, 5_000, 10_000, 1_000_000)] == [
        *(2.0, 2.0, 2.0, 5.0, 10.0, 10.0)
    ]
