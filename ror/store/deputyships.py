"""The table of the deputies that managers name for an absence."""

from datetime import date, datetime

from ror.model.reminder import Deputyship
from ror.store.engine.database import BATCH, Cursor, Transaction

_COLUMNS = "account, deputy, first_day, last_day, instead"


def not_over(cursor: Cursor, today: date) -> list[Deputyship]:
    """Return the deputyships that are not over on a day: present and future ones."""
    rows = cursor.execute(
        f"SELECT {_COLUMNS} FROM deputyship WHERE ended_at IS NULL AND last_day >= ? ORDER BY first_day, account",  # noqa: S608
        [today],
    )
    return [Deputyship(**row) for row in rows.to_arrow_table(BATCH).to_pylist()]


def of_account(cursor: Cursor, account: str, today: date) -> Deputyship | None:
    """Return the deputyship by an account that is not over on a day; an account has one at most."""
    return next((one for one in not_over(cursor, today) if one.account == account), None)


def add(transaction: Transaction, deputyship: Deputyship, now: datetime) -> None:
    """Write a deputyship; it replaces the one of the account that is not over, if any."""
    end(transaction, deputyship.account, now)
    one = deputyship
    transaction.cursor.execute(
        f"INSERT INTO deputyship ({_COLUMNS}, named_at) VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608 - a constant
        [one.account, one.deputy, one.first_day, one.last_day, one.instead, now],
    )


def end(transaction: Transaction, account: str, now: datetime) -> None:
    """End the deputyship of an account now."""
    transaction.cursor.execute("UPDATE deputyship SET ended_at = ? WHERE account = ? AND ended_at IS NULL", [now, account])


def erase(transaction: Transaction, account: str) -> None:
    """Erase the deputyships by an account and those that name it."""
    transaction.cursor.execute("DELETE FROM deputyship WHERE account = $account OR deputy = $account", {"account": account})


def delete_before(transaction: Transaction, before: date) -> None:
    """Delete the deputyships whose last day was before a day."""
    transaction.cursor.execute("DELETE FROM deputyship WHERE last_day < ?", [before])
