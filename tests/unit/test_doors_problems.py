"""What a sender reads when their message is not of the form asked for."""

from datetime import datetime

import pytest

from api.errors import NotJson
from api.problems import parse
from api.requests import DecisionRequest
from cases.errors import BadInput, Problem
from cases.messages import ReportMessage, SignalMessage

GOOD = '{"message_id": "m-1", "subject": {"kind": "content", "id": "post-1"}, "area": "spam"'


def problems(model: type, text: str) -> dict[str, Problem]:
    with pytest.raises(BadInput) as caught:
        parse(model, text)
    return {problem.field: problem for problem in caught.value.problems}


def test_a_whole_report_is_read():
    report = parse(ReportMessage, GOOD + ', "reported_at": "2026-11-22T10:00:00+01:00"}')

    assert report.reported_at == datetime.fromisoformat("2026-11-22T09:00:00+00:00")


def test_an_unknown_field_is_named_with_the_nearest_known_one():
    assert problems(ReportMessage, GOOD + ', "reportr": {}}')["reportr"].cure.startswith("did you mean reporter?")


def test_an_unknown_field_within_a_part_is_compared_with_that_part():
    found = problems(ReportMessage, GOOD + ', "reporter": {"adress": "someone@example.invalid"}}')

    assert found["reporter.adress"].cure.startswith("did you mean address?")


def test_every_problem_is_told_at_once():
    found = problems(ReportMessage, '{"message_id": "m 1", "subject": {"kind": "post", "id": ""}, "area": 3}')

    assert set(found) == {"message_id", "subject.kind", "subject.id", "area"}


@pytest.mark.parametrize("subject_id", ["../secret", "a/../b", "..\\\\b", "a/./b", " a", "a\\u0000b", "a\\nb"])
def test_path_tricks_and_control_characters_in_a_subject_id_are_refused(subject_id: str):
    text = GOOD.replace("post-1", subject_id) + "}"

    assert problems(ReportMessage, text)["subject.id"].cure == "send the platform's own id, unchanged"


def test_a_naive_time_is_told_to_bring_an_offset():
    problem = problems(ReportMessage, GOOD + ', "reported_at": "2026-11-22T10:00:00"}')["reported_at"]

    assert problem.problem == "is a time without an offset"
    assert "2026-11-22T10:00:00Z" in problem.cure


@pytest.mark.parametrize("value", ["5", "true", "[]", "{}", "1.5"])
def test_a_wrong_type_is_not_guessed_at(value: str):
    assert problems(ReportMessage, GOOD.replace('"m-1"', value) + "}")["message_id"].cure == "send a text"


def test_a_number_in_quotes_is_no_number():
    text = GOOD + ', "detector": {"vendor": "v", "name": "n", "version": "1"}, "scores": {"spam": "0.5"}}'

    assert problems(SignalMessage, text)["scores.spam"].problem == "is not a number"


@pytest.mark.parametrize("score", ["NaN", "1e999", "-0.1", "1.01"])
def test_a_score_that_is_no_probability_is_refused(score: str):
    text = GOOD + ', "detector": {"vendor": "v", "name": "n", "version": "1"}, "scores": {"spam": ' + score + "}}"

    assert set(problems(SignalMessage, text)) == {"scores.spam"}


def test_a_misspelt_outcome_gets_the_list_and_the_nearest():
    text = '{"decision_id": "d-1", "token": "t", "outcome": "violaton", "rationale": "r"}'

    assert problems(DecisionRequest, text)["outcome"].cure.startswith("did you mean violation?")


def test_free_text_is_never_repeated():
    secret = "words of a person " * 400
    found = problems(ReportMessage, GOOD + f', "reason": "{secret}"}}')

    assert found["reason"] == Problem("reason", "", "is too long", "send at most 5000 characters")


def test_a_persons_data_is_never_repeated():
    found = problems(ReportMessage, GOOD + ', "reporter": {"address": "not an address"}}')

    assert found["reporter.address"].value == ""


def test_a_long_value_is_cut_short():
    found = problems(ReportMessage, GOOD.replace("m-1", "m" * 5_000) + "}")

    assert found["message_id"].value == "m" * 60 + "… (5000 characters)"


def test_an_unknown_fields_name_is_cut_short():
    assert set(problems(ReportMessage, GOOD + f', "{"x" * 300}": 1}}')) == {"x" * 64}


@pytest.mark.parametrize("text", ["", "nul", "{", '{"a": "\\ud800"}', '{"a":' * 1_000])
def test_what_is_no_json_is_said_to_be_none(text: str):
    with pytest.raises(NotJson):
        parse(ReportMessage, text)


def test_bytes_that_are_no_utf8_are_no_json():
    with pytest.raises(NotJson):
        parse(ReportMessage, b'{"message_id": "\xff"}')


def test_a_list_is_not_a_message():
    assert problems(ReportMessage, "[]")["body"].cure == "send an object"
