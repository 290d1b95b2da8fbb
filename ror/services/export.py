"""Taking a table out as a file: a right, the making of the file, a line in the journal."""

from datetime import datetime

import pyarrow as pa

from ror.exchange.table_csv import to_csv
from ror.model.journal import Act
from ror.model.rights import Account, Action
from ror.services import journal
from ror.store.database import Database


def table_csv(db: Database, account: Account, action: Action, file: str, table: pa.Table, now: datetime) -> bytes:
    """A table of the screen as a CSV file. `action` is EXPORT, or DECLARE for the list of a manager's own units.

    Raises `Forbidden`, journalled.
    """
    with journal.gesture(db, account, action, Act.EXPORT, f"file:{file}", now) as writer:
        journal.record(writer, Act.EXPORT, account, f"file:{file}", now, after={"lines": table.num_rows})
    return to_csv(table)
