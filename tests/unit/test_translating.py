"""The translator's port: LibreTranslate's API as it is documented, and nothing where it does not answer."""

import json
from typing import Any

import httpx2
import pytest

from workers.settings import Settings
from workers.translating import LibreTranslator, NoTranslator, translator_of

TEXT = "Ein erfundener Satz."


def a_translator(answer: httpx2.Response | None = None, asked: list[Any] | None = None) -> LibreTranslator:
    def server(request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/spec":
            return httpx2.Response(200, json={"info": {"version": "1.6.2"}})
        if asked is not None:
            asked.append(json.loads(request.content))
        return answer or httpx2.Response(200, json={"translatedText": "An invented sentence."})

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(server))
    return LibreTranslator(http, "https://translator.example/", "en", "a key")


async def test_it_says_what_was_translated_into_what_and_by_which_version():
    asked: list[Any] = []
    found = await a_translator(asked=asked).translate(TEXT, "de-AT")
    assert found is not None
    assert (found.text, found.into, found.translator) == ("An invented sentence.", "en", "libretranslate/1.6.2")
    assert asked == [{"q": TEXT, "source": "de", "target": "en", "format": "text", "api_key": "a key"}]


@pytest.mark.parametrize(
    "answer",
    [httpx2.Response(500), httpx2.Response(200, json={"error": "no"}), httpx2.Response(200, text="not JSON")],
    ids=["down", "refuses", "no JSON"],
)
async def test_what_cannot_be_translated_is_shown_as_it_was_written(answer: httpx2.Response):
    assert await a_translator(answer).translate(TEXT, "de") is None


@pytest.mark.parametrize(("text", "language"), [(TEXT, "en"), (TEXT, "en-GB"), ("  ", "de")])
async def test_what_needs_no_translation_goes_nowhere(text: str, language: str):
    asked: list[Any] = []
    assert await a_translator(asked=asked).translate(text, language) is None
    assert asked == []


async def test_without_a_server_of_its_own_an_installation_translates_nothing():
    one = translator_of(Settings(), httpx2.AsyncClient())
    assert isinstance(one, NoTranslator)
    assert await one.translate(TEXT, "de") is None
