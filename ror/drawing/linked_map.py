"""The map of the linked view: outlines, names, structures as symbols, and the point to be near.

It is drawn in x and y and not by a projection, because Vega-Lite can pan and zoom only scales.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import altair as alt

from ror.drawing import geography, linked_parts
from ror.drawing.charts import CLOSED_MARK, CLOSED_SHAPE, SHAPES, band_label, band_scale
from ror.drawing.linked_parts import DEPARTMENT, INK, NATURES, OUTLINES, SYMBOLS, ZOOM, Layer
from ror.model.nomenclature import CapacityType, capacity_types_shown
from ror.model.tension import LEVELS, MARKS
from ror.settings import settings

GROUND, BORDER = "#f2f4f6", "#a3afba"
HUE = ("#efe9f6", "#9a7fbd")
"""The colours of measures other than age, for the least and the largest value: no colour of a band is like them."""


class Measure(StrEnum):
    """What the départements are coloured by; with `NONE` only the symbols of the structures are drawn."""

    NONE = "none"
    AGE = "age"
    FREE = "free"
    UP_TO_DATE = "up_to_date"
    OVERDUE = "overdue"
    CHANGE = "change"


TITLES = {
    Measure.FREE: "Disponibles sur installés",
    Measure.UP_TO_DATE: "Unités à jour",
    Measure.OVERDUE: "Unités en retard",
    Measure.CHANGE: "De plus qu'il y a 24 h",
}

_FORMATS = {Measure.OVERDUE: "d", Measure.CHANGE: "+d"}


def chart(
    plane: str,
    frame: geography.Frame,
    size: tuple[int, int],
    measure: Measure,
    capacity_type: CapacityType | None,
    selections: tuple[str, ...],
) -> Layer:
    """Build the map of the départements at the address `plane` (`geography.address`), initially showing `frame`.

    `size` is its width and height in pixels. `selections` filter its structures.
    """
    width, height = size
    layers = [_ground(plane)]
    if measure is not Measure.NONE:
        layers.append(_coloured(plane, measure, [name for name in selections if name != DEPARTMENT]))
    layers += [_near_ring(), _structures(capacity_type, selections), *_tensions(selections), _near_cross()]
    layers += _names(plane, frame, width)
    scales: dict[str, Any] = {
        "x": alt.X("x:Q", scale=_scale(frame.left, frame.right), axis=None),
        "y": alt.Y("y:Q", scale=_scale(frame.bottom, frame.top), axis=None),
    }
    layers = [layer.encode(**scales) for layer in layers]
    layers.append(_size_words(width, height))
    return (
        alt.layer(*layers)
        .resolve_scale(color="independent", fill="independent", shape="independent", stroke="independent")
        .properties(width=width, height=height, view=alt.ViewConfig(stroke="#c5ced6", fill="#fbfcfd", cursor="grab"))
    )


def _scale(least: float, most: float) -> alt.Scale:
    return alt.Scale(domain=[least, most], nice=False, zero=False)


def _plane(plane: str, part: str) -> alt.UrlData:
    # The fragment makes the addresses differ: Vega-Lite takes two data sets with one address for the same one.
    return alt.UrlData(url=f"{plane}#{part}", format=alt.JsonDataFormat(property=part))


def _ground(plane: str) -> Layer:
    """Build the pale outlines of all départements; a click on an outline chooses it."""
    return (
        alt.Chart(_plane(plane, "outlines"))
        .transform_flatten(["x", "y"])
        .transform_window(ring="row_number()")
        .transform_flatten(["x", "y"])
        .transform_window(step="row_number()")
        .mark_line(fill=GROUND, clip=True, cursor="pointer", tooltip=None, aria=False)
        .encode(
            detail=["department:N", "ring:N"],
            order="step:Q",
            stroke=alt.value(BORDER),
            strokeWidth=alt.condition(
                f"isValid({DEPARTMENT}.department) && indexof({DEPARTMENT}.department, datum.department) >= 0",
                alt.value(3),
                alt.value(0.8),
            ),
        )
        .properties(name=OUTLINES)
    )


def _coloured(plane: str, measure: Measure, selections: Sequence[str]) -> Layer:
    """Build the outlines of the départements with matching units, coloured by a measure of the chosen units.

    The share of free beds and the change since yesterday are those of places instead where more places than beds are
    installed: beds and places are never added.
    """
    counted = linked_parts.filtered(linked_parts.source(), *selections)
    if measure is not Measure.CHANGE:
        # Closed units have no rank. They count only for the change: what a unit offered before it closed is lost.
        counted = counted.transform_filter("isValid(datum.rank)")
    counted = linked_parts.add_counts(counted).transform_calculate(**linked_parts.band_counts())
    sums = ["units", "overdue", *(f"band_{band.rank}" for band in settings().age_bands)]
    sums += [name + part for name, _ in NATURES.values() for part in ("", "_installed", "_change")]
    per_department = linked_parts.sum_by(counted, sums, ["department"])
    most = "datum.beds_installed >= datum.places_installed"
    value = {
        Measure.AGE: linked_parts.median_rank(),
        Measure.FREE: f"({most} ? datum.beds : datum.places) / max(1, {most} ? datum.beds_installed : datum.places_installed)",
        Measure.UP_TO_DATE: "1 - datum.overdue / datum.units",
        Measure.OVERDUE: "datum.overdue",
        Measure.CHANGE: f"{most} ? datum.beds_change : datum.places_change",
    }[measure]
    if measure is Measure.AGE:
        fill, fill_opacity = alt.Fill("rank:N", scale=band_scale(), legend=None), 0.45
    else:
        legend = alt.Legend(
            title=TITLES[measure],
            orient="bottom-left",
            direction="horizontal",
            gradientLength=120,
            gradientThickness=8,
            tickCount=2,
            format=_FORMATS.get(measure, ".0%"),
            fillColor="#ffffffd0",
            padding=4,
            labelColor=INK,
            titleColor=INK,
        )
        scale = alt.Scale(range=list(HUE), zero=measure is Measure.OVERDUE, nice=False)
        fill, fill_opacity = alt.Fill("rank:Q", scale=scale, legend=legend), 1.0
    return (
        per_department.transform_calculate(rank=value)
        .transform_lookup(lookup="department", from_=alt.LookupData(_plane(plane, "outlines"), "department", ["x", "y"]))
        .transform_filter("isValid(datum.x)")
        .transform_flatten(["x", "y"])
        .transform_window(ring="row_number()")
        .transform_flatten(["x", "y"])
        .transform_window(step="row_number()")
        .mark_line(fillOpacity=fill_opacity, clip=True, cursor="pointer", stroke=BORDER, strokeWidth=0.8, aria=False)
        .encode(detail=["department:N", "ring:N"], order="step:Q", fill=fill)
    )


def zoom() -> alt.TopLevelSelectionParameter:
    """Return the selection of the visible part of the map: the wheel zooms, a drag pans, a double click resets."""
    config = alt.IntervalSelectionConfig(type="interval", encodings=["x", "y"])
    return alt.TopLevelSelectionParameter(name=ZOOM, select=config, bind="scales", views=[OUTLINES])


def _structures(capacity_type: CapacityType | None, selections: Sequence[str]) -> Layer:
    """Build the symbols of structures: the area shows what is free (0 is a ring), colour and shape the age of the median unit.

    The area is that of the larger of beds and places, which are never added. A structure without an open unit is ⊘.
    """
    rows = linked_parts.source().transform_filter("isValid(datum.x)")
    rows = linked_parts.add_counts(linked_parts.filtered(rows, *selections))
    rows = rows.transform_calculate(**linked_parts.band_counts())
    sums = [*(name for name, _ in NATURES.values()), *(f"band_{band.rank}" for band in settings().age_bands)]
    rows = linked_parts.sum_by(rows, sums, ["finess", "structure", "commune", "x", "y", "tension"])
    natures = [NATURES[one] for one in capacity_types_shown(capacity_type)]
    rows = rows.transform_calculate(
        rank=linked_parts.median_rank(), free=f"max({', '.join(f'datum.{name}' for name, _ in natures)}, 0)"
    ).transform_calculate(
        age=band_label(),
        look="isValid(datum.rank) ? datum.rank : 5",
        tense=f"isValid(datum.tension) ? {linked_parts.name_expression(_TENSE, 'tension')} : 'aucune'",
    )
    ranks = list(range(6))
    colours = alt.Scale(domain=ranks, range=[*(band.colour for band in settings().age_bands), CLOSED_MARK])
    tooltip = [
        alt.Tooltip("structure:N", title="Structure"),
        alt.Tooltip("commune:N", title="Commune"),
        *(alt.Tooltip(f"{name}:Q", title=f"{words} disponibles") for name, words in natures),
        alt.Tooltip("age:N", title="Unité médiane"),
        alt.Tooltip("tense:N", title="Tension déclarée"),
    ]
    symbols = rows.mark_point(clip=True, cursor="pointer", filled=False, opacity=0.95, aria=False).encode(
        size=alt.Size("free:Q", scale=alt.Scale(type="sqrt", domain=[0, 60], range=[22, 260], clamp=True), legend=None),
        shape=alt.Shape("look:N", scale=alt.Scale(domain=ranks, range=[*SHAPES, CLOSED_SHAPE]), legend=None),
        fill=alt.Fill("look:N", scale=colours, legend=None),
        stroke=alt.condition("datum.free > 0", alt.value("#ffffff"), alt.Stroke("look:N", scale=colours, legend=None)),
        fillOpacity=alt.condition("datum.free > 0", alt.value(1), alt.value(0)),
        strokeWidth=alt.condition("datum.free > 0", alt.value(0.7), alt.value(1.3)),
        tooltip=tooltip,
    )
    return symbols.properties(name=SYMBOLS)


_TENSE = {str(level): f"{level}, {words}" for level, words in LEVELS.items()}


def _tensions(selections: Sequence[str]) -> list[Layer]:
    """Build the marks of structures in tension, beside their symbols: dark on a white halo, since colours mean age."""
    rows = linked_parts.source().transform_filter(f"isValid(datum.x) && datum.tension >= {min(MARKS)}")
    rows = linked_parts.filtered(rows, *selections)
    rows = linked_parts.sum_by(rows, ["units"], ["finess", "x", "y", "tension"])
    rows = rows.transform_calculate(
        mark=linked_parts.name_expression({str(level): mark for level, mark in MARKS.items()}, "tension")
    )
    marks = rows.encode(text="mark:N")
    style: dict[str, Any] = {"clip": True, "fontSize": 11, "fontWeight": "bold", "dx": 13, "dy": 6, "aria": False}
    return [marks.mark_text(stroke="white", strokeWidth=3.5, **style), marks.mark_text(fill=INK, **style)]


def _names(plane: str, frame: geography.Frame, width: int) -> list[Layer]:
    """Build the names of prefectures and larger communes on a pale halo; zooming in shows more of them."""
    span = f"(isValid({ZOOM}.x) ? abs({ZOOM}.x[1] - {ZOOM}.x[0]) : {span_text(frame)})"
    names = alt.Chart(_plane(plane, "names")).transform_filter(f"datum.scale <= {width} / {span}").encode(text="name:N")
    style: dict[str, Any] = {"clip": True, "fontSize": 11, "dy": -9, "aria": False}
    return [names.mark_text(stroke="white", strokeWidth=3, opacity=0.8, **style), names.mark_text(fill=INK, **style)]


def span_text(frame: geography.Frame) -> str:
    """Return the width of a frame as the text that expressions contain."""
    return repr(frame.right - frame.left)


_TENSION_LEGEND = ", ".join(f"{mark} : {LEVELS[level]}" for level, mark in MARKS.items())


def _size_words(width: int, height: int) -> Layer:
    """Build the legend of the sizes of symbols, in a corner."""
    words = alt.InlineData(values=[{"words": f"Aire : disponibles ; symbole vide : 0 ; {_TENSION_LEGEND}"}])
    corner: dict[str, Any] = {"x": alt.value(width - 6), "y": alt.value(height - 8)}
    return (
        alt.Chart(words).mark_text(align="right", fontSize=10, color=CLOSED_MARK, aria=False).encode(text="words:N", **corner)
    )


def _near_ring() -> Layer:
    return (
        alt.Chart(alt.NamedData("near"))
        .transform_filter("!datum.centre")
        .mark_line(clip=True, stroke=INK, strokeDash=[4, 3], strokeWidth=1.2, aria=False)
        .encode(order="step:Q")
    )


def _near_cross() -> Layer:
    return (
        alt.Chart(alt.NamedData("near"))
        .transform_filter("datum.centre")
        .mark_point(clip=True, shape="cross", size=160, filled=True, color=INK, stroke="white", aria=False)
    )
