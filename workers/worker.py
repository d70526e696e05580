"""The worker: every task queue, and the schedules that sweep and watch. Started by `workers.main`."""

import asyncio
import logging
import signal
import sys
from contextlib import AsyncExitStack
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError
from temporalio.worker import Worker

from activities import stubs
from api.ringing import Ringer
from cases.names import (
    CASES_TASK_QUEUE,
    DRIFT_WORKFLOW,
    EVENT_FEED_WORKFLOW,
    LATE_MEDIA_WORKFLOW,
    SWEEPER_WORKFLOW,
    WATCH_WORKFLOW,
    event_feed_workflow_id,
    vendor_task_queue,
)
from cases.policy import PolicyError
from cases.subscribers import Subscribers
from cases.vendor_table import Vendors
from record import outgoing
from record.errors import RecordUnavailable
from workers.case_pages import CasePages
from workers.collecting import keep_what_is_loaded
from workers.decision_guard import DecisionGuard
from workers.readiness import refuse_other_kek, refuse_unmigrated
from workers.retry_cap import RetryCap
from workers.sandbox import workflow_runner
from workers.settings import Settings, SettingsError
from workers.subscribers_file import read_subscribers
from workers.telemetry import set_up_logging
from workers.vendors_file import read_vendors
from workers.wiring import Means, build_effects, http_client, open_means, system_clock
from workflows.appeal import AppealWorkflow
from workflows.batch import BatchWorkflow
from workflows.bulk import BulkWorkflow
from workflows.case import CaseWorkflow
from workflows.consultation import ConsultationWorkflow
from workflows.event_feed import EventFeedWorkflow
from workflows.filing import FilingWorkflow
from workflows.late_media import LateMediaWorkflow
from workflows.sweeper import SweeperWorkflow
from workflows.watching import DriftWatchWorkflow, WatchWorkflow

logger = logging.getLogger("dueprocess.worker")

NEEDED: Final = (
    "database_dsn",
    "kek_file",
    "platform_url",
    "platform_secret",
    "smtp_host",
    "transparency_url",
    "transparency_token",
)
WORKFLOWS: Final = (
    CaseWorkflow,
    AppealWorkflow,
    FilingWorkflow,
    BatchWorkflow,
    BulkWorkflow,
    SweeperWorkflow,
    WatchWorkflow,
    DriftWatchWorkflow,
    LateMediaWorkflow,
    ConsultationWorkflow,
    EventFeedWorkflow,
)
DRAIN: Final = timedelta(seconds=8)  # running activities finish, before the supervisor's ten seconds are over
HEARD_WITHIN: Final = timedelta(seconds=5)  # an effect that is asked to stop hears of it by its heartbeat
SWEEP_EVERY: Final = timedelta(seconds=20)
ASK_AGAIN_EVERY: Final = timedelta(minutes=1)
COMPARE_EVERY: Final = timedelta(
    minutes=5
)  # an hour that is over is counted that soon; at other times nothing is to do
SCHEDULES: Final = (
    ("sweeper", SWEEPER_WORKFLOW, SWEEP_EVERY),
    ("watch", WATCH_WORKFLOW, SWEEP_EVERY),
    ("drift", DRIFT_WORKFLOW, COMPARE_EVERY),
    ("late-media", LATE_MEDIA_WORKFLOW, ASK_AGAIN_EVERY),
)
CACHED_WORKFLOWS: Final = 500  # a waiting case costs some 114 KB
OPEN_AGAIN_SECONDS: Final = 1.0


async def run_workers(means: Means, stop: asyncio.Event) -> None:
    """Work on every task queue until asked to stop, then let what runs finish."""
    async with AsyncExitStack() as running:
        http = await running.enter_async_context(http_client())
        ringer = Ringer(means.client)
        running.push_async_callback(ringer.aclose)
        vendors, subscribers = read_vendors(means.settings), read_subscribers(means.settings)
        for queue, effects in build_effects(means, http, ringer, system_clock, vendors, subscribers).items():
            await running.enter_async_context(build_worker(means, queue, effects, vendors))
        await keep_sweeping(means.client)
        await keep_feeding(means, subscribers)
        keep_what_is_loaded()
        logger.info("working", extra={"event": "worker_ready"})
        await stop.wait()
        logger.info("stopping", extra={"event": "worker_stopping"})


