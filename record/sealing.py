"""AES-256-GCM: data sealed under a data key, data keys wrapped under the installation's key-encryption key (KEK)."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cases.errors import SealBroken

INSTALLATION: Final = "_installation"  # no tenant's name can have an underscore
_FORMAT: Final = 1
_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32


@dataclass(frozen=True)
class DataKey:
    """A key that seals. key_id: `<tenant>.<uuid>`, or `_installation.<uuid>`."""

    key_id: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True)
class Kek:
    """The key-encryption key: 32 random bytes with a version. earlier: by version, what older rows are wrapped under."""

    version: str
    secret: bytes = field(repr=False)
    earlier: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if any(len(secret) != _KEY_BYTES for secret in (self.secret, *self.earlier.values())):
            raise ValueError("a key-encryption key has 32 bytes; make one with: head -c 32 /dev/urandom | base64")

    def derived(self, purpose: str, length: int) -> tuple[bytes, ...]:
        """Keys for one purpose alone (HKDF, RFC 5869): the present KEK's first, then those of earlier ones."""
        secrets = (self.secret, *self.earlier.values())
        return tuple(HKDF(SHA256(), length, None, purpose.encode()).derive(secret) for secret in secrets)

    def wrap(self, name: str, secret: bytes) -> bytes:
        """The secret, readable only with this KEK and under this name."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(self.secret).encrypt(nonce, secret, name.encode())

    def unwrap(self, name: str, version: str, wrapped: bytes) -> bytes:
        """What was wrapped. Raises SealBroken for another KEK, another name, or a changed byte."""
        secret = self.secret if version == self.version else self.earlier.get(version)
        if secret is None:
            raise SealBroken(f"the key was wrapped under the KEK of version {version!r}, which is not here")
        try:
            return AESGCM(secret).decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], name.encode())
        except InvalidTag:
            raise SealBroken(f"the key does not open under the KEK of version {version!r}") from None


def new_secret() -> bytes:
    """32 random bytes."""
    return os.urandom(_KEY_BYTES)


def new_key_id(owner: str) -> str:
    """A fresh id that says whose key it is: the owner, a dot, a uuid that sorts by time (version 7)."""
    moment = time.time_ns() // 1_000_000
    number = (moment << 80) | int.from_bytes(os.urandom(10), "big")
    number = (number & ~(0xF << 76)) | (0x7 << 76)
    number = (number & ~(0x3 << 62)) | (0x2 << 62)
    return f"{owner}.{UUID(int=number)}"


def seal(key: DataKey, plaintext: bytes, aad: str) -> bytes:
    """Format 1, key id with its length, nonce, ciphertext. aad: where this belongs; it opens nowhere else."""
    name = key.key_id.encode()
    nonce = os.urandom(_NONCE_BYTES)
    head = bytes((_FORMAT, len(name))) + name
    return head + nonce + AESGCM(key.secret).encrypt(nonce, plaintext, head + aad.encode())


def key_id_of(sealed: bytes) -> str:
    """Which key opens this. Raises SealBroken for what was never sealed here."""
    if len(sealed) < 2 or sealed[0] != _FORMAT or len(sealed) < 2 + sealed[1] + _NONCE_BYTES:
        raise SealBroken("not sealed in a format known here")
    try:
        return sealed[2 : 2 + sealed[1]].decode()
    except UnicodeDecodeError:
        raise SealBroken("not sealed in a format known here") from None


def open_sealed(key: DataKey, sealed: bytes, aad: str) -> bytes:
    """What was sealed. Raises SealBroken for another key, another place, or a changed byte."""
    if key_id_of(sealed) != key.key_id:
        raise SealBroken("sealed under another key")
    start = 2 + sealed[1]
    nonce, ciphertext = sealed[start : start + _NONCE_BYTES], sealed[start + _NONCE_BYTES :]
    try:
        return AESGCM(key.secret).decrypt(nonce, ciphertext, sealed[:start] + aad.encode())
    except InvalidTag:
        raise SealBroken("the sealed bytes do not authenticate under their key") from None
