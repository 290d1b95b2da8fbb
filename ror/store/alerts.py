"""The tables of alerts: their conditions and last states, their ringings, and up to where they are evaluated."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from ror.model.alert import Alert, AlertPreference, Condition, Ringing, RingingMailState, from_object, to_object
from ror.store.engine.database import BATCH, Cursor, Transaction


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Up to where alerts are evaluated: a position of the log, the last version given to an alert, and the last ringing.

    Where several processes share the store, `holder` is the one that evaluates until `held_until`.
    """

    position: int
    version: int
    last_ringing: int
    holder: str
    held_until: datetime


@dataclass(frozen=True, slots=True)
class AlertChange:
    """An alert that became true or stopped being true, with its value."""

    alert: str
    holds: bool
    value: int


_NEVER = Evaluation(0, 0, 0, "", datetime(2000, 1, 1, tzinfo=UTC))


def evaluation(cursor: Cursor) -> Evaluation:
    """Return up to where alerts are evaluated."""
    query = "SELECT position, version, rung AS last_ringing, holder, held_until FROM alert_evaluation"
    rows = cursor.execute(query).to_arrow_table(BATCH).to_pylist()
    return Evaluation(**rows[0]) if rows else _NEVER


def _change_evaluation(transaction: Transaction, **changes: Any) -> Evaluation:
    """Change fields of the stored evaluation, and return it."""
    cursor = transaction.cursor
    stored = replace(evaluation(cursor), **changes)
    cursor.execute("DELETE FROM alert_evaluation")
    row = [stored.position, stored.version, stored.last_ringing, stored.holder, stored.held_until]
    cursor.execute("INSERT INTO alert_evaluation VALUES (?, ?, ?, ?, ?)", row)
    return stored


def hold(transaction: Transaction, holder: str, until: datetime) -> None:
    """Write that only the process `holder` evaluates alerts until an instant."""
    _change_evaluation(transaction, holder=holder, held_until=until)


def advance(transaction: Transaction, position: int, last_ringing: int) -> None:
    """Write that alerts were evaluated up to a position, and the number of the last ringing."""
    _change_evaluation(transaction, position=position, last_ringing=last_ringing)


def next_version(transaction: Transaction) -> int:
    """Return a new version for an alert that is about to be written or deleted."""
    return _change_evaluation(transaction, version=evaluation(transaction.cursor).version + 1).version


def versions(cursor: Cursor) -> dict[str, int]:
    """Return the version of each alert."""
    return dict(cursor.execute("SELECT id, version FROM alert").fetchall())


def _alert(row: dict[str, Any]) -> Alert:
    return Alert(**row | {"condition": from_object(json.loads(row["condition"]))})


def changed_after(cursor: Cursor, version: int) -> list[Alert]:
    """Return the alerts with a version above `version`."""
    rows = cursor.execute("FROM alert WHERE version > ?", [version]).to_arrow_table(BATCH).to_pylist()
    return [_alert(row) for row in rows]


def conditions_since(cursor: Cursor, since: datetime, until: datetime) -> list[Condition]:
    """Return the conditions of the alerts that were created between two instants and not deleted since."""
    query = "SELECT condition FROM alert WHERE created_at > ? AND created_at <= ?"
    return [from_object(json.loads(text)) for (text,) in cursor.execute(query, [since, until]).fetchall()]


def of_account(cursor: Cursor, account: str) -> list[Alert]:
    """Return the alerts of an account, in the order of their creation."""
    rows = cursor.execute("FROM alert WHERE account = ? ORDER BY created_at, version", [account]).to_arrow_table(BATCH)
    return [_alert(row) for row in rows.to_pylist()]


def by_ids(cursor: Cursor, ids: Sequence[str]) -> dict[str, Alert]:
    """Return alerts by their ids."""
    rows = cursor.execute("FROM alert WHERE list_contains(?, id)", [list(ids)]).to_arrow_table(BATCH).to_pylist()
    return {row["id"]: _alert(row) for row in rows}


def write_all(transaction: Transaction, alerts: Sequence[Alert]) -> None:
    """Write alerts; each replaces the alert with the same id, if any."""
    rows = [
        {one.name: getattr(alert, one.name) for one in fields(alert)} | {"condition": json.dumps(to_object(alert.condition))}
        for alert in alerts
    ]
    cursor = transaction.cursor
    cursor.execute("DELETE FROM alert WHERE list_contains(?, id)", [[alert.id for alert in alerts]])
    _insert(cursor, "alert", pa.Table.from_pylist(rows))


def _insert(cursor: Cursor, table: str, rows: pa.Table) -> None:
    cursor.register("alert_rows", rows)
    cursor.execute(f"INSERT INTO {table} BY NAME FROM alert_rows")
    cursor.unregister("alert_rows")


def delete(transaction: Transaction, alert: str) -> None:
    """Delete an alert and its ringings."""
    transaction.cursor.execute("DELETE FROM alert WHERE id = ?", [alert])
    transaction.cursor.execute("DELETE FROM alert_ringing WHERE alert = ?", [alert])


def set_changes(transaction: Transaction, changes: Sequence[AlertChange], now: datetime) -> None:
    """Write the new states of alerts."""
    for holds in (True, False):
        values = {one.alert: one.value for one in changes if one.holds is holds}
        if values:
            transaction.cursor.execute(
                """
                UPDATE alert SET holds = $holds, changed_at = $now, value = $values[list_position($ids, id)]
                WHERE list_contains($ids, id)
                """,
                {"holds": holds, "now": now, "ids": list(values), "values": list(values.values())},
            )


