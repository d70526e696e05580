"""Banks on a real record: exact and near matches, who may be given entries, and a false one followed to its cases."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from activities.bank_matching import look_in_banks
from activities.detector_port import DetectorResult, Picture
from api.bank_messages import BankEntriesRequest, BankMatchingRequest, BankRemovalRequest, BankRequest
from api.banking import Banking
from api.errors import NotFound
from cases.banks import Sharing
from cases.errors import BadInput, Conflict
from record.banks import entry_id_of
from record.record import Record, open_record
from record.sealing import Kek
from record.tenants import ensure_tenant
from tests.conftest import a_database
from workers.postgres_server import PostgresServer

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
KNOWN = "f0" * 32
_TENANTS = (f"demo-{number}" for number in range(1, 1_000))


@dataclass
class Library:
    """An operator's banks, of one tenant."""

    record: Record
    tenant: str
    banking: Banking

    async def bank(self, bank: str = "synthetic", *hashes: str, **terms: Any) -> None:
        plain = {
            "message_id": f"b-{uuid4()}",
            "bank": bank,
            "label": "known_hash",
            "kind": "pdq",
            "source": "A test's own list.",
        }
        await self.banking.make(self.tenant, "operator", BankRequest.model_validate({**plain, **terms}))
        if hashes:
            entries = [{"hash": one, "reference": "case:17"} for one in hashes]
            request = BankEntriesRequest.model_validate(
                {"message_id": f"e-{uuid4()}", "bank": bank, "entries": entries}
            )
            await self.banking.add(self.tenant, "operator", request)

    async def look(self, *pictures: Picture, case: int = 1) -> dict[str, DetectorResult]:
        case_id = f"case/{self.tenant}/content/{case:032x}"
        return {one.label: one for one in await look_in_banks(self.record, case_id, 1, pictures, NOW)}

    async def remove(self, value: str, bank: str = "synthetic") -> tuple[str, ...]:
        request = BankRemovalRequest(
            message_id=f"r-{uuid4()}", bank=bank, entry_id=entry_id_of(value), reason="It is a meme."
        )
        return (await self.banking.remove(self.tenant, "operator", request)).cases


@pytest.fixture(scope="module")
async def opened(postgres_server: PostgresServer) -> AsyncIterator[tuple[Record, str]]:
    async with a_database(postgres_server) as database:
        record = await open_record(database.app_dsn, Kek("1", bytes(range(32))), {}, frozenset({"spam"}))
        yield record, database.owner_dsn
        await record.close()


@pytest.fixture
async def library(opened: tuple[Record, str]) -> Library:
    record, owner = opened
    tenant = next(_TENANTS)
    await ensure_tenant(owner, tenant)
    return Library(record, tenant, Banking(record, lambda: NOW))


