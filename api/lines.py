"""Files of one JSON object a line (NDJSON): every line that is not blank, read or named as bad, none passed over in silence."""

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, BinaryIO, Final, NamedTuple

from cases.errors import BadInput, Problem

LINE_LIMIT: Final = 1_000_000  # bytes


class RawLine(NamedTuple):
    """One line as it stands. number counts from 1; end: bytes of the file up to its end; raw: None where it is too long."""

    number: int
    end: int
    raw: bytes | None


def raw_lines(file: BinaryIO, number: int = 0) -> Iterator[RawLine]:
    """Every line that is not blank, from where the file stands; a line too long is passed over whole.

    number: of the line before.
    """
    end = file.tell()
    while raw := file.readline(LINE_LIMIT + 1):
        number, end = number + 1, end + len(raw)
        if len(raw) > LINE_LIMIT:
            while raw and not raw.endswith(b"\n"):
                raw = file.readline(LINE_LIMIT)
                end += len(raw)
            yield RawLine(number, end, None)
        elif raw.strip():
            yield RawLine(number, end, raw)


def values_of(line: RawLine) -> Any:
    """What the line says. Raises BadInput."""
    if line.raw is None:
        cure = "shorten the text or the snapshot"
        raise BadInput([Problem("line", "", f"is longer than {LINE_LIMIT} bytes", cure)])
    try:
        return json.loads(line.raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise BadInput([Problem("line", "", "is not UTF-8", "save the file as UTF-8")]) from None
    except (ValueError, RecursionError) as error:
        place = f" at column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise BadInput([Problem("line", "", f"is not JSON{place}", "one JSON object on one line")]) from None


def id_from(prefix: str, values: Mapping[str, Any]) -> str:
    """A message id made of the message's own words, so that sending the line again adds nothing."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"))
    return f"{prefix}-{sha256(text.encode()).hexdigest()[:32]}"
