"""What time does to open tasks: tiers, calls to people, and the view of whoever is on call."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from temporalio.testing import ActivityEnvironment

from activities.alarm_calls import AlarmCalls
from activities.drift_watch import DriftWatch
from activities.packs_in_force import PacksInForce
from activities.pager import Pager
from activities.policy_packs import PolicyPacks
from activities.task_watch import Watching
from cases.assessments import Triaged
from cases.case import CaseStage
from cases.detections import Detection
from cases.drift_alarms import HOUR, HourCounts
from cases.events import CaseEvent
from cases.matters import PackRef
from cases.projection import Projection, TaskKind
from cases.queues import Queue, Tier
from cases.releases import Approved, NotStarted, Proposed, Withdrawn
from record import events, policies, quality, said, watching
from simulators.platform.signatures import Verifier, decode_secret
from tests.conftest import Database
from tests.integration.gateway_kit import START, Gateway, a_gateway
from tests.integration.test_queues import TASK, claimed, offer, project
from workers.wiring import POLICIES

SECRET = "whsec_c3ludGhldGljIHNlY3JldCBvZiBhIHBhZ2VyLi4uLi4="
RULES = {
    "harassment": Queue(description="Synthetic.", tiers=(Tier(name="senior", within="PT4H"), Tier(name="lead"))),
    "danger": Queue(description="Synthetic.", pages=True),
}


@dataclass
class PagerStandIn:
    """Takes calls, or does not."""

    clock: Callable[[], datetime]
    status: int = 202
    calls: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        """One call, its signature checked."""
        Verifier((decode_secret(SECRET),), self.clock).verify(request.headers, request.content)
        self.calls.append(json.loads(request.content))
        return httpx2.Response(self.status)


@dataclass
class Night:
    """A gateway, a pager, and the watch."""

    gateway: Gateway
    pager: PagerStandIn
    watching: Watching
    drifts: DriftWatch
    packs: PacksInForce

    async def later(self, **time: float) -> int:
        """Let time pass, and look."""
        self.gateway.clock.forward(timedelta(**time))
        return await self.watching.watch_tasks()

    async def compared(self) -> int:
        """Look at what machines said in the hours that are over."""
        return await ActivityEnvironment().run(self.drifts.watch_drift)

    async def oncall(self) -> dict[str, Any]:
        """The view."""
        answer: dict[str, Any] = (await self.gateway.get("/v1/oncall", "operator")).json()
        return answer


@pytest.fixture
async def night(postgres: Database) -> AsyncIterator[Night]:
    async with a_gateway(postgres) as gateway:
        pager = PagerStandIn(gateway.clock)
        http = httpx2.AsyncClient(transport=httpx2.MockTransport(pager.answer))
        record = replace(gateway.record, queues=RULES)
        port = Pager(http, "http://pager.invalid/", SECRET, gateway.clock)
        packs = PacksInForce(record, PolicyPacks(POLICIES))
        drifts = DriftWatch(record, packs, gateway.clock)
        yield Night(
            gateway,
            pager,
            Watching(record, port, AlarmCalls(record, packs, port, gateway.clock), gateway.clock),
            drifts,
            packs,
        )
        await http.aclose()


async def test_what_is_overdue_goes_up_tier_by_tier_and_the_record_says_when(night: Night):
    case_id = await offer(night.gateway)
    await night.later(hours=3)
    assert [one["tier"] for one in (await night.oncall())["tasks"]] == [1]
    await night.later(hours=1)
    await project(night.gateway, case_id, TASK)
    assert [(one["tier"], one["elapsed"]) for one in (await night.oncall())["tasks"]] == [(2, 100)]
    await night.later(hours=4)
    await night.later(hours=40)

    (one,) = (await night.oncall())["tasks"]
    assert (one["tier"], one["seconds_left"]) == (3, -44 * 3600)
    path = f"/v1/task-changes?stream={case_id}&task_id=harassment/1"
    changes = (await night.gateway.get(path)).json()["changes"]
    assert [(one["action"], one["by"], one["tier"], one["at"][11:16]) for one in changes] == [
        ("escalate", "clock", 2, "14:00"),
        ("escalate", "clock", 3, "18:00"),
    ]


async def test_a_watch_that_was_away_makes_up_for_it_at_once(night: Night):
    await offer(night.gateway)
    await night.later(days=2)

    assert [one["tier"] for one in (await night.oncall())["tasks"]] == [3]


async def test_an_extended_task_is_the_first_tiers_again(night: Night):
    case_id = await offer(night.gateway)
    await night.later(hours=5)
    await project(night.gateway, case_id, TASK.evolve(due_at=START + timedelta(hours=9)))
    await night.later(minutes=1)

    assert [one["tier"] for one in (await night.oncall())["tasks"]] == [1]


async def test_danger_calls_a_person_again_and_louder_until_somebody_answers(night: Night):
    case_id = await offer(night.gateway, severity=1, queue="danger")
    await offer(night.gateway, 2)
    assert await night.later(seconds=1) == 1
    assert await night.later(minutes=4) == 0
    assert await night.later(minutes=1) == 1
    assert [(one["stream"], one["queue"], one["level"]) for one in night.pager.calls] == [
        (case_id, "danger", 1),
        (case_id, "danger", 2),
    ]

    (page,) = (await night.oncall())["pages"]
    body = {"page_id": page["page_id"]}
    answered = await night.gateway.post("/v1/pages/acknowledgements", body, "rev-1")
    assert (answered.status_code, answered.json()["by"]) == (200, "rev-1")
    assert (await night.gateway.post("/v1/pages/acknowledgements", body, "rev-2")).json()["by"] == "rev-1"
    assert await night.later(minutes=14) == 0


async def test_nobody_stills_a_call_about_themselves(night: Night):
    await offer(night.gateway, severity=1, queue="danger")
    await night.later(seconds=1)
    (page,) = (await night.oncall())["pages"]
    for who in ("rev-9", "operator-9"):
        refused = await night.gateway.post("/v1/pages/acknowledgements", {"page_id": page["page_id"]}, who)
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict_of_interest")
    assert await night.later(minutes=5) == 1, "it is called on"


async def test_who_said_they_answer_and_did_nothing_is_called_again_one_level_up(night: Night):
    await offer(night.gateway, severity=0)
    await night.later(seconds=1)
    (page,) = (await night.oncall())["pages"]
    body = {"page_id": page["page_id"]}
    await night.gateway.post("/v1/pages/acknowledgements", body, "rev-1")
    assert await night.later(minutes=15) == 1
    assert [one["level"] for one in night.pager.calls] == [1, 3]
    assert (await night.oncall())["pages"][0]["acknowledged_by"] is None

    await night.gateway.post("/v1/pages/acknowledgements", body, "rev-1")
    await claimed(night.gateway)
    assert await night.later(minutes=16) == 0, "it is in somebody's hands"


async def test_what_is_late_in_somebodys_hands_calls_another_person(night: Night):
    await offer(night.gateway, severity=0, due_at=START + timedelta(minutes=10))
    await claimed(night.gateway)
    assert await night.later(minutes=9) == 0
    assert await night.later(minutes=1) == 1


@pytest.mark.parametrize("hours", [-6, 6], ids=["back", "ahead and back"])
async def test_a_clock_that_jumps_silences_no_call(night: Night, hours: int):
    """A wait that a wrong clock set ends at once, by what is the longest wait there is."""
    await offer(night.gateway, severity=0)
    night.pager.status = 503
    await night.later(hours=max(hours, 0), seconds=1)
    night.pager.status = 202
    await night.later(hours=-6, seconds=1)
    await night.later(seconds=31)
    assert night.pager.calls
    assert (await night.oncall())["pages"][0]["sent_at"]


async def test_a_call_that_no_pager_took_is_louder_when_one_is_there_again(night: Night):
    await offer(night.gateway, severity=0)
    night.pager.status = 503
    for _ in range(3):
        assert await night.later(minutes=10) == 0
    night.pager.status = 202
    assert await night.later(minutes=1) == 1
    assert [one["level"] for one in night.pager.calls] == [1, 3, 5, 5]
    assert await watching.unanswered(night.gateway.record, "demo") == (1, START + timedelta(minutes=10))


async def test_the_severest_are_called_for_first(night: Night, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(watching, "PAGES_AT_ONCE", 1)
    await offer(night.gateway, severity=1, queue="danger")
    await night.later(seconds=-1)
    await offer(night.gateway, 2, severity=0)
    await night.later(seconds=1)
    assert [one["severity"] for one in night.pager.calls] == [1, 0]
    assert await night.later(minutes=5) == 1
    assert night.pager.calls[-1]["severity"] == 0


async def test_one_tenants_trouble_keeps_nobody_else_from_being_called(night: Night, monkeypatch: pytest.MonkeyPatch):
    """And nobody of another tenant sees the call, or answers it."""
    case_id = await offer(night.gateway, severity=0)
    tend = quality.tend

    async def broken(record: Any, tenant: str, now: datetime) -> int:
        raise ConnectionError("synthetic: gone")

    monkeypatch.setattr(quality, "tend", broken)
    with pytest.raises(ConnectionError):
        await night.later(seconds=1)
    assert [(one["tenant"], one["stream"]) for one in night.pager.calls] == [("demo", case_id)]
    monkeypatch.setattr(quality, "tend", tend)
    take = watching.take_pages

    async def of_others_alone(record: Any, tenant: str, now: datetime) -> Any:
        if tenant == "other":
            raise ConnectionError("synthetic: gone")
        return await take(record, tenant, now)

    monkeypatch.setattr(watching, "take_pages", of_others_alone)
    with pytest.raises(ConnectionError):
        await night.later(minutes=5)
    assert [one["level"] for one in night.pager.calls] == [1, 2]

    (page,) = (await night.oncall())["pages"]
    other = await night.gateway.get("/v1/oncall", "other-operator")
    assert (other.json()["pages"], other.json()["tasks"], other.json()["clocks"]) == ([], [], [])
    stolen = await night.gateway.post("/v1/pages/acknowledgements", {"page_id": page["page_id"]}, "other-rev")
    assert stolen.status_code == 404


async def test_a_pager_that_is_away_is_tried_again_and_the_view_says_that_nobody_was_reached(night: Night):
    await offer(night.gateway, severity=0)
    night.pager.status = 503
    assert await night.later(seconds=1) == 0
    (page,) = (await night.oncall())["pages"]
    assert (page["sent_at"], page["level"]) == (None, 1)
    night.pager.status = 202
    assert await night.later(seconds=20) == 0
    assert await night.later(seconds=10) == 1


async def test_nobody_is_called_while_somebody_holds_the_task_and_again_when_they_vanish(night: Night):
    case_id = await offer(night.gateway, severity=0)
    await claimed(night.gateway)
    assert await night.later(minutes=1) == 0
    assert await night.later(minutes=30) == 1
    await project(night.gateway, case_id)
    await night.later(minutes=10)

    assert len(night.pager.calls) == 1
    assert (await night.oncall())["pages"] == []


async def test_a_call_carries_ids_and_numbers_only(night: Night):
    await offer(night.gateway, severity=0)
    await night.later(seconds=1)

    assert set(night.pager.calls[0]) == {
        *("type", "page_id", "tenant", "stream", "task_id", "queue", "severity", "level", "opened_at", "due_at"),
    }


async def test_the_law_comes_by_the_time_left(night: Night):
    case_id = await offer(night.gateway)
    other = await offer(night.gateway, 2)
    for which, hours in ((case_id, 9), (other, 2)):
        await by_law(night.gateway, which, START + timedelta(hours=hours))

    clocks = (await night.oncall())["clocks"]
    assert [(one["case_id"], one["seconds_left"]) for one in clocks] == [(other, 2 * 3600), (case_id, 9 * 3600)]


async def by_law(gateway: Gateway, case_id: str, due_at: datetime) -> None:
    """The case has a law's clock."""
    projection = Projection(
        stage=CaseStage.ENFORCING,
        legal_clock="take_down:intimate_images/1",
        legal_source="47 U.S.C. 223a",
        legal_due_at=due_at,
    )
    await events.append(gateway.record, case_id, (), gateway.clock.now, projection)


