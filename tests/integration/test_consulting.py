"""A vendor beside a case on a whole installation: asked from its own task queue, answered at once or by callback."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from api.vendor_messages import VendorSwitchRequest
from simulators.serving import WebServer, address, listen
from simulators.vendors.app import Behaviour
from simulators.vendors.app import Vendors as Simulated
from tests.conftest import a_database
from tests.integration.kit import TENANT, Installation, an_installation
from tests.vendor_means import configured, pack_files, simulated
from workers import wiring
from workers.postgres_server import PostgresServer

RUDE = "Some words that are synthetic-harassment-93 and nothing else."


@asynccontextmanager
async def serving(world: Simulated) -> AsyncIterator[str]:
    """The simulated vendors on a port of their own."""
    socket, server = listen("127.0.0.1", 0, "vendors"), WebServer(world.app)
    running = asyncio.ensure_future(server.serve([socket]))
    try:
        yield "http://{}:{}".format(*address(socket))
    finally:
        server.should_exit = True
        await asyncio.wait([running], timeout=5)


@pytest.fixture(scope="module")
async def house(
    anyio_backend: str, postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Installation, Simulated]]:
    """An installation whose pack asks, with vendors around it."""
    folder, world, folders = tmp_path_factory.mktemp("vendors"), simulated(), wiring.POLICIES
    for name, text in pack_files(meanwhile="hold").items():
        file = folder / "policies" / "baseline" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    async with a_database(postgres_server) as database, serving(world) as url:
        vendors = {
            name: replace(one, table=one.table.model_copy(update={"url": one.table.url.replace("http://vendors", url)}))
            for name, one in configured(answer_seconds=10).items()
        }
        wiring.POLICIES = folder / "policies"  # type: ignore[misc]
        try:
            async with (
                an_installation(
                    database, folder, vendors=vendors, DUEPROCESS_PUBLIC_URL="https://us.example"
                ) as installation,
                installation.working(),
            ):
                yield installation, world
        finally:
            wiring.POLICIES = folders  # type: ignore[misc]


async def test_a_vendor_is_asked_from_its_own_queue_and_its_word_comes_to_the_case(
    house: tuple[Installation, Simulated],
):
    here, world = house
    here.world.post("post-1", text=RUDE)
    case_id = (await here.report("post-1")).case_id
    await here.reaches(case_id, "vendor_answered")
    await here.reaches(case_id, "triaged", times=2)
    (word,) = await here.bodies(case_id, "vendor_answered")
    assert [(one.detector, one.score, one.raw_label) for one in word.results] == [
        ("openai/harassment", 0.93, "harassment")
    ]
    case = await here.case(case_id)
    assert (case.scores, case.consultations[0].state) == ({"harassment": 0.93}, "answered")
    first, second = await here.bodies(case_id, "triaged")
    assert first.assessments[0].hold  # for want of the word
    assert second.facts["harassment"]["signals"]["max_score"]["harassment"] == 0.93
    assert [call["path"] for call in world.calls] == ["/openai/v1/moderations"]


async def test_one_that_is_off_is_passed_over_and_the_next_calls_back(house: tuple[Installation, Simulated]):
    here, world = house
    world.behaviour = Behaviour(callback="late")
    off = VendorSwitchRequest(message_id="off-1", vendor="openai", off=True, reason="synthetic reason")
    assert (await here.doors.switch_vendor(TENANT, "operator", off)).changed
    here.world.post("post-2", text=RUDE)
    case_id = (await here.report("post-2")).case_id
    async with asyncio.timeout(60):
        while not world.waiting:  # noqa: ASYNC110 - the world says so only when asked
            await asyncio.sleep(0.05)
    (one,) = world.waiting
    assert one.url == f"https://us.example/v1/vendors/ours/{TENANT}"
    headers = {name.lower(): value for name, value in one.headers(one.body).items()}
    answer = await here.doors.vendor_callback("ours", TENANT, headers, one.body)
    assert answer.status in ("accepted", "kept")  # kept: it was faster than our commit
    await here.reaches(case_id, "vendor_answered")
    (word,) = await here.bodies(case_id, "vendor_answered")
    assert (word.answered, word.results[0].detector) == (True, "ours/harassment")
    stream = case_id.replace(f"case/{TENANT}/content/", f"consultation/{TENANT}/content.") + ".words.1"
    async with asyncio.timeout(60):
        await here.handle(stream).result()
