"""P5 where operators act on a case: who has a part in it is refused at every door, and by the run where there was none."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from cases.case import CaseStage
from cases.events import CaseEvent, ClockExtended
from cases.names import person_key
from cases.projection import MatterRow, Projection
from record import conflicts, events, inbox, parked
from record.conflicts import About
from record.tenants import ensure_reviewer
from tests.conftest import Database
from tests.integration.gateway_kit import REPORT, START, SUBJECT, Gateway, a_gateway, decide_in_the_record
from tests.integration.record_means import raw
from tests.integration.test_queues import TASK, project

WHY = "synthetic reason"
TEXT = "txt-" + "0" * 32
LATER = (START + timedelta(days=1)).isoformat()


@pytest.fixture
async def gateway(postgres: Database) -> AsyncIterator[Gateway]:
    async with a_gateway(postgres) as one:
        yield one


async def a_case(gateway: Gateway) -> str:
    """Reported by account-9, decided by rev-1."""
    case_id: str = (await gateway.post("/v1/reports", REPORT)).json()["case_id"]
    await decide_in_the_record(gateway, case_id, START)
    return case_id


def acts(case_id: str) -> dict[str, dict[str, Any]]:
    """One request for each door by which an operator acts on a case."""
    return {
        "/v1/reversals": {"message_id": "r-1", "case_id": case_id, "decision_id": "d-1", "reason": WHY},
        "/v1/extensions": {
            **{"message_id": "x-1", "case_id": case_id, "clock_id": "review:harassment/1"},
            **{"due_at": LATER, "reason": WHY},
        },
        "/v1/interventions": {
            **{"message_id": "i-1", "case_id": case_id, "order_id": "d-1:subject", "step": "skip", "reason": WHY},
        },
        "/v1/tellings": {
            **{"message_id": "t-1", "subject": SUBJECT, "person": "author", "stance": "never"},
            **{"source": "a test", "reason": WHY},
        },
        "/v1/order-changes": {"message_id": "c-1", "subject": SUBJECT, "order_id": "o-1", "change": "withdrawn"},
        "/v1/authority-reports": {
            **{"message_id": "f-1", "subject": SUBJECT, "matter": "harassment/1", "reference": "CT-1"},
        },
    }


async def test_an_operator_who_reported_is_refused_at_every_door_and_counted(gateway: Gateway):
    case_id = await a_case(gateway)
    order = {"message_id": "o-1", "subject": SUBJECT, "order": "dsa_article_9", "reference": "1-26", "area": "spam"}
    taken = await gateway.post("/v1/orders", order, "operator-9")
    assert taken.status_code == 202, "taking an order down is a duty, whoever is there"
    for door, wanted in acts(case_id).items():
        answer = await gateway.post(door, wanted, "operator-9")
        assert (door, answer.json()["code"]) == (door, "conflict_of_interest")
        assert "on call" in answer.json()["detail"]
        assert (await gateway.post(door, wanted, "operator")).status_code == 202, door
    retry = {**acts(case_id)["/v1/interventions"], "message_id": "i-2", "step": "retry"}
    assert (await gateway.post("/v1/interventions", retry, "operator-9")).status_code == 202


async def test_a_raw_update_of_somebody_with_a_part_is_a_refusal_in_the_record(gateway: Gateway):
    case_id = await a_case(gateway)
    secret = await gateway.record.keyring.subject_secret("demo")
    await ensure_reviewer(gateway.record, "demo", "op-9", [person_key(secret, "account-9")])
    sent: list[tuple[str, dict[str, Any]]] = [
        ("reverse", {"message_id": "r-1", "decision_id": "d-1", "reason_id": TEXT}),
        (
            "extend_deadline",
            {"message_id": "x-1", "clock_id": "review:harassment/1", "due_at": LATER, "reason_id": TEXT},
        ),
        ("intervene", {"message_id": "i-1", "order_id": "d-1:subject", "step": "skip", "reason_id": TEXT}),
        ("intervene", {"message_id": "i-2", "order_id": "d-1:subject", "step": "retry", "reason_id": TEXT}),
    ]
    messages = [raw(kind, {**message, "operator": "op-9"}, "update") for kind, message in sent]
    taken, _ = await inbox.take(gateway.record, case_id, messages, START)
    codes = [getattr(one.body, "code", one.body.kind) for one in taken]
    assert codes == [*["conflict_of_interest"] * 3, "intervention_received"]


async def test_who_decided_takes_it_not_back_as_an_operator_and_a_declared_topic_binds_them_too(gateway: Gateway):
    case_id = await a_case(gateway)
    messages = [
        raw("reverse", {"message_id": "r-1", "decision_id": "d-1", "reason_id": TEXT, "operator": "rev-1"}, "update")
    ]
    (taken,), _ = await inbox.take(gateway.record, case_id, messages, START)
    assert getattr(taken.body, "code", None) == "decided_before"
    kept = MatterRow(matter_id="harassment/1", area="harassment", open=False, violation=True)
    spam_too = Projection(stage=CaseStage.SETTLED, category="spam", account="0" * 32, matters=(kept,))
    await events.append(gateway.record, case_id, (), START, spam_too)
    await conflicts.declare(gateway.record, "demo", "k-1", "operator", About.TOPIC, "harassment", START, "lead")
    answer = await gateway.post("/v1/reversals", acts(case_id)["/v1/reversals"], "operator")
    assert answer.json()["code"] == "conflict_of_interest"


async def test_who_made_a_member_of_a_campaign_does_not_pause_it(gateway: Gateway):
    member = {"subject": SUBJECT, "account": "account-9", "seen_at": START.isoformat()}
    campaign = {"message_id": "c-1", "name": "raid-1", "area": "spam", "complete": False, "members": [member]}
    case_id = (await gateway.post("/v1/campaigns", campaign)).json()["case_id"]
    pause = {"case_id": case_id, "paused": True}
    assert (await gateway.post("/v1/campaign-pauses", pause, "operator-9")).json()["code"] == "conflict_of_interest"
    assert (await gateway.post("/v1/campaign-pauses", pause, "operator")).status_code == 200


async def test_who_reported_a_member_of_a_campaign_or_is_one_judges_none_of_it(gateway: Gateway):
    """One decision is on all of them: a report of one, or an own account among them, is a part in it."""
    await gateway.post("/v1/reports", REPORT)  # by account-9
    reported = {"subject": SUBJECT, "account": "account-5", "seen_at": START.isoformat()}
    own_account = {"subject": {"kind": "account", "id": "account-9"}, "seen_at": START.isoformat()}
    for number, member in enumerate((reported, own_account)):
        named = {"message_id": f"c-{number}", "name": f"raid-{number}", "area": "spam", "complete": False}
        raid = (await gateway.post("/v1/campaigns", {**named, "members": [member]})).json()["case_id"]
        await project(gateway, raid, TASK)
        wanted = {"stream": raid, "task_id": "harassment/1"}
        refused = await gateway.post("/v1/claims", wanted, "rev-9")
        assert refused.json()["code"] == "conflict_of_interest", member
        assert await conflicts.has_part(gateway.record, "demo", "rev-9", raid, "spam"), "by a raw signal, too"
        assert (await gateway.post("/v1/claims", wanted, "rev-2")).status_code == 201


async def test_nobody_protects_their_own_account_or_ends_its_protection(gateway: Gateway):
    own = {"account_id": "account-9", "reason": "journalist", "source": "synthetic: press register"}
    doors = {
        "/v1/protected-accounts": own,
        "/v1/protected-accounts/removals": {"account_id": "account-9"},
    }
    for door, wanted in doors.items():
        refused = await gateway.post(door, wanted, "operator-9")
        assert (door, refused.status_code, refused.json()["code"]) == (door, 409, "conflict_of_interest")
    assert (await gateway.get("/v1/protected-accounts")).json()["accounts"] == []
    for door, wanted in doors.items():
        assert (await gateway.post(door, wanted, "operator")).status_code == 200, door


async def test_who_has_a_part_discards_nothing_that_was_parked_of_it(gateway: Gateway):
    case_id = await a_case(gateway)
    message = raw("report", {"message_id": "p-1", "version": "of before"})
    await inbox.take(gateway.record, case_id, [message], START)
    of_a_hook = await parked.park_hook(
        gateway.record, "demo", "acme", "hook:acme:1", "unmappable", "x", b'{"who": "account-9"}', START
    )
    found = [one["parked_id"] for one in (await gateway.get("/v1/parked")).json()["parked"]]
    assert of_a_hook[0] in found
    for parked_id in found:
        refused = await gateway.post(f"/v1/parked/{parked_id}/discard", {"reason": WHY}, "operator-9")
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict_of_interest")
        assert (await gateway.post(f"/v1/parked/{parked_id}/discard", {"reason": WHY}, "operator")).status_code == 200


async def test_an_extension_that_is_recorded_is_known_to_whatever_run_there_is(gateway: Gateway):
    case_id = await a_case(gateway)
    wanted = acts(case_id)["/v1/extensions"]
    assert (await gateway.post("/v1/extensions", wanted, "operator")).json()["status"] == "accepted"
    asked = gateway.temporal.asked[-1][2]
    extended = ClockExtended(
        clock_id=asked.clock_id, due_at=asked.due_at, reason_id=asked.reason_id, operator="operator"
    )
    await events.append(
        gateway.record, case_id, [CaseEvent(event_id="extension:x-1", occurred_at=START, body=extended)], START
    )
    again = await gateway.post("/v1/extensions", wanted, "operator")
    assert (again.status_code, again.json()["status"]) == (202, "known")
    other = {**wanted, "due_at": (START + timedelta(days=2)).isoformat()}
    assert (await gateway.post("/v1/extensions", other, "operator")).status_code == 409
    assert len([one for one in gateway.temporal.asked if one[1] == "extend_deadline"]) == 1
