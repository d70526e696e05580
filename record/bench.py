"""What judging a decision or an appeal needs to know of the people concerned. Runs inside the caller's transaction."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from cases.appeals import Role
from cases.caps import Cap
from cases.impartiality import ACTS, Parts, refuse_act
from cases.names import tenant_of
from cases.refusals import Refusal
from record import conflicts, deriving, person_caps
from record.deciding import Ask, Bench, objection_to
from record.happenings import Informed, Row
from record.pool import Connection
from record.record import Record


async def look_up_bench(record: Record, connection: Connection, stream_id: str, asks: Sequence[Ask], cap: Cap) -> Bench:
    """Who of those who ask may not judge in this case, or no more today, and which of the named rationales are stored for it.

    cap: of a person's restrictions; what nothing else speaks against counts towards it.
    """
    nobody: frozenset[str] = frozenset()
    if not asks:
        return Bench(False, frozenset(), nobody, nobody)
    tenant = tenant_of(stream_id)
    case_id = await connection.fetchval(record.queries["case_of_stream"], tenant, stream_id)
    settings = await connection.fetchrow(record.queries["tenant_settings"], tenant)
    reviewers = sorted({ask.reviewer for ask in asks})
    sources = sorted({(one.case_id, one.decision_id) for ask in asks for one in ask.message.derived_from})
    texts = sorted({text for ask in asks for text in ask.texts})

    async def names(query: str, wanted: list[str]) -> frozenset[str]:
        rows = await connection.fetch(record.queries[query], tenant, case_id, wanted)
        return frozenset(row[0] for row in rows)

    async def about_protected(ask: Ask) -> bool:
        named = [one.account for one in ask.message.responsible]
        query = record.queries["about_protected"]
        return bool(await connection.fetchval(query, tenant, case_id, named, ask.row.received_at))

    async def has_part(ask: Ask) -> bool:
        return await conflicts.has_part(record, tenant, ask.reviewer, case_id, ask.area, connection)

    async def is_unclaimed(ask: Ask) -> bool:
        leases = [ask.claims.lease_id] if ask.claims else []
        query = record.queries["leases_given_up"]
        return bool(leases and await connection.fetch(query, tenant, leases, ask.row.received_at))

    bench = Bench(
        tokenless=settings is not None and settings["tokenless_decisions"],
        in_conflict=frozenset([ask.row.number for ask in asks if await has_part(ask)]),
        deciders=await names("deciders_among", reviewers),
        texts=await names("texts_of_case", texts),
        protected=frozenset([ask.row.number for ask in asks if await about_protected(ask)]),
        unclaimed=frozenset([ask.row.number for ask in asks if await is_unclaimed(ask)]),
        sources=await deriving.standing(record, connection, tenant, sources) if sources else frozenset(),
    )
    sound = [ask for ask in asks if objection_to(stream_id, ask, bench) is None]
    counted = await person_caps.counted(record, connection, stream_id, sound, cap)
    return replace(bench, over_cap=counted.refused, wide=counted.wide)


async def barred_acts(
    record: Record, connection: Connection, stream_id: str, rows: Sequence[Row]
) -> dict[int, Refusal]:
    """By inbox number: why what an operator asks for is not theirs to ask (P5). A raw update came by no door that asked."""
    acts = [row for row in rows if row.kind in ACTS and row.content and "operator" in row.content]
    parts: dict[str, Parts] = {}
    found = {}
    for row in acts:
        content = row.content or {}
        operator = str(content["operator"])
        if operator not in parts:
            parts[operator] = await conflicts.parts_of(record, tenant_of(stream_id), operator, stream_id, connection)
        with suppress(KeyError):  # of a version this one cannot read: it is parked
            if refusal := refuse_act(row.kind, content, parts[operator]):
                found[row.number] = refusal
    return found


async def informed_of(
    record: Record, connection: Connection, stream_id: str, appeals: Sequence[Row]
) -> dict[int, Informed]:
    """By inbox number: whom the case knows the appellant as, and when and as what they were told of the decision."""
    readable = [row for row in appeals if row.content is not None and "decision_id" in row.content]
    if not readable:
        return {}
    tenant = tenant_of(stream_id)
    case_id = await connection.fetchval(record.queries["case_of_stream"], tenant, stream_id)
    asked = sorted({row.person for row in readable})
    rows = await connection.fetch(record.queries["same_person"], tenant, case_id, asked)
    known = {row["asked"]: row["person"] for row in rows}
    people = sorted({known.get(person, person) for person in asked})
    decisions = sorted({str((row.content or {})["decision_id"]) for row in readable})
    told = await connection.fetch(record.queries["informed_of"], tenant, case_id, decisions, people)
    found = {(one["reference"], one["person"]): one for one in told}

    def informed(row: Row) -> Informed:
        person = known.get(row.person, row.person)
        one = found.get(((row.content or {})["decision_id"], person))
        return Informed(person) if one is None else Informed(person, Role(one["role"]), one["informed_at"])

    return {row.number: informed(row) for row in readable}
