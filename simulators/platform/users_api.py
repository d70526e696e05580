"""How synthetic users act: unsigned, for loopback only. What they make is invented or taken from a feed file."""

import sqlite3
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.platform.communities import belong, standing
from simulators.platform.drafts import FORMS, parse_draft, parse_edit
from simulators.platform.payments import payment
from simulators.platform.pictures import drawn
from simulators.platform.snapshots import snapshot
from simulators.platform.world import World
from simulators.web import BadRequest, JsonResponse, read_body, read_object

_BULK_LIMIT = 5_000
# Conduct, not form: a bulk goes on without these and names them.
_CONDUCT = frozenset({"account_suspended", "feature_limited", "community_read_only"})


def users_routes(world: World) -> list[Route]:
    """`/users-api`: create, upload, have drawn, join, edit, delete, bring back, many at once."""

    async def create(request: Request) -> Response:
        collection = request.path_params["collection"]
        if collection not in FORMS:
            raise BadRequest("path", f"one of {', '.join(FORMS)}", code="unknown_collection", status=404)
        draft = parse_draft(collection, await read_object(request))
        with world.database.transaction():
            created = world.create(draft)
        subject = _existing(world, draft.kind, draft.id)
        return JsonResponse(_named(subject, created=created), 201 if created else 200)

    async def create_many(request: Request) -> Response:
        return JsonResponse(_create_many(world, await read_object(request)))

    async def upload(request: Request) -> Response:
        content = await read_body(request)
        return JsonResponse({"sha256": world.upload(content), "size": len(content)}, 201)

    async def draw(request: Request) -> Response:
        values = await read_object(request)
        content = drawn(str(values.get("seed", "")))
        digest = world.upload(content)
        return JsonResponse({"name": "drawn.png", "media_type": "image/png", "sha256": digest}, 201)

    async def belongs(request: Request) -> Response:
        values = await read_object(request)
        role = values.get("role", "member")
        if role not in ("member", "moderator"):
            raise BadRequest("role", "member or moderator", code="invalid", status=422)
        community = _existing(world, "community", request.path_params["id"])
        with world.database.transaction():
            belong(world, community, str(values.get("account_id", "")), role, values.get("invited_by"))
        return JsonResponse(standing(world, community), 201)

    async def read(request: Request) -> Response:
        subject = _from_path(world, request)
        moved = {"payment": payment(world, subject["id"])} if subject["kind"] == "transaction" else {}
        return JsonResponse({**snapshot(world, subject), **moved})

    async def edit(request: Request) -> Response:
        changes = parse_edit(await read_object(request))
        subject = _from_path(world, request)
        _refuse_destroyed(world, subject)
        if subject["deleted_at"] is not None:
            raise BadRequest("path", "deleted by its author", code="deleted_by_author", status=410)
        with world.database.transaction():
            world.edit(subject, changes)
        return JsonResponse(_named(_from_path(world, request)))

    async def delete(request: Request) -> Response:
        return _set_deleted(request, deleted=True)

    async def undelete(request: Request) -> Response:
        return _set_deleted(request, deleted=False)

    def _set_deleted(request: Request, deleted: bool) -> Response:
        subject = _from_path(world, request)
        _refuse_destroyed(world, subject)
        if (subject["deleted_at"] is not None) != deleted:
            with world.database.transaction():
                world.set_deleted(subject, deleted)
        return JsonResponse(_named(_from_path(world, request)))

    return [
        Route("/users-api/bulk", create_many, methods=["POST"]),
        Route("/users-api/uploads", upload, methods=["POST"]),
        Route("/users-api/pictures", draw, methods=["POST"]),
        Route("/users-api/communities/{id}/members", belongs, methods=["POST"]),
        Route("/users-api/{collection}", create, methods=["POST"]),
        Route("/users-api/{kind}/{id:path}/undelete", undelete, methods=["POST"]),
        Route("/users-api/{kind}/{id:path}", read, methods=["GET"]),
        Route("/users-api/{kind}/{id:path}", edit, methods=["PATCH"]),
        Route("/users-api/{kind}/{id:path}", delete, methods=["DELETE"]),
    ]


def _refuse_destroyed(world: World, subject: sqlite3.Row) -> None:
    if world.destroyed(subject):
        raise BadRequest("path", "destroyed by order", code="destroyed", status=410)


def _create_many(world: World, values: Mapping[str, Any]) -> dict[str, Any]:
    """Create in the order accounts, communities, posts, comments, transactions: all, or nothing if one is malformed."""
    unknown = values.keys() - FORMS.keys()
    if unknown:
        raise BadRequest(min(unknown), f"known are {', '.join(FORMS)}", code="invalid", status=422)
    if any(not isinstance(drafts, list) for drafts in values.values()):
        raise BadRequest("body", "every collection is a list", code="invalid", status=422)
    if sum(len(drafts) for drafts in values.values()) > _BULK_LIMIT:
        raise BadRequest("body", f"more than {_BULK_LIMIT} at once", code="too_many", status=422)
    created, existing, refused = 0, 0, []
    with world.database.transaction():
        for collection, drafts in ((name, values[name]) for name in FORMS if name in values):
            for index, draft in enumerate(drafts):
                try:
                    if world.create(parse_draft(collection, _object(draft))):
                        created += 1
                    else:
                        existing += 1
                except BadRequest as error:
                    if error.code not in _CONDUCT:
                        raise _within(error, f"{collection}[{index}]") from error
                    refused.append({"collection": collection, "index": index, "code": error.code})
    return {"created": created, "existing": existing, "refused": refused}


def _object(draft: Any) -> dict[str, Any]:
    if not isinstance(draft, dict):
        raise BadRequest("", "not an object", code="invalid", status=422)
    return draft


def _within(error: BadRequest, where: str) -> BadRequest:
    return BadRequest(f"{where}.{error.field}".rstrip("."), error.detail, error.code, error.status)


def _existing(world: World, kind: str, id: str) -> Any:
    subject = world.subject(kind, id)
    if subject is None:
        raise BadRequest("path", "no such thing", code="unknown_target", status=404)
    return subject


def _from_path(world: World, request: Request) -> Any:
    return _existing(world, request.path_params["kind"], request.path_params["id"])


def _named(subject: Any, **more: object) -> dict[str, Any]:
    return {
        "kind": subject["kind"],
        "id": subject["id"],
        "content_version": subject["content_version"],
        "deleted": subject["deleted_at"] is not None,
        **more,
    }
