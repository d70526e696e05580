"""Sessions of reviewers' pages: a bearer token, shown once, becomes a signed cookie that names it by its hash and expires.

Nothing of it is stored but that it was signed out of. Who withdraws the token ends the session with it; from the cookie
nobody learns the token.
"""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_hex
from typing import Final

from fastapi import Request, Response

from api.http.tokens import Principal, Tokens
from api.signing import SigningKey

COOKIE: Final = "dueprocess_session"
PATH: Final = "/review"
LASTS: Final = timedelta(hours=10)  # a shift
_PURPOSE: Final = b"dueprocess review sessions 1"
_COOKIE_LIMIT: Final = 400  # characters


@dataclass(frozen=True)
class Session:
    """Who signed in, and what their forms must bring back. name: tells it from every other session."""

    principal: Principal
    name: str
    form_token: str
    ends_at: datetime


class Sessions:
    """secure: pages are served over https, so the cookie is sent over nothing else."""

    def __init__(self, tokens: Tokens, signing: SigningKey, clock: Callable[[], datetime], *, secure: bool) -> None:
        self._tokens, self._clock, self._secure = tokens, clock, secure
        self._key = hmac.new(signing.private.private_bytes_raw(), _PURPOSE, sha256).digest()

    def new(self, principal: Principal) -> Session:
        """A session of this person's, which begins with its cookie."""
        return self._session(principal, token_hex(8), self._clock() + LASTS)

    def begin(self, response: Response, session: Session) -> None:
        """Sign this person in."""
        ends = int(session.ends_at.timestamp())
        said = json.dumps([session.principal.token_sha256, session.name, ends], separators=(",", ":"))
        body = urlsafe_b64encode(said.encode()).decode()
        response.set_cookie(
            COOKIE,
            f"{body}.{self._sign(body)}",
            max_age=int(LASTS.total_seconds()),
            path=PATH,
            secure=self._secure,
            httponly=True,
            samesite="strict",
        )

    def end(self, response: Response) -> None:
        """Sign this browser out."""
        response.delete_cookie(COOKIE, path=PATH, secure=self._secure, httponly=True, samesite="strict")

    def of(self, request: Request) -> Session | None:
        """Whose session this is; None where nobody is signed in, the time is over, or the token was withdrawn.

        Whether somebody signed out of it the record knows.
        """
        body, _, signature = request.cookies.get(COOKIE, "")[:_COOKIE_LIMIT].partition(".")
        if not hmac.compare_digest(self._sign(body).encode(), signature.encode()):
            return None
        try:
            digest, nonce, ends = json.loads(urlsafe_b64decode(body))
        except (ValueError, NotBase64):
            return None
        ends_at = datetime.fromtimestamp(ends, self._clock().tzinfo)
        principal = self._tokens.of(digest)
        if principal is None or ends_at <= self._clock():
            return None
        return self._session(principal, str(nonce), ends_at)

    def _session(self, principal: Principal, name: str, ends_at: datetime) -> Session:
        return Session(principal, name, self._sign(f"form {name}"), ends_at)

    def _sign(self, said: str) -> str:
        return hmac.new(self._key, said.encode(), sha256).hexdigest()
