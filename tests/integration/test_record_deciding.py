"""Decisions as they come in: who asks, and what a door that cannot refuse found wrong with it."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cases.case import CaseStage
from cases.decisions import Decision, Outcome
from cases.events import CaseEvent, DecisionProposed, DecisionRecorded
from cases.judging import decision_digest
from cases.messages import DecisionMessage
from cases.names import person_key
from cases.projection import Projection, ReviewTask, TaskKind
from cases.received import DecisionAsk, DecisionReceived, MessageRefused
from cases.tokens import CLAIM_GONE, Claims, issue_token
from record import events, review, texts
from record.conflicts import About, declare
from record.inbox import take
from record.pool import tenant_transaction
from record.record import Record
from record.tenants import ensure_reviewer, ensure_tenant
from tests.integration.record_means import NOON, SIGNING_KEY, TENANT, a_person, a_record, a_report, minutes, raw


@pytest.fixture
async def record(postgres) -> AsyncIterator[Record]:
    record = await a_record(postgres.owner_dsn, postgres.app_dsn)
    yield record
    await record.close()


@pytest.fixture
async def case_id(record) -> str:
    receipt = await a_report(record, person=a_person())
    await take(record, receipt.case_id, [], NOON)
    return receipt.case_id


def a_token(stream: str, key: Ed25519PrivateKey = SIGNING_KEY, key_id: str = "sign-1", **changes: Any) -> str:
    claims = Claims(
        tenant=TENANT, stream=stream, task_id="harassment/1", lease_id="lease-1", reviewer="rev-1", evidence="sha256:x",
        expires_at=minutes(30),
    )  # fmt: skip
    return issue_token(key_id, key, claims.evolve(**changes))


def a_decision(**changes: Any) -> dict[str, Any]:
    return {"decision_id": "d-1", "matter": "harassment/1", "outcome": "no_violation", **changes}


async def asked(
    record: Record, stream: str, message: dict[str, Any], channel: str = "signal", at: datetime = NOON
) -> DecisionAsk:
    (event,), _ = await take(record, stream, [raw("decide", message, channel)], at)
    assert isinstance(event.body, DecisionReceived)
    return event.body.ask


async def test_a_proven_decision_is_received_without_objection(record, case_id):
    rationale = await texts.put(record, case_id, "rationale", "synthetic", "rev-1", NOON, "d-1")
    message = a_decision(token=a_token(case_id), rationale_id=rationale, rule_id="r", ground="terms")
    ask = await asked(record, case_id, message)
    assert (ask.objection, ask.reviewer, ask.channel, ask.rationale_id) == (None, "rev-1", "signal", rationale)
    assert ask.digest == decision_digest(DecisionMessage.model_validate(message))
    assert "token" not in ask.model_dump()


@pytest.mark.parametrize(
    ("claims", "objection"),
    [
        ({"stream": "case/demo/content/" + "0" * 32}, "token: was given for another case"),
        ({"tenant": "other"}, "token: was given for another case"),
        ({"task_id": "spam/1"}, "token: was given for another task"),
        ({"expires_at": NOON}, "token: the claim ended"),
        ({"key": Ed25519PrivateKey.generate()}, "token: the token's signature does not hold"),
        ({"key_id": "sign-0"}, "token: the token's signing key is not known"),
    ],
)
async def test_a_signal_with_a_token_that_proves_nothing_is_objected_to(record, case_id, claims, objection):
    token = a_token(**{"stream": case_id, **claims})
    ask = await asked(record, case_id, a_decision(token=token))
    assert objection in ask.objection


async def test_a_signals_token_is_judged_by_when_the_run_got_it(record, case_id):
    late = raw("decide", a_decision(token=a_token(case_id))).evolve(received_at=minutes(29))
    (event,), _ = await take(record, case_id, [late], minutes(90))  # Postgres was away for an hour
    assert event.body.ask.objection is None


async def test_an_updates_expiry_was_its_validators_business(record, case_id):
    ask = await asked(record, case_id, a_decision(token=a_token(case_id)), "update", at=minutes(90))
    assert (ask.objection, ask.channel) == (None, "update")


@pytest.mark.parametrize("channel", ["signal", "update"])
async def test_the_token_of_a_claim_given_back_is_objected_to_whoever_let_it_pass(record, case_id, channel):
    task = ReviewTask(
        task_id="harassment/1", kind=TaskKind.MATTER, subject="harassment/1", queue="general", severity=2,
        due_at=minutes(600),
    )  # fmt: skip
    await events.append(record, case_id, (), NOON, Projection(stage=CaseStage.IN_REVIEW, tasks=(task,)))
    await ensure_reviewer(record, TENANT, "rev-1", [])
    claim = await review.claim(record, TENANT, "rev-1", None, "harassment/1", NOON, 1800, stream_id=case_id)
    token = a_token(case_id, lease_id=claim.lease_id)
    ask = await asked(record, case_id, a_decision(token=token), channel, at=minutes(4))
    assert ask.objection is None
    assert await review.release(record, TENANT, claim.lease_id, "rev-1", minutes(5))

    ask = await asked(record, case_id, a_decision(decision_id="d-2", token=token), channel, at=minutes(6))
    assert (ask.objection_code, ask.objection) == ("not_proven", f"token: {CLAIM_GONE}")


async def test_a_signal_without_a_token_needs_a_tenant_that_allows_it(record, case_id, postgres):
    ask = await asked(record, case_id, a_decision(reviewer="rev-1"))
    assert ask.objection.startswith("token: missing")
    await ensure_tenant(postgres.owner_dsn, TENANT, tokenless_decisions=True)
    ask = await asked(record, case_id, a_decision(decision_id="d-2", reviewer="rev-1"))
    assert (ask.objection, ask.reviewer) == (None, "rev-1")
    ask = await asked(record, case_id, a_decision(decision_id="d-3"))
    assert (ask.objection[:17], ask.reviewer) == ("reviewer: missing", "nobody")


async def test_a_reviewer_cannot_decide_in_anothers_name(record, case_id):
    ask = await asked(record, case_id, a_decision(token=a_token(case_id), reviewer="rev-2"))
    assert ask.objection.startswith("reviewer: is not who claimed")


@pytest.mark.parametrize("channel", ["signal", "update"])
async def test_nobody_decides_on_their_own_report(record, case_id, channel):
    secret = await record.keyring.subject_secret(TENANT)
    await ensure_reviewer(record, TENANT, "rev-1", [person_key(secret, "account-ada")])
    ask = await asked(record, case_id, a_decision(token=a_token(case_id)), channel)
    assert ask.objection.startswith("reviewer: has a part in this case")


async def test_a_rationale_must_be_stored_for_this_very_case(record, case_id):
    other = (await a_report(record, "r-2", subject_id="post-2")).case_id
    elsewhere = await texts.put(record, other, "rationale", "synthetic", "rev-1", NOON)
    for number, text_id in enumerate([elsewhere, "txt-" + "0" * 32]):
        message = a_decision(decision_id=f"d-{number}", token=a_token(case_id), rationale_id=text_id)
        assert (await asked(record, case_id, message)).objection.startswith("rationale_id: not stored")


async def decided_by(record: Record, case_id: str, reviewer: str) -> None:
    decision = Decision(
        decision_id="d-0", digest="x", matter_id="harassment/1", outcome=Outcome.NO_VIOLATION, by=reviewer,
        automated=False, decided_at=NOON, evidence_version=1,
    )  # fmt: skip
    recorded = CaseEvent(event_id="decision:d-0", occurred_at=NOON, body=DecisionRecorded(decision=decision))
    await events.append(record, case_id, [recorded], NOON)


async def test_who_decided_takes_no_second_look(record, case_id):
    await decided_by(record, case_id, "rev-1")
    look = {"seconds": "d-0", "rationale_id": await texts.put(record, case_id, "rationale", "synthetic", "rev-2", NOON)}
    token = a_token(case_id, task_id="second:d-0")
    ask = await asked(record, case_id, a_decision(token=token, **look))
    assert ask.objection.startswith("reviewer: judged in this case before")
    token = a_token(case_id, task_id="second:d-0", reviewer="rev-2")
    ask = await asked(record, case_id, a_decision(decision_id="d-2", token=token, **look))
    assert ask.objection is None
    hides = [{"kind": "hide"}]
    ask = await asked(record, case_id, a_decision(decision_id="d-3", token=token, enforcements=hides, **look))
    assert (ask.objection_code, ask.objection.split(":")[0]) == ("own_terms", "enforcements")


async def test_who_proposed_and_took_it_back_is_not_the_second_person_of_a_colleagues_proposal(record, case_id):
    """The same decision again, under another's name, would need nobody else."""
    first = Decision(
        decision_id="d-0", digest="x", matter_id="harassment/1", outcome=Outcome.VIOLATION, by="rev-1",
        automated=False, decided_at=NOON, evidence_version=1,
    )  # fmt: skip
    proposed = (first, first.evolve(decision_id="d-1", by="rev-2"))
    made = [
        CaseEvent(event_id=f"proposal:{one.decision_id}", occurred_at=NOON, body=DecisionProposed(decision=one))
        for one in proposed
    ]
    await events.append(record, case_id, made, NOON)
    why = await texts.put(record, case_id, "rationale", "synthetic", "rev-3", NOON)
    for reviewer, free in (("rev-1", False), ("rev-2", False), ("rev-3", True)):
        token = a_token(case_id, task_id="second:d-1", reviewer=reviewer)
        look = a_decision(decision_id=f"d-{reviewer}", token=token, seconds="d-1", rationale_id=why)
        ask = await asked(record, case_id, look)
        assert (ask.objection is None) == free


