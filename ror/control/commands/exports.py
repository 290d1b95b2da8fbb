"""Export of whole tables."""

from datetime import datetime
from typing import Any

from ror.control.context import CommandContext
from ror.exchange.printed_table import TableFormat
from ror.services.availability import whole_tables
from ror.services.availability.whole_tables import Table


def export(context: CommandContext, *, table: str, form: str, since: str) -> dict[str, Any]:
    """Export a table; return how many lines were written, and the position of the log that they show."""
    instant = datetime.fromisoformat(since) if since else None
    done = whole_tables.take_out(context.db, None, Table(table), TableFormat(form), context.output, context.now, instant)
    return {"table": table, "lines": done.lines, "position": done.position}
