"""Refusals of what comes without a request of its own: a file's line, Osprey's line, a raw signal. All data is synthetic."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities import stubs
from activities.raw_rules import RawRules
from activities.recording import Recording
from api.cli.bulk import message_of
from api.lines import RawLine
from api.peers.osprey import read_line
from api.peers.osprey_map import default_map
from api.problems import UNSHOWN
from api.schemas import schemas
from cases.caps import Cap
from cases.errors import BadInput
from cases.events import CaseEvent
from cases.names import SubjectKind, case_workflow_id, subject_key
from cases.received import MessageRefused
from record import inbox
from record.parsing import DOOR_MODELS, RawMessage, read_raw
from tests.builders import NOON, a_report, an_event

PRIVATE = "hidden-words"
SECRET = b"synthetic secret"
AREAS = frozenset({"spam"})
RAW_KINDS = (
    "report",
    "signal",
    "appeal",
    "decide",
    "extend_deadline",
    "reverse",
    "intervene",
    "withdraw",
    "authority_order",
)
STREAM = case_workflow_id("demo", SubjectKind.CONTENT, subject_key(SECRET, SubjectKind.CONTENT, "post-1"))
GOOD: dict[str, Any] = {"message_id": "m-1", "subject": {"kind": "content", "id": "post-1"}, "area": "spam"}
OSPREY: dict[str, Any] = {"__action_id": 7, "UserId": "u1", "__entity_label_mutations": ["User/spam/1"]}


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("hidden", "line"),
        (json.dumps({**GOOD, "subject": 5}), "subject"),
        (json.dumps({**GOOD, "reason": PRIVATE * 500}), "reason"),
        (json.dumps({**GOOD, "reporter": {"account_id": f"../{PRIVATE}"}}), "reporter.account_id"),
        (json.dumps({"report": {**GOOD, "notice": {"name": PRIVATE * 20}}}), "notice.name"),
        (json.dumps({"signal": GOOD}), "detector"),
    ],
)
def test_a_line_of_a_file_is_refused_by_field_and_cure(line: str, field: str):
    with pytest.raises(BadInput) as caught:
        message_of(RawLine(1, len(line), line.encode()))
    problem = caught.value.problems[0]
    assert problem.field == field
    assert problem.problem
    assert problem.cure
    assert PRIVATE not in problem.value


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("{", "line"),
        (json.dumps({**OSPREY, "__action_id": None}), "__action_id"),
        (json.dumps({**OSPREY, "__entity_label_mutations": ["Unheard/spam/1"]}), "entities"),
        (json.dumps({**OSPREY, "UserId": None}), "labels"),
    ],
)
def test_a_line_of_ospreys_is_refused_by_field_and_cure(line: str, field: str):
    (problem,) = read_line(line, default_map()).problems
    assert problem.field == field
    assert problem.problem
    assert problem.cure


RAW: list[tuple[str, Any, str, str]] = [
    ("report", PRIVATE, "malformed", "message: "),
    ("report", {**GOOD, "area": PRIVATE}, "malformed", "area: "),
    ("report", {**GOOD, "area": "never"}, "malformed", "area: is no area of the policy pack"),
    ("report", {**GOOD, "reason": PRIVATE}, "free_text", "reason: may hold text"),
    ("report", {**GOOD, PRIVATE: 1}, "free_text", "(unknown): may hold text"),
    ("report", {**GOOD, "subject": {"kind": "content", "id": PRIVATE}}, "malformed", "subject: is not this case's"),
    ("report", {**GOOD, "reporter": {"account_id": f"../{PRIVATE}"}}, "malformed", "reporter.account_id: "),
    ("report", {**GOOD, "reported_at": "2126-01-01T00:00:00Z"}, "malformed", "reported_at: "),
    ("appeal", {"message_id": "a-1", "grounds": PRIVATE}, "free_text", "grounds: may hold text"),
    ("authority_order", {**GOOD, "order": PRIVATE, "reference": "1"}, "malformed", "order: "),
    ("decide", {"decision_id": "d-1", "rationale": PRIVATE}, "free_text", "rationale: may hold text"),
    (PRIVATE, {}, "unknown_kind", "kind: "),
]


@pytest.mark.parametrize(("kind", "payload", "code", "begins"), RAW)
def test_a_raw_message_is_refused_by_field_and_cure_and_nothing_of_it_is_kept(
    kind: str, payload: Any, code: str, begins: str
):
    came = read_raw(SECRET, STREAM, AREAS, RawMessage(kind=kind, channel="signal", payload=payload), NOON)
    refused = json.loads(came.content)["refused"]
    assert refused["code"] == code
    assert begins in refused["problem"]
    assert "; " in refused["problem"], "a cure"
    assert PRIVATE not in repr(came)


def _bodies(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """Whole messages of a kind with anything in some fields, and words that ids, durations and times choke on."""
    nasty = st.sampled_from(
        ["", "..", "../x", "\x00", "\ud800", " a ", "P99999999999Y", "PT", "9999-12-31T23:59:59-14:00", "∞"]
    )
    anything = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | nasty | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=5,
    )
    whole = {**GOOD, "reporter": {"account_id": "ben"}, "appellant": {"account_id": "ann"}, "decision_id": "d-1"}
    whole |= {
        "matter": "spam/1",
        "outcome": "violation",
        "ground": "terms",
        "rule_id": "spam.a",
        "order": "dsa_article_9",
    }
    whole |= {
        "reference": "1",
        "enforcements": [{"kind": "remove", "duration": "P1D"}],
        "token": "t",
        "due_at": "2126-01-01T00:00:00Z",
    }
    fields = DOOR_MODELS[kind].model_fields
    known = {name: value for name, value in whole.items() if name in fields}
    return st.dictionaries(
        st.sampled_from(sorted(fields)), anything | nasty.map(lambda one: {"account_id": one, "id": one}), max_size=3
    ).map(lambda changes: {**known, **changes})


@given(data=st.data(), kind=st.sampled_from(sorted(RAW_KINDS)))
@settings(max_examples=150, deadline=None, database=None)
def test_no_raw_message_whatever_it_holds_keeps_its_case_from_reading_on(data: st.DataObject, kind: str):
    came = read_raw(
        SECRET, STREAM, AREAS, RawMessage(kind=kind, channel="signal", payload=data.draw(_bodies(kind))), NOON
    )
    assert came.message_id


class NoCap:
    """In the place of the brakes: people restrict as they like."""

    async def cap_of_people(self, *_: object) -> Cap:
        return Cap()


async def test_what_a_case_refuses_is_counted_and_what_is_parked_is_not_counted_twice(monkeypatch: pytest.MonkeyPatch):
    def refused(number: int, code: str) -> CaseEvent:
        body = MessageRefused(message_kind="report", code=code, problem="x: y; z", number=number, received_at=NOON)
        return an_event(f"inbox:{number}", body)

    async def taken(*_: object, **__: object) -> tuple[list[CaseEvent], bool]:
        return [a_report(1), refused(2, "free_text"), refused(3, "parked")], False

    monkeypatch.setattr(inbox, "take", taken)
    recording = Recording(None, None, NoCap(), None, RawRules(None, None))  # type: ignore[arg-type]  # the others are not reached
    counted: list[dict[str, str]] = []
    monkeypatch.setattr(
        recording, "_refusals", type("Counter", (), {"add": lambda _, one, said: counted.append(said)})()
    )

    mail = await recording.take_mail(stubs.TakeMail(stream=STREAM, now=NOON, seen=0))

    assert len(mail.events) == 3
    assert counted == [{"door": "case", "code": "free_text"}]


def test_no_value_is_shown_of_a_field_in_which_people_write_or_say_who_they_are():
    """Every published form, walked: whoever adds such a field has to say so in `UNSHOWN`."""
    document = json.loads(schemas()["openapi.json"])
    forms, found = document["components"]["schemas"], set[str]()

    def walk(schema: dict[str, Any], path: tuple[str, ...], seen: frozenset[str]) -> None:
        if name := schema.get("$ref", "").rpartition("/")[2]:
            if name not in seen:
                walk(forms[name], path, seen | {name})
            return
        for part in ("anyOf", "oneOf", "allOf"):
            for one in schema.get(part, ()):
                walk(one, path, seen)
        for name, one in schema.get("properties", {}).items():
            walk(one, (*path, name), seen)
        if isinstance(schema.get("items"), dict):
            walk(schema["items"], path, seen)
        written = schema.get("maxLength", 0) >= 1_000 or "@" in schema.get("pattern", "")
        named = path and path[-1].endswith(("Reason", "Note", "Email", "account", "account_id", "accounts"))
        if schema.get("type") == "string" and "enum" not in schema and (written or named) and not UNSHOWN & set(path):
            found.add(".".join(path))

    for operations in document["paths"].values():
        for operation in operations.values():
            for body in operation.get("requestBody", {}).get("content", {}).values():
                walk(body["schema"], (), frozenset())
    assert found == set()
