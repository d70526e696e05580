"""What is asked of each tenant that a reviewer works for before one of them has its turn. Each sees its own rows only."""

from collections.abc import Mapping
from datetime import datetime

from cases.fairness import in_turn, remembered
from cases.reviewers import Reason, why_not_queue, why_nothing
from record import reviewers
from record.pool import tenant_transaction
from record.record import Record
from record.review import refuse


async def tenants_in_turn(
    record: Record, weights: Mapping[str, int], reviewer: str, queue: str | None, now: datetime
) -> tuple[str, ...]:
    """The tenants that have something for this reviewer (in this queue), in the order of their turns.

    Raises ClaimRefused where a break is due after what was seen for one of them: another's tasks are no break.
    """
    waiting: dict[str, bool] = {}
    claims: list[tuple[datetime, str]] = []
    for tenant in sorted(weights):
        async with tenant_transaction(record.pool, tenant) as connection:
            standing = await reviewers.standing(record, connection, tenant, reviewer, now)
            barred = [name for name, rules in record.queues.items() if why_not_queue(standing, rules, name, now)]
            front = await connection.fetchrow(record.queries["waiting_for"], tenant, barred, now, queue)
            rows = await connection.fetch(record.queries["latest_claims"], tenant, reviewer, remembered(weights))
        against = why_nothing(standing, now)
        refuse([one for one in against if one.reason is Reason.BREAK])
        claims += [(row["claimed_at"], tenant) for row in rows]
        if front and front["waits"] and not against:
            waiting[tenant] = front["danger"]
    latest = [tenant for _, tenant in sorted(claims, reverse=True)]
    return in_turn(weights, waiting, latest)
