"""Who may call: bearer tokens `<id>|<secret>`, their platform and permissions, and how fast they may."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from simulators.web import Clock

CREATE, VIEW, KEYS = "create statements", "view statements", "generate-api-key"


@dataclass(frozen=True)
class User:
    """The holder of a token. platform None: a user no platform was given to."""

    id: int
    secret_digest: str
    name: str
    platform: str | None
    permissions: frozenset[str]

    @property
    def platform_id(self) -> int:
        """Users of one platform share its puids, so the id comes from the name."""
        return int.from_bytes(hashlib.sha256((self.platform or "").encode()).digest()[:4]) & 0x7FFFFFFF


def parse_tokens(text: str) -> tuple[User, ...]:
    """The token file: one token on a line of its own, or a JSON list of
    `{"token", "name"?, "platform"?, "permissions"?}`. Raises ValueError, never quoting a token."""
    text = text.strip()
    entries: list[dict[str, Any]] = json.loads(text) if text.startswith("[") else [{"token": text}]
    return tuple(_user(entry) for entry in entries)


def find_user(users: tuple[User, ...], authorization: str) -> User | None:
    """The user a header `Bearer <id>|<secret>` names; secrets are compared in constant time."""
    scheme, _, token = authorization.partition(" ")
    id, _, secret = token.strip().partition("|")
    if scheme.lower() != "bearer" or not id.isascii() or not id.isdigit():
        return None
    digest = hashlib.sha256(secret.encode()).hexdigest()
    found = [user for user in users if user.id == int(id) and hmac.compare_digest(user.secret_digest, digest)]
    return found[0] if found else None


def _user(entry: Mapping[str, Any]) -> User:
    id, _, secret = str(entry.get("token", "")).partition("|")
    if not id.isascii() or not id.isdigit() or len(secret) < 8:
        raise ValueError("a token is <number>|<secret>, the secret of at least 8 characters")
    return User(
        id=int(id),
        secret_digest=hashlib.sha256(secret.encode()).hexdigest(),
        name=str(entry.get("name", f"user {id}")),
        platform=entry.get("platform", "Plaza (simulated)"),
        permissions=frozenset(entry.get("permissions", (CREATE, VIEW, KEYS))),
    )


class RateLimits:
    """200 requests a second and 12,000 a minute for a user, 100 a minute for an address without a token."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._windows: dict[tuple[str, timedelta], tuple[float, int]] = {}

    def wait_seconds(self, user: User | None, address: str) -> int:
        """0 if the request may pass (it is counted), else how long to wait."""
        who = f"user:{user.id}" if user is not None else f"address:{address}"
        limits = ((timedelta(seconds=1), 200), (timedelta(minutes=1), 12_000))
        of_caller = limits if user is not None else ((timedelta(minutes=1), 100),)
        for window, limit in of_caller:
            wait = self._hit((who, window), limit)
            if wait:  # a refused request counts in no further window
                return wait
        return 0

    def _hit(self, key: tuple[str, timedelta], limit: int) -> int:
        """Windows begin with their first request, as the receiver's do."""
        now = self._clock().timestamp()
        ends, count = self._windows.get(key, (0.0, 0))
        if now >= ends:
            ends, count = now + key[1].total_seconds(), 0
        if count >= limit:
            return max(1, round(ends - now))
        self._windows[key] = (ends, count + 1)
        return 0
