"""Charts as Altair expressions: a shape in, a Vega-Lite specification out, without data and without state.

Building one costs tens of milliseconds: each is built once, and drawn with an Arrow table on each run.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import altair as alt

from ror.model import freshness
from ror.model.freshness import Band
from ror.settings import settings
from ror.store.cache import Cache

Spec = dict[str, Any]
_SPECS = Cache()
SHAPES = (
    *("circle", "square", "triangle-up"),
    "M0,-.35L.65,-1L1,-.65L.35,0L1,.65L.65,1L0,.35L-.65,1L-1,.65L-.35,0L-1,-.65L-.65,-1Z",
    "M-1,0A1,1,0,1,1,1,0A1,1,0,1,1,-1,0ZM-.4,0A.4,.4,0,1,0,.4,0A.4,.4,0,1,0,-.4,0Z",
)
"""Those of the bands, by rank; Vega has no ✕ and no ring of its own."""

CLOSED_SHAPE = f"{SHAPES[4].replace('.4', '.6')}M-.55,.35L.35,-.55L.55,-.35L-.35,.55Z"
CLOSED_INK = "#5b6b7a"
"""That of what is closed, ⊘, and its colour on a light ground."""


TEXT: Spec = {"labelFontSize": 12, "titleFontSize": 12, "labelColor": "#1c2733", "titleColor": "#1c2733"}


def bands() -> tuple[Band, ...]:
    """The five bands, for the ages of the settings."""
    return freshness.legend(settings().age_limits_hours)


def built_once(build: Callable[..., Spec]) -> Callable[..., Spec]:
    """Keep what a function builds, by its arguments. Pages that open together wait for one building, and do not each begin."""

    @wraps(build)
    def built(*shape: Any) -> Spec:
        return _SPECS.get((build.__name__, *shape), lambda: build(*shape))

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
def places_by_structure(words: str, on_paper: bool = False) -> Spec:
    """Bars of numbers available by structure, stacked by age band; `words`: of what. Rows: finess, structure, rank, available.

    Structures of the same name have a bar each, told apart by their FINESS numbers. `on_paper`, where nobody can point at a
    bar to read its words, the names are longer, the shapes of the bands stand in the bars, and these in the order of the rows.
    """
    first = None if on_paper else "-x"
    base = (
        alt.Chart(alt.NamedData("source"))
        .transform_joinaggregate(homonyms="distinct(finess)", groupby=["structure"])
        .transform_calculate(name="datum.homonyms > 1 ? datum.finess + ' ' + datum.structure : datum.structure")
        .encode(
            y=alt.Y("name:N", sort=first, title=None, axis=alt.Axis(labelLimit=260 if on_paper else 190, **TEXT)),
            order=alt.Order("rank:Q"),
        )
    )
    bars = (
        base.mark_bar(stroke="white", strokeWidth=0.5)
        .transform_calculate(age=band_label())
        .encode(
            x=alt.X("sum(available):Q", title=None, axis=alt.Axis(orient="top", tickMinStep=1, format="d", **TEXT)),
            color=alt.Color("rank:N", scale=band_scale(), legend=None),
            tooltip=[
                alt.Tooltip("name:N", title="Structure"),
                alt.Tooltip("age:N", title="Mise à jour"),
                alt.Tooltip("sum(available):Q", title="Disponibles"),
            ],
        )
    )
    drawn = alt.layer(bars, _shapes(base)).resolve_scale(color="independent") if on_paper else bars
    return spec(drawn.properties(height=alt.Step(20), title=title(f"{words} disponibles par structure, selon l'âge")))


def _shapes(bars: alt.Chart) -> alt.Chart:
    """The shape of each part of a bar, in its middle, when it has the room for it."""
    ink = alt.Scale(domain=[band.rank for band in bands()], range=[band.ink for band in bands()])
    shapes: alt.Chart = (
        bars.mark_point(filled=True, size=35, strokeWidth=0)
        .transform_joinaggregate(whole="sum(available)", groupby=["name"])
        .transform_joinaggregate(most="max(whole)")
        .encode(
            x=alt.X("available:Q", stack="zero", bandPosition=0.5, title=None),
            shape=shape_of_band(),
            color=alt.Color("rank:N", scale=ink, legend=None),
            opacity=alt.condition("datum.available > 0.04 * datum.most", alt.value(1), alt.value(0)),
        )
    )
    return shapes


def shape_of_band() -> alt.Shape:
    """Shape of a band by its rank."""
    return alt.Shape("rank:N", scale=alt.Scale(domain=list(range(len(SHAPES))), range=list(SHAPES)), legend=None)


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
