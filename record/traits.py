"""The marks of who reports, in the place of what the platform said of them."""

from typing import Any

from pydantic import BaseModel

from cases.errors import IdentityError
from cases.messages import Person
from cases.names import SubjectKind, subject_key
from cases.reporting import ReporterContext, traits_of


def with_traits(secret: bytes, plain: dict[str, Any], message: BaseModel, person: Person | None) -> dict[str, Any]:
    """A report's content with the marks of its reporter in place of what the platform said of them."""
    context, subject = plain.pop("context", None), plain["subject"]
    traits = traits_of(
        secret,
        f"{subject['kind']}\0{subject['id']}",
        account_target(secret, person),
        None if context is None else ReporterContext.model_validate(context),
        next(filter(None, (getattr(message, name, None) for name in ("reason", "explanation", "statement"))), None),
    )
    return {**plain, "traits": traits.model_dump(mode="json", exclude_defaults=True)}


def account_target(secret: bytes, person: Person | None) -> str:
    """The key under which measures on this person's account lie; '' where nobody is named, or by no id a platform has."""
    try:
        return subject_key(secret, SubjectKind.ACCOUNT, person.reference) if person else ""
    except IdentityError:
        return ""