async def test_who_decided_and_declares_a_conflict_does_not_replace_their_decision_within_its_grace(record, case_id):
    await decided_by(record, case_id, "rev-2")
    await declare(record, TENANT, "k-1", "rev-2", About.TOPIC, "harassment", NOON, "rev-2")
    message = a_decision(decision_id="d-2", replaces="d-0", token=a_token(case_id, reviewer="rev-2"))
    ask = await asked(record, case_id, message)
    assert ask.objection.startswith("reviewer: has a part in this case")


async def test_who_decided_hears_no_appeal_of_the_case(record, case_id):
    await decided_by(record, case_id, "rev-1")
    stream = "appeal/demo/a-1"
    async with tenant_transaction(record.pool, TENANT) as connection:
        await record.keyring.map_workflow(connection, TENANT, stream, case_id)
    for reviewer, objection in (("rev-1", "reviewer: judged in this case before"), ("rev-2", None)):
        message = a_decision(
            decision_id=f"d-{reviewer}", matter="appeal", outcome="upheld",
            token=a_token(stream, task_id="hearing", reviewer=reviewer),
        )  # fmt: skip
        ask = await asked(record, stream, message)
        assert (ask.objection or "")[: len(objection or "")] == (objection or "")


async def test_the_same_decision_under_a_new_claim_is_given_to_the_case_again_which_knows_it(record, case_id):
    first = await asked(record, case_id, a_decision(token=a_token(case_id)))
    again = raw("decide", a_decision(token=a_token(case_id, lease_id="lease-2")))
    ((received,), _) = await take(record, case_id, [again], minutes(1))
    assert isinstance(received.body, DecisionReceived)
    assert received.body.ask.digest == first.digest


