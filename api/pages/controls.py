"""Text that somebody else wrote, so that it cannot pretend: what changes its order or is invisible stands there by its name."""

import re
import unicodedata
from typing import Final

from markupsafe import Markup, escape

# Bidirectional formatting, which shows letters in another order than they stand in (Unicode Standard Annex 9, section 2;
# Unicode Technical Report 36, section 2.5), and letters nobody sees. Joiners stay: scripts and emoji are written with them.
ORDER: Final = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_UNSEEN: Final = "\u00ad\u180e\u200b\u2060\ufeff"
_NAMES: Final = {
    "\u00ad": "soft hyphen",
    "\u180e": "unseen letter",
    "\u200b": "zero width space",
    "\u2060": "word joiner",
    "\ufeff": "zero width no-break space",
}
_CONTROL: Final = re.compile(f"[{ORDER}{_UNSEEN}]")


def plain(text: str) -> Markup:
    """The text, every control in a box of its own: it has its name beside it, and no effect on what is around it."""
    return Markup(_CONTROL.sub(lambda found: _boxed(found[0]), str(escape(text))))  # noqa: S704 - escaped just here


def reorders(text: str) -> bool:
    """Whether readers saw the letters in another order than they were written in."""
    return any(letter in ORDER for letter in text)


def _boxed(letter: str) -> str:
    name = _NAMES.get(letter) or unicodedata.name(letter).lower()
    return f'<bdi class="control" data-name="{name}">{letter}</bdi>'
