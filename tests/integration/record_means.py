"""What the record's tests share: a record on the test's own database, and messages. All of it is synthetic."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cases.messages import Detector, Person, ReportMessage, SignalMessage, Subject
from cases.names import SubjectKind, case_workflow_id, subject_key
from record.inbox import Acceptance, accept
from record.parsing import RawMessage
from record.record import Record, open_record
from record.sealing import Kek
from record.tenants import ensure_tenant

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TENANT = "demo"
AREAS = frozenset({"harassment", "spam"})
SIGNING_KEY = Ed25519PrivateKey.generate()
KEK = Kek("k1", bytes(range(32)))


def minutes(number: float) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=number)


async def a_record(owner_dsn: str, app_dsn: str, tenants: Mapping[str, bool] | None = None, size: int = 8) -> Record:
    """A record with these tenants; the value says whether decisions without a token are allowed."""
    for tenant, tokenless in (tenants or {TENANT: False}).items():
        await ensure_tenant(owner_dsn, tenant, tokenless_decisions=tokenless)
    return await open_record(app_dsn, KEK, {"sign-1": SIGNING_KEY.public_key()}, AREAS, size)


async def case_id_of(record: Record, subject_id: str = "post-1", tenant: str = TENANT) -> str:
    """The case about a post."""
    secret = await record.keyring.subject_secret(tenant)
    return case_workflow_id(tenant, SubjectKind.CONTENT, subject_key(secret, SubjectKind.CONTENT, subject_id))


def a_person(name: str = "ada") -> Person:
    return Person(account_id=f"account-{name}", address=f"{name}@example.invalid")


async def a_report(
    record: Record,
    message_id: str = "r-1",
    *,
    subject_id: str = "post-1",
    person: Person | None = None,
    area: str = "harassment",
    reason: str | None = "synthetic reason",
    at: datetime = NOON,
    tenant: str = TENANT,
) -> Acceptance:
    """One report accepted at a door."""
    message = ReportMessage(
        message_id=message_id,
        subject=Subject(kind=SubjectKind.CONTENT, id=subject_id),
        area=area,
        reporter=person,
        reason=reason,
        snapshot=f"synthetic content of {subject_id}",
    )
    case_id = await case_id_of(record, subject_id, tenant)
    return await accept(
        record, tenant, case_id, SubjectKind.CONTENT, subject_id, "report", message_id, message, person, at
    )


async def a_signal(
    record: Record, message_id: str = "s-1", subject_id: str = "post-1", score: float = 0.9
) -> Acceptance:
    """One machine's signal accepted at a door."""
    message = SignalMessage(
        message_id=message_id,
        subject=Subject(kind=SubjectKind.CONTENT, id=subject_id),
        detector=Detector(vendor="synthetic", name="rule", version="1"),
        scores={"harassment": score},
    )
    case_id = await case_id_of(record, subject_id)
    return await accept(
        record, TENANT, case_id, SubjectKind.CONTENT, subject_id, "signal", message_id, message, None, NOON
    )


def raw(kind: str, payload: Any, channel: Any = "signal") -> RawMessage:
    """A message that bypassed the doors."""
    return RawMessage(kind=kind, channel=channel, payload=payload)
