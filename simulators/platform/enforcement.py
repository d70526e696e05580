"""Carrying out orders: never twice, never an older one over a newer one, never on content nobody judged."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulators.platform.measures import destroys, parse_measures
from simulators.platform.orders import Order
from simulators.platform.payments import move
from simulators.platform.world import World
from simulators.web import stamp


@dataclass(frozen=True)
class Answer:
    """What the sender of an order is told."""

    http_status: int
    body: Mapping[str, Any]

    @property
    def outcome(self) -> str:
        """One word for the log."""
        return str(self.body.get("status") or self.body["code"])


def carry_out(world: World, order: Order, key: str, body_digest: str) -> Answer:
    """Do what the order says unless something newer holds, and log it: one transaction."""
    with world.database.transaction():
        answer = _judge(world, order, key, body_digest)
        world.log(
            "order",
            answer.outcome,
            tenant=order.tenant,
            order_id=order.order_id,
            kind=order.kind,
            id=order.id,
            target_version=order.target_version,
            version_in_force=_version_in_force(world, order),
            http_status=answer.http_status,
            measures=order.measures,
        )
    return answer


def _judge(world: World, order: Order, key: str, body_digest: str) -> Answer:
    database, now = world.database, stamp(world.clock())
    database.run("remember_key", key=key, body_digest=body_digest, first_seen_at=now)
    known = database.one("digest_of_key", key=key)
    if known is not None and known["body_digest"] != body_digest:
        return Answer(422, {"code": "idempotency_mismatch"})
    if order.unsupported:
        return Answer(422, {"code": "unsupported_measure", "measures": sorted(order.unsupported)})
    subject = world.subject(order.kind, order.id)
    if subject is None:
        return Answer(404, {"code": "unknown_target"})
    # Versions before the precondition: an order that took effect is confirmed again, whatever was edited since.
    target = database.one("target", tenant=order.tenant, kind=order.kind, id=order.id)
    if world.versions and target is not None and order.target_version <= target["target_version"]:
        return _confirmation(subject, target, order)
    gone = subject["deleted_at"] is not None or world.destroyed(subject)
    if not gone and order.content_version not in (None, subject["content_version"]):
        return Answer(409, {"code": "edited", "content_version": subject["content_version"]})
    database.run(
        "put_target",
        tenant=order.tenant,
        kind=order.kind,
        id=order.id,
        target_version=order.target_version,
        measures=order.measures,
        order_id=order.order_id,
        applied_at=now,
    )
    if world.destroyed(subject):
        return Answer(410, {"code": "destroyed", "target_version": order.target_version})
    if destroys(parse_measures(order.measures)):
        world.destroy(subject)
    if order.kind == "transaction":
        move(world, order.id, order.measures)
    if not world.versions:
        return Answer(200, {"status": "applied", "applied_at": now})
    if subject["deleted_at"] is not None:
        return _deleted(order.target_version)
    return Answer(200, {"status": "applied", "target_version": order.target_version, "applied_at": now})


def _confirmation(subject: sqlite3.Row, target: sqlite3.Row, order: Order) -> Answer:
    """The order has no effect any more: it had it already, or something newer holds."""
    version = target["target_version"]
    if subject["deleted_at"] is not None:
        return _deleted(version)
    status = "repeated" if order.target_version == version else "superseded"
    return Answer(200, {"status": status, "target_version": version, "applied_at": target["applied_at"]})


def _deleted(version: int) -> Answer:
    """Its author deleted it; the state is kept and holds again if they bring it back."""
    return Answer(410, {"code": "deleted_by_author", "target_version": version})


def _version_in_force(world: World, order: Order) -> int:
    target = world.database.one("target", tenant=order.tenant, kind=order.kind, id=order.id)
    return target["target_version"] if target is not None else 0
