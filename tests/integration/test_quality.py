"""Quality over HTTP and a real record: questions that check look and are answered as any other, and have no effect."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from activities.policy_packs import PolicyPacks
from api.conflict_messages import ConflictEnded, ConflictRequest
from api.errors import NotFound, Refused, ServiceUnavailable
from api.quality_messages import ExerciseRequest, SettleRequest
from cases.errors import BadInput
from cases.evidence import EvidenceOrigin, EvidenceVersion
from cases.matters import PackRef
from cases.probes import retold
from cases.projection import TaskKind
from cases.projection import project as rows_of
from cases.quality import Quality, Sampling
from cases.reviewers import ReviewerProfile
from record import events, evidence, placing, probes, quality, reviewers
from record.pool import tenant_transaction
from tests.builders import NOON, an_assessment, terms
from tests.conftest import Database
from tests.integration.gateway_kit import REPORT, START, Gateway, a_gateway
from tests.integration.test_gateway_review import a_decision
from tests.integration.test_queues import TASK as A_TASK
from tests.integration.test_queues import claimed, project
from tests.paper import PaperRun, a_reviewed_run
from tests.unit.docs_pages import ROOT

TASK = "harassment/1"
TASK_OF_AN_APPEAL = A_TASK.evolve(kind=TaskKind.HEARING, task_id="appeal", subject="d-1")
ALWAYS = Quality.model_construct(
    queues={"harassment": Sampling.model_construct(double=1.0, golden=1.0)}, too_few=5
)  # a pack may not say so much


@pytest.fixture
async def gateway(postgres: Database) -> AsyncIterator[Gateway]:
    async with a_gateway(postgres) as one:
        yield one


def check(gateway: Gateway, rules: Quality = ALWAYS) -> None:
    """Let this pack's shares hold."""
    gateway.record = replace(gateway.record, quality=rules)
    gateway.doors._quality._record = gateway.record


async def a_run(gateway: Gateway, number: int = 1) -> tuple[str, PaperRun]:
    """A case in review, in the record."""
    body = {**REPORT, "message_id": f"m-{number}", "subject": {"kind": "content", "id": f"post-{number}"}}
    case_id: str = (await gateway.post("/v1/reports", body)).json()["case_id"]
    pack = PolicyPacks(ROOT / "policies").active("baseline")
    ref = PackRef(pack_id=pack.id, version=pack.version, digest=pack.digest)
    run = a_reviewed_run(terms=terms(pack=ref))
    facts = EvidenceVersion(version=0, digest="", origin=EvidenceOrigin.PLATFORM, captured_at=START)
    await evidence.keep(gateway.record, case_id, b'{"text": "Synthetic post: you are such an idiot."}', facts)
    await write(gateway, case_id, run)
    return case_id, run


async def write(gateway: Gateway, case_id: str, run: PaperRun) -> None:
    told = retold(run.events, run.case.case_id, case_id, START - NOON)
    case = run.case.evolve(case_id=case_id)
    await events.append(gateway.record, case_id, told, gateway.clock.now, rows_of(case))


async def a_decided_case(gateway: Gateway, number: int = 1) -> str:
    """A case that rev-1 decided."""
    case_id, run = await a_run(gateway, number)
    gateway.clock.forward(timedelta(minutes=5))
    await write(gateway, case_id, run.decide())
    return case_id


async def the_probe(gateway: Gateway, who: str = "rev-2") -> dict[str, Any]:
    """What is asked again, claimed by somebody else."""
    assert await quality.tend(gateway.record, "demo", gateway.clock.now) == 1
    found = await claimed(gateway, who)
    assert found
    return found


