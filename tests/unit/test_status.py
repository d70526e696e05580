"""Where things stand for one person: each stance binds the page as it binds the mail. All data is synthetic."""

from datetime import datetime, timedelta

import pytest

from api.errors import TooMany
from api.http.status import OPENINGS_PER_MINUTE, Openings
from api.pages.words import languages, words_in
from cases.appeals import Role
from cases.events import CaseEvent
from cases.status import READ, OwnReport, PersonStage, PersonStatus, ToldBefore, status_of
from cases.status_links import LASTS, StatusLink, link_token, read_link
from cases.telling import Audience, NoticeKind, Stance, Telling
from tests.builders import NOON, a_case_id
from tests.lives import Life, baseline_terms

AREA, WHO = "harassment", "a" * 16
LONG = timedelta(days=30)


def a_stance(stance: Stance, until: datetime | None = None) -> Telling:
    return Telling(stance=stance, source="a test", until=until)


def a_life(stance: Telling, *, decided: bool = True) -> Life:
    terms = baseline_terms(AREA, author=stance, reporters=stance)
    life = Life(AREA).reported().captured(author=WHO).triaged(terms=terms)
    return life.decided().confirmed() if decided else life


def told(life: Life, audience: Audience, now: datetime) -> list[ToldBefore]:
    """What this audience was sent by then: the receipt whatever the stance, then what the fold of the case owes."""
    receipt = [ToldBefore(kind=NoticeKind.RECEIPT, cause="receipt:harassment", at=NOON + timedelta(hours=2))]
    sent = [
        ToldBefore(kind=one.kind, cause=one.cause, at=one.not_before or life.at)
        for one in life.case.notices
        if one.audience is audience and (one.not_before or life.at) <= now
    ]
    return [*(receipt if audience is Audience.REPORTERS else []), *sent]


def seen(life: Life, now: datetime, role: Role = Role.REPORTER, more: tuple[ToldBefore, ...] = ()) -> PersonStatus:
    audience = Audience.REPORTERS if role is Role.REPORTER else Audience.AUTHOR
    reports = [OwnReport(area=AREA, at=NOON + timedelta(hours=1))] if role is Role.REPORTER else []
    return status_of(WHO, role, [*told(life, audience, now), *more], reports, read(life), now)


def read(life: Life) -> list[CaseEvent]:
    return [event for event in life.events if event.body.kind in READ]


def test_who_is_told_sees_that_it_is_decided_and_what_can_be_appealed():
    life = a_life(a_stance(Stance.TELL))

    for role in Role:
        status = seen(life, life.at, role)
        assert status.stage is PersonStage.DECIDED
        assert [one.decision_id for one in status.appeals] == ["d-1"]
    assert seen(a_life(a_stance(Stance.TELL), decided=False), life.at).stage is PersonStage.LOOKING


@pytest.mark.parametrize("after", [timedelta(0), timedelta(hours=20), timedelta(days=2), timedelta(days=300)])
@pytest.mark.parametrize("stance", [a_stance(Stance.NEVER), a_stance(Stance.DELAY_UNTIL, NOON + timedelta(days=999))])
def test_who_is_not_to_know_sees_to_the_last_word_what_is_seen_before_anything_is_decided(stance, after):
    decided, undecided = a_life(stance), a_life(a_stance(Stance.TELL), decided=False)
    now = decided.at + after

    status = seen(decided, now)

    assert status == seen(undecided, now)
    assert (status.stage, status.appeals) == (PersonStage.LOOKING, ())
    assert seen(decided, now, Role.AUTHOR) == PersonStatus(stage=PersonStage.LOOKING)


def test_a_delay_ends_when_the_letter_goes():
    until = NOON + timedelta(days=3)
    life = a_life(a_stance(Stance.DELAY_UNTIL, until))

    assert seen(life, until - timedelta(seconds=1)).stage is PersonStage.LOOKING
    assert seen(life, until).stage is PersonStage.DECIDED


def test_generic_is_decided_like_any_other_and_its_letter_is_the_generic_one():
    life = a_life(a_stance(Stance.GENERIC))

    assert seen(life, life.at).stage is PersonStage.DECIDED
    kinds = [one.kind for one in told(life, Audience.REPORTERS, life.at)]
    assert kinds == [NoticeKind.RECEIPT, NoticeKind.OUTCOME_REPORTER_GENERIC]


