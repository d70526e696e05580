"""Notices as letters: the pack's templates, filled in. A name no template knows stops the letter, never leaves a gap."""

import quopri
from collections.abc import Mapping
from functools import cached_property, lru_cache
from html import escape
from typing import Final

from jinja2 import DictLoader, Environment, StrictUndefined, select_autoescape

from cases.facts import Fact
from cases.notice_words import NoticeWords

STATUS_LINE: Final = "See where this stands, at an address that is yours alone:"
_SUBJECT: Final = "Subject: "
_BOUNDARY: Final = b"=_letter"  # which quoted-printable text cannot hold (RFC 2045, section 6.7)


class Letter(Fact):
    """What is sent: a subject line, and the same message as text and as HTML."""

    subject_line: str
    text: str
    html: str

    def with_link(self, url: str) -> "Letter":
        """The same with a way to see where things stand, below everything else: the reader's own, so never in a template."""
        link = f'<p style="color:#57534e">{STATUS_LINE}<br><a href="{escape(url)}">{escape(url)}</a></p>'
        head, body, tail = self.html.rpartition("</main>")
        html = f"{head}{link}\n{body}{tail}" if body else f"{self.html}\n{link}"
        return self.evolve(text=f"{self.text}\n{STATUS_LINE}\n{url}\n", html=html)

    @cached_property
    def mime(self) -> bytes:
        """Both versions as a mail's end: its last headers and its body. Written once, however many get this letter."""
        begin = b"\r\n--" + _BOUNDARY + b"\r\n"
        return b"".join(
            (
                b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="' + _BOUNDARY + b'"\r\n',
                *(begin, _part(b"plain", self.text), begin, _part(b"html", self.html)),
                b"\r\n--" + _BOUNDARY + b"--\r\n",
            )
        )


class LetterPaper:
    """One pack's templates, compiled when first used. `Subject: …` on the text's first line is the subject line."""

    def __init__(self, templates: Mapping[str, str]) -> None:
        self._environment = Environment(
            loader=DictLoader(dict(templates)),
            undefined=StrictUndefined,
            autoescape=select_autoescape(enabled_extensions=("html.j2",), default_for_string=False),
        )

    def write(self, template: str, words: NoticeWords) -> Letter:
        """The letter of this kind. Raises jinja2.UndefinedError, TemplateNotFound: the pack's check finds both first."""
        notice = words.model_dump()
        text = self._environment.get_template(f"{template}.txt.j2").render(notice=notice)
        html = self._environment.get_template(f"{template}.html.j2").render(notice=notice)
        first, _, rest = text.partition("\n")
        return Letter(
            subject_line=" ".join(first.removeprefix(_SUBJECT).split()),
            text=f"{rest.strip()}\n",
            html=html,
        )


def _part(subtype: bytes, text: str) -> bytes:
    lines = "\r\n".join([*text.splitlines(), ""])
    head = (
        b"Content-Type: text/" + subtype + b'; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    )
    return head + quopri.encodestring(lines.encode())


@lru_cache(maxsize=16)
def letter_paper(templates: tuple[tuple[str, str], ...]) -> LetterPaper:
    """The paper of these templates (file name and text), kept: matters of one pack share it."""
    return LetterPaper(dict(templates))