def shape(value: Any) -> Any:
    """Field names and kinds, without what they say."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


async def test_a_double_review_cannot_be_told_from_a_case(gateway: Gateway):
    real, _ = await a_run(gateway, 7)
    first = await claimed(gateway, "rev-1")
    assert first
    real_case = (await gateway.get(f"/v1/cases/{real}", "rev-1")).json()
    real_answer = (await gateway.post("/v1/decisions", a_decision(first, rule_id="harassment.rule"), "rev-1")).json()

    source = await a_decided_case(gateway)
    check(gateway)
    asked = await the_probe(gateway)
    stream = asked["task"]["stream"]
    told = await gateway.get(f"/v1/cases/{stream}", "rev-2")

    assert shape(asked) == shape(first)
    assert shape(told.json()) == shape(real_case)
    key = source.rpartition("/")[2]
    assert key not in told.text + str(asked)
    assert "rev-1" not in told.text
    assert [one["kind"] for one in told.json()["events"]] == [one["kind"] for one in real_case["events"]]
    page = await gateway.doors.desk.dossier("demo", stream, "rev-2")
    assert key not in page.model_dump_json()
    assert page.verdicts == ()

    before = len(gateway.temporal.asked)
    answer = await gateway.post(
        "/v1/decisions", a_decision(asked, rule_id="harassment.rule", decision_id="d-9"), "rev-2"
    )
    again = await gateway.post(
        "/v1/decisions", a_decision(asked, rule_id="harassment.rule", decision_id="d-9"), "rev-2"
    )
    assert shape(answer.json()) == shape(real_answer)
    assert (answer.json()["case_id"], answer.json()["next"]) == (stream, real_answer["next"])
    assert again.json()["status"] == "known"
    assert len(gateway.temporal.asked) == before, "it has no effect in the world"
    assert key not in (await gateway.get(f"/v1/cases/{stream}", "rev-2")).text
    assert "decision_recorded" in [one["kind"] for one in (await gateway.get(f"/v1/cases/{stream}")).json()["events"]]


async def test_it_is_refused_in_the_words_of_a_case_and_never_given_to_who_knows_it(gateway: Gateway):
    await a_decided_case(gateway)
    check(gateway)
    await quality.tend(gateway.record, "demo", gateway.clock.now)
    assert await claimed(gateway, "rev-1") is None, "they decided it"
    assert await claimed(gateway, "rev-9") is None, "they reported it"
    asked = await claimed(gateway, "rev-2")
    assert asked
    unnamed = await gateway.post("/v1/decisions", a_decision(asked, ground=None), "rev-2")
    assert (unnamed.status_code, unnamed.json()["code"]) == (422, "missing")


async def test_a_disagreement_goes_to_a_lead_and_reverses_nothing(gateway: Gateway):
    source = await a_decided_case(gateway)
    check(gateway)
    asked = await the_probe(gateway)
    found = a_decision(asked, outcome="no_violation", ground=None, rule_id=None, decision_id="d-2")
    assert (await gateway.post("/v1/decisions", found, "rev-2")).status_code == 202
    (line,) = (await gateway.get("/v1/quality/disagreements")).json()["disagreements"]
    assert (line["case_id"], line["decision_id"], line["first"], line["second"]) == (
        source,
        "d-1",
        "violation",
        "no_violation",
    )

    settle = {"question": line["question"], "outcome": "no_violation", "reason": "synthetic words of a lead"}
    for own in ("rev-1", "rev-2"):
        with pytest.raises(Refused, match="one of the two answers is yours"):
            await gateway.doors.settle("demo", own, SettleRequest.model_validate(settle))
    assert await claimed(gateway, "rev-9") is None  # who they are is known by now: they reported it
    with pytest.raises(Refused, match="let another lead settle it"):
        await gateway.doors.settle("demo", "rev-9", SettleRequest.model_validate(settle))
    settled = (await gateway.post("/v1/quality/settlements", settle, "operator")).json()
    assert f"dueprocess reverse {source} d-1" in settled["next"]
    assert (await gateway.get("/v1/quality/disagreements")).json()["disagreements"] == []
    other = await gateway.post(
        "/v1/quality/settlements", {**settle, "outcome": "violation", "reason": "other"}, "operator"
    )
    assert other.status_code in (404, 409)
    assert not any(update == "reverse" for _, update, _, _ in gateway.temporal.asked)


async def test_figures_are_none_for_few_and_reading_them_by_person_is_kept(gateway: Gateway):
    await a_decided_case(gateway)
    check(gateway)
    asked = await the_probe(gateway)
    await gateway.post("/v1/decisions", a_decision(asked, rule_id="harassment.rule", decision_id="d-2"), "rev-2")
    report = (await gateway.get("/v1/quality?by=reviewer")).json()

    assert [line["name"] for line in report["lines"]] == ["rev-1", "rev-2"]
    assert report["whole"]["agreement"]["words"] == "too few to say: 1, and 5 are needed"
    assert report["whole"]["agreement"]["share"] is None
    assert await reads(gateway) == [("auditor", "agreement by reviewer")]
    assert (await gateway.get("/v1/quality", "rev-1")).status_code == 403
    await gateway.get("/v1/quality?by=queue")
    assert len(await reads(gateway)) == 1
    told = [(await gateway.get("/v1/wellbeing", who)).json()["figures_read"] for who in ("rev-1", "rev-2")]
    assert [[(one["by"], one["what"]) for one in lines] for lines in told] == [
        [("auditor", "agreement by reviewer")]
    ] * 2
    assert (await gateway.get("/v1/wellbeing", "rev-1")).json()["units"] == 0, "that they were read costs nothing"
    gateway.clock.forward(timedelta(days=91))
    assert (await gateway.get("/v1/wellbeing", "rev-1")).json()["figures_read"] == []


async def reads(gateway: Gateway) -> list[tuple[str, str]]:
    async with tenant_transaction(gateway.record.pool, "demo") as connection:
        return [(row["by"], row["what"]) for row in await connection.fetch("SELECT by, what FROM quality_reads")]


async def add_golden(gateway: Gateway, case_id: str, outcome: str = "violation", golden_id: str = "g-1") -> Any:
    body = {
        "message_id": golden_id,
        "case_id": case_id,
        "matter": TASK,
        "outcome": outcome,
        "reason": "synthetic reason",
    }
    return await gateway.post("/v1/quality/golden", body, "operator")


async def test_a_known_answer_is_asked_now_and_then_and_withdrawn_before_it_is_late(gateway: Gateway):
    source = await a_decided_case(gateway)
    added = await add_golden(gateway, source)
    assert (added.status_code, added.json()["items"][0]["golden_id"]) == (200, "g-1")
    check(gateway, Quality.model_construct(queues={"harassment": Sampling.model_construct(golden=0.5)}, too_few=5))
    assert await quality.tend(gateway.record, "demo", gateway.clock.now) == 0, "two answers lie between two of them"
    for number in (2, 3):
        gateway.clock.forward(timedelta(minutes=1))
        await a_decided_case(gateway, number)
    asked = await the_probe(gateway)
    assert await quality.tend(gateway.record, "demo", gateway.clock.now) == 0, "one at a time"
    probe = await probes.named(gateway.record, asked["task"]["stream"])
    assert (probe.purpose, probe.golden_id, probe.expected) == ("golden", "g-1", "violation")

    gateway.clock.forward(timedelta(days=2))
    await quality.tend(gateway.record, "demo", gateway.clock.now)
    late = await gateway.post("/v1/decisions", a_decision(asked), "rev-2")
    assert late.status_code == 403, "the claim is over"
    assert not [one for one in (await gateway.get("/v1/queue")).json()["tasks"] if one["stream"] == probe.stream_id]
    retired = await gateway.post("/v1/quality/golden/retirements", {"golden_id": "g-1"}, "operator")
    assert retired.json()["items"][0]["retired_at"]


async def test_an_exercise_is_judged_by_everybody_named_and_says_nobodys_answer(gateway: Gateway):
    source = await a_decided_case(gateway)
    await add_golden(gateway, source)
    check(gateway)
    until = (gateway.clock.now + timedelta(days=3)).isoformat()
    body = {"message_id": "e-1", "items": ["g-1"], "reviewers": ["rev-2", "rev-9"], "due_at": until}
    opened = (await gateway.post("/v1/quality/exercises", body, "operator")).json()
    assert (opened["asked"], opened["answered"]) == (2, 0)
    assert (await gateway.post("/v1/quality/exercises", body, "operator")).json()["asked"] == 2
    asked = await claimed(gateway, "rev-2")
    assert asked
    await gateway.post("/v1/decisions", a_decision(asked, rule_id="harassment.rule"), "rev-2")
    so_far = await gateway.get("/v1/quality/exercises/e-1")

    assert so_far.json()["items"] == [
        {"golden_id": "g-1", "matter": TASK, "known": "violation", "answers": {"violation": 1}}
    ]
    assert "rev-2" not in so_far.text


async def test_an_exercise_is_put_whole_or_not_at_all(gateway: Gateway, monkeypatch: pytest.MonkeyPatch):
    """Its second item turned severe since, its opening died halfway, or too few would be left to hear an appeal of it."""
    first, (second, run) = await a_decided_case(gateway), await a_run(gateway, 2)
    await add_golden(gateway, first)
    await add_golden(gateway, second, "no_violation", "g-2")
    request = ExerciseRequest(
        message_id="e-1",
        items=("g-1", "g-2"),
        reviewers=("rev-2", "rev-9"),
        due_at=gateway.clock.now + timedelta(days=3),
    )
    put = placing.put

    async def dying(*arguments: Any, **named: Any) -> None:
        if arguments[3].source.golden_id == "g-2":
            raise ConnectionError("synthetic: gone before everybody was asked")
        await put(*arguments, **named)

    with monkeypatch.context() as patched:
        patched.setattr(placing, "put", dying)
        with pytest.raises(ServiceUnavailable):
            await gateway.doors.open_exercise("demo", "lead", request)
    assert await probes.of_exercise(gateway.record, "demo", "e-1") == []
    with pytest.raises(BadInput, match="reviewers"):
        await gateway.doors.open_exercise("demo", "lead", request.model_copy(update={"reviewers": ("operator",)}))
    await registered(gateway, "rev-2", "rev-3")
    with pytest.raises(Refused, match="too few would be left"):
        await gateway.doors.open_exercise("demo", "lead", request)
    await registered(gateway, "rev-4")
    for _ in range(2):
        assert (await gateway.doors.open_exercise("demo", "lead", request)).asked == 4

    await turns_severe(gateway, second, run)
    again = request.model_copy(update={"message_id": "e-2"})
    with pytest.raises(Refused, match="shown to nobody to learn from"):
        await gateway.doors.open_exercise("demo", "lead", again)
    with pytest.raises(NotFound):
        await gateway.doors.exercise("demo", "e-2")


async def turns_severe(gateway: Gateway, case_id: str, run: PaperRun) -> None:
    """What another signal brought to light of the same post."""
    worse = an_assessment("child_safety", terms=terms(severity=0, queue="child_safety"))
    await write(gateway, case_id, run.signal(synthetic=0.9).triaged(worse))


async def registered(gateway: Gateway, *people: str) -> None:
    """They are in the register."""
    for one in people:
        await reviewers.register(gateway.record, "demo", one, ReviewerProfile(), gateway.clock.now, "op-1")


async def test_what_turns_severe_is_taken_back_before_anybody_is_shown_it(gateway: Gateway):
    """By the watch's next look, and by whoever looks before it does; a known answer of such a case is retired."""
    case_id, run = await a_run(gateway)
    gateway.clock.forward(timedelta(minutes=5))
    await write(gateway, case_id, run.decide())
    await add_golden(gateway, case_id)
    check(gateway)
    asked = await the_probe(gateway)
    stream = asked["task"]["stream"]
    await turns_severe(gateway, case_id, run)
    look = {"stream": stream, "level": "masked", "acknowledged": True}
    assert (await gateway.post("/v1/reveals", look, "rev-2")).json()["code"] == "no_claim"
    late = await gateway.post("/v1/decisions", a_decision(asked, rule_id="harassment.rule"), "rev-2")
    assert (late.status_code, late.json()["code"]) == (409, "closed")
    check(gateway, Quality.model_construct(queues={"harassment": Sampling.model_construct(golden=1.0)}, too_few=5))
    gateway.clock.forward(timedelta(minutes=1))
    await a_decided_case(gateway, 3)
    assert await quality.tend(gateway.record, "demo", gateway.clock.now) == 0
    (item,) = (await gateway.get("/v1/quality/golden")).json()["items"]
    assert item["retired_at"]

    other, again = await a_run(gateway, 2)
    gateway.clock.forward(timedelta(minutes=5))
    await write(gateway, other, again.decide())
    check(gateway)
    assert await quality.tend(gateway.record, "demo", gateway.clock.now) == 2
    assert await placing.withdraw(gateway.record, "demo", gateway.clock.now) == 0
    await turns_severe(gateway, other, again)
    assert await placing.withdraw(gateway.record, "demo", gateway.clock.now) == 1


