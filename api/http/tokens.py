"""Bearer tokens: who calls, for which tenant, in which role. Only their SHA-256 is kept; all are compared, in constant time."""

import hmac
from collections.abc import Iterable
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError, model_validator

from cases.facts import Message

TOKEN_LIMIT: Final = 512  # characters

TenantName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}[a-z0-9]$")]


class Role(StrEnum):
    """What a token may do."""

    SERVICE = "service"  # sends reports, signals, appeals
    REVIEWER = "reviewer"  # claims and decides
    OPERATOR = "operator"  # extends, reverses, files with authorities
    AUDITOR = "auditor"  # reads
    AUTHORITY_DESK = "authority_desk"  # takes down what authorities order, and what happens to it


class Principal(Message):
    """One caller. name: the person's or service's handle in the record; reviewer_id: who they are as a reviewer.

    accounts: the person's own accounts and addresses on the platform, so that nobody judges their own.
    named_roles: what a reviewer was named for: `protected_subjects` decides about protected accounts without a second person,
    `child_safety` takes part in bulks that release or take back what guards a child, `severe_pictures` sees pictures of what is
    restricted, where the pack says so.
    serves: the tenants that a reviewer works for, this one among them, each with its share of what they take next.
    """

    token_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    tenant: TenantName
    role: Role
    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    reviewer_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")] | None = None
    accounts: Annotated[tuple[Annotated[str, StringConstraints(min_length=1)], ...], Field(max_length=64)] = ()
    named_roles: frozenset[Literal["protected_subjects", "child_safety", "severe_pictures"]] = frozenset()
    serves: Annotated[dict[TenantName, Annotated[int, Field(ge=1, le=100)]], Field(max_length=16)] = {}

    @model_validator(mode="after")
    def _serves_as_a_reviewer(self) -> Self:
        if self.serves and (self.role is not Role.REVIEWER or self.tenant not in self.serves):
            raise ValueError("serves is a reviewer's, and names tenant among the others")
        return self

    def within(self, tenant: str) -> Self | None:
        """The same person at work for this tenant alone; None where they do not work for it."""
        if tenant not in {self.tenant, *self.serves}:
            return None
        return self.model_copy(update={"tenant": tenant, "serves": {}})

    @property
    def person(self) -> str:
        """Who this is where people are told apart."""
        return self.reviewer_id or self.name


class TokensError(ValueError):
    """The tokens file cannot be used; the message says where it is wrong, never what it holds."""


class Tokens:
    """Every token known."""

    def __init__(self, principals: Iterable[Principal]) -> None:
        self._principals = tuple(principals)

    def find(self, token: str) -> Principal | None:
        """Whose token this is; None for nobody's."""
        digest = sha256(token[:TOKEN_LIMIT].encode()).hexdigest()
        found = None
        for principal in self._principals:  # to the end: how long it takes tells nothing
            if hmac.compare_digest(principal.token_sha256, digest):
                found = principal
        return found if len(token) <= TOKEN_LIMIT else None

    def serving(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """Of each tenant's reviewer who works for several: the others. What they looked at there is of the same day."""
        several = (one for one in self._principals if one.serves)
        return {
            (tenant, one.person): tuple(sorted(one.serves.keys() - {tenant}))
            for one in several
            for tenant in one.serves
        }

    def of(self, digest: str) -> Principal | None:
        """Whose token has this SHA-256, as a session names it; None once the token was withdrawn."""
        return next((one for one in self._principals if one.token_sha256 == digest), None)


_PRINCIPALS = TypeAdapter(tuple[Principal, ...])


def read_tokens(file: Path) -> Tokens:
    """The tokens of this JSON file. Raises OSError, or TokensError for a file of another form."""
    try:
        return Tokens(_PRINCIPALS.validate_json(file.read_bytes()))
    except ValidationError as error:
        places = sorted({".".join(str(part) for part in one["loc"]) for one in error.errors(include_input=False)})
        raise TokensError(
            f"{file.name} is wrong at {', '.join(places[:5])}: "
            "write a JSON list of token_sha256, tenant, role, name and, for people, reviewer_id"
        ) from None
