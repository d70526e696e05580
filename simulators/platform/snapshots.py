"""What the platform knows of a subject, for whoever must judge it: hidden or not, whole, unmasked."""

import json
import sqlite3
from typing import Any

from simulators.platform.communities import standing
from simulators.platform.measures import hides, parse_measures
from simulators.platform.world import World

_THREAD_LIMIT = 50


def snapshot(world: World, subject: sqlite3.Row) -> dict[str, Any]:
    """The subject with its author, its community and what stands around it, oldest first."""
    own = standing(world, subject) if subject["kind"] == "community" else None
    kept = {name: own[name] for name in ("id", "name", "owner", "moderators", "members")} if own else None
    author_id = subject["id"] if subject["kind"] == "account" else own["owner"] if own else subject["author_id"]
    author = world.subject("account", author_id) if author_id is not None else None
    community = world.subject("community", subject["community_id"]) if subject["community_id"] else None
    return {
        "kind": subject["kind"],
        "id": subject["id"],
        "content_version": subject["content_version"],
        "created_at": subject["created_at"],
        "edited_at": subject["edited_at"],
        "deleted": subject["deleted_at"] is not None,
        "surface": subject["surface"],
        "language": subject["language"],
        "country": subject["country"],
        "text": subject["text"],
        "attachments": json.loads(subject["attachments"]),
        "author": _author(author) if author is not None else None,
        "community": kept or ({"id": community["id"], "name": community["name"]} if community is not None else None),
        "thread": [_line(row) for row in _around(world, subject)],
        "counters": {"likes": subject["likes"], "reach": subject["reach"]},
    }


def target_state(world: World, subject: sqlite3.Row, tenant: str | None) -> dict[str, Any]:
    """What is in force on a target, read back. tenant None: all tenants' measures together, the highest version."""
    rows = world.database.all("targets_of", kind=subject["kind"], id=subject["id"])
    chosen = [row for row in rows if tenant in (None, row["tenant"])]
    deleted = subject["deleted_at"] is not None
    version = {"target_version": max((row["target_version"] for row in chosen), default=0)} if world.versions else {}
    return {
        **version,
        "target": {"kind": subject["kind"], "id": subject["id"]},
        "measures": [measure for row in chosen for measure in parse_measures(row["measures"])],
        "content_version": subject["content_version"],
        "deleted": deleted,
        "visible": not deleted and not hides(world.met(subject["kind"], subject["id"], None)),
    }


def _author(account: sqlite3.Row) -> dict[str, Any]:
    return {
        "account_id": account["id"],
        "address": account["address"],
        "display_name": account["name"],
        "language": account["language"],
        "country": account["country"],
        "created_at": account["created_at"],
    }


def _around(world: World, subject: sqlite3.Row) -> list[sqlite3.Row]:
    """A post's comments; a comment's post and the other comments; an account's or community's latest posts."""
    database, id = world.database, subject["id"]
    if subject["form"] == "account":
        rows = database.all("made_by", id=id, limit=_THREAD_LIMIT)
    elif subject["form"] == "community":
        rows = database.all("posted_in", id=id, limit=_THREAD_LIMIT)
    elif subject["form"] == "comment":
        parent = world.subject("content", subject["parent_id"])
        rows = database.all("comments_below", ids=json.dumps([subject["parent_id"]]), limit=_THREAD_LIMIT)
        rows += [parent] if parent is not None else []
    else:
        rows = database.all("comments_below", ids=json.dumps([id]), limit=_THREAD_LIMIT)
    others = [row for row in rows if row["id"] != id and row["deleted_at"] is None]
    return sorted(others, key=lambda row: row["sequence"])


def _line(row: sqlite3.Row) -> dict[str, Any]:
    return {"id": row["id"], "author_id": row["author_id"], "text": row["text"], "created_at": row["created_at"]}