async def test_who_saw_a_case_under_another_name_hears_no_appeal_of_it_and_who_was_only_asked_may(gateway: Gateway):
    """Seeing is looking at the evidence, or answering; a question that was put, claimed and given back unseen bars nobody."""
    source = await a_decided_case(gateway)
    await add_golden(gateway, source)
    until = (gateway.clock.now + timedelta(days=3)).isoformat()
    everybody = ["rev-2", "rev-both", "rev-9"]
    body = {"message_id": "e-1", "items": ["g-1"], "reviewers": everybody, "due_at": until}
    await gateway.post("/v1/quality/exercises", body, "operator")
    looked, unseen = await claimed(gateway, "rev-2"), await claimed(gateway, "rev-both")
    assert looked
    assert unseen
    stream = looked["task"]["stream"]
    seen = await gateway.post("/v1/reveals", {"stream": stream, "level": "masked", "acknowledged": True}, "rev-2")
    assert seen.status_code == 200, seen.text
    for who, one in (("rev-2", looked), ("rev-both", unseen)):
        await gateway.doors.release("demo", who, one["lease_id"])

    await project(gateway, source, TASK_OF_AN_APPEAL)
    wanted = {"stream": source, "task_id": "appeal"}
    for who, code in (("rev-1", "decided_before"), ("rev-2", "decided_before"), ("rev-9", "conflict_of_interest")):
        refused = await gateway.post("/v1/claims", wanted, who)
        assert (refused.status_code, refused.json()["code"]) == (409, code)
    assert (await gateway.post("/v1/claims", wanted, "rev-both")).status_code == 201


