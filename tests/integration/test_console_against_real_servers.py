"""Feeding, looking, reconciling and the doctor, against a real record and the simulated world. Texts are synthetic."""

import json
import smtplib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import httpx2
import pytest

from activities.platform_client import PlatformClient
from api.client import DueprocessClient
from cases.measures import Measure, MeasureKind, Order, Target
from cases.names import SubjectKind
from record import measures
from simulators.launching import Launched
from tests.conftest import Database
from tests.integration.gateway_kit import Gateway, a_gateway
from workers.comparison import Comparison
from workers.doctor import check_migrations, check_postgres, check_web
from workers.feeding import Fate, Feeder, feed_file, simulated_users
from workers.intake import GatewayIntake
from workers.listing import list_cases
from workers.live import Picture
from workers.looking import look_at
from workers.reconciling import look_once
from workers.settings import Settings

LINES = [
    {"post": {"id": "post-1", "author_id": "ann", "text": "Synthetic text."}},
    {"report": {"subject": {"kind": "content", "id": "post-1"}, "area": "spam", "reporter": {"account_id": "bob"}}},
    {"report": {"subject": {"kind": "content", "id": "post-1"}, "area": "weather", "reporter": {"account_id": "bob"}}},
    {
        "signal": {
            "subject": {"kind": "content", "id": "post-1"},
            "detector": {"vendor": "synthetic", "name": "rule", "version": "1"},
            "scores": {"spam": 0.9},
        }
    },
]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Launched]:
    with Launched(tmp_path / "world") as launched:
        yield launched


@pytest.fixture
async def gateway(postgres: Database) -> AsyncIterator[Gateway]:
    async with a_gateway(postgres) as one:
        one.clock.now = datetime.now(UTC)
        yield one


@pytest.fixture
def settings(world: Launched) -> Settings:
    return Settings(
        platform_url=world.addresses["platform"],
        platform_secret=world.secret,
        mailbox_url=world.addresses["mailbox"],
        transparency_url=world.addresses["transparency"],
    )


async def fed(gateway: Gateway, settings: Settings, file: Path) -> dict[Fate, int]:
    file.write_text("\n".join(map(json.dumps, LINES)))  # noqa: ASYNC240 - four short lines
    client = DueprocessClient("http://gateway", "service", pauses=(), transport=gateway.http._transport)
    async with client, simulated_users(settings.platform_url) as users:
        tally = await feed_file(file, Feeder(GatewayIntake(client), users), lambda *_: None)
    return tally.fates


async def compared(gateway: Gateway, settings: Settings) -> Comparison:
    async with httpx2.AsyncClient(timeout=10, trust_env=False) as http:
        return await look_once(gateway.record, settings, http, datetime.now(UTC))


async def test_a_file_is_fed_whole_and_feeding_it_again_adds_nothing(
    gateway: Gateway, settings: Settings, tmp_path: Path
):
    file = tmp_path / "mine.ndjson"
    assert await fed(gateway, settings, file) == {Fate.TAKEN: 3, Fate.KNOWN: 0, Fate.REFUSED: 1}
    refused = json.loads((tmp_path / "mine.ndjson.refused.ndjson").read_text())
    assert (refused["line"], refused["problems"][0]["field"]) == (3, "area")
    assert refused["problems"][0]["cure"]
    assert await fed(gateway, settings, file) == {Fate.TAKEN: 0, Fate.KNOWN: 3, Fate.REFUSED: 1}


async def test_what_was_just_fed_is_pending_and_seen_by_the_view(gateway: Gateway, settings: Settings, tmp_path: Path):
    await fed(gateway, settings, tmp_path / "mine.ndjson")
    outcome = await compared(gateway, settings)
    assert outcome.differences == ()
    assert [one.kind for one in outcome.pending] == ["message_unread", "message_unread"]
    now = datetime.now(UTC) + timedelta(seconds=1)
    picture = await look_at(gateway.record, "demo", now, Picture(at=now, started_at=now))
    assert picture.stages == {"assessing": 1}
    assert picture.per_minute["received"] == 2
    assert [one.stage for one in await list_cases(gateway.record, "demo", None, 10)] == ["assessing"]


