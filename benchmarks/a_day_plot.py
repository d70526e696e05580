"""The day as a picture: what was reported and answered each hour, and what stood open at its end."""

from collections.abc import Mapping, Sequence
from typing import Final

WIDTH: Final = 720
HEIGHT: Final = 300
LEFT: Final = 50
BOTTOM: Final = 260
TOP: Final = 40


def plot(hours: Mapping[str, Sequence[int]]) -> str:
    """SVG. Bars: reported, answered; line: open. Colours differ in lightness, too, and the line is no bar."""
    most = max(1, *(value for values in hours.values() for value in values))
    step = (WIDTH - LEFT - 10) / 24

    def y(value: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * value / most

    def bars(name: str, offset: float, colour: str) -> list[str]:
        return [
            f'<rect x="{LEFT + hour * step + offset:.1f}" y="{y(value):.1f}" width="{step * 0.36:.1f}" '
            f'height="{BOTTOM - y(value):.1f}" fill="{colour}"/>'
            for hour, value in enumerate(hours[name])
        ]

    line = " ".join(f"{LEFT + (hour + 1) * step:.1f},{y(value):.1f}" for hour, value in enumerate(hours["open"]))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            'font-family="sans-serif" font-size="12">',
            "<title>A simulated day: reported and answered by hour, and open at the end of each hour</title>",
            f"<desc>Reported, by hour: {list(hours['reported'])}; answered: {list(hours['answered'])}; "
            f"open at the end: {list(hours['open'])}.</desc>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
            *bars("reported", step * 0.1, "#9db8d2"),
            *bars("answered", step * 0.5, "#2f5d8a"),
            f'<polyline points="{line}" fill="none" stroke="#a33b2a" stroke-width="2.5"/>',
            f'<line x1="{LEFT}" y1="{BOTTOM}" x2="{WIDTH - 10}" y2="{BOTTOM}" stroke="#333333"/>',
            *(f'<text x="{LEFT + hour * step:.1f}" y="{BOTTOM + 18}">{hour}</text>' for hour in range(0, 24, 3)),
            *(
                f'<text x="{LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{value:.0f}</text>'
                for value in (0, most / 2, most)
            ),
            f'<text x="{LEFT}" y="20"><tspan fill="#5d7f9f">reported</tspan>, <tspan fill="#2f5d8a">answered</tspan> '
            'each hour (bars); <tspan fill="#a33b2a">open</tspan> at its end (line); hours in UTC</text>',
            "</svg>",
            "",
        ]
    )
