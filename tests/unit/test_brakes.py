"""When a rule may not act alone, and what happens instead."""

from datetime import timedelta

import pytest

from activities.brakes import Brakes
from cases.assessments import Triaged
from cases.brakes import Brake, Counted, Scope, Stop, Used, guarded, left, over, reversible, reviewed, stopped
from cases.caps import Cap, Caps, Corridor
from cases.decisions import FourEyes
from cases.judging import refuse_decision
from cases.measures import MeasureKind
from cases.packs import check_files
from cases.person_caps import is_capped, over_cap_words
from cases.restraint import Braked
from tests.builders import HIDE, NOON, a_case, an_ask, an_assessment, automatic, terms
from tests.paper import a_reviewed_run

CAPS = Caps(rule=Cap(hour=10, day=20), account=Cap(hour=2), tenant=Cap(day=100))
CORRIDOR = Corridor(reversals=0.2, growth=10.0, least=20)


def a_stop(scope: Scope, name: str = "", cause: str = "operator") -> Stop:
    return Stop(scope=scope, name=name, cause=cause, at=NOON)  # type: ignore[arg-type]  # as the record has it


@pytest.mark.parametrize(
    ("stop", "brake"),
    [
        (a_stop(Scope.TENANT), Brake(reason="stopped", name="tenant:")),
        (a_stop(Scope.AREA, "spam"), Brake(reason="stopped", name="area:spam")),
        (a_stop(Scope.RULE, "spam.certain"), Brake(reason="stopped", name="rule:spam.certain")),
        (a_stop(Scope.RULE, "spam.certain", "corridor"), Brake(reason="paused", name="rule:spam.certain")),
        (a_stop(Scope.AREA, "harassment"), None),
        (a_stop(Scope.RULE, "spam.likely"), None),
    ],
)
def test_a_stop_holds_back_its_tenant_area_or_rule_and_nothing_else(stop: Stop, brake: Brake | None):
    assert stopped([stop], "spam", "spam.certain") == brake


def test_a_cap_is_of_the_hour_and_of_the_day_the_narrowest_first():
    def judged(**used: tuple[int, int]) -> str | None:
        brake = over(CAPS, {Scope(name): Used(hour=hour, day=day) for name, (hour, day) in used.items()})
        return brake.name if brake else None

    assert judged(rule=(10, 20), account=(2, 50), tenant=(99, 100)) is None
    assert judged(rule=(11, 11)) == "rule"
    assert judged(rule=(1, 21)) == "rule"
    assert judged(rule=(11, 11), account=(3, 3)) == "account"
    assert judged(tenant=(1, 101)) == "tenant"


def test_a_persons_cap_names_its_limit_and_when_it_ends_and_holds_for_nothing_severe():
    cap = Cap(hour=2, day=5)
    assert [cap.exceeded(*used) for used in ((2, 5), (3, 3), (1, 6), (3, 6))] == [None, "hour", "day", "day"]
    assert not Cap().limits
    by_hour, by_day = over_cap_words(cap, "hour", NOON), over_cap_words(cap, "day", NOON)
    assert "has restricted 2 times this hour" in by_hour
    assert f"from {NOON:%Y-%m-%d}T13:00Z on" in by_hour
    assert f"from {NOON + timedelta(days=1):%Y-%m-%d}T00:00Z on" in by_day
    assert is_capped(terms(severity=2))
    assert not is_capped(terms(severity=1))
    assert not is_capped(terms(severity=3, authority_report_within="PT24H"))


@pytest.mark.parametrize(("severe", "code"), [({}, "over_cap"), ({"severity": 1}, None)])
def test_a_case_refuses_what_is_over_its_persons_cap_unless_the_matter_is_severe(
    severe: dict[str, int], code: str | None
):
    """The record knows a matter's severity only from its task; the case knows it always."""
    case = a_reviewed_run().case
    matters = tuple(one.evolve(terms=one.terms.evolve(**severe)) for one in case.matters)
    over = an_ask(objection="reviewer: synthetic", objection_code="over_cap")
    refusal = refuse_decision(case.evolve(matters=matters), over, NOON)
    assert (refusal.code if refusal else None) == code


def test_a_rule_leaves_its_corridor_by_reversals_or_by_growth_once_it_has_done_enough_to_be_judged():
    assert left(CORRIDOR, Counted(acts=19, reversed=19, this_hour=19)) is None
    assert left(CORRIDOR, Counted(acts=100, reversed=20, this_hour=0)) is None
    assert left(CORRIDOR, Counted(acts=100, reversed=21, this_hour=0)) == "reversals"
    assert (
        left(CORRIDOR, Counted(acts=1_670 + 101, reversed=0, this_hour=101)) == "growth"
    )  # ten an hour, then a hundred
    assert left(CORRIDOR, Counted(acts=1_670 + 100, reversed=0, this_hour=100)) is None
    assert left(CORRIDOR, Counted(acts=30, reversed=0, this_hour=30)) is None  # a new rule has no week behind it
    assert left(None, Counted(acts=100, reversed=100, this_hour=0)) is None


def test_what_is_held_back_is_reviewed_under_the_same_terms_and_with_its_statement():
    found = an_assessment("spam", automatic=automatic(), terms=terms(statement_exempt=True, file_statements=False))
    kept, note = reviewed(found, Brake(reason="cap", name="rule"), file_statements=True)
    assert (kept.automatic, kept.hold, kept.rule_id) == (None, (), found.rule_id)
    assert (kept.terms.statement_exempt, kept.terms.file_statements) == (False, True)
    assert kept.terms.enforcements == found.terms.enforcements
    assert (note.what, note.reason, note.name, note.instead) == ("automatic", "cap", "rule", "review")


def test_a_protected_account_takes_two_people_unless_the_second_look_follows():
    assert guarded(an_assessment()).terms.four_eyes is FourEyes.BEFORE
    after = an_assessment(terms=terms(four_eyes=FourEyes.AFTER))
    assert guarded(after) == after


def test_an_exempt_rule_over_its_cap_goes_on_and_what_it_would_decide_is_held():
    brake = Brake(reason="cap", name="rule")
    held, note = reversible(an_assessment(hold=(HIDE,)), brake, MeasureKind.HIDE, file_statements=True)
    assert (held.hold, note.instead) == ((HIDE,), "paged")
    decided = an_assessment(automatic=automatic())
    held, note = reversible(decided, brake, MeasureKind.HIDE, file_statements=True)
    assert ([one.kind for one in held.hold], held.automatic, note.instead) == ([MeasureKind.HIDE], None, "held")


def test_only_what_is_severe_may_be_exempt():
    from activities.policy_packs import read_pack_files
    from workers.wiring import POLICIES

    files = read_pack_files(POLICIES / "baseline")
    assert not check_files(files)
    rule = 'id = "spam.reported-thrice"\n'
    wrong = {**files, "pack.toml": files["pack.toml"].replace(rule, f"{rule}exempt_from_brakes = true\n")}
    assert [m.message for m in check_files(wrong)] == ["only a rule of severity S0 or S1 is exempt from brakes"]


async def test_what_was_held_for_want_of_a_vendors_word_stays_noted_where_an_account_is_protected():
    noted = Braked(matter_id="spam/1", rule_id=None, what="hold", reason="unanswered", name="words", instead="held")
    body = Triaged(through=1, evidence_version=1, assessments=(), facts={}, braked=(noted,))
    brakes = Brakes(None, None)  # type: ignore[arg-type]  # nothing is to be looked up where no rule acts
    assert (await brakes.applied(a_case(), body, None, NOON, protected=True)).braked == (noted,)