def enabled_accounts(cursor: Cursor, ids: Sequence[str]) -> dict[str, str]:
    """Return by id the mail addresses, "" for none, of accounts; those that are disabled are left out."""
    rows = cursor.execute("SELECT id, mail FROM account WHERE list_contains(?, id) AND NOT disabled", [list(ids)]).fetchall()
    return dict(rows)


_RINGING = "number, alert, account, rang_at, value, mail, tries, tried_at, acknowledged_at"


def add_ringings(transaction: Transaction, ringings: Sequence[Ringing]) -> None:
    """Write ringings."""
    rows = [{field.name: getattr(one, field.name) for field in fields(one)} | {"mail": str(one.mail)} for one in ringings]
    _insert(transaction.cursor, "alert_ringing", pa.Table.from_pylist(rows))


def _ringings(cursor: Cursor, condition: str, values: list[Any]) -> list[Ringing]:
    rows = cursor.execute(f"SELECT {_RINGING} FROM alert_ringing {condition}", values)  # noqa: S608 - ours
    return [Ringing(**row | {"mail": RingingMailState(row["mail"])}) for row in rows.to_arrow_table(BATCH).to_pylist()]


def unacknowledged_ringings(cursor: Cursor, account: str) -> list[Ringing]:
    """Return the last ringing not yet acknowledged of each alert of an account, the newest first."""
    last = "SELECT max(number) FROM alert_ringing WHERE account = ? AND acknowledged_at IS NULL GROUP BY alert"
    return _ringings(cursor, f"WHERE number IN ({last}) ORDER BY number DESC", [account])


def accounts_with_ringings_after(cursor: Cursor, number: int) -> list[str]:
    """Return the accounts of the ringings with a number above `number`."""
    rows = cursor.execute("SELECT DISTINCT account FROM alert_ringing WHERE number > ?", [number]).fetchall()
    return [account for (account,) in rows]


def unacknowledged(cursor: Cursor, account: str) -> tuple[int, int, str]:
    """Return how many alerts of an account rang and were not acknowledged, the number of their last ringing and its alert."""
    row = cursor.execute(
        """
        SELECT count(DISTINCT alert), coalesce(max(number), 0), coalesce(arg_max(alert, number), '')
        FROM alert_ringing WHERE account = ? AND acknowledged_at IS NULL
        """,
        [account],
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1]), str(row[2])


def acknowledge(transaction: Transaction, account: str, alert: str, until: int, now: datetime) -> int:
    """Acknowledge the ringings of an alert of an account, or of all of them for "", up to a number; return how many."""
    row = transaction.cursor.execute(
        """
        SELECT count(*) FROM alert_ringing
        WHERE account = ? AND (? = '' OR alert = ?) AND number <= ? AND acknowledged_at IS NULL
        """,
        [account, alert, alert, until],
    ).fetchone()
    transaction.cursor.execute(
        """
        UPDATE alert_ringing SET acknowledged_at = ?
        WHERE account = ? AND (? = '' OR alert = ?) AND number <= ? AND acknowledged_at IS NULL
        """,
        [now, account, alert, alert, until],
    )
    return int(row[0]) if row else 0


def waiting(cursor: Cursor, account: str = "") -> dict[str, list[Ringing]]:
    """Return by account the ringings whose mail waits to be sent, in order; `account` restricts them to one account."""
    rows = _ringings(cursor, "WHERE mail = 'waiting' AND (? = '' OR account = ?) ORDER BY number", [account, account])
    by_account: dict[str, list[Ringing]] = {}
    for ringing in rows:
        by_account.setdefault(ringing.account, []).append(ringing)
    return by_account


def set_mail(transaction: Transaction, numbers: Sequence[int], state: RingingMailState) -> None:
    """Write the state of the mail of ringings."""
    transaction.cursor.execute("UPDATE alert_ringing SET mail = ? WHERE list_contains(?, number)", [str(state), list(numbers)])


def claim(transaction: Transaction, numbers: Sequence[int], now: datetime) -> None:
    """Write that the mail of ringings is about to be sent."""
    transaction.cursor.execute(
        "UPDATE alert_ringing SET mail = 'claimed', tries = tries + 1, tried_at = ? WHERE list_contains(?, number)",
        [now, list(numbers)],
    )


def preference(cursor: Cursor, account: str) -> AlertPreference:
    """Return how an account is notified of its alerts."""
    row = cursor.execute("SELECT sound, quiet_from, quiet_until FROM alert_preference WHERE account = ?", [account]).fetchone()
    return AlertPreference(*row) if row else AlertPreference()


def set_preference(transaction: Transaction, account: str, chosen: AlertPreference) -> None:
    """Write how an account is notified of its alerts."""
    cursor = transaction.cursor
    cursor.execute("DELETE FROM alert_preference WHERE account = ?", [account])
    cursor.execute(
        "INSERT INTO alert_preference VALUES (?, ?, ?, ?)", [account, chosen.sound, chosen.quiet_from, chosen.quiet_until]
    )


def erase(transaction: Transaction, account: str) -> None:
    """Erase the alerts of an account, their ringings and its preference."""
    if count(transaction.cursor, account):
        next_version(transaction)
    for table in ("alert", "alert_ringing", "alert_preference"):
        transaction.cursor.execute(f"DELETE FROM {table} WHERE account = ?", [account])  # noqa: S608 - names of ours


def delete_ringings_before(transaction: Transaction, before: datetime) -> None:
    """Delete the ringings before an instant."""
    transaction.cursor.execute("DELETE FROM alert_ringing WHERE rang_at < ?", [before])


def count(cursor: Cursor, account: str) -> int:
    """Return the number of alerts of an account."""
    row = cursor.execute("SELECT count(*) FROM alert WHERE account = ?", [account]).fetchone()
    return int(row[0]) if row else 0
