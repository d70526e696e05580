"""Whether the process lives, and whether it is of use: two questions, two addresses, no token."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel

CHECK_WITHIN_SECONDS: Final = 3.0


class Live(BaseModel):
    """The process answers."""

    status: Literal["live"] = "live"


class Ready(BaseModel):
    """checks: what was reached, or the kind of error that says why not."""

    status: Literal["ready", "not_ready"]
    checks: dict[str, str]


class Readiness:
    """Asks everything that is needed. checks: name to a coroutine function that raises where it cannot be reached."""

    def __init__(self, checks: Mapping[str, Callable[[], Awaitable[object]]]) -> None:
        self._checks = dict(checks)

    async def check(self) -> Ready:
        """One answer for all."""
        found = await asyncio.gather(*(_outcome(one) for one in self._checks.values()))
        checks = dict(zip(self._checks, found, strict=True))
        return Ready(status="ready" if set(found) <= {"reachable"} else "not_ready", checks=checks)


async def _outcome(check: Callable[[], Awaitable[object]]) -> str:
    try:
        async with asyncio.timeout(CHECK_WITHIN_SECONDS):
            await check()
    except Exception as error:  # what is away fails in many ways; its message may hold an address
        return f"away: {type(error).__name__}"
    return "reachable"


def health_routes(readiness: Readiness) -> APIRouter:
    """/healthz and /readyz."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz")
    async def healthz() -> Live:
        """The process lives."""
        return Live()

    @router.get("/readyz", responses={503: {"model": Ready, "description": "Something needed is away"}})
    async def readyz(response: Response) -> Ready:
        """Postgres and Temporal can be reached. Without Temporal reports are still taken."""
        ready = await readiness.check()
        response.status_code = 200 if ready.status == "ready" else 503
        return ready

    return router
