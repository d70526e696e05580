"""Links that somebody guesses, cuts, alters, keeps too long or brings from elsewhere: every one leads to the same nowhere."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from api.quotas import QuotaLimits
from api.requests import RevokeLinks
from cases.appeals import Role
from cases.names import person_key
from cases.status_links import KEY_BYTES, LASTS, LINKS, StatusLink, link_token
from tests.conftest import Database
from tests.integration.gateway_kit import REPORT, START, Gateway, a_gateway, decide_in_the_record

JSON = {"accept": "application/json"}
BROWSER = {"accept": "text/html"}


@pytest.fixture
async def gateway(postgres: Database) -> AsyncIterator[Gateway]:
    async with a_gateway(postgres) as one:
        yield one


async def _reported(gateway: Gateway, who: str = "service") -> StatusLink:
    """A reporter's link in the tenant of this sender."""
    answer = (await gateway.post("/v1/reports", REPORT, who)).json()
    tenant = answer["case_id"].split("/")[1]
    person = person_key(await gateway.record.keyring.subject_secret(tenant), "account-9")
    return StatusLink(case_id=answer["case_id"], person=person, role=Role.REPORTER, issued_at=START)


def _token(gateway: Gateway, link: StatusLink) -> str:
    return link_token(gateway.record.keyring.derived(LINKS, KEY_BYTES)[0], link)


async def _seen(gateway: Gateway, token: str, headers: dict[str, str] = JSON) -> tuple[int, object, frozenset[str]]:
    """What a stranger can tell: status, body and which headers, without what is new in every answer."""
    answer = await gateway.http.get(f"/status/{token}", headers=headers)
    own = answer.headers.get("x-request-id", "")
    return (
        answer.status_code,
        answer.text.replace(own, "").replace(f"/status/{token}", "/status/"),
        frozenset(answer.headers),
    )


@pytest.mark.parametrize("headers", [JSON, BROWSER])
async def test_whatever_opens_nothing_is_answered_alike(gateway: Gateway, headers: dict[str, str]):
    link = await _reported(gateway)
    theirs = await _reported(gateway, "other-service")
    token = _token(gateway, link)
    assert (await _seen(gateway, token, headers))[0] == 200

    nobody = await _seen(gateway, "A" * len(token), headers)
    assert nobody[0] == 404
    half = len(token) // 2
    wrong = [
        "x",
        "A" * 500,
        token[:-1],
        token[:half],
        f"{token}A",
        f"{token}.",
        f"{token[:half]}.{token[half:]}",
        token.swapcase(),
        token[:half] + _token(gateway, theirs)[half:],  # another tenant's, put together with ours
        link_token(bytes(64), link),  # another installation's
        _token(gateway, link.evolve(issued_at=START - LASTS)),  # ended
    ]
    for one in wrong:
        assert await _seen(gateway, one, headers) == nobody
    await gateway.doors.revoke_links("demo", "operator", RevokeLinks(case_id=link.case_id, person=link.person))
    assert await _seen(gateway, token, headers) == nobody, "revoked is as if it never was"
    gateway.clock.forward(LASTS + timedelta(days=1))
    assert await _seen(gateway, _token(gateway, theirs), headers) == nobody, "ended likewise"


async def test_a_decision_nobody_was_told_of_changes_nothing_of_the_page(gateway: Gateway):
    link = await _reported(gateway)
    token = _token(gateway, link)
    before = [await _seen(gateway, token, headers) for headers in (JSON, BROWSER)]
    await decide_in_the_record(gateway, link.case_id, START)
    after = [await _seen(gateway, token, headers) for headers in (JSON, BROWSER)]
    assert ["violation" in str(body) for _, body, _ in after] == [False, False]
    assert [status for status, _, _ in before] == [status for status, _, _ in after] == [200, 200]
    assert '"stage":"looking"' in str(after[0][1])


async def test_a_link_of_somebody_erased_says_so_to_its_owner_and_nothing_else(gateway: Gateway):
    link = await _reported(gateway)
    await gateway.record.keyring.destroy("demo", link.case_id, link.person, at=START)
    status, body, _ = await _seen(gateway, _token(gateway, link))
    assert status == 410
    assert not any(word in str(body) for word in ("harassment", "reporter@", link.person, link.case_id, "looking"))


async def test_who_guesses_is_soon_told_to_wait(postgres: Database):
    async with a_gateway(postgres, quotas=QuotaLimits(source_requests=1.0)) as gateway:
        answers = [await gateway.http.get(f"/status/{'A' * 100}{number}", headers=JSON) for number in range(12)]
        assert {answer.status_code for answer in answers} == {404, 429}
        assert all(int(answer.headers["retry-after"]) >= 1 for answer in answers if answer.status_code == 429)
