"""What a reviewer was shown beside the evidence, as it was shown: the conversation by its digest, a translation by its id."""

import json
from datetime import datetime
from hashlib import sha256
from typing import Final

from api.library import Translation
from cases.digests import canonical
from cases.errors import KeyDestroyed, UnknownSomething
from cases.shown import ShownAs
from record import evidence, texts
from record.record import Record

TRANSLATION: Final = "translation"


async def shown_as(
    record: Record, tenant: str, case_id: str, digest: str, translation_id: str | None
) -> ShownAs | None:
    """What a decision records of it; None where nothing stood around the evidence and nothing was translated.

    digest: of the evidence version that the claim was about.
    """
    context = await _context(record, case_id, digest)
    translator = await _translator(record, tenant, case_id, translation_id) if translation_id else None
    if context is None and translation_id is None:
        return None
    return ShownAs(context=context, translation_id=translation_id, translator=translator)


async def keep_translation(record: Record, case_id: str, version: int, shown: Translation, now: datetime) -> str:
    """Sealed as it is shown, under an id of its own; the same again is the same."""
    said = f"{version}:{shown.into}:{sha256(shown.text.encode()).hexdigest()[:32]}"
    return await texts.put(record, case_id, TRANSLATION, shown.text, shown.translator, now, said)


async def _context(record: Record, case_id: str, digest: str) -> str | None:
    version = next((one.version for one in await evidence.facts_of(record, case_id) if one.digest == digest), None)
    if version is None:
        return None
    try:
        thread = json.loads(await evidence.read(record, case_id, version)).get("thread")
    except (UnknownSomething, KeyDestroyed):
        return None
    return f"sha256:{sha256(canonical(thread)).hexdigest()}" if thread else None


async def _translator(record: Record, tenant: str, case_id: str, translation_id: str) -> str | None:
    """Whose it is; None for what is no translation of this case, which the case then refuses."""
    try:
        stored = await texts.get(record, tenant, translation_id)
    except (UnknownSomething, KeyDestroyed):
        return None
    return stored.by if (stored.case_id, stored.purpose) == (case_id, TRANSLATION) else None
