"""Reviewers' pages over HTTP: who gets in, what a form must bring, what headers guard, and who sees content."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx2
import pytest

from api.http.review_sessions import COOKIE, LASTS
from cases.case import CaseStage
from cases.decisions import Decision, Outcome
from cases.events import DecisionProposed, SecondLookTaken
from cases.evidence import EvidenceOrigin, EvidenceVersion
from cases.matters import PackRef
from cases.projection import Projection, ReviewTask
from record import events, evidence, inbox, texts
from tests.builders import a_report, an_assessment, an_event, captured, terms, triaged
from tests.conftest import Database
from tests.integration.gateway_kit import PACKS, REPORT, START, Gateway, a_gateway
from tests.integration.test_gateway_review import HEARING, MATTER

SECRET_WORDS = "synthetic words of a reporter"


@pytest.fixture
async def gateway(postgres: Database) -> AsyncIterator[Gateway]:
    async with a_gateway(postgres) as one:
        yield one


async def signed_in(gateway: Gateway, name: str = "rev-1", place: str = "/review/queue") -> httpx2.Response:
    """A browser that keeps its cookie, signed in."""
    gateway.http.cookies.clear()
    return await gateway.http.post("/review/sign-in", data={"token": name, "next": place})


async def form_token(gateway: Gateway, path: str = "/review/queue") -> str:
    found = re.search(r'name="form" value="([0-9a-f]{64})"', (await gateway.http.get(path)).text)
    assert found
    return found.group(1)


async def a_case(gateway: Gateway, task: ReviewTask = MATTER) -> str:
    case_id: str = (await gateway.post("/v1/reports", REPORT)).json()["case_id"]
    projection = Projection(stage=CaseStage.IN_REVIEW, tasks=(task,))
    await events.append(gateway.record, case_id, (), gateway.clock.now, projection)
    return case_id


async def test_a_token_becomes_a_cookie_that_no_script_and_no_other_site_gets(gateway: Gateway):
    answer = await signed_in(gateway)
    cookie = answer.headers["set-cookie"]

    assert (answer.status_code, answer.headers["location"]) == (303, "/review/queue")
    for part in ("HttpOnly", "SameSite=strict", "Path=/review", "Max-Age=36000"):
        assert part in cookie
    assert "rev-1" not in cookie
    assert "Take the next" in (await gateway.http.get("/review/queue")).text


async def test_a_wrong_token_gets_no_session_and_a_service_no_pages(gateway: Gateway):
    wrong, service = await signed_in(gateway, "nobody"), await signed_in(gateway, "service")

    assert (wrong.status_code, "No person here has this token" in wrong.text) == (401, True)
    assert service.status_code == 403
    assert "set-cookie" not in wrong.headers | service.headers


async def test_who_is_signed_out_is_sent_to_sign_in_and_back(gateway: Gateway):
    answer = await gateway.http.get("/review/on-call")

    assert (answer.status_code, answer.headers["location"]) == (303, "/review/sign-in?next=/review/on-call")


@pytest.mark.parametrize(
    "place", ["https://evil.invalid/", "//evil.invalid", "/review//evil.invalid", "/v1/queue", "\\\\x"]
)
async def test_signing_in_leads_to_no_other_place_than_ours(gateway: Gateway, place: str):
    assert (await signed_in(gateway, place=place)).headers["location"] == "/review/queue"


async def test_a_session_ends_by_itself_and_a_changed_cookie_is_none(gateway: Gateway):
    await signed_in(gateway)
    good = gateway.http.cookies[COOKIE]
    body, _, signature = good.partition(".")
    gateway.http.cookies.clear()

    async def status(cookie: str) -> int:
        return (await gateway.http.get("/review/queue", headers={"cookie": f"{COOKIE}={cookie}"})).status_code

    for bad in (f"{body}x.{signature}", f"{body}.{signature[::-1]}", "", "x.y"):
        assert await status(bad) == 303, bad
    assert await status(good) == 200
    gateway.clock.forward(LASTS + timedelta(seconds=1))
    assert await status(good) == 303


async def test_a_form_of_somebody_elses_making_does_nothing(gateway: Gateway):
    case_id = await a_case(gateway)
    await signed_in(gateway)
    claim = {"stream": case_id, "task_id": "harassment/1"}
    for fields in (claim, {**claim, "form": "0" * 64}):
        assert (await gateway.http.post("/review/claim", data=fields)).status_code == 403
    own = {**claim, "form": await form_token(gateway)}
    foreign = await gateway.http.post("/review/claim", data=own, headers={"sec-fetch-site": "cross-site"})

    assert foreign.status_code == 403
    assert (await gateway.http.post("/review/claim", data=own)).headers["location"] == f"/review/cases/{case_id}"


@pytest.mark.parametrize("path", ["/review/queue", "/review/sign-in", "/review/cases/nothing", "/review/no-such-page"])
async def test_every_page_is_guarded_errors_included(gateway: Gateway, path: str):
    await signed_in(gateway)
    answer = await gateway.http.get(path)
    policy = answer.headers["content-security-policy"]

    assert answer.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "<style" not in answer.text
    assert not re.search(r"<script(?! src)|\son\w+=|\sstyle=", answer.text)


async def test_style_and_script_are_kept_by_their_hash(gateway: Gateway):
    await signed_in(gateway)
    page = (await gateway.http.get("/review/queue")).text
    for address in re.findall(r'(?:src|href)="(/review/static/[^"]+)"', page):
        answer = await gateway.http.get(address)
        assert (answer.status_code, "immutable" in answer.headers["cache-control"]) == (200, True)
    assert (await gateway.http.get("/review/static/0000000000000000/review.js")).status_code == 404
    assert (await gateway.http.get("/review/static/0000000000000000/base.html.j2")).status_code == 404


async def test_content_is_for_who_holds_the_claim(gateway: Gateway):
    case_id = await a_case(gateway)
    await signed_in(gateway)
    fields = {"form": await form_token(gateway), "stream": case_id, "level": "clear"}
    unclaimed = await gateway.http.post("/review/reveal", data=fields)
    page = await gateway.http.get(f"/review/cases/{case_id}")

    assert unclaimed.status_code == 403
    assert "claim it first" in unclaimed.text
    assert page.status_code == 200
    assert SECRET_WORDS not in page.text
    assert "The content is shown to the reviewer who holds the task." in page.text


async def test_who_holds_the_task_reads_what_reporters_say_and_not_who_they_are(gateway: Gateway):
    case_id = await a_case(gateway)
    facts = EvidenceVersion(version=0, digest="", origin=EvidenceOrigin.NOTHING, captured_at=gateway.clock.now)
    await evidence.keep(gateway.record, case_id, b'{"text": ""}', facts)
    for number, words in ((2, SECRET_WORDS), (3, "synthetic: call him an idiot")):  # said twice, told once
        again = {
            **REPORT,
            "message_id": f"m-{number}",
            "reason": words,
            "reporter": {"account_id": f"account-{number}"},
        }
        await gateway.post("/v1/reports", again)
    await signed_in(gateway)
    fields = {"form": await form_token(gateway), "stream": case_id, "task_id": "harassment/1", "acknowledged": "yes"}
    await gateway.http.post("/review/claim", data=fields)
    unread = (await gateway.http.get(f"/review/cases/{case_id}")).text
    page = (await gateway.http.post("/review/reveal", data={**fields, "level": "masked"})).text

    assert SECRET_WORDS not in unread, "before anything was asked for"
    assert page.count(SECRET_WORDS) == 1
    assert ("idiot" in page, "•••••" in page) == (False, True)
    assert not any(name in page for name in ("account-9", "account-2", "reporter@example.invalid"))
    assert "Nothing was captured: the platform does not have it any more" in page


async def test_another_tenants_case_is_none(gateway: Gateway):
    case_id = await a_case(gateway)
    await signed_in(gateway, "other-rev")

    assert (await gateway.http.get(f"/review/cases/{case_id}")).status_code == 404


async def test_loads_are_for_leads_and_a_lead_takes_no_task(gateway: Gateway):
    case_id = await a_case(gateway)
    await signed_in(gateway)
    assert (await gateway.http.get("/review/lead")).status_code == 403
    await signed_in(gateway, "operator")
    claim = {"form": "", "stream": case_id, "task_id": "x"}

    assert (await gateway.http.get("/review/lead")).status_code == 200
    assert (await gateway.http.post("/review/claim", data=claim)).status_code == 403


async def test_a_decision_that_says_no_reason_comes_back_as_it_was_filled_in(gateway: Gateway):
    case_id = await a_case(gateway, HEARING.evolve(excluded=()))
    await signed_in(gateway)
    form = await form_token(gateway)
    await gateway.http.post("/review/claim", data={"form": form, "stream": case_id, "task_id": "appeal"})
    page = (await gateway.http.get(f"/review/cases/{case_id}")).text
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token
    fields = {"form": form, "stream": case_id, "token": token.group(1), "decision_id": "d-7", "outcome": "upheld"}
    answer = await gateway.http.post("/review/decide", data={**fields, "rationale": ""})

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "rationale" in answer.text
    assert re.search(r'value="upheld"[^>]*checked', answer.text)
    assert 'name="decision_id" value="d-7"' in answer.text


async def test_who_decides_anew_reads_why_the_second_person_did_not_agree(gateway: Gateway):
    case_id = await a_case(gateway)
    why = await texts.put(gateway.record, case_id, "rationale", "synthetic doubts of a colleague", "rev-2", START)
    proposal = Decision(
        **{"decision_id": "d-1", "digest": "x", "matter_id": "harassment/1", "outcome": "violation", "by": "rev-9"},
        **{"automated": False, "decided_at": START, "evidence_version": 1},
    )
    look = SecondLookTaken(decision_id="d-1", by="rev-2", agrees=False, outcome=Outcome.NO_VIOLATION, reason_id=why)
    happened = [
        an_event("proposal:d-1", DecisionProposed(decision=proposal), START),
        an_event("second:d-2", look, START),
    ]
    await inbox.take(gateway.record, case_id, (), START)
    pack = PACKS.active("baseline")
    opened = terms(pack=PackRef(pack_id=pack.id, version=pack.version, digest=pack.digest))
    before = (captured(), triaged(an_assessment(terms=opened)))
    projection = Projection(stage=CaseStage.IN_REVIEW, tasks=(MATTER,))
    await events.append(gateway.record, case_id, (*before, *happened), START, projection)
    await signed_in(gateway)
    page = (await gateway.http.get(f"/review/cases/{case_id}")).text
    assert "a second person found otherwise" in page
    assert "synthetic doubts" not in page
    fields = {"form": await form_token(gateway), "stream": case_id, "task_id": MATTER.task_id}
    await gateway.http.post("/review/claim", data=fields)

    assert "synthetic doubts of a colleague" in (await gateway.http.get(f"/review/cases/{case_id}")).text


async def test_opting_out_is_a_form_and_a_lead_sees_who_may_take_nothing(gateway: Gateway):
    await a_case(gateway, MATTER.evolve(severity=1, area="harassment"))
    await signed_in(gateway)
    form = {"form": await form_token(gateway, "/review/you"), "area-harassment": "yes"}
    kept = await gateway.http.post("/review/opt-outs", data=form)
    assert kept.headers["location"] == "/review/you?done=kept"
    assert re.search(r'name="area-harassment" value="yes" checked', (await gateway.http.get("/review/you")).text)

    await signed_in(gateway, "operator")
    assert (await gateway.http.get("/review/you")).status_code == 403
    for path in ("/review/lead", "/review/on-call"):
        assert "Nobody known here may take now" in (await gateway.http.get(path)).text


async def test_signing_out_ends_the_session_wherever_its_cookie_was_copied_to(gateway: Gateway):
    await signed_in(gateway)
    copied = {"cookie": f"{COOKIE}={gateway.http.cookies[COOKIE]}"}
    form = {"form": await form_token(gateway)}
    gateway.http.cookies.clear()
    assert (await gateway.http.get("/review/queue", headers=copied)).status_code == 200

    out = await gateway.http.post("/review/sign-out", data=form, headers=copied)
    assert (out.status_code, out.headers["location"]) == (303, "/review/sign-in")
    assert "Max-Age=0" in out.headers["set-cookie"]
    assert (await gateway.http.get("/review/queue", headers=copied)).status_code == 303
    await signed_in(gateway)
    assert (await gateway.http.get("/review/queue")).status_code == 200, (
        "another session of the same person is their own"
    )


async def test_nobody_is_signed_out_by_somebody_elses_form(gateway: Gateway):
    await signed_in(gateway)
    form = {"form": await form_token(gateway)}
    for fields, headers in (({"form": "0" * 64}, {}), (form, {"sec-fetch-site": "cross-site"})):
        answer = await gateway.http.post("/review/sign-out", data=fields, headers=headers)
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
    assert (await gateway.http.get("/review/queue")).status_code == 200


async def test_a_session_that_somebody_else_set_is_not_the_one_that_is_signed_in(gateway: Gateway):
    await signed_in(gateway)
    planted = gateway.http.cookies[COOKIE]
    answer = await gateway.http.post(
        "/review/sign-in", data={"token": "rev-2", "next": ""}, headers={"cookie": f"{COOKIE}={planted}"}
    )
    assert answer.status_code == 303
    assert planted not in answer.headers["set-cookie"]


async def test_every_form_of_every_page_refuses_who_brings_no_token_of_their_session(gateway: Gateway):
    case_id = await a_case(gateway)
    await signed_in(gateway)
    claim = {"form": await form_token(gateway), "stream": case_id, "task_id": "harassment/1"}
    await gateway.http.post("/review/claim", data=claim)
    pages = [
        (await gateway.http.get(f"/review/{one}")).text for one in (f"cases/{case_id}", "queue", "you", "conflicts")
    ]
    actions = {one for page in pages for one in re.findall(r'method="post" action="([^"#]+)', page)}

    assert len(actions) >= 7
    for action in actions:
        assert (await gateway.http.post(action, data={"stream": case_id})).status_code == 403, action


@pytest.mark.parametrize("kept", ["", "{}", "[]", "nonsense", '{"rationale": 1}', '{"rationale": "x", "stream": "y"}'])
async def test_what_is_no_form_of_ours_is_not_kept_through_signing_in(gateway: Gateway, kept: str):
    answer = await gateway.http.post("/review/sign-in", data={"token": "rev-1", "next": "/review/you", "kept": kept})
    assert (answer.status_code, answer.headers["location"]) == (303, "/review/you")


async def test_words_come_back_to_the_browser_that_sent_them_and_to_no_other_site(gateway: Gateway):
    written = {"stream": await a_case(gateway), "rationale": "synthetic words of a reviewer", "outcome": "violation"}
    gateway.http.cookies.clear()
    over = await gateway.http.post("/review/decide", data=written)
    assert (over.status_code, "synthetic words" in over.text) == (401, True)
    foreign = await gateway.http.post("/review/decide", data=written, headers={"sec-fetch-site": "cross-site"})
    assert (foreign.status_code, "synthetic words" in foreign.text) == (303, False)


async def test_signing_in_leads_back_to_the_whole_address(gateway: Gateway):
    gateway.http.cookies.clear()
    answer = await gateway.http.get("/review/queue?queue=spam")
    assert answer.headers["location"] == "/review/sign-in?next=/review/queue%3Fqueue%3Dspam"


async def test_an_address_that_is_none_is_answered_by_a_page(gateway: Gateway):
    answer = await gateway.http.get("/review/no-such-page")
    assert (answer.status_code, "There is nothing under this address" in answer.text) == (404, True)


async def test_a_long_timeline_is_there_to_its_beginning(gateway: Gateway):
    case_id = await a_case(gateway)
    many = tuple(a_report(number) for number in range(1, 252))
    await events.append(gateway.record, case_id, many, gateway.clock.now)
    await signed_in(gateway)
    page = (await gateway.http.get(f"/review/cases/{case_id}")).text

    assert "251 events, the newest 200" in page
    assert "The 51 before" in page
    assert all(re.search(rf">inbox:{number}<", page) for number in (1, 51, 52, 251))
