"""Events to a tenant's own services: each once and in order where all is well, none lost where it is not. Over real HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities import stubs
from activities.event_feed import EventFeed
from cases.errors import Conflict, UnknownSomething
from cases.events import CaseEvent, EvidenceDelayed
from cases.subscribers import Subscriber, SubscriberTable
from record import events, outgoing
from record.record import Record
from simulators.platform.signatures import Verifier, decode_secret
from tests.builders import an_event
from tests.conftest import Database
from tests.integration.gateway_kit import REPORT, a_gateway, served
from tests.integration.record_means import NOON, TENANT, a_record, a_report, case_id_of, minutes

SECRET = "whsec_" + "c3ludGhldGljIHNlY3JldCBvZiBhIHdhcmVob3VzZQ=="
NAME = "warehouse"


@dataclass
class Warehouse:
    """A subscriber behind real HTTP. answers: by webhook-id in order of asking, else by place, else 204; cut: no answer."""

    answers: list[int] = field(default_factory=list)
    refuses: Callable[[dict[str, Any]], bool] = lambda message: False
    retry_after: str = ""
    got: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    verifier: Verifier = field(default_factory=lambda: Verifier((decode_secret(SECRET),), lambda: datetime.now(UTC)))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while True:
            part = await receive()
            body += part.get("body", b"")
            if not part.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        named = self.verifier.verify(headers, body)  # raises: a 500, and the test finds nothing taken
        message = json.loads(body)
        status = self.answers.pop(0) if self.answers else 422 if self.refuses(message) else 204
        if 200 <= status < 300:
            self.got.append((named, message))
        if status == 0:  # taken, and the answer is lost
            self.got.append((named, message))
            raise ConnectionResetError
        wish = [(b"retry-after", self.retry_after.encode())] if self.retry_after else []
        elsewhere = [(b"location", b"/elsewhere")] if status == 307 else []
        await send({"type": "http.response.start", "status": status, "headers": [*wish, *elsewhere]})
        await send({"type": "http.response.body", "body": b""})

    def places(self, stream: str) -> list[int]:
        return [one["data"]["sequence"] for _, one in self.got if one["data"]["stream_id"] == stream]


def happening(name: str, at: datetime = NOON) -> CaseEvent:
    """Something that is recorded."""
    return an_event(name, EvidenceDelayed(cause="synthetic"), at)


@dataclass
class World:
    record: Record
    warehouse: Warehouse
    url: str

    async def enter(self, *kinds: str, name: str = NAME) -> None:
        await outgoing.enter(self.record, TENANT, {name: kinds}, NOON)

    async def happened(self, *names: str, subject: str = "post-1") -> str:
        """These events on a post's case."""
        stream = await case_id_of(self.record, subject)
        await a_report(self.record, f"r-{subject}", subject_id=subject)
        for place, name in enumerate(names):
            await events.append(self.record, stream, (happening(name, minutes(place)),), minutes(place))
        return stream

    async def append_on(self, connection: Any, stream: str, event: CaseEvent) -> None:
        """One event, in a transaction that the caller ends."""
        key = await self.record.keyring.case_key(TENANT, stream)
        body = events.sealed_body(key, stream, event)
        named = ([event.event_id], [event.body.kind], [NOON], [body], [], None)
        await connection.fetch(self.record.queries["append_events"], TENANT, stream, key.key_id, NOON, *named)

    async def turn(self, seconds: float = 0.3, **changes: Any) -> stubs.DeliveredEvents:
        """One turn of the real activity."""
        table = SubscriberTable(name=NAME, tenant=TENANT, url=self.url, secrets=("env:A",), **changes)
        ours = {(TENANT, NAME): Subscriber(table, (decode_secret(SECRET),))}
        async with httpx2.AsyncClient(trust_env=False) as http:
            feed = EventFeed(self.record, ours, http, lambda: datetime.now(UTC), seconds)
            request = stubs.DeliverEvents(tenant=TENANT, subscriber=NAME)
            return await ActivityEnvironment().run(feed.deliver_events, request)

    async def stands(self, name: str = NAME) -> outgoing.SubscriberState:
        rows, _ = await outgoing.show(self.record, TENANT)
        return next(row for row in rows if row.name == name)


@asynccontextmanager
async def a_world(database: Database) -> AsyncIterator[World]:
    record = await a_record(database.owner_dsn, database.app_dsn, {TENANT: False, "other": False})
    warehouse = Warehouse()
    try:
        async with served(warehouse) as url:  # type: ignore[arg-type]  # any ASGI application
            yield World(record, warehouse, url)
    finally:
        await record.close()


