"""Assessment on a real record: which areas a case opens matters in."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from activities import stubs
from activities.assessing import Assessing
from activities.brakes import Brakes
from activities.deriving import Deriving
from activities.evidence import EvidenceCapture
from activities.packs_in_force import PacksInForce
from activities.platform_client import Author, Snapshot
from activities.policy_packs import PolicyPacks
from cases.case import Case, ReportCount
from cases.evidence import EvidenceOrigin, EvidenceVersion
from cases.fingerprints import fingerprints
from cases.media import Missing
from cases.messages import ReportMessage, Subject
from cases.names import SubjectKind, case_workflow_id, subject_key
from record import evidence, inbox
from record.pool import tenant_transaction
from record.record import Record, open_record
from record.sealing import Kek
from record.tenants import ensure_tenant
from tests.conftest import Database

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PITCH = (
    "Earn money from home! Guaranteed income, no risk, free trial, limited offer. "
    "Click here to order now: http://offer.example http://claim.example !!!"
)


@pytest.fixture
async def record(postgres: Database):
    await ensure_tenant(postgres.owner_dsn, "demo")
    packs = PolicyPacks(Path("policies"))
    opened = await open_record(
        postgres.app_dsn, Kek("1", bytes(range(32))), {}, frozenset(packs.active("baseline").areas)
    )
    yield opened
    await opened.close()


async def assessed(record: Record, text: str, post: str = "post-1", **case_changes: object) -> stubs.Stored:
    secret = await record.keyring.subject_secret("demo")
    case_id = case_workflow_id("demo", SubjectKind.CONTENT, subject_key(secret, SubjectKind.CONTENT, post))
    report = ReportMessage(
        message_id=f"m-{post}", subject=Subject(kind=SubjectKind.CONTENT, id=post), area="harassment"
    )
    await inbox.accept(record, "demo", case_id, SubjectKind.CONTENT, post, "report", f"m-{post}", report, None, NOW)
    await inbox.take(record, case_id, [], NOW)
    snapshot = Snapshot(kind=SubjectKind.CONTENT, id="post-1", content_version="v1", created_at=NOW, text=text)
    facts = EvidenceVersion(
        version=1,
        digest="",
        origin=EvidenceOrigin.PLATFORM,
        captured_at=NOW,
        content_version="v1",
        language="de-AT",  # as platforms write it; rules read `de`
        author_target="b" * 32,
    )
    found = fingerprints(secret, "content", text, text, ())
    kept = await evidence.keep(record, case_id, snapshot.model_dump_json().encode(), facts, found)
    case = Case(case_id=case_id, evidence=(kept,), triage_owed_through=1, **case_changes)  # type: ignore[arg-type]
    request = stubs.AssessCase(case=case, through=1, now=NOW)
    packs = PacksInForce(record, PolicyPacks(Path("policies")))
    assessing = Assessing(record, packs, Brakes(record, packs), Deriving(record, lambda *_: None, lambda: NOW))
    return await assessing.assess_case(request)


async def test_a_harmless_post_opens_a_matter_only_in_the_area_it_was_reported_in(record: Record):
    stored = await assessed(
        record, "The garden looks lovely this year", counts={"harassment": ReportCount(reports=1, independent=1)}
    )
    found = stored.events[0].body.assessments
    assert [one.area for one in found] == ["harassment"]
    assert not found[0].hold


async def test_where_only_a_machine_spoke_its_surest_label_is_the_allegation(record: Record):
    stored = await assessed(record, "See you tomorrow", scores={"harassment": 0.7, "spam": 0.2})
    assert [one.area for one in stored.events[0].body.assessments] == ["harassment"]


async def test_a_rule_that_decides_alone_records_its_decision_with_the_triage(record: Record):
    stored = await assessed(record, PITCH, counts={"spam": ReportCount(reports=1, independent=1)})
    triaged, decided = stored.events
    assert triaged.body.assessments[0].automatic
    assert decided.body.decision.by == "rule:spam.certain"
    assert decided.event_id == "decision:rule:spam.1"


async def test_asking_again_gives_the_first_answer(record: Record):
    first = await assessed(record, PITCH, counts={"spam": ReportCount(reports=1, independent=1)})
    again = await assessed(record, PITCH, counts={"spam": ReportCount(reports=9, independent=9)})
    assert again.events == first.events


async def test_the_same_words_of_one_author_again_and_again_are_volume(record: Record):
    counts = {"spam": ReportCount(reports=1, independent=1)}
    rules = [
        (await assessed(record, text, f"post-{number}", counts=counts)).events[0].body.assessments[0].rule_id
        for number, text in enumerate([PITCH, PITCH.upper(), f"  {PITCH}", PITCH])
    ]
    assert rules == ["spam.certain", "spam.certain", "spam.certain", "spam.certain-in-volume"]


async def test_how_fast_an_accounts_content_comes_is_a_fact_for_rules(record: Record):
    counts = {"spam": ReportCount(reports=1, independent=1)}
    texts = ["First synthetic words", "Second ones, unlike", "Third of them, about a boat"]
    seen = [(await assessed(record, text, f"post-{n}", counts=counts)).events[0].body for n, text in enumerate(texts)]
    paces = [body.facts["spam"]["author"] for body in seen]
    assert [(one["contents_1h"], one["contents_24h"]) for one in paces] == [(1, 1), (2, 2), (3, 3)]


class OneMessage:
    """In the place of the platform: it has this."""

    def __init__(self, surface: str, country: str) -> None:
        self.said = Snapshot(
            kind=SubjectKind.CONTENT,
            id="post-1",
            content_version="v1",
            created_at=NOW,
            surface=surface,
            country=country,
            community={"id": "room-1"},
            text=PITCH,
            attachments=({"sha256": "0" * 64, "pdq": "f" * 64, "pdq_quality": 90},),
        )

    async def snapshot(self, *_: object) -> Snapshot:
        return self.said

    async def attachment(self, *_: object) -> Missing:
        return Missing.TOO_LARGE


async def captured(
    record: Record, post: str, surface: str, country: str, by: str, platform: OneMessage | None = None
) -> tuple[str, EvidenceVersion]:
    """A case as `by` (a report or a signal) opened it, its content captured."""
    secret = await record.keyring.subject_secret("demo")
    case_id = case_workflow_id("demo", SubjectKind.CONTENT, subject_key(secret, SubjectKind.CONTENT, post))
    message = ReportMessage(
        message_id=f"{by}-{post}", subject=Subject(kind=SubjectKind.CONTENT, id=post), area="harassment"
    )
    await inbox.accept(record, "demo", case_id, SubjectKind.CONTENT, post, by, message.message_id, message, None, NOW)
    asked = platform or OneMessage(surface, country)
    capture = EvidenceCapture(record, asked, PacksInForce(record, PolicyPacks(Path("policies"))))  # type: ignore[arg-type]
    return case_id, await capture.capture_evidence(stubs.CaptureEvidence(case_id=case_id, now=NOW))


@pytest.mark.parametrize(
    "said", [{"address": "a" * 80 + "@example.invalid"}, {"address": "nobody"}, {"language": "pt-BR"}, {"language": ""}]
)
async def test_whatever_the_platform_writes_of_an_author_its_content_is_captured(record: Record, said: dict[str, str]):
    """Raised before, and tried again for ever: the case stayed unassessed, and no person ever saw it."""
    platform = OneMessage("public", "DE")
    platform.said = platform.said.evolve(author=Author.model_validate({"account_id": "account-1", **said}))
    _, kept = await captured(record, "post-odd", "public", "DE", "report", platform)
    assert (kept.origin, kept.author is None) == (EvidenceOrigin.PLATFORM, False)


async def known_by(record: Record, case_id: str) -> set[str]:
    """By what the case's content would be known again."""
    async with tenant_transaction(record.pool, "demo") as connection:
        rows = await connection.fetch("SELECT likeness FROM fingerprints WHERE case_id = $1", case_id)
    return {row["likeness"] for row in rows}


