"""The numbers of units as a relation, one row a number with its codes: what a search of numbers reads.

Its rows are those that `exchange.fhir.capacity` prints; a test compares them.
"""

_REGISTERED = "changed_at, '01'"
_DECLARED = "coalesce(observed_at, changed_at), coalesce(nullif(source_type, ''), '01')"
_NOW = "'01'"


def _number(status: str, column: str, temporality: str = _NOW) -> str:
    return f"SELECT key, capacity_type, '{status}', {temporality}, {column}, {_DECLARED} FROM unit WHERE {column} IS NOT NULL"  # noqa: S608


_ROWS = (
    _number("01", "declared_installed"),
    f"""SELECT key, capacity_type, '01', {_NOW}, registry_installed, {_REGISTERED} FROM unit
        WHERE declared_installed IS NULL AND registry_installed IS NOT NULL""",  # noqa: S608 - constants
    # A closed offer shows 0 (RG_EXP_047); a 0 declared since the closure keeps its instant and its source.
    f"""SELECT key, capacity_type, '02', temporality, 0, {_REGISTERED} FROM unit
        WHERE registry_closed AND (available IS DISTINCT FROM 0 OR coalesce(observed_at, changed_at) < changed_at)""",  # noqa: S608
    f"""SELECT key, capacity_type, '02', temporality, CASE WHEN opening = 'open' THEN available ELSE 0 END, {_DECLARED}
        FROM unit
        WHERE (opening <> 'open' OR available IS NOT NULL)
            AND NOT (registry_closed AND (available IS DISTINCT FROM 0 OR coalesce(observed_at, changed_at) < changed_at))""",  # noqa: S608
    _number("03", "occupied"),
    _number("04", "reserved"),
    _number("05", "closed_count"),
    _number("06", "supplementary"),
)

CAPACITY = f"""
    number AS ({" UNION ALL ".join(_ROWS)}),
    capacity AS (
        SELECT *, '01' AS assignment, '' AS gender, '' AS closing_type, '' AS additional_type, '' AS crisis_type
        FROM number AS number (unit, capacity_type, status, temporality, number, updated_at, source_type)
    )
"""  # noqa: S608 - constants
"""CTEs over that of units: column `unit` and a column a part of ror-location-supported-capacity; codes are "" where the part
is left out."""
