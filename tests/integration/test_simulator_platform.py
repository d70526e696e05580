"""The simulated platform keeps the wire format of signed orders, and forgets nothing when it is killed."""

import base64
import hashlib
import hmac
import itertools
import json
import re
import signal
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from simulators.launching import Launched
from simulators.platform.appearance import mask
from simulators.platform.measures import REGIONS, in_force
from simulators.platform.signatures import SignatureRefused, Verifier, decode_secret

SINCE = "2026-11-22T10:00:00Z"
_numbers = itertools.count(1)


class Caller:
    """A platform's counterpart: signs what it sends as Standard Webhooks says."""

    def __init__(self, launched: Launched) -> None:
        self.http = httpx2.Client(base_url=launched.addresses["platform"], timeout=10)
        self._secret = launched.secret

    def headers(
        self, message_id: str, body: bytes, *, at: float | None = None, secret: str | None = None
    ) -> dict[str, str]:
        timestamp = str(int(at if at is not None else time.time()))
        key = base64.b64decode((secret or self._secret).removeprefix("whsec_"))
        digest = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
        signature = "v1," + base64.b64encode(digest).decode()
        return {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": signature}

    def order(self, order: dict[str, Any], **changed: str) -> httpx2.Response:
        body = json.dumps(order).encode()
        headers = {**self.headers(order["order_id"], body), "idempotency-key": order["order_id"], **changed}
        return self.http.post("/orders", content=body, headers=headers)

    def read(self, path: str) -> httpx2.Response:
        return self.http.get(path, headers=self.headers(f"read-{next(_numbers)}", b""))

    def users(self, method: str, path: str, values: dict[str, Any] | None = None) -> httpx2.Response:
        return self.http.request(method, f"/users-api/{path}", json=values)

    def a_post(self, text: str = "A mild post about gardens.", **more: Any) -> str:
        self.users("POST", "accounts", {"id": "ada", "display_name": "Ada (synthetic)"})
        answer = self.users("POST", "posts", {"id": f"post-{next(_numbers)}", "author_id": "ada", "text": text, **more})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def visitor(self, id: str, **query: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.http.get("/feed.json", params={"id": id, **query}).json()["items"]
        return items

    def fault(self, **fault: Any) -> None:
        assert self.http.post("/control/faults", json=fault).status_code == 200


def a_measure(kind: str = "hide", **more: Any) -> dict[str, Any]:
    return {"measure_id": f"m-{next(_numbers)}", "kind": kind, "since": SINCE, "until": None, "reach": [], **more}


def an_order(id: str, version: int, *measures: dict[str, Any], kind: str = "content", **more: Any) -> dict[str, Any]:
    return {
        "order_id": f"order-{next(_numbers)}",
        "tenant": "demo",
        "issued_at": SINCE,
        "target": {"kind": kind, "id": id},
        "target_version": version,
        "evidence": {"content_version": None},
        "state": {"measures": list(measures)},
        **more,
    }


@pytest.fixture(scope="module")
def launched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launched]:
    with Launched(tmp_path_factory.mktemp("world")) as launched:
        yield launched


@pytest.fixture
def caller(launched: Launched) -> Iterator[Caller]:
    caller = Caller(launched)
    yield caller
    caller.fault()
    caller.http.close()


def test_an_order_hides_a_post_and_a_later_empty_state_shows_it_again(caller: Caller) -> None:
    post = caller.a_post()
    hide = a_measure("hide")
    answer = caller.order(an_order(post, 1, hide))
    assert (answer.status_code, answer.json()["status"], answer.json()["target_version"]) == (200, "applied", 1)
    assert caller.visitor(post) == []
    read = caller.read(f"/targets/content/{post}").json()
    assert (read["target_version"], read["measures"], read["visible"], read["deleted"]) == (1, [hide], False, False)

    assert caller.order(an_order(post, 2)).json()["status"] == "applied"
    assert caller.visitor(post)[0]["text"] == "A mild post about gardens."
    assert caller.read(f"/targets/content/{post}").json()["visible"] is True


def test_equal_versions_are_repeated_and_older_ones_superseded_without_effect(caller: Caller) -> None:
    post = caller.a_post()
    newest = an_order(post, 5, a_measure("label"))
    applied_at = caller.order(newest).json()["applied_at"]
    assert caller.order(newest).json() == {"status": "repeated", "target_version": 5, "applied_at": applied_at}
    late = caller.order(an_order(post, 4, a_measure("remove")))
    assert (late.status_code, late.json()["status"], late.json()["target_version"]) == (200, "superseded", 5)
    assert caller.visitor(post)[0]["labels"] == ["label"]


def test_an_edit_between_capture_and_order_is_refused_and_applies_nothing(caller: Caller) -> None:
    post = caller.a_post()
    captured = caller.read(f"/subjects/content/{post}").json()["content_version"]
    now = caller.users("PATCH", f"content/{post}", {"text": "Other words."}).json()["content_version"]
    answer = caller.order(an_order(post, 1, a_measure(), evidence={"content_version": captured}))
    assert (answer.status_code, answer.json()) == (409, {"code": "edited", "content_version": now})
    assert caller.read(f"/targets/content/{post}").json()["target_version"] == 0
    assert caller.order(an_order(post, 1, a_measure(), evidence={"content_version": now})).status_code == 200


def test_an_order_that_took_effect_is_confirmed_again_although_the_content_was_edited_since(caller: Caller) -> None:
    post = caller.a_post()
    version = caller.read(f"/subjects/content/{post}").json()["content_version"]
    order = an_order(post, 1, a_measure(), evidence={"content_version": version})
    caller.order(order)
    caller.users("PATCH", f"content/{post}", {"text": "Other words."})
    assert caller.order(order).json()["status"] == "repeated"


def test_editing_back_to_the_old_words_is_still_a_new_content_version(caller: Caller) -> None:
    post = caller.a_post("First words.")
    versions = [caller.users("GET", f"content/{post}").json()["content_version"]]
    for text in ("Second words.", "First words."):
        versions.append(caller.users("PATCH", f"content/{post}", {"text": text}).json()["content_version"])
    assert len(set(versions)) == 3


def test_deletion_by_the_author_answers_410_and_an_undelete_stays_restricted(caller: Caller) -> None:
    post = caller.a_post()
    caller.users("DELETE", f"content/{post}")
    order = an_order(post, 3, a_measure())
    for _ in range(2):
        answer = caller.order(order)
        assert (answer.status_code, answer.json()) == (410, {"code": "deleted_by_author", "target_version": 3})
    assert caller.read(f"/subjects/content/{post}").json() == {"code": "deleted_by_author"}
    assert caller.read(f"/targets/content/{post}").json()["deleted"] is True
    caller.users("POST", f"content/{post}/undelete")
    assert caller.visitor(post) == []
    assert caller.read(f"/targets/content/{post}").json()["visible"] is False


def test_a_reversal_does_not_republish_what_its_author_deleted(caller: Caller) -> None:
    post = caller.a_post()
    caller.order(an_order(post, 1, a_measure()))
    caller.users("DELETE", f"content/{post}")
    assert caller.order(an_order(post, 2)).status_code == 410
    assert caller.visitor(post) == []


def test_what_was_destroyed_is_gone_whatever_is_ordered_later(caller: Caller) -> None:
    post = caller.a_post("Synthetic words that go.")
    remove, destroy = a_measure(), a_measure("destroy")
    caller.order(an_order(post, 1, remove))
    done = an_order(post, 2, remove, destroy)
    assert [caller.order(done).json()["status"] for _ in range(2)] == ["applied", "repeated"]
    restored = caller.order(an_order(post, 3))
    assert (restored.status_code, restored.json()) == (410, {"code": "destroyed", "target_version": 3})
    assert caller.order(an_order(post, 2, remove, destroy, order_id="late")).json()["status"] == "superseded"
    assert caller.read(f"/subjects/content/{post}").json() == {"code": "destroyed"}
    assert "go" not in caller.users("GET", f"content/{post}").json()["text"]
    assert caller.users("PATCH", f"content/{post}", {"text": "Again."}).status_code == 410
    assert caller.users("POST", f"content/{post}/undelete").status_code == 410


def test_unknown_targets_are_404(caller: Caller) -> None:
    assert caller.order(an_order("nowhere", 1)).json() == {"code": "unknown_target"}
    assert caller.read("/targets/content/nowhere").status_code == 404
    assert caller.read("/subjects/content/nowhere").status_code == 404


def test_an_id_with_path_tricks_is_an_id_like_any_other(caller: Caller) -> None:
    post = caller.a_post(id="../../orders?x=1#ä")
    escaped = "..%2F..%2Forders%3Fx%3D1%23%C3%A4"
    assert caller.read(f"/subjects/content/{escaped}").json()["id"] == post
    assert caller.order(an_order(post, 1, a_measure())).status_code == 200
    assert caller.http.get(f"/things/content/{escaped}").status_code == 200


@pytest.mark.parametrize(
    ("kind", "measure"), [("content", "suspend"), ("account", "hide"), ("content", "nonsense"), ("community", "warn")]
)
def test_a_measure_the_target_cannot_bear_is_422(caller: Caller, kind: str, measure: str) -> None:
    post = caller.a_post()
    caller.users("POST", "communities", {"id": "gardeners", "name": "Gardeners"})
    id = {"content": post, "account": "ada", "community": "gardeners"}[kind]
    answer = caller.order(an_order(id, 900, a_measure(measure), kind=kind))
    assert (answer.status_code, answer.json()["code"]) == (422, "unsupported_measure")
    assert caller.read(f"/targets/{kind}/{id}").json()["target_version"] < 900


def test_one_idempotency_key_with_two_bodies_is_422_even_if_the_first_was_refused(caller: Caller) -> None:
    post = caller.a_post()
    order = an_order("not-there-yet", 1, a_measure())
    assert caller.order(order).status_code == 404
    other = caller.order({**order, "target": {"kind": "content", "id": post}})
    assert (other.status_code, other.json()) == (422, {"code": "idempotency_mismatch"})
    assert caller.visitor(post) != []


def test_header_ids_that_differ_from_the_order_are_400(caller: Caller) -> None:
    order = an_order(caller.a_post(), 1)
    assert caller.order(order, **{"idempotency-key": "another"}).status_code == 400


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"target_version": 0}, "target_version"),
        ({"target_version": True}, "target_version"),
        ({"target_version": "1"}, "target_version"),
        ({"issued_at": "2026-11-22T10:00:00"}, "issued_at"),
        ({"target": {"kind": "galaxy", "id": "x"}}, "target.kind"),
        ({"target": {"kind": "content"}}, "target.id"),
        ({"state": {}}, "state.measures"),
        ({"state": {"measures": ["hide"]}}, "state.measures[0]"),
        ({"state": {"measures": [{"measure_id": "m", "kind": "hide", "since": "soon"}]}}, "state.measures[0].since"),
        ({"state": {"measures": [a_measure(reach=["everywhere"])]}}, "state.measures[0].reach"),
        ({"evidence": {"content_version": 3}}, "evidence.content_version"),
        ({"tenant": ""}, "tenant"),
    ],
)
def test_a_malformed_order_is_400_and_names_the_field(caller: Caller, change: dict[str, Any], field: str) -> None:
    answer = caller.order({**an_order(caller.a_post(), 1), **change})
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "malformed", field)


