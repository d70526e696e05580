"""Data keys: one for each who may have to be erased, wrapped, and gone for good once destroyed."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from pydantic import SecretStr

from cases.errors import KeyDestroyed, SealBroken, UnknownSomething
from cases.names import person_key
from cases.received import MessageRefused, ReportReceived
from record import keys as keys_room
from record.inbox import subject_of, take
from record.keys import Keyring
from record.people import contacts
from record.pool import tenant_transaction
from record.record import Record, open_record
from record.sealing import Kek, key_id_of, seal
from tests.integration.record_means import (
    AREAS,
    KEK,
    TENANT,
    a_person,
    a_record,
    a_report,
    case_id_of,
    minutes,
)
from workers.readiness import refuse_lost_kek, refuse_other_kek
from workers.settings import Settings, SettingsError


@pytest.fixture
async def record(postgres) -> AsyncIterator[Record]:
    record = await a_record(postgres.owner_dsn, postgres.app_dsn)
    yield record
    await record.close()


@pytest.fixture
async def elsewhere(record, postgres) -> AsyncIterator[Record]:
    """The same record in another process, with a cache of its own."""
    other = await open_record(postgres.app_dsn, KEK, {}, AREAS, 4)
    yield other
    await other.close()


async def test_a_case_has_one_key_whoever_asks_first(record):
    case_id = await case_id_of(record)
    keyrings = [Keyring(record.pool, KEK) for _ in range(10)]
    found = await asyncio.gather(*(keyring.case_key(TENANT, case_id) for keyring in keyrings))
    assert len({key.secret for key in found}) == 1
    assert found[0].key_id.startswith("demo.")
    assert await record.keyring.key_by_id(found[0].key_id) == found[0]
    assert found[0].secret.hex() not in repr(found[0])


async def test_appeals_and_filings_use_their_cases_key_once_mapped(record):
    case_id = (await a_report(record)).case_id
    for workflow_id in ("appeal/demo/a-1", "filing/demo/f-1"):
        with pytest.raises(UnknownSomething, match="not mapped to a case"):
            await record.keyring.case_key(TENANT, workflow_id)
        async with tenant_transaction(record.pool, TENANT) as connection:
            await record.keyring.map_workflow(connection, TENANT, workflow_id, case_id)
        assert await record.keyring.case_key(TENANT, workflow_id) == await record.keyring.case_key(TENANT, case_id)
    assert await take(record, "appeal/demo/a-1", [], minutes(1)) == ([], False)


async def test_a_destroyed_key_is_gone_everywhere_within_the_caches_time(record, elsewhere):
    case_id = (await a_report(record)).case_id
    key = await record.keyring.case_key(TENANT, case_id)
    assert await elsewhere.keyring.key_by_id(key.key_id) == key

    await record.keyring.destroy(TENANT, case_id, at=minutes(1))

    with pytest.raises(KeyDestroyed):
        await record.keyring.key_by_id(key.key_id)
    elsewhere.keyring._keys._clock = lambda: float("inf")  # five seconds later
    with pytest.raises(KeyDestroyed):
        await elsewhere.keyring.key_by_id(key.key_id)
    assert keys_room.CACHE_SECONDS <= 5
    with pytest.raises(KeyDestroyed):
        await subject_of(record, case_id)


async def test_destroying_removes_the_wrapped_key_itself(record, postgres):
    case_id = (await a_report(record, person=a_person())).case_id
    await record.keyring.destroy(TENANT, case_id, at=minutes(1))
    connection = await asyncpg.connect(postgres.superuser_dsn)
    assert await connection.fetchval("SELECT count(*) FROM data_keys WHERE wrapped IS NOT NULL") == 0
    await connection.close()


async def test_a_door_with_a_cached_key_seals_nothing_under_a_destroyed_one(record, elsewhere):
    case_id = (await a_report(record, "r-1", person=a_person())).case_id
    await a_report(elsewhere, "r-2", person=a_person())  # now cached there
    await record.keyring.destroy(TENANT, case_id, at=minutes(1))

    await a_report(elsewhere, "r-3", person=a_person())

    events, _ = await take(record, case_id, [], minutes(2))
    assert [type(event.body) for event in events] == [MessageRefused, MessageRefused, ReportReceived]
    assert {event.body.code for event in events[:2]} == {"erased"}
    assert (await subject_of(record, case_id)).id == "post-1"


async def test_one_reporter_is_erased_and_the_case_stays(record):
    case_id = (await a_report(record, "r-1", person=a_person("ada"))).case_id
    await a_report(record, "r-2", person=a_person("bo"))
    await take(record, case_id, [], minutes(1))
    secret = await record.keyring.subject_secret(TENANT)
    ada, bo = (person_key(secret, f"account-{name}") for name in ("ada", "bo"))

    assert await record.keyring.destroy(TENANT, case_id, ada, at=minutes(2)) == 1

    reached = {contact.person: contact.who for contact in await contacts(record, case_id, [ada, bo])}
    assert reached == {ada: None, bo: a_person("bo")}
    assert (await subject_of(record, case_id)).id == "post-1"


async def test_unknown_keys_and_tenants_are_named(record):
    with pytest.raises(UnknownSomething):
        await record.keyring.key_by_id("demo.00000000-0000-7000-8000-000000000000")
    with pytest.raises(UnknownSomething):
        await record.keyring.key_by_id("_installation.00000000-0000-7000-8000-000000000000")
    with pytest.raises(UnknownSomething, match="no tenant 'nobody'"):
        await record.keyring.subject_secret("nobody")


async def test_the_installation_has_one_key(record, elsewhere):
    here, there = await asyncio.gather(record.keyring.installation_key(), elsewhere.keyring.installation_key())
    assert here == there
    assert await elsewhere.keyring.key_by_id(here.key_id) == here


async def test_a_tenants_secret_never_changes(record, elsewhere):
    here, there = await asyncio.gather(record.keyring.subject_secret(TENANT), elsewhere.keyring.subject_secret(TENANT))
    assert here == there
    assert len(here) == 32


async def test_a_new_kek_reads_what_the_earlier_one_wrapped(record, postgres):
    case_id = await case_id_of(record)
    key = await record.keyring.case_key(TENANT, case_id)
    rotated = Keyring(record.pool, Kek("k2", bytes(32), {"k1": KEK.secret}))
    assert await rotated.case_key(TENANT, case_id) == key
    with pytest.raises(SealBroken, match="version 'k1'"):
        await Keyring(record.pool, Kek("k2", bytes(32))).case_key(TENANT, case_id)
    with pytest.raises(SealBroken):
        await Keyring(record.pool, Kek("k1", bytes(32))).case_key(TENANT, case_id)


async def test_what_starts_with_another_kek_is_told_to_bring_back_the_first(record, postgres):
    await record.keyring.subject_secret(TENANT)
    await refuse_other_kek(record, (TENANT, "not-there-yet"))
    for other in (Kek("k1", bytes(32)), Kek("k2", bytes(32))):
        stranger = await open_record(postgres.app_dsn, other, {}, AREAS, 1)
        with pytest.raises(SettingsError, match=r"DUEPROCESS_KEK_FILE: .*tenant demo .*put that file back"):
            await refuse_other_kek(stranger, (TENANT,))
        await stranger.close()


async def test_a_kek_is_made_for_an_empty_record_and_never_beside_one_that_is_sealed(record, postgres, tmp_path):
    settings = Settings(data=tmp_path, database_dsn=SecretStr(postgres.app_dsn), tenants=("not-there-yet", TENANT))
    await refuse_lost_kek(settings)
    await record.keyring.subject_secret(TENANT)
    with pytest.raises(SettingsError, match=r"DUEPROCESS_KEK_FILE: .* is missing"):
        await refuse_lost_kek(settings)
    settings.kek_file.parent.mkdir()
    settings.kek_file.write_text("it is there")
    await refuse_lost_kek(settings)


async def test_a_record_without_tables_or_that_does_not_answer_needs_no_kek_yet(postgres, tmp_path):
    nowhere = SecretStr("postgresql://nobody@127.0.0.1:1/nothing")
    await refuse_lost_kek(Settings(data=tmp_path, database_dsn=nowhere))
    unmigrated = SecretStr(postgres.app_dsn.replace(f"/{postgres.name}", "/postgres"))
    await refuse_lost_kek(Settings(data=tmp_path, database_dsn=unmigrated))


async def test_what_a_rolled_back_transaction_made_is_not_remembered(record):
    case_id = await case_id_of(record)
    made = []

    async def make_and_fail() -> None:
        async with tenant_transaction(record.pool, TENANT) as connection:
            made.append(await record.keyring.case_key(TENANT, case_id, connection))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await make_and_fail()
    assert await record.keyring.case_key(TENANT, case_id) != made[0]


async def test_many_seals_open_with_one_look_up(record):
    case_id = (await a_report(record)).case_id
    key = await record.keyring.case_key(TENANT, case_id)
    sealed = [(seal(key, bytes([number]), "here"), "here") for number in range(5)]
    fresh = Keyring(record.pool, KEK)
    assert await fresh.open_all(TENANT, sealed) == [bytes([number]) for number in range(5)]
    assert key_id_of(sealed[0][0]) == key.key_id
    with pytest.raises(SealBroken):
        await fresh.open_all(TENANT, [(sealed[0][0], "elsewhere")])
