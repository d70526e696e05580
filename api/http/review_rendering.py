"""How reviewers' pages are made: templates with autoescape, one style sheet and one script named by their hashes.

Nothing is inline, nothing is loaded from elsewhere, nothing stays in a cache or a frame. Without the script all works.
"""

from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import api.pages
from api.agreement import Figure
from api.boards import carried_of
from api.dossiers import Dossier
from api.http.review_forms import MEASURE_ROWS, PEOPLE_ROWS
from api.http.review_sessions import Session
from api.pages.controls import plain, reorders
from api.pages.plots import bars, intervals
from cases.decisions import Outcome
from cases.enforcement_kinds import kinds_on
from cases.evidence import EvidenceOrigin
from cases.measures import MeasureKind
from cases.media import MediaKind, Missing
from cases.names import SubjectKind
from cases.parts import Part
from cases.sights import Sight

FOLDER: Final = Path(api.pages.__file__).parent / "review"
STATIC: Final = "/review/static/"
MEDIA: Final = {
    "review.css": "text/css; charset=utf-8",
    "review.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; media-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_GUARDS: Final = (
    (b"content-security-policy", _POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-robots-tag", b"noindex, nofollow"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_SEVERITIES: Final = (
    "a child or a life is in danger now",
    "someone may come to serious harm soon",
    "someone is harmed",
    "many are bothered, or a right is touched",
    "a rule of the house",
)


_NOTHING: Final = {
    EvidenceOrigin.PLATFORM: "It has no text.",
    EvidenceOrigin.REPORT: "What the report brought has no text.",
    EvidenceOrigin.NOTHING: "Nothing was captured: the platform does not have it any more, and no report brought a copy. "
    "Do not judge as if it had been empty.",
    None: "No text was captured.",
}
_MISSING: Final = {
    Missing.GONE: "The platform does not have it any more, or serves none.",
    Missing.TOO_LARGE: "It is larger than what is kept, or one of more than are kept.",
    Missing.DIFFERENT: "The platform delivered something else than what was captured.",
    Missing.AWAY: "It is not here yet; the platform is asked again. Do not judge as if there were none.",
    Missing.UNNAMED: "The platform names it by no digest.",
}
_SIGHTS: Final = {
    (MediaKind.PICTURE, Sight.VEILED): "veiled",
    (MediaKind.PICTURE, Sight.GREY): "sharp, without colour",
    (MediaKind.PICTURE, Sight.CLEAR): "as it is",
    (MediaKind.FILM, Sight.VEILED): "not played",
    (MediaKind.FILM, Sight.GREY): "without colour, mute",
    (MediaKind.FILM, Sight.CLEAR): "as it is",
    (MediaKind.SOUND, Sight.VEILED): "not played",
    (MediaKind.SOUND, Sight.CLEAR): "as it is",
}


def guards_of(path: str) -> tuple[tuple[bytes, bytes], ...]:
    """Headers of every answer under /review. Only style and script may be kept: their address has their hash."""
    kept = b"public, max-age=31536000, immutable" if path.startswith(STATIC) else b"no-store"
    return (*_GUARDS, (b"cache-control", kept))


def render(template: str, session: Session | None, **values: Any) -> str:
    """One page, for whoever is signed in."""
    return _environment().get_template(f"{template}.html.j2").render(session=session, **values)


@lru_cache(maxsize=len(MEDIA))
def static(name: str) -> tuple[str, bytes]:
    """The hash in a file's address, and the file."""
    content = (FOLDER / name).read_bytes()
    return sha256(content).hexdigest()[:16], content


def left(due: datetime, now: datetime) -> str:
    """`in 3 h 20 min`, or `40 min late`."""
    span = due - now
    words = _span(abs(span))
    return f"{words} late" if span < timedelta(0) else f"in {words}"


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    days, hours, rest = minutes // 1_440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def standard(outcome: Outcome, dossier: Dossier) -> str:
    """The usual sentence of a rationale, for the reviewer to keep or to change."""
    title = dossier.subject.title if dossier.subject else "the area"
    said = {
        Outcome.VIOLATION: f"I looked at the captured version. It falls under {title}.",
        Outcome.NO_VIOLATION: f"I looked at the captured version. It does not fall under {title}.",
        Outcome.SUPPORT: "The person may be in danger. They need help, and no measure against them.",
        Outcome.UNDECIDABLE: "What was captured does not show enough to decide.",
        Outcome.DUPLICATE: "This was judged before; the earlier decision covers it.",
        Outcome.NOT_IN_SCOPE: "What is alleged is nothing that our rules or the law cover.",
        Outcome.UPHELD: "I looked at it afresh, with what the person says. The decision stands.",
        Outcome.REVERSED: "I looked at it afresh, with what the person says. The decision does not stand.",
    }
    return said[outcome]


def figure(one: Figure | None) -> str:
    """`0.70 (0.56 to 0.81)`; nothing where there is none."""
    return f"{one.value:.2f} ({one.low:.2f} to {one.high:.2f})" if one else ""


def moment(at: datetime) -> str:
    """`2026-11-22 10:00 UTC`."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(moment=moment, plain=plain, words=lambda name: str(name).replace("_", " "))
    environment.globals.update(
        left=left,
        bars=bars,
        intervals=intervals,
        figure=figure,
        reorders=reorders,
        carried_of=carried_of,
        standard=standard,
        missing=_MISSING,
        nothing=_NOTHING,
        sights=_SIGHTS,
        severities=_SEVERITIES,
        measure_kinds=[kind.value for kind in MeasureKind],
        measure_rows=range(1, MEASURE_ROWS + 1),
        people_rows=range(1, PEOPLE_ROWS + 1),
        account_kinds=kinds_on(SubjectKind.ACCOUNT),
        parts=[part.value for part in Part],
        new_decision_id=lambda: f"d-{uuid4().hex}",
        new_message_id=lambda: f"q-{uuid4().hex}",
        static=lambda name: f"{STATIC}{static(name)[0]}/{name}",
    )
    return environment
