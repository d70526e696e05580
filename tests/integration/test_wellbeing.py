"""Wellbeing over HTTP and a real record: looking step by step, breaks, budgets, opting out, and who is left for danger."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from cases.evidence import EvidenceOrigin, EvidenceVersion
from cases.exposure import Weight, Weights, Wellbeing
from cases.media import Medium, Missing, sniffed
from cases.presentation import Shading
from cases.projection import TaskKind
from cases.queues import Queue
from record import care, evidence, late_media, media, review, watching
from record.errors import ClaimRefused
from record.pool import tenant_transaction
from simulators.platform.pictures import drawn
from tests.conftest import Database
from tests.integration.gateway_kit import START, Gateway, a_gateway
from tests.integration.test_queues import TASK, claimed, offer, project

FILM = b"....ftypisom synthetic"
DISTRESSING = "Synthetic post: you are such an idiot."
TWO_EACH = Weights(S0=Weight(units=2, tasks_per_day=1), S1=Weight(units=2), S2=Weight(units=2))
TIRING = Wellbeing(weights=TWO_EACH, units_per_day=5, break_after_units=4)


@pytest.fixture
async def gateway(postgres: Database) -> AsyncIterator[Gateway]:
    async with a_gateway(postgres) as one:
        yield one


def tire(gateway: Gateway, rules: Wellbeing = TIRING, **queues: Queue) -> None:
    """Let this pack's rules hold in the gateway's record."""
    record = replace(gateway.record, wellbeing=rules, queues=queues)
    for door in (
        gateway.doors._deciding,
        gateway.doors._caring,
        gateway.doors._reading,
        gateway.doors._reading.looking,
    ):
        door._record = record
    gateway.record = record


async def a_post(gateway: Gateway, number: int = 1, **changes: Any) -> str:
    """A task, and what was captured of its subject."""
    case_id = await offer(gateway, number, **changes)
    facts = EvidenceVersion(version=0, digest="", origin=EvidenceOrigin.PLATFORM, captured_at=START)
    await evidence.keep(gateway.record, case_id, f'{{"text": "{DISTRESSING}"}}'.encode(), facts)
    return case_id


async def look(
    gateway: Gateway, case_id: str, level: str = "masked", who: str = "rev-1", acknowledged: bool = True
) -> Any:
    body = {"stream": case_id, "level": level, "acknowledged": acknowledged}
    return await gateway.post("/v1/reveals", body, who)


async def test_evidence_is_looked_at_step_by_step_and_every_step_is_kept_without_content(gateway: Gateway):
    case_id = await a_post(gateway)
    assert (await look(gateway, case_id)).json()["code"] == "no_claim"
    await claimed(gateway)
    assert (await look(gateway, case_id, acknowledged=False)).json()["code"] == "not_acknowledged"
    assert (await look(gateway, case_id, "clear")).json()["code"] == "not_masked_yet"
    masked = (await look(gateway, case_id)).json()
    clear = (await look(gateway, case_id, "clear", acknowledged=False)).json()
    await look(gateway, case_id, "clear")

    assert (masked["presentation"]["next_level"], clear["presentation"]["next_level"]) == ("clear", None)
    assert "idiot" not in "".join(one["text"] for one in masked["shown"]["original"])
    assert "".join(one["text"] for one in clear["shown"]["original"]) == DISTRESSING
    async with tenant_transaction(gateway.record.pool, "demo") as connection:
        rows = await connection.fetch("SELECT * FROM reveals ORDER BY level")
    assert [(row["level"], row["reviewer"], row["task_id"]) for row in rows] == [
        (level, "rev-1", "harassment/1") for level in ("clear", "masked", "warning")
    ]
    assert "idiot" not in str([dict(row) for row in rows])


async def test_what_is_restricted_is_shown_whole_at_no_door(gateway: Gateway):
    case_id = await a_post(gateway, severity=0)
    await claimed(gateway)
    whole = await gateway.get(f"/v1/cases/{case_id}?reveal=evidence", "rev-1")
    await look(gateway, case_id)

    assert (whole.status_code, whole.json()["code"]) == (403, "restricted")
    assert (await look(gateway, case_id, "clear")).json()["code"] == "restricted"


async def with_a_picture(gateway: Gateway, number: int = 1, **changes: Any) -> str:
    """A task about a post with a picture, a film and a file whose bytes are kept, and a picture that the platform lost."""
    case_id = await offer(gateway, number, **changes)
    files = (drawn(f"wellbeing-{number}", 48, 32), FILM, b"%PDF-1.7 synthetic")
    attached = [{"sha256": sha256(one).hexdigest(), "media_type": "image/png"} for one in files]
    content = {"text": DISTRESSING, "attachments": [*attached, {"sha256": "0" * 64, "media_type": "image/png"}]}
    facts = EvidenceVersion(version=0, digest="", origin=EvidenceOrigin.PLATFORM, captured_at=START)
    await evidence.keep(gateway.record, case_id, json.dumps(content).encode(), facts)
    for place, file in enumerate(files, start=1):
        digest, kind = sha256(file).hexdigest(), sniffed(file)
        medium = Medium(place=place, sha256=digest, media_type=kind, size=len(file))
        await media.keep(gateway.record, case_id, medium, file, START)
    gone = Medium(place=4, sha256="0" * 64, media_type="image/png", missing=Missing.GONE)
    await media.keep(gateway.record, case_id, gone, None, START)
    return case_id


async def attachment(gateway: Gateway, case_id: str, place: int, level: str = "veiled", who: str = "rev-1") -> Any:
    return await gateway.get(f"/v1/attachments?stream={case_id}&attachment={place}&level={level}", who)


async def ask(gateway: Gateway, case_id: str, place: int, level: str, who: str = "rev-1") -> Any:
    return await gateway.post("/v1/reveals", {"stream": case_id, "level": level, "attachment": place}, who)


async def test_a_members_words_say_which_attachments_came_with_them(gateway: Gateway):
    case_id, shared, own = await offer(gateway, 1), {"sha256": "1" * 64}, {"sha256": "2" * 64}
    lines = [{"author": "a", "text": "one", "attachments": [shared, own]}, {"author": "b", "attachments": [shared]}, {}]
    content = {"text": "one", "attachments": [shared, own], "thread": lines}
    facts = EvidenceVersion(version=0, digest="", origin=EvidenceOrigin.PLATFORM, captured_at=START)
    await evidence.keep(gateway.record, case_id, json.dumps(content).encode(), facts)
    await claimed(gateway)
    shown = (await look(gateway, case_id)).json()["shown"]
    assert [line["places"] for line in shown["thread"]] == [[1, 2], [1], []]


async def test_an_attachment_is_seen_by_who_holds_the_task_as_closely_as_they_asked_and_each_step_is_kept(
    gateway: Gateway, caplog: pytest.LogCaptureFixture
):
    case_id = await with_a_picture(gateway)
    assert (await attachment(gateway, case_id, 1)).json()["code"] == "no_claim"
    await claimed(gateway)
    assert (await attachment(gateway, case_id, 1)).json()["code"] == "not_asked_for", "the warning was not read"
    assert (await ask(gateway, case_id, 1, "grey")).json()["code"] == "not_looked_yet"
    listed = (await look(gateway, case_id)).json()["shown"]["media"]
    assert [(one["kind"], one["sight"], one["next_sight"], one["missing"]) for one in listed] == [
        ("picture", "veiled", "grey", None),
        ("film", "veiled", "grey", None),
        ("other", None, None, None),
        ("picture", None, None, "gone"),
    ]
    veiled = await attachment(gateway, case_id, 1)
    assert (veiled.status_code, veiled.headers["content-type"]) == (200, "image/png")
    assert (veiled.headers["cache-control"], veiled.headers["x-content-type-options"]) == ("no-store", "nosniff")
    for place, level, code in (
        (1, "grey", "not_asked_for"),
        (2, "veiled", "not_asked_for"),
        (3, "clear", "not_asked_for"),
        (4, "veiled", "no_bytes"),
        (9, "veiled", "no_bytes"),
    ):
        assert (await attachment(gateway, case_id, place, level)).json()["code"] == code, (place, level)
    assert (await ask(gateway, case_id, 1, "clear")).json()["code"] == "not_grey_yet"
    caplog.clear()
    with caplog.at_level("INFO", "dueprocess.access"):
        asked = [
            (await ask(gateway, case_id, place, level)).json()
            for place, level in ((1, "grey"), (1, "clear"), (2, "grey"))
        ]
        colour = await attachment(gateway, case_id, 1, "clear")
        film = await attachment(gateway, case_id, 2, "grey")
    assert [one["shown"]["media"][0]["sight"] for one in asked] == ["grey", "clear", "veiled"], "one at a time"
    assert (film.content, film.headers["content-type"]) == (FILM, "video/mp4")
    assert colour.content not in (veiled.content, drawn("wellbeing-1", 48, 32)), "drawn anew"
    assert (await attachment(gateway, case_id, 1, "grey", "rev-2")).json()["code"] == "no_claim"
    async with tenant_transaction(gateway.record.pool, "demo") as connection:
        rows = await connection.fetch(
            "SELECT place, level, reviewer FROM reveals WHERE place > 0 ORDER BY place, level"
        )
    assert [tuple(row) for row in rows] == [(1, "clear", "rev-1"), (1, "grey", "rev-1"), (2, "grey", "rev-1")]
    seen = [(one.attachment, one.sight) for one in caplog.records if one.message == "attachment shown"]  # type: ignore[attr-defined]
    assert seen == [(1, "clear"), (2, "grey")]


async def test_what_is_not_here_yet_says_when_it_was_asked_for_and_is_asked_for_again_since_somebody_looks(
    gateway: Gateway,
):
    case_id = await with_a_picture(gateway)
    away = Medium(place=4, sha256="0" * 64, media_type="image/png", missing=Missing.AWAY)
    await media.keep(gateway.record, case_id, away, None, START)
    await claimed(gateway)
    gateway.clock.forward(timedelta(minutes=2))
    last = (await look(gateway, case_id)).json()["shown"]["media"][3]

    assert (last["missing"], last["tried_at"]) == ("away", "2026-11-22T10:00:00Z")
    due = await late_media.next_due(gateway.record, "demo", gateway.clock.now)
    assert due
    assert (due.case_id, len(due.names)) == (case_id, 1)


@pytest.mark.parametrize(
    ("asked", "status", "part", "told"),
    [
        ("bytes=0-", 206, FILM, "bytes 0-21/22"),
        ("bytes=4-7", 206, FILM[4:8], "bytes 4-7/22"),
        ("bytes=20-99", 206, FILM[20:], "bytes 20-21/22"),
        ("bytes=-9", 206, FILM[-9:], "bytes 13-21/22"),
        ("bytes=-99", 206, FILM, "bytes 0-21/22"),
        ("bytes=22-", 416, None, "bytes */22"),
        ("bytes=-0", 416, None, "bytes */22"),
        ("bytes=7-4", 200, FILM, None),
        ("bytes=0-1,4-5", 200, FILM, None),
        ("pages=1-2", 200, FILM, None),
    ],
)
async def test_a_player_gets_the_part_of_a_film_that_it_asks_for(
    gateway: Gateway, asked: str, status: int, part: bytes | None, told: str | None
):
    case_id = await with_a_picture(gateway)
    await claimed(gateway)
    await look(gateway, case_id)
    await ask(gateway, case_id, 2, "grey")
    path = f"/v1/attachments?stream={case_id}&attachment=2&level=grey"
    response = await gateway.send("GET", path, "rev-1", headers={"range": asked})

    assert (response.status_code, response.headers.get("content-range")) == (status, told)
    if part is None:
        assert response.json()["code"] == "no_such_part"
    else:
        assert (response.content, response.headers["accept-ranges"]) == (part, "bytes")
        assert response.headers["cache-control"] == "no-store"


async def test_no_part_of_a_film_is_given_before_it_was_asked_for(gateway: Gateway, caplog: pytest.LogCaptureFixture):
    case_id = await with_a_picture(gateway)
    path = f"/v1/attachments?stream={case_id}&attachment=2&level="
    part = {"range": "bytes=0-3"}
    assert (await gateway.send("GET", f"{path}grey", "rev-1", headers=part)).json()["code"] == "no_claim"
    await claimed(gateway)
    await look(gateway, case_id)
    for level in ("veiled", "grey"):
        refused = await gateway.send("GET", f"{path}{level}", "rev-1", headers=part)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_asked_for")
    await ask(gateway, case_id, 2, "grey")
    caplog.clear()
    with caplog.at_level("INFO", "dueprocess.access"):
        assert (await gateway.send("GET", f"{path}grey", "rev-1", headers=part)).status_code == 206
    assert [one.message for one in caplog.records if one.name == "dueprocess.access"] == ["attachment shown"]


async def test_a_picture_that_is_not_veiled_counts_as_seen_clear(gateway: Gateway):
    case_id = await with_a_picture(gateway)
    await claimed(gateway)
    await look(gateway, case_id)
    assert (await gateway.get("/v1/wellbeing", "rev-1")).json()["units"] == 1
    await ask(gateway, case_id, 1, "grey")
    assert (await gateway.get("/v1/wellbeing", "rev-1")).json()["units"] == 2


async def test_of_what_is_restricted_only_digests_are_shown_unless_pack_and_name_let_somebody(gateway: Gateway):
    case_id = await with_a_picture(gateway, severity=0)
    await claimed(gateway, "rev-named")

    async def media_of_case(who: str = "rev-named") -> Any:
        return (await look(gateway, case_id, who=who)).json()["shown"]["media"][0]

    withheld = await media_of_case()
    assert (withheld["sight"], withheld["next_sight"], len(withheld["sha256"])) == (None, None, 64)
    assert (await attachment(gateway, case_id, 1, who="rev-named")).status_code == 403
    assert (await ask(gateway, case_id, 1, "grey", "rev-named")).json()["code"] == "restricted"
    tire(gateway, Wellbeing(areas={"harassment": Shading(pictures="named")}))
    assert (await media_of_case())["next_sight"] == "grey"
    assert (await attachment(gateway, case_id, 1, who="rev-named")).status_code == 200
    await ask(gateway, case_id, 1, "grey", "rev-named")
    assert (await ask(gateway, case_id, 1, "clear", "rev-named")).json()["code"] == "restricted"
    gateway.clock.forward(timedelta(hours=1))
    await claimed(gateway, "rev-1")
    assert (await media_of_case("rev-1"))["sight"] is None, "not named"


async def test_a_break_is_due_after_so_much_and_ends_by_itself(gateway: Gateway):
    tire(gateway)
    for number in (1, 2, 3):
        await a_post(gateway, number)
    for _ in range(2):
        found = await claimed(gateway)
        assert found
        for level in ("masked", "clear"):
            await look(gateway, found["task"]["stream"], level)
    refused = await gateway.post("/v1/claims", {}, "rev-1")

    assert (refused.status_code, refused.json()["code"]) == (409, "break")
    assert "2026-11-22T10:15:00" in refused.json()["detail"]
    mine = (await gateway.get("/v1/wellbeing", "rev-1")).json()
    assert (mine["units"], mine["since_break"], mine["break_until"]) == (4, 4, "2026-11-22T10:15:00Z")
    assert await claimed(gateway, "rev-2"), "a colleague's break is nobody else's"
    (rev_1, *_) = (await gateway.get("/v1/load")).json()["people"]
    assert (rev_1["reviewer"], rev_1["units"], rev_1["break_until"]) == ("rev-1", 4, "2026-11-22T10:15:00Z")
    gateway.clock.forward(timedelta(minutes=15))
    spent = await gateway.post("/v1/claims", {}, "rev-1")
    assert (spent.status_code, spent.json()["code"]) == (409, "budget"), "two units more are over the day's five"
    gateway.clock.forward(timedelta(days=1))
    await a_post(gateway, 4)
    assert await claimed(gateway)


async def test_who_is_called_takes_a_task_for_a_life_in_spite_of_limits_and_it_is_seen(gateway: Gateway):
    tire(gateway)
    case_id = await a_post(gateway, 1, severity=0)
    await claimed(gateway)
    await look(gateway, case_id)
    second, ordinary = await a_post(gateway, 2, severity=0), await a_post(gateway, 3)
    nothing = await gateway.post(
        "/v1/claims", {"queue": "harassment", "stream": second, "task_id": "harassment/1"}, "rev-1"
    )
    named = {"stream": second, "task_id": "harassment/1", "despite_limits": True}
    taken = await gateway.post("/v1/claims", named, "rev-1")

    assert (nothing.status_code, nothing.json()["code"]) == (409, "budget")
    assert taken.status_code == 201
    await look(gateway, second)
    (row,) = (await gateway.get("/v1/load")).json()["despite_limits"]
    assert (row["reviewer"], row["stream"]) == ("rev-1", second)
    gateway.clock.forward(timedelta(minutes=1))
    tire(gateway, Wellbeing(weights=TWO_EACH, units_per_day=4, break_after_units=2))
    refused = await gateway.post("/v1/claims", {**named, "stream": ordinary}, "rev-1")
    assert refused.json()["code"] == "break", "only where a life may be in danger"


async def test_nobody_is_shown_what_they_opted_out_of_and_no_reason_is_asked(gateway: Gateway):
    await a_post(gateway)
    unknown = await gateway.post("/v1/opt-outs", {"areas": ["harrasment"]}, "rev-1")
    assert (unknown.status_code, "did you mean harassment" in unknown.text) == (422, True)
    mine = (await gateway.post("/v1/opt-outs", {"areas": ["harassment"]}, "rev-1")).json()

    assert mine["opted_out"] == ["harassment"]
    assert await claimed(gateway) is None
    case_id = (await gateway.get("/v1/queue")).json()["tasks"][0]["stream"]
    named = await gateway.post("/v1/claims", {"stream": case_id, "task_id": "harassment/1"}, "rev-1")
    assert named.json()["code"] == "opted_out"
    for kind in (TaskKind.SECOND_LOOK, TaskKind.HEARING):
        await project(gateway, case_id, TASK.evolve(kind=kind, severity=0))
        again = {"stream": case_id, "task_id": "harassment/1", "despite_limits": True}
        assert (await gateway.post("/v1/claims", again, "rev-1")).json()["code"] == "opted_out", kind
        assert await claimed(gateway) is None
    await gateway.post("/v1/opt-outs", {"areas": []}, "rev-1")
    assert await claimed(gateway)


async def test_what_is_severe_and_nobody_may_take_is_seen_and_pages_a_person(gateway: Gateway):
    tire(gateway)
    await a_post(gateway, severity=1)
    await gateway.post("/v1/reviewers", {"reviewer": "rev-1", "profile": {}}, "operator")
    assert await care.unstaffed(gateway.record, "demo", START) == ()
    await gateway.post("/v1/opt-outs", {"areas": ["harassment"]}, "rev-1")
    (line,) = (await gateway.get("/v1/load")).json()["unstaffed"]

    assert (line["queue"], line["severity"], line["tasks"]) == ("harassment", 1, 1)
    (page,) = await watching.take_pages(gateway.record, "demo", START)
    assert page.queue == "harassment"


async def test_a_row_of_one_area_ends_with_another_subject(gateway: Gateway):
    tire(gateway, Wellbeing(in_a_row=2))
    for number in (1, 2, 3):
        await a_post(gateway, number)
    for _ in range(2):
        found = await claimed(gateway)
        assert found
        await look(gateway, found["task"]["stream"])
    with pytest.raises(ClaimRefused, match="in a row"):
        await review.claim(gateway.record, "demo", "rev-1", None, None, START, 600)
    other = await a_post(gateway, 4, area="self_harm")
    found = await claimed(gateway)
    assert found
    assert found["task"]["stream"] == other
    await look(gateway, other)
    assert await claimed(gateway), "another subject was seen between"


async def test_who_claims_many_at_once_gets_no_more_than_their_day_holds(gateway: Gateway):
    """By the API nobody has to wait for an answer: each claim is judged by what the others of the same moment got."""
    tire(gateway)
    cases = [await a_post(gateway, number, severity=1) for number in range(1, 9)]
    answers = await asyncio.gather(*(gateway.post("/v1/claims", {}, "rev-1") for _ in cases))
    taken = {one.json()["task"]["stream"] for one in answers if one.status_code == 201}
    wanted = [{"stream": one, "task_id": "harassment/1"} for one in cases if one not in taken]
    named = await asyncio.gather(*(gateway.post("/v1/claims", one, "rev-2") for one in wanted))
    for found in (answers, named):
        refused = [one.json()["code"] for one in found if one.status_code != 201]
        assert len(refused) == len(found) - 2, "two tasks of two units each are a stretch"
        assert set(refused) <= {"break", "budget"}
