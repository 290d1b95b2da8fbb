"""Build charts with Altair: Vega-Lite specifications without data.

Building a specification takes tens of milliseconds, so each is built once, and drawn with an Arrow table on each run.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import altair as alt

from ror.settings import settings
from ror.store.cache import Cache

Spec = dict[str, Any]
_SPECS = Cache()
SHAPES = (
    *("circle", "square", "triangle-up"),
    "M0,-.35L.65,-1L1,-.65L.35,0L1,.65L.65,1L0,.35L-.65,1L-1,.65L-.35,0L-1,-.65L-.65,-1Z",
    "M-1,0A1,1,0,1,1,1,0A1,1,0,1,1,-1,0ZM-.4,0A.4,.4,0,1,0,.4,0A.4,.4,0,1,0,-.4,0Z",
)
"""The shapes of the bands, by rank; ✕ and the ring are paths, since Vega has no such shapes."""

CLOSED_SHAPE = f"{SHAPES[4].replace('.4', '.6')}M-.55,.35L.35,-.55L.55,-.35L-.35,.55Z"
CLOSED_MARK = "#5b6b7a"
"""The shape of a closed unit or structure, ⊘, and its colour on a light background."""


TEXT: Spec = {"labelFontSize": 12, "titleFontSize": 12, "labelColor": "#1c2733", "titleColor": "#1c2733"}


def built_once(build: Callable[..., Spec]) -> Callable[..., Spec]:
    """Cache the specifications of a function by its arguments; pages that open at the same time wait for a single build."""

    @wraps(build)
    def cached(*parameters: Any) -> Spec:
        return _SPECS.get((build, *parameters), lambda: build(*parameters))

    return cached


def spec(chart: alt.TopLevelMixin) -> Spec:
    """Return the specification of a chart without its data, which is given later."""
    specification: Spec = chart.to_dict(context={"pre_transform": False})
    specification.pop("data", None)  # Streamlit names the table that it is given "source"
    # aria is off: the page describes each chart in French, with a table, where Vega would describe axes and marks in English.
    config = specification["config"] = {**specification.get("config", {}), "aria": False}
    config.pop("view", None)
    # By default Streamlit draws the legend too pale for a text.
    config.setdefault("legend", {"labelColor": TEXT["labelColor"], "titleColor": TEXT["titleColor"]})
    return specification


def title(words: str) -> alt.TitleParams:
    """Return the title above a chart."""
    return alt.TitleParams(words, anchor="start", fontSize=14, fontWeight="bold", color="#1c2733")


def band_scale() -> alt.Scale:
    """Return the scale of colours of the bands by their ranks."""
    return alt.Scale(domain=[band.rank for band in settings().age_bands], range=[band.colour for band in settings().age_bands])


def band_label() -> str:
    """Return the Vega expression for the words of the band `datum.rank`."""
    return f"isValid(datum.rank) ? {[band.words for band in settings().age_bands]}[datum.rank] : '-'"


@built_once
def places_by_structure(words: str, on_paper: bool = False) -> Spec:
    """Build bars of numbers available by structure, stacked by age band; `words` are « Lits » or « Places ».

    Rows: finess, structure, rank, available.

    Structures of the same name have separate bars, with their FINESS numbers. With `on_paper`, where no tooltip can be read,
    the names are longer, the bars contain the shapes of the bands, and are in the order of the rows.
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
    chart = alt.layer(bars, _shapes(base)).resolve_scale(color="independent") if on_paper else bars
    return spec(chart.properties(height=alt.Step(20), title=title(f"{words} disponibles par structure, selon l'âge")))


def _shapes(bars: alt.Chart) -> alt.Chart:
    """Build the shape of the band in the middle of each part of a bar that is long enough for it."""
    ink = alt.Scale(domain=[band.rank for band in settings().age_bands], range=[band.ink for band in settings().age_bands])
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
    """Return the encoding of the shape of a band by its rank."""
    return alt.Shape("rank:N", scale=alt.Scale(domain=list(range(len(SHAPES))), range=list(SHAPES)), legend=None)


@built_once
def history(unit_word: str) -> Spec:
    """Build the chart of a unit's numbers over time: steps, with a point for each declaration.

    A row without `kind` only prolongs the line.

    Rows: observed_at, available, kind, when, number, comment.
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
        base.transform_filter("isValid(datum.kind)")
        .mark_point(filled=True, size=45, opacity=1)
        .encode(
            shape=alt.Shape(
                "kind:N",
                scale=alt.Scale(domain=["Déclaration", "Confirmation", "Fermeture"], range=["circle", "diamond", "cross"]),
                legend=alt.Legend(title=None, orient="top"),
            ),
            color=alt.value("#1c2733"),
            tooltip=[
                alt.Tooltip("when:N", title="Le"),
                alt.Tooltip("number:N", title="Disponible"),
                alt.Tooltip("kind:N", title="Nature"),
                alt.Tooltip("comment:N", title="Commentaire"),
            ],
        )
    )
    return spec(alt.layer(line, marks).properties(height=240))
