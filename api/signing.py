"""The key that signs decision tokens. Whoever verifies them needs its public half, by the same id."""

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key


@dataclass(frozen=True)
class SigningKey:
    """A private key. key_id: as in the file name of its public half."""

    key_id: str
    private: Ed25519PrivateKey = field(repr=False)


def load_signing_key(file: Path) -> SigningKey:
    """The key in this PEM file. Raises OSError, or ValueError for another kind of key."""
    private = load_pem_private_key(file.read_bytes(), password=None)
    if not isinstance(private, Ed25519PrivateKey):
        raise ValueError(f"{file.name} is not an Ed25519 private key")
    return SigningKey(key_id_of(private.public_key()), private)


def key_id_of(public: Ed25519PublicKey) -> str:
    """The first 16 hex digits of the key's SHA-256: `<key id>.pem` is the file name of its public half."""
    return sha256(public.public_bytes_raw()).hexdigest()[:16]
