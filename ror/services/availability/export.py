"""Export a table of the screen as a file: check the right, build the file, write a line in the journal."""

from datetime import datetime

import pyarrow as pa

from ror.exchange.about import About, LabelledText, filters_in_words
from ror.exchange.table_csv import to_csv
from ror.exchange.workbook import to_workbook
from ror.model import freshness
from ror.model.filters import Filters
from ror.model.journal import Act
from ror.model.rights import Account, Action
from ror.services import journal
from ror.services.region_time import region_zone
from ror.settings import settings
from ror.store.engine.database import Database


def about(title: str, at: datetime, filters: Filters | None = None, criteria: tuple[LabelledText, ...] = ()) -> About:
    """Return the description of a file of this service; `criteria`: those besides the filters, by name."""
    current = settings()
    bands = current.age_bands
    duty = freshness.duty_words(current.weekly_duty_hours)
    criteria += filters_in_words(filters or Filters(), bands)
    return About(title, current.service_name, current.region, at, region_zone(), criteria, bands, duty, current.demo)


def table_csv(db: Database, account: Account, action: Action, file: str, table: pa.Table, now: datetime) -> bytes:
    """Return a table of the screen as a CSV file. `action` is EXPORT, or DECLARE for the list of a manager's own units.

    Raises `Forbidden`, journalled.
    """
    _journal(db, account, action, file, table, now)
    return to_csv(table, region_zone())


def table_workbook(
    db: Database, account: Account, action: Action, file: str, table: pa.Table, about: About, now: datetime
) -> bytes:
    """Return a table of the screen as an XLSX workbook, with its description on a second sheet: see `table_csv`."""
    _journal(db, account, action, file, table, now)
    return to_workbook(table, about)


def _journal(db: Database, account: Account, action: Action, file: str, table: pa.Table, now: datetime) -> None:
    with journal.authorized_transaction(db, account, action, Act.EXPORT, f"file:{file}", now) as transaction:
        journal.record(transaction, Act.EXPORT, account, f"file:{file}", now, after={"lines": table.num_rows})