async def test_an_order_that_is_given_up_calls_a_person_and_is_no_reviewers_to_claim(night: Night):
    order = {"task_id": "order:d-1:subject", "kind": TaskKind.ORDER, "subject": "d-1:subject", "queue": "orders"}
    case_id = await offer(night.gateway, **order)
    assert await night.later(seconds=1) == 1
    assert [(one["queue"], one["task_id"]) for one in night.pager.calls] == [("orders", "order:d-1:subject")]
    assert await claimed(night.gateway) is None
    named = await night.gateway.post("/v1/claims", {"stream": case_id, "task_id": "order:d-1:subject"}, "rev-1")
    assert named.json()["code"] == "not_claimed"
    assert "dueprocess enforcement" in named.json()["detail"]
    await project(night.gateway, case_id)
    assert await night.later(minutes=10) == 0, "it was seen to"


# Alarms -------------------------------------------------------------------------------------------------------------------

SPAM = "dueprocess/spam spam"


async def scored(night: Night, case_id: str, hour: datetime, score: float | None, many: int = 60) -> None:
    """What a detector said within an hour, as triage records it."""
    heard = Detection(detector="dueprocess/spam", version="1", label="spam", score=score, failed=score is None)
    body = Triaged(through=1, evidence_version=1, assessments=(), facts={}, detections=(heard,))
    at = hour + HOUR / 2
    made = tuple(CaseEvent(event_id=f"triage:{at:%d%H%M}.{n}/1", occurred_at=at, body=body) for n in range(many))
    await events.append(night.gateway.record, case_id, made, at)


