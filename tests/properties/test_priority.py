"""Where a task stands: more of anything that makes it urgent never puts it later, and waiting always puts it earlier."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cases.priority import LegalSpan, rank
from cases.severity import Severity

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
severities = st.sampled_from(list(Severity))
spans = st.integers(1, 60 * 24 * 14).map(lambda minutes: timedelta(minutes=minutes))
counts = st.integers(0, 10_000_000)


@given(severities, severities, spans, counts, counts)
def test_more_severe_is_never_later(one, other, span, reach, independent):
    severe, mild = sorted((one, other))
    keys = [rank(which, NOON, NOON + span, reach=reach, independent=independent).key for which in (severe, mild)]

    assert keys[0] <= keys[1]


@given(severities, spans, counts, counts, counts, counts)
def test_more_reach_and_more_independent_reports_are_never_later(severity, span, reach, more, independent, others):
    little = rank(severity, NOON, NOON + span, reach=reach, independent=independent)
    much = rank(severity, NOON, NOON + span, reach=reach + more, independent=independent + others)

    assert much.key <= little.key


@given(severities, spans, spans, counts)
def test_what_was_asked_earlier_comes_first(severity, span, earlier, reach):
    since = NOON - earlier

    assert rank(severity, since, since + span, reach=reach).key < rank(severity, NOON, NOON + span, reach=reach).key


@given(severities, spans, spans, spans)
def test_a_nearer_law_is_never_later_and_any_law_never_later_than_none(severity, span, near, far):
    first, last = sorted((near, far))
    laws = [(LegalSpan(started_at=NOON, due_at=NOON + within),) for within in (first, last)]
    keys = [rank(severity, NOON, NOON + span, legal=law).key for law in (*laws, ())]

    assert keys == sorted(keys)


@given(spans, spans)
def test_nothing_ordinary_stands_before_danger_however_old(age, span):
    old = rank(Severity.S2, NOON - age * 100, NOON - age * 99, reach=10_000_000, independent=10_000)

    assert rank(Severity.S0, NOON, NOON + span).key < rank(Severity.S1, NOON, NOON + span).key < old.key
