"""How a stance changes what is said."""

import pytest

from cases.telling import NoticeKind, Stance, Telling, worded
from tests.builders import NOON, later


def a_stance(stance: Stance, hours: float | None = None) -> Telling:
    return Telling(stance=stance, source="a test", until=later(hours=hours) if hours is not None else None)


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_tell_says_it_and_never_says_nothing(kind: NoticeKind):
    assert worded(kind, a_stance(Stance.TELL), NOON) is kind
    assert worded(kind, a_stance(Stance.NEVER), NOON) is None


def test_generic_tells_reporters_that_we_looked_and_not_what_we_found():
    generic = a_stance(Stance.GENERIC)
    assert worded(NoticeKind.OUTCOME_REPORTER, generic, NOON) is NoticeKind.OUTCOME_REPORTER_GENERIC
    assert worded(NoticeKind.REVERSAL_REPORTER, generic, NOON) is NoticeKind.OUTCOME_REPORTER_GENERIC
    assert worded(NoticeKind.RECEIPT, generic, NOON) is NoticeKind.RECEIPT


@pytest.mark.parametrize("stance", [Stance.NEVER, Stance.GENERIC])
def test_a_stance_past_its_expiry_no_longer_binds(stance: Stance):
    kind = NoticeKind.OUTCOME_REPORTER
    assert worded(kind, a_stance(stance, hours=1), later(minutes=59)) is not kind
    assert worded(kind, a_stance(stance, hours=1), later(hours=1)) is kind


def test_a_delay_changes_when_not_what():
    assert worded(NoticeKind.STATEMENT, a_stance(Stance.DELAY_UNTIL, hours=1), NOON) is NoticeKind.STATEMENT
