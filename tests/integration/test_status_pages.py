"""The link out of a real mail, followed: what the page says, what its form does, and when it leads nowhere. Synthetic."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2

from api.http.app import create_app
from api.http.health import Readiness
from api.http.tokens import read_tokens
from cases.names import person_key, tenant_of
from tests.conftest import Database
from tests.integration.kit import Installation, an_installation, until

PUBLIC = "https://status.example.invalid"
GUARDS = ("content-security-policy", "referrer-policy", "cache-control", "x-robots-tag", "x-content-type-options")
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "accept-language": "de-AT,de;q=0.9"}


@asynccontextmanager
async def pages(here: Installation) -> AsyncIterator[httpx2.AsyncClient]:
    tokens = read_tokens(here.settings.tokens_file)
    app = create_app(lambda: here.doors, tokens, Readiness({}), platform_name="Plaza")
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=PUBLIC, headers=BROWSER) as http:
        yield http


async def link_in_mail(here: Installation, to: str, kind: str) -> str:
    """The path in the newest such mail; the same in both of its parts."""

    async def found() -> str | None:
        mails = [mail for mail in here.world.mails() if to in mail["to"] and mail["kind"] == kind]
        if not mails:
            return None
        places = {re.search(rf"{PUBLIC}(/status/[\w-]+)", mails[-1][part]).group(1) for part in ("text", "html")}
        assert len(places) == 1
        return places.pop()

    path = await until(found)
    assert isinstance(path, str)
    return path


async def test_a_link_is_followed_from_the_receipt_to_the_appeal_and_to_its_end(postgres: Database, tmp_path: Path):
    async with (
        an_installation(postgres, tmp_path, DUEPROCESS_PUBLIC_URL=PUBLIC) as here,
        here.working(),
        pages(here) as http,
    ):
        here.world.post("post-1")
        stream = (await here.report("post-1")).case_id
        reporters = await link_in_mail(here, "reporter-1@example.invalid", "receipt")

        looking = await http.get(reporters)
        assert (looking.status_code, "We have it, and it is being looked at" in looking.text) == (200, True)
        assert set(GUARDS) <= set(looking.headers)
        assert "script" not in looking.text
        plain = (await http.get(reporters, headers={"accept": "application/json"})).json()
        assert (plain["role"], plain["stage"], plain["appeals"]) == ("reporter", "looking", [])

        await here.decide(stream)
        authors = await link_in_mail(here, "author@example.invalid", "statement")
        await here.settles(stream)
        decided = await http.get(authors)
        assert "We have decided" in decided.text
        assert "your post was removed in all countries" in decided.text
        assert "reporter-1" not in decided.text
        assert (await http.get(reporters, headers={"accept": "application/json"})).json()["stage"] == "decided"

        form = dict(re.findall(r'name="(decision_id|form)" value="([^"]+)"', decided.text))
        grounds = "synthetic <b>grounds</b> & more"
        forged = await http.post(f"{authors}/appeals", data={**form, "form": "1.0", "grounds": grounds})
        foreign = await http.post(f"{reporters}/appeals", data={**form, "grounds": grounds})
        assert (forged.status_code, foreign.status_code) == (409, 409)
        sent = await http.post(f"{authors}/appeals", data={**form, "grounds": grounds})
        assert (sent.status_code, sent.headers["location"]) == (303, authors)
        again = await http.post(f"{authors}/appeals", data={**form, "grounds": "other synthetic grounds"})
        assert again.status_code == 409

        await here.reaches(stream, "appeal_opened")
        heard = await http.get(authors)
        assert "Somebody looks again" in heard.text
        assert "<form" not in heard.text
        assert "Somebody looks again" not in (await http.get(reporters)).text

        operator = here.settings.tenants[0], "operator"
        await here.doors.revoke_links(*operator, _revoke(stream, await _person(here, stream, "account-r1")))
        gone, kept = await http.get(reporters), await http.get(authors)
        assert (gone.status_code, kept.status_code) == (404, 200)
        assert "Dieser Link führt nirgendwohin" in gone.text
        assert set(GUARDS) <= set(gone.headers)

        await here.means.record.keyring.destroy(tenant_of(stream), stream, at=here.clock())
        erased = await http.get(authors)
        assert (erased.status_code, "Das ist gelöscht" in erased.text) == (410, True)
        assert (await http.get(authors, headers={"accept": "application/json"})).json()["code"] == "erased"


async def _person(here: Installation, stream: str, account: str) -> str:
    return person_key(await here.means.record.keyring.subject_secret(tenant_of(stream)), account)


def _revoke(stream: str, person: str):
    from api.requests import RevokeLinks

    return RevokeLinks(case_id=stream, person=person)
