"""What was accepted and cannot be processed is parked: it neither stops its case nor vanishes. All data is synthetic."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import BaseModel

from cases.errors import KeyDestroyed
from cases.facts import Message
from cases.legal_requests import NoticeMessage, Sender, TakeItDownMessage
from cases.messages import Person, ReportMessage, Subject
from cases.names import SubjectKind
from cases.order_messages import AuthorityOrderMessage
from cases.reporting import ReporterContext
from record import inbox, parked
from record.parked import Parked
from record.pool import tenant_transaction
from tests.conftest import Database
from tests.integration.gateway_kit import AREAS, Gateway, a_gateway

SUBJECT = Subject(kind=SubjectKind.CONTENT, id="post-1")
AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
WHO = Person(address="one@example.invalid")


class OtherVersionsReport(BaseModel):
    """As another version's door might have taken it: a source that this one does not know."""

    message_id: str
    subject: Subject
    area: str = "harassment"
    source: str = "hearsay"
    reporter: Person | None = None
    reason: str | None = None


@pytest.fixture
async def gateway(postgres: Database):
    async with a_gateway(postgres) as gateway:
        yield gateway


def _unreadable(*_: object) -> None:
    raise KeyError("synthetic: a field of another version")


async def _came(
    gateway: Gateway, message: BaseModel, message_id: str, kind: str = "report", person: Person | None = None
) -> str:
    case_id = await gateway.doors._intake.case_id("demo", SUBJECT)
    person = person or getattr(message, "reporter", None)
    await inbox.accept(gateway.record, "demo", case_id, SUBJECT.kind, SUBJECT.id, kind, message_id, message, person, AT)
    return case_id


async def test_a_message_that_no_longer_validates_is_parked_and_its_neighbours_are_taken(gateway: Gateway):
    await _came(gateway, ReportMessage(message_id="m-1", subject=SUBJECT, area="harassment"), "m-1")
    await _came(gateway, OtherVersionsReport(message_id="m-2", subject=SUBJECT), "m-2")
    case_id = await _came(gateway, ReportMessage(message_id="m-3", subject=SUBJECT, area="harassment"), "m-3")

    taken, more = await inbox.take(gateway.record, case_id, [], AT)

    assert [event.body.kind for event in taken] == ["report_received", "message_refused", "report_received"]
    assert (taken[1].event_id, taken[1].body.code, more) == ("inbox:2", "parked", False)
    (one,) = await parked.listed(gateway.record, "demo")
    assert (one.message_id, one.kind, one.stream_id, one.number) == ("m-2", "report", case_id, 2)
    assert (one.reason, await parked.count(gateway.record, "demo")) == ("unreadable", 1)
    assert await parked.count(gateway.record, "other") == 0


@pytest.mark.parametrize("kind", ["decide", "appeal", "signal", "filing_answered", "of_the_future"])
async def test_a_message_of_any_kind_that_cannot_be_read_is_parked(gateway: Gateway, kind: str):
    case_id = await _came(gateway, OtherVersionsReport(message_id="m-1", subject=SUBJECT), "m-1", kind)

    taken, _ = await inbox.take(gateway.record, case_id, [], AT)

    assert [getattr(event.body, "code", None) for event in taken] == ["parked"]
    assert [one.kind for one in await parked.listed(gateway.record, "demo")] == [kind]


