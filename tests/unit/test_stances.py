"""How open we may be with one person: the stricter of pack and stance binds, and what was withheld is told in the end."""

import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cases.decisions import EnforcementRequest, Outcome
from cases.duties import next_instant
from cases.enforcement_kinds import decidable_on
from cases.measures import MeasureKind
from cases.names import SubjectKind, kind_of
from cases.received import TellingSet
from cases.stances import PersonStance, TellingRequest, stricter
from cases.telling import NoticeKind, Stance, Telling
from tests.builders import HIDE, NOON, REMOVE, SUSPEND, an_assessment, terms
from tests.lives import PACKS, a_decided_life, a_held_life
from tests.paper import PaperRun

KEY = "b" * 16
SOON, LATER = NOON + timedelta(days=1), NOON + timedelta(days=9)


def a_run(hold: Any = (), **changes: Any) -> PaperRun:
    run = PaperRun().report().captured()
    return run.triaged(an_assessment(version=1, hold=hold, terms=terms(**changes))).confirm().tell()


def stance(run: PaperRun, person: str, to: Stance | None, until: datetime | None = None) -> PaperRun:
    said = Telling(stance=to, source="a test", until=until) if to else None
    return run.receive(
        lambda number: TellingSet(
            number=number,
            message_id=f"st-{number}",
            person=person,
            telling=said,
            operator="op-1",
            received_at=run.at,
            to_platform=True,
        )
    )


def platform_says(run: PaperRun) -> list[tuple[Stance, datetime | None]]:
    """What each measure that the platform has carries, the last word on each."""
    said = {one.measure_id: one for order in run.case.orders for one in (*order.impose, *order.retold)}
    return [(one.telling, one.tell_from) for one in said.values()]


@pytest.mark.parametrize(
    ("packs", "carried"),
    [
        (Telling(stance=Stance.TELL, source="a test"), (Stance.TELL, None)),
        (Telling(stance=Stance.NEVER, source="a test"), (Stance.NEVER, None)),
        (Telling(stance=Stance.DELAY_UNTIL, source="a test", until=LATER), (Stance.DELAY_UNTIL, LATER)),
        (Telling(stance=Stance.NEVER, source="a test", until=LATER), (Stance.DELAY_UNTIL, LATER)),
        (Telling(stance=Stance.NEVER, source="a test", until=NOON), (Stance.TELL, None)),
    ],
)
def test_the_platform_may_say_as_much_as_we_do(packs: Telling, carried: tuple[Stance, datetime | None]):
    assert platform_says(a_run((HIDE,), author=packs)) == [carried]
    assert platform_says(a_run(author=packs).decide(enforcements=(REMOVE, SUSPEND))) == [carried, carried]


def test_a_stance_that_changes_is_an_order_that_changes_nothing_else():
    run = stance(a_run().decide(enforcements=(REMOVE, SUSPEND)).confirm().tell(), "author", Stance.NEVER)
    said = [(order.order_id, order.impose, order.revoke) for order in run.case.orders if order.retold]
    assert said == [("telling:st-3:subject", (), ()), ("telling:st-3:author", (), ())]
    assert platform_says(run) == [(Stance.NEVER, None)] * 2
    stance(run.confirm(), "author", Stance.NEVER)
    assert not [order for order in run.case.orders if order.open], "the same again is said to nobody"
    stance(run, "author", None)
    assert platform_says(run) == [(Stance.TELL, None)] * 2
    stance(run.confirm().reverse().confirm(), "author", Stance.NEVER)
    assert not [order for order in run.case.orders if order.open], "nothing stands any more"


def test_never_withholds_from_the_author_alone_and_what_still_stands_is_told_when_it_is_lifted():
    run = stance(a_run(), "author", Stance.NEVER).decide().confirm().tell()
    assert NoticeKind.STATEMENT not in run.told()
    assert NoticeKind.OUTCOME_REPORTER in run.told()
    stance(run, "author", None).tell()
    assert NoticeKind.STATEMENT in run.told()


def test_what_fell_while_it_was_withheld_is_never_told():
    run = stance(a_run((HIDE,)), "author", Stance.NEVER).decide().confirm().reverse().confirm().tell()
    stance(run, "author", None).tell()
    author = {NoticeKind.STATEMENT, NoticeKind.REVERSAL_AUTHOR}
    assert not author & set(run.told())


def test_a_stance_binds_what_was_owed_before_it_and_not_what_was_told():
    run = a_run((HIDE,))
    assert NoticeKind.STATEMENT_PROVISIONAL in run.told()
    run.decide()
    stance(run, "author", Stance.NEVER).confirm().tell()
    assert NoticeKind.STATEMENT not in run.told()
    assert NoticeKind.STATEMENT_PROVISIONAL in run.told()


@pytest.mark.parametrize("to", [Stance.DELAY_UNTIL, Stance.NEVER])
def test_when_it_ends_the_person_is_told_and_the_run_waits_for_that(to: Stance):
    run = stance(a_run(), "author", to, SOON).decide().confirm().tell().file()
    assert NoticeKind.STATEMENT not in run.told()
    assert next_instant(run.case, run.at) == SOON
    run.forward(days=1).tell()
    assert NoticeKind.STATEMENT in run.told()


