"""The doors that laws ask for, through the real gateway, on one whole installation: record, Temporal, workers, mail."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import httpx2
import pytest

from api.client import DueprocessClient, Refused
from api.http.app import create_app
from api.http.health import Readiness
from api.http.tokens import Principal, Role, Tokens
from cases.deadlines import ClockKind
from cases.legal_requests import REMOVAL_WITHIN, NoticeMessage, TakeItDownMessage
from cases.order_messages import AuthorityOrderRequest, OrderChangeRequest
from tests.conftest import a_database
from tests.integration.kit import TENANT, Installation, an_installation, until
from workers.postgres_server import PostgresServer


@dataclass
class Door:
    """An installation, and the real HTTP application before it. Every test has posts of its own."""

    here: Installation
    app: Any
    posts: int = 0

    def client(self, role: Role = Role.SERVICE) -> DueprocessClient:
        transport = httpx2.ASGITransport(self.app, client=("127.0.0.1", 40_000))
        return DueprocessClient("http://gateway", role.value, pauses=(), transport=transport)

    def post(self) -> dict[str, str]:
        self.posts += 1
        self.here.world.post(f"legal-{self.posts}", author=f"legal-{self.posts}")
        return {"kind": "content", "id": f"legal-{self.posts}"}

    async def mail_to(self, address: str, kind: str) -> dict[str, Any]:
        async def arrived() -> dict[str, Any] | None:
            mails = self.here.world.mails()
            return next((one for one in mails if one["kind"] == kind and address in one["to"]), None)

        found: dict[str, Any] = await until(arrived)
        return found


@pytest.fixture(scope="module")
async def door(
    anyio_backend: str, postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Door]:
    folder = tmp_path_factory.mktemp("legal")
    async with (
        a_database(postgres_server) as database,
        an_installation(database, folder) as here,
        here.working(),
    ):
        tokens = Tokens(
            Principal(
                token_sha256=sha256(role.value.encode()).hexdigest(), tenant=TENANT, role=role, name=f"the-{role}"
            )
            for role in Role
        )
        yield Door(here, create_app(lambda: here.doors, tokens, Readiness({})))


async def test_an_anonymous_notice_is_taken_as_a_report_and_the_receipt_says_what_it_lacks(door: Door):
    message = NoticeMessage.model_validate(
        {
            "message_id": "legal-n-1",
            "subject": door.post(),
            "area": "harassment",
            "explanation": "Synthetic: why it is illegal.",
            "good_faith": True,
            "sender": {"address": "noticed@example.invalid"},
        }
    )
    async with door.client() as client:
        receipt = await client.submit_notice(message)
        again = await client.submit_notice(message)
    assert [one.element for one in receipt.missing] == ["location", "sender"]
    assert receipt.effect is not None
    assert "no notice under DSA Art. 16" in receipt.effect
    assert (again.known, again.missing, again.received_at) == (True, receipt.missing, receipt.received_at)
    mail = await door.mail_to("noticed@example.invalid", "receipt")
    assert "DSA Art. 16(2)(b)" in str(mail)
    (received,) = await door.here.bodies(receipt.case_id, "report_received")
    assert (received.source, received.missing) == ("other", ("location", "sender"))


async def test_a_complete_notice_gives_knowledge_and_its_words_are_sealed(door: Door):
    message = NoticeMessage.model_validate(
        {
            "message_id": "legal-n-2",
            "subject": door.post(),
            "area": "spam",
            "explanation": "Synthetic explanation that nobody may read in clear.",
            "location": "https://platform.example/posts/2",
            "good_faith": True,
            "sender": {"name": "Synthetic Sender", "address": "whole@example.invalid"},
        }
    )
    async with door.client() as client:
        receipt = await client.submit_notice(message)
    assert receipt.missing == ()
    assert "actual knowledge" in str(receipt.effect)
    await door.mail_to("whole@example.invalid", "receipt")
    (received,) = await door.here.bodies(receipt.case_id, "report_received")
    assert received.source == "notice"
    history = str((await door.here.handle(receipt.case_id).fetch_history()).to_json())
    assert "nobody may read" not in history
    assert "whole@example.invalid" not in history


async def test_a_request_completed_later_runs_from_then_and_its_sender_was_told_what_was_missing(door: Door):
    subject = door.post()
    whole = {
        "requester": {"name": "Synthetic Person", "address": "depicted@example.invalid"},
        "location": "the image at https://platform.example/posts/3",
        "statement": "Synthetic: I did not agree.",
    }
    first = TakeItDownMessage.model_validate({"message_id": "legal-t-1", "subject": subject, **whole})
    signed = {"signature": {"kind": "physical", "signed_as": "Synthetic Person"}, "completes": "legal-t-1"}
    second = TakeItDownMessage.model_validate({"message_id": "legal-t-2", "subject": subject, **signed})
    async with door.client() as client:
        receipt = await client.request_removal(first)
        assert ([one.element for one in receipt.missing], receipt.by) == (["signature"], None)
        mail = await door.mail_to("depicted@example.invalid", "receipt")
        assert "legal-t-1" in str(mail)
        held = await door.here.case(receipt.case_id)
        assert held.matters[0].area == "intimate_images"
        assert not [clock for clock in held.clocks if clock.kind is ClockKind.TAKE_DOWN]
        done = await client.request_removal(second)
        assert (done.missing, done.by) == ((), done.received_at + REMOVAL_WITHIN)
        assert (await client.request_removal(first)).by is None, "the first receipt again"
        with pytest.raises(Refused, match="no removal request of this id"):
            await client.request_removal(second.model_copy(update={"message_id": "t-9", "completes": "nothing"}))

    async def running() -> Any:
        case = await door.here.case(receipt.case_id)
        return next((clock for clock in case.clocks if clock.kind is ClockKind.TAKE_DOWN), None)

    clock = await until(running)
    assert clock.due_at == done.by
    assert door.here.world.measures(subject["id"]) == ["hide"]
    ordinary = {"rule_id": "intimate_images.reported", "ground": "law"}
    await door.here.decide(receipt.case_id, "legal-d-1", "intimate_images/1", **ordinary)
    await until(lambda: _has(door, receipt.case_id, "order_confirmed", 2))
    assert await running() is None


async def test_a_request_is_completed_under_the_id_of_any_of_its_messages_and_a_minor_once_named_stays_named(
    door: Door,
):
    subject = door.post()
    parts: list[dict[str, Any]] = [
        {"message_id": "legal-t-4", "location": "the image at https://platform.example/posts/4"},
        {"message_id": "legal-t-5", "completes": "legal-t-4", "statement": "Synthetic.", "minor_depicted": True},
        {"message_id": "legal-t-6", "completes": "legal-t-5", "requester": {"address": "parent@example.invalid"}},
        {
            "message_id": "legal-t-7",
            "completes": "legal-t-4",
            "signature": {"kind": "electronic", "signed_as": "Synthetic Parent", "authorised": True},
        },
    ]
    async with door.client() as client:
        sent = [
            await client.request_removal(TakeItDownMessage.model_validate({"subject": subject, **part}))
            for part in parts
        ]
        again = await client.request_removal(TakeItDownMessage.model_validate({"subject": subject, **parts[2]}))
    assert [[str(one.element) for one in receipt.missing] for receipt in sent] == [
        ["signature", "statement", "contact"],
        ["signature", "contact"],
        ["signature"],
        [],
    ]
    assert ["child safety" in str(receipt.effect) for receipt in sent] == [False, True, True, True]
    assert again.missing == sent[2].missing, "what came later is not what this one's receipt says"
    case_id = sent[0].case_id
    await until(lambda: _has(door, case_id, "report_received", 4))
    found = await door.here.bodies(case_id, "report_received")
    assert [(one.area, one.count, one.request_id) for one in found] == [
        ("intimate_images", 1, "legal-t-4"),
        ("child_safety", 1, "legal-t-4"),
        ("child_safety", 0, "legal-t-4"),
        ("child_safety", 0, "legal-t-4"),
    ]
    assert found[-1].remove_by == sent[-1].by
    await door.here.claim(case_id, "child_safety/1")


async def test_a_depiction_of_a_minor_goes_to_child_safety(door: Door):
    message = {"message_id": "legal-t-3", "subject": door.post(), "minor_depicted": True}
    async with door.client() as client:
        receipt = await client.request_removal(TakeItDownMessage.model_validate(message))
    assert "child safety" in str(receipt.effect)
    await door.here.claim(receipt.case_id, "child_safety/1")


async def _has(door: Door, stream: str, kind: str, times: int) -> bool:
    return (await door.here.kinds(stream)).count(kind) >= times


async def _answered(door: Door, stream: str) -> bool:
    """No clock of an authority's order runs any more."""
    clocks = (await door.here.case(stream)).clocks
    return not [one for one in clocks if one.kind in (ClockKind.ORDER_EFFECT, ClockKind.ORDER_INFORMED)]


