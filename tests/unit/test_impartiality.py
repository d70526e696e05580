"""Which acts of operators ask for somebody without a part in the case, and which are duties that wait for nobody."""

from typing import Any

import pytest

from cases.impartiality import ACTS, BANK, DISCARD, PAUSE, PROTECT, STANDING, TASK, Parts, refuse_act

PART = Parts(part=True, decided=False)
DECIDED = Parts(part=False, decided=True)
APART = Parts(part=False, decided=False)
BINDING: list[tuple[str, dict[str, Any]]] = [
    ("reverse", {}),
    ("extend_deadline", {"clock_id": "review:spam/1"}),
    *(("intervene", {"step": step}) for step in ("skip", "by_hand", "resume")),
    *(("order_change", {"change": change}) for change in ("unclear", "impossible", "non_disclosure", "withdrawn")),
    ("telling_set", {}),
    ("authority_report", {}),
    (PAUSE, {}),
    (BANK, {}),
    (PROTECT, {}),
    (DISCARD, {}),
    (STANDING, {}),
    (TASK, {"stream": "case/demo/content/aa", "task_id": "spam/1"}),
]
DUTIES: list[tuple[str, dict[str, Any]]] = [
    ("intervene", {"step": "retry"}),
    *(("order_change", {"change": change}) for change in ("clarified", "answered", "informed")),
]


@pytest.mark.parametrize(("act", "content"), BINDING)
def test_who_has_a_part_leaves_it_to_others_and_is_told_whom_to_ask(act: str, content: dict[str, Any]):
    refusal = refuse_act(act, content, PART)
    assert refusal is not None
    assert refusal.code == "conflict_of_interest"
    assert "on call" in refusal.text
    assert refuse_act(act, content, APART) is None


@pytest.mark.parametrize(("act", "content"), DUTIES)
def test_no_part_keeps_anybody_from_a_duty(act: str, content: dict[str, Any]):
    assert refuse_act(act, content, Parts(part=True, decided=True)) is None


@pytest.mark.parametrize(
    ("act", "content", "barred"),
    [
        ("reverse", {}, True),
        ("intervene", {"step": "skip"}, True),
        ("intervene", {"step": "retry"}, False),
        ("extend_deadline", {"clock_id": "second_look:d-1"}, True),
        ("extend_deadline", {"clock_id": "review:spam/1"}, False),
        ("telling_set", {}, False),
        (TASK, {"stream": "case/demo/content/aa", "task_id": "second:d-1"}, True),
        (TASK, {"stream": "appeal/demo/a-1", "task_id": "a-1"}, True),
        (TASK, {"stream": "case/demo/content/aa", "task_id": "spam/1"}, False),
    ],
)
def test_who_judged_takes_nothing_back_and_puts_off_no_second_look(act: str, content: dict[str, Any], barred: bool):
    refusal = refuse_act(act, content, DECIDED)
    assert (refusal.code if refusal else None) == ("decided_before" if barred else None)


def test_what_is_no_act_of_an_operator_is_not_asked_about():
    assert refuse_act("report", {}, PART) is None
    assert {act for act, _ in (*BINDING, *DUTIES)} == ACTS