@pytest.fixture
async def parked_report(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Parked:
    """A report that a version which cannot read it has parked; this version can."""
    who = Person(account_id="account-1", address="one@example.invalid")
    report = ReportMessage(message_id="m-1", subject=SUBJECT, area="harassment", reporter=who, reason="synthetic")
    case_id = await _came(gateway, report, "m-1")

    with monkeypatch.context() as patch:
        patch.setattr("record.deciding.body_of", _unreadable)
        await inbox.take(gateway.record, case_id, [], AT)
    (one,) = await parked.listed(gateway.record, "demo")
    return one


async def test_a_replay_goes_through_the_door_and_counts_as_its_senders_first(gateway: Gateway, parked_report: Parked):
    gateway.clock.forward(timedelta(days=1))

    answer = await gateway.send("POST", f"/v1/parked/{parked_report.parked_id}/replay", "operator")

    assert (answer.status_code, answer.json()["closed_as"], answer.json()["closed_by"]) == (200, "replayed", "operator")
    (event,), _ = await inbox.take(gateway.record, parked_report.stream_id or "", [], gateway.clock.now)
    assert (event.event_id, event.body.kind) == ("inbox:2", "report_received")
    assert (event.body.independent, event.body.contactable, event.body.received_at) == (1, 1, AT)
    again = await gateway.send("POST", f"/v1/parked/{parked_report.parked_id}/replay", "operator")
    assert (again.status_code, again.json()["code"]) == (409, "already_closed")


LEGAL: dict[str, Message] = {
    "report": ReportMessage(
        message_id="m-1", subject=SUBJECT, area="harassment", reason="synthetic", reporter=WHO,
        context=ReporterContext(network="203.0.113.0/24", campaign="call-1"),
    ),
    "notice": NoticeMessage(
        message_id="m-1", subject=SUBJECT, area="harassment", explanation="synthetic", location="synthetic",
        good_faith=True, sender=Sender(name="Synthetic", address=WHO.address),
    ),
    "take_it_down": TakeItDownMessage(
        message_id="m-1", subject=SUBJECT, location="synthetic", requester=Sender(address=WHO.address),
    ),
    "authority_order": AuthorityOrderMessage.model_validate({
        "message_id": "m-1", "subject": SUBJECT.model_dump(), "order": "tco_removal", "reference": "1/26", "signed": True,
        "authority": {"name": "A synthetic authority", "country": "DE", "address": WHO.address}, "operator": "operator",
        "reasons": "synthetic", "area": "harassment",
    }),
}  # fmt: skip


@pytest.mark.parametrize("kind", LEGAL)
async def test_a_replay_of_any_form_says_what_the_first_would_have_said(
    gateway: Gateway, kind: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(gateway.doors._intake, "_areas", AREAS | {"intimate_images"})
    case_id = await _came(gateway, LEGAL[kind], "m-1", kind, WHO)
    said, marks = await _said(gateway, case_id, 1), await _marks(gateway, case_id, 1)
    await _came(gateway, LEGAL[kind].model_copy(update={"message_id": "m-2"}), "m-2", kind, WHO)
    with monkeypatch.context() as patch:
        patch.setattr("record.deciding.body_of", _unreadable)
        await inbox.take(gateway.record, case_id, [], AT)
    (one,) = await parked.listed(gateway.record, "demo")

    answer = await gateway.send("POST", f"/v1/parked/{one.parked_id}/replay", "operator")

    assert (answer.status_code, answer.json().get("closed_as")) == (200, "replayed"), answer.text
    assert await _said(gateway, case_id, 3) == said
    assert await _marks(gateway, case_id, 3) == marks


async def _said(gateway: Gateway, case_id: str, number: int) -> dict[str, object]:
    """The event of an inbox row, but for what counts and names it."""
    (event,), _ = await inbox.take(gateway.record, case_id, [], AT)
    assert event.event_id == f"inbox:{number}"
    said: dict[str, object] = event.body.model_dump(exclude={"number", "independent", "order_id", "request_id"})
    return said


async def _marks(gateway: Gateway, case_id: str, number: int) -> tuple[list[tuple[object, ...]], str]:
    """What is kept of a report to tell people from a crowd, and who it comes from."""
    async with tenant_transaction(gateway.record.pool, "demo") as connection:
        marks = "SELECT network, campaign, words, account FROM case_reports WHERE case_id = $1 AND number = $2"
        rows = await connection.fetch(marks, case_id, number)
        person = await connection.fetchval(
            "SELECT person FROM inbox WHERE stream_id = $1 AND number = $2", case_id, number
        )
    return [tuple(row) for row in rows], person


async def test_what_still_cannot_be_read_stays_parked_and_says_why(gateway: Gateway):
    case_id = await _came(gateway, OtherVersionsReport(message_id="m-1", subject=SUBJECT), "m-1")
    await inbox.take(gateway.record, case_id, [], AT)
    (one,) = (await gateway.get("/v1/parked")).json()["parked"]

    answer = await gateway.send("POST", f"/v1/parked/{one['parked_id']}/replay", "operator")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "source")
    assert (await gateway.get("/v1/stages")).json()["parked"] == 1


async def test_a_discard_keeps_who_and_why_and_is_final(gateway: Gateway, parked_report: Parked):
    path = f"/v1/parked/{parked_report.parked_id}"

    answer = await gateway.send("POST", f"{path}/discard", "operator", json={"reason": "synthetic: sent twice"})

    assert (answer.json()["closed_as"], answer.json()["why"]) == ("discarded", "synthetic: sent twice")
    assert (await gateway.get("/v1/parked")).json()["parked"] == []
    assert [one["parked_id"] for one in (await gateway.get("/v1/parked?closed=true")).json()["parked"]]
    assert (await gateway.send("POST", f"{path}/replay", "operator")).status_code == 409


async def test_a_discarded_webhook_is_gone_and_a_decision_is_asked_for_again(gateway: Gateway):
    parked_id, _ = await parked.park_hook(gateway.record, "demo", "acme", "hook:acme:1", "unmappable", "x", b"{}", AT)
    case_id = await _came(gateway, OtherVersionsReport(message_id="d-1", subject=SUBJECT), "d-1", "decide")
    await inbox.take(gateway.record, case_id, [], AT)
    decision = parked.parked_id_of("d-1")

    await gateway.send("POST", f"/v1/parked/{parked_id}/discard", "operator", json={"reason": "synthetic"})
    refused = await gateway.send("POST", f"/v1/parked/{decision}/replay", "operator")

    with pytest.raises(KeyDestroyed):
        await parked.kept(gateway.record, "demo", parked_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_replayable")


async def test_another_tenant_and_another_role_see_and_move_nothing(gateway: Gateway, parked_report: Parked):
    path = f"/v1/parked/{parked_report.parked_id}"

    assert (await gateway.get("/v1/parked", "other-operator")).json()["parked"] == []
    assert (await gateway.get(path, "other-operator")).status_code == 404
    assert (await gateway.send("POST", f"{path}/replay", "other-operator")).status_code == 404
    assert (await gateway.send("POST", f"{path}/replay", "auditor")).status_code == 403
    assert (await gateway.get("/v1/parked", "service")).status_code == 403


async def test_a_flag_is_listed_and_cleared_by_the_operator_who_did_what_it_asks(gateway: Gateway):
    case_id = await _came(gateway, ReportMessage(message_id="m-1", subject=SUBJECT, area="harassment"), "m-1")
    text = inbox.RawMessage(kind="report", channel="signal", payload={"reason": "synthetic words"})
    await inbox.take(gateway.record, case_id, [text], AT)
    cleared = {"stream": case_id, "flag": "history_holds_text"}

    (flag,) = (await gateway.get("/v1/flags")).json()["flags"]
    strangers = await gateway.post("/v1/flags/clear", cleared, "other-operator")
    left = await gateway.post("/v1/flags/clear", cleared, "operator")
    again = await gateway.post("/v1/flags/clear", cleared, "operator")

    assert (flag["stream"], flag["flag"]) == (case_id, "history_holds_text")
    assert (strangers.status_code, left.json(), again.status_code) == (404, {"flags": []}, 404)