@pytest.fixture
async def world(postgres: Database) -> AsyncIterator[World]:
    async with a_world(postgres) as one:
        yield one


async def test_every_event_is_sent_once_signed_and_in_the_order_of_its_case(world: World):
    await world.enter()
    streams = [await world.happened("a", "b", "c", subject=f"post-{number}") for number in range(12)]
    assert (await world.turn()).events == 36
    for stream in streams:
        assert world.warehouse.places(stream) == [1, 2, 3]
    assert (await world.turn()).events == 0
    named, message = world.warehouse.got[0]
    assert named.startswith("evt_")
    assert message["type"] == f"case.{message['data']['kind']}"
    assert message["data"]["event"]["body"]["kind"] == message["data"]["kind"]
    assert message["data"]["tenant"] == TENANT
    state = await world.stands()
    assert (state.delivered, state.waiting, state.away_since) == (36, 0, None)


async def test_only_kinds_that_are_wanted_are_put_aside_and_nothing_from_before(world: World):
    await world.happened("before")
    await world.enter("order_confirmed")
    await world.happened("after")
    assert (await world.stands()).waiting == 0
    await world.enter()
    await world.happened("later")
    assert (await world.stands()).waiting == 1


async def test_another_tenants_events_are_nobody_elses(world: World):
    await world.enter()
    await outgoing.enter(world.record, "other", {}, NOON)
    await a_report(world.record, tenant="other")
    stream = await case_id_of(world.record, tenant="other")
    await events.append(world.record, stream, (happening("theirs"),), NOON)
    assert (await world.stands()).waiting == 0


@pytest.mark.parametrize("status", [301, 307, 401, 403, 404, 408, 429, 500, 503])
async def test_nothing_is_lost_where_the_subscriber_does_not_answer_as_it_should(world: World, status: int):
    await world.enter()
    stream = await world.happened("a", "b", "c")
    world.warehouse.answers = [204, status]
    with pytest.raises(ApplicationError, match=f"answered_{status}") as failed:
        await world.turn()
    assert failed.value.type == "SubscriberAway"
    state = await world.stands()
    assert (state.delivered, state.waiting, state.answer) == (1, 2, f"answered_{status}")
    assert state.away_since is not None
    assert (await world.turn()).events == 2
    assert world.warehouse.places(stream) == [1, 2, 3]
    assert (await world.stands()).away_since is None


async def test_it_is_asked_again_when_it_wants_to_be(world: World):
    await world.enter()
    await world.happened("a")
    world.warehouse.answers, world.warehouse.retry_after = [503], "120"
    with pytest.raises(ApplicationError) as failed:
        await world.turn()
    assert failed.value.next_retry_delay is not None
    assert failed.value.next_retry_delay.total_seconds() == 120


async def test_an_unreachable_subscriber_is_away_and_keeps_its_place(world: World):
    await world.enter()
    await world.happened("a")
    here, world.url = world.url, "http://127.0.0.1:9"
    with pytest.raises(ApplicationError, match="unreachable"):
        await world.turn()
    world.url = here
    assert (await world.turn()).events == 1


async def test_a_lost_answer_means_the_same_message_again_under_the_same_id(world: World):
    await world.enter()
    await world.happened("a")
    world.warehouse.answers = [0]
    with pytest.raises(ApplicationError):
        await world.turn()
    await world.turn()
    (first, told), (second, told_again) = world.warehouse.got
    assert (first, told) == (second, told_again)


async def test_what_is_refused_waits_for_an_operator_and_other_cases_go_on(world: World):
    await world.enter()
    stuck, free = await world.happened("a", "bad", "c"), await world.happened("a", "b", subject="post-2")
    world.warehouse.refuses = lambda message: message["data"]["event_id"] == "bad"
    await world.turn()
    assert world.warehouse.places(stuck) == [1]
    assert world.warehouse.places(free) == [1, 2]
    _, refused = await outgoing.show(world.record, TENANT)
    assert [(one.stream_id, one.sequence, one.answer) for one in refused] == [(stuck, 2, "answered_422")]
    await world.turn()
    assert world.warehouse.places(stuck) == [1], "it was not sent again by itself"
    world.warehouse.refuses = lambda message: False
    assert await outgoing.retry(world.record, TENANT, NAME, None) == 1
    await world.turn()
    assert world.warehouse.places(stuck) == [1, 2, 3]


