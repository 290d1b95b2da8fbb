"""Units handed over by a manager to a colleague for a time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ror.model.handover import Handover
from ror.model.rights import Role
from ror.store.engine.database import Cursor, Transaction

_MANAGERS = """
    held AS (
        SELECT account.id AS account, account.name, entry.kind, entry.key
        FROM account
        JOIN account_role ON account_role.account = account.id AND account_role.role = $manager
        JOIN account_perimeter AS entry ON entry.account = account.id
        WHERE NOT account.disabled AND account.login <> ''
    ),
    entity_of AS (
        SELECT 'legal_entity' AS kind, finess AS key, finess AS legal_entity FROM legal_entity
        UNION ALL SELECT 'structure', finess, legal_entity FROM structure
        UNION ALL SELECT 'unit', unit.id, structure.legal_entity FROM unit JOIN structure ON structure.finess = unit.structure
    ),
    colleague AS (SELECT DISTINCT account, name, legal_entity FROM held JOIN entity_of USING (kind, key))
"""
"""CTEs: what each enabled manager holds by its own perimeter, and the managers of each legal entity."""

_STANDING = f"""
    WITH {_MANAGERS},
    lasting AS (
        SELECT handover.unit, giver, receiver, until, structure.finess, structure.legal_entity
        FROM handover
        JOIN unit ON unit.id = handover.unit
        JOIN structure ON structure.finess = unit.structure
        WHERE ended_at IS NULL AND given_at <= $now AND until > $now
    )
    SELECT DISTINCT unit, giver, receiver, until, held.name AS giver_name, colleague.name AS receiver_name
    FROM lasting
    JOIN held ON held.account = giver
         AND (held.kind, held.key) IN (('unit', unit), ('structure', finess), ('legal_entity', lasting.legal_entity))
    JOIN colleague ON colleague.account = receiver AND colleague.legal_entity = lasting.legal_entity
"""  # noqa: S608 - a constant
"""The handovers that last and whose giver still holds the unit, their receiver still being a manager of its legal entity."""


def _standing(cursor: Cursor, now: datetime, condition: str, **parameters: Any) -> list[Handover]:
    rows = cursor.execute(
        f"SELECT * FROM ({_STANDING}) WHERE {condition} ORDER BY unit",  # noqa: S608 - the condition is ours
        {"manager": str(Role.MANAGER), "now": now, **parameters},
    )
    return [Handover(**row) for row in rows.to_arrow_table().to_pylist()]


def standing(cursor: Cursor, units: Sequence[str], now: datetime) -> dict[str, Handover]:
    """Return the handovers of units that stand at an instant, by unit."""
    return {handover.unit: handover for handover in _standing(cursor, now, "list_contains($units, unit)", units=list(units))}


def units_received(cursor: Cursor, account: str, now: datetime) -> frozenset[str]:
    """Return the units that are handed over to an account at an instant."""
    return frozenset(handover.unit for handover in _standing(cursor, now, "receiver = $account", account=account))


def colleagues(cursor: Cursor, legal_entities: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return, by legal entity, the managers who declare for a part of it: names by id, in alphabetical order."""
    rows = cursor.execute(
        f"""
        WITH {_MANAGERS}
        SELECT legal_entity, account, name FROM colleague
        WHERE list_contains($legal_entities, legal_entity)
        ORDER BY strip_accents(lower(name)), account
        """,  # noqa: S608 - a constant
        {"manager": str(Role.MANAGER), "legal_entities": list(legal_entities)},
    ).fetchall()
    by_entity: dict[str, dict[str, str]] = {}
    for entity, account, name in rows:
        by_entity.setdefault(entity, {})[account] = name
    return by_entity


def add(transaction: Transaction, unit: str, giver: str, receiver: str, now: datetime, until: datetime) -> None:
    """Write a handover from now on, in place of any other of the unit."""
    end(transaction, [unit], now)
    transaction.cursor.execute(
        "INSERT INTO handover (unit, giver, receiver, given_at, until) VALUES (?, ?, ?, ?, ?)",
        [unit, giver, receiver, now, until],
    )


def end(transaction: Transaction, units: Sequence[str], now: datetime) -> None:
    """End the handovers of units now, before their time."""
    transaction.cursor.execute(
        "UPDATE handover SET ended_at = $now WHERE list_contains($units, unit) AND ended_at IS NULL AND until > $now",
        {"units": list(units), "now": now},
    )


def end_unfounded(transaction: Transaction, now: datetime) -> None:
    """End the handovers that no longer stand, so that none comes back with the rights of its giver or receiver."""
    cursor = transaction.cursor
    rows = cursor.execute("SELECT unit FROM handover WHERE ended_at IS NULL AND until > $now", {"now": now}).fetchall()
    if lasting := {unit for (unit,) in rows}:
        end(transaction, sorted(lasting - standing(cursor, sorted(lasting), now).keys()), now)


def erase(transaction: Transaction, account: str) -> None:
    """Erase the handovers by an account and to it."""
    transaction.cursor.execute("DELETE FROM handover WHERE giver = $account OR receiver = $account", {"account": account})


def delete_before(transaction: Transaction, before: datetime) -> None:
    """Delete the handovers whose time was over before an instant."""
    transaction.cursor.execute("DELETE FROM handover WHERE until < ?", [before])