def test_a_body_that_is_no_json_or_too_large_is_refused(caller: Caller) -> None:
    for body, status in ((b"[]", 400), (b"{", 400), (b" " * 5_000_000, 413)):
        headers = {**caller.headers("o", body), "idempotency-key": "o"}
        assert caller.http.post("/orders", content=body, headers=headers).status_code == status


def test_wrong_missing_and_stale_signatures_are_401_and_change_nothing(caller: Caller) -> None:
    post = caller.a_post()
    order = an_order(post, 1, a_measure())
    body = json.dumps(order).encode()
    other_secret = "whsec_" + base64.b64encode(bytes(32)).decode()
    right = caller.headers(order["order_id"], body)
    attempts = {
        "missing_signature": {},
        "bad_signature": caller.headers(order["order_id"], body, secret=other_secret),
        "bad_timestamp": {**right, "webhook-timestamp": "yesterday"},
        "stale_timestamp": caller.headers(order["order_id"], body, at=time.time() - 301),
    }
    for code, headers in attempts.items():
        answer = caller.http.post("/orders", content=body, headers={**headers, "idempotency-key": order["order_id"]})
        assert (answer.status_code, answer.json()) == (401, {"code": code})
    future = caller.headers(order["order_id"], body, at=time.time() + 310)
    assert caller.http.post("/orders", content=body, headers=future).json() == {"code": "stale_timestamp"}
    tampered = caller.http.post("/orders", content=body.replace(b'"hide"', b'"demote"'), headers=right)
    assert tampered.json() == {"code": "bad_signature"}
    assert caller.http.get(f"/subjects/content/{post}").status_code == 401
    assert caller.visitor(post) != []