async def test_what_is_skipped_is_left_out_and_the_rest_is_sent(world: World):
    await world.enter()
    stuck = await world.happened("a", "bad", "c")
    world.warehouse.refuses = lambda message: message["data"]["event_id"] == "bad"
    await world.turn()
    assert await outgoing.skip(world.record, TENANT, NAME, "case/demo/content/" + "0" * 32) == 0
    assert await outgoing.skip(world.record, TENANT, NAME, stuck) == 1
    await world.turn()
    assert world.warehouse.places(stuck) == [1, 3]


async def test_gone_means_that_it_is_sent_nothing_until_an_operator_starts_it_again(world: World):
    await world.enter()
    stream = await world.happened("a", "b")
    world.warehouse.answers = [410]
    await world.turn()
    state = await world.stands()
    assert (state.stopped_by, state.answer, state.waiting) == ("subscriber", "answered_410", 2)
    await world.turn()
    assert world.warehouse.got == []
    assert await outgoing.start(world.record, TENANT, NAME) == 1
    await world.turn()
    assert world.warehouse.places(stream) == [1, 2]


async def test_what_was_erased_meanwhile_is_sent_as_erased(world: World):
    await world.enter()
    stream = await world.happened("a")
    await world.record.keyring.destroy(TENANT, stream, at=NOON)
    await world.turn()
    ((_, message),) = world.warehouse.got
    assert message["type"] == "case.event_erased"
    assert message["data"]["erased"] is True
    assert message["data"]["event"] is None


async def test_a_transaction_that_commits_late_is_not_passed_over(world: World):
    """A cursor over numbers or times would have gone past it: it had begun first and is there last."""
    await world.enter()
    slow, fast = await case_id_of(world.record, "post-1"), await case_id_of(world.record, "post-2")
    await a_report(world.record, "r-1", subject_id="post-1")
    await a_report(world.record, "r-2", subject_id="post-2")
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def late() -> None:
        async with world.record.pool.acquire() as connection, connection.transaction():
            await world.append_on(connection, slow, happening("slow"))
            begun.set()
            await go_on.wait()

    async with asyncio.TaskGroup() as group:
        group.create_task(late())
        await begun.wait()
        await events.append(world.record, fast, (happening("fast"),), NOON)
        await world.turn()
        assert world.warehouse.places(fast) == [1]
        go_on.set()
    await world.turn()
    assert world.warehouse.places(slow) == [1]


async def test_events_that_are_taken_back_with_their_transaction_are_not_sent(world: World):
    await world.enter()
    stream = await world.happened()

    async def undone() -> None:
        async with world.record.pool.acquire() as connection, connection.transaction():
            await world.append_on(connection, stream, happening("never"))
            raise RuntimeError("synthetic")

    with pytest.raises(RuntimeError, match="synthetic"):
        await undone()
    await world.turn()
    assert world.warehouse.got == []


async def test_a_case_or_a_time_is_sent_once_more_under_the_same_ids(world: World):
    await world.enter()
    one, _ = await world.happened("a", "b"), await world.happened("a", "b", subject="post-2")
    await world.turn()
    before = {named for named, _ in world.warehouse.got}
    assert (await outgoing.replay_case(world.record, TENANT, NAME, one, NOON)).events == 2
    assert (await outgoing.replay_page(world.record, TENANT, NAME, minutes(1), "")).events == 2
    await world.turn()
    assert len(world.warehouse.got) == 8
    assert {named for named, _ in world.warehouse.got} == before
    with pytest.raises(UnknownSomething):
        await outgoing.replay_case(world.record, TENANT, NAME, "case/demo/content/" + "0" * 32, NOON)


async def test_who_is_named_no_more_is_put_nothing_aside_and_keeps_what_waits(world: World):
    await world.enter()
    await world.happened("a")
    await outgoing.enter(world.record, TENANT, {}, minutes(5))
    await world.happened("b")
    state = await world.stands()
    assert (state.ended_at, state.waiting) == (minutes(5), 1)
    await world.enter()
    assert (await world.stands()).ended_at is None
    await world.turn()
    assert len(world.warehouse.got) == 1


async def test_a_turn_of_nobody_is_over_at_once(world: World):
    async with httpx2.AsyncClient() as http:
        feed = EventFeed(world.record, {}, http, lambda: NOON)
        over = await ActivityEnvironment().run(
            feed.deliver_events, stubs.DeliverEvents(tenant=TENANT, subscriber="nobody")
        )
    assert over == stubs.DeliveredEvents(over=True)


