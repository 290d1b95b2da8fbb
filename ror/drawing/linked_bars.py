"""The charts beside the map of the linked view: the rows of départements and of needs, and the ages, which are the legend.

A row has two thin bars, for beds and for places, which are never added, or one bar when the filters choose one of them. Each
bar is divided by age.
"""

from collections.abc import Mapping
from typing import Any

import altair as alt

from ror.drawing import linked_parts
from ror.drawing.linked_parts import AGE, DEPARTMENT, INK, NEED, Layer
from ror.model.needs import published_needs
from ror.model.nomenclature import CapacityType, capacity_types_shown
from ror.model.territory import department_name
from ror.settings import settings

MAX_ROWS = 20
"""Most rows of one chart. Of more values, those with the most units are shown; fewer are all shown, even without a unit."""

_LABEL, _NUMBERS = 126, 78
"""Pixels of a row for its name, left of its bars, and for its numbers, right of them."""

_LETTER = "{'01': 'L', '02': 'P'}[datum.capacity_type]"


def departments(codes: tuple[str, ...], width: int, step: int, capacity_type: CapacityType | None) -> Layer:
    """Build the rows of these départements; a click on one chooses `department`."""
    rows = linked_parts.filtered(linked_parts.source(), NEED, AGE)
    names = {code: f"{code} {department_name(code)}" for code in codes}
    return _rows(rows, DEPARTMENT, names, width, step, capacity_type, "Départements")


def needs(width: int, step: int, capacity_type: CapacityType | None) -> Layer:
    """Build the rows of needs; a click on one chooses `need`. A unit that answers several is counted in each."""
    rows = linked_parts.filtered(linked_parts.source(), DEPARTMENT, AGE).transform_filter("datum.needs != ''")
    rows = rows.transform_calculate(need="split(datum.needs, '|')").transform_flatten(["need"])
    names = {need.code: need.label for need in published_needs().values()}
    return _rows(rows, NEED, names, width, step, capacity_type, "Besoins")


def _rows(
    rows: alt.Chart,
    selection: str,
    names: Mapping[str, str],
    width: int,
    step: int,
    capacity_type: CapacityType | None,
    title: str,
) -> Layer:
    """Build one row for each value of the field of a selection: its bars by age, and « free/installed » right of them."""
    field = linked_parts.FIELDS[selection]
    capacity_types = [str(one) for one in capacity_types_shown(capacity_type)]
    rows = rows.transform_filter(f"isValid(datum.rank) && indexof({capacity_types}, datum.capacity_type) >= 0")
    rows = rows.transform_calculate(label=linked_parts.name_expression(names, field))
    fixed = len(names) <= MAX_ROWS
    if not fixed:
        rows = rows.transform_joinaggregate(all="sum(units)", groupby=[field])
        rows = rows.transform_window(place="dense_rank()", sort=[alt.SortField("all", "descending")])
        rows = rows.transform_filter(f"datum.place <= {MAX_ROWS}")
    scale = alt.Scale(paddingInner=0.15, paddingOuter=0.1, domain=list(names.values()) if fixed else alt.Undefined)
    y = alt.Y("label:N", title=None, sort=list(names.values()), axis=None, scale=scale)
    if fixed:
        each: Layer = alt.Chart(alt.InlineData(values=[{field: code, "label": name} for code, name in names.items()]))
    else:
        each = rows.transform_aggregate(groupby=[field, "label"], units="sum(units)")
    # Only marks of the chart with the selection react to a click: this one covers the whole row, under its bars and words.
    ground = (
        each.mark_bar(cursor="pointer", tooltip=None, aria=False)
        .encode(x=alt.value(0), x2=alt.value(width), y=y, detail=f"{field}:N", color=linked_parts.chosen_colour(selection))
        .properties(name=linked_parts.ROWS[selection])
    )
    position: dict[str, Any] = {"y": y, "detail": f"{field}:N", "opacity": linked_parts.opacity(selection)}
    labels = each.mark_text(align="right", fontSize=11, limit=_LABEL - 5, aria=False, color=INK).encode(
        x=alt.value(_LABEL - 5), text="label:N", **position
    )
    both = len(capacity_types) > 1
    if both:
        position["yOffset"] = alt.YOffset("capacity_type:N", scale=alt.Scale(domain=capacity_types, paddingInner=0.1))
    bars = _bars(rows, field, width, position)
    texts = _texts(rows, field, width, position, 10 if both else 11)
    heading = alt.TitleParams(
        f"{title} : disponibles/installés", anchor="start", frame="group", fontSize=12, fontWeight="bold", color=INK, offset=3
    )
    return (
        alt.layer(ground, bars, labels, texts)
        .resolve_scale(color="independent")
        .properties(width=width, height=alt.Step(step, **{"for": "position"}), title=heading, view=alt.ViewConfig(stroke=None))
    )


