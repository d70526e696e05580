"""Brakes over HTTP: who may pull them, what is answered, and that one tenant's are not another's."""

from typing import Any

import pytest

from tests.conftest import Database
from tests.integration.gateway_kit import a_gateway

ACCOUNT = {"account_id": "account-ann", "reason": "journalist", "source": "synthetic: press register"}


def a_stop(message_id: str = "b-1", **what: str) -> dict[str, Any]:
    return {"message_id": message_id, "reason": "synthetic: it misfires", **what}


async def test_a_stop_is_seen_named_sealed_and_let_go(postgres: Database):
    async with a_gateway(postgres) as gateway:
        stopped = await gateway.post("/v1/stops", a_stop(rule="spam.certain"), "operator")
        assert (stopped.status_code, stopped.json()["changed"], stopped.json()["within_seconds"]) == (200, True, 5.0)
        again = await gateway.post("/v1/stops", a_stop("b-2", rule="spam.certain"), "operator")
        assert again.json()["changed"] is False
        (shown,) = (await gateway.get("/v1/brakes")).json()["stops"]
        assert (shown["scope"], shown["name"], shown["cause"], shown["by"]) == (
            "rule",
            "spam.certain",
            "operator",
            "operator",
        )
        assert shown["reason"] == "synthetic: it misfires"
        assert (await gateway.get("/v1/brakes", "other-operator")).json()["stops"] == []

        strange = await gateway.post("/v1/stops", a_stop("b-3", area="gardening"), "operator")
        assert (strange.status_code, strange.json()["errors"][0]["field"]) == (422, "area")
        both = await gateway.post("/v1/stops", a_stop("b-4", area="spam", rule="spam.certain"), "operator")
        assert both.status_code == 422

        assert (await gateway.post("/v1/resumptions", a_stop("b-5"), "operator")).json()["changed"] is False
        goes_on = await gateway.post("/v1/resumptions", a_stop("b-6", rule="spam.certain"), "operator")
        assert goes_on.json()["changed"] is True
        assert (await gateway.get("/v1/brakes", "operator")).json()["stops"] == []


async def test_a_stop_of_a_rule_that_the_pack_does_not_have_stands_and_says_so_first(postgres: Database):
    async with a_gateway(postgres) as gateway:
        mistyped = await gateway.post("/v1/stops", a_stop(rule="spam.certian"), "operator")
        assert mistyped.status_code == 200, "an older pack may have it, and a stop waits for nobody"
        assert mistyped.json()["next"].startswith(
            "BUT THE PACK IN FORCE HAS NO RULE spam.certian: did you mean spam.certain?"
        )
        for message_id, known in (("b-2", "spam.certain"), ("b-3", "ladder.harassment.3")):
            stopped = await gateway.post("/v1/stops", a_stop(message_id, rule=known), "operator")
            assert stopped.json()["next"].startswith("What rules would have done")


async def test_an_account_is_protected_until_somebody_ends_it(postgres: Database):
    async with a_gateway(postgres) as gateway:
        assert (await gateway.post("/v1/protected-accounts", ACCOUNT, "operator")).status_code == 200
        (known,) = (await gateway.get("/v1/protected-accounts")).json()["accounts"]
        assert (known["account_id"], known["reason"], known["source"]) == tuple(ACCOUNT.values())
        assert (await gateway.get("/v1/protected-accounts", "other-operator")).json()["accounts"] == []
        ended = await gateway.post("/v1/protected-accounts/removals", {"account_id": "account-ann"}, "operator")
        assert ended.json()["changed"] is True
        again = await gateway.post("/v1/protected-accounts/removals", {"account_id": "account-ann"}, "operator")
        assert again.json()["changed"] is False
        assert (await gateway.get("/v1/protected-accounts")).json()["accounts"] == []
        fame = await gateway.post("/v1/protected-accounts", {**ACCOUNT, "reason": "fame"}, "operator")
        assert (fame.status_code, fame.json()["errors"][0]["field"]) == (422, "reason")


@pytest.mark.parametrize("who", ["service", "rev-1", "auditor"])
async def test_only_operators_pull_them_and_auditors_look(who: str, postgres: Database):
    async with a_gateway(postgres) as gateway:
        for path, body in (
            ("/v1/stops", a_stop()),
            ("/v1/resumptions", a_stop()),
            ("/v1/protected-accounts", ACCOUNT),
            ("/v1/protected-accounts/removals", {"account_id": "account-ann"}),
        ):
            assert (await gateway.post(path, body, who)).status_code == 403, path
        seen = {path: (await gateway.get(path, who)).status_code for path in ("/v1/brakes", "/v1/protected-accounts")}
        assert set(seen.values()) == {200 if who == "auditor" else 403}
