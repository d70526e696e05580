"""What people restrict, counted, and what their cap refuses (`cases.person_caps`). Runs inside the caller's transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from cases.brakes import Scope
from cases.caps import Cap
from cases.decisions import RESTRICTING
from cases.facts import Fact
from cases.names import tenant_of
from cases.person_caps import NEVER_CAPPED, OVER_CAP, over_cap_words
from record import alarms
from record.deciding import Ask
from record.pool import Connection, tenant_transaction
from record.record import Record

SHOWN: Final = 100


class PersonActs(Fact):
    """How often a person restricted in this hour and this UTC day, and how often their cap refused it today."""

    person: str
    hour: int
    day: int
    refused: int


class Counted(Fact):
    """What a person's cap says of decisions, by inbox number. refused: why one is over it; wide: those that reach more members
    of a campaign than it has room for, and take two people.
    """

    refused: dict[int, str] = {}
    wide: frozenset[int] = frozenset()


async def counted(record: Record, connection: Connection, stream_id: str, asks: Sequence[Ask], cap: Cap) -> Counted:
    """Count what these decisions restrict: each once, and of a campaign each of its members where there is room for all.

    What the cap refuses is not counted towards it. People are counted in one order, so that no two transactions wait for each
    other; whoever else counts the same person waits until this one ends.
    """
    restricting = [ask for ask in asks if ask.message.outcome in RESTRICTING]
    if not cap.limits or not restricting:
        return Counted()
    tenant = tenant_of(stream_id)
    rows = await connection.fetch(record.queries["severe_matters"], tenant, stream_id, NEVER_CAPPED)
    severe = {row["subject"] for row in rows}
    members: int = await connection.fetchval(record.queries["campaign_size"], tenant, stream_id) or 1
    refused, wide = {}, set()
    for ask in sorted(restricting, key=lambda one: (one.reviewer, one.row.number)):
        if ask.message.matter in severe:
            continue
        number, reach = ask.row.number, 1 if ask.message.seconds else members
        words, fits = await _over(record, connection, tenant, ask.reviewer, cap, ask.row.received_at, reach)
        if words:
            refused[number] = words
        elif not fits:
            wide.add(number)
    return Counted(refused=refused, wide=frozenset(wide))


async def refused_at_door(
    record: Record, stream_id: str, person: str, matter: str, cap: Cap, at: datetime
) -> str | None:
    """Why one restriction more is over this person's cap, which is noted as where mail is taken; None where there is room.

    Nothing is counted: the run does that, and has the last word where several are sent at once.
    """
    tenant = tenant_of(stream_id)
    if not cap.limits:
        return None
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["severe_matters"], tenant, stream_id, NEVER_CAPPED)
        if any(row["subject"] == matter for row in rows):
            return None
        counted = await connection.fetchrow(record.queries["acts_of_person"], tenant, *_hour_and_day(at), person)
        assert counted is not None
        return await _noted(record, connection, tenant, person, cap, counted["hour"] + 1, counted["day"] + 1, at)


async def _over(
    record: Record, connection: Connection, tenant: str, person: str, cap: Cap, at: datetime, reach: int
) -> tuple[str | None, bool]:
    """Why one more is too many, and whether there is room for all that it reaches; counted so."""
    hour, day = _hour_and_day(at)
    count, uncount = record.queries["count_acts"], record.queries["uncount_acts"]
    used = await connection.fetchrow(count, tenant, [Scope.PERSON], [person], hour, day)
    assert used is not None
    words = await _noted(record, connection, tenant, person, cap, used["hour_acts"], used["day_acts"], at)
    if words:
        await connection.execute(uncount, tenant, [Scope.PERSON], [person], hour, day)
        return words, False
    further = reach - 1
    fits = cap.exceeded(used["hour_acts"] + further, used["day_acts"] + further) is None
    if fits and further:
        await connection.execute(record.queries["count_further_acts"], tenant, Scope.PERSON, person, hour, day, further)
    return None, fits


async def _noted(
    record: Record, connection: Connection, tenant: str, person: str, cap: Cap, in_hour: int, in_day: int, at: datetime
) -> str | None:
    """What a refusal says, and that it is known of; None where so many, the one in question included, are within the cap."""
    which = cap.exceeded(in_hour, in_day)
    if which is None:
        return None
    hour, day = _hour_and_day(at)
    await connection.execute(record.queries["count_acts"], tenant, [Scope.OVER_CAP], [person], hour, day)
    told = {"hour": in_hour - 1, "day": in_day - 1, "cap": which}
    await alarms.begin_within(record, connection, tenant, OVER_CAP, person, told, hour, at)
    return over_cap_words(cap, which, at.astimezone(UTC))


async def acts_of_people(record: Record, tenant: str, at: datetime) -> list[PersonActs]:
    """Today's, those first whose cap refused something, then those who restricted most."""
    async with tenant_transaction(record.pool, tenant) as connection:
        rows = await connection.fetch(record.queries["acts_by_person"], tenant, *_hour_and_day(at), SHOWN)
    return [PersonActs.model_validate(dict(row)) for row in rows]


def _hour_and_day(at: datetime) -> tuple[datetime, datetime]:
    hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return hour, hour.replace(hour=0)