def test_one_right_signature_among_several_is_enough(caller: Caller) -> None:
    order = an_order(caller.a_post(), 1)
    body = json.dumps(order).encode()
    signature = caller.headers(order["order_id"], body)["webhook-signature"]
    assert caller.order(order, **{"webhook-signature": f"v2,x v1,AAAA {signature}"}).status_code == 200


def test_the_published_standard_webhooks_example_verifies_and_no_other_does() -> None:
    moment = datetime.fromtimestamp(1614265330, UTC)
    verifier = Verifier((decode_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),), lambda: moment)
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    assert verifier.verify(headers, b'{"test": 2432232314}') == headers["webhook-id"]
    with pytest.raises(SignatureRefused, match="bad_signature"):
        verifier.verify(headers, b'{"test": 2432232315}')


def test_a_snapshot_tells_author_community_thread_and_counters(caller: Caller) -> None:
    caller.users("POST", "accounts", {"id": "grace", "display_name": "Grace (synthetic)", "country": "DE"})
    caller.users("POST", "communities", {"id": "gardeners", "name": "Gardeners"})
    attachment = {"name": "rose.png", "media_type": "image/png", "sha256": "ab" * 32}
    more = {"community_id": "gardeners", "attachments": [attachment], "likes": 3, "reach": 12, "surface": "group"}
    post = caller.a_post(country="DE", language="de", sensitive=True, **more)
    caller.users("POST", "comments", {"id": f"{post}-c", "author_id": "grace", "parent_id": post, "text": "Lovely."})
    snapshot = caller.read(f"/subjects/content/{post}").json()
    assert snapshot["text"] == "A mild post about gardens.", "who judges sees what was written, not dots"
    assert snapshot["author"]["address"] == "ada@example.invalid"
    assert snapshot["community"] == {"id": "gardeners", "name": "Gardeners"}
    assert [(line["id"], line["author_id"], line["text"]) for line in snapshot["thread"]] == [
        (f"{post}-c", "grace", "Lovely.")
    ]
    assert (snapshot["attachments"], snapshot["counters"]) == ([attachment], {"likes": 3, "reach": 12})
    assert (snapshot["surface"], snapshot["language"], snapshot["country"]) == ("group", "de", "DE")
    comment = caller.read(f"/subjects/content/{post}-c").json()
    assert comment["thread"][0]["id"] == post
    assert caller.read("/subjects/account/grace").json()["author"]["account_id"] == "grace"
    assert caller.read("/subjects/community/gardeners").json()["kind"] == "community"


