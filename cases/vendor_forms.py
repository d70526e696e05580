"""The port of vendors: what an adapter says of its wire format. Pure: it makes requests and reads answers, and calls nobody.

An adapter is a few functions over JSON. Whoever writes one for another vendor changes nothing here: signature families, the
clock, money, brakes, retries and the rest are the same for all (`activities/vendors.py`). What an adapter cannot read it
says is malformed, which counts as no word; an answer outside of the schema is never "clean".
"""

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Protocol

from pydantic import Field, StringConstraints

from cases.consultations import LabelName, VendorName
from cases.detections import Detection
from cases.facts import Fact, Message

CALLS_LIMIT: Final = 10
"""Requests of one consultation to one vendor: pictures beyond that many are not looked at."""
SIGN: Final = 0.5
"""Of what was looked at in part only, a label scored lower has failed: the sign may be in the part that nobody saw."""

Score = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
RawName = Annotated[
    str, StringConstraints(pattern=r"^(\*|[A-Za-z0-9][A-Za-z0-9._:/ -]{0,95})$")
]  # `*`: any of HMA's banks


class Sends(StrEnum):
    """What leaves the house. What may be child abuse material goes to none but `hashes`."""

    TEXT = "text"
    MEDIA = "media"  # addresses of pictures and videos, which the vendor fetches
    HASHES = "hashes"


class VendorTerms(Message):
    """What an adapter needs to know of the vendor as it is configured here. labels: ours, to the vendor's own.

    scale: what stands for certainty there, such as 100. account: the public part of the credentials, where there is one.
    """

    name: VendorName
    model: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._,:/-]{0,127}$")] = "default"
    labels: Annotated[
        dict[LabelName, Annotated[tuple[RawName, ...], Field(min_length=1)]], Field(min_length=1, max_length=32)
    ]
    account: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")] | None = None


class Medium(Fact):
    """An attachment. address: where the platform serves it, if it says so and anybody may look."""

    kind: Literal["picture", "video", "other"]
    address: str | None = None
    sha256: str | None = None
    pdq: str | None = None


class Look(Fact):
    """What a vendor is to look at. seed: the same for the same content, without saying which. callback: where to answer."""

    seed: str
    labels: tuple[str, ...]
    text: str = ""
    language: str | None = None
    media: tuple[Medium, ...] = ()
    callback: str | None = None


class Call(Fact):
    """One request. path: below the vendor's address. body: JSON; form: instead of it. signed: by Standard Webhooks."""

    method: Literal["GET", "POST"]
    path: str
    query: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    body: Mapping[str, Any] | None = None
    form: Mapping[str, str] | None = None
    signed: bool = False


class RawReading(Fact):
    """One of the vendor's own labels. score: as a probability; raw: in its own scale."""

    name: str
    score: Score
    raw: float


class RawWord(Fact):
    """A vendor's answer, read. task_id: it will call back, about this; over: whether a callback is its last about the task."""

    model: str = ""
    readings: tuple[RawReading, ...] = ()
    task_id: str | None = None
    over: bool = True


class Malformed(ValueError):
    """The answer is not what the vendor's documentation says. The message names the field, and holds no value."""


class Form(Protocol):
    """A wire format."""

    sends: Sends

    def calls(self, terms: VendorTerms, look: Look, secret: str) -> tuple[Call, ...]:
        """What to send; nothing where there is nothing that it could look at."""
        ...

    def word(self, terms: VendorTerms, answer: Any) -> RawWord:
        """An answer of 200 to 299. Raises Malformed."""
        ...

    def callback(self, terms: VendorTerms, payload: Mapping[str, Any]) -> RawWord:
        """A webhook, after its signature held; with its task_id. Raises Malformed."""
        ...


def detections(
    terms: VendorTerms,
    asked: Iterable[str],
    words: Iterable[RawWord],
    latency_ms: float | None,
    cost_micros: int,
    *,
    partly: bool = False,
) -> tuple[Detection, ...]:
    """One for each label asked about: the highest of the vendor's own that stand for it. One without any has failed.

    partly: some of what there is was not looked at.
    """
    words = tuple(words)
    readings = [reading for word in words for reading in word.readings]
    model = next((word.model for word in words if word.model), terms.model)
    found = []
    for place, label in enumerate(asked):
        mine = [one for one in readings if one.name in terms.labels.get(label, ())]
        best = max(mine, key=lambda one: one.score, default=None)
        if partly and best is not None and best.score < SIGN:
            best = None
        found.append(
            Detection(
                detector=f"{terms.name}/{label}",
                version=f"{model}@{terms.model}",
                label=label,
                score=best.score if best else None,
                failed=best is None,
                raw_label=best.name if best else "",
                raw_score=best.raw if best else None,
                latency_ms=latency_ms,
                cost_micros=cost_micros if place == 0 else 0,  # of the asking as a whole, counted once
            )
        )
    return tuple(found)


_ADDRESS = re.compile(r"https://([a-z0-9.-]{1,253}|\[[0-9a-f:.]+\])(?::443)?(/[^\s#]*)?", re.IGNORECASE)
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: an address of IPv4 in the last 32 bits
_GLOBAL: Final = (
    ipaddress.IPv6Network("2000::/3"),
    _NAT64,
)  # RFC 4291: whatever else there is leads nowhere, or inside
_ISATAP: Final = (0x00005EFE, 0x02005EFE)  # RFC 5214: before an address of IPv4
_INNER: Final = (".local", ".internal", ".localhost", ".lan", ".home", ".corp", ".intranet", ".onion", ".arpa")


def public_address(address: str | None) -> str | None:
    """The address, if anybody on the internet may be sent there: https, a host that is no address of ours, no user part.

    What a platform delivers as an attachment's address was once a stranger's input; a vendor must not be made to look into
    somebody's inner network by it, and we fetch none of them ourselves.
    """
    match = _ADDRESS.fullmatch(address or "")
    if match is None or len(address or "") > 2_048:
        return None
    host = match.group(1).lower().strip("[]").rstrip(".")
    try:
        return address if _public(ipaddress.ip_address(host)) else None
    except ValueError:
        numeric = re.fullmatch(r"[0-9.]+|0x[0-9a-f.x]+", host)
        inner = "." not in host or host.endswith(_INNER)
        return None if numeric or inner else address


def _public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether it leads to the internet, and so does every address of IPv4 that it carries: a gateway would go there."""
    if not address.is_global or address.is_multicast:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return True
    return any(address in network for network in _GLOBAL) and all(map(_public, _carried(address)))


def _carried(address: ipaddress.IPv6Address) -> Iterator[ipaddress.IPv4Address]:
    """By 6to4 (RFC 3056), NAT64 and ISATAP; Teredo and mapped addresses are no global ones."""
    if address.sixtofour:
        yield address.sixtofour
    if address in _NAT64 or (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def number_of(value: Any, field: str, highest: float = 1.0) -> float:
    """A score between 0 and `highest`. Raises Malformed."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value <= highest:
        raise Malformed(f"{field} is no number from 0 to {highest:g}")
    return float(value)


def object_of(value: Any, field: str) -> Mapping[str, Any]:
    """A JSON object. Raises Malformed."""
    if not isinstance(value, dict):
        raise Malformed(f"{field} is no object")
    return value


def word_of(value: Any, field: str) -> str:
    """A short id or name. Raises Malformed."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}", value):
        raise Malformed(f"{field} is no id")
    return value
