"""How one tenant's Coop ids become ours: item types, policies, actions, moderators. A table in TOML, one part a tenant.

Coop signs what it posts: RSASSA-PKCS1-v1_5 with SHA-256 over the body, in Coop-Signature (roostorg/coop,
docs/development/api-auth.md). No time is signed, so a delivery is known again by its body.
"""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter, ValidationError

from api.problems import nearest, problems_of
from cases.decisions import EnforcementRequest, Outcome
from cases.errors import BadInput, Problem
from cases.facts import Message
from cases.hook_signatures import Family, Headers, key_of, proof_of
from cases.messages import AreaName
from cases.names import SubjectKind

SIGNATURE: Final = "coop-signature"

ReviewerName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


def _rsa(pem: str) -> str:
    return key_of(Family.RSA, pem).decode()


class ItemMeaning(Message):
    """A Coop item type as one of our kinds. text: the fields of its data that are the content; empty: every text in it."""

    kind: SubjectKind
    text: tuple[str, ...] = ()


class PolicyMeaning(Message):
    """A Coop policy as one of our areas."""

    area: AreaName


class ActionMeaning(Message):
    """What a moderator's action in Coop decides. enforcements: left out means the area's own list."""

    outcome: Outcome = Outcome.VIOLATION
    enforcements: Annotated[tuple[EnforcementRequest, ...], Field(max_length=16)] | None = None


# Until a tenant has a table: type ids that are our own words, and Coop's own for an account.
PLAIN_ITEMS: Final[Mapping[str, ItemMeaning]] = {
    **{kind.value: ItemMeaning(kind=kind) for kind in SubjectKind},
    "user": ItemMeaning(kind=SubjectKind.ACCOUNT),
}


class CoopTenant(Message):
    """One tenant's table. webhook_key: Coop's, without which no callback is taken; reviewers: moderators by mail address.

    appeal_reviewer: who hears appeals in Coop, a name that stands for people who take no first decisions; Coop does not
    say who heard one. named_roles: of reviewers, what they were named for, as a token of theirs would say.
    """

    webhook_key: Annotated[str, AfterValidator(_rsa)] | None = None
    appeal_reviewer: ReviewerName | None = None
    csam_area: AreaName = "child_safety"
    items: dict[str, ItemMeaning] = Field(default_factory=lambda: dict(PLAIN_ITEMS))
    policies: dict[str, PolicyMeaning] = Field(default_factory=dict)
    actions: dict[str, ActionMeaning] = Field(default_factory=dict)
    reviewers: dict[str, ReviewerName] = Field(default_factory=dict)
    named_roles: dict[ReviewerName, frozenset[Literal["protected_subjects"]]] = Field(default_factory=dict)

    def signed(self, headers: Headers, body: bytes, now: datetime) -> bool:
        """Whether Coop signed this body. headers: names in lower case."""
        keys = [self.webhook_key.encode()] if self.webhook_key else []
        return proof_of(Family.RSA, keys, headers, body, SIGNATURE, now) is not None


CoopMaps = Mapping[str, CoopTenant]

_MAPS: Final[TypeAdapter[dict[str, CoopTenant]]] = TypeAdapter(dict[str, CoopTenant])


def read_coop_maps(text: str, areas: Collection[str]) -> CoopMaps:
    """Every tenant's table in this TOML. areas: the pack's. Raises BadInput with every problem found."""
    try:
        given: dict[str, Any] = tomllib.loads(text)
        maps = _MAPS.validate_python(given)
    except tomllib.TOMLDecodeError as error:
        raise BadInput([Problem("coop", "", f"is not TOML: {error}", "see docs/adopting.md for an example")]) from None
    except ValidationError as error:
        raise BadInput(problems_of(error, CoopTenant)) from None
    if unknown := [
        Problem(f"{tenant}.{place}", area, "is no area of the pack", nearest(area, areas))
        for tenant, table in maps.items()
        for place, area in _areas_named(table)
        if area not in areas
    ]:
        raise BadInput(unknown)
    return maps


def _areas_named(table: CoopTenant) -> Iterator[tuple[str, str]]:
    if "csam_area" in table.model_fields_set:
        yield "csam_area", table.csam_area
    for name, meaning in table.policies.items():
        yield f"policies.{name}.area", meaning.area