def test_a_transaction_is_a_subject_and_a_target(caller: Caller) -> None:
    caller.a_post()
    values = {"id": "sale-1", "author_id": "ada", "text": "A rose bush", "amount": "12.50", "currency": "EUR"}
    assert caller.users("POST", "transactions", values).status_code == 201
    assert caller.order(an_order("sale-1", 1, a_measure("hold"), kind="transaction")).json()["status"] == "applied"
    assert caller.read("/subjects/transaction/sale-1").json()["text"] == "A rose bush"


def test_the_platform_says_what_it_can_carry_out_to_whoever_signs(caller: Caller) -> None:
    kinds = caller.read("/capabilities").json()["kinds"]
    assert kinds["transaction"] == ["hide", "hold", "label", "refuse", "release", "remove"]
    for kind, measures in (("account", "strike"), ("community", "replace_owner"), ("content", "limit_interaction")):
        assert measures in kinds[kind]


def test_nobody_writes_in_a_read_only_community_and_a_limited_feature_is_refused(caller: Caller) -> None:
    caller.users("POST", "accounts", {"id": "olive", "display_name": "Olive (synthetic)"})
    caller.users("POST", "communities", {"id": "weeders", "name": "Weeders", "author_id": "olive"})
    caller.order(an_order("weeders", 1, a_measure("read_only"), kind="community"))
    draft = {"id": f"post-{next(_numbers)}", "author_id": "olive", "text": "Hello.", "community_id": "weeders"}
    assert caller.users("POST", "posts", draft).json()["code"] == "community_read_only"
    caller.order(an_order("weeders", 2, a_measure("delist"), kind="community"))
    assert caller.users("POST", "posts", draft).status_code == 201
    caller.order(an_order("olive", 1, {**a_measure("limit"), "scope": ["posting"]}, kind="account"))
    other = {**draft, "id": f"post-{next(_numbers)}"}
    assert caller.users("POST", "posts", other).json()["code"] == "feature_limited"
    caller.order(an_order("olive", 2, {**a_measure("limit"), "scope": ["messaging"]}, kind="account"))
    assert caller.users("POST", "posts", other).status_code == 201