async def test_a_drift_calls_a_person_once_and_once_more_when_it_is_over(night: Night):
    case_id, record = await offer(night.gateway), night.gateway.record
    began = START.replace(minute=0, second=0, microsecond=0)
    for n in range(72):
        usual = HourCounts(who=SPAM, hour=began - (n + 1) * HOUR, runs=60, passes=6 + n % 3, bins=(54, *(0,) * 8, 6))
        await said.keep(record, "demo", usual.hour, (usual,))
    for n in range(4):
        await scored(night, case_id, began + n * HOUR, 0.95)
    night.gateway.clock.forward(began + 3 * HOUR - night.gateway.clock.now + timedelta(minutes=3))
    assert await night.compared() == 1
    assert await night.compared() == 0
    assert await night.watching.watch_tasks() == 1
    assert await night.later(hours=1) == 0
    assert await night.compared() == 0
    (call,) = night.pager.calls
    assert (call["type"], call["kind"], call["state"], call["count"]) == ("alarm", "drift", "began", 1)
    (told,) = call["alarms"]
    assert (told["about"], told["span"], told["rate"], told["drift"]) == (SPAM, "PT1H", 1.0, "raised")

    (shown,) = (await night.oncall())["alarms"]
    assert (shown["about"], shown["acknowledged_by"]) == (SPAM, None)
    answer = await night.gateway.post("/v1/pages/acknowledgements", {"page_id": shown["alarm_id"]}, "operator")
    assert (answer.status_code, answer.json()["by"]) == (200, "operator")
    other = await night.gateway.get("/v1/oncall", "other-operator")
    assert other.status_code != 200 or other.json()["alarms"] == []

    for n in range(4, 7):
        await scored(night, case_id, began + n * HOUR, 0.05)
        await scored(night, case_id, began + n * HOUR + timedelta(minutes=1), 0.95, 7)
    night.gateway.clock.forward(3 * HOUR)
    assert await night.compared() == 0
    assert await night.watching.watch_tasks() == 1
    assert [(one["state"], one["alarms"][0]["about"]) for one in night.pager.calls] == [("began", SPAM), ("over", SPAM)]
    assert (await night.oncall())["alarms"] == []
    assert await night.watching.watch_tasks() == 0


