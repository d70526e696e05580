"""From a page's form to the door's message: what goes with a violation only, and whose fault is named by field."""

import pytest

from api.answers import CaseAnswer, Task
from api.dossiers import Dossier
from api.http.review_forms import claim_of, decision_of
from cases.decisions import Outcome
from cases.errors import BadInput
from tests.builders import NOON

PLAIN = {
    "form": "0" * 64,
    "decision_id": "d-1",
    "token": "t",
    "outcome": "violation",
    "ground": "terms",
    "rule_id": "harassment.reported",
    "rationale": "It falls under harassment.",
    "measures": "default",
}


def test_a_violation_has_its_ground_and_rule_and_the_packs_own_list():
    asked = decision_of(PLAIN)

    assert (asked.outcome, asked.ground, asked.rule_id, asked.enforcements) == (
        Outcome.VIOLATION,
        "terms",
        "harassment.reported",
        None,
    )


def test_another_outcome_leaves_ground_rule_and_measures_out():
    asked = decision_of({**PLAIN, "outcome": "no_violation", "measures": "own", "kind-1": "remove"})

    assert (asked.ground, asked.rule_id, asked.enforcements) == (None, None, None)


def test_what_it_is_confined_to_is_read_from_boxes_and_fields():
    confined = {
        "territory": "de, fr",
        "duration": "p7d",
        "attachment-2": "yes",
        "excerpt-start": "10",
        "excerpt-end": "45",
    }
    asked = decision_of({**PLAIN, **confined})

    assert (asked.territory, asked.duration) == (("DE", "FR"), "P7D")
    assert asked.excerpts == ("attachment:2", "text:10-45")
    with pytest.raises(BadInput, match="excerpts"):
        decision_of({**PLAIN, "excerpt-end": "many"})


def test_people_of_a_community_are_read_row_by_row():
    rows = {"account-1": "acc-7", "part-1": "owner", "account-3": "acc-9", "does-3": "suspend", "does-for-3": "p3d"}
    asked = decision_of({**PLAIN, **rows})

    assert [(one.part, one.account_id, one.enforcements and one.enforcements[0].kind) for one in asked.responsible] == [
        ("owner", "acc-7", None),
        ("participant", "acc-9", "suspend"),
    ]


def test_ones_own_measures_are_read_row_by_row_and_empty_rows_passed_over():
    rows = {"kind-1": "hide", "duration-1": "p7d ", "reach-1": "de, fr", "kind-3": "suspend", "target-3": "author"}
    asked = decision_of({**PLAIN, "measures": "own", **rows})

    assert asked.enforcements is not None
    assert [(one.kind, one.target, one.duration, one.reach) for one in asked.enforcements] == [
        ("hide", "subject", "P7D", ("DE", "FR")),
        ("suspend", "author", None, ()),
    ]
    assert decision_of({**PLAIN, "measures": "none"}).enforcements == ()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"outcome": ""}, "outcome"),
        ({"rationale": ""}, "rationale"),
        ({"sample_violations": "many"}, "sample_violations"),
        ({"measures": "own", "kind-1": "hide", "duration-1": "a week"}, "enforcements"),
    ],
)
def test_what_is_wrong_is_named_by_field(changes: dict[str, str], field: str):
    with pytest.raises(BadInput) as caught:
        decision_of({**PLAIN, **changes})

    assert any(problem.field.startswith(field) for problem in caught.value.problems)


def test_what_was_found_in_a_campaigns_sample_is_a_number():
    assert decision_of({**PLAIN, "sample_violations": "12"}).sample_violations == 12


def test_the_next_task_is_asked_for_by_queue_or_not_at_all():
    assert claim_of({"form": "x"}).model_dump(exclude_defaults=True) == {}
    assert claim_of({"form": "x", "queue": "spam"}).queue == "spam"


@pytest.mark.parametrize(
    ("subject", "said"),
    [("hold:harassment/1#2", "the hold on harassment/1"), ("r-1", "the reversal r-1")],
)
def test_an_appeal_says_what_it_is_against(subject: str, said: str):
    task = Task(
        stream="s", task_id="appeal", kind="hearing", subject=subject, queue="q", severity=2, tier=1, due_at=NOON
    )
    dossier = Dossier(case=CaseAnswer(case_id="c", stream="s", stage="held"), now=NOON, task=task)

    assert dossier.contested == said
    assert dossier.offered == (Outcome.UPHELD, Outcome.REVERSED)