EVERYTHING = {"content", "words", "wording", "picture", "community"}


@pytest.mark.parametrize(
    ("surface", "country", "by", "kept"),
    [
        ("private", "DE", "signal", {"community"}),
        ("end_to_end", "ZZ", "signal", {"community"}),
        ("private", "DE", "report", EVERYTHING),
        ("private", "US", "signal", EVERYTHING),
        ("public", "DE", "signal", EVERYTHING),
    ],
)
async def test_where_machines_may_not_look_nothing_is_kept_by_which_content_is_known_again(
    record: Record, surface: str, country: str, by: str, kept: set[str]
):
    case_id, _ = await captured(record, f"post-{surface}-{country}-{by}", surface, country, by)
    assert await known_by(record, case_id) == kept


async def test_a_message_that_somebody_reports_later_is_known_again_from_then_on(record: Record):
    case_id, version = await captured(record, "post-1", "private", "DE", "signal")
    packs = PacksInForce(record, PolicyPacks(Path("policies")))
    counts = {"spam": ReportCount(reports=1, independent=1)}
    case = Case(case_id=case_id, evidence=(version,), triage_owed_through=1, counts=counts)
    deriving = Deriving(record, lambda *_: None, lambda: NOW)
    await Assessing(record, packs, Brakes(record, packs), deriving).assess_case(
        stubs.AssessCase(case=case, through=1, now=NOW)
    )
    assert await known_by(record, case_id) == EVERYTHING
