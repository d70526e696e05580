"""The simulated platform's money: held and let go on, paid or refused for good, each with its time."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from simulators.platform.drafts import parse_draft
from simulators.platform.payments import move, payment
from simulators.platform.world import World
from simulators.web import stamp
from tests.builders import NOON


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "platform.sqlite3", lambda: NOON)
    made.create(parse_draft("accounts", {"id": "ann", "display_name": "Ann (synthetic)"}))
    sale = {"id": "sale-1", "author_id": "ann", "text": "Synthetic sale.", "amount": "12.50", "currency": "EUR"}
    made.create(parse_draft("transactions", sale))
    return made


def ordered(world: World, *kinds: str, hours: int = 0) -> None:
    world.clock = lambda: NOON + timedelta(hours=hours)
    measures = [{"measure_id": k, "kind": k, "since": NOON.isoformat(), "until": None, "reach": []} for k in kinds]
    move(world, "sale-1", json.dumps(measures))


def states(world: World) -> list[str]:
    return [change["state"] for change in payment(world, "sale-1")["changes"]]


def test_a_held_payment_goes_on_when_the_hold_is_lifted(world: World):
    assert payment(world, "sale-1")["state"] == "pending"
    ordered(world, "hold", hours=1)
    assert payment(world, "sale-1")["since"] == stamp(NOON + timedelta(hours=1))
    ordered(world, hours=2)
    assert states(world) == ["held", "pending"]


@pytest.mark.parametrize(("kind", "state"), [("release", "paid"), ("refuse", "refused")])
def test_what_was_paid_or_refused_stays_so(world: World, kind: str, state: str):
    ordered(world, "hold")
    ordered(world, "hold", kind, hours=1)
    ordered(world, hours=2)
    assert states(world) == ["held", state]
