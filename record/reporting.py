"""What is known of reporters: each report with its marks, what people decided on it, and what reports weigh together."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import asyncpg

from cases.decisions import Outcome
from cases.durations import parse_duration
from cases.events import CaseEvent, DecisionRecorded, DecisionReversed
from cases.legal_requests import TAKE_IT_DOWN
from cases.messages import ReportSource
from cases.names import tenant_of
from cases.reporting import Traits
from cases.trust import Heard, Past, Reported, ReporterRules, heard, trust
from record.happenings import Row
from record.pool import Connection, tenant_transaction
from record.record import Record

ORDINARY: Final = frozenset({ReportSource.NOTICE, ReportSource.OTHER})  # what may be set aside
HEARD_LIMIT: Final = 20_000  # reports of one case that are weighed; with more, the newest are
HEARD_AT_ONCE: Final = 200  # reports that are weighed without letting others go on meanwhile
HORIZON: Final = 10  # half-lives after which an outcome, worth less than a thousandth, is not read any more
# What a decision says of those who reported; where it is not named here, nothing.
_UPHELD: Final[Mapping[Outcome, bool]] = {
    Outcome.VIOLATION: True,
    Outcome.SUPPORT: True,
    Outcome.NO_VIOLATION: False,
}


async def keep(record: Record, connection: Connection, case_id: str, taken: Sequence[Row]) -> frozenset[int]:
    """Note these reports, in the transaction that takes them. Repeatable.

    The inbox numbers of those whose reporter's reports are not processed for a time. A trusted flagger's, one of danger, and
    a request that another law sets a time for are always processed.
    """
    if not taken:
        return frozenset()
    traits = [Traits.model_validate((row.content or {}).get("traits", {})) for row in taken]
    rows_aside = await connection.fetch(
        record.queries["keep_reports"],
        *(tenant_of(case_id), case_id),
        [row.number for row in taken],
        [row.person for row in taken],
        [_said(row, "area") for row in taken],
        [_said(row, "source") for row in taken],
        [row.contactable for row in taken],
        [row.received_at for row in taken],
        [one.account for one in traits],
        [one.account_created_at for one in traits],
        [one.network for one in traits],
        [one.campaign for one in traits],
        [" ".join(one.words) for one in traits],
        [_may_wait(record, row) for row in taken],
        [_flagger(row) for row in taken],
    )
    return frozenset(row["number"] for row in rows_aside)


async def heard_in(record: Record, case_id: str, now: datetime, rules: ReporterRules) -> dict[str, Heard]:
    """What the reports of a case weigh, by area. What is decided in this case teaches nothing about its own reporters."""
    tenant = tenant_of(case_id)
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["reports_heard"], tenant, case_id, HEARD_LIMIT)
        people = sorted({row["person"] for row in rows if row["person"]})
        past = await _past(record, connection, tenant, people, now, rules, case_id) if people else {}
    if len(rows) < HEARD_AT_ONCE:
        return _weighed(rows, past, now, rules)
    return await asyncio.to_thread(_weighed, rows, past, now, rules)  # a tenth of a second for some thousands


async def count_outcomes(record: Record, case_id: str, events: Iterable[CaseEvent]) -> None:
    """What these events say of those who reported. Repeatable: a decision counts once, and not after it was reversed.

    A rule's own decision says nothing: the weight of reports would feed itself.
    """
    tenant = tenant_of(case_id)
    for body in (event.body for event in events):
        if isinstance(body, DecisionRecorded) and not body.decision.automated and body.decision.outcome in _UPHELD:
            decision = body.decision
            area, upheld = decision.matter_id.partition("/")[0], _UPHELD[decision.outcome]
            what: tuple[Any, ...] = ("count_outcome", decision.decision_id, area, upheld, decision.decided_at)
        elif isinstance(body, DecisionReversed) and not body.keep:
            what = ("take_outcome_back", body.decision_id)
        else:
            continue
        async with tenant_transaction(record.pool, tenant) as connection:
            await connection.execute(record.queries[what[0]], tenant, case_id, *what[1:])


async def _past(
    record: Record,
    connection: Connection,
    tenant: str,
    people: Sequence[str],
    now: datetime,
    rules: ReporterRules,
    but: str | None,
) -> dict[str, list[Past]]:
    since = now - HORIZON * parse_duration(rules.half_life)
    rows = await connection.fetch(record.queries["reporters_past"], tenant, list(people), since, but)
    past: dict[str, list[Past]] = {}
    for row in rows:
        past.setdefault(row["person"], []).append(Past.model_validate(dict(row)))
    return past


def _weighed(
    rows: Sequence[asyncpg.Record], past: Mapping[str, list[Past]], now: datetime, rules: ReporterRules
) -> dict[str, Heard]:
    by_area: dict[str, list[Reported]] = {}
    for row in rows:
        by_area.setdefault(row["area"], []).append(_reported(row))
    return {
        area: heard(reports, {person: trust(past[person], area, now, rules) for person in past}, rules)
        for area, reports in by_area.items()
    }


def _reported(row: asyncpg.Record) -> Reported:
    return Reported(
        number=row["number"],
        person=row["person"],
        at=row["received_at"],
        traits=Traits(
            account_created_at=row["account_created_at"],
            network=row["network"],
            campaign=row["campaign"],
            words=tuple(row["words"]),
        ),
    )


def _said(row: Row, field: str) -> str:
    return str((row.content or {}).get(field, ""))


def _flagger(row: Row) -> str:
    return _said(row, "flagger") if _said(row, "source") == ReportSource.TRUSTED_FLAGGER else ""


def _may_wait(record: Record, row: Row) -> bool:
    return row.kind != TAKE_IT_DOWN and _said(row, "area") in record.waiting and _said(row, "source") in ORDINARY
