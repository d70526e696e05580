"""Every error as a problem document (RFC 9457): one shape, whatever went wrong and wherever."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Annotated, Any, Final, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from api.counting import Refusals, code_of
from api.errors import DoorError, Gone, NotFound, NotJson, NotProven, NotYours, ServiceUnavailable, TooMany
from api.problems import problem_of
from cases.errors import BadInput, CaseError, Conflict, IdentityError, Problem, TokenRefused, UnknownSomething

HTTP: Final = "http"  # the door where a request is refused before it reaches one
MEDIA_TYPE: Final = "application/problem+json"
# A refusal of these codes is about the message's form; every other is about the state of the case.
FORM_CODES: Final = frozenset(
    {"unknown_matter", "missing", "wrong_outcome", "wrong_ground", "wrong_list", "wrong_target", "unknown_clock",
     "unknown_decision", "unknown_measure", "not_later", "not_extendable", "not_taken", "unknown_area", "nothing_to_second"}
)  # fmt: skip


class FieldProblem(BaseModel):
    """One thing wrong with the input. value: cut short, empty where it may be someone's text or data."""

    field: str
    value: str
    problem: str
    cure: str


class ProblemDocument(BaseModel):
    """RFC 9457. code: for programs; request_id: what our log has it under."""

    type: Annotated[str, Field(examples=["urn:dueprocess:problem:bad_input"])]
    title: str
    status: int
    detail: str
    code: str
    request_id: str = ""
    errors: list[FieldProblem] = []


class HttpProblem(Exception):
    """A problem of HTTP itself, raised anywhere below the application."""

    def __init__(self, status: HTTPStatus, code: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.status, self.code, self.detail, self.headers = status, code, detail, dict(headers or {})


def problem_response(
    scope: Mapping[str, Any],
    status: int,
    code: str,
    detail: str,
    problems: Iterable[Problem] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The problem document as a response."""
    document = ProblemDocument(
        type=f"urn:dueprocess:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        request_id=scope.get("state", {}).get("request_id", ""),
        errors=[FieldProblem(field=p.field, value=p.value, problem=p.problem, cure=p.cure) for p in problems],
    )
    return JSONResponse(document.model_dump(mode="json"), status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def add_problem_handlers(app: FastAPI) -> None:
    """Answer every error of this application as a problem document."""
    app.add_exception_handler(CaseError, _case_error)
    app.add_exception_handler(HttpProblem, _http_problem)
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(RequestValidationError, _bad_query)


async def _case_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, CaseError)
    headers = None
    if isinstance(error, ServiceUnavailable | TooMany):
        headers = {"retry-after": str(error.retry_after_seconds)}
    problems = getattr(error, "problems", ())
    detail = _IN_ERRORS if isinstance(error, BadInput) else str(error)
    return problem_response(request.scope, status_of(error), code_of(error), detail, problems, headers)


def status_of(error: CaseError) -> int:
    """Which status says this."""
    if isinstance(error, DoorError) and error.code in FORM_CODES:
        return 422
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 409)


def sentence_of(error: CaseError) -> str:
    """What is wrong, for a person to read on a page."""
    return "; ".join(str(one) for one in error.problems) if isinstance(error, BadInput) else str(error)


async def _http_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HttpProblem)
    Refusals().count(HTTP, error.code)
    return problem_response(request.scope, error.status, error.code, error.detail, headers=error.headers)


async def _http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code, detail = _PLAIN.get(error.status_code, ("http_error", HTTPStatus(error.status_code).phrase))
    Refusals().count(HTTP, code)
    return problem_response(request.scope, error.status_code, code, detail, headers=error.headers)


async def _bad_query(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = [problem_of(cast(ErrorDetails, {**one, "loc": one["loc"][1:]})) for one in error.errors()]
    Refusals().count(HTTP, "bad_input")
    return problem_response(request.scope, 422, "bad_input", _IN_ERRORS, problems)


_IN_ERRORS: Final = "The message is not of the form asked for; errors says which fields, and the cure."
_STATUSES: Final[tuple[tuple[type[CaseError], int], ...]] = (
    (NotJson, 400),
    (BadInput, 422),
    (IdentityError, 422),
    (NotFound, 404),
    (Gone, 410),
    (UnknownSomething, 404),
    (NotProven, 401),
    (NotYours, 403),
    (TokenRefused, 403),
    (Conflict, 409),
    (TooMany, 429),
    (ServiceUnavailable, 503),
)
_PLAIN: Final[Mapping[int, tuple[str, str]]] = {
    404: ("no_such_page", "There is nothing at this address; /openapi.json lists what there is."),
    405: ("method_not_allowed", "This address does not take this method; the Allow header says which it does."),
}
