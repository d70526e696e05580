"""Signs of phishing in the links of a text, offline: listed hosts, look-alikes of protected names, hidden targets.

Nothing is fetched and no name is resolved: what a link leads to is the reader's browser's business, and a look from here
would tell the sender that somebody reads.
"""

import ipaddress
import json
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Final, NamedTuple, Self
from urllib.parse import unquote

from activities.text_classifiers import Reading, Sign, joined

LINKS_READ: Final = 50  # of one text; who hides the worst behind fifty others has said enough with fifty
LONGEST_HOST: Final = 253  # characters (RFC 1035, 2.3.4); what is longer leads nowhere, and would cost time and memory
SHORTEST_NAME: Final = 7  # letters of a protected name that is looked for with one letter changed

_REST = r"""[^\s<>"')\]]"""
_LINK = re.compile(
    rf"(?:https?://|www\.){_REST}+"
    rf"|\b(?:[\w-]{{1,63}}\.){{1,8}}(?:com|net|org|info|biz|ru|cn|top|xyz|shop|example)\b(?:/{_REST}*)?",
    re.IGNORECASE,
)
_MARKED_UP = re.compile(r"\[([^\]\n]{1,200})\]\((https?://[^\s)]{1,500})\)")
_HOST_IN_WORDS = re.compile(r"(?:https?://)?((?:[\w-]{1,63}\.){1,8}[a-z]{2,24})\b", re.IGNORECASE)
_STRENGTHS: Final = {
    "listed": 0.98,
    "lookalike": 0.9,
    "hidden_target": 0.85,
    "user_part": 0.85,
    "name_in_subdomain": 0.85,
    "mixed_scripts": 0.8,
    "name_with_more": 0.5,
    "address_for_name": 0.6,
    "shortener": 0.2,
}
# Letters of other scripts, and digits, that pass for a Latin letter in a host: the part of Unicode's confusables (TR39) that
# internationalised names may hold.
_PASSES_FOR: Final = str.maketrans(
    {
        **dict(zip("аеорсхуіһѕјԁтκкмнвαρτυν", "aeopcxylhsjdtkkmhbaptuv", strict=True)),
        **dict(zip("οɑıӏiωԛԝ013457", "oalllwqwoleast", strict=True)),
    }
)


class Protected(NamedTuple):
    """A name that is worth imitating, and the hosts that may bear it."""

    name: str
    hosts: tuple[str, ...]


