"""The gateway's own process: it starts before what it needs, and stops when asked."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from api.client import DueprocessClient, Unavailable
from cases.messages import ReportMessage
from record.tenants import ensure_tenant
from tests.conftest import Database, free_port
from workers.generated_secrets import make_secrets

REPORT = ReportMessage.model_validate(
    {"message_id": "m-1", "subject": {"kind": "content", "id": "post-1"}, "area": "harassment"}
)


@asynccontextmanager
async def a_process(repository: Path, environment: dict[str, str]) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "workers.gateway"),
        cwd=repository,
        env={**{k: v for k, v in os.environ.items() if not k.startswith("DUEPROCESS_")}, **environment},
        stdout=PIPE,
        stderr=STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def an_environment(folder: Path, dsn: str, port: int) -> dict[str, str]:
    """A gateway's, with nothing behind its Temporal address."""
    return {
        **make_secrets(folder / "secrets", ("demo",)),
        "DUEPROCESS_DATA": str(folder),
        "DUEPROCESS_DATABASE_DSN": dsn,
        "DUEPROCESS_GATEWAY_PORT": str(port),
        "DUEPROCESS_TEMPORAL_ADDRESS": f"127.0.0.1:{free_port()}",
    }


async def until_live(url: str, process: Process) -> None:
    async with asyncio.timeout(90):
        while process.returncode is None:
            try:
                async with httpx2.AsyncClient(trust_env=False) as http:
                    if (await http.get(f"{url}/healthz")).status_code == 200:
                        return
            except httpx2.TransportError:
                await asyncio.sleep(0.1)
    output = await process.stdout.read() if process.stdout else b""
    pytest.fail(f"the gateway ended with {process.returncode}: {output.decode()[-2000:]}")


def token(folder: Path, name: str) -> str:
    tokens: dict[str, str] = json.loads((folder / "secrets" / "client_tokens.json").read_text())
    return tokens[f"demo/{name}"]


async def test_reports_are_taken_without_temporal_and_a_sigterm_ends_it_with_zero(
    postgres: Database, tmp_path: Path, repository: Path
):
    await ensure_tenant(postgres.owner_dsn, "demo")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with a_process(repository, an_environment(tmp_path, postgres.app_dsn, port)) as process:
        await until_live(url, process)
        async with DueprocessClient(url, token(tmp_path, "service"), pauses=()) as client:
            receipt = await client.submit_report(REPORT)
        async with DueprocessClient(url, token(tmp_path, "auditor"), pauses=()) as auditor:
            stages = await auditor.stages()
        async with httpx2.AsyncClient(trust_env=False) as http:
            ready = await http.get(f"{url}/readyz")
        process.send_signal(signal.SIGTERM)
        output, _ = await asyncio.wait_for(process.communicate(), 60)

    assert receipt.case_id.startswith("case/demo/content/")
    assert stages.stages == {"assessing": 1}
    assert (ready.status_code, ready.json()["checks"]["postgres"]) == (503, "reachable")
    assert ready.json()["checks"]["temporal"].startswith("away")
    assert process.returncode == 0, output.decode()[-2000:]
    assert b"post-1" not in output


async def test_it_starts_before_postgres_and_says_to_come_back(tmp_path: Path, repository: Path):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    dsn = f"postgresql://dueprocess_app@/dueprocess?host={tmp_path}/nowhere"
    async with a_process(repository, an_environment(tmp_path, dsn, port)) as process:
        await until_live(url, process)
        async with DueprocessClient(url, token(tmp_path, "service"), pauses=()) as client:
            with pytest.raises(Unavailable) as caught:
                await client.submit_report(REPORT)

    assert (caught.value.status, caught.value.retry_after) == (503, 2)


async def test_a_tokens_file_that_cannot_be_used_ends_it_with_a_cure(tmp_path: Path, repository: Path):
    environment = an_environment(tmp_path, "postgresql://dueprocess_app@/dueprocess", free_port())
    (tmp_path / "secrets" / "tokens.json").write_text('[{"token": "plain"}]')
    async with a_process(repository, environment) as process:
        output, _ = await asyncio.wait_for(process.communicate(), 60)

    assert process.returncode == 2
    assert b"DUEPROCESS_TOKENS_FILE" in output
    assert b"token_sha256" in output
    assert b"Traceback" not in output
