"""What somebody wrote into a form of ours that could not be taken: it is handed back to them, and kept nowhere here."""

import json
from http import HTTPStatus
from typing import Final

from fastapi import Request

from api.http.forms import form_fields
from api.http.problem_json import HttpProblem
from api.http.review_forms import FIELDS
from cases.errors import IdentityError
from cases.names import parse_workflow_id

WORDS: Final = ("rationale", "reason")  # what people write themselves, in the forms of a case
_OF_THE_SESSION: Final = frozenset({"form", "token"})


async def written(request: Request) -> dict[str, str]:
    """A form about a case with words of its own; empty where the request is none, or comes from another site."""
    if request.method != "POST":
        return {}
    try:
        refuse_foreign(request)
        fields = await form_fields(request, FIELDS)
    except HttpProblem:
        return {}
    return fields if words_of(fields) and _names_a_case(fields) else {}


def words_of(fields: dict[str, str]) -> str:
    """What they wrote themselves; empty where they wrote nothing."""
    return next((fields[name] for name in WORDS if fields.get(name, "").strip()), "")


def place_of(fields: dict[str, str]) -> str:
    """The page of the case that a form is about; empty where it is about none."""
    return f"/review/cases/{fields['stream']}" if fields else ""


def keep(fields: dict[str, str]) -> str:
    """A form inside another, for the browser to hold while its owner signs in. What belongs to the session stays out."""
    return json.dumps({name: said for name, said in fields.items() if name not in _OF_THE_SESSION}, ensure_ascii=False)


def kept(said: str) -> dict[str, str]:
    """What `keep` made; empty for anything else."""
    try:
        found = json.loads(said)
    except ValueError:
        return {}
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        return {}
    return found if words_of(found) and _names_a_case(found) else {}


def refuse_foreign(request: Request) -> None:
    """A browser says from where a form was sent; SameSite cookies and the form's own token say it again."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise HttpProblem(
            HTTPStatus.FORBIDDEN, "foreign_form", "This form was sent by another site; open the page here."
        )


def _names_a_case(fields: dict[str, str]) -> bool:
    try:
        parse_workflow_id(fields.get("stream", ""))
    except IdentityError:
        return False
    return True