def test_a_suspended_account_cannot_post_and_can_again_afterwards(caller: Caller) -> None:
    caller.users("POST", "accounts", {"id": "mallory", "display_name": "Mallory (synthetic)"})
    caller.order(an_order("mallory", 1, a_measure("suspend"), kind="account"))
    draft = {"id": f"post-{next(_numbers)}", "author_id": "mallory", "text": "Hello."}
    refused = caller.users("POST", "posts", draft)
    assert (refused.status_code, refused.json()["code"]) == (403, "account_suspended")
    bulk = caller.users("POST", "bulk", {"posts": [draft]}).json()
    assert bulk == {
        "created": 0,
        "existing": 0,
        "refused": [{"collection": "posts", "index": 0, "code": "account_suspended"}],
    }
    caller.order(an_order("mallory", 2, kind="account"))
    assert caller.users("POST", "posts", draft).status_code == 201


def test_gates_withhold_the_words_from_the_feed_and_demotion_puts_last(caller: Caller) -> None:
    gated, demoted = caller.a_post(), caller.a_post()
    caller.order(an_order(gated, 1, a_measure("age_gate"), a_measure("interstitial")))
    caller.order(an_order(demoted, 1, a_measure("demote")))
    item = caller.visitor(gated)[0]
    assert (item["gate"], item["text"]) == ("age_gate", None)
    assert caller.visitor(gated, open=gated)[0]["text"] == "A mild post about gardens."
    assert caller.read(f"/targets/content/{gated}").json()["visible"] is True
    newest = caller.http.get("/feed.json", params={"limit": "2"}).json()["items"]
    assert [entry["id"] for entry in newest] == [gated, demoted]


