"""Claims, decisions and an operator's changes over HTTP: who may, what reaches the run, and what is refused."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cases.case import CaseStage
from cases.events import DecisionReversed, SecondLookTaken
from cases.evidence import EvidenceOrigin, EvidenceVersion
from cases.messages import Accepted
from cases.names import appeal_workflow_id
from cases.projection import Projection, ReviewTask, TaskKind
from cases.tokens import Claims, issue_token
from record import events, evidence, inbox, texts
from record.pool import tenant_transaction
from tests.builders import a_report, an_assessment, an_event, captured, terms, triaged
from tests.conftest import Database
from tests.integration.gateway_kit import (
    PACKS,
    REPORT,
    START,
    Gateway,
    a_gateway,
    decide_in_the_record,
    not_running,
    refusal,
)
from tests.searched import FAILED, NON_DETERMINISTIC

DUE = START + timedelta(hours=4)
MATTER = ReviewTask(
    task_id="harassment/1",
    kind=TaskKind.MATTER,
    subject="harassment/1",
    queue="harassment",
    severity=2,
    due_at=DUE,
    evidence_version=1,
    evidence_digest="sha256:synthetic",
)
SECOND = MATTER.evolve(task_id="second:d-0", kind=TaskKind.SECOND_LOOK, excluded=("rev-2",))
HEARING = MATTER.evolve(task_id="appeal", kind=TaskKind.HEARING, subject="d-0", evidence_version=None)
WORDS = "synthetic rationale of a reviewer"


@pytest.fixture
async def gateway(postgres: Database) -> AsyncIterator[Gateway]:
    async with a_gateway(postgres) as one:
        yield one


async def a_case(gateway: Gateway, *tasks: ReviewTask) -> str:
    """A case with these open tasks."""
    case_id: str = (await gateway.post("/v1/reports", REPORT)).json()["case_id"]
    projection = Projection(stage=CaseStage.IN_REVIEW, tasks=tasks or (MATTER,))
    await events.append(gateway.record, case_id, (), gateway.clock.now, projection)
    return case_id


async def a_claim(gateway: Gateway, who: str = "rev-1", **wanted: str) -> dict[str, Any]:
    response = await gateway.post("/v1/claims", wanted, who)
    assert response.status_code == 201, response.text
    claimed: dict[str, Any] = response.json()
    return claimed


def a_decision(claimed: dict[str, Any], **changes: Any) -> dict[str, Any]:
    plain = {
        "decision_id": "d-1",
        "token": claimed["token"],
        "outcome": "violation",
        "ground": "terms",
        "rule_id": "harassment.reported",
        "rationale": WORDS,
    }
    return {**plain, **changes}


async def test_a_claim_is_a_lease_with_a_token(gateway: Gateway):
    case_id = await a_case(gateway)
    claimed = await a_claim(gateway, queue="harassment")

    assert claimed["task"]["stream"] == case_id
    assert claimed["task"]["task_id"] == "harassment/1"
    assert claimed["expires_at"] == "2026-11-22T10:30:00Z"
    assert claimed["token"].startswith(gateway.signing.key_id)


async def test_a_second_claim_of_the_same_task_is_refused_with_its_end(gateway: Gateway):
    case_id = await a_case(gateway)
    named = {"stream": case_id, "task_id": "harassment/1"}
    await a_claim(gateway, **named)
    response = await gateway.post("/v1/claims", named, "rev-2")

    assert (response.status_code, response.json()["code"]) == (409, "leased")
    assert "2026-11-22T10:30:00" in response.json()["detail"]


async def test_ones_own_claim_asked_for_again_is_the_same_lease(gateway: Gateway):
    case_id = await a_case(gateway)
    named = {"stream": case_id, "task_id": "harassment/1"}

    assert (await a_claim(gateway, **named))["lease_id"] == (await a_claim(gateway, **named))["lease_id"]


async def test_an_empty_queue_is_no_error(gateway: Gateway):
    assert (await gateway.post("/v1/claims", {"queue": "spam"}, "rev-1")).status_code == 204


async def test_a_claim_given_back_is_free_for_the_next(gateway: Gateway):
    await a_case(gateway)
    lease = (await a_claim(gateway))["lease_id"]

    assert (await gateway.send("DELETE", f"/v1/claims/{lease}", "rev-2")).status_code == 404
    assert (await gateway.send("DELETE", f"/v1/claims/{lease}", "rev-1")).status_code == 204
    assert (await a_claim(gateway, "rev-2"))["task"]["task_id"] == "harassment/1"


async def test_a_task_half_named_is_told_what_is_missing(gateway: Gateway):
    response = await gateway.post("/v1/claims", {"task_id": "harassment/1"}, "rev-1")

    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "stream")


async def test_a_decision_reaches_the_run_with_its_rationale_stored_and_named(gateway: Gateway):
    case_id = await a_case(gateway)
    claimed = await a_claim(gateway)
    response = await gateway.post("/v1/decisions", a_decision(claimed), "rev-1")

    (stream, update, message, update_id) = gateway.temporal.asked[0]
    assert (response.status_code, response.json()["status"]) == (202, "accepted")
    assert (stream, update, update_id, message.matter) == (case_id, "decide", "d-1", "harassment/1")
    assert (message.token, message.reviewer, message.seconds) == (claimed["token"], None, None)
    assert WORDS not in message.model_dump_json()
    assert (await texts.get(gateway.record, "demo", message.rationale_id)).text == WORDS


async def test_a_decision_that_names_a_rule_which_its_pack_does_not_know_is_refused_with_the_nearest(gateway: Gateway):
    pack = PACKS.active("baseline")
    unruled = an_assessment(rule_id=None, rule_ids=(), terms=terms(pack=pack.ref))
    case_id = await a_case(gateway)
    await events.append(gateway.record, case_id, (a_report(), captured(), triaged(unruled)), gateway.clock.now)
    claimed = await a_claim(gateway)

    unknown = await gateway.post("/v1/decisions", a_decision(claimed, rule_id="harassment.reportd"), "rev-1")
    assert unknown.status_code == 422, unknown.text
    (problem,) = unknown.json()["errors"]
    assert (problem["field"], problem["value"]) == ("rule_id", "harassment.reportd")
    assert problem["cure"].startswith("did you mean harassment.reported?")
    assert gateway.temporal.asked == []

    for decision_id, known in (("d-1", "harassment.flagged"), ("d-2", "harassment.reviewed")):
        taken = await gateway.post(
            "/v1/decisions", a_decision(claimed, decision_id=decision_id, rule_id=known), "rev-1"
        )
        assert taken.status_code == 202, taken.text


async def test_a_bulk_that_names_a_rule_of_another_area_is_refused_before_it_is_previewed(gateway: Gateway):
    deciding = {"act": "decide", "outcome": "violation", "ground": "terms", "rule_id": "harassment.reported"}
    plan = {**deciding, "selection": {"areas": ["spam"]}}
    response = await gateway.post("/v1/bulks", {"bulk_id": "b-1", "plan": plan, "reason": "synthetic"}, "operator")
    assert response.status_code == 422, response.text
    (problem,) = response.json()["errors"]
    assert problem["field"] == "plan.rule_id"
    assert "spam.reported" in problem["cure"]


async def test_a_decision_sent_again_is_asked_again_with_the_same_ids(gateway: Gateway):
    await a_case(gateway)
    claimed = await a_claim(gateway)
    gateway.temporal.answers = [Accepted(message_id="d-1"), Accepted(message_id="d-1", status="known")]
    await gateway.post("/v1/decisions", a_decision(claimed), "rev-1")
    again = await gateway.post("/v1/decisions", a_decision(claimed), "rev-1")

    first, second = gateway.temporal.asked
    assert again.json()["status"] == "known"
    assert first[2:] == second[2:]


async def test_a_known_decision_with_another_rationale_is_a_conflict(gateway: Gateway):
    await a_case(gateway)
    claimed = await a_claim(gateway)
    await gateway.post("/v1/decisions", a_decision(claimed), "rev-1")
    response = await gateway.post("/v1/decisions", a_decision(claimed, rationale="other words"), "rev-1")

    assert (response.status_code, response.json()["code"]) == (409, "conflict")
    assert len(gateway.temporal.asked) == 1


@pytest.mark.parametrize(
    ("code", "status"),
    [("already_decided", 409), ("same_person", 409), ("conflict", 409), ("wrong_target", 422), ("not_proven", 403)],
)
async def test_a_runs_refusal_reaches_the_reviewer(gateway: Gateway, code: str, status: int):
    await a_case(gateway)
    claimed = await a_claim(gateway)
    gateway.temporal.answers = [refusal(code, "matter: was decided by d-0; appeal or reverse that decision")]
    response = await gateway.post("/v1/decisions", a_decision(claimed), "rev-1")

    assert response.status_code == status
    assert "was decided by d-0" in response.json()["detail"]


async def test_a_failure_that_is_no_refusal_of_ours_says_nothing_of_its_content(gateway: Gateway):
    await a_case(gateway)
    claimed = await a_claim(gateway)
    gateway.temporal.answers = [refusal("RuntimeError", "Failed decoding arguments: input_value='secret'")]
    response = await gateway.post("/v1/decisions", a_decision(claimed), "rev-1")

    assert (response.status_code, response.json()["code"]) == (422, "not_taken")
    assert "secret" not in response.text


async def test_a_case_that_loads_is_waited_for(gateway: Gateway):
    await a_case(gateway)
    claimed = await a_claim(gateway)
    gateway.temporal.answers = [refusal("CaseLoading"), refusal("Busy"), Accepted(message_id="d-1")]

    assert (await gateway.post("/v1/decisions", a_decision(claimed), "rev-1")).status_code == 202


async def test_temporal_down_is_unavailable_and_the_same_decision_may_follow(gateway: Gateway):
    await a_case(gateway)
    claimed = await a_claim(gateway)
    gateway.temporal.down = True
    response = await gateway.post("/v1/decisions", a_decision(claimed), "rev-1")
    gateway.temporal.down = False

    assert response.status_code == 503
    assert int(response.headers["retry-after"]) >= 1
    assert (await gateway.post("/v1/decisions", a_decision(claimed), "rev-1")).status_code == 202


async def test_a_run_that_is_over_decides_nothing(gateway: Gateway):
    await a_case(gateway)
    claimed = await a_claim(gateway)
    gateway.temporal.answers = [not_running()]
    response = await gateway.post("/v1/decisions", a_decision(claimed), "rev-1")

    assert (response.status_code, response.json()["code"]) == (409, "not_running")


async def test_an_expired_token_is_refused_before_anything_is_stored(gateway: Gateway):
    await a_case(gateway)
    claimed = await a_claim(gateway)
    gateway.clock.forward(timedelta(minutes=31))
    response = await gateway.post("/v1/decisions", a_decision(claimed), "rev-1")

    assert (response.status_code, response.json()["code"]) == (403, "token_refused")
    assert "claim the task again" in response.json()["detail"]
    async with tenant_transaction(gateway.record.pool, "demo") as connection:
        assert await connection.fetchval("SELECT count(*) FROM texts") == 0


async def test_the_token_of_a_claim_given_back_decides_nothing(gateway: Gateway):
    await a_case(gateway)
    claimed = await a_claim(gateway)
    await gateway.send("DELETE", f"/v1/claims/{claimed['lease_id']}", "rev-1")
    gateway.clock.forward(timedelta(minutes=1))
    await a_claim(gateway, "rev-2")
    response = await gateway.post("/v1/decisions", a_decision(claimed), "rev-1")

    assert (response.status_code, response.json()["code"]) == (403, "token_refused")
    assert "given back or taken away; claim the task again" in response.json()["detail"]
    assert gateway.temporal.asked == []
    async with tenant_transaction(gateway.record.pool, "demo") as connection:
        assert await connection.fetchval("SELECT count(*) FROM texts") == 0


async def test_a_decision_sent_again_after_its_task_closed_is_answered_by_the_case(gateway: Gateway):
    case_id = await a_case(gateway)
    claimed = await a_claim(gateway)
    await gateway.post("/v1/decisions", a_decision(claimed), "rev-1")
    await events.append(gateway.record, case_id, (), gateway.clock.now, Projection(stage=CaseStage.SETTLED))
    gateway.clock.forward(timedelta(minutes=1))

    assert (await gateway.post("/v1/decisions", a_decision(claimed), "rev-1")).status_code == 202


async def test_a_forged_token_is_refused(gateway: Gateway):
    case_id = await a_case(gateway)
    claims = Claims(
        tenant="demo",
        stream=case_id,
        task_id="harassment/1",
        lease_id="lease-1",
        reviewer="rev-1",
        evidence="sha256:synthetic",
        expires_at=DUE,
    )
    token = issue_token(gateway.signing.key_id, Ed25519PrivateKey.generate(), claims)
    response = await gateway.post("/v1/decisions", a_decision({"token": token}), "rev-1")

    assert (response.status_code, response.json()["code"]) == (403, "token_refused")
    assert gateway.temporal.asked == []


@pytest.mark.parametrize("who", ["rev-2", "other-rev"])
async def test_somebody_elses_token_is_refused(gateway: Gateway, who: str):
    await a_case(gateway)
    claimed = await a_claim(gateway)

    assert (await gateway.post("/v1/decisions", a_decision(claimed), who)).status_code == 403


@pytest.mark.parametrize("who", ["service", "operator", "auditor"])
async def test_only_reviewers_decide(gateway: Gateway, who: str):
    response = await gateway.post("/v1/decisions", {}, who)

    assert (response.status_code, response.json()["code"]) == (403, "wrong_role")


async def test_a_decision_without_a_rationale_is_not_of_the_form(gateway: Gateway):
    response = await gateway.post("/v1/decisions", {"decision_id": "d-1", "token": "t", "outcome": "support"}, "rev-1")

    assert [one["field"] for one in response.json()["errors"]] == ["rationale"]


async def test_a_second_look_names_matter_and_decision_by_its_task(gateway: Gateway):
    case_id = await a_case(gateway, SECOND)
    excluded = await gateway.post("/v1/claims", {"stream": case_id, "task_id": "second:d-0"}, "rev-2")
    claimed = await a_claim(gateway)
    await gateway.post("/v1/decisions", a_decision(claimed), "rev-1")

    message = gateway.temporal.asked[0][2]
    assert (excluded.status_code, excluded.json()["code"]) == (409, "excluded")
    assert (message.matter, message.seconds) == ("harassment/1", "d-0")


async def test_an_appeal_is_decided_in_its_own_stream(gateway: Gateway):
    case_id = await a_case(gateway)
    appeal_id = appeal_workflow_id("demo", "a-1")
    async with tenant_transaction(gateway.record.pool, "demo") as connection:
        await gateway.record.keyring.map_workflow(connection, "demo", appeal_id, case_id)
    hearing = Projection(stage=CaseStage.UNDER_APPEAL, tasks=(HEARING,))
    await events.append(gateway.record, appeal_id, (), gateway.clock.now, hearing)
    claimed = await a_claim(gateway, stream=appeal_id, task_id="appeal")
    response = await gateway.post("/v1/decisions", a_decision(claimed, outcome="reversed"), "rev-1")

    (stream, _, message, _) = gateway.temporal.asked[0]
    assert (stream, message.matter) == (appeal_id, "appeal")
    assert response.json()["case_id"] == case_id
    assert (await gateway.get(f"/v1/cases/{appeal_id}")).json()["case_id"] == case_id


async def test_an_operator_gives_a_clock_longer(gateway: Gateway):
    case_id = await a_case(gateway)
    wanted = {
        "message_id": "x-1",
        "case_id": case_id,
        "clock_id": "review:harassment/1",
        "due_at": DUE.isoformat(),
        "reason": "synthetic reason",
    }
    response = await gateway.post("/v1/extensions", wanted, "operator")

    (stream, update, message, update_id) = gateway.temporal.asked[0]
    assert response.status_code == 202
    assert (stream, update, update_id, message.operator) == (case_id, "extend_deadline", "x-1", "operator")


async def test_reversing_what_was_never_decided_is_refused_even_when_the_run_is_over(gateway: Gateway):
    case_id = await a_case(gateway)
    gateway.temporal.answers = [not_running()]
    wanted = {"message_id": "r-1", "case_id": case_id, "decision_id": "d-9", "reason": "synthetic reason"}
    response = await gateway.post("/v1/reversals", wanted, "operator")

    assert (response.status_code, response.json()["code"]) == (422, "unknown_decision")


async def test_a_settled_cases_decision_is_reversed_by_its_inbox(gateway: Gateway):
    case_id = await a_case(gateway)
    at = gateway.clock.now
    await decide_in_the_record(gateway, case_id, at)
    gateway.temporal.answers = [not_running(), not_running()]
    wanted = {"message_id": "r-1", "case_id": case_id, "decision_id": "d-1", "reason": "synthetic reason"}
    first = await gateway.post("/v1/reversals", wanted, "operator")
    again = await gateway.post("/v1/reversals", wanted, "operator")
    await gateway.doors.aclose()
    taken, _ = await inbox.take(gateway.record, case_id, (), at)

    assert (first.status_code, first.json()["status"], again.json()["status"]) == (202, "accepted", "known")
    assert [one.body.kind for one in taken] == ["reversal_received"]
    assert [options["id"] for _, options in gateway.temporal.started] == [case_id, case_id]


async def test_a_reversal_that_is_recorded_gets_its_first_answer_from_a_run_that_began_since(gateway: Gateway):
    case_id = await a_case(gateway)
    reversal = DecisionReversed(reversal_id="r-1", decision_id="d-1", by="operator:operator")
    await events.append(gateway.record, case_id, (an_event("reversal:r-1", reversal, START),), START)
    gateway.temporal.answers = [refusal("already_reversed")]
    wanted = {"message_id": "r-1", "case_id": case_id, "decision_id": "d-1", "reason": "synthetic reason"}
    response = await gateway.post("/v1/reversals", wanted, "operator")

    assert (response.status_code, response.json()["status"]) == (202, "known")


async def test_a_decision_whose_run_ended_meanwhile_gets_its_first_answer(gateway: Gateway):
    case_id = await a_case(gateway)
    claimed = await a_claim(gateway)
    look = an_event("second:d-1", SecondLookTaken(decision_id="d-0", by="rev-1", agrees=True), START)
    await events.append(gateway.record, case_id, (look,), START)
    gateway.temporal.answers = [not_running()]
    response = await gateway.post("/v1/decisions", a_decision(claimed), "rev-1")

    assert (response.status_code, response.json()["status"]) == (202, "known")


async def test_another_tenants_operator_finds_no_such_case(gateway: Gateway):
    case_id = await a_case(gateway)
    wanted = {"message_id": "r-1", "case_id": case_id, "decision_id": "d-1", "reason": "synthetic reason"}

    assert (await gateway.post("/v1/reversals", wanted, "other-operator")).status_code == 404
    assert (await gateway.get("/v1/queue", "other-rev")).json()["tasks"] == []
    assert (await gateway.get("/v1/stages", "other-auditor")).json()["stages"] == {}


async def test_the_queue_shows_who_waits_without_content(gateway: Gateway):
    await a_case(gateway, MATTER, SECOND.evolve(severity=1))
    await a_claim(gateway)
    answer = (await gateway.get("/v1/queue?limit=1")).json()

    assert (answer["tasks"][0]["task_id"], answer["tasks"][0]["claimed"], answer["more"]) == ("second:d-0", True, True)


async def test_a_timeline_tells_what_came_in_without_a_word_of_it(gateway: Gateway):
    case_id = await a_case(gateway)
    await inbox.take(gateway.record, case_id, (), gateway.clock.now)
    response = await gateway.get(f"/v1/cases/{case_id}")

    assert [one["event_id"] for one in response.json()["events"]] == ["inbox:1"]
    assert not any(word in response.text for word in ("account-9", "synthetic words", "post-1"))


async def test_evidence_is_shown_to_the_reviewer_with_a_claim_and_to_nobody_else(gateway: Gateway):
    case_id = await a_case(gateway)
    facts = EvidenceVersion(version=0, digest="", origin=EvidenceOrigin.PLATFORM, captured_at=START)
    await evidence.keep(gateway.record, case_id, b'{"text": "synthetic post"}', facts)
    path = f"/v1/cases/{case_id}?reveal=evidence"
    unclaimed = await gateway.get(path, "rev-1")
    await a_claim(gateway)
    shown = await gateway.get(path, "rev-1")

    assert (unclaimed.status_code, unclaimed.json()["code"]) == (403, "no_claim")
    assert shown.json()["evidence"]["content"] == {"text": "synthetic post"}
    assert (await gateway.get(path, "rev-2")).status_code == 403
    assert (await gateway.get(path, "auditor")).status_code == 403
    assert (await gateway.get(f"/v1/cases/{case_id}", "rev-1")).json()["evidence"] is None


async def test_a_claim_that_ended_shows_no_evidence(gateway: Gateway):
    case_id = await a_case(gateway)
    await a_claim(gateway)
    gateway.clock.forward(timedelta(minutes=31))

    assert (await gateway.get(f"/v1/cases/{case_id}?reveal=evidence", "rev-1")).status_code == 403


async def test_stuck_cases_are_listed(gateway: Gateway):
    case_id = await a_case(gateway)
    await events.append(gateway.record, case_id, (), START, Projection(stage=CaseStage.ENFORCING, stuck=True))

    assert [one["case_id"] for one in (await gateway.get("/v1/stuck", "operator")).json()["cases"]] == [case_id]


async def test_a_run_that_cannot_move_is_listed_and_a_search_that_is_away_is_said(gateway: Gateway):
    case_id = await a_case(gateway)
    gateway.temporal.searched.problems = {case_id: NON_DETERMINISTIC}
    gateway.temporal.searched.ends = {case_id: [(FAILED, START)]}
    answer = (await gateway.get("/v1/stuck", "operator")).json()
    (run,) = answer["failing"]["runs"]
    assert (run["case_id"], run["cause"], run["since"]) == (case_id, "NonDeterministicError", "2026-11-22T10:00:00Z")
    assert answer["cases"] == []

    gateway.temporal.down = True
    answer = await gateway.get("/v1/stuck", "operator")
    assert (answer.status_code, answer.json()["failing"]["unsearched"]) == (200, "unavailable")


@pytest.mark.parametrize("case_id", ["case/demo/content/xyz", "case", "../../etc/passwd", "filing/demo/f-1"])
async def test_what_is_no_case_id_is_said_to_be_none(gateway: Gateway, case_id: str):
    assert (await gateway.get(f"/v1/cases/{case_id}")).status_code in (404, 422)


async def test_a_reviewer_whose_own_account_reported_may_not_take_the_task(gateway: Gateway):
    case_id = await a_case(gateway)
    response = await gateway.post("/v1/claims", {"stream": case_id, "task_id": "harassment/1"}, "rev-9")

    assert (response.status_code, response.json()["code"]) == (409, "conflict_of_interest")


async def test_a_text_is_stored_once_and_named_for_a_message_that_may_not_carry_it(gateway: Gateway):
    case_id = await a_case(gateway)
    asked = {"message_id": "t-1", "case_id": case_id, "text": "Synthetic rationale."}
    first, again = [await gateway.post("/v1/texts", asked, "operator") for _ in range(2)]
    foreign = await gateway.post("/v1/texts", asked, "other-operator")
    other = await gateway.post("/v1/texts", {**asked, "text": "Other words."}, "operator")

    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert first.json()["text_id"].startswith("txt-")
    assert (foreign.status_code, other.status_code) == (404, 409)
