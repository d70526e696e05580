"""What happens to a body before any rule sees it: strings are trimmed, empty ones become null, at every depth."""

import json
from typing import Any

# What the receiver's framework trims: blanks, and characters that are invisible in print.
_INVISIBLE_RANGES = (
    (0x09, 0x0D), (0x20, 0x20), (0x00, 0x00), (0x85, 0x85), (0xA0, 0xA0), (0xAD, 0xAD), (0x034F, 0x034F),
    (0x061C, 0x061C), (0x115F, 0x1160), (0x1680, 0x1680), (0x17B4, 0x17B5), (0x180E, 0x180E), (0x2000, 0x200F),
    (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x2064), (0x206A, 0x206F), (0x2800, 0x2800), (0x3000, 0x3000),
    (0x3164, 0x3164), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0x1D159, 0x1D159), (0x1D173, 0x1D17A), (0xE0020, 0xE0020),
)  # fmt: skip
_TRIMMED = "".join(chr(code) for first, last in _INVISIBLE_RANGES for code in range(first, last + 1))


def read_input(body: bytes, content_type: str) -> dict[str, Any]:
    """The prepared input. What is no JSON object, or is not announced as JSON, is an empty input, never an error."""
    if "json" not in content_type.lower():
        return {}
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return prepare(values) if isinstance(values, dict) else {}


def prepare(value: Any) -> Any:
    """Trimmed, with null for what is empty."""
    if isinstance(value, str):
        return value.strip(_TRIMMED) or None
    if isinstance(value, list):
        return [prepare(entry) for entry in value]
    if isinstance(value, dict):
        return {name: prepare(entry) for name, entry in value.items()}
    return value
