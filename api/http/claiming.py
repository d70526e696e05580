"""Claims by HTTP, of a reviewer of one tenant or of several."""

from api.answers import Claimed
from api.doors import Doors
from api.http.tokens import Principal
from api.requests import ClaimRequest
from cases.errors import IdentityError
from cases.names import tenant_of


async def next_or_named(doors: Doors, who: Principal, wanted: ClaimRequest) -> Claimed | None:
    """The task named; else the next of this tenant, or of the one whose turn it is among those that the reviewer works for."""
    if who.serves and wanted.stream is None:
        return await doors.claim_in_turn(who.tenant, who.serves, who.person, wanted, who.accounts, who.named_roles)
    at = at_work_for(who, wanted.stream or "")
    return await doors.claim(at.tenant, at.person, wanted, at.accounts, at.named_roles)


def at_work_for(who: Principal, stream: str) -> Principal:
    """Who calls, at work for the tenant whose case this is, if it is one of theirs; else as they are, who find no such case."""
    if not who.serves:
        return who
    try:
        return who.within(tenant_of(stream)) or who
    except IdentityError:
        return who
