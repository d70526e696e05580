"""What a person concerned sees in a browser: one template, autoescaped, one style sheet named by its hash, no script.

No cookie, nothing loaded from elsewhere; no address leaks by a Referer; no copy stays in a cache or an index.
"""

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import api.pages
from api.pages.words import PageWords, words_in
from api.status_answers import StatusAnswer

PREFIX: Final = "/status/"
Guards = tuple[tuple[bytes, bytes], ...]
_FOLDER: Final = Path(api.pages.__file__).parent


class PrivatePages:
    """Sets the headers that keep pages private on every answer under a path, errors included. Plain ASGI.

    guards: which, by path.
    """

    def __init__(self, app: ASGIApp, prefix: str, guards: Callable[[str], Guards]) -> None:
        self._app, self._prefix, self._guards = app, prefix, guards

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or not scope["path"].startswith(self._prefix):
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._guards(scope["path"])]
            await send(message)

        await self._app(scope, receive, send_guarded)


def status_page(answer: StatusAnswer, platform_name: str, address: str, form_of: Callable[[str], str]) -> str:
    """Where things stand. address: the page's own path; form_of: what the form about a decision must bring back."""
    words = words_in(answer.language)
    return _render(words, platform_name, title=answer.title, answer=answer, address=address, form_of=form_of)


def failure_page(status: int, detail: str, platform_name: str, language: str, address: str) -> str:
    """What is wrong, in a sentence. detail: said where none of the page's own words fits."""
    words = words_in(language)
    title, text = {
        404: (words.nowhere_title, words.nowhere_text),
        410: (words.gone_title, words.gone_text),
        429: (words.busy_title, words.busy_text),
    }.get(status, (words.refused_title, detail))
    back = "" if status in (404, 410) else address
    return _render(words, platform_name, title=title, text=text, answer=None, address=back)


def _render(words: PageWords, platform_name: str, **more: Any) -> str:
    def day(at: datetime) -> str:
        at = at.astimezone(UTC)
        return words.day.format(day=at.day, month=words.months[at.month - 1], year=at.year)

    return _template().render(words=words, platform_name=platform_name, style=Markup(_style()), day=day, **more)  # noqa: S704 - our own file


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(loader=FileSystemLoader(_FOLDER), undefined=StrictUndefined, autoescape=True)
    return environment.get_template("status.html.j2")


@lru_cache(maxsize=1)
def _style() -> str:
    return (_FOLDER / "status.css").read_text(encoding="utf-8")


def status_guards(path: str) -> Guards:
    """What keeps a status link its owner's."""
    return _guards()


@lru_cache(maxsize=1)
def _guards() -> Guards:
    style = b64encode(sha256(_style().encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return (
        (b"content-security-policy", policy.encode()),
        (b"referrer-policy", b"no-referrer"),
        (b"cache-control", b"no-store"),
        (b"x-robots-tag", b"noindex, nofollow"),
        (b"x-content-type-options", b"nosniff"),
    )
