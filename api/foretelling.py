"""The preview of a decision: letters in the words of the mails themselves, by the same fold, the same words, the same paper."""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from api.dossiers import LetterPreview, Preview
from api.library import Library, WrittenLetter
from api.probing import Origin
from api.requests import DecisionRequest
from cases.causes import cause_of_notice
from cases.errors import KeyDestroyed, UnknownSomething
from cases.foreseeing import Foreseen, NotDecidable, foresee
from cases.languages import read_language
from cases.matters import Terms
from cases.policy import PolicyPack
from cases.received import DecisionAsk
from cases.statement_contents import made_at
from cases.telling import Audience, Stance
from cases.tongues import name_of
from cases.wording import view_of
from record import evidence
from record.record import Record

LATER: Final = "Nothing is written now: people are told of what follows from a second look or an appeal."
_UNWRITTEN: Final = "txt-" + "0" * 32  # a rationale that nobody has stored yet
_AUDIENCES: Final = {Audience.AUTHOR: "The author", Audience.REPORTERS: "Those who reported it"}


async def foretell(
    record: Record, library: Library, origin: Origin, matter_id: str, request: DecisionRequest, now: datetime
) -> Preview:
    """What a first decision on this matter would say, and to whom."""
    ask = DecisionAsk(
        decision_id=request.decision_id,
        digest="",
        matter=matter_id,
        outcome=request.outcome,
        reviewer="preview",
        channel="update",
        ground=request.ground,
        rule_id=request.rule_id,
        rationale_id=_UNWRITTEN,
        enforcements=request.enforcements,
        excerpts=request.excerpts,
        territory=request.territory,
        duration=request.duration,
    )
    try:
        foreseen = await asyncio.to_thread(foresee, origin.stream_id, origin.events, ask, now)
    except NotDecidable as refusal:
        return Preview(refusal=str(refusal))
    matter = foreseen.case.matter(matter_id)
    snapshot = await _snapshot(record, origin.case_id, matter.evidence_version)
    pack = await library.pack(foreseen.case.tenant, matter.terms.pack)
    read = {Audience.AUTHOR: _language_of(snapshot)}
    letters = [
        await _letter(library, pack, foreseen, matter.terms, audience, read.get(audience), now, made_at(snapshot))
        for audience in _AUDIENCES
    ]
    return Preview(letters=tuple(letters), held=foreseen.held)


async def _letter(
    library: Library,
    pack: PolicyPack,
    foreseen: Foreseen,
    terms: Terms,
    audience: Audience,
    language: str | None,
    now: datetime,
    made_on: datetime | None,
) -> LetterPreview:
    """language: what they read; None where many do, each their own: they are shown in the pack's."""
    who = _AUDIENCES[audience]
    notice = next((one for one in foreseen.notices if one.audience is audience), None)
    if notice is None:
        return LetterPreview(audience=who, letter=None, why=_untold(audience, terms))

    async def written(said: PolicyPack) -> WrittenLetter:
        words = view_of(
            foreseen.case,
            notice,
            said,
            cause_of_notice(foreseen.case, notice, foreseen.events),
            platform_name=library.platform_name,
            informed_at=now,
            made_on=made_on,
        )
        return await library.letter(foreseen.case.tenant, said, notice.kind, words)

    wanted = language or pack.language
    theirs = pack.language_for(wanted)
    return LetterPreview(
        audience=who,
        letter=await written(pack.in_language(theirs)),
        own=await written(pack) if theirs != pack.language else None,
        language_name=name_of(theirs),
        own_name=name_of(pack.language),
        lacking=name_of(wanted) if wanted != theirs else "",
    )


def _language_of(snapshot: Mapping[str, Any] | None) -> str:
    """What the author reads, as far as the platform says."""
    author = snapshot.get("author") if snapshot else None
    return read_language(author.get("language") if isinstance(author, dict) else None)


def _untold(audience: Audience, terms: Terms) -> str:
    telling = terms.author if audience is Audience.AUTHOR else terms.reporters
    if telling.stance is Stance.TELL:
        return "Nothing in this decision calls for a letter."
    return f"Not told now ({telling.stance.replace('_', ' ')}: {telling.source})."


async def _snapshot(record: Record, case_id: str, version: int) -> Mapping[str, Any] | None:
    try:
        content = json.loads(await evidence.read(record, case_id, version))
    except (UnknownSomething, KeyDestroyed, ValueError):
        return None
    return content if isinstance(content, dict) else None