async def test_a_release_that_did_not_start_calls_a_person_until_somebody_withdraws_it(night: Night):
    base, overtook = (PackRef(pack_id="baseline", version=one, digest=f"sha256:{one}") for one in ("1", "2"))
    record, now = night.gateway.record, night.gateway.clock.now
    happened = [
        Proposed(release_id="r-1", pack=overtook, base=base, by="ann", at=now, reason="synthetic"),
        Approved(release_id="r-1", by="ben", at=now, waits=True),
        NotStarted(release_id="r-1", at=now, in_force=overtook),
        Withdrawn(release_id="r-1", by="ann", at=now, reason="synthetic"),
    ]
    for number, event in enumerate(happened[:3]):
        assert await policies.append(record, "demo", event, number)
    night.pager.status = 503
    assert await night.later(seconds=3) == 0  # a pager that does not take it is called again
    night.pager.status = 202
    assert await night.later(seconds=31) == 1
    assert await night.later(hours=9) == 0
    assert (night.pager.calls[-1]["kind"], night.pager.calls[-1]["alarms"][0]["about"]) == (
        "release_not_started",
        "r-1",
    )
    await policies.append(record, "demo", happened[3], 3)
    night.packs.forget("demo")
    assert await night.later(seconds=9) == 1
    assert night.pager.calls[-1]["state"] == "over"
