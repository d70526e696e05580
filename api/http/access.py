"""Who may enter which door, and how a body becomes a message. The tenant comes from the token, and from nowhere else.

A reviewer who works for several tenants says in a header for which of them: one of those that the token names.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final, TypeVar

from fastapi import Request
from pydantic import BaseModel

from api.doors import Doors
from api.errors import TooMany
from api.http.problem_json import HttpProblem
from api.http.sources import source_of
from api.http.tokens import Principal, Role, Tokens
from api.problems import nearest, parse
from api.quotas import Quotas
from cases.errors import BadInput, Problem

M = TypeVar("M", bound=BaseModel)

TENANT_HEADER: Final = "dueprocess-tenant"
"""Of a reviewer who works for several tenants: for which of them this request is."""


class Gate:
    """The way in of every /v1 route. doors: raises ServiceUnavailable until the record can be reached."""

    def __init__(
        self, doors: Callable[[], Doors], tokens: Tokens, quotas: Quotas = Quotas(), trusted_proxies: int = 0
    ) -> None:
        self._doors = doors
        self._tokens = tokens
        self._quotas = quotas
        self._trusted_proxies = trusted_proxies

    def principal(self, request: Request, *roles: Role) -> Principal:
        """Who calls, in one of these roles, as one request of theirs: people's work is not shut out by a flood of messages.

        Raises HttpProblem: 401 without a known token, 403 in another role; TooMany.
        """
        principal = self.sender(request, *roles)
        self.admit(request, principal, "request", urgent=True)
        return principal

    async def sent(
        self, request: Request, model: type[M], door: str, *roles: Role, urgent: bool = False
    ) -> tuple[Principal, M]:
        """Who sends, and the message, admitted by what it speaks of. urgent: whatever it says, a duty by its kind.

        Raises as `sender`, `message` and `admit`.
        """
        who = self.sender(request, *roles)
        message = await self.message(request, model, door, who.tenant)
        self.admit(request, who, door, urgent=urgent or self.doors().admission.urgent(message))
        return who, message

    def admit(self, request: Request, who: Principal, door: str, *, urgent: bool = False) -> None:
        """Let a sender's request in, once it is known what it brings. Raises TooMany."""
        source = source_of(request, self._trusted_proxies)
        with self.doors().refusals.at(door, who.tenant):
            self._quotas.admit(token=who.token_sha256, source=source, tenant=who.tenant, urgent=urgent)

    def admit_batch(self, request: Request, who: Principal, door: str, urgent: int, ordinary: int) -> TooMany | None:
        """The same with so many messages; where only the urgent ones are let in, why. Raises TooMany."""
        source = source_of(request, self._trusted_proxies)
        with self.doors().refusals.at(door, who.tenant):
            return self._quotas.admit_batch(
                token=who.token_sha256, source=source, tenant=who.tenant, urgent=urgent, ordinary=ordinary
            )

    def admit_stranger(self, request: Request, door: str) -> None:
        """Let in one request of somebody who showed no token. Raises TooMany."""
        with self.doors().refusals.at(door, ""):
            self._quotas.admit_stranger(source_of(request, self._trusted_proxies))

    def sender(self, request: Request, *roles: Role, token: str | None = None) -> Principal:
        """Who calls, in one of these roles; what they send is admitted by what it is. Raises as `principal`, and BadInput
        for a query parameter that this door does not have, or a name that cannot be.

        token: what was sent in place of a bearer token, at a door of another tool's form.
        """
        principal = self._tokens.find(bearer_of(request) if token is None else token)
        if principal is None:
            self.admit_stranger(request, "token")
            detail = "Send a token of yours as `Authorization: Bearer <token>`; operators give them out."
            raise HttpProblem(HTTPStatus.UNAUTHORIZED, "unauthorised", detail, {"www-authenticate": "Bearer"})
        if principal.role not in roles:
            wanted = " or ".join(roles)
            raise HttpProblem(
                HTTPStatus.FORBIDDEN,
                "wrong_role",
                f"This token's role is {principal.role}; this door is for {wanted}. Use a token of that role.",
            )
        if (tenant := request.headers.get(TENANT_HEADER)) is not None:
            principal = _within(principal, tenant)
        if token is None:  # another tool's form is that tool's to judge
            with self.doors().refusals.at("query", principal.tenant):
                refuse_unknown_parameters(request)
                refuse_unkeepable(request)
        return principal

    def doors(self) -> Doors:
        """The doors, or ServiceUnavailable."""
        return self._doors()

    async def message(self, request: Request, model: type[M], door: str, tenant: str) -> M:
        """The body as this message. Raises HttpProblem for another media type or too much, BadInput for what is wrong."""
        raw = await self.body(request)
        with self.doors().refusals.at(door, tenant):
            return parse(model, raw)

    async def body(self, request: Request) -> bytes:
        """The body, said to be JSON. Raises HttpProblem for another media type or too much."""
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            detail = "Send JSON, with `Content-Type: application/json`."
            raise HttpProblem(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not_json_media", detail, {"accept": "application/json"}
            )
        return await request.body()


def refuse_unknown_parameters(request: Request) -> None:
    """A misspelt parameter that were ignored would answer another question. Raises BadInput."""
    known = {field.alias for field in request.scope["route"].dependant.query_params}
    cure = "this door takes none; leave it out"
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        raise BadInput(
            [
                Problem(name, "", "is not a parameter of this door", nearest(name, known) if known else cure)
                for name in unknown
            ]
        )


def refuse_unkeepable(request: Request) -> None:
    """Nothing in the record is named with a NUL, and PostgreSQL takes none in a text. Raises BadInput."""
    named = {**request.path_params, **request.query_params}
    cure = "name it as an answer of ours does"
    wrong = [Problem(name, "", "holds a NUL character", cure) for name, value in named.items() if "\0" in str(value)]
    if wrong:
        raise BadInput(wrong)


def _within(principal: Principal, tenant: str) -> Principal:
    """Who calls, at work for this tenant alone. Raises HttpProblem 403."""
    found = principal.within(tenant)
    if found is None:
        own = ", ".join(sorted({principal.tenant, *principal.serves}))
        detail = f"This token does not work for the tenant that the header {TENANT_HEADER} names. It does for {own}."
        raise HttpProblem(HTTPStatus.FORBIDDEN, "wrong_tenant", detail)
    return found


def bearer_of(request: Request) -> str:
    """The bearer token sent, or nothing."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
