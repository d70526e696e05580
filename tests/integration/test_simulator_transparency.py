"""The simulated EU database refuses what the real one refuses, in the same shapes, and keeps its puid traps."""

import itertools
import json
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from simulators.launching import Launched
from simulators.transparency.app import TransparencyDatabase
from simulators.transparency.preparation import prepare
from simulators.transparency.rules import BATCH, SINGLE
from simulators.transparency.tokens import RateLimits, parse_tokens
from simulators.transparency.validation import validate
from simulators.transparency.vocabulary import CATEGORIES, COUNTRIES, KEYWORDS, LANGUAGES

_numbers = itertools.count(1)
Filed = dict[str, Any]


def a_statement(**changed: Any) -> Filed:
    """A valid one; a changed field of `...` is left out."""
    statement = {
        "decision_visibility": ["DECISION_VISIBILITY_CONTENT_DISABLED"],
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": "House rules, section 3",
        "incompatible_content_explanation": "Repeated insults against another user.",
        "content_type": ["CONTENT_TYPE_TEXT"],
        "category": "STATEMENT_CATEGORY_CYBER_VIOLENCE",
        "category_specification": ["KEYWORD_CYBER_HARASSMENT"],
        "territorial_scope": ["DE", "AT"],
        "content_language": "EN",
        "content_date": "2026-11-20",
        "application_date": "2026-11-22",
        "decision_facts": "Three users reported it; a person read it.",
        "source_type": "SOURCE_ARTICLE_16",
        "automated_detection": "No",
        "automated_decision": "AUTOMATED_DECISION_NOT_AUTOMATED",
        "puid": f"case-{next(_numbers)}-1",
    }
    return {field: value for field, value in {**statement, **changed}.items() if value is not ...}


@pytest.fixture(scope="module")
def launched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launched]:
    with Launched(tmp_path_factory.mktemp("world")) as launched:
        yield launched


def a_client(launched: Launched) -> httpx2.Client:
    headers = {"authorization": f"Bearer {launched.token}", "accept": "application/json"}
    return httpx2.Client(base_url=launched.addresses["transparency"], headers=headers, timeout=10)


@pytest.fixture
def database(launched: Launched) -> Iterator[httpx2.Client]:
    with a_client(launched) as database:
        yield database
        database.post("/control/faults", json={})
        database.post("/control/processing", json={"seconds": 0})


def file_one(database: httpx2.Client, statement: Filed) -> httpx2.Response:
    return database.post("/api/v1/statement", json=statement)


def file_many(database: httpx2.Client, statements: Any) -> httpx2.Response:
    return database.post("/api/v1/statements", json={"statements": statements})


def is_taken(database: httpx2.Client, puid: str) -> bool:
    answer = database.get(f"/api/v1/statement/existing-puid/{puid}", follow_redirects=False)
    assert "location" not in answer.headers
    words = {302: "statement of reason found", 404: "statement of reason not found"}
    assert answer.json() == {"message": words[answer.status_code], "puid": puid}
    return answer.status_code == 302


def test_a_statement_is_stored_and_read_back_without_its_puid(database: httpx2.Client) -> None:
    sent = a_statement(territorial_scope=["DE", "AT", "DE"])
    answer = file_one(database, sent)
    assert answer.status_code == 201
    stored = answer.json()
    assert stored["puid"] == sent["puid"]
    assert stored["territorial_scope"] == ["AT", "DE"]
    assert stored["permalink"].endswith(f"/statement/{stored['uuid']}")
    assert stored["self"].endswith(f"/api/v1/statement/{stored['uuid']}")
    assert datetime.strptime(stored["created_at"], "%Y-%m-%d %H:%M:%S")
    read = database.get(f"/api/v1/statement/{stored['uuid']}")
    assert read.status_code == 200
    assert not {"puid", "id"} & read.json().keys()
    assert read.json()["decision_facts"] == sent["decision_facts"]
    assert database.get("/api/v1/statement/no-such-uuid").status_code == 404


def test_ping_and_user_answer_the_holder_of_a_token(database: httpx2.Client) -> None:
    assert database.get("/api/ping").json() == {"you_say": "ping", "i_say": "pong"}
    assert database.get("/api/user").json()["id"] == 1


