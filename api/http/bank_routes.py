"""The routes about banks of hashes, for operators."""

from fastapi import APIRouter, Request

from api.bank_messages import (
    BankDecisionRequest,
    BankEntriesRequest,
    BankEntryRemoved,
    BankExport,
    BankFallen,
    BankMatchingRequest,
    BankRemovalRequest,
    BankRequest,
    BanksAnswer,
    BankSet,
)
from api.http.access import Gate
from api.http.openapi import takes
from api.http.routes import AUDITOR, BODY_PROBLEMS, OPERATOR, problems
from cases.banks import Sharing


def bank_routes(gate: Gate) -> APIRouter:
    """Set banks up, fill them, take false entries out, give away what may be given."""
    router = APIRouter(tags=["banks"])

    @router.post("/banks", responses=problems(*BODY_PROBLEMS), **takes(BankRequest))
    async def make(request: Request) -> BankSet:
        """Set a bank up."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, BankRequest, "bank", who.tenant)
        return await gate.doors().make_bank(who.tenant, who.person, wanted)

    @router.post("/banks/entries", responses=problems(404, *BODY_PROBLEMS), **takes(BankEntriesRequest))
    async def add(request: Request) -> BankSet:
        """Add hashes, a thousand at most."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, BankEntriesRequest, "bank", who.tenant)
        return await gate.doors().add_to_bank(who.tenant, who.person, wanted)

    @router.post("/banks/decisions", responses=problems(404, *BODY_PROBLEMS), **takes(BankDecisionRequest))
    async def add_decided(request: Request) -> BankSet:
        """Add the pictures that a person found a violation; they fall with the decision."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, BankDecisionRequest, "bank", who.tenant)
        return await gate.doors().add_decided_to_bank(who.tenant, who.person, wanted, who.accounts)

    @router.get("/banks/{bank}/fallen", responses=problems(401, 403, 404, 422, 429, 503))
    async def fallen(request: Request, bank: str) -> BankFallen:
        """What fell with its decision, and where it had matched."""
        who = gate.principal(request, OPERATOR, AUDITOR)
        return await gate.doors().fallen_in_bank(who.tenant, bank)

    @router.post("/banks/removals", responses=problems(404, *BODY_PROBLEMS), **takes(BankRemovalRequest))
    async def remove(request: Request) -> BankEntryRemoved:
        """Take a false entry out; the answer lists the cases in which it had matched."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, BankRemovalRequest, "bank", who.tenant)
        return await gate.doors().remove_from_bank(who.tenant, who.person, wanted)

    @router.post("/banks/matching", responses=problems(404, *BODY_PROBLEMS), **takes(BankMatchingRequest))
    async def matching(request: Request) -> BankSet:
        """Look in a bank, or do not."""
        who = gate.principal(request, OPERATOR)
        wanted = await gate.message(request, BankMatchingRequest, "bank", who.tenant)
        return await gate.doors().set_bank_matching(who.tenant, wanted)

    @router.get("/banks", responses=problems(401, 403, 422, 429, 503))
    async def show(request: Request) -> BanksAnswer:
        """Every bank."""
        who = gate.principal(request, OPERATOR, AUDITOR)
        return await gate.doors().banks(who.tenant)

    @router.get("/banks/{bank}/entries", responses=problems(400, 401, 403, 404, 422, 429, 503))
    async def export(request: Request, bank: str, to: Sharing = Sharing.PARTNERS, after: str = "") -> BankExport:
        """What of a bank may be given to those, page by page."""
        who = gate.principal(request, OPERATOR)
        return await gate.doors().export_bank(who.tenant, bank, to, after)

    return router
