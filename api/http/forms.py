"""HTML forms as they come in: bounded, strict, in UTF-8."""

from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs

from fastapi import Request

from api.http.problem_json import HttpProblem
from cases.messages import TEXT_LIMIT

FORM: Final = "application/x-www-form-urlencoded"
FORM_LIMIT_BYTES: Final = 20 * TEXT_LIMIT  # percent-encoded, and some


async def form_fields(request: Request, fields: int) -> dict[str, str]:
    """The form's fields, the first of each name. fields: how many it may have. Raises HttpProblem."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        detail = f"Send the page's own form, as {FORM}."
        raise HttpProblem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not_a_form", detail)
    raw = await request.body()
    if len(raw) > FORM_LIMIT_BYTES:
        raise HttpProblem(HTTPStatus(413), "too_large", f"Say it in {TEXT_LIMIT} characters.")
    try:
        sent = parse_qs(raw.decode(), keep_blank_values=True, max_num_fields=fields, errors="strict")
    except ValueError:
        raise HttpProblem(HTTPStatus(422), "not_a_form", "Send the page's own form, in UTF-8.") from None
    return {name: values[0] for name, values in sent.items()}
