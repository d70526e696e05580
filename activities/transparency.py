"""Filing statements of reasons with the EU transparency database (DSA Art. 24(5)). Effect: HTTP, and the filing's row.

A 422 "not unique" is no proof that our statement is stored: a request of ours may still be under way, and fail. So the
record is asked first, then the lock is waited out, and only then the database's word counts (transparency_client.py says
why it does). Every other refusal stays owed and visible, and heals when the code that builds the statement is mended.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import orjson
from opentelemetry import trace
from pydantic import ValidationError
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities import processes
from activities.packs_in_force import PacksInForce
from activities.transparency_client import LOCK, DatabaseAway, TokenRefused, TransparencyClient
from cases.case import Case
from cases.causes import cause_of_filing, pieces_of
from cases.errors import KeyDestroyed, UnknownSomething
from cases.folding import compacted, fold_all
from cases.names import kind_of, tenant_of
from cases.statement_contents import filed_content
from cases.statements import NothingToState, statement_of
from record import events, evidence, filings
from record.filings import StoredFiling
from record.record import Record

MENDING: Final = timedelta(minutes=30)  # between two attempts at what only people can mend
TAKEN: Final = "puid_taken"  # in the row: the lock is being waited out
REFUSED: Final = "refused"

T = TypeVar("T")

_log = logging.getLogger(__name__)
_tracer = trace.get_tracer("dueprocess")


class Transparency:
    """Effect: statements in the EU database."""

    def __init__(
        self, record: Record, packs: PacksInForce, database: TransparencyClient, clock: Callable[[], datetime]
    ) -> None:
        self._record, self._packs, self._database, self._clock = record, packs, database, clock

    @activity.defn(name="submit_statement")
    async def submit_statement(self, request: processes.FileStatement) -> processes.FilingAnswer:
        """Lodge the statement, once, whatever is lost on the way.

        accepted: the database has it; reference is its uuid, None where only the puid is known to be stored. Not accepted:
        there is nothing to state, or nothing left of it. Raises ApplicationError, to be tried again.
        """
        case_id, filing_id = request.case_id, request.filing.filing_id
        with _tracer.start_as_current_span("file_statement", attributes={"case_id": case_id, "filing_id": filing_id}):
            try:
                answer = await self._earlier_answer(request) or await self._submit(request)
            except KeyDestroyed:
                await self._answered(request, accepted=False, error_code="erased")
                answer = processes.FilingAnswer(accepted=False)
        event = "statement_filed" if answer.accepted else "statement_not_filed"
        _log.info("filing answered", extra={"event": event, "case_id": case_id, "filing_id": filing_id})
        return answer

    async def _earlier_answer(self, request: processes.FileStatement) -> processes.FilingAnswer | None:
        """What the record knows already: an attempt was answered, and its worker died before it could say so."""
        try:
            stored = await filings.get(self._record, tenant_of(request.case_id), request.filing.filing_id)
        except UnknownSomething:
            return None
        if stored.state == "owed":
            return None
        return processes.FilingAnswer(accepted=stored.state == "accepted", reference=stored.uuid)

    async def _submit(self, request: processes.FileStatement) -> processes.FilingAnswer:
        tenant = tenant_of(request.case_id)
        try:
            async with self._record.together(tenant):
                payload = await self._payload(request)
                stored = await self._owe(request, payload)
        except NothingToState:
            await self._owe(request, {})
            return await self._answered(request, accepted=False, error_code="nothing_to_state")
        # What was kept is what is sent; but for one the database refused: nothing was stored of it, and it was mended.
        sent = payload if (stored.last_error or "").startswith(REFUSED) else orjson.loads(stored.payload)
        reply = await self._asked(request, self._database.file(sent))
        if reply.how == "stored":
            async with self._record.together(tenant):
                await self._note_attempt(request, None)
                return await self._answered(request, accepted=True, uuid=reply.uuid)
        if reply.how == "taken":
            return await self._taken(request, waited=stored.last_error == TAKEN)
        fields = ", ".join(reply.fields) or "no field named"
        await self._note_attempt(request, f"{REFUSED}: {fields}")
        raise ApplicationError(
            f"the EU database refuses the statement's {fields}; mend how it is built, it is sent again by itself",
            type="StatementRefused",
            next_retry_delay=MENDING,
        )

    async def _taken(self, request: processes.FileStatement, waited: bool) -> processes.FilingAnswer:
        if not waited:
            await self._note_attempt(request, TAKEN)
            raise ApplicationError(
                "the EU database says that it has this puid; an earlier request may be under way, its lock is waited out",
                type="PuidTaken",
                next_retry_delay=LOCK,
            )
        if not await self._asked(request, self._database.holds(request.filing.filing_id)):
            await self._note_attempt(request, "puid_contradiction")
            raise ApplicationError(
                "the EU database calls this puid taken and does not know it", type="PuidTaken", next_retry_delay=LOCK
            )
        await self._note_attempt(request, None)
        return await self._answered(request, accepted=True)

    async def _payload(self, request: processes.FileStatement) -> dict[str, Any]:
        """The statement, from the record and the pack its matter opened under. Raises NothingToState, KeyDestroyed."""
        stored = await events.load(self._record, request.case_id)
        if not stored or len(stored) < stored[-1].sequence:
            raise KeyDestroyed  # events are missing: the case was erased, there is nothing left to state
        case = fold_all(Case(case_id=request.case_id), compacted(stored))
        filing = next((one for one in case.filings if one.filing_id == request.filing.filing_id), request.filing)
        cause = cause_of_filing(case, filing, stored)
        if cause.matter is None:
            raise NothingToState
        pack = await self._packs.pinned(case.tenant, cause.matter.terms.pack)
        judged = next((one for one in case.evidence if one.version == cause.matter.evidence_version), None)
        snapshot = orjson.loads(await evidence.read(self._record, case.case_id, judged.version)) if judged else None
        content = filed_content(
            kind_of(case.case_id),
            judged,
            snapshot if isinstance(snapshot, dict) else None,
            stored[0].occurred_at,
            pieces_of(cause.decision),
        )
        try:
            return statement_of(case, filing, pack, cause, content).payload()
        except ValidationError as error:
            fields = {".".join(map(str, one["loc"])) or str(one["msg"]) for one in error.errors(include_input=False)}
            raise ApplicationError(
                f"the statement breaks the EU database's rules: {', '.join(sorted(fields))}; mend the pack or the mapping",
                type="StatementInvalid",
                next_retry_delay=MENDING,
            ) from None

    async def _asked(self, request: processes.FileStatement, asking: Awaitable[T]) -> T:
        """The database's word, with what goes wrong noted in the row, where `dueprocess stuck` finds it."""
        try:
            return await asking
        except TokenRefused as error:
            await self._note_attempt(request, "token_refused")
            raise ApplicationError(str(error), type="TokenRefused") from None
        except DatabaseAway as error:
            await self._note_attempt(request, str(error))
            raise ApplicationError(str(error), type="DatabaseAway", next_retry_delay=error.retry_after) from None

    async def _owe(self, request: processes.FileStatement, payload: dict[str, Any]) -> StoredFiling:
        filing, now = request.filing, self._clock()
        return await filings.owe(
            self._record, request.case_id, filing.filing_id, filing.cause, orjson.dumps(payload), now
        )

    async def _note_attempt(self, request: processes.FileStatement, error: str | None) -> None:
        await filings.note_attempt(self._record, tenant_of(request.case_id), request.filing.filing_id, error)

    async def _answered(
        self,
        request: processes.FileStatement,
        *,
        accepted: bool,
        uuid: str | None = None,
        error_code: str | None = None,
    ) -> processes.FilingAnswer:
        tenant, filing_id, now = tenant_of(request.case_id), request.filing.filing_id, self._clock()
        await filings.note_answered(
            self._record, tenant, filing_id, now, accepted=accepted, uuid=uuid, error_code=error_code
        )
        return processes.FilingAnswer(accepted=accepted, reference=uuid)
