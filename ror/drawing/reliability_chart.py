"""Build the chart of a validation: observed shares against predicted probabilities."""

import altair as alt

from ror.drawing.charts import TEXT, Spec, built_once, spec, title
from ror.drawing.trend_charts import INK, MUTED


@built_once
def reliability(words: str) -> Spec:
    """Build a reliability diagram: a point for each band of probability, on the diagonal where predictions came true.

    Rows: predicted and observed (percentages), cases, words (the point in words). The area of a point is its number of cases.
    """
    scale = alt.Scale(domain=[0, 100])
    axis = alt.Axis(tickCount=5, labelExpr="datum.value + ' %'", **TEXT)
    base = alt.Chart(alt.NamedData("source")).encode(
        x=alt.X("predicted:Q", title="Annoncé", scale=scale, axis=axis),
        y=alt.Y("observed:Q", title="Constaté", scale=scale, axis=axis),
    )
    points = base.mark_circle(color=INK, opacity=1).encode(
        size=alt.Size("cases:Q", scale=alt.Scale(range=[30, 500]), legend=None),
        tooltip=[alt.Tooltip("words:N", title="Bande")],
    )
    ends = {"x": alt.datum(0, scale=scale), "y": alt.datum(0, scale=scale), "x2": alt.datum(100), "y2": alt.datum(100)}
    diagonal = base.transform_aggregate(bands="count()").mark_rule(color=MUTED, strokeDash=[4, 3]).encode(**ends)
    return spec(alt.layer(diagonal, points).properties(height=260, title=title(words)))
