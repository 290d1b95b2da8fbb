"""Build the chart of a forecast with Altair: the last days of a total, and a band for each day ahead."""

from datetime import datetime
from typing import Any

import altair as alt

from ror.drawing.charts import TEXT, Spec, built_once, spec
from ror.drawing.trend_charts import INK, MUTED, between

_TOOLTIP = {"when": "Le", "words": "Nombre, ou bande", "coverage": "Ont tenu"}


@built_once
def bands() -> Spec:
    """Build a line of the days until now, then for each day ahead a bar from low to high, with a tick at the middle.

    Rows: at, value (of a day until now), low, middle, high (of a day ahead), when, words, coverage (texts), last (now).
    """
    axis = alt.Axis(tickCount=4, tickMinStep=1, format="d", **TEXT)
    base = alt.Chart(alt.NamedData("source")).encode(
        x=alt.X("at:T", title=None, axis=alt.Axis(format="%d/%m", tickCount=4, labelOverlap=True, grid=False, **TEXT)),
        tooltip=[alt.Tooltip(f"{name}:N", title=words) for name, words in _TOOLTIP.items()],
    )
    line = base.mark_line(color=INK, strokeWidth=2).encode(y=alt.Y("value:Q", title=None, axis=axis))
    now = base.mark_point(filled=True, size=60, color=INK).encode(
        y="value:Q", opacity=alt.condition("datum.last", alt.value(1), alt.value(0))
    )
    bars = base.mark_bar(color=MUTED, size=7).encode(y="low:Q", y2="high:Q")
    # The tick also shows a band of one number, whose bar has no height.
    ticks = base.mark_tick(color=INK, thickness=3, size=12, orient="horizontal").encode(y="middle:Q")
    return spec(alt.layer(line, now, bars, ticks).properties(height=150))


def within(chart: Spec, first: datetime, last: datetime, low: float, high: float) -> Spec:
    """Return a chart of `bands` with axes from `first` to `last` and from `low` to `high`."""
    layers: list[dict[str, Any]] = between(chart, first, last)["layer"]
    scale = {"domain": [low, high], "nice": False, "zero": False}
    return {
        **chart,
        "layer": [
            {**layer, "encoding": {**layer["encoding"], "y": {**layer["encoding"]["y"], "scale": scale}}} for layer in layers
        ],
    }
