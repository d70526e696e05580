"""What a platform may say of a reporter beside who it is, and the pseudonymous marks that are kept of it.

Reporters who act together leave traces of it: one network, one origin, the same words, accounts made for the purpose. The
door turns what it is told into keyed hashes under the tenant's secret and the subject: two reports of one subject can be
compared, nothing can be read back, and nothing joins one subject's reporters to another's.
"""

import hmac
import re
import unicodedata
from hashlib import sha256
from ipaddress import ip_address, ip_network
from typing import Annotated, Any, Final

from pydantic import AfterValidator, AwareDatetime, StringConstraints

from cases.facts import Fact, Message

_WORD: Final = re.compile(r"\w+")
_OPAQUE: Final = re.compile(r"[A-Za-z0-9_=-]{16,128}")
_FEWEST_WORDS: Final = 6  # honest people write "this is spam" in the same words
_MOST_WORDS: Final = 200  # of a reason that are compared
_BANDS, _ROWS = 8, 5
_PRIME: Final = (1 << 61) - 1
_SLOPES: Final = tuple(
    (int.from_bytes(sha256(f"slope {n}".encode()).digest()[:7]) | 1, int.from_bytes(sha256(f"start {n}".encode()).digest()[:7]))
    for n in range(_BANDS * _ROWS)
)  # fmt: skip


def _network(network: str) -> str:
    """A /24 or /48, or a hash that the platform made of one. Raises ValueError for an address or another prefix."""
    if "/" in network:
        try:
            found = ip_network(network)
        except ValueError:
            raise ValueError("is no network") from None
        if found.prefixlen != (24 if found.version == 4 else 48):
            raise ValueError("is not a /24 (IPv4) or /48 (IPv6)")
        return str(found)
    try:
        ip_address(network)
    except ValueError:
        if not _OPAQUE.fullmatch(network):
            raise ValueError("is neither a network nor a hash of one") from None
        return network
    raise ValueError("is an address, which we do not take")


class ReporterContext(Message):
    """What the platform knows of a reporter's account. Every field may be left out; what is unknown links nobody.

    network: the /24 (IPv4) or /48 (IPv6) they wrote from, or the platform's own keyed hash of it, never an address.
    campaign: the platform's id of the link, call or referral that brought them to the form.
    """

    account_created_at: AwareDatetime | None = None
    network: Annotated[str, AfterValidator(_network), StringConstraints(max_length=128)] | None = None
    campaign: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$")] | None = None


class Traits(Fact):
    """What is kept of one report to tell whether it stands alone. All but the time are keyed hashes of this subject's.

    account: the reporter's account as a target of measures, '' where nobody is named. words: bands of a fingerprint of
    the reason; texts that share most of their words share a band.
    """

    account: str = ""
    account_created_at: AwareDatetime | None = None
    network: str = ""
    campaign: str = ""
    words: tuple[str, ...] = ()


def traits_of(secret: bytes, subject: str, account: str, context: ReporterContext | None, reason: str | None) -> Traits:
    """The marks of a report of this subject. secret: the tenant's; account: the key of the reporter's account."""
    told = context or ReporterContext()
    key = hmac.new(secret, b"reporting\0" + subject.encode(), sha256).digest()
    return Traits(
        account=account,
        account_created_at=told.account_created_at,
        network=_mark(key, "network", told.network),
        campaign=_mark(key, "campaign", told.campaign),
        words=fingerprint(key, reason or ""),
    )


def fingerprint(key: bytes, text: str) -> tuple[str, ...]:
    """Bands of a MinHash over the set of words; none for a text of fewer than six.

    Two texts that share eight tenths of their words share a band with a chance of 0.96, three tenths with one of 0.02
    (1 - (1 - s^5)^8). Case, order, accents' form and punctuation do not count.
    """
    words = set(_WORD.findall(unicodedata.normalize("NFKC", text).casefold())[:_MOST_WORDS])
    if len(words) < _FEWEST_WORDS:
        return ()
    hashes = [int.from_bytes(hmac.new(key, word.encode(), sha256).digest()[:7]) for word in words]
    lowest = [min((slope * one + start) % _PRIME for one in hashes) for slope, start in _SLOPES]
    return tuple(
        _mark(key, f"words {band}", ".".join(map(str, lowest[band * _ROWS : (band + 1) * _ROWS])))
        for band in range(_BANDS)
    )


def _mark(key: bytes, what: str, value: Any) -> str:
    return hmac.new(key, f"{what}\0{value}".encode(), sha256).hexdigest()[:16] if value else ""
