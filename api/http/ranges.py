"""Parts of what is kept, by the bytes asked for (RFC 9110, section 14): a player of films asks for nothing else."""

import re
from http import HTTPStatus
from typing import Final

from fastapi import Request
from starlette.responses import Response

from api.http.problem_json import HttpProblem
from api.viewing import Seen

_ASKED: Final = re.compile(r"bytes=(?:(?P<first>[0-9]{1,15})-(?P<last>[0-9]{0,15})|-(?P<final>[0-9]{1,15}))")


def answered(request: Request, seen: Seen, headers: dict[str, str]) -> Response:
    """The whole, or the one part asked for. Raises HttpProblem 416 where there is no such part.

    Several parts, another unit, a last byte before the first, and a condition on a version (`If-Range`: there are no versions
    to name) are answered with the whole, as the standard has it.
    """
    length = len(seen.content)
    headers = {**headers, "accept-ranges": "bytes"}
    asked = _ASKED.fullmatch(request.headers.get("range", "").replace(" ", ""))
    if asked is None or _backwards(asked) or "if-range" in request.headers:
        return Response(seen.content, media_type=seen.media_type, headers=headers)
    part = _part(length, asked)
    if not part:
        detail = f"Range: begins after the end; the attachment has {length} bytes. Ask for bytes=0-, or leave it out."
        named = {"content-range": f"bytes */{length}"}
        raise HttpProblem(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "no_such_part", detail, named)
    headers["content-range"] = f"bytes {part.start}-{part.stop - 1}/{length}"
    content = seen.content[part.start : part.stop]
    return Response(content, HTTPStatus.PARTIAL_CONTENT, media_type=seen.media_type, headers=headers)


def _backwards(asked: re.Match[str]) -> bool:
    return bool(asked["last"]) and int(asked["last"]) < int(asked["first"])


def _part(length: int, asked: re.Match[str]) -> range:
    """From first to last, to the end where no last is named, or the final ones; empty where there are none of them."""
    if asked["final"]:
        return range(max(0, length - int(asked["final"])), length)
    return range(int(asked["first"]), min(int(asked["last"]) + 1, length) if asked["last"] else length)
