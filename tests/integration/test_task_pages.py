"""What the pages do to tasks besides deciding them, and to calls: by forms, with the doors' own refusals."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from record import watching
from tests.conftest import Database
from tests.integration.gateway_kit import START, Gateway, a_gateway
from tests.integration.test_queues import WHY, claimed, offer
from tests.integration.test_review_pages import form_token, signed_in


@pytest.fixture
async def gateway(postgres: Database) -> AsyncIterator[Gateway]:
    async with a_gateway(postgres) as one:
        yield one


async def change(gateway: Gateway, stream: str, action: str, **fields: str) -> httpx2.Response:
    plain = {"message_id": f"q-{action}", "stream": stream, "task_id": "harassment/1", "action": action, "reason": WHY}
    return await gateway.http.post(
        "/review/task-changes", data={**plain, "form": await form_token(gateway, f"/review/cases/{stream}"), **fields}
    )


async def test_who_holds_a_task_puts_it_off_and_the_queue_says_so(gateway: Gateway):
    stream = await offer(gateway)
    await claimed(gateway)
    await signed_in(gateway)
    page = (await gateway.http.get(f"/review/cases/{stream}")).text
    assert all(f'value="{action}"' in page for action in ("snooze", "boost", "reassign", "skip", "return"))

    done = await change(gateway, stream, "snooze", hours="1.5")
    assert (done.status_code, done.headers["location"]) == (303, "/review/queue?done=changed")
    (kept,) = (await gateway.get(f"/v1/task-changes?stream={stream}&task_id=harassment/1")).json()["changes"]
    assert (kept["action"], kept["by"], kept["until"]) == ("snooze", "rev-1", "2026-11-22T11:30:00Z")
    assert await claimed(gateway, "rev-2") is None


async def test_what_the_doors_refuse_the_page_says_in_their_words(gateway: Gateway):
    stream = await offer(gateway)
    await signed_in(gateway)
    stranger = await change(gateway, stream, "boost")
    assert (stranger.status_code, "claim it first" in stranger.text) == (409, True)
    await claimed(gateway)
    for hours in ("soon", "400"):
        assert (await change(gateway, stream, "snooze", hours=hours, message_id=f"q-{hours}")).status_code in (409, 422)


async def test_an_operator_hands_a_task_on_from_the_cases_page(gateway: Gateway):
    stream = await offer(gateway)
    await signed_in(gateway, "operator")
    page = (await gateway.http.get(f"/review/cases/{stream}")).text
    assert 'value="reassign"' in page
    assert 'value="skip"' not in page

    assert (await change(gateway, stream, "reassign", to_reviewer="rev-2")).status_code == 303
    assert await claimed(gateway, "rev-1") is None
    assert await claimed(gateway, "rev-2")


async def test_whoever_is_on_call_answers_for_a_call_with_one_button(gateway: Gateway):
    await offer(gateway, severity=0)
    await watching.take_pages(gateway.record, "demo", START)
    await signed_in(gateway, place="/review/on-call")
    page = (await gateway.http.get("/review/on-call")).text
    assert "nobody was reached yet" in page
    (call,) = (await gateway.get("/v1/oncall")).json()["pages"]

    fields = {"form": await form_token(gateway, "/review/on-call"), "page_id": call["page_id"]}
    assert (await gateway.http.post("/review/acknowledgements", data=fields)).headers["location"] == "/review/on-call"
    assert "rev-1 answers for it" in (await gateway.http.get("/review/on-call")).text


async def test_a_queue_is_picked_from_those_there_are(gateway: Gateway):
    await offer(gateway)
    await signed_in(gateway)
    page = (await gateway.http.get("/review/queue?queue=harassment")).text

    assert '<option value="harassment" selected>harassment: 1 open</option>' in page
