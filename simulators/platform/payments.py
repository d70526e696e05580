"""Money that moves: what became of each transaction, and when. What was paid or refused stays so, whatever is lifted."""

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from simulators.platform.measures import Measure, in_force, parse_measures
from simulators.platform.world import World
from simulators.web import stamp

_FINAL = ("paid", "refused")
_BY_MEASURE = {"refuse": "refused", "release": "paid", "hold": "held"}


def move(world: World, id: str, measures: str) -> None:
    """After an order: the payment is held, goes on, is let through or refused; written down with the time, once."""
    before = payment(world, id)["state"]
    after = _state(in_force(parse_measures(measures), world.clock(), None))
    if before == after or before in _FINAL:
        return
    world.database.run("put_payment", id=id, state=after, changed_at=stamp(world.clock()))
    world.log("payment", after, kind="transaction", id=id)


def payment(world: World, id: str) -> Mapping[str, Any]:
    """What became of it: pending, held, paid or refused; since when, and every change, oldest first."""
    rows: list[sqlite3.Row] = world.database.all("payment_changes", id=id)
    changes = [{"state": row["state"], "at": row["changed_at"]} for row in rows]
    last = changes[-1] if changes else {"state": "pending", "at": None}
    return {"state": last["state"], "since": last["at"], "changes": changes}


def _state(measures: Iterable[Measure]) -> str:
    kinds = {measure["kind"] for measure in measures}
    return next((state for kind, state in _BY_MEASURE.items() if kind in kinds), "pending")