def test_one_reporter_is_kept_apart_from_the_others():
    run = stance(a_run().decide(), KEY, Stance.DELAY_UNTIL, SOON).confirm()
    others, own = (one for one in run.case.notices if one.kind is NoticeKind.OUTCOME_REPORTER)
    assert (others.without, others.only, others.not_before) == ((KEY,), None, None)
    assert (own.only, own.without, own.not_before) == (KEY, (), SOON)
    run.tell().reverse().confirm()
    reversals = [one for one in run.case.notices if one.kind is NoticeKind.REVERSAL_REPORTER]
    assert [(one.only, one.not_before) for one in reversals] == [(None, None), (KEY, SOON)]


def test_reporters_may_be_told_in_general_only():
    run = stance(a_run(), "reporters", Stance.GENERIC).decide().confirm().tell()
    assert NoticeKind.OUTCOME_REPORTER_GENERIC in run.told()
    assert NoticeKind.OUTCOME_REPORTER not in run.told()


def test_nobody_can_be_told_more_than_the_pack_allows():
    never = Telling(stance=Stance.NEVER, source="pack")
    run = stance(a_run(author=never), "author", Stance.DELAY_UNTIL, SOON).decide().confirm().forward(days=2).tell()
    assert NoticeKind.STATEMENT not in run.told()


STANCES = st.sampled_from(Stance)
UNTIL = st.sampled_from([None, SOON, LATER])


@given(pack=STANCES, own=STANCES, pack_until=UNTIL, own_until=UNTIL)
def test_the_stricter_one_binds_whatever_they_are(
    pack: Stance, own: Stance, pack_until: datetime | None, own_until: datetime | None
):
    order = [Stance.TELL, Stance.GENERIC, Stance.DELAY_UNTIL, Stance.NEVER]
    first, second = Telling(stance=pack, source="p", until=pack_until), Telling(stance=own, source="o", until=own_until)
    assert order.index(stricter(first, second, NOON).stance) == max(order.index(pack), order.index(own))
    assert stricter(first, second, LATER + timedelta(days=1)) == (first if own_until else stricter(first, second, NOON))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"stance": "delay_until"}, "until when"),
        ({"until": SOON}, "has no end"),
        ({"stance": "generic"}, "delay_until or never"),
        ({"stance": "tell"}, "stance"),
        ({"person": "ann@example.invalid"}, "person"),
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, Any], problem: str):
    plain = {"message_id": "st-1", "subject": {"kind": "content", "id": "p"}, "person": "author", "source": "an order"}
    with pytest.raises(ValidationError, match=problem):
        TellingRequest.model_validate({**plain, "reason": "synthetic", **changes})


# Every restriction is told when it is imposed, and no letter leads to a reporter -----------------------------------


CONTENT = decidable_on(SubjectKind.CONTENT)


@pytest.mark.parametrize("kind", CONTENT)
def test_whatever_restricts_is_stated_to_its_author(kind: MeasureKind):
    assert kind_of(PaperRun().case.case_id) is SubjectKind.CONTENT
    run = a_run().decide(enforcements=(EnforcementRequest(kind=kind),)).confirm().tell()
    assert NoticeKind.STATEMENT in run.told()


MARKS = ("ben-the-reporter", "reporter-7@example.invalid", KEY, "synthetic words of a reporter")


def lives() -> list[Any]:
    return [
        a_held_life(),
        a_held_life().decided().confirmed(),
        a_held_life().decided(Outcome.NO_VIOLATION).confirmed(),
        a_decided_life().reversed(),
        a_decided_life().reversed(by="operator:op-1"),
        a_decided_life(enforcements=(REMOVE, SUSPEND)).reversed(keep=("d-1/1",)),
        a_decided_life(outcome=Outcome.SUPPORT),
        a_decided_life().appealed().upheld(),
    ]


def test_no_letter_to_an_author_says_how_many_reported_or_who():
    """The words of an author's letter are the same whoever reported, and however many: nothing of a report enters them."""
    for life in lives():
        for notice in life.case.notices:
            if notice.audience != "author":
                continue
            letter = life.letter(notice.kind)
            text = f"{letter.subject_line} {letter.text} {letter.html}"
            assert not [mark for mark in MARKS if mark in text]
            again = _with_more_reports(life).letter(notice.kind)
            assert (again.text, again.html) == (letter.text, letter.html), notice.kind


def test_no_template_of_an_author_names_a_reporter():
    sources = PACKS.templates("baseline", PACKS.active("baseline").digest)
    known = {"reporter", "reporters", "notice.report", "report.reporter", "appellant"}
    for name, source in sources.items():
        if "reporter" in name or "receipt" in name:
            continue
        spoken = set(itertools.chain(*(part.split("}}")[0].split() for part in source.split("{{")[1:])))
        assert not spoken & known, name


def _with_more_reports(life: Any) -> Any:
    """Two more reports of the same kind, before anything else; times as they were."""
    first = next(event for event in life.events if event.body.kind == "report_received")
    body = first.body.evolve(count=first.body.count + 2, independent=first.body.independent + 2)
    life.events = [event.evolve(body=body) if event is first else event for event in life.events]
    return life


def test_a_stance_is_kept_with_who_it_is_of_and_on_what_it_rests():
    run = stance(a_run(), "author", Stance.NEVER)
    assert run.case.stances == (
        PersonStance(person="author", telling=Telling(stance=Stance.NEVER, source="a test"), message_id="st-2"),
    )
