"""Taking a table out as a file: a right, the making of the file, a line in the journal."""

from datetime import datetime

import pyarrow as pa

from ror.exchange.about import About, LabelledText, filters_in_words
from ror.exchange.table_csv import to_csv
from ror.exchange.workbook import to_workbook
from ror.model import freshness
from ror.model.board import Filters
from ror.model.journal import Act
from ror.model.rights import Account, Action
from ror.services import journal
from ror.settings import settings
from ror.store.engine.database import Database


def about(title: str, at: datetime, filters: Filters | None = None, asked: tuple[LabelledText, ...] = ()) -> About:
    """What a file of this service says of itself; `asked`: what else was asked for than the filters, by name."""
    known = settings()
    bands = freshness.legend(known.age_limits_hours)
    duty = freshness.duty_words(known.weekly_duty_hours)
    asked += filters_in_words(filters or Filters(), bands)
    return About(title, known.service_name, known.region, at, asked, bands, duty, known.demo)


def table_csv(db: Database, account: Account, action: Action, file: str, table: pa.Table, now: datetime) -> bytes:
    """A table of the screen as a CSV file. `action` is EXPORT, or DECLARE for the list of a manager's own units.

    Raises `Forbidden`, journalled.
    """
    _journal(db, account, action, file, table, now)
    return to_csv(table)


def table_workbook(
    db: Database, account: Account, action: Action, file: str, table: pa.Table, of: About, now: datetime
) -> bytes:
    """A table of the screen as an XLSX workbook, with what it is on a sheet of its own: see `table_csv`."""
    _journal(db, account, action, file, table, now)
    return to_workbook(table, of)


def _journal(db: Database, account: Account, action: Action, file: str, table: pa.Table, now: datetime) -> None:
    with journal.authorized_transaction(db, account, action, Act.EXPORT, f"file:{file}", now) as transaction:
        journal.record(transaction, Act.EXPORT, account, f"file:{file}", now, after={"lines": table.num_rows})
