"""Mail for real: a Postgres, an SMTP server, and everything that dies between them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities import stubs
from activities.mail import MailServer, MailUnavailable, Postponed
from activities.notices import Notices
from activities.packs_in_force import PacksInForce
from cases.appeals import Role
from cases.decisions import Outcome
from cases.messages import Person
from cases.projection import project
from cases.telling import NoticeKind
from record import events
from record import notices as outbox
from record.errors import RecordUnavailable
from record.record import Record
from simulators.faults import HEALTHY, Fault
from simulators.mailbox.app import Mailbox
from tests.builders import NOON
from tests.conftest import Database
from tests.integration.record_means import TENANT, a_record
from tests.integration.telling_means import AUTHOR, a_mailbox, a_recorded_life, keep_up, report
from tests.lives import PACK, PACKS, PLATFORM, Life, a_decided_life, a_held_life

NO_FILTER = {"to": None, "notice": None, "message_id": None}


class World:
    """A record, a mailbox, and the activity between them."""

    def __init__(self, record: Record, mailbox: Mailbox, host: str, port: int) -> None:
        self.record, self.mailbox, self.now = record, mailbox, NOON + timedelta(days=1)
        server = MailServer(host=host, port=port, sender="notices@dueprocess.invalid", timeout_seconds=5)
        self.notices = Notices(record, PacksInForce(record, PACKS), server, PLATFORM, lambda: self.now)

    async def tell(self, life: Life, *kinds: NoticeKind, receipts: int = 0) -> list[stubs.Delivery]:
        wanted = tuple(life.notice(kind) for kind in kinds)
        request = stubs.TellPeople(case_id=life.case_id, notices=wanted, receipts_through=receipts, now=life.at)
        return await ActivityEnvironment().run(self.notices.tell_people, request)

    def mails(self, notice: str | None = None) -> list[dict]:
        return self.mailbox.store.mails({**NO_FILTER, "notice": notice}, 2**62, 1_000)

    def raw(self, mail: dict) -> EmailMessage:
        parsed = message_from_bytes(self.mailbox.store.raw(mail["sequence"]), policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed


@pytest.fixture
async def world(postgres: Database, tmp_path: Path) -> AsyncIterator[World]:
    record = await a_record(postgres.owner_dsn, postgres.app_dsn)
    async with a_mailbox(tmp_path) as (mailbox, host, port):
        yield World(record, mailbox, host, port)
    await record.close()


async def test_the_author_gets_the_statement_whole_as_text_and_as_html(world: World) -> None:
    life = await a_recorded_life(world.record, a_decided_life())
    (delivery,) = await world.tell(life, NoticeKind.STATEMENT)
    assert (delivery.sent, delivery.undeliverable) == (1, 0)
    (mail,) = world.mails()
    assert mail["to"] == ["author@example.invalid"]
    raw = world.raw(mail)
    assert raw["Auto-Submitted"] == "auto-generated"
    assert raw["X-Dueprocess-Notice"] == "statement:d-1"
    assert raw["X-Dueprocess-Kind"] == "statement"
    assert raw["Date"].datetime == world.now
    assert raw["Subject"] == "Our decision about your post of 27 February 2026"
    text = raw.get_body(("plain",)).get_content()
    html = raw.get_body(("html",)).get_content()
    for part in (text, html):
        assert "your post was removed in all countries" in part
        assert "3 September 2026" in part  # six months from the day of telling
        assert "reporter-1" not in part
    assert "<script" not in html


async def test_each_person_is_written_to_in_their_language_as_far_as_the_pack_has_it(world: World) -> None:
    author = AUTHOR.model_copy(update={"language": "de"})
    lived = Life().reported(4).captured().triaged().decided().confirmed()
    life = await a_recorded_life(world.record, lived, 4, author, {2: "de", 3: "fr", 4: "de"})
    await world.tell(life, NoticeKind.STATEMENT, NoticeKind.OUTCOME_REPORTER)
    mails = {mail["to"][0].partition("@")[0]: world.raw(mail) for mail in world.mails()}
    languages = {who: mail["Content-Language"] for who, mail in mails.items()}
    assert languages == {"author": "de", "reporter-1": "en", "reporter-2": "de", "reporter-3": "en", "reporter-4": "de"}
    statement = mails["author"]
    assert statement["Subject"] == "Unsere Entscheidung über Ihren Beitrag vom 27. Februar 2026"
    for part in ("plain", "html"):
        text = statement.get_body((part,)).get_content()
        assert "Ihr Beitrag wurde entfernt: in allen Ländern, seit dem" in " ".join(text.split())
        assert "3. September 2026" in text
        assert "Belästigung" in text
        assert "Harassment" not in text
    assert '<html lang="de"' in statement.get_body(("html",)).get_content()
    same = [mails[who].get_body(("plain",)).get_content() for who in ("reporter-2", "reporter-4")]
    assert same[0] == same[1]
    assert "Guten Tag" in same[0]
    assert "Hello" in mails["reporter-3"].get_body(("plain",)).get_content()


async def test_a_first_offence_that_an_area_forgives_is_told_to_count_for_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    area = PACK.areas["harassment"]
    assert area.strike
    lenient = area.model_copy(update={"strike": area.strike.model_copy(update={"first_offence": "forgiven"})})
    pack = PACK.model_copy(update={"areas": {**PACK.areas, "harassment": lenient}})
    monkeypatch.setitem(PACKS._packs, PACK.digest, pack)
    life = await a_recorded_life(world.record, a_decided_life())
    await events.refresh(world.record, life.case_id, project(life.case), life.at)
    await world.tell(life, NoticeKind.STATEMENT)
    text = world.raw(world.mails()[0]).get_body(("plain",)).get_content()
    assert "one strike on your account; it expires on 31 May 2026. It is the first, and does not count" in text


async def test_each_of_three_hundred_reporters_is_told_once(world: World) -> None:
    life = await a_recorded_life(world.record, Life().reported(300).captured().triaged().decided().confirmed(), 300)
    kinds = (NoticeKind.STATEMENT, NoticeKind.OUTCOME_REPORTER)
    first = await world.tell(life, *kinds)
    again = await world.tell(life, *kinds)
    assert [one.sent for one in first] == [one.sent for one in again] == [1, 300]
    counts = world.mailbox.store.counts(NO_FILTER)
    assert (counts["distinct"], counts["arrivals"]) == (301, 301)
    letter = world.raw(world.mails(life.notice(NoticeKind.OUTCOME_REPORTER).notice_id)[0])
    assert "the post you reported on 2 March 2026" in letter.get_body(("plain",)).get_content()
    reached = {mail["to"][0] for mail in world.mails()}
    assert reached == {"author@example.invalid", *(f"reporter-{n}@example.invalid" for n in range(1, 301))}


async def test_a_refused_recipient_is_counted_and_stops_nobody(world: World) -> None:
    life = await a_recorded_life(world.record, Life().reported(3).captured().triaged().decided().confirmed(), 3)
    world.mailbox.store.set_refusals(["reporter-2@example.invalid"], [])
    (delivery,) = await world.tell(life, NoticeKind.OUTCOME_REPORTER)
    assert (delivery.sent, delivery.undeliverable) == (2, 1)
    world.mailbox.store.set_refusals([], [])
    (again,) = await world.tell(life, NoticeKind.OUTCOME_REPORTER)
    assert (again.sent, again.undeliverable) == (2, 1)  # refused for good is not tried again
    assert len(world.mails()) == 2


async def test_a_recipient_to_be_tried_later_is_and_nobody_else_twice(world: World) -> None:
    life = await a_recorded_life(world.record, Life().reported(3).captured().triaged().decided().confirmed(), 3)
    world.mailbox.store.set_refusals([], ["reporter-1@example.invalid"])
    with pytest.raises(Postponed, match="try 1 people again"):
        await world.tell(life, NoticeKind.OUTCOME_REPORTER, NoticeKind.STATEMENT)
    assert len(world.mails()) == 3
    world.mailbox.store.set_refusals([], [])
    outcome, statement = await world.tell(life, NoticeKind.OUTCOME_REPORTER, NoticeKind.STATEMENT)
    assert (outcome.sent, statement.sent) == (3, 1)
    assert world.mailbox.store.counts(NO_FILTER)["arrivals"] == 4


@pytest.mark.parametrize("wrong", ["apply_then_lost", "apply_then_500", "apply_then_timeout"])
async def test_a_mail_whose_answer_was_lost_is_sent_again_under_the_same_message_id(world: World, wrong: str) -> None:
    life = await a_recorded_life(world.record, a_decided_life())
    world.mailbox.faults.fault = Fault(wrong=wrong, times=1)
    with pytest.raises((MailUnavailable, Postponed)):
        await world.tell(life, NoticeKind.STATEMENT)
    (delivery,) = await world.tell(life, NoticeKind.STATEMENT)
    assert delivery.sent == 1
    counts = world.mailbox.store.counts(NO_FILTER)
    assert (counts["distinct"], counts["arrivals"]) == (1, 2)
    one, other = world.mails()[0]["arrivals"]
    assert world.mailbox.store.raw(one["sequence"]) == world.mailbox.store.raw(other["sequence"])


async def test_a_crash_between_the_servers_word_and_our_commit_loses_no_statement(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = await a_recorded_life(world.record, a_decided_life())

    async def dies(*arguments: object) -> None:
        raise RecordUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "note_sent", dies)
        with pytest.raises(RecordUnavailable):
            await world.tell(life, NoticeKind.STATEMENT)
    world.now += timedelta(hours=1)
    (delivery,) = await world.tell(life, NoticeKind.STATEMENT)
    assert delivery.sent == 1
    counts = world.mailbox.store.counts(NO_FILTER)
    assert (counts["distinct"], counts["arrivals"]) == (1, 2)


async def test_a_mail_server_that_is_down_is_tried_again_and_no_letter_is_dated_before_it_can_go(world: World) -> None:
    life = await a_recorded_life(world.record, a_decided_life())
    world.mailbox.faults.fault = Fault(down=True)
    with pytest.raises(MailUnavailable):
        await world.tell(life, NoticeKind.STATEMENT)
    assert world.mails() == []
    world.mailbox.faults.fault = HEALTHY
    assert [one.sent for one in await world.tell(life, NoticeKind.STATEMENT)] == [1]


async def test_a_closed_port_is_no_mail_server(world: World) -> None:
    life = await a_recorded_life(world.record, a_decided_life())
    server = MailServer(host="127.0.0.1", port=1, sender="notices@dueprocess.invalid")
    world.notices = Notices(world.record, PacksInForce(world.record, PACKS), server, PLATFORM, lambda: world.now)
    with pytest.raises(MailUnavailable, match="cannot be reached"):
        await world.tell(life, NoticeKind.STATEMENT)
    assert await outbox.of_notice(world.record, life.case_id, "statement:d-1") == {}


async def test_the_moment_of_telling_is_kept_for_the_appeal(world: World) -> None:
    life = await a_recorded_life(world.record, a_decided_life())
    await world.tell(life, NoticeKind.STATEMENT)
    author = life.case.evidence[0].author
    informed = await outbox.informed(world.record, life.case_id, "d-1", author)
    assert (informed.role, informed.informed_at) == (Role.AUTHOR, world.now)


async def test_a_skipped_clock_dates_the_telling_later_than_ours(world: World) -> None:
    life = await a_recorded_life(world.record, a_decided_life())
    life.at = NOON + timedelta(days=200)
    await world.tell(life, NoticeKind.STATEMENT)
    assert world.raw(world.mails()[0])["Date"].datetime == life.at


async def test_an_author_without_address_is_told_nothing_and_refused_nothing(world: World) -> None:
    life = await a_recorded_life(world.record, a_decided_life(), author=Person(account_id="account-author"))
    (delivery,) = await world.tell(life, NoticeKind.STATEMENT)
    assert (delivery.sent, delivery.undeliverable) == (0, 0)


async def test_an_address_that_is_none_is_undeliverable_and_stops_nobody(world: World) -> None:
    author = Person(account_id="account-author", address="a,b@example.invalid")
    life = await a_recorded_life(world.record, a_decided_life(), author=author)
    statement, outcome = await world.tell(life, NoticeKind.STATEMENT, NoticeKind.OUTCOME_REPORTER)
    assert (statement.sent, statement.undeliverable) == (0, 1)
    assert (outcome.sent, outcome.undeliverable) == (1, 0)


async def test_an_erased_reporter_is_told_nothing_and_the_others_are(world: World) -> None:
    life = await a_recorded_life(world.record, Life().reported(3).captured().triaged().decided().confirmed(), 3)
    world.mailbox.store.set_refusals([], ["reporter-1@example.invalid"])
    with pytest.raises(Postponed):
        await world.tell(life, NoticeKind.OUTCOME_REPORTER)
    world.mailbox.store.set_refusals([], [])
    (waiting,) = await outbox.unsent(world.record, life.case_id, life.notice(NoticeKind.OUTCOME_REPORTER).notice_id)
    await world.record.keyring.destroy(TENANT, life.case_id, waiting.person, at=NOON)
    (delivery,) = await world.tell(life, NoticeKind.OUTCOME_REPORTER)
    assert (delivery.sent, delivery.undeliverable) == (2, 1)
    assert len(world.mails()) == 2


async def test_of_an_erased_case_nobody_is_told(world: World) -> None:
    life = await a_recorded_life(world.record, a_decided_life())
    await world.record.keyring.destroy(TENANT, life.case_id, at=NOON)
    deliveries = await world.tell(life, NoticeKind.STATEMENT, receipts=1)
    assert [(one.notice_id, one.sent) for one in deliveries] == [("statement:d-1", 0), ("receipts", 0)]


async def test_receipts_go_to_those_who_have_none_and_no_outcome(world: World) -> None:
    life = await a_recorded_life(world.record, Life().reported(2).captured().triaged(), 2)
    (first,) = await world.tell(life, receipts=2)
    assert (first.notice_id, first.sent) == ("receipts", 2)
    await report(world.record, life, 3)
    await keep_up(world.record, life.reported())
    assert (await world.tell(life, receipts=3))[0].sent == 3  # the first telling's event is not recorded yet
    assert {mail["to"][0] for mail in world.mails("receipt:harassment")} == {
        f"reporter-{number}@example.invalid" for number in (1, 2, 3)
    }
    assert world.mailbox.store.counts(NO_FILTER)["arrivals"] == 3


async def test_who_has_the_outcome_needs_no_receipt(world: World) -> None:
    life = await a_recorded_life(world.record, a_decided_life())
    outcome, receipts = await world.tell(life, NoticeKind.OUTCOME_REPORTER, receipts=1)
    assert (outcome.sent, receipts.sent) == (1, 0)


async def test_a_receipt_goes_out_before_the_evidence_could_be_captured(world: World) -> None:
    life = Life().reported()
    await report(world.record, life, 1)
    await keep_up(world.record, life)
    (delivery,) = await world.tell(life, receipts=1)
    assert delivery.sent == 1


async def test_who_reports_later_is_answered_with_the_decision_and_nobody_hears_it_twice(world: World) -> None:
    life = await a_recorded_life(world.record, a_decided_life())
    await world.tell(life, NoticeKind.OUTCOME_REPORTER)
    await report(world.record, life, 2)
    await keep_up(world.record, life.reported().triaged())
    later = life.case.notices[-1]
    request = stubs.TellPeople(case_id=life.case_id, notices=(later,), now=life.at)
    (delivery,) = await ActivityEnvironment().run(world.notices.tell_people, request)
    assert (later.kind, delivery.sent) == (NoticeKind.OUTCOME_REPORTER, 1)
    assert world.mails(later.notice_id)[0]["to"] == ["reporter-2@example.invalid"]


async def test_help_and_a_provisional_statement_reach_the_author(world: World) -> None:
    support = Life("self_harm", subject="post-2").reported().captured().triaged().decided(Outcome.SUPPORT)
    support = await a_recorded_life(world.record, support)
    held = await a_recorded_life(world.record, a_held_life(), 3)
    help_sent = await world.tell(support, NoticeKind.SUPPORT_RESOURCES, NoticeKind.SUPPORT_REPORTER)
    assert [one.sent for one in help_sent] == [1, 1]
    assert [one.sent for one in await world.tell(held, NoticeKind.STATEMENT_PROVISIONAL)] == [1]


async def test_no_log_line_names_anybody(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="activities")
    life = await a_recorded_life(world.record, a_decided_life())
    world.mailbox.store.set_refusals(["author@example.invalid"], [])
    await world.tell(life, NoticeKind.STATEMENT, NoticeKind.OUTCOME_REPORTER)
    said = " ".join(str(vars(line)) for line in caplog.records if line.name.startswith("activities"))
    assert "notice_sent" in said
    assert "example.invalid" not in said


async def test_what_goes_wrong_is_said_without_an_address(world: World) -> None:
    life = await a_recorded_life(world.record, a_decided_life())
    world.mailbox.store.set_refusals([], ["author@example.invalid"])
    with pytest.raises(Postponed) as caught:
        await world.tell(life, NoticeKind.STATEMENT)
    error: BaseException | None = caught.value
    while error is not None:
        assert "author" not in str(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
