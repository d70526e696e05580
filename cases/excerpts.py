"""Pieces of content that a decision may be about: `attachment:2`, the second of them; `text:10-45`, those characters of it."""

from typing import Annotated

from pydantic import StringConstraints

from cases.evidence import EvidenceVersion

Excerpt = Annotated[str, StringConstraints(pattern=r"^(attachment:[1-9]\d{0,2}|text:\d{1,6}-\d{1,6})$")]


def refuse_excerpt(excerpt: str, evidence: EvidenceVersion | None) -> str | None:
    """What is wrong with this piece of that version, with its cure; None where it is there, or nobody counted."""
    what, _, where = excerpt.partition(":")
    if what == "attachment":
        count = evidence.attachments if evidence else None
        if count is not None and int(where) > count:
            return f"{excerpt} is not there; the version has {count} attachments"
        return None
    start, end = map(int, where.split("-"))
    if start >= end:
        return f"{excerpt} is empty; give the first character and the one after the last"
    length = evidence.characters if evidence else None
    if length is not None and end > length:
        return f"{excerpt} goes beyond the text; the version has {length} characters"
    return None
