"""Fingerprints of what was captured, where machines may look at it. Elsewhere only where it was said is kept."""

from activities.platform_client import Snapshot
from activities.text_folding import fold
from cases.fingerprints import Fingerprint, fingerprints
from cases.names import SubjectKind


def fingerprints_of(secret: bytes, snapshot: Snapshot, *, looked_at: bool) -> tuple[Fingerprint, ...]:
    """Blocking: a long text takes some hundredths of a second. looked_at: whether the law lets a machine look at it."""
    community = str((snapshot.community or {}).get("id", "")) if snapshot.kind is SubjectKind.CONTENT else ""
    if not looked_at:
        return fingerprints(secret, snapshot.kind, "", "", (), community)
    folded = fold(snapshot.text).text
    return fingerprints(secret, snapshot.kind, snapshot.text, folded, snapshot.attachments, community)
