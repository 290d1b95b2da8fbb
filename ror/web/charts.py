"""Charts as Altair expressions: a shape in, a Vega-Lite specification out, without data and without state.

Building one costs tens of milliseconds: each is built once, and drawn with an Arrow table on each run.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import altair as alt

from ror.store.kept import Kept
from ror.web.legend import bands

Spec = dict[str, Any]
_SPECS = Kept()
SHAPES = ("circle", "square", "triangle-up", "cross", "stroke")
TEXT: Spec = {"labelFontSize": 12, "titleFontSize": 12, "labelColor": "#1c2733", "titleColor": "#1c2733"}


def built_once(build: Callable[..., Spec]) -> Callable[..., Spec]:
    """Keep what a function builds, by its arguments. Pages that open together wait for one building, and do not each begin."""

    @wraps(build)
    def built(*shape: Any) -> Spec:
        return _SPECS.once((build.__name__, *shape), lambda: build(*shape))

    return built


def spec(chart: alt.TopLevelMixin) -> Spec:
    """The specification of a chart whose data is given later."""
    drawn: Spec = chart.to_dict(context={"pre_transform": False})
    drawn.pop("data", None)  # Streamlit names the table that it is given "source"
    drawn.setdefault("config", {}).pop("view", None)
    return drawn


def title(words: str) -> alt.TitleParams:
    """What stands above a chart."""
    return alt.TitleParams(words, anchor="start", fontSize=14, fontWeight="bold", color="#1c2733")


def band_scale() -> alt.Scale:
    """Colour of a band by its rank."""
    return alt.Scale(domain=[band.rank for band in bands()], range=[band.colour for band in bands()])


def band_label() -> str:
    """Vega expression: words of the band of `datum.rank`."""
    return f"isValid(datum.rank) ? {[band.words for band in bands()]}[datum.rank] : '-'"


@built_once
def places_by_structure(words: str) -> Spec:
    """Bars of numbers available by structure, stacked by age band; `words`: of what. Rows: structure, rank, available."""
    return spec(
        alt.Chart(alt.NamedData("source"))
        .mark_bar(stroke="white", strokeWidth=0.5)
        .transform_calculate(age=band_label())
        .encode(
            y=alt.Y("structure:N", sort="-x", title=None, axis=alt.Axis(labelLimit=190, **TEXT)),
            x=alt.X("sum(available):Q", title=None, axis=alt.Axis(orient="top", tickMinStep=1, format="d", **TEXT)),
            color=alt.Color("rank:N", scale=band_scale(), legend=None),
            order=alt.Order("rank:Q"),
            tooltip=[
                alt.Tooltip("structure:N", title="Structure"),
                alt.Tooltip("age:N", title="Mise à jour"),
                alt.Tooltip("sum(available):Q", title="Disponibles"),
            ],
        )
        .properties(height=alt.Step(20), title=title(f"{words} disponibles par structure, selon l'âge"))
    )


@built_once
def history(unit_word: str) -> Spec:
    """A unit's numbers over time: steps, each declaration marked; a row without `what` only prolongs the line.

    Rows: observed_at, available, what, when, number, comment.
    """
    base = alt.Chart(alt.NamedData("source")).encode(
        x=alt.X("observed_at:T", title=None, axis=alt.Axis(format="%d/%m", tickCount=10, **TEXT)),
        y=alt.Y(
            "available:Q",
            title=f"{unit_word} disponibles",
            scale=alt.Scale(domainMin=0, nice=True),
            axis=alt.Axis(tickMinStep=1, format="d", **TEXT),
        ),
    )
    line = base.mark_line(interpolate="step-after", color="#5b6b7a", strokeWidth=1.5)
    marks = (
        base.transform_filter("isValid(datum.what)")
        .mark_point(filled=True, size=45, opacity=1)
        .encode(
            shape=alt.Shape(
                "what:N",
                scale=alt.Scale(domain=["Déclaration", "Confirmation", "Fermeture"], range=["circle", "diamond", "cross"]),
                legend=alt.Legend(title=None, orient="top"),
            ),
            color=alt.value("#1c2733"),
            tooltip=[
                alt.Tooltip("when:N", title="Le"),
                alt.Tooltip("number:N", title="Disponible"),
                alt.Tooltip("what:N", title="Nature"),
                alt.Tooltip("comment:N", title="Commentaire"),
            ],
        )
    )
    return spec(alt.layer(line, marks).properties(height=240))
