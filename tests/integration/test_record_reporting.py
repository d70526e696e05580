"""What the record knows of reporters: kept with the taking, counted from people's decisions, taken back with them."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from cases.decisions import Decision, Outcome
from cases.events import DecisionRecorded, DecisionReversed
from cases.messages import ReportMessage, Subject
from cases.names import SubjectKind, person_key
from cases.reporting import ReporterContext
from cases.trust import Heard, ReporterRules
from record import reporting
from record.inbox import accept, take
from record.record import Record
from tests.builders import an_event
from tests.integration.record_means import NOON, TENANT, a_person, a_record, case_id_of, minutes

RULES = ReporterRules()


@pytest.fixture
async def record(postgres) -> AsyncIterator[Record]:
    record = await a_record(postgres.owner_dsn, postgres.app_dsn)
    yield record
    await record.close()


async def reported(record: Record, name: str, post: str = "post-1", area: str = "harassment", **context: object) -> str:
    """One report at the door, not taken yet; its case."""
    message = ReportMessage(
        message_id=f"{post}-{area}-{name}",
        subject=Subject(kind=SubjectKind.CONTENT, id=post),
        area=area,
        reporter=a_person(name),
        context=ReporterContext.model_validate(context) if context else None,
    )
    case_id = await case_id_of(record, post)
    await accept(
        record,
        TENANT,
        case_id,
        SubjectKind.CONTENT,
        post,
        "report",
        message.message_id,
        message,
        message.reporter,
        NOON,
    )
    return case_id


async def heard(record: Record, case_id: str, area: str = "harassment", days: float = 0) -> Heard:
    return (await reporting.heard_in(record, case_id, minutes(1) + timedelta(days=days), RULES))[area]


def decided(outcome: Outcome, decision_id: str = "d-1", automated: bool = False) -> DecisionRecorded:
    decision = Decision(
        decision_id=decision_id, digest="x", matter_id="harassment/1", outcome=outcome, by="rev-1", automated=automated,
        decided_at=minutes(2), evidence_version=1,
    )  # fmt: skip
    return DecisionRecorded(decision=decision)


async def test_a_crowd_from_one_network_weighs_as_little_as_one_and_three_people_as_three(record):
    for number in range(100):
        case_id = await reported(record, f"puppet-{number}", network="198.51.100.0/24")
    for number in range(3):
        other = await reported(record, f"person-{number}", "post-2", network=f"203.0.{number}.0/24")
    await take(record, case_id, [], minutes(1))
    await take(record, other, [], minutes(1))
    mob, people = await heard(record, case_id), await heard(record, other)
    assert (mob.count, mob.people, mob.independent) == (100, 100, 1)
    assert (people.count, people.independent, people.weight) == (3, 3, 3.0)


async def test_a_decision_counts_once_however_often_it_is_counted_and_a_reversal_takes_it_back(record):
    case_id = await reported(record, "ada")
    await take(record, case_id, [], minutes(1))
    again = await reported(record, "ada", "post-2")
    await take(record, again, [], minutes(1))
    event = an_event("decision:d-1", decided(Outcome.VIOLATION))
    for _ in range(3):
        await reporting.count_outcomes(record, case_id, [event])
    assert (await heard(record, again)).trust == pytest.approx(3 / 5, abs=1e-4)
    assert (await heard(record, case_id)).trust == 0.5  # what is decided here says nothing about who reported it here
    assert (await heard(record, again, days=90 * 9)).trust == pytest.approx(0.5, abs=1e-3)
    reversal = an_event("reversal:r-1", DecisionReversed(reversal_id="r-1", decision_id="d-1", by="operator:op"))
    await reporting.count_outcomes(record, case_id, [reversal])
    assert (await heard(record, again)).trust == 0.5
    await reporting.count_outcomes(record, case_id, [event])  # a rerun after a crash
    assert (await heard(record, again)).trust == 0.5


@pytest.mark.parametrize(
    ("outcome", "automated", "trust"),
    [
        (Outcome.NO_VIOLATION, False, 2 / 5),
        (Outcome.SUPPORT, False, 3 / 5),
        (Outcome.UNDECIDABLE, False, 1 / 2),
        (Outcome.VIOLATION, True, 1 / 2),
    ],
)
async def test_what_people_found_teaches_and_what_a_rule_found_does_not(record, outcome, automated, trust):
    case_id = await reported(record, "ada")
    later_case = await reported(record, "ada", "post-2")
    for one in (case_id, later_case):
        await take(record, one, [], minutes(1))
    await reporting.count_outcomes(record, case_id, [an_event("decision:d-1", decided(outcome, automated=automated))])
    assert (await heard(record, later_case)).trust == pytest.approx(trust, abs=1e-4)


async def test_who_is_erased_leaves_neither_marks_nor_a_record(record):
    case_id = await reported(record, "ada", network="203.0.113.0/24", account_created_at=NOON)
    await take(record, case_id, [], minutes(1))
    await reporting.count_outcomes(record, case_id, [an_event("decision:d-1", decided(Outcome.VIOLATION))])
    secret = await record.keyring.subject_secret(TENANT)
    person = person_key(secret, "account-ada")
    await record.keyring.destroy(TENANT, case_id, person, at=minutes(3))
    after = await reported(record, "ada", "post-2")
    await take(record, after, [], minutes(4))
    assert (await heard(record, after)).trust == 0.5