async def test_nothing_is_asked_of_a_case_under_appeal_and_what_was_is_taken_back(gateway: Gateway):
    case_id, run = await a_run(gateway)
    gateway.clock.forward(timedelta(minutes=5))
    await write(gateway, case_id, run.decide().settle())
    await add_golden(gateway, case_id)
    check(gateway)
    assert await quality.tend(gateway.record, "demo", gateway.clock.now) == 1
    await write(gateway, case_id, run.appeal())
    assert await placing.withdraw(gateway.record, "demo", gateway.clock.now) == 1
    assert await claimed(gateway, "rev-2") is None
    again = await add_golden(gateway, case_id, golden_id="g-2")
    assert (again.status_code, again.json()["code"]) == (409, "under_appeal")


async def test_nobody_says_what_is_right_in_their_own_case_or_ends_their_own_conflict(gateway: Gateway):
    source = await a_decided_case(gateway)
    declared = {"message_id": "k-1", "about": "topic", "name": "harassment"}
    await gateway.doors.declare_conflict("demo", "operator", "operator", ConflictRequest.model_validate(declared))
    added = await add_golden(gateway, source)
    assert (added.status_code, added.json()["code"]) == (409, "conflict_of_interest")
    with pytest.raises(Refused, match="the conflict is your own"):
        await gateway.doors.end_conflict("demo", "operator", ConflictEnded(conflict_id="k-1"))
    await gateway.doors.end_conflict("demo", "operator-2", ConflictEnded(conflict_id="k-1"))
    assert (await add_golden(gateway, source)).status_code == 200


