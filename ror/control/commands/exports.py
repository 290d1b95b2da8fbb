"""Tables taken out whole."""

from datetime import datetime
from typing import Any

from ror.control.protocol import Asked
from ror.exchange.printed_table import TableFormat
from ror.services.availability import whole_tables
from ror.services.availability.whole_tables import Table


def export(asked: Asked, *, table: str, form: str, since: str) -> dict[str, Any]:
    """How many lines of a table were written, and at which position of the log."""
    instant = datetime.fromisoformat(since) if since else None
    done = whole_tables.take_out(asked.db, None, Table(table), TableFormat(form), asked.output, asked.now, instant)
    return {"table": table, "lines": done.lines, "position": done.position}
