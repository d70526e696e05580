"""What reports count for: changed by a message of the case, in the transaction that takes it; and where it would matter."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from cases.case import CaseStage, ReportCount
from cases.events import EventBody
from cases.messages import ReportSource
from cases.names import tenant_of
from cases.received import ReportReceived
from cases.standing import ReportSetAside, ReportsInvalidated, ReportsReinstated, StandingMessage
from record import reporting
from record.happenings import Row, refusal_of
from record.pool import Connection, tenant_transaction
from record.record import Record

INVALIDATED: Final = "reports_invalidated"
REINSTATED: Final = "reports_reinstated"
OPEN_STAGES: Final = (CaseStage.ENFORCING, CaseStage.ASSESSING, CaseStage.HELD, CaseStage.IN_REVIEW)
CASES_LIMIT: Final = 10_000
# By the kind of message: from which standings to which.
_CHANGES: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    INVALIDATED: (("counted", "set_aside"), "invalidated"),
    REINSTATED: (("invalidated",), "counted"),
}
KINDS: Final = frozenset(_CHANGES)
_RELEASED: Final = ("set_aside",)  # what the end of a suspension reinstates, instead of what an operator took


async def settled(
    record: Record, connection: Connection, case_id: str, rows: Sequence[Row], bodies: Mapping[int, EventBody]
) -> dict[int, EventBody]:
    """What these messages do to what reports count for, by inbox number, in the transaction that takes them.

    bodies: of those that were read; a report is noted, and one that is set aside has another body then. A message that
    changes what reports count for changes those before it.
    """
    reports = [row for row in rows if isinstance(bodies.get(row.number), ReportReceived) and not _completes(row)]
    aside = await reporting.keep(record, connection, case_id, reports)
    found: dict[int, EventBody] = {row.number: _set_aside(row) for row in reports if row.number in aside}
    for row in rows:
        if row.kind in KINDS:
            found[row.number] = await _changed(record, connection, case_id, row)
    return found


async def open_cases_of(record: Record, tenant: str, people: Collection[str], kind: str) -> list[str]:
    """Cases with an open question in which a message of this kind would change something, in order, 10,000 at most."""
    before, _ = _CHANGES[kind]
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(
            record.queries["open_cases_of"],
            *(tenant, sorted(people), list(before), sorted(record.waiting), list(OPEN_STAGES), CASES_LIMIT),
        )
    return [row["case_id"] for row in rows]


def _set_aside(row: Row) -> ReportSetAside:
    """The event of a report that is kept and not processed."""
    content = row.content or {}
    return ReportSetAside(
        number=row.number,
        area=content["area"],
        source=ReportSource(content["source"]),
        received_at=row.received_at,
        contactable=int(row.contactable),
    )


async def _changed(record: Record, connection: Connection, case_id: str, row: Row) -> EventBody:
    if row.content is None:
        return refusal_of(row, "erased", "message: its key was destroyed before it was read; nothing of it is left")
    message, tenant = StandingMessage.model_validate(row.content), tenant_of(case_id)
    before, after = _CHANGES[row.kind]
    if message.reason_id is None:
        before = _RELEASED
    people_before = await _people(record, connection, tenant, case_id)
    found = await connection.fetch(
        record.queries["change_standing"],
        *(
            tenant,
            case_id,
            list(message.people),
            sorted(record.waiting),
            row.number,
            list(before),
            after,
            message.message_id,
        ),
    )
    changed = [one for one in found if row.kind == REINSTATED or one["was"] == "counted"]
    people_after = await _people(record, connection, tenant, case_id)
    counts = {
        area: ReportCount(
            reports=sum(one["area"] == area for one in changed),
            independent=abs(people_after.get(area, 0) - people_before.get(area, 0)),
            trusted=sum(one["area"] == area and one["source"] == ReportSource.TRUSTED_FLAGGER for one in changed),
            notices=sum(one["area"] == area and one["source"] != ReportSource.OTHER for one in changed),
        )
        for area in sorted({one["area"] for one in changed})
    }
    model = ReportsInvalidated if row.kind == INVALIDATED else ReportsReinstated
    return model(
        number=row.number,
        message_id=message.message_id,
        counts=counts,
        by=message.by,
        received_at=row.received_at,
        reason_id=message.reason_id,
    )


async def _people(record: Record, connection: Connection, tenant: str, case_id: str) -> dict[str, int]:
    rows = await connection.fetch(record.queries["counted_reporters"], tenant, case_id)
    return {row["area"]: row["people"] for row in rows}


def _completes(row: Row) -> bool:
    """Whether this only adds to a request that came before."""
    return (row.content or {}).get("completes") is not None