async def test_a_change_is_kept_once_with_who_and_why(world: World):
    await world.enter()
    request = stubs.DeliverEvents(tenant=TENANT, subscriber=NAME)  # any message
    other = request.evolve(subscriber="other")
    assert await outgoing.known_change(world.record, TENANT, "m-1", request) is None
    await outgoing.note_change(world.record, TENANT, "m-1", request, NAME, "skip", "operator", "synthetic", NOON, 3)
    assert await outgoing.known_change(world.record, TENANT, "m-1", request) == 3
    with pytest.raises(Conflict):
        await outgoing.known_change(world.record, TENANT, "m-1", other)
    with pytest.raises(UnknownSomething):
        await outgoing.note_change(
            world.record, TENANT, "m-2", request, "nobody", "skip", "operator", "synthetic", NOON, 0
        )


async def test_operators_stop_start_retry_skip_and_replay_at_the_gateway(postgres: Database):
    async with a_gateway(postgres) as gateway:
        await outgoing.enter(gateway.record, "demo", {NAME: ()}, NOON)
        assert (await gateway.post("/v1/reports", REPORT)).status_code == 202
        case_id = await case_id_of(gateway.record)
        await events.append(gateway.record, case_id, (happening("a"), happening("b")), NOON)

        async def change(message_id: str, step: str, who: str = "operator", **more: Any) -> httpx2.Response:
            asked = {"message_id": message_id, "subscriber": NAME, "step": step, "reason": "synthetic", **more}
            return await gateway.post("/v1/subscriber-changes", asked, who)

        stopped = (await change("c-1", "stop")).json()
        assert (stopped["changed"], stopped["events"]) == (True, 0)
        assert (await change("c-1", "stop")).json() == stopped, "the same message is done once, and answered as before"
        assert (await change("c-1", "start")).status_code == 409
        assert (await change("c-2", "stop")).json()["changed"] is False
        shown = (await gateway.get("/v1/subscribers")).json()["subscribers"]
        assert [(one["name"], one["stopped_by"], one["waiting"]) for one in shown] == [(NAME, "operator", 2)]
        assert (await change("c-3", "start")).json()["changed"] is True
        replayed = (await change("c-4", "replay", case_id=case_id)).json()
        assert (replayed["events"], replayed["after"]) == (2, None)
        assert (await change("c-4", "replay", case_id=case_id)).json() == replayed
        assert (await change("c-5", "replay", since="2026-03-02T00:00:00Z")).json()["events"] == 2
        assert (await gateway.get("/v1/subscribers")).json()["subscribers"][0]["waiting"] == 6


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({"step": "skip", "subscriber": "nobody"}, 404, "there is no subscriber"),
        ({"step": "stop", "case_id": "case/demo/content/x"}, 422, "leave case_id out"),
        ({"step": "retry", "since": "2026-03-02T00:00:00Z"}, 422, "leave since and after out"),
        ({"step": "replay"}, 422, "replay needs a case_id, or since"),
        ({"step": "replay", "case_id": "case/demo/content/" + "0" * 32}, 404, "there is no case"),
        ({"step": "replay", "since": "yesterday"}, 422, "since"),
        ({"step": "drop"}, 422, "step"),
        ({"step": "stop", "reason": ""}, 422, "reason"),
        ({"step": "stop", "subscriber": "../x"}, 422, "subscriber"),
    ],
)
async def test_a_wrong_change_is_refused_and_changes_nothing(
    postgres: Database, asked: dict[str, Any], status: int, said: str
):
    async with a_gateway(postgres) as gateway:
        await outgoing.enter(gateway.record, "demo", {NAME: ()}, NOON)
        body = {"message_id": "c-1", "subscriber": NAME, "reason": "synthetic", **asked}
        refused = await gateway.post("/v1/subscriber-changes", body, "operator")
        assert (refused.status_code, said in refused.text) == (status, True), refused.text
        assert (await gateway.post("/v1/subscriber-changes", body, "auditor")).status_code == 403
        assert (await gateway.post("/v1/subscriber-changes", body, "service")).status_code == 403
        assert (await gateway.get("/v1/subscribers", "service")).status_code == 403
        assert (await gateway.get("/v1/subscribers", "other-auditor")).json() == {"subscribers": [], "refused": []}
        shown = (await gateway.get("/v1/subscribers")).json()["subscribers"]
        assert [(one["stopped_at"], one["waiting"]) for one in shown] == [(None, 0)]
