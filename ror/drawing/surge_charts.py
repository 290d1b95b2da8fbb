"""Build the charts of a surge with Altair: places and patients by distance, and patients by structure."""

import altair as alt

from ror.drawing.charts import TEXT, Spec, built_once, spec, title
from ror.drawing.trend_charts import INK, MUTED, RANGE

TAKEN, LEFT = "patients placés", "reste libre"


@built_once
def by_distance(words: str, kilometres: float, top: float) -> Spec:
    """Build the chart of the places within each distance, as an area, and the patients placed, as a line, up to `top`.

    `words` are the title. Rows, by distance: distance, free and placed (both cumulated), patients (the number of all, the same
    in each row), shown by a dashed line.
    """
    base = alt.Chart(alt.NamedData("source")).encode(
        x=alt.X(
            "distance:Q",
            title="Distance (km)",
            scale=alt.Scale(domain=[0, kilometres], nice=False),
            axis=alt.Axis(tickCount=6, grid=False, format="d", **TEXT),
        )
    )
    # Clamped, since there may be far more places than patients.
    scale = alt.Scale(domain=[0, top], nice=False, clamp=True)
    axis = alt.Axis(tickCount=4, tickMinStep=1, format="d", **TEXT)
    places = base.mark_area(color=RANGE, interpolate="step-after").encode(
        y=alt.Y("free:Q", title=None, scale=scale, axis=axis), y2=alt.datum(0)
    )
    placed = base.mark_line(color=INK, strokeWidth=2.5, interpolate="step-after").encode(y=alt.Y("placed:Q", scale=scale))
    all_of_them = (
        alt.Chart(alt.NamedData("source"))
        .mark_rule(color=MUTED, strokeDash=[5, 4], strokeWidth=1.5)
        .encode(y=alt.Y("max(patients):Q", scale=scale))
    )
    points = base.mark_point(filled=True, size=40, color=INK).encode(
        y=alt.Y("placed:Q", scale=scale),
        tooltip=[
            alt.Tooltip("distance:Q", title="Jusqu'à (km)", format=".1f"),
            alt.Tooltip("placed:Q", title="Patients placés"),
            alt.Tooltip("free:Q", title="Libres"),
        ],
    )
    return spec(alt.layer(places, placed, all_of_them, points).properties(height=260, title=title(words)))


@built_once
def by_structure(words: str, top: float) -> Spec:
    """Build a bar for each structure, in the order in which they are filled: places taken and places left, up to `top`.

    `words` are the title. Rows, two per structure: rank (from 1), name (unique), state (`TAKEN` or `LEFT`), number, full (a
    text at the end of the bar).
    """
    base = alt.Chart(alt.NamedData("source")).encode(
        y=alt.Y("name:N", sort=alt.EncodingSortField("rank", op="min"), title=None, axis=alt.Axis(labelLimit=210, **TEXT))
    )
    # Half as much again, as room for the texts at the ends of the bars.
    scale = alt.Scale(domain=[0, top * 1.5], nice=False)
    bars = base.mark_bar(stroke="white", strokeWidth=0.5).encode(
        x=alt.X(
            "sum(number):Q",
            title=None,
            scale=scale,
            axis=alt.Axis(orient="top", tickCount=5, tickMinStep=1, format="d", **TEXT),
        ),
        color=alt.Color(
            "state:N",
            scale=alt.Scale(domain=[TAKEN, LEFT], range=[INK, RANGE]),
            legend=alt.Legend(title=None, orient="bottom"),
        ),
        # Alphabetical: the patients placed begin the bar.
        order=alt.Order("state:N", sort="ascending"),
        tooltip=[
            alt.Tooltip("name:N", title="Structure"),
            alt.Tooltip("state:N", title="Part"),
            alt.Tooltip("sum(number):Q", title="Nombre"),
        ],
    )
    # Empty texts are filtered out: Vega computes the largest of them as "undefined", and would write that.
    ends = (
        base.transform_filter("datum.full !== ''")
        .mark_text(align="left", dx=4, color=INK, fontSize=12)
        .encode(x=alt.X("sum(number):Q", scale=scale), text="max(full):N")
    )
    return spec(alt.layer(bars, ends).properties(height=alt.Step(20), title=title(words)))
