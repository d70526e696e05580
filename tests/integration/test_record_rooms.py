"""Evidence, texts, people, mails and filings: sealed, repeatable, and never rewritten."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from cases.appeals import Role
from cases.decisions import Outcome
from cases.errors import Conflict, KeyDestroyed, UnknownSomething
from cases.messages import AppealMessage, Person, Subject
from cases.names import SubjectKind, person_key
from cases.received import AppealAnswered, AppealReceived, FilingAnswered
from record import evidence, filings, notices, people, reconcile, texts, views
from record.inbox import accept, take
from record.notices import OwedMail
from record.raw_models import AppealAnsweredMessage, FilingAnsweredMessage
from record.record import Record
from tests.builders import evidence as captured
from tests.integration.record_means import NOON, TENANT, a_person, a_record, a_report, minutes

NO_CASE = "case/demo/content/" + "0" * 32


@pytest.fixture
async def record(postgres) -> AsyncIterator[Record]:
    record = await a_record(postgres.owner_dsn, postgres.app_dsn)
    yield record
    await record.close()


async def key_of(record: Record, reference: str) -> str:
    return person_key(await record.keyring.subject_secret(TENANT), reference)


# Evidence ----------------------------------------------------------------------------------------------------------


async def test_evidence_versions_are_numbered_and_an_unchanged_subject_is_no_new_one(record):
    case_id = (await a_report(record)).case_id
    facts = captured(content_version="etag-1")
    one = await evidence.keep(record, case_id, b"synthetic one", facts)
    assert (one.version, one.digest[:7]) == (1, "sha256:")
    assert await evidence.keep(record, case_id, b"synthetic one", facts.evolve(captured_at=minutes(9))) == one
    two = await evidence.keep(record, case_id, b"synthetic two", facts.evolve(content_version="etag-2"))
    assert two.version == 2
    assert (await evidence.keep(record, case_id, b"synthetic two", facts.evolve(content_version="etag-3"))).version == 3
    assert await evidence.read(record, case_id, 1) == b"synthetic one"
    assert [facts.version for facts in await evidence.facts_of(record, case_id)] == [1, 2, 3]
    with pytest.raises(UnknownSomething):
        await evidence.read(record, case_id, 4)
    with pytest.raises(UnknownSomething):
        await evidence.keep(record, NO_CASE, b"", facts)


async def test_captures_at_once_of_the_same_subject_are_one_version(record):
    case_id = (await a_report(record)).case_id
    kept = await asyncio.gather(*(evidence.keep(record, case_id, b"synthetic", captured()) for _ in range(8)))
    assert {one.version for one in kept} == {1}


async def test_erased_evidence_cannot_be_read_and_the_next_is_a_new_version(record):
    case_id = (await a_report(record)).case_id
    await evidence.keep(record, case_id, b"synthetic", captured())
    await record.keyring.destroy(TENANT, case_id, at=minutes(1))
    with pytest.raises(KeyDestroyed):
        await evidence.read(record, case_id, 1)
    assert (await evidence.keep(record, case_id, b"synthetic", captured())).version == 2


async def test_what_reports_brought_can_be_read_back(record):
    case_id = (await a_report(record, "r-1", person=a_person("ada"), reason="synthetic ada")).case_id
    await a_report(record, "r-2", reason="synthetic nobody")
    assert await evidence.reported_snapshot(record, case_id) == "synthetic content of post-1"
    assert await evidence.reported_reasons(record, case_id) == ["synthetic ada", "synthetic nobody"]
    await record.keyring.destroy(TENANT, case_id, await key_of(record, "account-ada"), at=minutes(1))
    assert await evidence.reported_reasons(record, case_id) == ["synthetic nobody"]
    assert await evidence.reported_snapshot(record, NO_CASE) is None


# Texts -------------------------------------------------------------------------------------------------------------


async def test_a_text_is_stored_once_for_a_message(record):
    case_id = (await a_report(record)).case_id
    one = await texts.put(record, case_id, "rationale", "synthetic words", "rev-1", NOON, "d-1")
    assert await texts.put(record, case_id, "rationale", "synthetic words", "rev-1", minutes(1), "d-1") == one
    stored = await texts.get(record, TENANT, one)
    assert (stored.text, stored.purpose, stored.by, stored.at) == ("synthetic words", "rationale", "rev-1", NOON)
    with pytest.raises(Conflict, match="another text was stored as the rationale of d-1"):
        await texts.put(record, case_id, "rationale", "other synthetic words", "rev-1", NOON, "d-1")
    assert await texts.put(record, case_id, "rationale", "synthetic words", "rev-1", NOON) != one
    with pytest.raises(UnknownSomething):
        await texts.get(record, TENANT, "txt-" + "0" * 32)


# People ------------------------------------------------------------------------------------------------------------


async def test_reporters_are_told_once_and_only_those_who_reported_in_time(record):
    for number, name in enumerate(["ada", "bo", "cy"], start=1):
        case_id = (await a_report(record, f"r-{number}", person=a_person(name))).case_id
    await a_report(record, "r-4", person=Person(account_id="account-mute"))
    await a_report(record, "r-5")
    ada, bo, cy = [await key_of(record, f"account-{name}") for name in ("ada", "bo", "cy")]
    assert await people.reporters_to_tell(record, case_id, "harassment", 2, "n-1") == sorted([ada, bo])
    assert await people.reporters_to_tell(record, case_id, None, 99, "n-1") == sorted([ada, bo, cy])
    assert await people.reporters_to_tell(record, case_id, "spam", 99, "n-1") == []

    await notices.owe(
        record, case_id, "n-1", "receipt", "r", [OwedMail(person=ada, role=Role.REPORTER, body=b"x")], NOON
    )
    assert ada in await people.reporters_to_tell(record, case_id, None, 99, "n-1")
    await notices.note_sent(record, case_id, "n-1", [ada], minutes(1))
    assert await people.reporters_to_tell(record, case_id, None, 99, "n-1") == sorted([bo, cy])
    assert ada in await people.reporters_to_tell(record, case_id, None, 99, "n-2")
    assert ada not in await people.reporters_to_tell(record, case_id, None, 99, "n-2", unless_kinds=["receipt"])


async def test_of_several_authors_the_last_seen_or_the_named_one_is_found(record):
    case_id = (await a_report(record)).case_id
    keys = [await people.keep_author(record, case_id, a_person(name)) for name in ("first", "second", "third", "first")]
    assert (await people.author_of(record, case_id)).who == a_person("third")
    assert (await people.author_of(record, case_id, keys[0])).who == a_person("first")


async def test_the_author_is_noted_and_found(record):
    case_id = (await a_report(record)).case_id
    assert await people.author_of(record, case_id) is None
    key = await people.keep_author(record, case_id, a_person("author"))
    assert (
        await people.keep_author(record, case_id, a_person("author")) == key == await key_of(record, "account-author")
    )
    found = await people.author_of(record, case_id)
    assert (found.person, found.who) == (key, a_person("author"))
    await record.keyring.destroy(TENANT, case_id, key, at=minutes(1))
    assert (await people.author_of(record, case_id)).who is None


# Mails -------------------------------------------------------------------------------------------------------------


async def test_a_mail_is_owed_once_and_keeps_its_first_words(record):
    case_id = (await a_report(record, person=a_person())).case_id
    ada = await key_of(record, "account-ada")
    for body in (b"first words", b"second words"):
        mail = OwedMail(person=ada, role=Role.REPORTER, body=body)
        await notices.owe(record, case_id, "outcome:d-1", "outcome_reporter", "d-1", [mail], NOON)
    (owed,) = await notices.unsent(record, case_id, "outcome:d-1")
    assert (owed.state, owed.body, owed.attempts) == ("owed", b"first words", 0)
    assert owed.message_id == notices.message_id_of(case_id, "outcome:d-1", ada)

    await notices.note_sending(record, case_id, "outcome:d-1", [ada])
    (sending,) = await notices.unsent(record, case_id, "outcome:d-1")
    assert (sending.state, sending.attempts) == ("sending", 1)
    await notices.note_failed(record, case_id, "outcome:d-1", ada, "421")
    await notices.note_sent(record, case_id, "outcome:d-1", [ada], minutes(3))
    await notices.note_sent(record, case_id, "outcome:d-1", [ada], minutes(9))
    await notices.note_undeliverable(record, case_id, "outcome:d-1", ada, "550")

    assert await notices.unsent(record, case_id, "outcome:d-1") == []
    assert await notices.of_notice(record, case_id, "outcome:d-1") == {"sent": 1}
    informed = await notices.informed(record, case_id, "d-1", ada)
    assert (informed.role, informed.informed_at) == (Role.REPORTER, minutes(3))
    assert (await notices.informed(record, case_id, "d-2", ada)).informed_at is None
    (entry,) = await reconcile.mails(record, TENANT)
    assert (entry.state, entry.message_id) == ("sent", owed.message_id)


async def test_the_mail_of_an_erased_person_has_no_words_left(record):
    case_id = (await a_report(record, person=a_person())).case_id
    ada = await key_of(record, "account-ada")
    await notices.owe(record, case_id, "n", "receipt", "r", [OwedMail(person=ada, role=Role.REPORTER, body=b"x")], NOON)
    await record.keyring.destroy(TENANT, case_id, ada, at=minutes(1))
    (mail,) = await notices.unsent(record, case_id, "n")
    assert mail.body is None


@pytest.mark.parametrize(
    "appellant", [a_person(), Person(address="ada@example.invalid"), Person(account_id="account-ada")]
)
async def test_an_appeal_says_as_whom_and_when_the_person_was_told(record, appellant):
    case_id = (await a_report(record, person=a_person())).case_id
    ada = await key_of(record, "account-ada")
    await notices.owe(
        record, case_id, "n", "outcome_reporter", "d-1", [OwedMail(person=ada, role=Role.REPORTER, body=b"x")], NOON
    )
    await notices.note_sent(record, case_id, "n", [ada], minutes(2))
    await take(record, case_id, [], minutes(2))
    subject = Subject(kind=SubjectKind.CONTENT, id="post-1")
    message = AppealMessage(
        message_id="a-1", subject=subject, decision_id="d-1", appellant=appellant, grounds="synthetic grounds"
    )
    await accept(
        record, TENANT, case_id, SubjectKind.CONTENT, "post-1", "appeal", "a-1", message, message.appellant, minutes(3)
    )
    (event,), _ = await take(record, case_id, [], minutes(4))
    assert event.body == AppealReceived(
        number=2, appeal_id="a-1", decision_id="d-1", appellant=ada, role=Role.REPORTER, informed_at=minutes(2),
        received_at=minutes(3),
    )  # fmt: skip


async def test_an_appeal_by_someone_nobody_told_says_so(record):
    case_id = (await a_report(record)).case_id
    subject = Subject(kind=SubjectKind.CONTENT, id="post-1")
    message = AppealMessage(message_id="a-1", subject=subject, decision_id="d-1", appellant=a_person("stranger"))
    await accept(
        record, TENANT, case_id, SubjectKind.CONTENT, "post-1", "appeal", "a-1", message, message.appellant, NOON
    )
    events, _ = await take(record, case_id, [], minutes(1))
    assert isinstance(events[-1].body, AppealReceived)
    assert (events[-1].body.role, events[-1].body.informed_at) == (None, None)


# Filings and news --------------------------------------------------------------------------------------------------


async def test_a_filing_is_kept_as_first_written_and_answered_once(record):
    case_id = (await a_report(record)).case_id
    one = await filings.owe(record, case_id, "f-1", "d-1", b"{}", NOON)
    assert await filings.owe(record, case_id, "f-1", "d-1", b"other", minutes(1)) == one
    await filings.note_attempt(record, TENANT, "f-1", "503")
    await filings.note_answered(record, TENANT, "f-1", minutes(2), accepted=True, uuid="u-1")
    await filings.note_answered(record, TENANT, "f-1", minutes(3), accepted=False, error_code="422")
    stored = await filings.get(record, TENANT, "f-1")
    assert (stored.state, stored.uuid, stored.attempts, stored.answered_at) == ("accepted", "u-1", 1, minutes(2))
    other = (await a_report(record, "r-2", subject_id="post-2")).case_id
    with pytest.raises(Conflict):
        await filings.owe(record, other, "f-1", "d-1", b"{}", NOON)
    assert [entry.state for entry in await reconcile.filings(record, TENANT)] == ["accepted"]


async def test_news_of_appeals_and_filings_comes_through_the_inbox(record):
    case_id = (await a_report(record)).case_id
    answered = AppealAnsweredMessage(message_id="appeal-a-1", appeal_id="a-1", outcome=Outcome.UPHELD, by="rev-2")
    filed = FilingAnsweredMessage(message_id="filing-f-1", filing_id="f-1", accepted=True, reference="u-1")
    await accept(record, TENANT, case_id, None, None, "appeal_answered", "appeal-a-1", answered, None, NOON)
    await accept(record, TENANT, case_id, None, None, "filing_answered", "filing-f-1", filed, None, NOON)
    events, _ = await take(record, case_id, [], minutes(1))
    assert [type(event.body) for event in events[1:]] == [AppealAnswered, FilingAnswered]
    with pytest.raises(UnknownSomething):
        await accept(record, TENANT, NO_CASE, None, None, "appeal_answered", "x", answered, None, NOON)


async def test_what_is_compared_with_the_world_is_read_as_rows(record):
    case_id = (await a_report(record)).case_id
    await take(record, case_id, [], minutes(1))
    await a_report(record, "r-2")
    entries = await reconcile.inbox_entries(record, TENANT)
    assert [(entry.number, entry.consumed, entry.event) for entry in entries] == [(1, True, True), (2, False, False)]
    assert await reconcile.orphans(record, TENANT) == []
    assert await reconcile.streams(record, TENANT) == [(case_id, case_id)]
    assert (await views.stages(record, TENANT)).stages == {"assessing": 1}
    assert [row.case_id for row in await views.cases(record, TENANT, stage="assessing")] == [case_id]
    assert await views.deadlines(record, TENANT) == []
    rates = await views.rates(record, TENANT, NOON, minutes(5))
    assert (rates.received, rates.decided, rates.confirmed, rates.told) == (2, 0, 0, 0)