def apart(value: str, bits: int) -> str:
    """The hash with so many bits changed, spread over its slots."""
    number = int(value, 16)
    for bit in range(bits):
        number ^= 1 << (bit * 8 + bit // 32)
    return f"{number:064x}"


def pdq(value: str, quality: int = 100) -> Picture:
    return Picture(pdq=value, quality=quality)


@pytest.mark.parametrize(("bits", "found"), [(0, True), (1, True), (16, True), (31, True), (32, False)])
async def test_a_picture_is_known_again_up_to_31_bits(library: Library, bits: int, found: bool):
    await library.bank("synthetic", KNOWN)
    result = (await library.look(pdq(apart(KNOWN, bits))))["known_hash"]
    assert (result.score or 0) >= 0.5 if found else result.score == 0.0
    if found:
        assert (result.raw_label, result.raw_score) == (f"synthetic/{entry_id_of(KNOWN)}", bits)


async def test_a_bank_may_be_stricter_and_the_nearest_entry_counts(library: Library):
    await library.bank("strict", KNOWN, within_bits=4)
    assert (await library.look(pdq(apart(KNOWN, 8))))["known_hash"].score == 0.0
    await library.bank("wide", apart(KNOWN, 20), apart(KNOWN, 10))
    assert (await library.look(pdq(apart(KNOWN, 8))))["known_hash"].raw_score == 2


async def test_an_exact_bank_matches_to_the_letter(library: Library):
    await library.bank("exact", KNOWN, kind="sha256", label="terror")
    assert (await library.look(Picture(sha256=KNOWN.upper())))["terror"].score == 1.0
    assert (await library.look(Picture(sha256=apart(KNOWN, 1))))["terror"].score == 0.0
    assert (await library.look(pdq(KNOWN)))["terror"].error == "NotMatchable"


async def test_what_has_no_hash_cannot_be_matched_and_is_never_clean(library: Library):
    await library.bank("synthetic", KNOWN)
    for picture in (Picture(), pdq(KNOWN, quality=20), pdq("no hash"), Picture(sha256=KNOWN)):
        result = (await library.look(picture))["known_hash"]
        assert (result.score, result.error) == (None, "NotMatchable")
    assert (await library.look(Picture(), pdq(KNOWN)))["known_hash"].score == 1.0
    assert await library.look() == {}


async def test_a_false_entry_matches_no_more_and_names_the_cases_it_had_matched(library: Library):
    await library.bank("synthetic", KNOWN, "0f" * 32)
    for case in (1, 2):
        await library.look(pdq(KNOWN), case=case)
    cases = await library.remove(KNOWN)
    assert sorted(cases) == [f"case/{library.tenant}/content/{case:032x}" for case in (1, 2)]
    assert (await library.look(pdq(KNOWN)))["known_hash"].score == 0.0
    assert await library.remove(KNOWN) == cases
    await library.bank("synthetic", KNOWN)  # whoever imports the list again does not bring it back
    assert (await library.look(pdq(KNOWN)))["known_hash"].score == 0.0
    (bank,) = (await library.banking.show(library.tenant)).banks
    assert (bank.entries, bank.removed) == (1, 1)


async def test_a_paused_bank_is_not_looked_in(library: Library):
    await library.bank("synthetic", KNOWN)
    off = BankMatchingRequest(message_id="m-1", bank="synthetic", matching=False)
    assert (await library.banking.set_matching(library.tenant, off)).changed
    assert await library.look(pdq(KNOWN)) == {}
    assert not (await library.banking.set_matching(library.tenant, off)).changed


async def test_what_is_private_is_given_to_nobody(library: Library):
    await library.bank("ours", KNOWN)
    await library.bank("theirs", KNOWN, sharing="partners")
    with pytest.raises(BadInput, match="may not be given what is shared as private"):
        await library.banking.export(library.tenant, "ours", Sharing.PARTNERS, "")
    page = await library.banking.export(library.tenant, "theirs", Sharing.PARTNERS, "")
    assert [(one.hash, one.reference) for one in page.entries] == [(KNOWN, "case:17")]
    assert page.source == "A test's own list."
    with pytest.raises(BadInput):
        await library.banking.export(library.tenant, "theirs", Sharing.PUBLIC, "")


async def test_terms_stand_once_they_are_set_and_other_tenants_see_nothing(library: Library, opened: Any):
    await library.bank("synthetic", KNOWN)
    again = BankRequest(
        message_id="b-2", bank="synthetic", label="spam", kind="pdq", source="Another.", sharing="public"
    )  # type: ignore[arg-type]
    assert not (await library.banking.make(library.tenant, "operator", again)).changed
    other = Library(library.record, next(_TENANTS), library.banking)
    await ensure_tenant(opened[1], other.tenant)
    assert await other.look(pdq(KNOWN)) == {}
    assert (await other.banking.show(other.tenant)).banks == ()
    with pytest.raises(NotFound):
        await other.remove(KNOWN)


async def test_a_bank_that_is_not_there_is_said_so(library: Library):
    entries = BankEntriesRequest.model_validate({"message_id": "e", "bank": "gone", "entries": [{"hash": KNOWN}]})
    with pytest.raises(NotFound, match="there is no bank 'gone'"):
        await library.banking.add(library.tenant, "operator", entries)


async def test_other_content_under_a_known_message_id_is_a_conflict_and_changes_nothing(library: Library):
    await library.bank("one", KNOWN)
    entries = [{"hash": "0f" * 32}]
    first = BankEntriesRequest.model_validate({"message_id": "e-1", "bank": "one", "entries": entries})
    assert (await library.banking.add(library.tenant, "operator", first)).entries == 1
    assert (await library.banking.add(library.tenant, "operator", first)).entries == 0, "the same again is the same"
    other = BankRemovalRequest(message_id="e-1", bank="one", entry_id=entry_id_of(KNOWN), reason="It is a meme.")
    with pytest.raises(Conflict, match="e-1 came before with other content"):
        await library.banking.remove(library.tenant, "operator", other)
    (bank,) = (await library.banking.show(library.tenant)).banks
    assert (bank.entries, bank.removed) == (2, 0)
    missing, found = (
        BankEntriesRequest.model_validate({"message_id": "e-2", "bank": bank, "entries": entries})
        for bank in ("none", "one")
    )
    with pytest.raises(NotFound):
        await library.banking.add(library.tenant, "operator", missing)
    assert await library.banking.add(library.tenant, "operator", found), "what was refused took no id"


async def test_an_old_message_does_not_undo_what_was_asked_since(library: Library):
    await library.bank("one")
    on, off = (BankMatchingRequest(message_id=f"m-{word}", bank="one", matching=word) for word in (True, False))
    for wanted in (on, off, on):
        await library.banking.set_matching(library.tenant, wanted)
    (bank,) = (await library.banking.show(library.tenant)).banks
    assert not bank.matching
