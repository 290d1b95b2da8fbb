"""The tables of the reports of the region: their hours, the subscribers, the archive with its files, the mails.

The files themselves are archived. The log could be read again at the position of a report, but not the registry (names,
closures, duties), of which only the present state is stored; and a later version of the service may print differently.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import pyarrow as pa

from ror.model.daily_report import ReportDelivery, Schedule, Slot
from ror.model.sending import MailState
from ror.store.engine.database import BATCH, Cursor, Transaction


class FileForm(StrEnum):
    """The forms of the files of a report; `TEXT` is the text of its mail."""

    PDF = "pdf"
    CSV = "csv"
    TEXT = "txt"


@dataclass(frozen=True, slots=True)
class ArchivedReport:
    """A report of the archive.

    `hour` is None for a report on demand, `since` is when the report that it is compared with was made. The counts are those
    of the region; `day` is in the time of the region.
    """

    id: str
    day: date
    hour: int | None
    created_at: datetime
    position: int
    since: datetime | None
    beds: int
    places: int
    units: int
    overdue: int

    @property
    def slot(self) -> Slot | None:
        """The slot that the report was due at, None for a report on demand."""
        return None if self.hour is None else Slot(self.day, self.hour)


_COLUMNS = "id, day, hour, created_at, position, since, beds, places, units, overdue"


def schedule(cursor: Cursor) -> Schedule:
    """Return the hours of the reports; there are none before a coordinator chose some."""
    row = cursor.execute("SELECT hours, changed_at FROM daily_report_schedule").to_arrow_table(BATCH).to_pylist()
    if not row:
        return Schedule()
    return Schedule(tuple(int(hour) for hour in row[0]["hours"].split(",") if hour), row[0]["changed_at"])


def set_schedule(transaction: Transaction, chosen: Schedule) -> None:
    """Replace the hours of the reports."""
    cursor = transaction.cursor
    cursor.execute("DELETE FROM daily_report_schedule")
    hours = ",".join(str(hour) for hour in chosen.hours)
    cursor.execute("INSERT INTO daily_report_schedule VALUES (?, ?)", [hours, chosen.changed_at])


def subscribers(cursor: Cursor) -> dict[str, datetime]:
    """Return when each subscriber subscribed, by account id, in the order of the ids."""
    rows = cursor.execute("SELECT account, subscribed_at FROM daily_report_subscriber ORDER BY account").to_arrow_table(BATCH)
    return {row["account"]: row["subscribed_at"] for row in rows.to_pylist()}


def subscribe(transaction: Transaction, account: str, now: datetime) -> None:
    """Write that an account subscribed."""
    transaction.cursor.execute("INSERT INTO daily_report_subscriber VALUES (?, ?)", [account, now])


def unsubscribe(transaction: Transaction, account: str) -> None:
    """Remove the subscription of an account."""
    transaction.cursor.execute("DELETE FROM daily_report_subscriber WHERE account = ?", [account])


def add(transaction: Transaction, report: ArchivedReport, files: Mapping[FileForm, bytes]) -> None:
    """Add a report and its files to the archive."""
    cursor = transaction.cursor
    values = [getattr(report, name) for name in _COLUMNS.split(", ")]
    cursor.execute(f"INSERT INTO daily_report ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)  # noqa: S608 - constants
    for form, content in files.items():
        cursor.execute("INSERT INTO daily_report_file VALUES (?, ?, ?)", [report.id, str(form), zlib.compress(content)])


def _reports(table: pa.Table) -> list[ArchivedReport]:
    return [ArchivedReport(**row) for row in table.to_pylist()]


def report(cursor: Cursor, report_id: str) -> ArchivedReport | None:
    """Return a report, None when there is none of this id."""
    found = cursor.execute(f"SELECT {_COLUMNS} FROM daily_report WHERE id = ?", [report_id])  # noqa: S608 - constants
    return next(iter(_reports(found.to_arrow_table(BATCH))), None)


def latest(cursor: Cursor, until: datetime, *, scheduled: bool) -> ArchivedReport | None:
    """Return the last report made up to an instant: a scheduled one, or one on demand."""
    statement = f"""
        SELECT {_COLUMNS} FROM daily_report
        WHERE created_at <= $until AND (hour IS NOT NULL) = $scheduled
        ORDER BY created_at DESC, id DESC LIMIT 1
    """  # noqa: S608 - constants
    found = cursor.execute(statement, {"until": until, "scheduled": scheduled})
    return next(iter(_reports(found.to_arrow_table(BATCH))), None)


def slots_since(cursor: Cursor, day: date) -> set[Slot]:
    """Return the slots, from a day on, for which a report was made."""
    rows = cursor.execute("SELECT day, hour FROM daily_report WHERE hour IS NOT NULL AND day >= ?", [day]).fetchall()
    return {Slot(*row) for row in rows}


def archive(cursor: Cursor, day: date | None, limit: int) -> list[ArchivedReport]:
    """Return at most `limit` reports of a day, of all days for None, newest first."""
    statement = f"""
        SELECT {_COLUMNS} FROM daily_report WHERE $day IS NULL OR day = $day ORDER BY created_at DESC, id DESC LIMIT $limit
    """  # noqa: S608 - constants
    return _reports(cursor.execute(statement, {"day": day, "limit": limit}).to_arrow_table(BATCH))


def days(cursor: Cursor) -> tuple[date, date] | None:
    """Return the first and the last day of the archive, None while it is empty."""
    row = cursor.execute("SELECT min(day), max(day) FROM daily_report").fetchone()
    return (row[0], row[1]) if row and row[0] is not None else None


def file(cursor: Cursor, report_id: str, form: FileForm) -> bytes | None:
    """Return a file of a report, None when it has none of this form."""
    statement = "SELECT content FROM daily_report_file WHERE report = ? AND form = ?"
    row = cursor.execute(statement, [report_id, str(form)]).fetchone()
    return zlib.decompress(row[0]) if row else None


def forms(cursor: Cursor, report_id: str) -> set[FileForm]:
    """Return the forms of the files of a report."""
    rows = cursor.execute("SELECT form FROM daily_report_file WHERE report = ?", [report_id]).fetchall()
    return {FileForm(form) for (form,) in rows}


def deliveries(cursor: Cursor, report_id: str) -> dict[str, ReportDelivery]:
    """Return the last attempt to mail a report to each account, by account."""
    rows: list[dict[str, Any]] = (
        cursor.execute("SELECT account, state, tries, tried_at FROM daily_report_delivery WHERE report = ?", [report_id])
        .to_arrow_table(BATCH)
        .to_pylist()
    )
    return {row["account"]: ReportDelivery(MailState(row["state"]), row["tries"], row["tried_at"]) for row in rows}


def claim(transaction: Transaction, report_id: str, account: str, tries: int, now: datetime) -> None:
    """Write that a report is about to be mailed to an account, for the `tries`-th time."""
    cursor = transaction.cursor
    cursor.execute("DELETE FROM daily_report_delivery WHERE report = ? AND account = ?", [report_id, account])
    values = [report_id, account, str(MailState.CLAIMED), tries, now]
    cursor.execute("INSERT INTO daily_report_delivery VALUES (?, ?, ?, ?, ?)", values)


def set_state(transaction: Transaction, report_id: str, account: str, state: MailState) -> None:
    """Write the state of a mail."""
    transaction.cursor.execute(
        "UPDATE daily_report_delivery SET state = ? WHERE report = ? AND account = ?", [str(state), report_id, account]
    )


def erase(transaction: Transaction, account: str) -> None:
    """Erase the subscription of an account and the mails to it."""
    unsubscribe(transaction, account)
    transaction.cursor.execute("DELETE FROM daily_report_delivery WHERE account = ?", [account])


def delete_before(transaction: Transaction, before: datetime) -> None:
    """Delete the reports before an instant, with their files and their mails."""
    cursor = transaction.cursor
    for table in ("daily_report_file", "daily_report_delivery"):
        cursor.execute(
            f"DELETE FROM {table} WHERE report IN (SELECT id FROM daily_report WHERE created_at < ?)",  # noqa: S608 - constants
            [before],
        )
    cursor.execute("DELETE FROM daily_report WHERE created_at < ?", [before])