@pytest.mark.parametrize("token", [None, "", "Bearer", "Bearer 1|wrong-secret", "Bearer 2|", "Basic abc"])
def test_without_a_token_everything_is_401(launched: Launched, token: str | None) -> None:
    headers = {"authorization": token} if token is not None else {}
    answer = httpx2.get(f"{launched.addresses['transparency']}/api/ping", headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthenticated."})


def test_permissions_and_a_missing_platform_are_403(tmp_path: Path) -> None:
    tokens = [
        {"token": "1|view-only-secret", "permissions": ["view statements"]},
        {"token": "2|create-only-secret", "permissions": ["create statements"]},
        {"token": "3|no-platform-secret", "platform": None},
    ]
    world = TransparencyDatabase(tmp_path, parse_tokens(json.dumps(tokens)))
    client = TestClient(world.app)

    def status(token: str, method: str, path: str) -> int:
        headers = {"authorization": f"Bearer {token}"}
        return client.request(
            method, path, headers=headers, json=a_statement() if method == "POST" else None
        ).status_code

    assert status("1|view-only-secret", "POST", "/api/v1/statement") == 403
    assert status("1|view-only-secret", "GET", "/api/v1/statement/existing-puid/x") == 404
    assert status("1|view-only-secret", "GET", "/api/user") == 403
    assert status("2|create-only-secret", "POST", "/api/v1/statement") == 201
    assert status("2|create-only-secret", "GET", "/api/v1/statement/existing-puid/x") == 403
    assert status("3|no-platform-secret", "POST", "/api/v1/statement") == 403
    assert status("3|no-platform-secret", "GET", "/api/ping") == 200
    world.close()


def test_the_limits_are_200_a_second_12000_a_minute_and_100_for_strangers(tmp_path: Path) -> None:
    now = [datetime(2026, 11, 22, tzinfo=UTC)]
    limits = RateLimits(lambda: now[0])
    [user] = parse_tokens("1|synthetic-secret")
    assert [limits.wait_seconds(user, "") for _ in range(201)] == [0] * 200 + [1]
    for _ in range(59):
        now[0] += timedelta(seconds=1)
        assert [limits.wait_seconds(user, "") for _ in range(200)] == [0] * 200
    now[0] += timedelta(milliseconds=500)
    assert limits.wait_seconds(user, "") > 0
    assert [limits.wait_seconds(None, "127.0.0.1") for _ in range(101)][99:] == [0, 60]

    world = TransparencyDatabase(tmp_path, (user,), clock=lambda: now[0])
    client = TestClient(world.app, headers={"authorization": "Bearer 1|synthetic-secret"})
    answers = [client.get("/api/ping") for _ in range(201)]
    assert [answer.status_code for answer in answers] == [200] * 200 + [429]
    assert answers[-1].text == "Limit Reached. Please do not overload the API"
    world.close()


OTHER_GROUND = {
    "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT",
    "illegal_content_legal_ground": "Section 185 of a criminal code",
    "illegal_content_explanation": "An insult.",
}

REFUSED = [
    ({"decision_visibility": ...}, {"decision_visibility", "decision_monetary", "decision_provision", "decision_account"}),
    ({"decision_visibility": []}, {"decision_visibility", "decision_monetary", "decision_provision", "decision_account"}),
    ({"decision_visibility": "DECISION_VISIBILITY_CONTENT_REMOVED"}, {"decision_visibility"}),
    ({"decision_visibility": ["CONTENT_REMOVED"]}, {"decision_visibility"}),
    ({"decision_visibility": ["DECISION_VISIBILITY_OTHER"]}, {"decision_visibility_other"}),
    ({"decision_visibility_other": "x" * 501}, {"decision_visibility_other"}),
    ({"decision_monetary": "DECISION_MONETARY_OTHER"}, {"decision_monetary_other"}),
    ({"decision_account": ["DECISION_ACCOUNT_SUSPENDED"]}, {"decision_account"}),
    ({"account_type": "PRIVATE"}, {"account_type"}),
    ({"decision_ground": ...}, {"decision_ground"}),
    ({"decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT"}, {"illegal_content_legal_ground", "illegal_content_explanation"}),
    ({"incompatible_content_ground": "  "}, {"incompatible_content_ground"}),
    ({"incompatible_content_explanation": "x" * 2001}, {"incompatible_content_explanation"}),
    ({"incompatible_content_illegal": None}, {"incompatible_content_illegal"}),
    ({"incompatible_content_illegal": True}, {"incompatible_content_illegal"}),
    ({"incompatible_content_illegal": "Maybe", **OTHER_GROUND}, {"incompatible_content_illegal"}),
    ({"decision_ground_reference_url": "example.invalid/rules"}, {"decision_ground_reference_url"}),
    ({"decision_ground_reference_url": "https:///rules"}, {"decision_ground_reference_url"}),
    ({"decision_ground_reference_url": "https://a.invalid/" + "x" * 500}, {"decision_ground_reference_url"}),
    ({"content_type": []}, {"content_type"}),
    ({"content_type": "CONTENT_TYPE_TEXT"}, {"content_type"}),
    ({"content_type": ["CONTENT_TYPE_OTHER"]}, {"content_type_other"}),
    ({"content_type_other": "x" * 501}, {"content_type_other"}),
    ({"category": "STATEMENT_CATEGORY_SCOPE_OF_PLATFORM_SERVICE"}, {"category"}),
    ({"category": "STATEMENT_CATEGORY_NOT_SPECIFIED_ORDER"}, {"category"}),
    ({"category_addition": None}, {"category_addition"}),
    ({"category_addition": ["null"]}, {"category_addition"}),
    ({"category_specification": ["KEYWORD_DANGEROUS_TOYS"]}, {"category_specification"}),
    ({"category_specification": ["KEYWORD_DISINFORMATION"]}, {"category_specification"}),
    ({"category_specification_other": "x" * 501}, {"category_specification_other"}),
    ({"territorial_scope": ["EL"]}, {"territorial_scope"}),
    ({"territorial_scope": ["EU"]}, {"territorial_scope"}),
    ({"content_language": "en"}, {"content_language"}),
    ({"content_language": "GR"}, {"content_language"}),
    ({"content_language": "null"}, {"content_language"}),
    ({"content_date": "1999-12-31"}, {"content_date"}),
    ({"content_date": "2026-02-30"}, {"content_date"}),
    ({"content_date": "2026-2-3"}, {"content_date"}),
    ({"content_date": "2026-11-20T10:00:00Z"}, {"content_date"}),
    ({"application_date": "2019-12-31"}, {"application_date"}),
    ({"application_date": "2038-01-02"}, {"application_date"}),
    ({"end_date_visibility_restriction": "2038-01-02"}, {"end_date_visibility_restriction"}),
    ({"end_date_account_restriction": "tomorrow"}, {"end_date_account_restriction"}),
    ({"decision_facts": "​ \n"}, {"decision_facts"}),
    ({"decision_facts": "x" * 5001}, {"decision_facts"}),
    ({"source_type": "SOURCE_USER"}, {"source_type"}),
    ({"source_identity": "x" * 501}, {"source_identity"}),
    ({"automated_detection": False}, {"automated_detection"}),
    ({"automated_detection": "no"}, {"automated_detection"}),
    ({"automated_decision": "Yes"}, {"automated_decision"}),
    ({"content_id": "4006381333931"}, {"content_id"}),
    ({"content_id": {"EAN-13": 4006381333931}}, {"content_id.EAN-13"}),
    ({"content_id": {"EAN-13": "400638133393"}}, {"content_id.EAN-13"}),
    ({"puid": ...}, {"puid"}),
    ({"puid": "case/1"}, {"puid"}),
    ({"puid": "case 1"}, {"puid"}),
    ({"puid": "x" * 501}, {"puid"}),
]  # fmt: skip

ACCEPTED: list[Filed] = [
    {},
    {"decision_visibility": None, "decision_account": "DECISION_ACCOUNT_TERMINATED"},
    {"decision_visibility": [], "decision_provision": "DECISION_PROVISION_TOTAL_SUSPENSION"},
    {"decision_visibility": ["null"]},
    {"account_type": "null"},
    {"category_specification": ["null", "KEYWORD_STALKING", "KEYWORD_OTHER"]},
    {"category_specification": ["KEYWORD_PHISHING"]},
    {"territorial_scope": None},
    {"territorial_scope": ...},
    {"content_language": "EL", "territorial_scope": ["GR", "NO"]},
    {"end_date_visibility_restriction": "2020-01-01"},
    {"decision_ground_reference_url": None},
    {"content_id": None},
    {"content_id": {"EAN-13": "0000000000000"}},
    {"content_id": {"ISBN": "978"}},
    {"decision_facts": "ä" * 5000},
    {"unknown_field": {"deep": "value"}},
    {"incompatible_content_explanation": "x" * 2001, **OTHER_GROUND},
    {"decision_monetary_other": "x" * 501},
]


def _shown(value: Any) -> str:
    """Sets in order: every process must give a test the same name."""
    return str(sorted(value) if isinstance(value, set) else value)[:60]


@pytest.mark.parametrize("rules", [SINGLE, BATCH], ids=["single", "batch"])
@pytest.mark.parametrize(("changed", "fields"), REFUSED, ids=_shown)
def test_a_broken_rule_refuses_exactly_the_fields_it_is_about(rules: Any, changed: Filed, fields: set[str]) -> None:
    assert validate(prepare(a_statement(**changed)), rules).errors.keys() == fields


@pytest.mark.parametrize("changed", ACCEPTED, ids=lambda value: str(value)[:60])
def test_what_the_rules_allow_is_stored_by_both_endpoints(database: httpx2.Client, changed: Filed) -> None:
    assert file_one(database, a_statement(**changed)).status_code == 201
    assert file_many(database, [a_statement(**changed)]).status_code == 201


def test_the_two_endpoints_differ_where_the_real_ones_do(database: httpx2.Client) -> None:
    voluntary = {"source_type": "SOURCE_VOLUNTARY", "source_identity": "x" * 501}
    assert file_one(database, a_statement(**voluntary)).status_code == 422, "measured, though it would be dropped"
    assert file_one(database, a_statement(content_id_ean="123")).status_code == 422
    assert file_many(database, [a_statement(content_id_ean="123")]).status_code == 201, (
        "an alias only the single one knows"
    )
    additions = {"category_addition": ["STATEMENT_CATEGORY_CYBER_VIOLENCE", "STATEMENT_CATEGORY_VIOLENCE"]}
    assert file_one(database, a_statement(**additions)).json()["category_addition"] == ["STATEMENT_CATEGORY_VIOLENCE"]
    [of_batch] = file_many(database, [a_statement(**additions)]).json()["statements"]
    assert of_batch["category_addition"] == additions["category_addition"]

    other = {"category_specification_other": "Something else"}
    kept = database.get(file_one(database, a_statement(**other)).json()["self"]).json()
    assert kept["category_specification_other"] == "Something else"
    dropped = database.get(file_many(database, [a_statement(**other)]).json()["statements"][0]["self"]).json()
    assert dropped["category_specification_other"] is None


def test_texts_are_trimmed_and_what_does_not_apply_is_dropped(database: httpx2.Client) -> None:
    sent = a_statement(
        decision_facts="  ​A fact. ",
        source_type="SOURCE_VOLUNTARY",
        source_identity="nobody",
        decision_visibility_other="unread",
        illegal_content_explanation="unread",
        account_type="   ",
    )
    stored = file_one(database, sent).json()
    assert stored["decision_facts"] == "A fact."
    assert stored["account_type"] is None
    assert not {"source_identity", "decision_visibility_other", "illegal_content_explanation"} & stored.keys()


def test_a_refusal_by_the_single_endpoint_has_a_message_and_errors_by_field(database: httpx2.Client) -> None:
    answer = file_one(database, a_statement(application_date="22.11.2026", category=...))
    assert answer.status_code == 422
    body = answer.json()
    assert body["errors"]["category"] == ["The category field is required."]
    assert body["errors"]["application_date"][0] == "The application date does not match the format YYYY-MM-DD."
    assert body["message"] == "The category field is required. (and 3 more errors)"
    one = file_one(database, a_statement(territorial_scope=["XX"])).json()
    assert one["message"] == "The selected territorial scope is invalid."


def test_a_body_that_is_no_json_or_not_announced_as_json_is_an_empty_statement(database: httpx2.Client) -> None:
    for content, kind in (
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (json.dumps(a_statement()).encode(), "text/plain"),
    ):
        answer = database.post("/api/v1/statement", content=content, headers={"content-type": kind})
        assert answer.status_code == 422
        assert "puid" in answer.json()["errors"]


def test_a_batch_is_stored_whole_or_not_at_all(database: httpx2.Client) -> None:
    good, bad = a_statement(), a_statement(category="nonsense", puid="no good")
    answer = file_many(database, [good, bad])
    assert answer.status_code == 422
    assert answer.json() == {
        "errors": {
            "statement_1": {
                "category": ["The selected category is invalid."],
                "puid": ["The puid format is invalid."],
            }
        }
    }
    assert not is_taken(database, good["puid"])
    stored = file_many(database, [good, a_statement()])
    assert stored.status_code == 201
    first = stored.json()["statements"][0]
    assert first["puid"] == good["puid"]
    assert first["decision_monetary"] is None
    assert first["category_addition"] == []
    assert "id" not in first


@pytest.mark.parametrize(
    "statements", [None, [], "one", [a_statement() for _ in range(101)]], ids=lambda v: str(v)[:10]
)
def test_a_batch_of_the_wrong_size_is_refused_as_a_whole(database: httpx2.Client, statements: Any) -> None:
    answer = file_many(database, statements)
    assert answer.status_code == 422
    assert answer.json().keys() == {"message", "errors"}
    assert answer.json()["errors"].keys() == {"statements"}


def test_a_hundred_statements_fit_in_one_batch(database: httpx2.Client) -> None:
    assert len(file_many(database, [a_statement() for _ in range(100)]).json()["statements"]) == 100


def test_an_array_for_a_text_and_an_element_that_is_no_object_break_the_server(database: httpx2.Client) -> None:
    assert file_one(database, a_statement(decision_facts=["a", "b"])).status_code == 500
    assert file_many(database, [a_statement(), "text"]).status_code == 500
    stored = file_many(database, [a_statement(decision_facts=["a", "b"])]).json()["statements"][0]
    assert database.get(stored["self"]).json()["decision_facts"] == '["a","b"]'


def test_a_puid_is_taken_for_ever_and_its_repeat_is_422_never_409(database: httpx2.Client) -> None:
    sent = a_statement()
    assert not is_taken(database, sent["puid"])
    file_one(database, sent)
    assert is_taken(database, sent["puid"])
    message = "The identifier given is not unique within this platform."
    for repeat in (sent, {**a_statement(), "puid": sent["puid"]}):
        answer = file_one(database, repeat)
        assert answer.status_code == 422
        assert answer.json() == {"message": message, "errors": {"puid": [message]}, "existing": {"puid": sent["puid"]}}


def test_puids_that_differ_only_in_case_may_collide(database: httpx2.Client) -> None:
    file_one(database, a_statement(puid="Case-A-1"))
    assert file_one(database, a_statement(puid="case-a-1")).status_code == 422


def test_a_batch_with_a_taken_puid_stores_nothing_and_names_it(database: httpx2.Client) -> None:
    old, new = a_statement(), a_statement()
    file_one(database, old)
    answer = file_many(database, [new, old])
    message = "The platform identifier(s) are not all unique within this call."
    assert answer.status_code == 422
    assert answer.json() == {"message": message, "errors": {"puid": [message], "existing_puids": [old["puid"]]}}
    assert not is_taken(database, new["puid"])


def test_a_repeat_within_one_batch_leaves_a_puid_taken_although_nothing_is_stored(database: httpx2.Client) -> None:
    twice = a_statement()
    assert file_many(database, [twice, twice]).json()["errors"]["existing_puids"] == [twice["puid"]]
    assert is_taken(database, twice["puid"]), "existing-puid lies"
    assert file_one(database, twice).status_code == 422, "and a resend is refused"
    filed = database.get("/control/statements", params={"puid": twice["puid"]}).json()
    assert filed["statements"] == []


def test_the_cache_that_lies_forgets_after_two_days_and_the_table_never(tmp_path: Path) -> None:
    now = [datetime(2026, 11, 22, tzinfo=UTC)]
    world = TransparencyDatabase(tmp_path, parse_tokens("1|synthetic-secret"), clock=lambda: now[0])
    client = TestClient(world.app, headers={"authorization": "Bearer 1|synthetic-secret"})
    trapped, stored = a_statement(), a_statement()
    client.post("/api/v1/statements", json={"statements": [trapped, trapped]})
    client.post("/api/v1/statement", json=stored)
    now[0] += timedelta(days=2, seconds=1)
    assert client.post("/api/v1/statement", json=trapped).status_code == 201
    assert client.post("/api/v1/statement", json=stored).status_code == 422
    world.close()


def test_a_second_request_while_the_first_is_in_flight_is_refused_though_nothing_is_stored_yet(
    launched: Launched, database: httpx2.Client
) -> None:
    sent = a_statement()
    database.post("/control/processing", json={"seconds": 0.5})
    statuses: list[int] = []

    def attempt() -> None:
        with a_client(launched) as mine:
            statuses.append(file_one(mine, sent).status_code)

    attempts = [threading.Thread(target=attempt) for _ in range(2)]
    for thread in attempts:
        thread.start()
    for thread in attempts:
        thread.join()
    assert sorted(statuses) == [201, 422]


def test_a_statement_stored_with_its_answer_lost_is_there_and_its_repeat_is_422(database: httpx2.Client) -> None:
    sent = a_statement()
    database.post("/control/faults", json={"wrong": "apply_then_500", "times": 1})
    assert file_one(database, sent).status_code == 500
    assert file_one(database, sent).status_code == 422
    [stored] = database.get("/control/statements", params={"puid": sent["puid"]}).json()["statements"]
    assert stored["decision_facts"] == sent["decision_facts"]
    lost = a_statement()
    database.post("/control/faults", json={"wrong": "apply_then_lost", "times": 1})
    with pytest.raises(httpx2.TransportError):
        file_one(database, lost)
    assert is_taken(database, lost["puid"])


def test_a_database_that_is_down_answers_503_and_its_page_stays(database: httpx2.Client) -> None:
    database.post("/control/faults", json={"down": True})
    assert file_one(database, a_statement()).status_code == 503
    assert "failing now: down" in database.get("/").text


def test_the_pages_list_statements_and_show_one(database: httpx2.Client) -> None:
    stored = file_one(database, a_statement(decision_facts="<b>Bold</b> facts")).json()
    listing = database.get("/", params={"puid": stored["puid"]}).text
    assert stored["uuid"] in listing
    assert "cyber violence" in listing
    page = database.get(f"/statement/{stored['uuid']}").text
    assert "&lt;b&gt;Bold&lt;/b&gt; facts" in page


def test_the_log_tells_what_was_filed_and_refused_without_its_words(database: httpx2.Client) -> None:
    sent = a_statement(decision_facts="Words only the statement holds")
    file_one(database, sent)
    file_one(database, {**sent, "category": "x", "puid": sent["puid"]})
    entries = database.get("/control/log", params={"limit": "10000"}).json()["entries"]
    of_this = [(entry["http_status"], entry["fields"]) for entry in entries if entry["puids"] == [sent["puid"]]]
    assert of_this == [(201, []), (422, ["category"])]
    assert "Words only" not in json.dumps(entries)


def test_the_vocabulary_has_as_many_words_as_the_source() -> None:
    assert (len(CATEGORIES), len(KEYWORDS), len(COUNTRIES), len(LANGUAGES)) == (16, 69, 30, 184)


def test_kill_minus_nine_forgets_no_statement_and_no_puid(tmp_path: Path) -> None:
    launched = Launched(tmp_path).start()
    with a_client(launched) as database:
        sent = [a_statement() for _ in range(10)]
        uuids = [file_one(database, statement).json()["uuid"] for statement in sent]
    launched.stop(signal.SIGKILL)
    with launched, a_client(launched) as database:
        assert all(database.get(f"/api/v1/statement/{uuid}").status_code == 200 for uuid in uuids)
        assert {file_one(database, statement).status_code for statement in sent} == {422}
        database.post("/control/reset")
        assert file_one(database, sent[0]).status_code == 201
