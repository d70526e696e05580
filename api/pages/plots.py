"""Plots as SVG, drawn here: no script, no style of their own, every bar with its number beside it."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from api.boards import Bar

_WIDTH, _ROW, _LABEL, _NUMBER = 480, 26, 110, 60


def bars(title: str, rows: Sequence[Bar]) -> Markup:
    """Horizontal bars. What is late is hatched, so that colour alone says nothing; the table beside it has it all in words."""
    most = max((row.value for row in rows), default=0) or 1
    room = _WIDTH - _LABEL - _NUMBER
    name = "plot-" + "".join(letter if letter.isalnum() else "-" for letter in title.lower())
    parts = [
        f'<svg class="plot" viewBox="0 0 {_WIDTH} {_ROW * max(len(rows), 1)}" role="img" aria-labelledby="{escape(name)}">',
        f'<title id="{escape(name)}">{escape(title)}</title>',
        f'<defs><pattern id="{escape(name)}-late" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="6" height="6" class="late-ground"/>'
        '<rect width="3" height="6" class="late-line"/></pattern></defs>',
    ]
    for number, row in enumerate(rows):
        top = number * _ROW
        whole, late = room * row.value / most, room * row.late / most
        parts += [
            f'<text x="{_LABEL - 8}" y="{top + 17}" text-anchor="end">{escape(row.label)}</text>',
            f'<rect x="{_LABEL}" y="{top + 4}" width="{whole:.1f}" height="18" class="bar"/>',
            f'<rect x="{_LABEL}" y="{top + 4}" width="{late:.1f}" height="18" fill="url(#{escape(name)}-late)"/>',
            f'<text x="{_LABEL + whole + 8:.1f}" y="{top + 17}">{row.value}</text>',
        ]
    return Markup("".join([*parts, "</svg>"]))  # noqa: S704 - every word in it is escaped above
