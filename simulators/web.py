"""What the three web servers share: reading JSON, answering it, rendering pages, telling time."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

Clock = Callable[[], datetime]

BODY_LIMIT_BYTES = 4 * 1024 * 1024
_SHARED_TEMPLATES = Path(__file__).parent / "templates"
# Pages run no script and load nothing from elsewhere; mails are shown in sandboxed frames that inherit this.
_PAGE_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; frame-src 'self'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class BadRequest(Exception):
    """The request cannot be understood: which field, and why."""

    def __init__(self, field: str, detail: str, code: str = "malformed", status: int = 400) -> None:
        super().__init__(f"{field}: {detail}")
        self.field, self.detail, self.code, self.status = field, detail, code, status


def utc_now() -> datetime:
    """Real time, aware."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """ISO 8601 in UTC with a Z, as the wire formats write times."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class JsonResponse(Response):
    """JSON, compact, not ASCII-escaped."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


async def refuse(request: Request, error: Exception) -> Response:
    """The answer to a BadRequest; installed as Starlette's exception handler."""
    assert isinstance(error, BadRequest)
    return JsonResponse({"code": error.code, "field": error.field, "detail": error.detail}, error.status)


async def read_body(request: Request) -> bytes:
    """The raw body. Raises BadRequest (413) over BODY_LIMIT_BYTES, before the rest is read."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT_BYTES:
            raise BadRequest("body", f"larger than {BODY_LIMIT_BYTES} bytes", code="too_large", status=413)
    return bytes(body)


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body. Raises BadRequest."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequest("body", "not JSON") from error
    if not isinstance(value, dict):
        raise BadRequest("body", "not a JSON object")
    return value


async def read_object(request: Request) -> dict[str, Any]:
    """The JSON object a request carries; an empty body is an empty object."""
    body = await read_body(request)
    return parse_object(body) if body else {}


def whole_number(request: Request, name: str, default: int, maximum: int) -> int:
    """A non-negative query parameter, at most `maximum`. Raises BadRequest."""
    text = request.query_params.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit():
        raise BadRequest(name, "not a whole number")
    return min(int(text), maximum)


class Pages:
    """Server-rendered pages of one simulator: Jinja2, everything escaped, a missing value is an error."""

    def __init__(self, room: Path) -> None:
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader([room / "templates", _SHARED_TEMPLATES]),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def render(self, template: str, values: Mapping[str, object], status: int = 200) -> HTMLResponse:
        """One page."""
        text = self._environment.get_template(template).render(values)
        return HTMLResponse(text, status, headers=_PAGE_HEADERS)
