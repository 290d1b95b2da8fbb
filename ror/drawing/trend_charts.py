"""Build the charts of trends with Altair: a measure day by day, the hours of declarations, the regularity of units."""

import math
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import altair as alt

from ror.drawing.charts import TEXT, Spec, built_once, spec, title
from ror.model.french import WEEKDAYS
from ror.model.territory import zone_words

INK, MUTED, RANGE = "#1c2733", "#5b6b7a", "#d5dce3"
"""The colours of a line, of what it is compared with, and of its range; the colours of the legend would mean age."""

_HOURS = ["#f4f6f8", "#b7c3cf", "#5b6b7a", "#1c2733"]
_EVERY_THREE = "datum.value % 3 ? '' : datum.value + ' h'"


def ceiling(largest: float) -> float:
    """Round a number up to one of few round numbers, for the axes of small multiples: fewer charts must be built."""
    if largest <= 0:
        return 1
    power: float = 10.0 ** math.floor(math.log10(largest))
    return next(step * power for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * power >= largest)


@built_once
def days(words: str, top: float, share: bool = False, height: int = 150) -> Spec:
    """Build the chart of a measure by day, up to `top`: a line, over the range and the dashed median of the same weekday.

    `words` are the title, "" for none. With `share` the values are percentages. Rows: at, value, median, low, high, when,
    words, usual (the last three are texts).
    """
    label = "datum.value + ' %'" if share else "format(datum.value, 'd')"
    axis = alt.Axis(tickCount=4, tickMinStep=1, labelExpr=label, **TEXT)
    base = alt.Chart(alt.NamedData("source")).encode(
        x=alt.X("at:T", title=None, axis=alt.Axis(format="%d/%m", tickCount=5, labelOverlap=True, grid=False, **TEXT)),
    )
    scale = alt.Scale(domain=[0, top], nice=False)
    tooltip = [alt.Tooltip(f"{name}:N", title=words) for name, words in _TOOLTIP.items()]
    band = base.mark_area(color=RANGE).encode(y=alt.Y("low:Q", title=None, scale=scale, axis=axis), y2="high:Q")
    usual = base.mark_line(color=MUTED, strokeDash=[4, 3], strokeWidth=1.5).encode(y=alt.Y("median:Q", scale=scale))
    line = base.mark_line(color=INK, strokeWidth=2).encode(y=alt.Y("value:Q", scale=scale))
    points = base.mark_point(filled=True, size=60, color=INK).encode(
        y=alt.Y("value:Q", scale=scale), tooltip=tooltip, opacity=alt.condition("datum.last", alt.value(1), alt.value(0))
    )
    return spec(alt.layer(band, usual, line, points).properties(height=height, **({"title": title(words)} if words else {})))


def _date_time(instant: datetime) -> dict[str, int | bool]:
    """Return an instant as a Vega-Lite DateTime: the interpreter of expressions would take milliseconds for a year."""
    utc = instant.astimezone(UTC)
    return {
        "year": utc.year,
        "month": utc.month,
        "date": utc.day,
        "hours": utc.hour,
        "minutes": utc.minute,
        "seconds": utc.second,
        "utc": True,
    }


def between(chart: Spec, first: datetime, last: datetime) -> Spec:
    """Return a chart of `days` with an axis from `first` to `last`.

    Without these ends Vega computes them before it has the rows, and writes a warning for each chart.
    """
    scale = {"domain": [_date_time(instant) for instant in (first, last)]}
    layers = [
        {**layer, "encoding": {**layer["encoding"], "x": {**layer["encoding"]["x"], "scale": scale}}}
        for layer in chart["layer"]
    ]
    return {**chart, "layer": layers}


_TOOLTIP = {"when": "Le", "words": "Valeur", "usual": "Même jour des 4 semaines précédentes"}


@built_once
def hours(zone: ZoneInfo) -> Spec:
    """Build the heat map of the declarations of people by weekday and hour in a time zone.

    Rows: weekday (1 is Monday), day (its name), hour, declarations.
    """
    chart = (
        alt.Chart(alt.NamedData("source"))
        .mark_rect(stroke="white", strokeWidth=1)
        .encode(
            x=alt.X(
                "hour:O",
                title=None,
                scale=alt.Scale(domain=list(range(24))),
                axis=alt.Axis(labelExpr=_EVERY_THREE, labelAngle=0, labelOverlap=False, **TEXT),
            ),
            y=alt.Y("day:N", scale=alt.Scale(domain=list(WEEKDAYS)), title=None, axis=alt.Axis(labelOverlap=False, **TEXT)),
            color=alt.Color(
                "declarations:Q",
                scale=alt.Scale(range=_HOURS, domainMin=0),
                legend=alt.Legend(title="Déclarations", format="d"),
            ),
            tooltip=[
                alt.Tooltip("day:N", title="Jour"),
                alt.Tooltip("hour:Q", title="Heure"),
                alt.Tooltip("declarations:Q", title="Déclarations"),
            ],
        )
    )
    return spec(chart.properties(height=280, title=title(f"Quand on déclare, {zone_words(zone)}")))


@built_once
def regularity(weeks: int) -> Spec:
    """Build the bars of the number of units by their weeks on time, of `weeks`. Rows: weeks_on_time, units."""
    bars = alt.Chart(alt.NamedData("source")).encode(
        x=alt.X(
            "weeks_on_time:O",
            title="Semaines à l'heure",
            scale=alt.Scale(domain=list(range(weeks + 1))),
            axis=alt.Axis(labelAngle=0, **TEXT),
        ),
        y=alt.Y("units:Q", title="Unités", axis=alt.Axis(tickMinStep=1, format="d", **TEXT)),
        tooltip=[alt.Tooltip("weeks_on_time:O", title="Semaines à l'heure"), alt.Tooltip("units:Q", title="Unités")],
    )
    chart = alt.layer(bars.mark_bar(color=MUTED), bars.mark_text(dy=-6, color=INK).encode(text="units:Q"))
    return spec(chart.properties(height=280, title=title(f"Régularité des unités, sur {weeks} semaines")))
