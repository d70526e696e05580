"""Starting the processes a case asks for, bringing their outcomes back, and ringing for what was left unread."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from temporalio import activity
from temporalio.client import Client
from temporalio.common import (
    Priority,
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError

from activities import processes
from activities.ladders import Ladders
from activities.watching import OverdueOrders
from cases.campaigns import BatchDoneMessage
from cases.consultations import VendorAnsweredMessage
from cases.names import (
    APPEAL_WORKFLOW,
    CASES_TASK_QUEUE,
    CONSULTATION_WORKFLOW,
    FILING_WORKFLOW,
    appeal_workflow_id,
    consultation_workflow_id,
    filing_workflow_id,
    tenant_of,
)
from record import bulk, inbox, overtaking, releasing, sweeps
from record.pool import tenant_transaction, tenants
from record.raw_models import AppealAnsweredMessage, FilingAnsweredMessage
from record.record import Record

logger = logging.getLogger(__name__)
Ring = Callable[[str, int], Awaitable[bool]]

_NEWS: dict[str, type[AppealAnsweredMessage | FilingAnsweredMessage | BatchDoneMessage | VendorAnsweredMessage]] = {
    "appeal_answered": AppealAnsweredMessage,
    "filing_answered": FilingAnsweredMessage,
    "batch_done": BatchDoneMessage,
    "vendor_answered": VendorAnsweredMessage,
}


class Starting:
    """Effect: starts workflows and rings. A second start of the same process is none. knock: of the bulks' workflows."""

    def __init__(
        self,
        record: Record,
        client: Client,
        ring: Ring,
        now: Callable[[], datetime],
        ladders: Ladders,
        knock: Callable[[str, str], Awaitable[bool]] | None = None,
    ) -> None:
        self._record = record
        self._client = client
        self._ring = ring
        self._now = now
        self._ladders = ladders
        self._knock = knock
        self._overdue = OverdueOrders(record, now)

    @activity.defn
    async def start_filing(self, request: processes.FileStatement) -> None:
        """The filing's workflow, under its case's key."""
        workflow_id = filing_workflow_id(tenant_of(request.case_id), request.filing.filing_id)
        await self._start(
            FILING_WORKFLOW, workflow_id, request.case_id, request, "Statement for the public database", 3
        )

    @activity.defn
    async def start_hearing(self, request: processes.HearingStart) -> None:
        """The appeal's workflow, under its case's key, with a stream of events of its own."""
        workflow_id = appeal_workflow_id(tenant_of(request.case_id), request.appeal_id)
        summary = f"Appeal of decision {request.decision_id}"[:200]
        attributes = _appeal_attributes(request)
        await self._start(
            APPEAL_WORKFLOW, workflow_id, request.case_id, request, summary, request.severity + 1, attributes
        )

    @activity.defn
    async def start_consultation(self, request: processes.ConsultationStart) -> None:
        """The consultation's workflow, under its case's key."""
        one = request.consultation
        workflow_id = consultation_workflow_id(request.case_id, one.consultation_id)
        summary = f"Ask {', '.join(one.chain)} about version {one.evidence_version}"
        await self._start(CONSULTATION_WORKFLOW, workflow_id, request.case_id, request, summary, 3)

    async def _start(
        self,
        workflow: str,
        workflow_id: str,
        case_id: str,
        argument: processes.FileStatement | processes.HearingStart | processes.ConsultationStart,
        summary: str,
        priority: int,
        attributes: TypedSearchAttributes = TypedSearchAttributes.empty,
    ) -> None:
        tenant = tenant_of(case_id)
        async with tenant_transaction(self._record.pool, tenant) as connection:
            await self._record.keyring.map_workflow(connection, tenant, workflow_id, case_id)
        try:
            await self._client.start_workflow(
                workflow,
                argument,
                id=workflow_id,
                task_queue=CASES_TASK_QUEUE,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                static_summary=summary,
                search_attributes=attributes,
                priority=Priority(priority_key=min(priority, 5), fairness_key=tenant),
            )
        except WorkflowAlreadyStartedError:
            logger.info("process runs already", extra={"event": "already_started", "workflow_id": workflow_id})

    @activity.defn
    async def bring_news(self, request: processes.CaseNews) -> None:
        """An outcome for the case: an inbox row, then a ring. The commit is what counts; the sweeper rings again."""
        message = _NEWS[request.kind].model_validate({**request.payload, "message_id": request.message_id})
        accepted = await inbox.accept(
            self._record,
            tenant_of(request.case_id),
            request.case_id,
            None,
            None,
            request.kind,
            request.message_id,
            message,
            None,
            self._now(),
        )
        if accepted.ring:
            await self._ring(request.case_id, accepted.number)

    @activity.defn
    async def sweep_inboxes(self) -> int:
        """Ring for every stream left unread for ten seconds, tenant by tenant."""
        rung, failed = 0, None
        for tenant in await tenants(self._record.pool):
            try:
                rung += await self._swept(tenant)
            except Exception as error:  # whatever it is, it is one tenant's: those after it are swept all the same
                failed = error
                logger.warning(
                    "a tenant was not swept",
                    extra={"event": "sweep_failed", "tenant": tenant, "error": type(error).__name__},
                )
        if rung:
            logger.info("rang for what was left unread", extra={"event": "swept", "rung": rung})
        if failed:
            raise failed
        return rung

    async def _swept(self, tenant: str) -> int:
        """How many runs were rung for. What is left unread comes first: nothing else of the sweep may keep it waiting."""
        rung = await self._ring_all(await sweeps.unread_streams(self._record, tenant, self._now()))
        await self._ladders.sweep(tenant)
        brought = await releasing.release(self._record, tenant, self._now())
        brought += await overtaking.tell_overtaken(self._record, tenant, self._now())
        for one in brought:
            if one.ring:
                rung += await self._ring(one.case_id, one.number)
        await self._overdue.look(tenant)
        return rung + await self._knock_for_bulks(tenant)

    async def _knock_for_bulks(self, tenant: str) -> int:
        """Whatever a door could not start, or what a lost workflow left."""
        if self._knock is None:
            return 0
        return sum([await self._knock(tenant, one) for one in await bulk.left(self._record, tenant, self._now())])

    async def _ring_all(self, unread: Sequence[sweeps.UnreadStream]) -> int:
        outcomes = [await self._ring(stream.stream_id, 0) for stream in unread]
        return sum(outcomes)


def _appeal_attributes(request: processes.HearingStart) -> TypedSearchAttributes:
    """An appeal is found beside the cases that are due: it is nobody's case of its own."""
    keyword = SearchAttributeKey.for_keyword
    return TypedSearchAttributes(
        [
            SearchAttributePair(keyword("CaseTenant"), tenant_of(request.case_id)),
            SearchAttributePair(keyword("CaseStage"), "under_appeal"),
            SearchAttributePair(keyword("CaseQueue"), request.queue),
            SearchAttributePair(SearchAttributeKey.for_int("CasePriority"), request.severity + 1),
            SearchAttributePair(SearchAttributeKey.for_datetime("CaseDueAt"), request.due_at),
        ]
    )
