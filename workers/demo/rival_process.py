"""The rival as a process beside the stack: started, reported to, killed and started again as a supervisor would."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx2

from workers.demo.own_stack import free_ports
from workers.embedded import ROOT
from workers.settings import Settings

_READY_SECONDS: Final = 20.0
_PATIENCE_SECONDS: Final = 60.0
_PAUSE_SECONDS: Final = 0.2


class Rival:
    """One rival pipeline. kills: how often its process was killed."""

    def __init__(self, settings: Settings, http: httpx2.AsyncClient) -> None:
        (self._port,) = free_ports(1)
        self._settings, self._http = settings, http
        self._process: asyncio.subprocess.Process | None = None
        self.kills = 0

    async def start(self) -> None:
        """Start its process and wait until it answers."""
        settings = self._settings
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "workers.demo.rival"),
            env={
                **os.environ,
                "RIVAL_PORT": str(self._port),
                "RIVAL_PLATFORM_URL": settings.platform_url,
                "RIVAL_PLATFORM_SECRET": settings.platform_secret.get_secret_value(),
                "RIVAL_SMTP_PORT": str(settings.smtp_port),
            },
            cwd=ROOT,
        )
        ends_at = time.monotonic() + _READY_SECONDS
        while await self.waiting() is None:
            if time.monotonic() > ends_at:
                raise TimeoutError("the rival pipeline does not answer")
            await asyncio.sleep(_PAUSE_SECONDS)

    async def kill(self) -> None:
        """SIGKILL, and start again at once."""
        await self.stop()
        self.kills += 1
        await self.start()

    async def stop(self) -> None:
        """SIGKILL: there is nothing that it could finish."""
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def report(self, message_id: str, post_id: str, author_address: str) -> bool:
        """Report a post, sending it again until it is accepted; whether it was."""
        body = {"message_id": message_id, "post_id": post_id, "author_address": author_address}
        ends_at = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < ends_at:
            try:
                answer = await self._http.post(f"http://127.0.0.1:{self._port}/reports", json=body)
            except httpx2.HTTPError:
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            return answer.status_code == 202
        return False

    async def waiting(self) -> int | None:
        """Reports in its memory; None where it does not answer."""
        try:
            answer: dict[str, Any] = (await self._http.get(f"http://127.0.0.1:{self._port}/healthz")).json()
        except httpx2.HTTPError:
            return None
        return int(answer["waiting"])


@asynccontextmanager
async def a_rival(settings: Settings) -> AsyncIterator[Rival]:
    """A running rival."""
    async with httpx2.AsyncClient(timeout=5, trust_env=False) as http:
        rival = Rival(settings, http)
        try:
            await rival.start()
            yield rival
        finally:
            await rival.stop()