def an_order(message_id: str, subject: dict[str, str], **changes: Any) -> AuthorityOrderRequest:
    plain = {
        "message_id": message_id,
        "subject": subject,
        "order": "tco_removal",
        "reference": "123/26",
        "authority": {"name": "A synthetic authority", "country": "DE", "address": f"{message_id}@example.invalid"},
        "legal_basis": "Regulation (EU) 2021/784, Article 3",
        "reasons": "Synthetic reasons of the order.",
        "location": "https://platform.example/posts/1",
        "recipient": "The account that published it.",
        "redress": "Synthetic: an objection within a month.",
        "signed": True,
    }
    return AuthorityOrderRequest.model_validate({**plain, **changes})


async def test_a_removal_order_is_carried_out_told_and_undone_when_it_is_withdrawn(door: Door):
    subject = door.post()
    request = an_order("legal-o-1", subject)
    async with door.client(Role.AUTHORITY_DESK) as desk:
        receipt = await desk.take_order(request)
        assert (await desk.take_order(request)).known
    assert receipt.by is not None
    assert (receipt.by - receipt.received_at).total_seconds() == 3600
    told = await door.mail_to("legal-o-1@example.invalid", "order_effect")
    assert "Annex II" in str(told)
    author = await door.mail_to(f"{subject['id']}@example.invalid", "order_author")
    assert "Synthetic reasons of the order." in str(author)
    assert door.here.world.measures(subject["id"]) == ["remove"]
    await until(lambda: _answered(door, receipt.case_id))
    assert not (await door.here.case(receipt.case_id)).filings
    async with door.client(Role.OPERATOR) as operator:
        listed = next(one for one in (await operator.orders()).orders if one.order_id == "legal-o-1")
        assert (listed.state, listed.informed_by, listed.clock) == ("informed", "mail", None)
        assert (listed.measure, listed.read, listed.mailed) == ("remove", True, True)
        assert listed.effected_at is not None
    withdrawn = {"message_id": "legal-oc-1", "subject": subject, "order_id": "legal-o-1", "change": "withdrawn"}
    async with door.client(Role.AUTHORITY_DESK) as desk:
        await desk.change_order(OrderChangeRequest.model_validate(withdrawn))

    async def undone() -> bool:
        return not door.here.world.measures(subject["id"])

    await until(undone)
    ended = await door.mail_to("legal-o-1@example.invalid", "order_withdrawn")
    assert "No measure of ours rests on it any more, since" in str(ended)