def test_what_a_limited_account_posts_comes_last_and_its_sensitive_name_is_dots(caller: Caller) -> None:
    values = {"id": "loud", "display_name": "Loud (synthetic)", "sensitive": True}
    caller.users("POST", "accounts", values)
    caller.order(an_order("loud", 1, a_measure("limit"), a_measure("warn"), kind="account"))
    quiet, loud = caller.a_post(), caller.a_post(author_id="loud")
    newest = caller.http.get("/feed.json", params={"limit": "2"}).json()["items"]
    assert [(entry["id"], entry["demoted"]) for entry in newest] == [(quiet, False), (loud, True)]
    assert newest[1]["author"]["display_name"] == "•••• (•••••••••)"
    page = caller.http.get("/").text
    assert "author limited" in page
    assert "Loud (" not in page


def test_what_is_in_a_hidden_community_or_below_a_hidden_post_is_not_in_the_feed(caller: Caller) -> None:
    caller.users("POST", "communities", {"id": "closed", "name": "Closed"})
    post, below = caller.a_post(community_id="closed"), caller.a_post()
    caller.users("POST", "comments", {"id": f"{below}-c", "author_id": "ada", "parent_id": below, "text": "Mine."})
    caller.order(an_order("closed", 1, a_measure("hide"), kind="community"))
    caller.order(an_order(f"{below}-c", 1, a_measure("hide")))
    assert caller.visitor(post) == []
    assert caller.visitor(below)[0]["comments"] == []


def test_reach_restricts_only_there_and_a_visitor_from_nowhere_sees_what_is_visible_everywhere(caller: Caller) -> None:
    post = caller.a_post()
    caller.order(an_order(post, 1, a_measure("hide", reach=["EU"])))
    assert caller.visitor(post, country="DE") == []
    assert caller.visitor(post) == []
    assert caller.visitor(post, country="US")[0]["id"] == post
    assert len(REGIONS["EU"]) == 27
    assert len(REGIONS["EEA"]) == 30


def test_a_measure_ends_by_itself_at_its_until() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    measure = a_measure(until=(now + timedelta(days=7)).isoformat())
    assert in_force([measure], now, None) == [measure]
    assert in_force([measure], now + timedelta(days=7), None) == []


def test_two_tenants_orders_on_one_target_do_not_hide_behind_each_other(caller: Caller) -> None:
    post = caller.a_post()
    caller.order(an_order(post, 7, a_measure("label")))
    other = caller.order({**an_order(post, 1, a_measure("hide")), "tenant": "other"})
    assert other.json()["status"] == "applied"
    assert caller.read(f"/targets/content/{post}?tenant=other").json()["target_version"] == 1
    both = caller.read(f"/targets/content/{post}").json()
    assert (both["target_version"], len(both["measures"]), both["visible"]) == (7, 2, False)


def test_sensitive_words_are_dots_in_every_view_until_someone_asks_and_asking_is_logged(caller: Caller) -> None:
    words = "Zinnias quarrel loudly"
    post = caller.a_post(words, sensitive=True)
    flagged = caller.a_post(words, masked=True)
    assert caller.visitor(post)[0]["text"] == mask(words) == "••••••• ••••••• ••••••"
    for page in ("/", f"/things/content/{post}", "/orders"):
        assert "Zinnias" not in caller.http.get(page).text
    assert "Zinnias" in caller.http.get("/", params={"reveal": post}).text
    log = caller.http.get("/control/log", params={"limit": "10000"}).json()["entries"]
    assert any(entry["event"] == "reveal" and entry["id"] == post for entry in log)
    assert words not in json.dumps(log)

    assert caller.http.post("/control/masking", json={"mode": "off"}).status_code == 200
    assert caller.visitor(post)[0]["text"] == words
    assert caller.visitor(flagged)[0]["masked"] is True
    caller.http.post("/control/masking", json={"mode": "sensitive"})
    assert caller.http.post("/control/masking", json={"mode": "loud"}).status_code == 422


