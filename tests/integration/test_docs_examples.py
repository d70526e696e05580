"""What the pages tell to run, run: the Python client's example as it stands, every curl command against the gateway."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from simulators.platform.app import Platform
from tests.conftest import Database
from tests.integration.gateway_kit import a_gateway, served
from tests.unit.docs_pages import examples, page

GATEWAY, PLATFORM = "http://127.0.0.1:8080", "http://127.0.0.1:8081"
TOKENS = {"$TOKEN": "service", "$REVIEWER_TOKEN": "rev-1"}  # what stands for a caller of tests.integration.gateway_kit
_COMMAND = re.compile(r"^ *(curl .*?)(?=^ *$|^ *(?:curl|dueprocess) |\Z|^```)", re.MULTILINE | re.DOTALL)


@dataclass
class Curl:
    """One command, read as curl reads it."""

    url: str = ""
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None


def commands(name: str) -> Iterator[Curl]:
    for match in _COMMAND.finditer(page(name)):
        words = iter(shlex.split(match[1].replace("\\\n", " "), comments=True))
        curl = Curl()
        for word in words:
            if word == "-X":
                curl.method = next(words)
            elif word == "-H":
                header, _, value = next(words).partition(": ")
                curl.headers[header] = value
            elif word == "-d":
                curl.body = next(words)
            elif word.startswith("http"):
                curl.url = word
            else:
                assert word == "curl", f"{name}: {word} is no word of curl's that this test knows"
        yield curl


ALL = [(name, curl) for name in ("README.md", "docs/contract.md", "docs/operations.md") for curl in commands(name)]


def test_there_are_examples_to_run():
    assert {name for name, curl in ALL if curl.url.startswith(GATEWAY)} == {"README.md", "docs/contract.md"}


async def test_every_curl_command_for_the_gateway_is_answered_with_what_was_asked(postgres: Database):
    async with a_gateway(postgres) as gateway:
        for name, curl in ALL:
            if curl.url.startswith(GATEWAY):
                caller = TOKENS[curl.headers.pop("authorization").removeprefix("Bearer ")]
                path = curl.url.removeprefix(GATEWAY)
                answer = await gateway.send(curl.method, path, caller, headers=curl.headers, content=curl.body)
                assert answer.status_code in (200, 202), f"{name}: {curl.url}: {answer.text}"


@pytest.mark.parametrize("curl", [curl for _, curl in ALL if curl.url.startswith(PLATFORM)], ids=lambda curl: curl.body)
async def test_every_curl_command_for_the_simulated_platform_is_taken(curl: Curl, tmp_path: Path):
    platform = Platform(tmp_path, (b"x" * 32,))
    try:
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(platform.app), base_url=PLATFORM) as http:
            answer = await http.request(curl.method, curl.url, headers=curl.headers, content=curl.body)
        assert answer.status_code == 200, answer.text
    finally:
        platform.close()


async def test_the_python_example_reports_and_gets_its_case(postgres: Database):
    (example,) = [one.text for one in examples(page("docs/contract.md")) if one.language == "python"]
    names: dict = {}
    exec(compile(example, "docs/contract.md", "exec"), names)

    async with a_gateway(postgres) as gateway, served(gateway.app) as url:
        case_id = await names["report"](url, "service")

        assert (await gateway.get(f"/v1/cases/{case_id}")).status_code == 200