def test_an_answer_about_one_area_leaves_a_report_of_another_waiting():
    life = a_life(a_stance(Stance.TELL))
    reports = [OwnReport(area=AREA, at=NOON), OwnReport(area="spam", at=NOON)]

    status = status_of(WHO, Role.REPORTER, told(life, Audience.REPORTERS, life.at), reports, read(life), life.at)

    assert (status.stage, status.since, status.by) == (PersonStage.LOOKING, NOON, None)


def test_an_answer_that_is_late_says_so_and_how_long_was_aimed_at():
    life = a_life(a_stance(Stance.TELL), decided=False)
    status = seen(life, life.at)
    assert status.by is not None
    assert (status.by > life.at, status.late) == (True, False)
    assert seen(life, status.by + timedelta(seconds=1)).late


def test_an_appeal_is_shown_to_who_made_it_and_can_be_made_once():
    life = a_life(a_stance(Stance.TELL)).appealed()

    mine = seen(life, life.at, Role.AUTHOR)
    other = status_of("b" * 16, Role.REPORTER, told(life, Audience.REPORTERS, life.at), [], read(life), life.at)

    assert (mine.stage, mine.appeals) == (PersonStage.UNDER_APPEAL, ())
    assert mine.by is not None
    assert (other.stage, [one.decision_id for one in other.appeals]) == (PersonStage.DECIDED, ["d-1"])
    upheld = ToldBefore(kind=NoticeKind.APPEAL_UPHELD, cause="a-1", at=life.at)
    assert seen(life.upheld(), life.at, Role.AUTHOR, (upheld,)).stage is PersonStage.UPHELD


def test_an_appeal_ends_with_its_window():
    life = a_life(a_stance(Stance.TELL))
    (window,) = seen(life, life.at, Role.AUTHOR).appeals

    assert seen(life, window.until, Role.AUTHOR).appeals
    assert not seen(life, window.until + timedelta(seconds=1), Role.AUTHOR).appeals


KEY, OTHER = bytes(range(64)), bytes(64)
LINK = StatusLink(case_id=a_case_id("post-1"), person=WHO, role=Role.AUTHOR, issued_at=NOON)


def test_a_link_opens_for_whom_it_names_and_says_nothing_of_it_by_itself():
    token = link_token(KEY, LINK)

    assert read_link([OTHER, KEY], token, NOON) == LINK
    assert read_link([OTHER], token, NOON) is None
    assert len(token) == len(link_token(KEY, LINK.evolve(case_id=LINK.case_id.replace("/demo/", "/another-tenant/"))))
    assert not any(word in token for word in ("demo", "author", WHO, LINK.case_id[-32:]))


def test_a_link_ends_by_itself():
    token = link_token(KEY, LINK)

    assert read_link([KEY], token, NOON + LASTS - timedelta(seconds=1))
    assert read_link([KEY], token, NOON + LASTS) is None


def test_a_changed_character_opens_nothing():
    token = link_token(KEY, LINK)

    for place in range(0, len(token) - 1, 7):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert read_link([KEY], changed, NOON) is None
    for other in ("", "x", "é", token[:-4], token + "AAAA", "A" * 500):
        assert read_link([KEY], other, NOON) is None


@pytest.mark.parametrize("junk", [".", "!", "=", "==", "%20", " ", "\n", "*.*", "~", "+/"])
def test_a_link_has_one_spelling_so_that_no_other_opens_it_uncounted(junk: str):
    token = link_token(KEY, LINK)

    for place in range(len(token) + 1):
        assert read_link([KEY], token[:place] + junk + token[place:], NOON) is None
    for place in range(len(token)):
        assert read_link([KEY], token[:place] + token[place].swapcase() + token[place + 1 :], NOON) is None or (
            not token[place].isalpha()
        )
    for end in range(len(token)):
        assert read_link([KEY], token[:end], NOON) is None


@pytest.mark.parametrize("language", languages())
def test_every_stage_has_words_in_every_language(language: str):
    words = words_in(language)

    assert set(words.stages) == set(PersonStage)
    assert len(words.months) == 12
    assert all("{day}" in text for text in (words.by, words.late, words.since, words.until))


def test_another_language_is_spoken_to_in_english():
    assert words_in("xx").language == words_in("../en").language == "en"


def test_a_link_is_opened_so_often_a_minute_and_others_are_not_kept_from_theirs():
    now = [0.0]
    openings = Openings(lambda: now[0])
    for _ in range(OPENINGS_PER_MINUTE):
        openings.refuse_too_many("one")

    with pytest.raises(TooMany) as refused:
        openings.refuse_too_many("one")
    openings.refuse_too_many("other")

    assert refused.value.retry_after_seconds == 60
    now[0] = 60.0
    openings.refuse_too_many("one")