def test_pages_escape_what_users_write_and_run_no_script(caller: Caller) -> None:
    post = caller.a_post("<script>alert(1)</script>")
    page = caller.http.get(f"/things/content/{post}")
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_the_pages_show_states_and_orders_with_their_repeats(caller: Caller) -> None:
    post = caller.a_post()
    order = an_order(post, 1, a_measure("remove"))
    caller.order(order)
    caller.order(order)
    feed = caller.http.get("/").text
    assert 'stop">removed' in feed
    orders = caller.http.get("/orders", params={"id": post}).text
    assert "200 applied" in orders
    assert "200 repeated" in orders
    assert "came 1× before" in orders


def test_author_place_and_time_of_a_post_stand_apart(caller: Caller) -> None:
    post = caller.a_post()
    page = caller.http.get(f"/things/content/{post}").text
    byline = re.sub(r"<[^>]+>", "", page.partition('<div class="by">')[2].partition("</div>")[0])
    assert byline.count("·") >= 2
    assert re.findall(r"\S·|·\S|\w+in ", byline) == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"display_name": "A", "address": "someone@example.org"}, "address"),
        ({"display_name": "A", "address": "someone@notinvalid"}, "address"),
        ({}, "display_name"),
        ({"display_name": "A", "country": "Germany"}, "country"),
        ({"display_name": "A", "created_at": "2026-11-22T10:00:00"}, "created_at"),
        ({"display_name": "A", "shoe_size": 42}, "shoe_size"),
    ],
)
def test_a_synthetic_user_is_checked_and_never_has_a_reachable_address(
    caller: Caller, values: dict[str, Any], field: str
) -> None:
    answer = caller.users("POST", "accounts", values)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_creating_the_same_again_is_quiet_and_something_else_under_its_id_is_refused(caller: Caller) -> None:
    draft = {"id": "again", "author_id": "ada", "text": "Once."}
    caller.a_post()
    assert [caller.users("POST", "posts", draft).status_code for _ in range(2)] == [201, 200]
    assert caller.users("POST", "posts", {**draft, "text": "Twice."}).json()["code"] == "id_taken"


def test_a_bulk_is_created_in_order_or_not_at_all(caller: Caller) -> None:
    bulk = {
        "comments": [{"id": "bulk-c", "author_id": "bulk-a", "parent_id": "bulk-p", "text": "Yes."}],
        "posts": [{"id": "bulk-p", "author_id": "bulk-a", "text": "Well?"}],
        "accounts": [{"id": "bulk-a", "display_name": "Bulk (synthetic)"}],
    }
    spoilt = {**bulk, "posts": [*bulk["posts"], {"author_id": "nobody", "text": "Hm."}]}
    refused = caller.users("POST", "bulk", spoilt)
    assert (refused.status_code, refused.json()["field"]) == (422, "posts[1].author_id")
    assert caller.users("GET", "account/bulk-a").status_code == 404
    assert caller.users("POST", "bulk", bulk).json() == {"created": 3, "existing": 0, "refused": []}
    assert caller.users("POST", "bulk", bulk).json() == {"created": 0, "existing": 3, "refused": []}


def test_a_platform_that_is_down_processes_nothing_but_its_pages_stay(caller: Caller) -> None:
    post = caller.a_post()
    caller.fault(down=True, retry_after_seconds=7)
    answer = caller.order(an_order(post, 1, a_measure()))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
    assert caller.read(f"/targets/content/{post}").status_code == 503
    assert "failing now: down" in caller.http.get("/").text
    assert caller.visitor(post) != []
    caller.fault()
    assert caller.read(f"/targets/content/{post}").json()["target_version"] == 0


