"""The numbers of units as a relation with one row per number and its codes, for searches of numbers.

It has the same rows as `exchange.fhir.capacity.current_capacities`; a test compares them. The rows of a unit that declares
counts in parts, or for another temporality than its own, come from that function, in the table `detailed_capacity`; the others
are computed here from the board.
"""

import pyarrow as pa

_INSTANT = pa.timestamp("us", tz="UTC")
COLUMNS = {
    "unit": pa.string(),
    "capacity_type": pa.string(),
    "status": pa.string(),
    "temporality": pa.string(),
    "number": pa.int32(),
    "updated_at": _INSTANT,
    "assignment": pa.string(),
    "gender": pa.string(),
    "closing_type": pa.string(),
    "additional_bed_type": pa.string(),
    "crisis_type": pa.string(),
}
"""Columns of the relation: codes are "" where a part of the extension is left out."""

IS_DETAILED = "parts <> '' OR coalesce(len(others), 0) > 0"
"""The SQL condition on a unit of the board whose numbers are in `detailed_capacity`."""

_DECLARED = "coalesce(observed_at, updated_at)"
_CLOSED_SINCE = f"registry_closed AND (available IS DISTINCT FROM 0 OR {_DECLARED} < changed_at)"


def _number(status: str, number: str, at: str, condition: str, temporality: str = "'01'") -> str:
    """Return the SQL of the rows of one status, for the units that meet a condition."""
    return f"SELECT key, capacity_type, '{status}', {temporality}, {number}, {at} FROM simple WHERE {condition}"  # noqa: S608


_ROWS = (
    _number("01", "declared_installed", _DECLARED, "declared_installed IS NOT NULL"),
    _number("01", "registry_installed", "changed_at", "declared_installed IS NULL AND registry_installed IS NOT NULL"),
    # A closed offer shows 0 (RG_EXP_047); a 0 declared since the closure keeps its instant.
    _number("02", "0", "changed_at", _CLOSED_SINCE, "temporality"),
    _number("02", "0", _DECLARED, f"opening <> 'open' AND NOT ({_CLOSED_SINCE})", "temporality"),
    _number("02", "available", _DECLARED, "opening = 'open' AND available IS NOT NULL", "temporality"),
    _number("03", "occupied", _DECLARED, "occupied IS NOT NULL"),
    _number("04", "reserved", _DECLARED, "reserved IS NOT NULL"),
    _number("05", "closed_count", _DECLARED, "closed_count IS NOT NULL"),
    _number("06", "supplementary", _DECLARED, "supplementary IS NOT NULL"),
)

CAPACITY = f"""
    simple AS (SELECT * FROM unit WHERE NOT ({IS_DETAILED})),
    total AS ({" UNION ALL ".join(_ROWS)}),
    capacity AS (
        SELECT *, '01' AS assignment, '' AS gender, '' AS closing_type, '' AS additional_bed_type, '' AS crisis_type
        FROM total AS total (unit, capacity_type, status, temporality, number, updated_at)
        UNION ALL
        SELECT {", ".join(COLUMNS)} FROM detailed_capacity
    )
"""  # noqa: S608 - constants
"""CTEs that follow the CTE `unit`: `capacity` is the relation of numbers."""
