"""Releases of packs at the gateway, on a real record: two people forward, one back, each tenant its own."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from activities.packs_in_force import PacksInForce
from activities.policy_packs import PolicyPacks, read_pack_files
from cases.packs import load_pack
from record import policies
from record.policies import Backtest
from tests.conftest import Database
from tests.integration.gateway_kit import PACKS, REPORT, Gateway, a_gateway
from workers.library import PackLibrary
from workers.wiring import POLICIES

FILES = read_pack_files(POLICIES / "baseline")
SHIPPED = load_pack(FILES)


@pytest.fixture
async def gateway(postgres: Database) -> AsyncIterator[Gateway]:
    async with a_gateway(postgres) as gateway:
        yield gateway


def files(version: str = "1.4.0", *changes: tuple[str, str]) -> dict[str, str]:
    text = FILES["pack.toml"].replace(f'version = "{SHIPPED.version}"', f'version = "{version}"', 1)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return {**FILES, "pack.toml": text}


LOWER = ("[thresholds.spam_certain]\nvalue = 0.9", "[thresholds.spam_certain]\nvalue = 0.89")


async def proposed(gateway: Gateway, release_id: str, pack: dict[str, str], code: int = 200, **more: Any) -> Any:
    body = {"release_id": release_id, "files": pack, "reason": "synthetic", **more}
    answer = await gateway.post("/v1/policy/releases", body, "operator")
    assert answer.status_code == code, answer.text
    return answer.json()


async def approved(gateway: Gateway, release_id: str, token: str = "operator-2", code: int = 200) -> Any:
    answer = await gateway.post("/v1/policy/approvals", {"release_id": release_id}, token)
    assert answer.status_code == code, answer.text
    return answer.json()


async def rolled_back(gateway: Gateway, message_id: str, **more: Any) -> Any:
    body = {"message_id": message_id, "reason": "synthetic", **more}
    answer = await gateway.post("/v1/policy/rollbacks", body, "operator")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_release_takes_two_people_and_its_way_back_one(gateway: Gateway):
    answer = await proposed(gateway, "r-1", files())
    assert (answer["release"]["state"], answer["in_force"]["version"]) == ("proposed", SHIPPED.version)
    assert await proposed(gateway, "r-1", files()) == answer
    refused = await approved(gateway, "r-1", "operator", 422)
    assert refused["errors"][0]["problem"] == "was proposed by you"
    answer = await approved(gateway, "r-1")
    assert (answer["release"]["state"], answer["in_force"]["version"]) == ("in_force", "1.4.0")
    elsewhere = PacksInForce(gateway.record, PolicyPacks(POLICIES))  # another process, which has only the folders
    assert (await elsewhere.of("demo", gateway.clock.now)).version == "1.4.0"
    assert (await elsewhere.of("other", gateway.clock.now)).version == SHIPPED.version
    pinned = (await elsewhere.of("demo", gateway.clock.now)).ref
    assert await approved(gateway, "r-1") == answer  # a request that came twice
    answer = await rolled_back(gateway, "b-1")
    assert answer["in_force"]["version"] == SHIPPED.version
    assert await rolled_back(gateway, "b-1") == answer
    assert (await PacksInForce(gateway.record, PolicyPacks(POLICIES)).pinned("demo", pinned)).version == "1.4.0"
    shown = (await gateway.get("/v1/policy/releases", "auditor")).json()
    assert [(one["release_id"], one["state"], one["proposed_by"], one["approved_by"]) for one in shown["releases"]] == [
        ("r-1", "replaced", "operator", "operator-2")
    ]
    assert [(one["to"], one["by"]) for one in shown["rollbacks"]] == [("folder", "operator")]
    assert (await gateway.get("/v1/policy/releases", "other-auditor")).json()["releases"] == []


async def test_a_rule_that_would_newly_decide_alone_is_tried_first_or_answered_for(gateway: Gateway):
    refused = await proposed(gateway, "r-1", files("1.4.0", LOWER), 422)
    assert refused["errors"][0]["value"] == "spam.certain-in-volume, spam.certain"
    assert "nobody has seen" in refused["errors"][0]["problem"]
    pack = load_pack(files("1.4.0", LOWER), "demo")
    now = gateway.clock.now
    ran = Backtest(backtest_id="t-1", since=now, until=now, cases=10, ran_by="operator", ran_at=now)
    await policies.keep_backtest(gateway.record, "demo", pack.digest, ran, "{}")
    answer = await proposed(gateway, "r-1", files("1.4.0", LOWER))
    assert (answer["release"]["backtest_id"], len(answer["release"]["newly_automatic"])) == ("t-1", 2)
    other = files("1.5.0", (LOWER[0], LOWER[1].replace("0.89", "0.88")))
    refused = await proposed(gateway, "r-2", other, 422, backtest_id="t-1")
    assert refused["errors"][0]["problem"] == "is no recorded backtest of this pack"
    answer = await proposed(gateway, "r-2", other, override="Synthetic: a storm, and I look at it all night.")
    assert answer["release"]["override"].startswith("Synthetic")


async def test_a_pack_with_mistakes_is_not_proposed(gateway: Gateway):
    refused = await proposed(gateway, "r-1", files("1.4.0", ('area = "spam"', 'area = "spma"')), 422)
    assert "unknown area 'spma'" in refused["errors"][0]["problem"]
    text = files()["pack.toml"].replace("[areas.other]", '[areas.fraud]\ntitle = "x"\n[areas.other]')
    assert (await proposed(gateway, "r-1", {**files(), "pack.toml": text}, 422))["errors"]
    wrong = {"release_id": "r-1", "files": files(), "reason": "synthetic"}
    assert (await gateway.post("/v1/policy/releases", wrong, "rev-1")).status_code == 403


async def test_a_tenants_own_settings_are_in_the_pack_that_is_released_for_it(gateway: Gateway):
    own = {**files(), "tenants/demo/settings.toml": "thresholds = { harassment_reports = 5 }"}
    await proposed(gateway, "r-1", own)
    await approved(gateway, "r-1")
    pack = await PacksInForce(gateway.record, PolicyPacks(POLICIES)).of("demo", gateway.clock.now)
    assert pack.thresholds["harassment_reports"].value == 5
    assert PACKS.active("baseline").thresholds["harassment_reports"].value == 3


async def test_why_is_asked_of_a_case_that_there_is(gateway: Gateway):
    case_id = (await gateway.post("/v1/reports", REPORT)).json()["case_id"]
    answer = await gateway.get(f"/v1/policy/explanations/{case_id}", "rev-1")
    assert (answer.status_code, answer.json()) == (200, {"case_id": case_id, "areas": []})
    assert (await gateway.get(f"/v1/policy/explanations/{case_id}", "other-rev")).status_code == 404
    assert (await gateway.get("/v1/policy/explanations/nonsense", "rev-1")).status_code == 422
    assert (await gateway.get(f"/v1/policy/explanations/{case_id}", "service")).status_code == 403


async def test_two_who_change_releases_at_one_moment_do_not_overwrite_each_other(gateway: Gateway):
    await proposed(gateway, "r-1", files())
    known = await policies.events(gateway.record, "demo")
    assert not await policies.append(gateway.record, "demo", known[0].evolve(release_id="r-2"), 0)
    assert len(await policies.events(gateway.record, "demo")) == 1
    assert await policies.events(gateway.record, "other") == []


def at(gateway: Gateway, **time: float) -> str:
    return (gateway.clock.now + timedelta(**time)).isoformat().replace("+00:00", "Z")


async def test_a_release_that_waited_is_compared_again_when_its_day_comes(gateway: Gateway):
    top = f'version = "{SHIPPED.version}"'
    later = files("1.4.0", ('version = "1.4.0"', f'version = "1.4.0"\neffective_from = {at(gateway, hours=5)}'))
    assert top not in later["pack.toml"]
    await proposed(gateway, "r-1", later)
    assert (await approved(gateway, "r-1"))["release"]["state"] == "waiting"
    await proposed(gateway, "r-2", files("1.5.0"))
    await approved(gateway, "r-2")
    gateway.clock.forward(timedelta(hours=6))
    elsewhere = PacksInForce(gateway.record, PolicyPacks(POLICIES))
    assert (await elsewhere.of("demo", gateway.clock.now)).version == "1.5.0"
    shown = (await gateway.get("/v1/policy/releases", "auditor")).json()
    assert (shown["in_force"]["version"], [one["state"] for one in shown["releases"]]) == (
        "1.5.0",
        ["in_force", "not_started"],
    )
    assert shown["releases"][1]["not_started_over"]["version"] == "1.5.0"


async def test_a_release_that_waited_and_that_nothing_overtook_starts_on_its_day(gateway: Gateway):
    later = files("1.4.0", ('version = "1.4.0"', f'version = "1.4.0"\neffective_from = {at(gateway, hours=5)}'))
    await proposed(gateway, "r-1", later)
    await approved(gateway, "r-1")
    everywhere = [PacksInForce(gateway.record, PolicyPacks(POLICIES)) for _ in range(4)]
    assert (await everywhere[0].of("demo", gateway.clock.now)).version == SHIPPED.version
    gateway.clock.forward(timedelta(hours=6))
    found = await asyncio.gather(*(one.of("demo", gateway.clock.now) for one in everywhere))
    assert {one.version for one in found} == {"1.4.0"}
    assert [one.kind for one in await policies.events(gateway.record, "demo")] == ["proposed", "approved", "started"]


async def test_what_was_put_into_the_folder_meanwhile_is_no_way_back(gateway: Gateway, monkeypatch: pytest.MonkeyPatch):
    await proposed(gateway, "r-1", files())
    await approved(gateway, "r-1")
    edited = load_pack(files("1.1.9", LOWER))

    async def in_folder(*_: Any) -> Any:
        return edited, files("1.1.9", LOWER)

    with monkeypatch.context() as changed:
        changed.setattr(PackLibrary, "in_folder", in_folder)
        body = {"message_id": "b-1", "reason": "synthetic"}
        refused = (await gateway.post("/v1/policy/rollbacks", body, "operator")).json()
        assert "1.1.9 by now" in refused["errors"][0]["problem"]
    await rolled_back(gateway, "b-1", to="folder")
    kept = await policies.files_of(gateway.record, "demo", SHIPPED.digest)
    assert kept is not None  # whatever becomes of the folder