def build_worker(means: Means, queue: str, effects: Any, vendors: Vendors = MappingProxyType({})) -> Worker:
    """The worker of one task queue; the queue of cases runs the workflows, too, and a vendor's has its limits."""
    vendor = next((one for one in vendors.values() if vendor_task_queue(one.name) == queue), None)
    if vendor is not None:
        return Worker(
            means.client,
            task_queue=queue,
            activities=effects,
            max_concurrent_activities=vendor.table.at_once,
            max_task_queue_activities_per_second=vendor.table.calls_per_second,
            graceful_shutdown_timeout=DRAIN,
        )
    if queue != CASES_TASK_QUEUE:
        return Worker(
            means.client,
            task_queue=queue,
            activities=effects,
            max_concurrent_activities=50,
            max_heartbeat_throttle_interval=HEARD_WITHIN,
            graceful_shutdown_timeout=DRAIN,
        )
    longest = timedelta(seconds=means.settings.retry_maximum_interval_seconds)
    return Worker(
        means.client,
        task_queue=queue,
        workflows=WORKFLOWS,
        activities=effects,
        workflow_runner=workflow_runner(),
        interceptors=[
            DecisionGuard(means.record.verifying_keys),
            RetryCap(longest),
            CasePages(means.settings.public_url),
        ],
        max_cached_workflows=CACHED_WORKFLOWS,
        graceful_shutdown_timeout=DRAIN,
    )


async def keep_sweeping(client: Client) -> None:
    """The schedules that sweep for what was left unread, watch over tasks and drifts, and late attachments; made once."""
    for name, workflow, every in SCHEDULES:
        schedule = Schedule(
            action=ScheduleActionStartWorkflow(workflow, id=name, task_queue=CASES_TASK_QUEUE),
            spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every)]),
            policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(minutes=1)),
        )
        try:
            await client.create_schedule(name, schedule)
        except ScheduleAlreadyRunningError:
            logger.debug("a schedule stands", extra={"event": "schedule_stands", "schedule": name})


async def keep_feeding(means: Means, subscribers: Subscribers) -> None:
    """What is recorded from now on is put aside for these subscribers, and a workflow for each sends it to them."""
    for tenant in means.settings.tenants:
        wanted = {name: one.table.kinds for (whose, name), one in subscribers.items() if whose == tenant}
        await outgoing.enter(means.record, tenant, wanted, system_clock())
    for tenant, name in subscribers:
        await means.client.start_workflow(
            EVENT_FEED_WORKFLOW,
            stubs.DeliverEvents(tenant=tenant, subscriber=name),
            id=event_feed_workflow_id(tenant, name),
            task_queue=CASES_TASK_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )


async def work(settings: Settings) -> None:
    """Open the means, waiting for what is away, and work until SIGTERM or SIGINT.

    Raises SettingsError for a record that lacks migrations, or is under another KEK: a worker would fail every case it
    touches; PolicyError for a pack with mistakes.
    """
    stop = asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(one, stop.set)
    while not stop.is_set():
        try:
            means = await open_means(settings, "worker", lazy=False)
        except RuntimeError:  # the SDK's word for a Temporal that does not answer
            logger.warning("waits for Temporal", extra={"event": "worker_waits"})
            await asyncio.sleep(OPEN_AGAIN_SECONDS)
            continue
        try:
            await refuse_unmigrated(means.record)
            await refuse_other_kek(means.record, settings.tenants)
            await run_workers(means, stop)
        except RecordUnavailable:
            logger.warning("waits for Postgres", extra={"event": "worker_waits"})
            await asyncio.sleep(OPEN_AGAIN_SECONDS)
        except RPCError as error:  # Temporal went away between connecting and the first call
            logger.warning("waits for Temporal", extra={"event": "worker_waits", "status": error.status.name})
            await asyncio.sleep(OPEN_AGAIN_SECONDS)
        finally:
            await means.aclose()
    await asyncio.sleep(0.1)  # a Temporal client's core needs a moment before its loop closes


def main() -> None:
    """Run the worker with the settings of the environment. What cannot be cured by waiting ends it with 2."""
    import uvloop

    try:
        settings = Settings.from_environment(needing=NEEDED)
        set_up_logging(settings)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(work(settings))
    except (SettingsError, PolicyError) as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None
