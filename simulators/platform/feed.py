"""The feed: posts with their comments, as a visitor meets them or as the people who run the platform see them."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from simulators.platform.appearance import Appearance, appearance, state_of
from simulators.platform.measures import Measure, hides, in_force, parse_measures, tellable
from simulators.platform.world import World

_COMMENTS_PER_PAGE = 500


@dataclass(frozen=True)
class Visit:
    """Who looks, and what they asked to see. country None: what is visible everywhere."""

    country: str | None = None
    revealed: frozenset[str] = frozenset()
    opened: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Entry:
    """A post or transaction on the page."""

    item: Appearance
    author: Appearance | None
    comments: tuple["Entry", ...] = ()

    @property
    def demoted(self) -> bool:
        """Comes last: itself, or all that a limited account posts."""
        limited = self.author is not None and _has(self.author, "limited")
        return _has(self.item, "demoted") or limited


def _has(item: Appearance, word: str) -> bool:
    return any(state.startswith(word) for state in item.states)


def read_feed(world: World, visit: Visit, before: int, limit: int, id: str | None = None) -> list[Entry]:
    """One page, newest first, the demoted ones last; everything there is, shown to visitors or not."""
    posts = world.database.all("feed", before=before, limit=limit, id=id)
    if id is not None and not posts:
        single = world.database.one("single_content", id=id)
        posts = [single] if single is not None else []
    ids = json.dumps([post["id"] for post in posts])
    comments = world.database.all("comments_below", ids=ids, limit=_COMMENTS_PER_PAGE)
    view = _View(world, visit, [*posts, *comments])
    below: dict[str, list[Entry]] = defaultdict(list)
    for comment in comments:
        below[comment["parent_id"]].append(view.entry(comment))
    entries = [view.entry(post, tuple(below[post["id"]])) for post in posts]
    return sorted(entries, key=lambda entry: entry.demoted)


def visitors_feed(world: World, entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Only what a visitor sees: nothing hidden, nothing deleted, nothing in a community that is hidden."""
    seen = [entry for entry in entries if entry.item.shown]
    communities = {entry.item.subject["community_id"] for entry in seen}
    closed = {id for id, measures in world.measures_on("community", communities).items() if _closed(world, measures)}
    return [_visible(entry) for entry in seen if entry.item.subject["community_id"] not in closed]


def people_and_communities(world: World, visit: Visit, limit: int) -> list[Entry]:
    """Accounts and communities with their state, those under a measure first."""
    rows = world.database.all("people_and_communities", limit=limit)
    view = _View(world, visit, rows)
    return [view.entry(row) for row in rows]


def tallies(world: World) -> dict[str, int]:
    """How much there is, and how much of it is restricted now."""
    counts: dict[str, int] = {}
    for row in world.database.all("count_by_form"):
        counts[row["form"]] = row["number"]
        counts["deleted"] = counts.get("deleted", 0) + row["deleted"]
    for row in world.database.all("restricted_targets"):
        for kind in {measure["kind"] for measure in in_force(parse_measures(row["measures"]), world.clock(), None)}:
            counts[kind] = counts.get(kind, 0) + 1
    return counts


def subject_entry(world: World, visit: Visit, subject: sqlite3.Row) -> Entry:
    """One subject of any kind, as it stands."""
    return _View(world, visit, [subject]).entry(subject)


def told_to(world: World, account: sqlite3.Row) -> list[dict[str, Any]]:
    """What the platform says to a person of their account and of what they made: only what they may be told."""
    things = [account, *world.database.all("made_by", id=account["id"], limit=_COMMENTS_PER_PAGE)]
    now, told = world.clock(), []
    for thing in things:
        met = tellable(world.met(thing["kind"], thing["id"], None), now)
        deleted = ["deleted by author"] if thing["deleted_at"] is not None else []
        states = [*deleted, *dict.fromkeys(map(state_of, met))]
        told.append({"kind": thing["kind"], "id": thing["id"], "states": states or ["visible"]})
    return told


class _View:
    """Measures and authors of one page, fetched at once."""

    def __init__(self, world: World, visit: Visit, rows: list[sqlite3.Row]) -> None:
        self._world, self._visit = world, visit
        by_kind: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            by_kind[row["kind"]].append(row["id"])
        authors = world.subjects("account", (row["author_id"] for row in rows))
        by_kind["account"].extend(authors)
        self._measures: Mapping[str, Mapping[str, list[Measure]]] = {
            kind: world.measures_on(kind, ids) for kind, ids in by_kind.items()
        }
        self._authors = {id: self._appearance(row) for id, row in authors.items()}

    def entry(self, row: sqlite3.Row, comments: tuple[Entry, ...] = ()) -> Entry:
        return Entry(self._appearance(row), self._authors.get(row["author_id"]), comments)

    def _appearance(self, row: sqlite3.Row) -> Appearance:
        ordered = self._measures[row["kind"]].get(row["id"], ())
        met = in_force(ordered, self._world.clock(), self._visit.country)
        return appearance(row, met, self._world.masking, self._visit.revealed, self._visit.opened)


def _closed(world: World, measures: Iterable[Measure]) -> bool:
    return hides(in_force(measures, world.clock(), None))


def _visible(entry: Entry) -> dict[str, Any]:
    """A post, comment or transaction as a visitor gets it."""
    item, subject = entry.item, entry.item.subject
    author = entry.author
    return {
        "kind": subject["kind"],
        "id": subject["id"],
        "form": subject["form"],
        "author": {"id": author.subject["id"], "display_name": author.name} if author is not None else None,
        "community_id": subject["community_id"],
        "text": item.text,
        "masked": item.masked,
        "gate": item.gate,
        "labels": [str(measure.get("label", "label")) for measure in item.measures if measure["kind"] == "label"],
        "demoted": entry.demoted,
        "created_at": subject["created_at"],
        "edited_at": subject["edited_at"],
        "likes": subject["likes"],
        "comments": [_visible(comment) for comment in entry.comments if comment.item.shown],
    }
