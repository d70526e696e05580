"""The gateway's process: doors over HTTP, and the codec server. `python -m workers.gateway`

Nothing is connected before it is needed, so it starts before Postgres and Temporal do: /healthz answers from the first
moment, /v1 with 503 and Retry-After until the record can be reached. Temporal may stay away for good: what is committed
is acknowledged, and rung for later.
"""

import asyncio
import logging
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import uvicorn
import uvloop
from fastapi import FastAPI

from api.admission import AdmissionLimits
from api.doors import Doors
from api.hook_sources import HookSources, HookSourcesError, read_sources
from api.http.app import create_app
from api.http.codec_server import ui_origins
from api.http.health import Readiness
from api.http.review_sessions import Sessions
from api.http.tokens import Tokens
from api.peers.coop_map import CoopMaps, read_coop_maps
from api.quotas import QuotaLimits
from cases.errors import BadInput
from cases.policy import PolicyError
from record.errors import RecordUnavailable
from workers.collecting import keep_what_is_loaded
from workers.library import PackLibrary
from workers.readiness import refuse_other_kek, refuse_unmigrated
from workers.settings import Settings, SettingsError
from workers.telemetry import set_up_logging
from workers.translating import translator_of
from workers.vendors_file import read_vendors
from workers.wiring import Means, http_client, open_means, read_token_file, system_clock

logger = logging.getLogger("dueprocess.gateway")

NEEDED: Final = ("database_dsn", "kek_file", "signing_key_file", "tokens_file")
STOP_WITHIN_SECONDS: Final = 8  # for requests under way; a reviewer's decision may wait for its run
LOOP_END_SECONDS: Final = 0.1  # a Temporal client's core needs a moment before its loop closes


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are answered first.

    Raises SettingsError or PolicyError for what waiting would not cure.
    """
    tokens = read_token_file(settings)
    means = await open_means(settings, "gateway")
    hooks = _hooks(settings, means.areas)
    admission = AdmissionLimits(
        settings.quota_unfinished, settings.quota_reserved, means.urgent_areas, settings.quota_subject
    )
    http = http_client()
    library = PackLibrary(means.in_force, settings.platform_name, translator_of(settings, http))
    doors = Doors(
        means.record,
        means.client,
        system_clock,
        means.signing,
        means.areas,
        hooks,
        admission,
        library,
        read_vendors(settings),
    )
    try:
        await _look_at_the_record(means, settings.tenants)
        if means.signing is None:
            raise SettingsError(f"DUEPROCESS_SIGNING_KEY_FILE: {settings.signing_key_file} is not there: give it.")
        server = _Server(_configuration(settings, _application(settings, means, doors, tokens)))
        keep_what_is_loaded()
        await server.serve()
    finally:
        await doors.aclose()
        await http.aclose()
        await means.aclose()
        await asyncio.sleep(LOOP_END_SECONDS)


async def _look_at_the_record(means: Means, tenants: Iterable[str]) -> None:
    """Raises SettingsError for a record that lacks migrations, or is under another KEK.

    While it is away the doors answer 503, and nothing is amiss.
    """
    try:
        await refuse_unmigrated(means.record)
        await refuse_other_kek(means.record, tenants)
    except RecordUnavailable:
        logger.warning("the record is away", extra={"event": "record_away"})


def main() -> None:
    """Run the gateway with the settings of the environment. What cannot be cured by waiting ends it with 2."""
    try:
        settings = Settings.from_environment(needing=NEEDED)
        set_up_logging(settings)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(settings))
    except (SettingsError, PolicyError) as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None


def _application(settings: Settings, means: Means, doors: Doors, tokens: Tokens) -> FastAPI:
    async def temporal() -> None:
        if not await means.client.service_client.check_health():
            raise ConnectionError

    return create_app(
        lambda: doors,
        tokens,
        Readiness({"postgres": means.record.ping, "temporal": temporal}),
        codec=lambda: means.codec,
        ui_origins=ui_origins(settings.ui_url),
        coop=coop_maps(settings, means.areas),
        quotas=quota_limits(settings),
        trusted_proxies=settings.trusted_proxies,
        platform_name=settings.platform_name,
        sessions=_sessions(settings, means, tokens),
        web_ui=_web_ui(settings),
    )


def _web_ui(settings: Settings) -> str:
    """The Temporal Web UI's list of workflows; empty where nobody said where it is."""
    return (
        f"{settings.ui_url.rstrip('/')}/namespaces/{settings.temporal_namespace}/workflows" if settings.ui_url else ""
    )


def _sessions(settings: Settings, means: Means, tokens: Tokens) -> Sessions | None:
    """Of reviewers' pages, signed by what signs decision tokens."""
    if means.signing is None:
        return None
    return Sessions(tokens, means.signing, system_clock, secure=settings.public_url.startswith("https://"))


def quota_limits(settings: Settings) -> QuotaLimits:
    """The quotas of the settings."""
    return QuotaLimits(
        token_requests=settings.quota_token_requests,
        source_requests=settings.quota_source_requests,
        tenant_requests=settings.quota_tenant_requests,
        token_items=settings.quota_token_items,
        source_items=settings.quota_source_items,
        tenant_items=settings.quota_tenant_items,
        burst_seconds=settings.quota_burst_seconds,
        reserved=settings.quota_reserved,
    )


def _configuration(settings: Settings, app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=settings.gateway_host,
        port=settings.gateway_port,
        http="httptools",
        lifespan="off",
        log_config=None,
        access_log=False,  # it would log addresses as sent; ours logs routes
        server_header=False,
        proxy_headers=False,  # the codec server trusts loopback: nobody may claim to be there
        timeout_graceful_shutdown=STOP_WITHIN_SECONDS,
    )


def _hooks(settings: Settings, areas: frozenset[str]) -> HookSources:
    if settings.hooks_file == Path():
        return {}
    try:
        return read_sources(settings.hooks_file, settings.tenants, areas)
    except HookSourcesError as error:
        raise SettingsError(f"DUEPROCESS_HOOKS_FILE: cannot be used:\n{error}") from None


def coop_maps(settings: Settings, areas: frozenset[str]) -> CoopMaps:
    """Each tenant's table of Coop's ids. Raises SettingsError, with every problem found."""
    if settings.coop_file == Path():
        return {}
    try:
        return read_coop_maps(settings.coop_file.read_text(encoding="utf-8"), areas)
    except (OSError, UnicodeDecodeError, BadInput) as error:
        raise SettingsError(f"DUEPROCESS_COOP_FILE: cannot be used:\n{error}") from None


class _Server(uvicorn.Server):
    """Stops by itself when asked, and the process exits with 0: stopping when asked is no failure."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for one in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(one, self.handle_exit, one, None)
        yield


if __name__ == "__main__":
    main()
