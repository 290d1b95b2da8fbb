"""Commands on the whole database: back it up, write its demonstration."""

from pathlib import Path
from typing import Any

from ror.control.context import CommandContext
from ror.demo import SCALES
from ror.errors import Refused
from ror.services.operations import backup, demonstration
from ror.settings import settings


def back_up(context: CommandContext, *, to: str, keep: int) -> dict[str, Any]:
    """Back the database up into the folder `to`, and keep the newest `keep` backups there."""
    result = backup.create(context.db, Path(to), keep, context.now, context.on_progress)
    manifest = result.manifest
    rows = sum(table.rows for table in manifest.tables.values())
    return {"file": str(result.file), "position": manifest.position, "rows": rows, "removed": result.removed}


def demo(context: CommandContext, *, scale: str) -> dict[str, Any]:
    """Write the fictitious region or country, or what it missed since; return how many declarations were written."""
    if context.in_server and not settings().demo:
        raise Refused("The server that runs is that of a real region: start it with ROR_DEMO=1 on another ROR_DATABASE.")
    count = demonstration.prepare(context.db, context.now, SCALES.get(scale), context.on_progress)
    context.db.checkpoint()
    return {"declarations": count, "database": context.db.engine.name}