class LinkSigns:
    """Reads a text's links. listed: hosts known for fraud; shorteners: hosts that hide where they lead."""

    name, label, model = "link-signs", "phishing", "rules"

    def __init__(
        self,
        version: str,
        listed: Collection[str],
        protected: Mapping[str, Collection[str]],
        shorteners: Collection[str],
    ) -> None:
        self.version = version
        self._listed = frozenset(map(str.lower, listed))
        self._protected = tuple(Protected(name, tuple(hosts)) for name, hosts in sorted(protected.items()))
        self._shorteners = frozenset(shorteners)

    @classmethod
    def load(cls, own: Path | None = None) -> Self:
        """The lists that ship, with a platform's own beside them. Raises OSError, ValueError for a file that is no list."""
        shipped = json.loads((resources.files("activities") / "models" / "link_lists.json").read_text(encoding="utf-8"))
        if own is None:
            return cls(**shipped)
        mine = json.loads(own.read_text(encoding="utf-8"))
        if not isinstance(mine, dict) or not mine.keys() <= {"listed", "protected", "shorteners", "version"}:
            raise ValueError(f"{own.name} is not an object of version, listed, protected and shorteners")
        return cls(
            version=f"{shipped['version']}+{mine.get('version', '1')}",
            listed=[*shipped["listed"], *mine.get("listed", ())],
            protected={**shipped["protected"], **mine.get("protected", {})},
            shorteners=[*shipped["shorteners"], *mine.get("shorteners", ())],
        )

    def read(self, text: str) -> Reading:
        """The signs of all links as independent witnesses; the strongest names the reading."""
        signs = list(self._signs(text))
        reading = joined(signs)
        return reading._replace(spans=tuple(sorted({(sign.start, sign.end) for sign in signs})))

    def _signs(self, text: str) -> Iterator[Sign]:
        for place, match in enumerate(_LINK.finditer(text)):
            if place >= LINKS_READ:
                break
            for kind in self._kinds(match.group()):
                yield Sign(kind, _STRENGTHS[kind], match.start(), match.end())
        for match in _MARKED_UP.finditer(text):
            shown = _HOST_IN_WORDS.search(match.group(1))
            if shown and not _within(_host(match.group(2)), _host(shown.group(1))):
                yield Sign("hidden_target", _STRENGTHS["hidden_target"], match.start(), match.end())

    def _kinds(self, link: str) -> Iterator[str]:
        host = _host(link)
        if "@" in _authority(link):
            yield "user_part"
        if len(host) > LONGEST_HOST:
            return
        if _is_address(host):
            yield "address_for_name"
            return
        if any(parent in self._listed for parent in _parents(host)):
            yield "listed"
        if any(parent in self._shorteners for parent in _parents(host)):
            yield "shortener"
        if any(_mixes_scripts(label) for label in host.split(".")):
            yield "mixed_scripts"
        if imitation := self._imitation(host):
            yield imitation

    def _imitation(self, host: str) -> str | None:
        """Whether a label imitates a protected name, on a host that may not bear it."""
        labels = host.split(".")[:-1]
        for name, hosts in self._protected:
            if any(_within(host, own) for own in hosts):
                continue
            if any(
                _skeleton(part) == _skeleton(name) and part != name
                for label in labels
                for part in (label, *label.split("-"))
            ):
                return "lookalike"
            if len(name) >= SHORTEST_NAME and any(
                _one_apart(_skeleton(label), _skeleton(name)) for label in labels[-1:]
            ):
                return "lookalike"
            if name in labels[:-1]:
                return "name_in_subdomain"
            if any(name in label.split("-") for label in labels if "-" in label):
                return "name_with_more"
        return None


def hosts_in(text: str) -> set[str]:
    """The hosts of a text's links as a reader would see them, each with every domain that it lies under."""
    hosts = {_host(match.group()) for match in _LINK.finditer(text)}
    return {parent for host in hosts if len(host) <= LONGEST_HOST for parent in _parents(host)}


def _authority(link: str) -> str:
    return re.split(r"[/?#\\]", re.sub(r"^https?://", "", link, flags=re.IGNORECASE), maxsplit=1)[0]


def _host(link: str) -> str:
    """The host as a reader would see it: without user part, port and escapes, punycode decoded, in lower case."""
    host = unquote(_authority(link).rpartition("@")[2]).rstrip(".,;:!?").lower()
    if not host.startswith("["):
        host = host.partition(":")[0]
    return ".".join(_decoded(label) for label in host.strip("[]").split("."))


def _decoded(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError):  # no name at all: shown as written, and no imitation of anything
        return label


def _is_address(host: str) -> bool:
    """An address where a name is expected: dotted, bracketed, or one whole number as browsers take it."""
    if re.fullmatch(r"\d{8,10}|0x[0-9a-f]{6,8}", host):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _parents(host: str) -> Iterator[str]:
    labels = host.split(".")
    return (".".join(labels[start:]) for start in range(max(1, len(labels) - 1)))


def _within(host: str, own: str) -> bool:
    return host == own or host.endswith("." + own)


def _mixes_scripts(label: str) -> bool:
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in label if letter.isalpha()}
    return "LATIN" in scripts and bool(scripts & {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})


def _skeleton(label: str) -> str:
    """What the label looks like at a glance."""
    plain = unicodedata.normalize("NFKD", label.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter)).translate(_PASSES_FOR)
    return plain.replace("rn", "m").replace("vv", "w")


def _one_apart(label: str, name: str) -> bool:
    """One letter more, less, other, or two neighbours exchanged."""
    if label == name or abs(len(label) - len(name)) > 1:
        return False
    if len(label) == len(name):
        apart = [place for place in range(len(name)) if label[place] != name[place]]
        if len(apart) == 2 and apart[1] == apart[0] + 1:
            return label[apart[0]] == name[apart[1]] and label[apart[1]] == name[apart[0]]
        return len(apart) == 1
    longer, shorter = sorted((label, name), key=len, reverse=True)
    return any(longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer)))
