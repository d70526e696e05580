"""Which language somebody reads, as far as anybody said."""

from typing import Annotated, Final

from pydantic import StringConstraints

from cases.evidence import primary_language

UNKNOWN: Final = "en"  # of a person who never said

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]


def read_language(tag: str | None) -> str:
    """`de` of `de-AT`; English where there is no tag, or one that names no language."""
    return (primary_language(tag) if tag else None) or UNKNOWN