@pytest.mark.parametrize("wrong", ["500", "garbage", "lost"])
def test_a_wrong_answer_without_work_leaves_the_order_to_be_done(caller: Caller, wrong: str) -> None:
    post = caller.a_post()
    order = an_order(post, 1, a_measure())
    caller.fault(wrong=wrong, times=1)
    if wrong == "lost":
        with pytest.raises(httpx2.TransportError):
            caller.order(order)
    else:
        answer = caller.order(order)
        assert answer.status_code == (500 if wrong == "500" else 200)
        assert wrong == "500" or answer.text == '{"status": "app'
    assert caller.order(order).json()["status"] == "applied", "the fault met one request and healed"


@pytest.mark.parametrize("wrong", ["apply_then_500", "apply_then_lost", "apply_then_timeout"])
def test_work_done_with_the_answer_lost_is_confirmed_by_the_repeat(caller: Caller, wrong: str) -> None:
    post = caller.a_post()
    order = an_order(post, 1, a_measure())
    caller.fault(wrong=wrong, times=1, paths=["/orders"])
    body = json.dumps(order).encode()
    headers = {**caller.headers(order["order_id"], body), "idempotency-key": order["order_id"]}
    if wrong == "apply_then_500":
        assert caller.order(order).status_code == 500
    else:
        with pytest.raises(httpx2.TransportError):
            caller.http.post("/orders", content=body, headers=headers, timeout=0.5)
    assert caller.visitor(post) == []
    assert caller.order(order).json()["status"] == "repeated"


def test_a_slow_platform_answers_late_and_rightly(caller: Caller) -> None:
    post = caller.a_post()
    caller.fault(delay_seconds=0.3)
    began = time.monotonic()
    assert caller.order(an_order(post, 1, a_measure())).json()["status"] == "applied"
    assert time.monotonic() - began >= 0.3


@pytest.mark.parametrize(
    "fault", [{"wrong": "500s"}, {"delay_seconds": -1}, {"down": "yes"}, {"speed": 1}, {"times": 0}]
)
def test_a_misspelt_fault_is_refused_by_name(caller: Caller, fault: dict[str, Any]) -> None:
    answer = caller.http.post("/control/faults", json=fault)
    assert (answer.status_code, answer.json()["field"]) == (422, next(iter(fault)))
    assert caller.http.get("/control/faults").json()["wrong"] == "none"


def test_orders_at_once_end_with_the_highest_version_in_force(caller: Caller) -> None:
    post = caller.a_post()
    orders = [an_order(post, version, a_measure("label", label=f"v{version}")) for version in range(1, 21)]
    threads = [threading.Thread(target=caller.order, args=(order,)) for order in (*orders[::-1], *orders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert caller.visitor(post)[0]["labels"] == ["v20"]
    log = [entry for entry in caller.http.get("/control/log?limit=10000").json()["entries"] if entry["id"] == post]
    applied = [entry["target_version"] for entry in log if entry["outcome"] == "applied"]
    assert applied == sorted(applied)


def test_kill_minus_nine_forgets_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    launched = Launched(tmp_path).start()
    caller = Caller(launched)
    post = caller.a_post()
    caller.users("PATCH", f"content/{post}", {"text": "Edited."})
    orders = [an_order(post, version, a_measure()) for version in range(1, 30)]
    for order in orders:
        assert caller.order(order).status_code == 200
    before = caller.read(f"/targets/content/{post}").json()
    log = caller.http.get("/control/log").json()
    assert launched.stop(signal.SIGKILL) == -signal.SIGKILL

    with launched:
        caller = Caller(launched)
        assert caller.read(f"/targets/content/{post}").json() == before
        assert caller.http.get("/control/log").json() == log
        assert caller.order(orders[-1]).json()["status"] == "repeated"
        changed = {**orders[-1], "target_version": 99}
        assert caller.order(changed).json() == {"code": "idempotency_mismatch"}
        caller.http.post("/control/reset")
        assert caller.http.get("/control/log").json() == {"entries": []}
        assert caller.read(f"/targets/content/{post}").status_code == 404
