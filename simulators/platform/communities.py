"""Communities: who owns, moderates and belongs to one, and what measures leave of it."""

import json
import sqlite3
from typing import Any

from simulators.platform.measures import forbids, hides
from simulators.platform.world import World
from simulators.web import BadRequest

PERKS = ("badge", "boosts", "vanity_address", "discovery", "monetisation")
_STEWARD = "the platform"


def standing(world: World, community: sqlite3.Row) -> dict[str, Any]:
    """The community as it is now, every measure on it applied: what its members and its visitors meet."""
    measures = world.met("community", community["id"], None)
    moderators = [row["account_id"] for row in _people(world, community, "moderator")]
    taken = any(measure["kind"] == "replace_owner" for measure in measures)
    shown = community["deleted_at"] is None and not hides(measures)
    return {
        "id": community["id"],
        "name": community["name"],
        "owner": (moderators[0] if moderators else _STEWARD) if taken else community["author_id"],
        "former_owner": community["author_id"] if taken else None,
        "moderators": moderators,
        "members": world.database.all("count_members", community_id=community["id"])[0]["number"],
        "perks": [perk for perk in PERKS if not forbids(measures, "remove_perks", perk)],
        "shown": shown,
        "listed": shown and not forbids(measures, "delist", "search"),
        "recommended": shown and not forbids(measures, "delist", "recommendations"),
        "joins": shown and not forbids(measures, "lock_joins", "joining"),
        "invites": shown and not forbids(measures, "lock_invites", "inviting"),
        "writable": shown and not forbids(measures, "read_only", "posting"),
        "adults_only": any(measure["kind"] == "age_gate" for measure in measures),
        "owner_warned": any(measure["kind"] == "warn_owner" for measure in measures),
    }


def directory(world: World, limit: int) -> list[dict[str, Any]]:
    """The communities a visitor can find."""
    found = (standing(world, row) for row in world.database.all("communities", limit=limit))
    return [one for one in found if one["listed"]]


def belong(world: World, community: sqlite3.Row, account_id: str, role: str, invited_by: str | None) -> None:
    """Somebody joins, or is brought in by a member, or is made moderator. Raises BadRequest where a lock forbids it."""
    now = standing(world, community)
    for id in filter(None, (account_id, invited_by)):
        if world.subject("account", id) is None:
            raise BadRequest("account_id", "no such account", code="unknown_account", status=422)
    if role != "moderator" and not now["invites" if invited_by else "joins"]:
        code = "community_invites_locked" if invited_by else "community_joins_locked"
        raise BadRequest("community_id", "nobody can come in", code=code, status=403)
    world.database.run("add_member", community_id=community["id"], account_id=account_id, role=role)


def _people(world: World, community: sqlite3.Row, role: str) -> list[sqlite3.Row]:
    return world.database.all("members_of", community_id=community["id"], roles=json.dumps([role]))