async def test_an_unclear_order_is_answered_with_what_it_lacks_and_clarified_it_runs(door: Door):
    subject = door.post()
    async with door.client(Role.AUTHORITY_DESK) as desk:
        receipt = await desk.take_order(an_order("legal-o-2", subject, signed=False))
        assert ([one.element for one in receipt.missing], receipt.by) == (["signature"], None)
        mail = await door.mail_to("legal-o-2@example.invalid", "order_unclear")
        assert "Annex III" in str(mail)
        change = {"message_id": "legal-oc-2", "subject": subject, "order_id": "legal-o-2", "change": "clarified"}
        with pytest.raises(Refused, match=r"names nothing that is missing.*name what came of signature"):
            await desk.change_order(OrderChangeRequest.model_validate(change))
        given = OrderChangeRequest.model_validate({**change, "given": ["signature"]})
        await desk.change_order(given)
        await door.mail_to("legal-o-2@example.invalid", "order_effect")
        assert (await desk.change_order(given)).known, "the same again has its first receipt, whatever stands now"
    assert door.here.world.measures(subject["id"]) == ["remove"]


async def test_an_order_for_information_is_answered_by_the_desk(door: Door):
    subject = door.post()
    async with door.client(Role.AUTHORITY_DESK) as desk:
        receipt = await desk.take_order(an_order("legal-o-3", subject, order="dsa_article_10"))
        change = {"message_id": "legal-oc-3", "subject": subject, "order_id": "legal-o-3", "change": "answered"}
        await desk.change_order(OrderChangeRequest.model_validate({**change, "reference": "answer-7"}))
    mail = await door.mail_to("legal-o-3@example.invalid", "order_effect")
    assert "answer-7" in str(mail)
    await door.mail_to(f"{subject['id']}@example.invalid", "order_author")
    case = await door.here.settles(receipt.case_id)
    assert not case.orders
    assert not case.matters


async def test_an_order_by_raw_signal_is_recorded_and_carried_out(door: Door):
    subject = door.post()
    receipt = await door.here.report(subject["id"])
    message = {
        "message_id": "legal-o-4",
        "subject": subject,
        "order": "dsa_article_9",
        "reference": "4-HK-1/26",
        "elements": ["authority", "legal_basis", "reasons", "location", "redress"],
        "territory": ["DE", "AT"],
    }
    await door.here.reaches(receipt.case_id, "report_received")
    await door.here.handle(receipt.case_id).signal("authority_order", message)
    await until(lambda: _has(door, receipt.case_id, "order_confirmed", 1))
    (received,) = await door.here.bodies(receipt.case_id, "authority_order_received")
    assert (received.missing, received.territory) == ((), ("AT", "DE"))


async def test_only_the_desk_and_operators_take_orders(door: Door):
    async with door.client(Role.SERVICE) as service:
        with pytest.raises(Refused, match="authority_desk or operator"):
            await service.take_order(an_order("legal-o-5", door.post()))
        with pytest.raises(Refused, match="authority_desk or operator"):
            await service.orders()


async def test_orders_are_listed_a_page_at_a_time_from_the_newest_back(door: Door):
    async with door.client(Role.AUTHORITY_DESK) as desk:
        for number in (6, 7):
            await desk.take_order(an_order(f"legal-o-{number}", door.post(), signed=False))
        first = await desk.orders(limit=1)
        second = await desk.orders(limit=1, after=first.after)
        with pytest.raises(Refused, match="give one that the list named"):
            await desk.orders(after="nothing")
    found = [(one.order_id, one.state, one.missing) for one in (*first.orders, *second.orders)]
    assert found == [("legal-o-7", "unclear", ("signature",)), ("legal-o-6", "unclear", ("signature",))]
