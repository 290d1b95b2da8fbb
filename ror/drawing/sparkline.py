"""Draw a sparkline: a series of days as a small SVG picture, without axes.

It is not an Altair specification: each of those takes Streamlit 0.4 ms and an element, and the browser a few milliseconds and a
canvas. The same picture in the HTML of its tile costs a tenth of that, and has words for screen readers.
"""

from collections.abc import Sequence
from urllib.parse import quote

WIDTH, HEIGHT, _MARGIN = 72, 26, 3


def image(series: Sequence[float | None], ink: str = "#5b6b7a") -> str:
    """Return a series, the oldest day first, as the `data:` address of an SVG; "" when it has no number.

    None is a day without a number, where the line is interrupted. The least and the greatest numbers touch the bottom and the
    top; the last number is marked by a point.
    """
    values = [value for value in series if value is not None]
    if not values:
        return ""
    least, span = min(values), max(values) - min(values) or 1
    step = (WIDTH - 2 * _MARGIN) / max(1, len(series) - 1)
    flat = max(values) == min(values)

    def point(day: int, value: float) -> tuple[float, float]:
        height = 0.5 if flat else (value - least) / span
        return _MARGIN + day * step, HEIGHT - _MARGIN - height * (HEIGHT - 2 * _MARGIN)

    path, joined = "", False
    for day, value in enumerate(series):
        if value is not None:
            x, y = point(day, value)
            path += f"{'L' if joined else 'M'}{x:.1f},{y:.1f}"
        joined = value is not None
    last = max(day for day, value in enumerate(series) if value is not None)
    x, y = point(last, values[-1])
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"><path d="{path}" fill="none" '
        f'stroke="{ink}" stroke-width="1.5" stroke-linejoin="round"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.2" fill="{ink}"/></svg>'
    )
    return f"data:image/svg+xml,{quote(drawing)}"
