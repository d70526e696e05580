"""The embedded stack, its two servers for real: killed, restarted, refused, stopped. Ports are free ones."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from temporalio.client import Client

from tests.conftest import free_port
from workers.data_folder import DataFolder, StackState
from workers.embedded import ASKING_PACK, ASKING_TENANT, Stack, stop_orphans
from workers.postgres_server import APP_ROLE, PostgresServer
from workers.preparing import prepare
from workers.processes import Child, PortsAnswer, ProcessError, is_running, started_at
from workers.settings import Settings, SettingsError
from workers.stack_commands import down, reset, up
from workers.supervisor import Progress
from workers.vendors_file import read_vendors

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A stack of this test's own, in a folder whose path holds a space."""
    return Settings(data=tmp_path / "data folder" / ".data", temporal_port=free_port(), temporal_ui_port=free_port())


async def nothing(_: str) -> None:
    pass


def quiet(_: Progress) -> None:
    pass


@asynccontextmanager
async def servers(settings: Settings) -> AsyncIterator[Stack]:
    """PostgreSQL and Temporal, and nothing of the product."""
    async with Stack(settings, migrate=nothing, choose_children=lambda *_: ()) as stack:
        await stack.start(quiet)
        yield stack


@pytest.fixture(scope="module")
async def looked_at(anyio_backend: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The two servers, for tests that only look."""
    folder = tmp_path_factory.mktemp("looked at") / ".data"
    async with servers(Settings(data=folder, temporal_port=free_port(), temporal_ui_port=free_port())) as stack:
        yield stack


async def eventually(condition: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - other processes set no event
            await asyncio.sleep(0.05)


async def write(stack: Stack) -> None:
    owner = await asyncpg.connect(stack.environment["DUEPROCESS_DATABASE_OWNER_DSN"])
    await owner.execute("CREATE TABLE IF NOT EXISTS kept (number int); INSERT INTO kept VALUES (1)")
    await owner.close()


async def count(stack: Stack) -> int:
    owner = await asyncpg.connect(stack.environment["DUEPROCESS_DATABASE_OWNER_DSN"])
    number: int = await owner.fetchval("SELECT count(*) FROM kept")
    await owner.close()
    return number


async def test_a_stack_stopped_and_started_again_goes_on_with_its_data(settings: Settings) -> None:
    async with servers(settings) as stack:
        await write(stack)
        client = await Client.connect(stack.environment["DUEPROCESS_TEMPORAL_ADDRESS"])
        await client.start_workflow("NobodyWorksOnIt", id="waits", task_queue="nobody")
    async with servers(settings) as stack:
        assert await count(stack) == 1
        client = await Client.connect(stack.environment["DUEPROCESS_TEMPORAL_ADDRESS"])
        description = await client.get_workflow_handle("waits").describe()
        assert description.status is not None
        assert description.status.name == "RUNNING"


@pytest.mark.parametrize("victim", ["postgres", "temporal"])
async def test_a_killed_server_comes_back_with_its_data_and_the_restart_is_counted(
    settings: Settings, victim: str
) -> None:
    async with servers(settings) as stack:
        await write(stack)
        client = await Client.connect(stack.environment["DUEPROCESS_TEMPORAL_ADDRESS"])
        await client.start_workflow("NobodyWorksOnIt", id="waits", task_queue="nobody")
        before = stack.state().children[victim]
        os.kill(before.pid, signal.SIGKILL)

        async def back() -> bool:
            try:
                handle = client.get_workflow_handle("waits")
                return await count(stack) == 1 and (await handle.describe()).id == "waits" and changed()
            except Exception:  # whatever a dead server makes clients raise
                return False

        def changed() -> bool:
            return stack.state().children[victim].pid != before.pid

        await eventually(back)
        stored = stack.folder.read_state()
        assert stored is not None
        assert stored.children[victim].restarts >= 1


async def test_temporal_has_the_attributes_retention_and_features_the_product_needs(looked_at: Stack) -> None:
    from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
    from temporalio.api.taskqueue.v1 import TaskQueue
    from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, ListTaskQueuePartitionsRequest

    from cases.names import SEARCH_ATTRIBUTES

    client = await Client.connect(looked_at.environment["DUEPROCESS_TEMPORAL_ADDRESS"])
    attributes = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace="default"))
    assert set(SEARCH_ATTRIBUTES) <= set(attributes.custom_attributes)
    namespace = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace="default"))
    assert namespace.config.workflow_execution_retention_ttl.ToTimedelta().days == 90
    partitions = await client.workflow_service.list_task_queue_partitions(
        ListTaskQueuePartitionsRequest(namespace="default", task_queue=TaskQueue(name="platform"))
    )
    assert len(partitions.activity_task_queue_partitions) == 1


async def test_the_app_role_is_neither_owner_nor_superuser_and_bypasses_nothing(looked_at: Stack) -> None:
    app = await asyncpg.connect(looked_at.environment["DUEPROCESS_DATABASE_DSN"])
    role = await app.fetchrow("SELECT * FROM pg_roles WHERE rolname = current_user")
    owner = await app.fetchval("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'dueprocess'")
    await app.close()
    assert role is not None
    assert (role["rolname"], role["rolsuper"], role["rolbypassrls"]) == (APP_ROLE, False, False)
    assert owner == "dueprocess_owner"


async def test_servers_listen_on_loopback_only_and_postgres_on_no_port(looked_at: Stack) -> None:
    listening = await asyncio.to_thread(_listening_addresses, [c.pid for c in looked_at.state().children.values()])
    assert listening["temporal"] <= {"127.0.0.1"}
    assert not listening["postgres"]
    assert looked_at.folder.path.stat().st_mode & 0o077 == 0
    sockets = PostgresServer.at(looked_at.folder.path / "postgres").sockets
    assert sockets.stat().st_mode & 0o077 == 0


async def test_a_taken_port_is_named_with_the_variable_that_moves_ours(settings: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", settings.temporal_ui_port))
        other.listen()
        with pytest.raises(ProcessError, match=f"Port {settings.temporal_ui_port} .*DUEPROCESS_TEMPORAL_UI_PORT="):
            async with servers(settings):
                pass
    async with servers(settings):
        pass  # nothing of the refused start stands in the way


async def test_a_second_supervisor_on_the_same_folder_is_refused(looked_at: Stack) -> None:
    with pytest.raises(ProcessError, match=rf"already runs .*process {os.getpid()}.*dueprocess down"):
        async with servers(looked_at.settings):
            pass


async def test_a_pid_file_whose_process_is_another_program_now_stops_nothing(settings: Settings) -> None:
    async with servers(settings) as stack:
        await write(stack)
    pid_file = stack.folder.path / "postgres" / "cluster" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{pid_file.parent}\n1\n5432\n\n\n\n")
    async with servers(settings) as stack:
        assert await count(stack) == 1


async def test_a_first_start_that_was_killed_half_way_is_made_anew(settings: Settings) -> None:
    unfinished = settings.data / "postgres" / "cluster.unfinished"
    async with Stack(settings, migrate=nothing, choose_children=lambda *_: ()) as stack:
        unfinished.mkdir(parents=True)
        (unfinished / "base").write_text("half")
        await stack.start(quiet)
        assert stack.state().state == "ready"


async def test_a_folder_that_is_not_ours_is_neither_used_nor_deleted(settings: Settings) -> None:
    settings.data.mkdir(parents=True)
    (settings.data / "thesis.txt").write_text("years of work")
    with pytest.raises(ProcessError, match="nothing of Dueprocess"):
        async with servers(settings):
            pass
    with pytest.raises(ProcessError, match="not a data folder of Dueprocess"):
        await reset(settings)
    assert (settings.data / "thesis.txt").read_text() == "years of work"


async def test_a_path_too_deep_for_a_socket_gets_a_short_one_of_our_own(tmp_path: Path) -> None:
    deep = Settings(data=tmp_path / ("d" * 60) / ("e" * 60), temporal_port=free_port(), temporal_ui_port=free_port())
    async with servers(deep) as stack:
        await write(stack)
        assert await count(stack) == 1


async def test_a_child_that_keeps_ending_is_told_with_the_end_of_its_log(settings: Settings) -> None:
    failing = Child(
        name="failing",
        argv=(sys.executable, "-c", "raise SystemExit('the disk is full')"),
        ready=PortsAnswer("127.0.0.1", (free_port(),)),
    )
    async with Stack(settings, migrate=nothing, choose_children=lambda *_: (failing,)) as stack:
        with pytest.raises(ProcessError, match=r"(?s)failing keeps ending.*the disk is full"):
            await stack.start(quiet)


async def test_a_child_that_ignores_the_request_to_stop_is_killed(settings: Settings, tmp_path: Path) -> None:
    started = tmp_path / "started"
    code = (
        "import pathlib, signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "pathlib.Path(sys.argv[1]).touch(); time.sleep(600)"
    )

    async def ready() -> bool:
        return started.exists()

    deaf = Child(name="deaf", argv=(sys.executable, "-c", code, str(started)), ready=ready, stop_seconds=0.3)
    async with Stack(settings, migrate=nothing, choose_children=lambda *_: (deaf,)) as stack:
        await stack.start(quiet)
        child = stack.state().children["deaf"]
    assert not is_running(child.pid, child.started)


async def test_an_outside_party_without_its_secret_is_refused(settings: Settings) -> None:
    half = settings.model_copy(update={"platform_url": "https://platform.example"})
    with pytest.raises(SettingsError, match="DUEPROCESS_PLATFORM_SECRET is not"):
        async with servers(half):
            pass


async def test_secrets_are_private_and_survive_a_restart(settings: Settings) -> None:
    async with servers(settings) as stack:
        before = {path: path.read_bytes() for path in stack.folder.secrets.rglob("*") if path.is_file()}
    async with servers(settings):
        pass
    assert {path: path.read_bytes() for path in before} == before
    assert all(path.stat().st_mode & 0o077 == 0 for path in (*before, stack.folder.secrets))


async def test_a_lost_kek_is_not_made_anew_beside_the_record_that_it_sealed(settings: Settings) -> None:
    async with servers(settings) as stack:
        await write(stack)
    kek = stack.folder.secrets / "kek"
    lost = kek.read_bytes()
    kek.unlink()
    with pytest.raises(
        SettingsError, match=rf"DUEPROCESS_KEK_FILE: {re.escape(str(kek))} is missing.*dueprocess reset"
    ):
        async with servers(settings):
            pass
    assert not kek.exists()

    kek.write_bytes(lost)
    async with servers(settings) as stack:
        assert await count(stack) == 1
    assert kek.read_bytes() == lost


async def test_simulated_vendors_are_named_in_a_file_and_asked_by_a_tenant_of_their_own(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with servers(settings) as stack:
        given = Settings.from_environment(defaults=stack.environment)
        assert given.tenants == ("demo", ASKING_TENANT)
        assert (stack.folder.path / "vendors.toml").stat().st_mode & 0o077 == 0
        vendors = read_vendors(given)
        assert all(f"127.0.0.1:{settings.vendors_port}/" in one.table.url for one in vendors.values())
        owner_dsn = stack.environment["DUEPROCESS_DATABASE_OWNER_DSN"]
        await prepare(owner_dsn, stack.settings)
        assert await pack_of(owner_dsn, ASKING_TENANT) == ASKING_PACK
        assert await pack_of(owner_dsn, "demo") == "baseline"
        with pytest.raises(SettingsError, match="no such pack; there are baseline, second_opinion"):
            await prepare(owner_dsn, stack.settings.model_copy(update={"tenant_packs": {"demo": "../outside"}}))
        with pytest.raises(SettingsError, match="nobody is no tenant"):
            await prepare(owner_dsn, stack.settings.model_copy(update={"tenant_packs": {"nobody": "baseline"}}))


async def pack_of(owner_dsn: str, tenant: str) -> str:
    owner = await asyncpg.connect(owner_dsn)
    pack: str = await owner.fetchval("SELECT pack_id FROM tenants WHERE tenant = $1", tenant)
    await owner.close()
    return pack


@pytest.mark.parametrize(
    "own", [{"vendors_file": Path("/nowhere/vendors.toml")}, {"tenants": ("demo",)}], ids=["vendors", "tenants"]
)
def test_who_names_vendors_or_tenants_has_no_example_beside_them(settings: Settings, own: dict[str, Any]) -> None:
    stack = Stack(settings.model_copy(update=own))
    assert (stack.settings.tenants, dict(stack.settings.tenant_packs)) == (("demo",), {})


SUPERVISOR = """
import asyncio, json, sys
from workers.embedded import Stack
from workers.settings import Settings
from workers.stack_commands import run

async def nothing(_): pass
async def view(stack, asked):
    print(stack.state().model_dump_json(), flush=True)
    await asked.wait()

stack = Stack(Settings.from_environment(), migrate=nothing, choose_children=lambda *_: ())
asyncio.run(run(stack, lambda progress: None, view))
"""


async def start_supervisor(settings: Settings, root: Path) -> tuple[subprocess.Popen[str], StackState]:
    process = subprocess.Popen(  # noqa: ASYNC220 - returns at once
        [sys.executable, "-c", SUPERVISOR],
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
        env={**os.environ, **settings.as_environment()},
    )
    assert process.stdout is not None
    return process, StackState.model_validate_json(await asyncio.to_thread(process.stdout.readline))


async def gone(state: StackState) -> bool:
    return not any(is_running(child.pid, child.started) for child in state.children.values())


@pytest.mark.parametrize("chosen", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_stops_everything_within_seconds(
    settings: Settings, repository: Path, chosen: signal.Signals
) -> None:
    process, state = await start_supervisor(settings, repository)
    process.send_signal(chosen)
    assert await asyncio.to_thread(process.wait, 10) == 0
    assert await gone(state)
    assert DataFolder(settings.data).read_state() is None


async def test_children_of_a_killed_supervisor_do_not_outlive_it(settings: Settings, repository: Path) -> None:
    process, state = await start_supervisor(settings, repository)
    process.kill()
    await asyncio.to_thread(process.wait)
    if sys.platform != "linux":  # elsewhere the kernel tells no child; the next start or `down` stops them
        await stop_orphans(DataFolder(settings.data))
    await eventually(lambda: gone(state), 15)
    async with servers(settings) as stack:
        assert stack.state().state == "ready"


async def test_down_stops_by_id_and_start_time_and_never_another_program(settings: Settings) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])  # noqa: ASYNC220
    try:
        async with servers(settings) as stack:
            state = stack.state()
        earlier = state.model_copy(update={"supervisor_pid": bystander.pid, "supervisor_started": "1"})
        stack.folder.write_state(earlier)
        assert await down(settings)
        assert started_at(bystander.pid) is not None
    finally:
        bystander.kill()
        bystander.wait()


async def test_a_detached_start_that_fails_says_why(settings: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", settings.temporal_port))
        other.listen()
        with pytest.raises(ProcessError, match=r"Port \d+ \(temporal\) is taken"):
            await up(settings, quiet)


def _listening_addresses(pids: list[int]) -> dict[str, set[str]]:
    """The TCP addresses each process listens on, by its name, from the kernel's tables."""
    found: dict[str, set[str]] = {}
    for pid in pids:
        inodes = {
            match.group(1)
            for link in Path(f"/proc/{pid}/fd").iterdir()
            if (match := re.match(r"socket:\[(\d+)\]", os.readlink(link)))
        }
        name = Path(f"/proc/{pid}/comm").read_text().strip()
        found[name] = {
            _address(columns[1])
            for table in ("tcp", "tcp6")
            for columns in (line.split() for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:])
            if columns[3] == "0A" and columns[9] in inodes
        }
    return found


def _address(hexadecimal: str) -> str:
    host = bytes.fromhex(hexadecimal.split(":")[0])
    return socket.inet_ntoa(host[::-1]) if len(host) == 4 else socket.inet_ntop(socket.AF_INET6, host)
