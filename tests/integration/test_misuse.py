"""Misuse of reports (DSA Art. 23(2)): numbers propose, a person warns, then suspends; an appeal undoes it, nothing is lost."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from activities.starting import Starting
from api.errors import Refused
from api.requests import MisuseRequest, ReporterName
from cases.decisions import EnforcementRequest, Outcome
from cases.measures import MeasureKind
from cases.messages import AppealMessage, Person, Subject
from cases.names import SubjectKind, person_key
from record import misuse
from tests.conftest import Database
from tests.integration.kit import TENANT, Installation, an_installation, until

EVE = Person(account_id="account-eve", address="eve@example.invalid")
FOR_A_MONTH = EnforcementRequest(kind=MeasureKind.SUSPEND_REPORTS, duration="P30D")


@pytest.fixture
async def here(postgres: Database, tmp_path: Path) -> AsyncIterator[Installation]:
    async with an_installation(postgres, tmp_path) as here, here.working():
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
    flagged = (await here.report("post-3", area="spam", source="trusted_flagger", reporter=EVE)).case_id
    await here.reaches(flagged, "triaged")

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
    here.world.post("post-1")
    for number in range(2):
        here.world.post(f"post-{number}")
        stream = (await here.report(f"post-{number}", area="spam", reporter=EVE)).case_id
        await here.decide(stream, f"d-{number}", "spam/1", outcome=Outcome.NO_VIOLATION)
        await here.settles(stream)
    assert await misuse.candidates(record, TENANT, now) == []  # two are no habit
    key = person_key(secret, "account-eve")
    found = (await misuse.records_of(record, TENANT, [key], now))[key]
    assert (found.judged, found.unfounded, found.areas, found.suspended) == (2, 2, ("spam",), False)
    assert (await misuse.person_of(record, TENANT, key)) == EVE
