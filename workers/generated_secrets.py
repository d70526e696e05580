"""Secrets of the embedded stack, made once into its data folder; production brings its own. None has a default."""

import json
import os
import secrets
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

# Synthetic people, of whom an appeal needs a second reviewer and four eyes a third.
CLIENTS: Final[tuple[Mapping[str, str | list[str]], ...]] = (
    {"name": "service", "role": "service"},
    {"name": "reviewer-1", "role": "reviewer", "reviewer_id": "reviewer-1", "accounts": ["synthetic-reviewer-1"]},
    {"name": "reviewer-2", "role": "reviewer", "reviewer_id": "reviewer-2", "accounts": ["synthetic-reviewer-2"]},
    {"name": "reviewer-3", "role": "reviewer", "reviewer_id": "reviewer-3", "accounts": ["synthetic-reviewer-3"]},
    {"name": "operator", "role": "operator"},
    {"name": "operator-2", "role": "operator"},  # who agrees to what the first proposes
    {"name": "auditor", "role": "auditor"},
)


def make_secrets(folder: Path, tenants: Iterable[str]) -> dict[str, str]:
    """The DUEPROCESS_ variables that name the folder's secrets, each made unless it stands (mode 600, folder 700).

    Bearer tokens are kept as `<tenant>/<name>`, the names as in CLIENTS. A tenant added later gets tokens without
    disturbing those that stand. Raises OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    client_tokens = _make_tokens(folder, tuple(tenants))
    key_id = _make_signing_key(folder)
    platform = _make(folder / "platform_secret", new_secret)
    transparency = _make(folder / "transparency_token", lambda: f"1|{secrets.token_hex(20)}")
    _make(folder / "vendors_secret", new_secret)
    _make(folder / "kek", lambda: b64encode(secrets.token_bytes(32)).decode())
    return {
        "DUEPROCESS_KEK_FILE": str(folder / "kek"),
        "DUEPROCESS_SIGNING_KEY_FILE": str(folder / "signing_keys" / f"{key_id}.pem"),
        "DUEPROCESS_VERIFYING_KEYS_DIR": str(folder / "verifying_keys"),
        "DUEPROCESS_TOKENS_FILE": str(folder / "tokens.json"),
        "DUEPROCESS_CLIENT_TOKENS_FILE": str(client_tokens),
        "DUEPROCESS_PLATFORM_SECRET": platform,
        "DUEPROCESS_TRANSPARENCY_TOKEN": transparency,
    }


def new_secret() -> str:
    """A fresh key of the Standard Webhooks form."""
    return "whsec_" + b64encode(secrets.token_bytes(32)).decode()


def _make_tokens(folder: Path, tenants: tuple[str, ...]) -> Path:
    plain = folder / "client_tokens.json"
    known: dict[str, str] = json.loads(plain.read_text()) if plain.exists() else {}
    entries = []
    for tenant in tenants:
        for client in CLIENTS:
            token = known.setdefault(f"{tenant}/{client['name']}", secrets.token_urlsafe(32))
            entries.append({"token_sha256": sha256(token.encode()).hexdigest(), "tenant": tenant, **client})
    write_private(plain, json.dumps(known, indent=1))
    write_private(folder / "tokens.json", json.dumps(entries, indent=1))
    return plain


def _make_signing_key(folder: Path) -> str:
    """The id of the key that stands, or of a new one: the first 16 hex digits of its public half's SHA-256."""
    private_keys, public_keys = folder / "signing_keys", folder / "verifying_keys"
    for place in (private_keys, public_keys):
        place.mkdir(mode=0o700, exist_ok=True)
    if standing := sorted(private_keys.glob("*.pem")):
        return standing[-1].stem
    private = Ed25519PrivateKey.generate()
    key_id = sha256(private.public_key().public_bytes_raw()).hexdigest()[:16]
    public_pem = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    private_pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_private(public_keys / f"{key_id}.pem", public_pem.decode())  # first: a token nobody can verify is useless
    write_private(private_keys / f"{key_id}.pem", private_pem.decode())
    return key_id


def _make(path: Path, new: Callable[[], str]) -> str:
    if not path.exists():
        write_private(path, new())
    return path.read_text()


def write_private(path: Path, text: str) -> None:
    """Write a file that only we can read, whole or not at all."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
