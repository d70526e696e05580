"""Plots as SVG, drawn here: no script, no style of their own, every bar with its number beside it."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from api.boards import Bar
from api.quality_messages import QualityLine

_WIDTH, _ROW, _LABEL, _NUMBER = 480, 26, 110, 60


def bars(title: str, rows: Sequence[Bar], label: int = _LABEL) -> Markup:
    """Horizontal bars. What is late is hatched, so that colour alone says nothing; the table beside it has it all in words.

    label: how wide names are.
    """
    most = max((row.value for row in rows), default=0) or 1
    width = _WIDTH + label - _LABEL
    room = width - label - _NUMBER
    name = _name_of(title)
    parts = [
        f'<svg class="plot" viewBox="0 0 {width} {_ROW * max(len(rows), 1)}" role="img" aria-labelledby="{escape(name)}">',
        f'<title id="{escape(name)}">{escape(title)}</title>',
        f'<defs><pattern id="{escape(name)}-late" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="6" height="6" class="late-ground"/>'
        '<rect width="3" height="6" class="late-line"/></pattern></defs>',
    ]
    for number, row in enumerate(rows):
        top = number * _ROW
        whole, late = room * row.value / most, room * row.late / most
        parts += [
            f'<text x="{label - 8}" y="{top + 17}" text-anchor="end">{escape(row.label)}</text>',
            f'<rect x="{label}" y="{top + 4}" width="{whole:.1f}" height="18" class="bar"/>',
            f'<rect x="{label}" y="{top + 4}" width="{late:.1f}" height="18" fill="url(#{escape(name)}-late)"/>',
            f'<text x="{label + whole + 8:.1f}" y="{top + 17}">{row.value}</text>',
        ]
    return Markup("".join([*parts, "</svg>"]))  # noqa: S704 - every word in it is escaped above


def intervals(title: str, rows: Sequence[QualityLine]) -> Markup:
    """The share of second judgements that agreed, a dot on its interval from nought to one; words where there are too few."""
    room, name = _WIDTH - _LABEL - _NUMBER, _name_of(title)
    parts = [
        f'<svg class="plot" viewBox="0 0 {_WIDTH} {_ROW * max(len(rows), 1)}" role="img" aria-labelledby="{escape(name)}">',
        f'<title id="{escape(name)}">{escape(title)}</title>',
    ]
    for number, row in enumerate(rows):
        top, share = number * _ROW, row.agreement.share
        parts.append(f'<text x="{_LABEL - 8}" y="{top + 17}" text-anchor="end">{escape(row.name)}</text>')
        if share is None:
            parts.append(f'<text x="{_LABEL}" y="{top + 17}">{escape(row.agreement.words.partition(":")[0])}</text>')
            continue
        low, high, at = (_LABEL + room * one for one in (share.low, share.high, share.value))
        parts += [
            f'<rect x="{_LABEL}" y="{top + 12}" width="{room}" height="1" class="late-line"/>',
            f'<rect x="{low:.1f}" y="{top + 9}" width="{max(high - low, 1):.1f}" height="7" class="bar"/>',
            f'<circle cx="{at:.1f}" cy="{top + 12.5}" r="5" class="bar"/>',
            f'<text x="{_LABEL + room + 8}" y="{top + 17}">{share.value:.2f}</text>',
        ]
    return Markup("".join([*parts, "</svg>"]))  # noqa: S704 - every word in it is escaped above


def _name_of(title: str) -> str:
    return "plot-" + "".join(letter if letter.isalnum() else "-" for letter in title.lower())
