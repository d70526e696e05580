"""Machine translation for reviewers: none, unless an installation names a server of its own that speaks LibreTranslate's API.

What is translated leaves this process: it goes to that server alone, never what is only shown masked (child safety).
"""

import logging
from typing import Any, Final, Protocol

import httpx2

from api.library import Translation
from workers.settings import Settings

NAME: Final = "libretranslate"
TRANSLATE: Final = "/translate"
SPEC: Final = "/spec"  # says which version answers
logger = logging.getLogger(__name__)


def translator_of(settings: Settings, http: httpx2.AsyncClient) -> "Translator":
    """As the installation has it."""
    if not settings.translator_url:
        return NoTranslator()
    key = settings.translator_key.get_secret_value()
    return LibreTranslator(http, settings.translator_url, settings.translator_into, key)


class Translator(Protocol):
    """The port. A translation that cannot be had is none: the page shows what was written."""

    async def translate(self, text: str, language: str) -> Translation | None:
        """The text in the reviewers' language; None where it is written in that, or nobody can."""
        ...


class NoTranslator:
    """The default: reviewers read what was written."""

    async def translate(self, text: str, language: str) -> Translation | None:
        """Nothing."""
        return None


class LibreTranslator:
    """A LibreTranslate server. into: the reviewers' language; key: where the server asks for one."""

    def __init__(self, http: httpx2.AsyncClient, url: str, into: str, key: str = "") -> None:
        self._http, self._url, self._into, self._key = http, url.rstrip("/"), into, key
        self._version: str | None = None

    async def translate(self, text: str, language: str) -> Translation | None:
        """By the server; None where it does not answer, or not as it should. No content is logged."""
        source = language.partition("-")[0].lower()
        if not text.strip() or source == self._into:
            return None
        asked = {"q": text, "source": source, "target": self._into, "format": "text"}
        try:
            version = self._version = self._version or await self._asked_version()
            answer = await self._http.post(f"{self._url}{TRANSLATE}", json={**asked, **self._signed()})
            answer.raise_for_status()
            return Translation(
                text=str(answer.json()["translatedText"]), into=self._into, translator=f"{NAME}/{version}"
            )
        except (httpx2.HTTPError, ValueError, KeyError, TypeError) as error:
            logger.warning("not translated", extra={"event": "not_translated", "error": type(error).__name__})
            return None

    async def _asked_version(self) -> str:
        answer = await self._http.get(f"{self._url}{SPEC}")
        answer.raise_for_status()
        spec: dict[str, Any] = answer.json()
        return str(spec["info"]["version"])

    def _signed(self) -> dict[str, str]:
        return {"api_key": self._key} if self._key else {}
