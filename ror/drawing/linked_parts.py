"""What the charts of the linked view share: names, selections, the filters between charts, and Vega expressions."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from ror.drawing.charts import band_scale
from ror.model.nomenclature import CapacityType
from ror.settings import settings

OUTLINES, SYMBOLS, DEPARTMENT_ROWS, NEED_ROWS, AGE_ROWS = "outlines", "symbols", "department_rows", "need_rows", "age_rows"
"""Names of the charts that have selections."""

DEPARTMENT, NEED, AGE, STRUCTURE, ZOOM = "pick_department", "pick_need", "pick_age", "pick_structure", "zoom"
"""Names of the selections."""

ROWS = {DEPARTMENT: DEPARTMENT_ROWS, NEED: NEED_ROWS, AGE: AGE_ROWS}
"""The chart whose rows each selection selects."""

FIELDS = {DEPARTMENT: "department", NEED: "need", AGE: "rank", STRUCTURE: "finess"}
"""The column whose values each selection of marks contains."""

NATURES = {CapacityType.BED: ("beds", "Lits"), CapacityType.PLACE: ("places", "Places")}
"""The column of the number available of each capacity type, and its words."""

INK, TINT = "#1c2733", "#dde7f1"
Layer = Any
"""A chart: Altair has no types for charts with marks and encodings."""

UNCHOSEN = 0.45
"""Opacity of the marks that are not chosen, in a chart with a choice."""


_CLICK = (
    "[pointerdown, pointermove[abs(event.movementX) + abs(event.movementY) > 1]] > "
    "click[event.item && event.item.datum && isValid(event.item.datum.{field})]"
)
"""A click on a mark with a value of the selection, unless it ends a drag: panning the map over a mark chooses nothing.

The interpreter of expressions, which the content security policy requires, has `datum` in event filters only through the item.
"""


def selection(name: str, *views: str) -> alt.TopLevelSelectionParameter:
    """Return the selection of this name in the charts named `views`.

    A click chooses a value, a click with Shift adds one, a double click anywhere resets.
    """
    # One need and one structure at a time: a unit has several needs, and the expression of `chosen` tests only the first one.
    toggle: Any = False if name in (NEED, STRUCTURE) else "event.shiftKey"
    field = FIELDS[name]
    config = alt.PointSelectionConfig(
        type="point", fields=[field], toggle=toggle, on=_CLICK.format(field=field), clear="view:dblclick"
    )
    return alt.TopLevelSelectionParameter(name=name, select=config, views=list(views))


def chosen(name: str) -> str:
    """Return the expression for whether a row matches the choice of a selection; true when nothing is chosen."""
    field = FIELDS[name]
    if name == NEED:
        test = f"indexof('|' + datum.needs + '|', '|' + {name}.{field}[0] + '|') >= 0"
    else:
        test = f"indexof({name}.{field}, datum.{field}) >= 0"
    return f"!isValid({name}.{field}) || {test}"


def filtered(chart: alt.Chart, *names: str) -> alt.Chart:
    """Return a chart restricted to the rows that match the choices of these selections."""
    for name in names:
        chart = chart.transform_filter(chosen(name))
    return chart


def opacity(name: str) -> Any:
    """Return the opacity of marks: pale for the values that are not chosen."""
    field = FIELDS[name]
    test = f"!isValid({name}.{field}) || indexof({name}.{field}, datum.{field}) >= 0"
    return alt.condition(test, alt.value(1), alt.value(UNCHOSEN))


def source() -> alt.Chart:
    """Return a chart of the table that is given to the specification."""
    return alt.Chart(alt.NamedData("source"))


def chosen_colour(name: str) -> Any:
    """Return the background colour of rows: tinted for the chosen values."""
    field = FIELDS[name]
    return alt.condition(
        f"isValid({name}.{field}) && indexof({name}.{field}, datum.{field}) >= 0", alt.value(TINT), alt.value("white")
    )


def add_counts(chart: alt.Chart) -> alt.Chart:
    """Add columns to the rows of a chart: beds, beds_installed, beds_change, and the same of places.

    They are 0 for units of the other type. The first is what is available; a change is the difference to 24 hours before, 0
    where the number of then is not known.
    """
    columns = {}
    for capacity_type, (name, _) in NATURES.items():
        columns[name] = f"datum.capacity_type === '{capacity_type}' ? datum.available || 0 : 0"
        columns[f"{name}_installed"] = f"datum.capacity_type === '{capacity_type}' ? datum.installed || 0 : 0"
        columns[f"{name}_change"] = (
            f"datum.capacity_type === '{capacity_type}' && isValid(datum.before) ? (datum.available || 0) - datum.before : 0"
        )
    return chart.transform_calculate(**columns)


def sum_by(chart: alt.Chart, columns: Sequence[str], by: Sequence[str]) -> Layer:
    """Return a chart of the sums of `columns`, which keep their names, grouped by other columns."""
    sums: dict[str, Any] = {name: f"sum({name})" for name in columns}
    return chart.transform_aggregate(groupby=list(by), **sums)


def band_counts() -> dict[str, str]:
    """Return the expressions for the columns `band_0` to `band_4`: the units of a row in each band."""
    return {f"band_{band.rank}": f"datum.rank === {band.rank} ? datum.units : 0" for band in settings().age_bands}


def median_rank() -> str:
    """Return the expression for the rank of the median unit, from sums of `band_0` to `band_4`; null where no unit is open.

    It is the same rule as `freshness.median_of_counts`.
    """
    cumulated = ["+".join(f"datum.band_{rank}" for rank in range(last + 1)) for last in range(len(settings().age_bands))]
    half = f"floor(({cumulated[-1]}) / 2)"
    return "".join(f"({total}) > {half} ? {rank} : " for rank, total in enumerate(cumulated)) + "null"


def french(number: str) -> str:
    """Return the expression that formats a number with spaces between thousands, « — » where there is none."""
    return f"(isValid({number}) ? replace(format({number}, ','), regexp(',', 'g'), '\\u00a0') : '—')"


def age_colour() -> alt.Color:
    """Return the colour of a band by its rank, without a legend."""
    return alt.Color("rank:N", scale=band_scale(), legend=None)


def name_expression(values: Mapping[str, str], field: str) -> str:
    """Return the expression for the name of `datum.<field>`, the value itself when it has no name."""
    return f"{_object(values)}[datum.{field}] || datum.{field}"


def _object(values: Mapping[str, str]) -> str:
    return json.dumps(values, ensure_ascii=False)
