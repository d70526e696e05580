"""The gateway's application: doors under /v1, health, the codec server. Everything it needs is handed in."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from types import MappingProxyType

from fastapi import FastAPI
from temporalio.converter import PayloadCodec

from api.doors import Doors
from api.http.access import Gate
from api.http.bank_routes import bank_routes
from api.http.batches import BATCHES, batch_routes
from api.http.brake_routes import brake_routes
from api.http.bulk_routes import bulk_routes
from api.http.campaigns import campaign_routes
from api.http.care_pages import care_page_routes
from api.http.care_routes import care_routes
from api.http.codec_server import CodecServer
from api.http.conflict_routes import conflict_routes
from api.http.coop import coop_routes
from api.http.flagger_routes import flagger_routes
from api.http.health import Readiness, health_routes
from api.http.hooks import hook_routes
from api.http.legal_routes import legal_routes
from api.http.limits import BodyLimit, RequestFrame
from api.http.openapi import add_openapi
from api.http.parking import parking_routes
from api.http.policy_routes import PACKS, policy_routes
from api.http.problem_json import add_problem_handlers
from api.http.quality_routes import quality_routes
from api.http.queue_routes import queue_routes
from api.http.reporter_routes import reporter_routes
from api.http.review_conflicts import review_conflict_routes
from api.http.review_entry import lost_page_routes, review_entry_routes
from api.http.review_pages import START
from api.http.review_rendering import guards_of
from api.http.review_routes import review_page_routes
from api.http.review_sessions import Sessions
from api.http.routes import intake_routes, reading_routes, review_routes
from api.http.status import link_routes, status_routes
from api.http.status_pages import PREFIX, PrivatePages, status_guards
from api.http.subscriber_routes import subscriber_routes
from api.http.task_pages import task_page_routes
from api.http.tokens import Tokens
from api.http.vendor_routes import vendor_routes
from api.peers.coop_map import CoopMaps
from api.quotas import QuotaLimits, Quotas

VERSION = "0.1.0"


@dataclass(frozen=True)
class Limits:
    """What one request may bring. batch: a thousand reports; codec: Temporal's Web UI decodes pages of a history at once."""

    body_bytes: int = 1024 * 1024
    batch_body_bytes: int = 8 * 1024 * 1024
    codec_body_bytes: int = 16 * 1024 * 1024


Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(
    doors: Callable[[], Doors],
    tokens: Tokens,
    readiness: Readiness,
    *,
    codec: Callable[[], PayloadCodec] | None = None,
    coop: CoopMaps = MappingProxyType({}),
    ui_origins: tuple[str, ...] = (),
    platform_name: str = "the platform",
    limits: Limits = Limits(),
    quotas: QuotaLimits = QuotaLimits(),
    trusted_proxies: int = 0,
    sessions: Sessions | None = None,
    web_ui: str = "",
    lifespan: Lifespan | None = None,
) -> FastAPI:
    """The application.

    doors: asked on every request; raises ServiceUnavailable while the record cannot be reached.
    trusted_proxies: how many of ours stand in front, each adding whom it heard to X-Forwarded-For.
    codec: asked on every request likewise; None serves no /codec. ui_origins: where Temporal's Web UI is served from.
    coop: each tenant's table of Coop's ids.
    sessions: of reviewers' pages; None serves none. web_ui: where operators see the list of workflows.
    platform_name: in whose name pages speak to people concerned.
    """
    app = FastAPI(
        title="Dueprocess",
        version=VERSION,
        description="Doors of the case record. Every error is a problem document (RFC 9457).",
        lifespan=lifespan,
        docs_url=None,  # those pages load scripts from elsewhere
        redoc_url=None,
    )
    gate = Gate(doors, tokens, Quotas(quotas), trusted_proxies)
    for router in (
        intake_routes(gate),
        batch_routes(gate),
        hook_routes(gate),
        legal_routes(gate),
        review_routes(gate),
        queue_routes(gate),
        care_routes(gate),
        quality_routes(gate),
        reading_routes(gate),
        parking_routes(gate),
        reporter_routes(gate),
        link_routes(gate),
        brake_routes(gate),
        subscriber_routes(gate),
        vendor_routes(gate),
        bank_routes(gate),
        campaign_routes(gate),
        bulk_routes(gate),
        flagger_routes(gate),
        conflict_routes(gate),
        policy_routes(gate),
    ):
        app.include_router(router, prefix="/v1")
    app.include_router(coop_routes(gate, coop))
    app.include_router(status_routes(gate, platform_name))
    if sessions:
        app.include_router(review_entry_routes(gate, sessions))
        app.include_router(review_page_routes(gate, sessions, web_ui))
        app.include_router(care_page_routes(gate, sessions))
        app.include_router(task_page_routes(gate, sessions))
        app.include_router(review_conflict_routes(gate, sessions))
        app.include_router(lost_page_routes())
    app.include_router(health_routes(readiness))
    if codec:
        app.router.routes.extend(CodecServer(codec, tokens, ui_origins).routes())
    add_problem_handlers(app)
    add_openapi(app)
    app.add_middleware(PrivatePages, prefix=PREFIX, guards=status_guards)
    app.add_middleware(PrivatePages, prefix=START, guards=guards_of)
    app.add_middleware(
        BodyLimit,
        limit_bytes=limits.body_bytes,
        larger={BATCHES: limits.batch_body_bytes, PACKS: limits.batch_body_bytes, "/codec/": limits.codec_body_bytes},
    )
    app.add_middleware(RequestFrame)  # the last added is the outermost
    return app
