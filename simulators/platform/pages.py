"""The platform's pages and its public feed. Words that may hurt are dots until someone asks, and asking is logged."""

from datetime import datetime
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.faults import Faults
from simulators.platform.appearance import STATES
from simulators.platform.communities import directory, standing
from simulators.platform.feed import (
    Visit,
    people_and_communities,
    read_feed,
    subject_entry,
    tallies,
    told_to,
    visitors_feed,
)
from simulators.platform.payments import payment
from simulators.platform.world import World
from simulators.web import BadRequest, JsonResponse, Pages, whole_number

_NEWEST = 2**62
_PEOPLE_SHOWN = 40


def page_routes(world: World, faults: Faults) -> list[Route]:
    """`/`, `/orders`, `/things/{kind}/{id}`, `/people/{id}`, `/feed.json`, `/communities.json`."""
    pages = Pages(Path(__file__).parent)

    def page(template: str, request: Request, **values: Any) -> Response:
        shared = {"fault": faults.fault, "masking": world.masking, "link": _linker(request), "when": _when}
        return pages.render(template, {**shared, **values})

    async def feed(request: Request) -> Response:
        visit = _visit(world, request)
        before, limit = whole_number(request, "before", _NEWEST, _NEWEST), whole_number(request, "limit", 40, 200)
        entries = read_feed(world, visit, before, limit)
        return page(
            "feed.html",
            request,
            entries=entries,
            people=people_and_communities(world, visit, _PEOPLE_SHOWN),
            tallies=tallies(world),
            states=STATES,
            older=min(entry.item.subject["sequence"] for entry in entries) if len(entries) == limit else None,
        )

    async def feed_json(request: Request) -> Response:
        visit = _visit(world, request)
        before, limit = whole_number(request, "before", _NEWEST, _NEWEST), whole_number(request, "limit", 50, 200)
        entries = read_feed(world, visit, before, limit, id=request.query_params.get("id"))
        lowest = min((entry.item.subject["sequence"] for entry in entries), default=0)
        return JsonResponse(
            {"items": visitors_feed(world, entries), "next_before": lowest if len(entries) == limit else None}
        )

    async def communities(request: Request) -> Response:
        return JsonResponse({"communities": directory(world, whole_number(request, "limit", 50, 200))})

    async def orders(request: Request) -> Response:
        before, limit = whole_number(request, "before", _NEWEST, _NEWEST), whole_number(request, "limit", 100, 500)
        rows = world.database.all("orders_page", before=before, limit=limit, id=request.query_params.get("id"))
        return page(
            "orders.html",
            request,
            rows=rows,
            outcomes=world.database.all("count_outcomes"),
            older=rows[-1]["sequence"] if len(rows) == limit else None,
        )

    async def thing(request: Request) -> Response:
        kind, id = request.path_params["kind"], request.path_params["id"]
        subject = world.subject(kind, id)
        if subject is None:
            raise BadRequest("path", "no such thing", code="unknown_target", status=404)
        return page(
            "thing.html",
            request,
            entry=subject_entry(world, _visit(world, request), subject),
            community=standing(world, subject) if kind == "community" else None,
            payment=payment(world, id) if kind == "transaction" else None,
            targets=world.database.all("targets_of", kind=kind, id=id),
            rows=world.database.all("orders_page", before=_NEWEST, limit=50, id=id),
        )

    async def person(request: Request) -> Response:
        account = world.subject("account", request.path_params["id"])
        if account is None:
            raise BadRequest("path", "no such account", code="unknown_target", status=404)
        told = told_to(world, account)
        if request.url.path.endswith(".json"):
            return JsonResponse({"account": account["id"], "things": told})
        return page("person.html", request, account=account, things=told)

    return [
        Route("/people/{id}.json", person, methods=["GET"]),
        Route("/people/{id}", person, methods=["GET"]),
        Route("/", feed, methods=["GET"]),
        Route("/feed.json", feed_json, methods=["GET"]),
        Route("/communities.json", communities, methods=["GET"]),
        Route("/orders", orders, methods=["GET"]),
        Route("/things/{kind}/{id:path}", thing, methods=["GET"]),
    ]


def _visit(world: World, request: Request) -> Visit:
    """Who looks; every reveal is written down."""
    revealed = frozenset(request.query_params.getlist("reveal"))
    for id in sorted(revealed):
        world.log("reveal", "revealed", id=id)
    country = request.query_params.get("country", "").upper() or None
    return Visit(country, revealed, frozenset(request.query_params.getlist("open")))


def _linker(request: Request) -> Any:
    """`link(name, value)`: this page with one more query parameter."""

    def link(name: str, value: str) -> str:
        return str(request.url.include_query_params(**{name: value}).replace(scheme="", netloc=""))

    return link


def _when(text: str) -> str:
    """A stamp as people read it: to the second, UTC."""
    return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M:%S")