def _bars(rows: alt.Chart, field: str, width: int, position: Mapping[str, Any]) -> Layer:
    """Build the bars of the rows by age, as parts of the longest one; `position` has the encodings of a row."""
    return (
        rows.transform_aggregate(available="sum(available)", groupby=[field, "label", "capacity_type", "rank"])
        .transform_joinaggregate(of_bar="sum(available)", groupby=[field, "capacity_type"])
        .transform_joinaggregate(most="max(of_bar)")
        .transform_calculate(part="datum.available / max(1, datum.most)")
        .mark_bar(stroke="white", strokeWidth=0.4, aria=False)
        .encode(
            # A fixed domain: with one computed from the data, Vega writes warnings in the console until the data is there.
            x=alt.X("part:Q", stack="zero", axis=None, scale=alt.Scale(domain=[0, 1], range=[_LABEL, width - _NUMBERS])),
            order=alt.Order("rank:Q"),
            color=linked_parts.age_colour(),
            **position,
        )
    )


def _texts(rows: alt.Chart, field: str, width: int, position: Mapping[str, Any], size: int) -> Layer:
    """Build « free/installed » right of the bars of the rows, in letters of `size` pixels."""
    number, installed = linked_parts.french("datum.free"), linked_parts.french("datum.installed")
    return (
        rows.transform_aggregate(free="sum(available)", installed="sum(installed)", groupby=[field, "label", "capacity_type"])
        .transform_calculate(words=f"{number} + '/' + {installed} + ' ' + {_LETTER}")
        .mark_text(align="left", fontSize=size, aria=False, color=INK)
        .encode(x=alt.value(width - _NUMBERS + 5), text="words:N", **position)
    )


def ages(width: int, height: int, words: bool) -> Layer:
    """Build the legend of ages, with the number of units of each band; a click on one chooses `rank`.

    Without `words`, for a narrow view, a band is shown by its shape alone.
    """
    bands = settings().age_bands
    legend = [{"rank": band.rank, "words": band.words if words else band.shape} for band in bands]
    ranks = [band.rank for band in bands]
    inks = alt.Scale(domain=ranks, range=[band.ink for band in bands])
    x = alt.X("rank:O", axis=None, scale=alt.Scale(domain=ranks, paddingInner=0.03, paddingOuter=0))
    look: dict[str, Any] = {"x": x, "y": alt.value(height / 2), "opacity": linked_parts.opacity(AGE)}
    ink = alt.Color("rank:N", scale=inks, legend=None)
    bar, half = width / len(bands), width / len(bands) / 2 - 5
    chips = (
        alt.Chart(alt.InlineData(values=legend))
        .mark_bar(height=height - 2, width=bar * 0.97, cornerRadius=3, cursor="pointer", tooltip=None, aria=False)
        .encode(color=linked_parts.age_colour(), **look)
        .properties(name=linked_parts.ROWS[AGE])
    )
    labels = (
        alt.Chart(alt.InlineData(values=legend))
        .mark_text(align="left", dx=-half, fontSize=10, fontWeight=600, aria=False)
        .encode(text="words:N", color=ink, **look)
    )
    rows = linked_parts.filtered(linked_parts.source(), DEPARTMENT, *([NEED] if words else [])).transform_filter(
        "isValid(datum.rank)"
    )
    counts = (
        rows.transform_aggregate(count="sum(units)", groupby=["rank"])
        .transform_calculate(words=linked_parts.french("datum.count"))
        .mark_text(align="right", dx=half, fontSize=10, fontWeight=600, aria=False)
        .encode(text="words:N", color=ink, **look)
    )
    return (
        alt.layer(chips, labels, counts)
        .resolve_scale(color="independent")
        .properties(width=width, height=height, view=alt.ViewConfig(stroke=None))
    )
