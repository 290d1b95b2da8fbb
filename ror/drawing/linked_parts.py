"""The vocabulary that the charts of the linked view share: parameters, filters between them, and their expressions."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from ror.drawing.charts import band_scale, bands
from ror.model.nomenclature import CapacityType

OUTLINES, SYMBOLS, DEPARTMENT_ROWS, NEED_ROWS, AGE_ROWS = "outlines", "symbols", "department_rows", "need_rows", "age_rows"
"""Names of the charts that have selections."""

DEPARTMENT, NEED, AGE, STRUCTURE, ZOOM = "pick_department", "pick_need", "pick_age", "pick_structure", "zoom"
"""Names of the selections."""

ROWS = {DEPARTMENT: DEPARTMENT_ROWS, NEED: NEED_ROWS, AGE: AGE_ROWS}
"""The chart whose rows each selection is of."""

FIELDS = {DEPARTMENT: "department", NEED: "need", AGE: "rank", STRUCTURE: "finess"}
"""The column that each selection of marks has the values of."""

NATURES = {CapacityType.BED: ("beds", "Lits"), CapacityType.PLACE: ("places", "Places")}
"""The column of the number available of each capacity type, and its words."""

INK, TINT = "#1c2733", "#dde7f1"
Layer = Any
"""A chart: Altair does not type the marks and the encodings that it adds to one."""

UNCHOSEN = 0.45
"""Opacity of what is not chosen, in the chart where something is."""


_CLICK = (
    "[pointerdown, pointermove[abs(event.movementX) + abs(event.movementY) > 1]] > "
    "click[event.item && event.item.datum && isValid(event.item.datum.{field})]"
)
"""A click that ends no drag, on a mark with a value of the selection: panning the map over a mark chooses nothing.

The interpreter of expressions that the content policy asks for knows `datum` in no filter of events, but through its item.
"""


def selection(name: str, *views: str) -> alt.TopLevelSelectionParameter:
    """Return the selection of this name in the charts with these names.

    A click chooses a value, with Shift it adds one, a double click anywhere resets.
    """
    # One need and one structure at a time: a unit has several needs, and the expression that reads them tests the first.
    toggle: Any = False if name in (NEED, STRUCTURE) else "event.shiftKey"
    field = FIELDS[name]
    config = alt.PointSelectionConfig(
        type="point", fields=[field], toggle=toggle, on=_CLICK.format(field=field), clear="view:dblclick"
    )
    return alt.TopLevelSelectionParameter(name=name, select=config, views=list(views))


def chosen(name: str) -> str:
    """Return the expression of whether a row is of what a selection chose, or it chose nothing."""
    field = FIELDS[name]
    if name == NEED:
        test = f"indexof('|' + datum.needs + '|', '|' + {name}.{field}[0] + '|') >= 0"
    else:
        test = f"indexof({name}.{field}, datum.{field}) >= 0"
    return f"!isValid({name}.{field}) || {test}"


def filtered(chart: alt.Chart, *names: str) -> alt.Chart:
    """Return a chart of the rows that these selections choose."""
    for name in names:
        chart = chart.transform_filter(chosen(name))
    return chart


def opacity(name: str) -> Any:
    """Return the opacity of marks: those of the values that are not chosen are pale."""
    field = FIELDS[name]
    test = f"!isValid({name}.{field}) || indexof({name}.{field}, datum.{field}) >= 0"
    return alt.condition(test, alt.value(1), alt.value(UNCHOSEN))


def source() -> alt.Chart:
    """Return a chart of the table that is given with the specification."""
    return alt.Chart(alt.NamedData("source"))


def chosen_colour(name: str) -> Any:
    """Return the colour of the ground of rows: that of the values that are chosen is tinted."""
    field = FIELDS[name]
    return alt.condition(
        f"isValid({name}.{field}) && indexof({name}.{field}, datum.{field}) >= 0", alt.value(TINT), alt.value("white")
    )


def counted(chart: alt.Chart) -> alt.Chart:
    """Return a chart with `beds` and `places` available, 0 for the other type; `beds_installed`, `beds_change` and likewise.

    A change is the difference with 24 hours before, 0 where that number is not known.
    """
    columns = {}
    for capacity_type, (name, _) in NATURES.items():
        columns[name] = f"datum.capacity_type === '{capacity_type}' ? datum.available || 0 : 0"
        columns[f"{name}_installed"] = f"datum.capacity_type === '{capacity_type}' ? datum.installed || 0 : 0"
        columns[f"{name}_change"] = (
            f"datum.capacity_type === '{capacity_type}' && isValid(datum.before) ? (datum.available || 0) - datum.before : 0"
        )
    return chart.transform_calculate(**columns)


def summed(chart: alt.Chart, columns: Sequence[str], by: Sequence[str]) -> Layer:
    """Return a chart of the sums of columns, which keep their names, by other columns."""
    sums: dict[str, Any] = {name: f"sum({name})" for name in columns}
    return chart.transform_aggregate(groupby=list(by), **sums)


def band_counts() -> dict[str, str]:
    """Return the expressions of the units of a row in each band: `band_0` to `band_4`."""
    return {f"band_{band.rank}": f"datum.rank === {band.rank} ? datum.units : 0" for band in bands()}


def median_rank() -> str:
    """Return the expression of the rank of the median unit of a sum of `band_0` to `band_4`, as `freshness.median_of_counts`.

    It is null where no unit is open.
    """
    passed = ["+".join(f"datum.band_{rank}" for rank in range(last + 1)) for last in range(len(bands()))]
    half = f"floor(({passed[-1]}) / 2)"
    return "".join(f"({total}) > {half} ? {rank} : " for rank, total in enumerate(passed)) + "null"


def french(number: str) -> str:
    """Return the expression of a number with a space between its thousands, and of « — » where there is none."""
    return f"(isValid({number}) ? replace(format({number}, ','), regexp(',', 'g'), '\\u00a0') : '—')"


def age_colour() -> alt.Color:
    """Return the colour of a band by its rank, without a legend."""
    return alt.Color("rank:N", scale=band_scale(), legend=None)


def named(values: Mapping[str, str], field: str) -> str:
    """Return the expression of the name of `datum.<field>`, itself when it has none."""
    return f"{_object(values)}[datum.{field}] || datum.{field}"


def _object(values: Mapping[str, str]) -> str:
    return json.dumps(values, ensure_ascii=False)


def shown(capacity_type: CapacityType | None) -> list[CapacityType]:
    """Return beds and places, or the one that the filters choose."""
    return [one for one in NATURES if capacity_type in (None, one)]
