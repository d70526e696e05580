"""Misuse of reports (DSA Art. 23(2)): numbers propose, a person warns, then suspends; an appeal undoes it, nothing is lost."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from activities.starting import Starting
from api.errors import Refused
from api.flagger_messages import FlaggerRequest
from api.requests import MisuseRequest, ReporterName
from cases.decisions import EnforcementRequest, Outcome
from cases.measures import MeasureKind
from cases.messages import AppealMessage, Person, Subject
from cases.names import SubjectKind, person_key
from record import misuse
from tests.integration.kit import TENANT, Installation, a_modules_installation, until
from workers.postgres_server import PostgresServer

EVE = Person(account_id="account-eve", address="eve@example.invalid")
MALLORY = Person(account_id="account-mallory", address="mallory@example.invalid")
FOR_A_MONTH = EnforcementRequest(kind=MeasureKind.SUSPEND_REPORTS, duration="P30D")


@pytest.fixture(scope="module")
async def here(
    anyio_backend: str, postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installation]:
    async with a_modules_installation(postgres_server, tmp_path_factory, "misuse") as here:
        here.world.author("eve")
        yield here


async def opened(here: Installation, message_id: str) -> str:
    request = MisuseRequest(message_id=message_id, reporters=(ReporterName(account_id="account-eve"),))
    (stream,) = (await here.doors.open_misuse(TENANT, request)).cases
    return stream


async def told(here: Installation, kind: str, times: int = 1) -> None:
    async def there() -> bool:
        return here.world.told().count(("eve@example.invalid", kind)) >= times

    await until(there)


async def violation(here: Installation, stream: str, decision_id: str, area: str, **changes: object) -> None:
    await here.decide(
        stream, decision_id, f"{area}/1", outcome=Outcome.VIOLATION, ground="law", rule_id=f"{area}.numbers", **changes
    )


async def test_a_suspension_follows_a_warning_sets_reports_aside_and_an_appeal_brings_them_back(here: Installation):
    stream = await opened(here, "mis-1")
    with pytest.raises(Refused, match="needs a warning before it"):
        await violation(here, stream, "too-soon", "report_misuse", enforcements=(FOR_A_MONTH,))
    await violation(here, stream, "warned", "report_misuse")
    await told(here, "statement")
    await here.reaches(stream, "told")
    assert here.world.measures("account-eve", "account") == [MeasureKind.WARN]

    assert await opened(here, "mis-2") == stream
    await violation(here, stream, "suspended", "report_misuse_again")
    await told(here, "statement", 2)
    await here.reaches(stream, "told", 2)
    assert MeasureKind.SUSPEND_REPORTS in here.world.measures("account-eve", "account")

    here.world.post("post-1")
    aside = (await here.report("post-1", area="spam", reporter=EVE)).case_id
    await here.reaches(aside, "report_set_aside")
    await told(here, "receipt")
    case = await here.settles(aside)
    assert (case.counts, case.matters) == ({}, ())

    here.world.post("post-2")
    danger = (await here.report("post-2", area="child_safety", reporter=EVE)).case_id
    await here.reaches(danger, "triaged")
    assert (await here.case(danger)).counts["child_safety"].reports == 1
    here.world.post("post-3")
    body = FlaggerRequest(
        flagger_id="hotline", name="A synthetic hotline", coordinator="A synthetic coordinator", areas=("spam",),
        accounts=("account-eve",), reason="synthetic",
    )  # fmt: skip
    await here.doors.add_flagger(TENANT, "operator", body)
    flagged = (await here.report("post-3", area="spam", source="trusted_flagger", reporter=EVE)).case_id
    await here.reaches(flagged, "triaged")
    assert (await here.case(flagged)).counts["spam"].trusted == 1

    appeal = AppealMessage(
        message_id="a-1", subject=Subject(kind=SubjectKind.ACCOUNT, id="account-eve"), decision_id="suspended",
        appellant=EVE, grounds="synthetic grounds",
    )  # fmt: skip
    await here.doors.appeal(TENANT, appeal)
    await here.reaches(stream, "appeal_opened")
    await here.decide(
        f"appeal/{TENANT}/a-1", "heard", "appeal", "rev-2", outcome=Outcome.REVERSED, ground=None, rule_id=None
    )
    await told(here, "reversal_author")

    sweep = Starting(here.means.record, here.means.client, _rings(here), here.clock, _NoLadders())
    await sweep.sweep_inboxes()
    await here.reaches(aside, "triaged")
    assert (await here.case(aside)).counts["spam"].reports == 1


def _rings(here: Installation):
    from api.ringing import Ringer

    return Ringer(here.means.client).ring


class _NoLadders:
    async def sweep(self, tenant: str) -> None: ...


async def test_numbers_list_who_was_nearly_always_wrong_and_nobody_else(here: Installation):
    record, now = here.means.record, datetime.now(UTC)
    secret = await record.keyring.subject_secret(TENANT)
    for number in range(2):
        here.world.post(f"numbered-{number}")
        stream = (await here.report(f"numbered-{number}", area="spam", reporter=MALLORY)).case_id
        await here.decide(stream, f"d-{number}", "spam/1", outcome=Outcome.NO_VIOLATION)
        await here.settles(stream)
    assert await misuse.candidates(record, TENANT, now) == []  # two are no habit
    key = person_key(secret, "account-mallory")
    found = (await misuse.records_of(record, TENANT, [key], now))[key]
    assert (found.judged, found.unfounded, found.areas, found.suspended) == (2, 2, ("spam",), False)
    assert (await misuse.person_of(record, TENANT, key)) == MALLORY
