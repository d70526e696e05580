"""A campaign's case hears that it grew: an inbox row of its own, as for any message."""

from datetime import datetime

from cases.campaigns import MembersJoinedMessage
from cases.names import tenant_of
from record import inbox
from record.campaigns import Joined
from record.record import Record


async def tell_of_members(record: Record, case_id: str, joined: Joined, now: datetime) -> inbox.Acceptance | None:
    """Whoever gets one rings for it; None where there is no news."""
    if not joined.news:
        return None
    message = MembersJoinedMessage(message_id=f"members-{joined.members}", members=joined.members)
    tenant, kind = tenant_of(case_id), "members_joined"
    return await inbox.accept(record, tenant, case_id, None, None, kind, message.message_id, message, None, now)
