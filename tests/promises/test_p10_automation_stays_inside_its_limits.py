"""P10: automation stays inside its limits: caps, a stop within seconds, protected people, and a person on every appeal."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.policy_packs import PolicyPacks
from api.brake_messages import BrakeRequest, ProtectRequest
from api.doors import Doors
from api.errors import Refused
from api.requests import ClaimRequest, DecisionRequest, ReversalRequest
from cases.caps import Cap, Caps, Corridor
from cases.messages import Detector, Person, SignalMessage, Subject
from cases.names import SubjectKind
from cases.rule_scope import Mode
from cases.severity import Severity
from tests.conftest import Database
from tests.integration.kit import Installation, an_installation, until
from workers.library import PackLibrary
from workers.wiring import open_means

PITCH = "Buy cheap pills now, best price, click http://a.invalid http://b.invalid limited offer, act now, money back!!!"
EXEMPT = "child_safety.known-item"
AT_ONCE = int(os.environ.get("P10_AT_ONCE", "24"))  # cases that two workers judge at once
FLOW = int(os.environ.get("P10_FLOW", "4"))  # cases under way when automation is stopped, and as many after


@pytest.fixture
async def here(postgres: Database, tmp_path: Path) -> AsyncIterator[Installation]:
    async with an_installation(postgres, tmp_path) as installation, installation.working():
        yield installation


def limit(here: Installation, **limits: Any) -> None:
    """Another pack in force, of tighter limits. No file is changed."""
    packs: PolicyPacks = here.means.packs
    pack = packs.active("baseline")
    packs._packs[pack.digest] = pack.model_copy(update=limits)


def without_exemption(here: Installation) -> None:
    """The rule for known material as any other of its severity."""
    rules = here.means.packs.active("baseline").rules
    limit(here, rules=tuple(one.model_copy(update={"exempt_from_brakes": False}) for one in rules))


async def pitched(here: Installation, post: str, author: str = "author") -> list[Any]:
    """A post that a rule would decide alone; what triage recorded of it."""
    here.world.post(post, PITCH, author=author)
    stream = (await here.signal(post, spam=0.99)).case_id
    await here.reaches(stream, "triaged", seconds=20)
    return [stream, (await here.bodies(stream, "triaged"))[-1]]


async def known_item(here: Installation, post: str) -> list[Any]:
    here.world.post(post)
    message = SignalMessage(
        message_id=f"hash-{post}",
        subject=Subject(kind=SubjectKind.CONTENT, id=post),
        detector=Detector(vendor="synthetic", name="hashes", version="1"),
        scores={"known_hash": 1.0},
    )
    stream = (await here.doors.signal("demo", message)).case_id
    await here.reaches(stream, "triaged")
    return [stream, (await here.bodies(stream, "triaged"))[-1]]


async def stop(here: Installation, message_id: str = "stop-1", **what: str) -> None:
    request = BrakeRequest(message_id=message_id, reason="synthetic: it misfires", **what)
    assert (await here.doors.stop("demo", "op-1", request)).changed


async def test_a_stop_amid_a_flow_holds_for_all_that_is_judged_after_it_and_known_material_is_held_all_the_same(
    here: Installation,
):
    stream, body = await pitched(here, "post-1")
    assert not body.braked
    await here.reaches(stream, "decision_recorded")
    flow = [asyncio.ensure_future(pitched(here, f"before-{number}", f"b{number}")) for number in range(FLOW)]
    async with asyncio.timeout(5):
        await stop(here)
    after = await asyncio.gather(*(pitched(here, f"after-{number}", f"a{number}") for number in range(FLOW)))
    for number, (stream, body) in enumerate(after):
        assert [(one.reason, one.instead) for one in body.braked] == [("stopped", "review")]
        assert (await here.case(stream)).matters[0].stage == "in_review"
        assert here.world.measures(f"after-{number}") == []
    for stream, body in await asyncio.gather(*flow):  # each before the stop or after it, and nothing in between
        if body.braked:
            assert not (await here.case(stream)).decisions
        else:
            await here.reaches(stream, "order_confirmed")
    known, body = await known_item(here, "post-known")
    assert not body.braked
    await here.reaches(known, "order_confirmed")
    assert here.world.measures("post-known") == ["hide"]

    shown = await here.doors.brakes("demo")
    assert [(one.scope, one.cause, one.by, one.reason) for one in shown.stops] == [
        ("tenant", "operator", "op-1", "synthetic: it misfires")
    ]
    assert sum(one.acts for one in shown.held_back if one.reason == "stopped") >= FLOW
    again = BrakeRequest(message_id="go-on", reason="synthetic: mended")
    assert (await here.doors.resume("demo", "op-1", again)).changed
    _, body = await pitched(here, "post-last")
    assert not body.braked


async def test_a_stop_of_one_rule_or_area_leaves_the_others(here: Installation):
    await stop(here, rule="spam.certain")
    await stop(here, "stop-2", area="harassment")
    _, body = await pitched(here, "post-1")
    assert [one.name for one in body.braked] == ["rule:spam.certain"]
    assert (await here.doors.brakes("demo")).stops[0].name == "spam.certain"
    with pytest.raises(Exception, match="is no area of the policy pack"):
        await stop(here, "stop-3", area="misspelt")


async def test_over_its_cap_a_rule_asks_people_and_an_exempt_one_goes_on_and_pages(here: Installation):
    limit(here, caps=Caps(rule=Cap(hour=1), account=Cap(hour=100)))
    _, first = await pitched(here, "post-1")
    stream, second = await pitched(here, "post-2", author="other")
    assert not first.braked
    assert [(one.reason, one.name, one.instead) for one in second.braked] == [("cap", "rule", "review")]
    assert (await here.case(stream)).matters[0].open
    await here.claim(stream, "spam/1")
    for post in ("post-3", "post-4"):
        known, body = await known_item(here, post)
    assert [(one.rule_id, one.instead) for one in body.braked] == [(EXEMPT, "paged")]
    await here.reaches(known, "order_confirmed")
    assert here.world.measures("post-4") == ["hide"]
    held = {(one.reason, one.rule): one.acts for one in (await here.doors.brakes("demo")).held_back}
    assert held == {("cap", "spam.certain"): 1, ("paged", EXEMPT): 1}

    without_exemption(
        here
    )  # by volume alone no severe hold stops (P12): neither over a cap nor grown out of a corridor
    _, body = await known_item(here, "post-5")
    assert [(one.reason, one.name, one.instead) for one in body.braked] == [("cap", "rule", "paged")]
    limit(here, caps=Caps(), corridor=Corridor(growth=1.5, least=1))
    here.clock.ahead += timedelta(hours=2)
    known, body = await known_item(here, "post-6")
    assert [(one.reason, one.name, one.instead) for one in body.braked] == [("cap", "growth", "paged")]
    await here.reaches(known, "order_confirmed")
    assert here.world.measures("post-6") == ["hide"]
    assert (await here.doors.brakes("demo")).stops == (), "it pages, and pauses nothing"
    await pitched(here, "post-7", "new")
    assert [one.name for one in (await here.doors.brakes("demo")).stops] == ["spam.certain"], "an ordinary rule pauses"
    await stop(here)
    _, body = await known_item(here, "post-8")
    assert [(one.reason, one.instead) for one in body.braked] == [("stopped", "review")]


async def test_of_many_cases_that_two_workers_judge_at_once_a_rule_decides_no_more_than_its_caps_let_it(
    here: Installation,
):
    other = replace(here, means=await open_means(here.settings, "another worker", lazy=False))
    for one in (here, other):
        limit(one, caps=Caps(rule=Cap(hour=AT_ONCE // 4), account=Cap(day=2)), corridor=None)
    posts = [f"post-{number}" for number in range(AT_ONCE)]
    for number, post in enumerate(posts):  # half of them by one account
        here.world.post(post, f"{PITCH} {number}", author="one" if number % 2 else f"a{number}")
    async with aclosing(other.means), other.working():
        streams = [one.case_id for one in await asyncio.gather(*(here.signal(post, spam=0.99) for post in posts))]
        for stream in streams:  # one after the other: who waits asks the same Postgres
            await here.reaches(stream, "triaged", seconds=120)
        told = [(await here.bodies(stream, "triaged"))[-1] for stream in streams]
        let = [number for number, body in enumerate(told) if not body.braked]
        for number in let:
            await here.reaches(streams[number], "order_confirmed", seconds=120)
    assert len(let) == AT_ONCE // 4, "as many as it may, and none more"
    assert sum(number % 2 for number in let) <= 2
    assert {one.reason for body in told for one in body.braked} == {"cap"}
    assert {number for number, post in enumerate(posts) if here.world.measures(post)} == set(let)


async def test_a_rule_whose_decisions_are_taken_back_pauses_until_a_person_lets_it_go_on(here: Installation):
    limit(here, corridor=Corridor(reversals=0.4, least=2))
    streams = [(await pitched(here, f"post-{number}", f"a{number}"))[0] for number in (1, 2)]
    for number, stream in enumerate(streams):
        await here.reaches(stream, "order_confirmed")
        wanted = ReversalRequest(
            message_id=f"r-{number}", case_id=stream, decision_id="rule:spam.1", reason="synthetic: not spam"
        )
        await here.doors.reverse("demo", "op-1", wanted)
        await here.reaches(stream, "decision_reversed")

    async def paused() -> bool:
        return bool((await here.doors.brakes("demo")).stops)

    await until(paused)
    (pause,) = (await here.doors.brakes("demo")).stops
    assert (pause.scope, pause.name, pause.cause) == ("rule", "spam.certain", "corridor")
    assert pause.reason.startswith("reversals: ")
    _, body = await pitched(here, "post-3", "a3")
    assert [(one.reason, one.instead) for one in body.braked] == [("paused", "review")]


async def test_nothing_automatic_befalls_a_protected_account_and_two_people_decide_about_it(here: Installation):
    request = ProtectRequest(account_id="account-author", reason="journalist", source="synthetic: press register")
    await here.doors.protect("demo", "op-1", request)
    (known,) = (await here.doors.protected("demo")).accounts
    assert (known.account_id, known.source) == ("account-author", "synthetic: press register")
    stream, body = await pitched(here, "post-1")
    assert not any(one.automatic or one.hold for one in body.assessments)
    assert body.facts["spam"]["author"]["protected"]
    await here.decide(stream, task_id="spam/1", rule_id="spam.reported")
    await here.reaches(stream, "decision_proposed")
    assert here.world.measures("post-1") == []
    claimed = await here.claim(stream, "second:d-1", "rev-2")
    look = DecisionRequest(
        decision_id="d-2",
        token=claimed.token,
        outcome="violation",  # type: ignore[arg-type]  # as JSON has it
        rationale="synthetic: I agree",
    )
    await here.doors.decide("demo", "rev-2", look)
    await here.reaches(stream, "order_confirmed")
    assert here.world.measures("post-1") == ["remove"]


async def test_an_account_protected_after_its_matter_opened_takes_two_people_or_one_who_was_named(here: Installation):
    here.world.post("post-1")
    here.world.post("post-2")
    streams = [(await here.report(f"post-{number}")).case_id for number in (1, 2)]
    for stream in streams:
        await here.reaches(stream, "triaged")
    request = ProtectRequest(account_id="account-author", reason="journalist", source="synthetic: press register")
    await here.doors.protect("demo", "op-1", request)
    await here.decide(streams[0])
    await here.reaches(streams[0], "decision_proposed")
    await here.claim(streams[1])
    wanted = ClaimRequest(stream=streams[1], task_id="harassment/1")
    named = await here.doors.claim("demo", "rev-1", wanted, named_roles=["protected_subjects"])
    assert named is not None
    alone = DecisionRequest(
        decision_id="d-2",
        token=named.token,
        outcome="violation",  # type: ignore[arg-type]  # as JSON has it
        ground="terms",  # type: ignore[arg-type]
        rule_id="harassment.reported",
        rationale="synthetic: named for it",
    )
    await here.doors.decide("demo", "rev-1", alone)
    await here.reaches(streams[1], "decision_recorded")
    assert "decision_recorded" not in await here.kinds(streams[0])


async def test_a_rules_decision_is_heard_by_a_person_and_by_nobody_without_a_claim(here: Installation):
    stream, _ = await pitched(here, "post-1")
    await here.reaches(stream, "told")
    author = Person(account_id="account-author", address="author@example.invalid")
    await here.appeal("post-1", "rule:spam.1", author)
    appeal = "appeal/demo/a-1"
    claimed = await here.claim(appeal, "appeal", "rev-2")
    kinds = await here.kinds(stream)
    assert "appeal_closed" not in kinds
    wrong = DecisionRequest(decision_id="d-9", token="no claim", outcome="upheld", rationale="synthetic")  # type: ignore[arg-type]
    with pytest.raises(Exception, match="token"):
        await here.doors.decide("demo", "rev-3", wrong)
    heard = DecisionRequest(decision_id="d-2", token=claimed.token, outcome="upheld", rationale="synthetic")  # type: ignore[arg-type]
    await here.doors.decide("demo", "rev-2", heard)
    await here.reaches(stream, "appeal_closed")
    assert (await here.bodies(stream, "appeal_closed"))[0].by == "rev-2"


async def test_a_person_restricts_no_more_than_their_cap_by_any_door_but_what_is_severe(here: Installation):
    limit(here, caps=Caps(person=Cap(hour=1)))
    library, means = PackLibrary(here.means.in_force, "Plaza"), here.means
    here.doors = Doors(means.record, means.client, here.clock, means.signing, means.areas, library=library)
    streams = []
    for post in ("post-1", "post-2", "post-3"):
        here.world.post(post)
        streams.append((await here.report(post)).case_id)
    first, second, third = streams
    once = DecisionRequest(
        decision_id="d-1",
        token=(await here.claim(first)).token,
        outcome="violation",  # type: ignore[arg-type]  # as JSON has it
        ground="terms",  # type: ignore[arg-type]
        rule_id="harassment.reported",
        rationale="synthetic rationale",
    )
    await here.doors.decide("demo", "rev-1", once)
    await here.reaches(first, "decision_recorded")
    with pytest.raises(Refused, match="has restricted 1 times this hour") as refused:
        await here.decide(second)
    assert refused.value.code == "over_cap"
    assert (await here.doors.decide("demo", "rev-1", once)).status == "accepted", "what was let is answered as it was"
    held = await here.claim(second)
    await here.doors.release("demo", "rev-1", held.lease_id)
    await here.decide(second, "d-2", reviewer="rev-2")
    await here.reaches(second, "order_confirmed")
    claimed = await here.claim(third)
    message = {"decision_id": "d-3", "matter": "harassment/1", "outcome": "violation", "token": claimed.token}
    await here.handle(third).signal("decide", {**message, "ground": "terms", "rule_id": "harassment.reported"})
    await here.reaches(third, "message_refused")
    assert [one.code for one in await here.bodies(third, "message_refused")] == ["over_cap"]
    assert here.world.measures("post-3") == []
    people = [(one.person, one.hour, one.refused) for one in (await here.doors.brakes("demo")).people]
    assert people == [("rev-1", 1, 2), ("rev-2", 1, 0)]
    assert [(one.kind, one.about) for one in (await here.doors.oncall("demo")).alarms] == [("over_cap", "rev-1")]

    severe = here.means.packs.active("baseline").areas
    limit(here, areas={**severe, "harassment": severe["harassment"].model_copy(update={"severity": Severity.S1})})
    here.world.post("post-4")
    fourth = (await here.report("post-4")).case_id
    await here.decide(fourth)
    await here.reaches(fourth, "order_confirmed")
    assert [one.hour for one in (await here.doors.brakes("demo")).people] == [1, 1], "P12: it waits for no hour"


async def test_a_rule_in_shadow_is_recorded_and_does_nothing_and_a_canary_acts_in_its_share(here: Installation):
    pack = here.means.packs.active("baseline")

    def with_mode(**scope: Any) -> None:
        rules = tuple(one.model_copy(update=scope) if one.id == "spam.certain" else one for one in pack.rules)
        limit(here, rules=rules)

    with_mode(mode=Mode.SHADOW)
    stream, body = await pitched(here, "post-1")
    assert [(one.rule_id, one.outcome) for one in body.shadowed] == [("spam.certain", "automatic")]
    assert (await here.case(stream)).matters[0].stage == "in_review"
    assert here.world.measures("post-1") == []
    with_mode(mode=Mode.CANARY, share=1.0)
    _, body = await pitched(here, "post-2")
    assert (body.shadowed, body.assessments[0].automatic is not None) == ((), True)
