"""Build the data of the linked view: one Arrow table of the units that match the filters."""

import math

import pyarrow as pa
import pyarrow.compute as pc

MAX_UNITS = 20_000
"""Most units that are sent one by one; more of them are sent as sums."""

COLUMNS = (
    *("finess", "structure", "commune", "department", "capacity_type", "needs"),
    *("rank", "available", "installed", "overdue", "latitude", "longitude", "tension"),
)
"""Columns of aged units that `source` reads."""

_SUMMED = ("department", "capacity_type", "rank", "needs")

_REPEATED = pa.dictionary(pa.int16(), pa.string())

SCHEMA = pa.schema(
    [
        *((name, _REPEATED) for name in ("finess", "structure", "commune", "department", "capacity_type", "needs")),
        ("rank", pa.int8()),
        ("tension", pa.int8()),
        *((name, pa.int32()) for name in ("available", "installed", "units", "overdue", "before")),
        *((name, pa.float32()) for name in ("x", "y")),
    ]
)
"""Columns of the table. `needs` are codes of `model.needs` joined by "|". These may be null: `rank` when the unit is closed,
`before` (the number available 24 hours ago) where it is not known, `tension` (of the structure) where none was declared."""


def source(units: pa.Table) -> pa.Table:
    """Return the rows of the linked view, of `SCHEMA`, from aged units (`store.board.aging.aged`).

    It reads `COLUMNS`, and `before` if the units have it. One row is one unit; past `MAX_UNITS`, one row is the sum of the
    units of a département with the same capacity type, band and needs, without structure and position. `x` and `y` are those of
    `drawing.geography.mercator`, null for a structure without a position.
    """
    overdue = pc.cast(pc.fill_null(units["overdue"], False), pa.int32())
    columns = {
        **{name: units[name] for name in ("finess", "structure", "commune", *_SUMMED, "available", "installed")},
        "units": pa.array([1] * units.num_rows, pa.int32()),
        "overdue": overdue,
        "before": units["before"] if "before" in units.column_names else pa.nulls(units.num_rows, pa.int32()),
        "tension": units["tension"] if "tension" in units.column_names else pa.nulls(units.num_rows, pa.int8()),
        "x": units["longitude"],
        "y": _mercator(units["latitude"]),
    }
    table = pa.table(columns)
    table = (table if table.num_rows <= MAX_UNITS else _sums(table)).select(SCHEMA.names).combine_chunks()
    # With dictionaries the texts of a structure are sent once, which takes a third of the bytes.
    for number, field in enumerate(SCHEMA):
        if field.type == _REPEATED:
            table = table.set_column(number, field.name, table[field.name].dictionary_encode())
    table = table.cast(SCHEMA, safe=False)
    for number, field in enumerate(SCHEMA):
        if field.type != _REPEATED:
            table = table.set_column(number, field, _with_zeros_under_nulls(table[field.name]))
    return table


def _with_zeros_under_nulls(column: pa.ChunkedArray) -> pa.Array:
    """Return a column with zeros under its nulls, so that equal values have equal bytes: DuckDB leaves random bytes there."""
    return pa.array(column.fill_null(0).to_numpy(), column.type, mask=column.is_null().to_numpy())


def _mercator(latitude: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the y of latitudes, as `drawing.geography.mercator` does."""
    half = pc.multiply(pc.cast(latitude, pa.float64()), math.pi / 360)
    return pc.multiply(pc.ln(pc.tan(pc.add(half, math.pi / 4))), 180 / math.pi)


def _sums(table: pa.Table) -> pa.Table:
    counted = ("available", "installed", "units", "overdue", "before")
    sums = table.group_by(list(_SUMMED), use_threads=False).aggregate([(name, "sum") for name in counted])
    sums = sums.rename_columns([*_SUMMED, *counted])
    for name in set(SCHEMA.names) - set(sums.column_names):
        sums = sums.append_column(name, pa.nulls(sums.num_rows, SCHEMA.field(name).type))
    return sums
