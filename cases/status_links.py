"""Links by which people see where their report or case stands: unguessable, unreadable, ending by themselves.

A token names tenant, case, person and role under AES-SIV: the same person at the same second has the same token, a changed
byte opens nothing, and nothing has to be stored for it. It is as good as a key: it stands in that person's own mail only.
"""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from pydantic import AwareDatetime

from cases.appeals import Role
from cases.errors import IdentityError
from cases.facts import Fact
from cases.names import SubjectKind, case_workflow_id, kind_of, parse_workflow_id

LINKS: Final = "dueprocess status links"  # what their key is derived for
KEY_BYTES: Final = 64
LASTS: Final = timedelta(
    days=400
)  # beyond the six months in which a decision may be appealed; each mail has a newer one
TOKEN_LIMIT: Final = 200  # characters
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE: Final = [b"dueprocess status link 1"]
_FORM: Final = struct.Struct(">BBI16s8s32s")  # role, kind, seconds, case, person, tenant: always of one length
_ROLES: Final = (Role.AUTHOR, Role.REPORTER)
_KINDS: Final = tuple(SubjectKind)


class StatusLink(Fact):
    """Whose link it is. person: their key in the case; issued_at: to the second."""

    case_id: str
    person: str
    role: Role
    issued_at: AwareDatetime

    @property
    def ends_at(self) -> datetime:
        """From then on it opens nothing."""
        return self.issued_at + LASTS


def link_token(key: bytes, link: StatusLink) -> str:
    """The token, URL-safe. key: 64 bytes."""
    name = parse_workflow_id(link.case_id)
    plain = _FORM.pack(
        _ROLES.index(link.role),
        _KINDS.index(kind_of(link.case_id)),
        int((link.issued_at - _EPOCH).total_seconds()),
        bytes.fromhex(name.rest.partition("/")[2]),
        bytes.fromhex(link.person),
        name.tenant.encode(),
    )
    return _spelt(AESSIV(key).encrypt(plain, _PLACE))


def read_link(keys: Iterable[bytes], token: str, now: datetime) -> StatusLink | None:
    """Whose link this is, under any of the keys; None for what is no token of ours, or has ended."""
    sealed = _decoded(token)
    for key in keys:
        try:
            link = _link(AESSIV(key).decrypt(sealed, _PLACE))
        except (InvalidTag, ValueError, IndexError, IdentityError, struct.error):
            continue
        return link if now < link.ends_at else None
    return None


def _link(plain: bytes) -> StatusLink:
    role, kind, seconds, case, person, tenant = _FORM.unpack(plain)
    return StatusLink(
        case_id=case_workflow_id(tenant.rstrip(b"\0").decode(), _KINDS[kind], case.hex()),
        person=person.hex(),
        role=_ROLES[role],
        issued_at=_EPOCH + timedelta(seconds=seconds),
    )


def _decoded(token: str) -> bytes:
    if not token.isascii() or len(token) > TOKEN_LIMIT:
        return b""
    try:
        sealed = urlsafe_b64decode(token.encode() + b"=" * (-len(token) % 4))
    except (NotBase64, ValueError):
        return b""
    return (
        sealed if _spelt(sealed) == token else b""
    )  # a decoder passes over what is no base64: one link has one spelling


def _spelt(sealed: bytes) -> str:
    return urlsafe_b64encode(sealed).rstrip(b"=").decode()