async def test_what_is_restricted_becomes_no_known_answer(gateway: Gateway):
    body = {**REPORT, "message_id": "m-5", "subject": {"kind": "content", "id": "post-5"}}
    case_id: str = (await gateway.post("/v1/reports", body)).json()["case_id"]
    run = a_reviewed_run(terms=terms(severity=0, queue="child_safety"))
    await write(gateway, case_id, run)
    refused = await add_golden(gateway, case_id)

    assert (refused.status_code, refused.json()["code"]) == (409, "restricted")


async def test_at_no_door_of_a_reviewer_does_a_double_review_answer_otherwise_than_a_case(gateway: Gateway):
    """Whatever there is to read, and what can be done to a task: the same status, code and shape of the answer."""
    real, _ = await a_run(gateway, 7)
    assert await claimed(gateway, "rev-2", stream=real, task_id=TASK)
    await a_decided_case(gateway)
    check(gateway)
    stream = (await the_probe(gateway))["task"]["stream"]
    reads = [path for path, methods in gateway.app.openapi()["paths"].items() if "get" in methods]
    assert len(reads) > 30
    for path in reads:
        answers = [await an_answer(gateway, re.sub(r"\{[^}]+\}", one, path), one) for one in (real, stream)]
        assert answers[0] == answers[1], path
    change = {"task_id": TASK, "reason": "synthetic"}
    acts: list[tuple[str, int, dict[str, Any]]] = [
        ("claims", 201, {"task_id": TASK}),
        ("reveals", 200, {"level": "masked", "acknowledged": True}),
        ("reveals", 200, {"level": "clear"}),
        ("reveals", 404, {"level": "grey", "attachment": 1}),
        ("task-changes", 200, {**change, "action": "boost"}),
        ("task-changes", 200, {**change, "action": "skip"}),
        ("claims", 201, {"task_id": TASK}),
    ]
    for path, status, body in acts:
        answers = [await an_answer(gateway, f"/v1/{path}", one, body) for one in (real, stream)]
        assert answers[0] == answers[1], (path, body, answers)
        assert answers[0][0] == status, (path, body, answers)


async def an_answer(
    gateway: Gateway, path: str, stream: str, body: dict[str, Any] | None = None
) -> tuple[int, Any, Any]:
    """Status, shape and code, to who holds the task."""
    named = {"stream": stream, "case_id": stream}
    if body is None:
        answer = await gateway.get(f"{path}?{urlencode({**named, 'attachment': 1, 'level': 'veiled'})}", "rev-2")
    else:
        own = {"message_id": f"x-{body['action']}-{stream[-8:]}"} if "action" in body else {}
        answer = await gateway.post(path, {"stream": stream, **body, **own}, "rev-2")
    said = answer.json() if "json" in answer.headers.get("content-type", "") and answer.content else {}
    return answer.status_code, shape(said), said.get("code") if isinstance(said, dict) else None