async def test_a_refused_message_never_stands_in_the_way_of_another_decision_of_its_id(record, case_id):
    refused = await asked(record, case_id, a_decision(token="nobody.signed.this"))
    good = await asked(record, case_id, a_decision(outcome="violation", token=a_token(case_id)))
    assert refused.objection
    assert (good.decision_id, good.objection) == (refused.decision_id, None)


async def test_a_decision_with_words_in_it_is_refused(record, case_id):
    message = a_decision(rationale="SYNTHETIC words that nobody sealed")
    (event,), _ = await take(record, case_id, [raw("decide", message)], NOON)
    assert isinstance(event.body, MessageRefused)
    assert (event.body.code, event.body.message_kind) == ("free_text", "decide")
    assert "SYNTHETIC" not in event.body.problem


async def test_extensions_and_reversals_become_their_events(record, case_id):
    text_id = "txt-" + "0" * 32
    extension = {"message_id": "x-1", "clock_id": "review:spam/1", "due_at": "2026-12-01T12:00:00Z",
                 "reason_id": text_id, "operator": "op-1"}  # fmt: skip
    reversal = {"message_id": "v-1", "decision_id": "d-1", "reason_id": text_id, "operator": "op-1"}
    messages = [raw("extend_deadline", extension, "update"), raw("reverse", reversal, "update")]
    taken, _ = await take(record, case_id, messages, NOON)
    assert [event.body.kind for event in taken] == ["extension_received", "reversal_received"]
    assert [event.event_id for event in taken] == ["inbox:2", "inbox:3"]
