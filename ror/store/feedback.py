"""The append-only log of readers' reports on numbers: no report is ever changed, except that its word may be erased."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from ror.model.feedback import Contradiction, Feedback, FeedbackKind
from ror.store import text_search
from ror.store.engine.database import BATCH, Cursor, Transaction

_COLUMNS = "position, unit, temporality, about, account, kind, other, contradicts, word, channel, recorded_at"


_GIVEN = """
    SELECT DISTINCT account, unit, temporality, about, kind, contradicts, recorded_at FROM feedback WHERE recorded_at > ?
"""
"""The reports since an instant, each once: erasing the word of a report in force writes the report again, at its instant."""


def _feedback(table: pa.Table) -> list[Feedback]:
    return [Feedback(**row | {"kind": FeedbackKind(row["kind"])}) for row in table.to_pylist()]


def append(transaction: Transaction, report: Feedback, *, masked: bool = False) -> None:
    """Write a report; its position comes from `transaction.next_position()`. `masked` marks that its word was erased."""
    transaction.cursor.execute(
        f"INSERT INTO feedback ({_COLUMNS}, masked) VALUES ({', '.join('?' * 12)})",  # noqa: S608
        [
            *(report.position, report.unit, report.temporality, report.about, report.account, str(report.kind)),
            *(report.other, report.contradicts, report.word, report.channel, report.recorded_at, masked),
        ],
    )


def in_force(cursor: Cursor, units: Sequence[str]) -> list[Feedback]:
    """Return the last report of each account about each number of units, oldest first, without withdrawn ones."""
    if not units:
        return []
    return _feedback(
        cursor.execute(
            f"""
            WITH of_units AS MATERIALIZED (
                SELECT {_COLUMNS} FROM feedback WHERE unit IN ({", ".join("?" * len(units))})
            ),
            latest AS (
                SELECT * FROM of_units
                QUALIFY row_number() OVER (PARTITION BY unit, temporality, about, account ORDER BY position DESC) = 1
            )
            SELECT {_COLUMNS} FROM latest WHERE kind <> 'withdrawn' ORDER BY position
            """,  # noqa: S608 - constants of this module and markers of parameters
            list(units),
        ).to_arrow_table(BATCH)
    )


def at(cursor: Cursor, position: int) -> Feedback | None:
    """Return the report at a position, None without one."""
    query = f"SELECT {_COLUMNS} FROM feedback WHERE position = ?"  # noqa: S608 - a constant
    return next(iter(_feedback(cursor.execute(query, [position]).to_arrow_table(BATCH))), None)


def given_since(cursor: Cursor, account: str, since: datetime) -> list[datetime]:
    """Return the instants at which an account gave or withdrew a report, since an instant, oldest first."""
    query = f"{_GIVEN} AND account = ? ORDER BY recorded_at"
    instants: list[datetime] = cursor.execute(query, [since, account]).to_arrow_table(BATCH)["recorded_at"].to_pylist()
    return instants


def contradiction_of(row: dict[str, Any]) -> Contradiction | None:
    """Return the contradiction of a row of the board, None when its number is not contradicted or the unit is closed."""
    if not row["contradicted_by"] or not row.get("open", True):
        return None
    kind = FeedbackKind(row["contradiction"])
    return Contradiction(row["contradicted_by"], row["contradicted_at"], kind, row["contradicted_number"])


def units_between(cursor: Cursor, after: int, until: int) -> dict[int, str]:
    """Return the unit of each report by position, oldest first, after one position and up to another included."""
    query = "SELECT position, unit FROM feedback WHERE position > ? AND position <= ? ORDER BY position"
    return dict(cursor.execute(query, [after, until]).fetchall())


def words(cursor: Cursor, terms: Sequence[str], limit: int) -> tuple[pa.Table, int]:
    """Return the words of reports that have every term, as `text_search.search` does: each text of a unit comes once.

    Columns besides those of `text_search.search`: word, kind, author, recorded_at (of the last report with this word, at
    `position`).
    """
    texts = "SELECT unit, word AS text, max(position) AS position FROM feedback WHERE word <> '' GROUP BY unit, word"
    columns = "hits.text AS word, feedback.kind, coalesce(account.name, '') AS author, feedback.recorded_at"
    joins = "JOIN feedback USING (position) LEFT JOIN account ON account.id = feedback.account"
    return text_search.search(cursor, texts, columns, joins, terms, limit)


def erase_word(transaction: Transaction, unit: str, word: str) -> list[Feedback]:
    """Erase a word from every report of a unit that has it; return those of them in force (`in_force`), as they were."""
    with_word = [report for report in in_force(transaction.cursor, [unit]) if report.word == word]
    transaction.cursor.execute("UPDATE feedback SET word = '', masked = true WHERE unit = ? AND word = ?", [unit, word])
    return with_word


def was_masked(cursor: Cursor, position: int) -> bool:
    """Return whether the word of the report at a position was erased."""
    row = cursor.execute("SELECT masked FROM feedback WHERE position = ?", [position]).fetchone()
    return bool(row and row[0])


def by_account(cursor: Cursor, since: datetime) -> pa.Table:
    """Count the reports of each account since an instant; the account with most reports comes first.

    Columns: account, name, given, contradicting, withdrawn, most_an_hour (in an hour of the clock), units, last.
    """
    return cursor.execute(
        f"""
        WITH since AS (
            {_GIVEN}
        ),
        hourly AS (
            SELECT account, max(number) AS most_an_hour FROM (
                SELECT account, count(*) AS number FROM since GROUP BY account, date_trunc('hour', recorded_at)
            ) GROUP BY account
        )
        SELECT since.account, coalesce(account.name, '') AS name, count(*) FILTER (kind <> 'withdrawn') AS given,
               count(*) FILTER (contradicts) AS contradicting, count(*) FILTER (kind = 'withdrawn') AS withdrawn,
               any_value(hourly.most_an_hour) AS most_an_hour, count(DISTINCT unit) AS units, max(recorded_at) AS last
        FROM since JOIN hourly USING (account) LEFT JOIN account ON account.id = since.account
        GROUP BY since.account, account.name
        ORDER BY given DESC, since.account
        """,  # noqa: S608 - a constant
        [since],
    ).to_arrow_table(BATCH)


def demand_by_unit(cursor: Cursor, since: datetime, until: datetime) -> dict[str, int]:
    """Count by unit the reports between two instants, those of one account about one number as one."""
    query = """
        WITH reported AS (
            SELECT DISTINCT account, unit, temporality, about FROM feedback WHERE recorded_at > ? AND recorded_at <= ?
        )
        SELECT unit, count(*) FROM reported GROUP BY unit
    """
    return dict(cursor.execute(query, [since, until]).fetchall())


def erase_words_of(transaction: Transaction, account: str) -> None:
    """Erase the words of the reports of an account."""
    transaction.cursor.execute("UPDATE feedback SET word = '' WHERE account = ? AND word <> ''", [account])


def erase_words_before(transaction: Transaction, before: datetime) -> None:
    """Erase the words of the reports before an instant."""
    transaction.cursor.execute("UPDATE feedback SET word = '' WHERE recorded_at < ? AND word <> ''", [before])
