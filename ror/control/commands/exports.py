"""Export of whole tables."""

from datetime import datetime
from typing import Any

from ror.control.context import CommandContext
from ror.exchange.printed_table import TableFormat
from ror.services.availability import export_tables
from ror.services.availability.export_tables import ExportTable


def export(context: CommandContext, *, table: str, form: str, since: str) -> dict[str, Any]:
    """Export a table; return how many lines were written, and the position of the log that they show."""
    instant = datetime.fromisoformat(since) if since else None
    done = export_tables.export_table(
        context.db, None, ExportTable(table), TableFormat(form), context.output, context.now, instant
    )
    return {"table": table, "lines": done.lines, "position": done.position}
