"""The preview of a decision: letters in the words of the mails themselves, by the same fold, the same words, the same paper."""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from api.dossiers import LetterPreview, Preview
from api.library import Library
from api.probing import Origin
from api.requests import DecisionRequest
from cases.causes import cause_of_notice
from cases.errors import KeyDestroyed, UnknownSomething
from cases.foreseeing import Foreseen, NotDecidable, foresee
from cases.matters import Terms
from cases.received import DecisionAsk
from cases.statement_contents import made_at
from cases.telling import Audience, Stance
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
    terms = foreseen.case.matter(matter_id).terms
    made_on = made_at(await _snapshot(record, origin.case_id, foreseen.case.matter(matter_id).evidence_version))
    letters = [
        await _letter(library, foreseen, terms, audience, who, now, made_on) for audience, who in _AUDIENCES.items()
    ]
    return Preview(letters=tuple(letters), held=foreseen.held)


async def _letter(
    library: Library,
    foreseen: Foreseen,
    terms: Terms,
    audience: Audience,
    who: str,
    now: datetime,
    made_on: datetime | None,
) -> LetterPreview:
    case = foreseen.case
    notice = next((one for one in foreseen.notices if one.audience is audience), None)
    if notice is None:
        return LetterPreview(audience=who, letter=None, why=_untold(audience, terms))
    words = view_of(
        case,
        notice,
        await library.pack(case.tenant, terms.pack),
        cause_of_notice(case, notice, foreseen.events),
        platform_name=library.platform_name,
        informed_at=now,
        made_on=made_on,
    )
    letter = await library.letter(case.tenant, terms.pack, notice.kind, words)
    return LetterPreview(audience=who, letter=letter)


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
