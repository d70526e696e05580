"""Notices as letters: the pack's templates of one language, filled in. A name that no notice has stops the letter."""

import quopri
from collections.abc import Mapping
from functools import cached_property, lru_cache
from html import escape
from typing import Final

from jinja2 import DictLoader, Environment, StrictUndefined, select_autoescape

from cases.facts import Fact
from cases.notice_words import NoticeWords
from cases.policy import PolicyPack
from cases.tongues import phrases_in

_SUBJECT: Final = "Subject: "
_BOUNDARY: Final = b"=_letter"  # which quoted-printable text cannot hold (RFC 2045, section 6.7)


class Letter(Fact):
    """What is sent: a subject line, and the same message as text and as HTML. language: which all of it is in."""

    language: str
    subject_line: str
    text: str
    html: str

    def with_link(self, url: str) -> "Letter":
        """The same with a way to see where things stand, below everything else: the reader's own, so never in a template."""
        line = phrases_in(self.language).status_line
        link = f'<p style="color:#57534e">{line}<br><a href="{escape(url)}">{escape(url)}</a></p>'
        head, body, tail = self.html.rpartition("</main>")
        html = f"{head}{link}\n{body}{tail}" if body else f"{self.html}\n{link}"
        return self.evolve(text=f"{self.text}\n{line}\n{url}\n", html=html)

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
    """One pack's templates in one language, compiled when first used. `Subject: …` on the text's first line is the subject."""

    def __init__(self, language: str, templates: Mapping[str, str]) -> None:
        self.language = language
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
            language=self.language,
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


def paper_of(pack: PolicyPack, templates: Mapping[str, str]) -> LetterPaper:
    """The paper of the language that this pack speaks (`PolicyPack.in_language`). templates: all of the pack's."""
    folder = f"{pack.language}/" if pack.language in pack.translations else ""
    own = {name.removeprefix(folder): text for name, text in templates.items() if name.startswith(folder)}
    return _paper(pack.language, tuple(sorted((name, text) for name, text in own.items() if "/" not in name)))


@lru_cache(maxsize=32)
def _paper(language: str, templates: tuple[tuple[str, str], ...]) -> LetterPaper:
    """Kept: matters of one pack share it."""
    return LetterPaper(language, dict(templates))
