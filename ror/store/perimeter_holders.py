"""Who declares for which units: the managers of each unit, and the joint perimeter of accounts."""

from datetime import UTC, datetime

import pyarrow as pa

from ror.model.rights import Perimeter, Role
from ror.store.engine.database import Cursor


def managers(cursor: Cursor, units: pa.Table) -> dict[str, list[tuple[str, str]]]:
    """Return by unit the id and the name of each enabled manager whose own perimeter holds it, in the order of the names.

    `units` has the columns unit, finess and legal_entity.
    """
    cursor.register("selected_units", units.select(["unit", "finess", "legal_entity"]))
    rows = cursor.execute(
        """
        WITH held AS (
            SELECT unit, 'unit' AS kind, unit AS key FROM selected_units
            UNION ALL SELECT unit, 'structure', finess FROM selected_units
            UNION ALL SELECT unit, 'legal_entity', legal_entity FROM selected_units
        )
        SELECT DISTINCT held.unit, account.id, account.name, strip_accents(lower(account.name)) AS sorted_name
        FROM held
        JOIN account_perimeter USING (kind, key)
        JOIN account_role ON account_role.account = account_perimeter.account AND account_role.role = $manager
        JOIN account ON account.id = account_perimeter.account AND NOT account.disabled AND account.login <> ''
        ORDER BY sorted_name, account.id
        """,
        {"manager": str(Role.MANAGER)},
    ).fetchall()
    cursor.unregister("selected_units")
    by_unit: dict[str, list[tuple[str, str]]] = {}
    for unit, account_id, name, _ in rows:
        by_unit.setdefault(unit, []).append((account_id, name))
    return by_unit


def perimeter_of_others(cursor: Cursor, prefix: str) -> Perimeter:
    """Return the joint perimeter of all accounts except those whose id begins with a prefix."""
    rows = cursor.execute(
        """
        SELECT kind, key FROM account_perimeter WHERE NOT starts_with(account, $prefix)
        UNION ALL
        SELECT 'handover', unit FROM handover
        WHERE NOT starts_with(receiver, $prefix) AND ended_at IS NULL AND given_at <= $now AND until > $now
        """,
        {"prefix": prefix, "now": datetime.now(UTC)},
    ).fetchall()
    kinds = ("legal_entity", "structure", "unit", "handover")
    entities, structures, units, received = (frozenset(key for row_kind, key in rows if row_kind == kind) for kind in kinds)
    return Perimeter(entities, structures, units, received)
