"""Act 6: vendors are asked by a pack. One answers, one is away, one is switched off, one calls back too late, one is forged."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

import httpx2

from api.answers import CaseAnswer, TimelineEntry
from api.vendor_messages import VendorSwitchRequest
from workers.demo.cast import Post, report_of
from workers.demo.proof import logged
from workers.demo.scene import Scene, found, of_kind, open_scene, until
from workers.embedded import ASKING_TENANT
from workers.here import Here

PATIENCE_SECONDS: Final = 90.0  # longer than the pack gives any of them
RUDE: Final = "Some words that are synthetic-harassment-93 and nothing else."  # as the simulated vendors judge it
LINKED: Final = "Have a look at http://garden.example before the weekend, synthetic-spam-20."
HELD: Final = "order:hold:spam/1:subject:confirmed"


async def play(scene: Scene) -> None:
    """Five cases of the tenant whose pack asks; afterwards the vendors are as they were before."""
    if ASKING_TENANT not in scene.here.settings.tenants:
        raise LookupError(f"no tenant {ASKING_TENANT} here; add it to DUEPROCESS_TENANTS and DUEPROCESS_TENANT_PACKS")
    here = Here(scene.here.settings.model_copy(update={"tenants": (ASKING_TENANT,)}))
    async with open_scene(here, scene.account) as stage, _simulated(here) as vendors:
        await _answers(stage, vendors)
        await _falls_back(stage, vendors)
        await _is_switched_off(stage, vendors)
        await _calls_back_late(stage, vendors)
        await _is_forged(stage, vendors)


class SimulatedVendors:
    """Their control API, and what they were asked."""

    def __init__(self, url: str, http: httpx2.AsyncClient) -> None:
        self._url, self.http = url, http

    async def fail(self, **fault: Any) -> None:
        """Answer so from now on; nothing: healthy again."""
        (await self.http.post(f"{self._url}/control/faults", json=fault)).raise_for_status()

    async def call_back(self, when: str) -> None:
        """`at_once`, `late`, `twice`, `never`."""
        (await self.http.post(f"{self._url}/control/behaviour", json={"callback": when})).raise_for_status()

    async def send_late(self) -> int:
        """Call back about all that is late; how much it was."""
        answer = await self.http.post(f"{self._url}/control/callbacks")
        return int(answer.raise_for_status().json()["sent"])

    async def last(self) -> int:
        """The number of the latest request."""
        return max((one["sequence"] for one in await self._log(0)), default=0)

    async def asked(self, path: str, after: int = 0) -> int:
        """How often requests came below this path since that one."""
        return sum(str(one["path"]).startswith(path) for one in await self._log(after))

    async def _log(self, after: int) -> list[dict[str, Any]]:
        answer = await self.http.get(f"{self._url}/control/log", params={"after": after, "limit": 10_000})
        entries: list[dict[str, Any]] = answer.raise_for_status().json()["entries"]
        return entries


@asynccontextmanager
async def _simulated(here: Here) -> AsyncIterator[SimulatedVendors]:
    async with httpx2.AsyncClient(timeout=30, trust_env=False) as http:
        vendors = SimulatedVendors(f"http://127.0.0.1:{here.settings.vendors_port}", http)
        try:
            yield vendors
        finally:
            await vendors.fail()
            await vendors.call_back("at_once")


async def _answers(scene: Scene, vendors: SimulatedVendors) -> None:
    before = await vendors.last()
    _, case = await _asked(scene, "asked")
    word = _word(case)
    said = word.body["results"][0] if word else {}
    triaged = of_kind(case, "triaged")
    scene.account.step(
        "the pack has a vendor asked: its word comes to the case with vendor, model and cost, and the rules are asked again",
        word
        and said.get("detector") == "openai/harassment"
        and said.get("score") == 0.93
        and said.get("cost_micros") == 100
        and len(triaged) > 1
        and await vendors.asked("/openai", before) == 1,
        case_id=case.case_id,
        event_id=word.event_id if word else None,
        detector=said.get("detector"),
        version=said.get("version"),
        score=said.get("score"),
        cost_micros=said.get("cost_micros"),
        latency_ms=said.get("latency_ms"),
    )


async def _falls_back(scene: Scene, vendors: SimulatedVendors) -> None:
    before = await vendors.last()
    await vendors.fail(down=True, paths=["/openai"])
    try:
        _, case = await _asked(scene, "away")
    finally:
        await vendors.fail()
    word = _word(case)
    scene.account.step(
        "the first vendor is down: it is tried three times, then the next of the chain calls back, signed, at the gateway",
        word
        and _of(word) == "ours/harassment"
        and _tried(word) == ["openai: answered_503"]
        and await vendors.asked("/openai", before) == 3,
        case_id=case.case_id,
        event_id=word.event_id if word else None,
        tried=_tried(word),
        detector=_of(word),
    )


async def _is_switched_off(scene: Scene, vendors: SimulatedVendors) -> None:
    operator, name = scene.doors.operator, f"{scene.name}-off"
    before = await vendors.last()
    await vendors.call_back("twice")
    off = VendorSwitchRequest(message_id=name, vendor="openai", off=True, reason="Its scores moved (a demo).")
    switched = await operator.switch_vendor(off)
    try:
        _, case = await _asked(scene, "off")
    finally:
        await operator.switch_vendor(off.model_copy(update={"message_id": f"{name}-on", "off": False}))
        await vendors.call_back("at_once")
    word = _word(case)
    scene.account.step(
        "an operator switches it off: from the next call on it is not asked, and a callback that comes twice is one word",
        word
        and len(_words(case)) == 1
        and _tried(word) == ["openai: off"]
        and _of(word) == "ours/harassment"
        and await vendors.asked("/openai", before) == 0,
        case_id=case.case_id,
        in_force_within_seconds=switched.within_seconds,
        requests_to_it=await vendors.asked("/openai", before),
        tried=_tried(word),
    )


async def _calls_back_late(scene: Scene, vendors: SimulatedVendors) -> None:
    await vendors.call_back("late")
    post = await scene.posted("linked", LINKED)
    reporter = await scene.someone("linked-reporter")
    receipt = await scene.doors.service.submit_report(report_of(post, 1, reporter, "spam"))
    case = await scene.case_when(receipt.case_id, lambda case: found(case, HELD))
    orders = await scene.outside.orders(post.post_id)
    held = [note for one in of_kind(case, "triaged") for note in one.body["braked"] if note["instead"] == "held"]
    scene.account.step(
        "a reported link is covered while its vendor is asked: the pack's stance, and no rule's",
        found(case, HELD) and held and held[0]["name"] == "links" and orders and orders[0]["measures"],
        case_id=case.case_id,
        event_id=HELD,
        platform_log=logged(orders[:1]),
        for_want_of=held[0]["name"] if held else None,
    )
    case = await scene.case_when(receipt.case_id, lambda case: _unanswered(case))
    given_up = _unanswered(case)
    seen = await until(lambda: scene.outside.seen(post.post_id))
    scene.account.step(
        "nobody answers in its fifteen seconds: the pack says `continue`, so the cover comes off, and a person looks",
        given_up and _tried(given_up) == ["ours: late"] and seen,
        case_id=case.case_id,
        event_id=given_up.event_id if given_up else None,
        covered_seconds=_between(found(case, HELD), given_up),
        tried=_tried(given_up),
    )
    sent = await vendors.send_late()
    case = await scene.case_when(receipt.case_id, lambda case: _late(case))
    word = _late(case)
    scene.account.step(
        "the callback comes all the same: it is kept, marked late, and counts",
        sent and word and word.body["results"][0]["score"] == 0.2,
        case_id=case.case_id,
        event_id=word.event_id if word else None,
        late=word.body["late"] if word else None,
        score=word.body["results"][0]["score"] if word else None,
    )


async def _is_forged(scene: Scene, vendors: SimulatedVendors) -> None:
    where = f"{scene.here.settings.gateway_url}/v1/vendors/ours/{scene.here.tenant}"
    word = {"task_id": "task-forged", "model": "m", "scores": {"spam": 0.0}}
    signed = {"webhook-id": "msg_1", "webhook-timestamp": "1", "webhook-signature": "v1,Zm9yZ2Vk"}
    unsigned, forged = [await vendors.http.post(where, json=word, headers=headers) for headers in ({}, signed)]
    answer = await scene.doors.operator.vendors()
    scene.account.step(
        "a callback that proves nothing is refused, and calls and money of the day are counted",
        [unsigned.status_code, forged.status_code] == [401, 401]
        and all(one.calls_per_day and one.calls <= one.calls_per_day for one in answer.vendors if one.calls),
        refused=[unsigned.json().get("code"), forged.json().get("code")],
        today={
            one.vendor: f"{one.calls} calls, {one.failed} without a word, {one.micros} micros" for one in answer.vendors
        },
    )


async def _asked(scene: Scene, what: str) -> tuple[Post, CaseAnswer]:
    """A post that one person reports, once somebody gave a word on it and the rules were asked again."""
    post = await scene.posted(what, RUDE)
    reporter = await scene.someone(f"{what}-reporter")
    receipt = await scene.doors.service.submit_report(report_of(post, 1, reporter, "harassment"))
    case = await scene.case_when(
        receipt.case_id, lambda case: _words(case) and len(of_kind(case, "triaged")) > 1, PATIENCE_SECONDS
    )
    return post, case


def _words(case: CaseAnswer) -> list[TimelineEntry]:
    return [one for one in of_kind(case, "vendor_answered") if one.body["answered"]]


def _word(case: CaseAnswer) -> TimelineEntry | None:
    return next(iter(_words(case)), None)


def _late(case: CaseAnswer) -> TimelineEntry | None:
    return next((one for one in _words(case) if one.body["late"]), None)


def _unanswered(case: CaseAnswer) -> TimelineEntry | None:
    return next((one for one in of_kind(case, "vendor_answered") if not one.body["answered"]), None)


def _of(word: TimelineEntry | None) -> str | None:
    return word.body["results"][0]["detector"] if word and word.body["results"] else None


def _tried(word: TimelineEntry | None) -> list[str]:
    return [f"{one['vendor']}: {one['why']}" for one in word.body["tried"]] if word else []


def _between(first: TimelineEntry | None, second: TimelineEntry | None) -> float | None:
    if first is None or second is None:
        return None
    earlier, later = (datetime.fromisoformat(str(one.occurred_at)) for one in (first, second))
    return round((later - earlier).total_seconds(), 1)
