"""What exists on the platform, and what its users did to it."""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from simulators.database import Database
from simulators.platform.drafts import Draft
from simulators.platform.measures import Measure, forbids, hides, in_force, parse_measures
from simulators.web import BadRequest, Clock, stamp

ROOM = Path(__file__).parent
MASKING_MODES = {
    "sensitive": "text flagged sensitive or masked is masked",
    "all": "all text is masked",
    "off": "only text flagged masked is masked",
}


class World:
    """The platform's state. Every change is one transaction."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.database = Database(path, ROOM)
        self.clock = clock
        self.masking = "sensitive"
        self.versions = True  # whether orders carry a version here; without, the last one to arrive holds

    def subject(self, kind: str, id: str) -> sqlite3.Row | None:
        """One post, comment, account, community or transaction."""
        return self.database.one("subject", kind=kind, id=id)

    def subjects(self, kind: str, ids: Iterable[str | None]) -> dict[str, sqlite3.Row]:
        """Several of one kind, by id."""
        wanted = json.dumps(sorted({id for id in ids if id is not None}))
        return {row["id"]: row for row in self.database.all("subjects_of_kind", kind=kind, ids=wanted)}

    def create(self, draft: Draft) -> bool:
        """Add what a user made; False if the very same thing is there. Raises BadRequest."""
        digest = hashlib.sha256(json.dumps(asdict(draft), sort_keys=True).encode()).hexdigest()
        existing = self.subject(draft.kind, draft.id)
        if existing is not None and existing["draft_digest"] == digest:
            return False
        if existing is not None:
            raise BadRequest("id", "taken by something else", code="id_taken", status=409)
        self._check_relations(draft)
        values = {**asdict(draft), "attachments": json.dumps(draft.attachments), "draft_digest": digest}
        values["created_at"] = draft.created_at or stamp(self.clock())
        values["content_version"] = content_version(1, draft.name, draft.text, draft.attachments)
        self.database.run("add_subject", **values)
        return True

    def upload(self, content: bytes) -> str:
        """Keep a file; the SHA-256 by which attachments name it."""
        digest = hashlib.sha256(content).hexdigest()
        self.database.run("add_upload", sha256=digest, content=content)
        return digest

    def attachment(self, subject: sqlite3.Row, digest: str) -> bytes | None:
        """The bytes of one of this subject's attachments; None where it has no such one, or they were never sent in."""
        if all(one["sha256"] != digest for one in json.loads(subject["attachments"])):
            return None
        row = self.database.one("upload", sha256=digest)
        return row["content"] if row is not None else None

    def edit(self, subject: sqlite3.Row, changes: Mapping[str, Any]) -> None:
        """The author's edit, or new counters; a changed text or name is a new content version."""
        after = {**dict(subject), **changes}
        self.database.run(
            "count_reactions", kind=after["kind"], id=after["id"], likes=after["likes"], reach=after["reach"]
        )
        if not changes.keys() & {"text", "name", "sensitive", "masked"}:
            return
        changed = (after["text"], after["name"]) != (subject["text"], subject["name"])
        if changed:
            after["revision"] += 1
            after["edited_at"] = stamp(self.clock())
            after["content_version"] = content_version(
                after["revision"], after["name"], after["text"], json.loads(after["attachments"])
            )
        columns = ("kind", "id", "text", "name", "sensitive", "masked", "edited_at", "revision", "content_version")
        self.database.run("edit_subject", **{column: after[column] for column in columns})
        self.log("user", "edited" if changed else "flagged", kind=after["kind"], id=after["id"])

    def set_deleted(self, subject: sqlite3.Row, deleted: bool) -> None:
        """The author deletes it, or brings it back as it was."""
        deleted_at = stamp(self.clock()) if deleted else None
        self.database.run("set_deleted", kind=subject["kind"], id=subject["id"], deleted_at=deleted_at)
        outcome = "deleted_by_author" if deleted else "undeleted_by_author"
        self.log("user", outcome, kind=subject["kind"], id=subject["id"])

    def destroy(self, subject: sqlite3.Row) -> None:
        """By order: what it said is deleted, and nobody brings it back."""
        kind, id = subject["kind"], subject["id"]
        self.database.run("destroy", kind=kind, id=id, destroyed_at=stamp(self.clock()))
        self.database.run("drop_uploads", kind=kind, id=id)
        self.database.run("empty_subject", kind=kind, id=id)
        self.log("order", "destroyed", kind=kind, id=id)

    def forget(self, subject: sqlite3.Row) -> None:
        """The platform loses it, and what was ordered of it: from now on it knows no such thing (404)."""
        kind, id = subject["kind"], subject["id"]
        self.database.run("forget_subject", kind=kind, id=id)
        self.database.run("forget_target", kind=kind, id=id)
        self.log("platform", "forgotten", kind=kind, id=id)

    def recall(self, subject: sqlite3.Row) -> None:
        """What was forgotten is there again with the words it had, and nothing is in force on it."""
        self.database.run("add_subject", **dict(subject))
        self.log("platform", "recalled", kind=subject["kind"], id=subject["id"])

    def destroyed(self, subject: sqlite3.Row) -> bool:
        """Whether it was destroyed by order."""
        return self.database.one("destroyed", kind=subject["kind"], id=subject["id"]) is not None

    def measures_on(self, kind: str, ids: Iterable[str | None]) -> dict[str, list[Measure]]:
        """The measures ordered on each of these, all tenants' together, expired ones included."""
        found: dict[str, list[Measure]] = {}
        wanted = json.dumps(sorted({id for id in ids if id is not None}))
        for row in self.database.all("targets_of_many", kind=kind, ids=wanted):
            found.setdefault(row["id"], []).extend(parse_measures(row["measures"]))
        return found

    def met(self, kind: str, id: str, country: str | None) -> list[Measure]:
        """The measures a visitor from there meets now."""
        return in_force(self.measures_on(kind, [id]).get(id, []), self.clock(), country)

    def log(self, event: str, outcome: str, **facts: object) -> None:
        """Write down what was done. Facts are ids, versions and statuses, never text."""
        columns = ("tenant", "order_id", "kind", "id", "target_version", "version_in_force", "http_status", "measures")
        values = {column: facts.get(column) for column in columns}
        self.database.run("write_log", at=stamp(self.clock()), event=event, outcome=outcome, **values)

    def read_log(self, after: int, limit: int) -> list[dict[str, Any]]:
        """What was done after that sequence number."""
        entries = [dict(row) for row in self.database.all("read_log", after=after, limit=limit)]
        for entry in entries:
            entry["measures"] = json.loads(entry["measures"]) if entry["measures"] is not None else None
        return entries

    def reset(self) -> None:
        """An empty platform."""
        self.masking = "sensitive"
        with self.database.transaction():
            for query in (
                "forget_members",
                "forget_uploads",
                "forget_payments",
                "forget_subjects",
                "forget_targets",
                "forget_keys",
                "forget_log",
            ):
                self.database.run(query)

    def _check_relations(self, draft: Draft) -> None:
        """That whom and what a draft names exists, and that its author may publish."""
        named = (
            ("author_id", "account", draft.author_id),
            ("counterparty_id", "account", draft.counterparty_id),
            ("community_id", "community", draft.community_id),
            ("parent_id", "content", draft.parent_id),
        )
        for field, kind, id in named:
            if id is not None and self.subject(kind, id) is None:
                raise BadRequest(field, f"no such {kind}", code=f"unknown_{kind}", status=422)
        self._check_restrictions(draft)

    def _check_restrictions(self, draft: Draft) -> None:
        """What is in force on the author and on the place is felt by whoever publishes."""
        author = self.met("account", draft.author_id, None) if draft.author_id else []
        if hides(author):
            raise BadRequest("author_id", "the account is suspended", code="account_suspended", status=403)
        feature = {"post": "posting", "comment": "commenting", "transaction": "selling"}.get(draft.form, "")
        confined = [measure for measure in author if measure.get("scope")]  # an unconfined limit demotes what is posted
        if forbids(confined, "limit", feature):
            raise BadRequest("author_id", f"the account may not do this: {feature}", code="feature_limited", status=403)
        place = self.met("community", draft.community_id, None) if draft.community_id else []
        if hides(place) or forbids(place, "read_only", "posting"):
            raise BadRequest("community_id", "nobody can write there", code="community_read_only", status=403)


def content_version(revision: int, name: str | None, text: str, attachments: Iterable[Mapping[str, str]]) -> str:
    """An opaque name for exactly this content: differs after every edit, even one that brings back older words."""
    content = json.dumps([revision, name, text, list(attachments)], ensure_ascii=False, sort_keys=True)
    return f"r{revision}-{hashlib.sha256(content.encode()).hexdigest()[:20]}"
