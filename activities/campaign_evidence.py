"""What a campaign looked like: a sample of its members, each as it is now, captured as one version."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice, zip_longest
from typing import Any, Final

from activities.platform_client import PlatformClient, Snapshot
from cases.campaigns import drawn
from cases.evidence import EvidenceOrigin, EvidenceVersion, Surface
from cases.names import SubjectKind
from record import campaigns, evidence
from record.record import Record

TEXT_LIMIT = 20_000  # characters of the sample that detectors read
PRIVATE: Final = "private"
LISTED: Final = 60
"""Attachments of the sample, each once; more than are looked for in banks, so that a sample that has more is never clean."""
_UNREAD = frozenset({Surface.PRIVATE, Surface.END_TO_END})
"""A sample has no one surface or country by which a pack could say whether machines may look: private words are people's."""


async def capture_sample(
    record: Record, platform: PlatformClient, case_id: str, name: str, now: datetime
) -> EvidenceVersion:
    """Draw and capture; again where there are twice as many as when it was drawn last. Raises PlatformAway."""
    keys, captured = await campaigns.keys_of(record, case_id), await evidence.facts_of(record, case_id)
    if captured and len(keys) < 2 * (captured[-1].members or 0):
        return captured[-1]
    members = await campaigns.named(record, case_id, drawn(case_id, keys))
    lines: list[dict[str, Any]] = []
    legible: dict[str, None] = {}  # what machines may read, each once and in order
    versions: dict[str, str | None] = {}
    attached: list[list[dict[str, Any]]] = []
    private: list[list[dict[str, Any]]] = []
    for member in members:
        snapshot = await platform.snapshot(member.kind, member.id)
        if snapshot and snapshot.text and snapshot.surface not in _UNREAD:
            legible[snapshot.text] = None
        if snapshot:
            unread = snapshot.surface in _UNREAD
            (private if unread else attached).append(_of_member(snapshot, private=unread))
        versions[member.member_key] = snapshot.content_version if snapshot else member.content_version
        lines.append(
            {
                "kind": member.kind,
                "id": member.id,
                "author": member.account,
                "content_version": versions[member.member_key],
                "text": snapshot.text if snapshot else None,
                "attachments": list(snapshot.attachments) if snapshot else [],
            }
        )
    text = "\n".join(legible)[:TEXT_LIMIT]
    content = Snapshot(
        kind=SubjectKind.CAMPAIGN,
        id=name,
        content_version="",
        created_at=now,
        text=text,
        attachments=listed(attached, private),
        thread=tuple(lines),
    )
    facts = EvidenceVersion(
        version=1,
        digest="",
        origin=EvidenceOrigin.PLATFORM if lines else EvidenceOrigin.NOTHING,
        captured_at=now,
        members=len(keys),
        sample=len(lines),
    )
    kept = await evidence.keep(record, case_id, content.model_dump_json().encode(), facts)
    await campaigns.note_sample(record, case_id, versions, len(keys))
    return kept


def listed(
    attached: Sequence[Sequence[Mapping[str, Any]]], private: Sequence[Sequence[Mapping[str, Any]]]
) -> tuple[dict[str, Any], ...]:
    """The members' attachments, by member: each file once, LISTED at most, what machines may look at first.

    In turns: each member's first before anybody's second, so that nobody's fill all places.
    """
    found: dict[str, dict[str, Any]] = {}
    for one in (*_in_turns(attached), *_in_turns(private)):
        found.setdefault(str(one.get("sha256") or f"unnamed-{len(found)}"), dict(one))
    return tuple(islice(found.values(), LISTED))


def machines_may_see(attachments: Iterable[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Of a campaign's attachments; they stand first, so that their places are the same."""
    return tuple(one for one in attachments if not one.get(PRIVATE))


def _of_member(snapshot: Snapshot, *, private: bool) -> list[dict[str, Any]]:
    of = {"kind": snapshot.kind, "id": snapshot.id}
    return [{**one, PRIVATE: private, "of": of} for one in snapshot.attachments]


def _in_turns(of_members: Sequence[Sequence[Mapping[str, Any]]]) -> Iterator[Mapping[str, Any]]:
    for row in zip_longest(*of_members):
        yield from (one for one in row if one is not None)
