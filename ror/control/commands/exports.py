"""Tables taken out whole."""

from datetime import datetime
from typing import Any

from ror.control.protocol import Asked
from ror.exchange.printed_table import Form
from ror.services.availability import export_tables
from ror.services.availability.export_tables import ExportTable


def export(asked: Asked, *, table: str, form: str, since: str) -> dict[str, Any]:
    """How many lines of a table were written, and at which position of the log."""
    instant = datetime.fromisoformat(since) if since else None
    done = export_tables.export_table(asked.db, None, ExportTable(table), Form(form), asked.output, asked.now, instant)
    return {"table": table, "lines": done.lines, "position": done.position}