async def test_an_acknowledged_message_that_nobody_takes_becomes_a_difference(
    gateway: Gateway, settings: Settings, tmp_path: Path
):
    gateway.clock.now -= timedelta(minutes=5)
    await fed(gateway, settings, tmp_path / "mine.ndjson")
    assert {one.kind for one in (await compared(gateway, settings)).differences} == {"message_unread"}


async def test_what_the_platform_changed_or_forgot_is_found(gateway: Gateway, settings: Settings, tmp_path: Path):
    await fed(gateway, settings, tmp_path / "mine.ndjson")
    await hide(gateway, settings, confirm=True)
    # No decision's event stands behind this order, and that is all that is wrong so far.
    assert [one.kind for one in (await compared(gateway, settings)).differences] == ["order_unfounded"]
    async with httpx2.AsyncClient(base_url=settings.platform_url) as http:
        await http.post("/control/reset")
    assert {one.kind for one in (await compared(gateway, settings)).differences} == {
        "order_unfounded",
        "target_unknown",
    }


async def test_an_order_that_took_effect_and_was_not_confirmed_is_pending(
    gateway: Gateway, settings: Settings, tmp_path: Path
):
    await fed(gateway, settings, tmp_path / "mine.ndjson")
    await hide(gateway, settings, confirm=False)
    outcome = await compared(gateway, settings)
    assert "target_open" in {one.kind for one in outcome.pending}
    assert "version_differs" not in {one.kind for one in outcome.differences}


async def test_a_notice_nobody_decided_on_is_found_in_the_mailbox(
    gateway: Gateway, settings: Settings, world: Launched
):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "x@example.invalid", "y@example.invalid", "Synthetic"
    mail["Message-ID"], mail["X-Dueprocess-Notice"] = "<forged@dueprocess.invalid>", "forged"
    host, _, port = world.addresses["smtp"].partition(":")
    with smtplib.SMTP(host, int(port), timeout=10) as smtp:
        smtp.send_message(mail)
    outcome = await compared(gateway, settings)
    assert [(one.kind, one.what) for one in outcome.differences] == [("mail_unknown", "forged@dueprocess.invalid")]


async def test_the_doctor_finds_a_database_in_order_and_a_role_that_is_too_strong(postgres: Database):
    good = Settings(database_dsn=postgres.app_dsn, database_owner_dsn=postgres.owner_dsn)
    findings = [one async for one in check_postgres(good)] + [one async for one in check_migrations(good)]
    assert [one.name for one in findings if not one.ok] == []
    strong = Settings(database_dsn=postgres.owner_dsn)
    assert "database role" in {one.name async for one in check_postgres(strong) if not one.ok}


async def test_the_doctor_names_what_does_not_answer(settings: Settings):
    findings = {
        one.name: one async for one in check_web(settings.model_copy(update={"gateway_url": "http://127.0.0.1:1"}))
    }
    assert findings["platform"].ok
    assert not findings["gateway"].ok
    assert findings["gateway"].cure
    assert not findings["mail server"].ok


async def hide(gateway: Gateway, settings: Settings, confirm: bool) -> None:
    """A hide ordered and applied, and confirmed in the record or not."""
    [case] = await list_cases(gateway.record, "demo", None, 10)
    now = datetime.now(UTC)
    measure = Measure(measure_id="d-1/1", kind=MeasureKind.HIDE, target=Target.SUBJECT, since=now)
    order = Order(order_id="d-1/o1", cause="d-1", target=Target.SUBJECT, impose=(measure,))
    issued = await measures.order(gateway.record, case.case_id, order, SubjectKind.CONTENT, "post-1", now)
    secret = settings.platform_secret.get_secret_value()
    async with httpx2.AsyncClient(timeout=10) as http:
        answer = await PlatformClient(http, settings.platform_url, secret, lambda: datetime.now(UTC)).order(
            order_id=issued.platform_order_id,
            tenant="demo",
            kind=issued.target_kind,
            target_id=issued.target_id,
            target_version=issued.target_version,
            content_version=None,
            measures=issued.measures,
            issued_at=issued.issued_at,
        )
    if confirm:
        await measures.note_confirmed(gateway.record, case.case_id, "d-1/o1", now, answer.target_version, answer.how)
