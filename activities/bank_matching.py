"""Pictures looked for in banks, behind the port: what a bank knows is a result like any detector's. Effect: Postgres."""

import re
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from activities.detector_port import About, DetectorResult, Finding, Kind, Picture, result_of
from cases.banks import HashKind, nearest
from cases.fingerprints import PICTURE_QUALITY
from cases.names import tenant_of
from cases.pictures import looks
from record import banks
from record.record import Record

_HASH = re.compile(r"[0-9a-f]{64}")
LOOKED_FOR: Final = 400  # hashes of ours of one version, which are eight of each picture and frame; of more, likewise
LOOKED_AT: Final = 50  # pictures of one version; whoever attaches more hides nothing by it: then the labels have failed


async def look_in_banks(
    record: Record, case_id: str, version: int, pictures: Sequence[Picture], now: datetime
) -> tuple[DetectorResult, ...]:
    """One result for each label that banks have, of content with pictures; none for content without.

    A picture that has no hash of the kind a bank holds cannot be matched: unless another one is, the label has failed. Of
    bytes that we have ourselves, our own hashes say whether it can; they are looked for mirrored and turned too. The
    platform's are looked for beside them, and clear nothing of which our own are still to come.
    """
    if not pictures:
        return ()
    began = time.perf_counter()
    labels = await banks.labels(record, tenant_of(case_id))
    if not labels:
        return ()
    read = pictures[:LOOKED_AT]
    own = [one.seen for one in read if one.seen]
    exact = [one.sha256.lower() for one in read if one.sha256 and _is_hash(one.sha256)] + [one.sha256 for one in own]
    pdq = [one.pdq.lower() for one in read if one.pdq and _told_near(one)]
    ours, all_of_ours = looks(own, LOOKED_FOR)
    found = nearest(await banks.match(record, case_id, version, exact, list(dict.fromkeys((*pdq, *ours))), now))
    took = round((time.perf_counter() - began) * 1000, 3)
    about = About(
        vendor="dueprocess", name="banks", model="hashes", version="2", kind=Kind.PICTURES, labels=tuple(labels)
    )
    results = []
    for label, kinds in labels.items():
        match = found.get(label)
        if match is not None:
            finding = Finding(
                label=label,
                score=match.score,
                raw_label=f"{match.bank}/{match.entry_id}",
                raw_score=match.differing,
                rests_on=match.rests_on,
            )
            results.append(result_of(about, label, finding, took))
            continue
        whole = all_of_ours and len(pictures) <= LOOKED_AT and all(_matchable(one, kinds) for one in read)
        clean = Finding(label=label, score=0.0) if whole else None
        results.append(result_of(about, label, clean, took, error=None if whole else "NotMatchable"))
    return tuple(results)


def _matchable(picture: Picture, kinds: frozenset[HashKind]) -> bool:
    if picture.seen:
        return HashKind.PDQ not in kinds or picture.seen.whole
    if picture.unread:
        return False
    exact = picture.sha256 is not None and _is_hash(picture.sha256)
    return (HashKind.SHA256 not in kinds or exact) and (HashKind.PDQ not in kinds or _told_near(picture))


def _told_near(picture: Picture) -> bool:
    """A PDQ hash below the quality that its authors ask for is noise."""
    quality = 100 if picture.quality is None else picture.quality
    return quality >= PICTURE_QUALITY and picture.pdq is not None and _is_hash(picture.pdq)


def _is_hash(value: str) -> bool:
    return _HASH.fullmatch(value.lower()) is not None
