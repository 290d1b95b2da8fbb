"""The database as a whole: back it up, play its demonstration."""

from pathlib import Path
from typing import Any

from ror.control.protocol import Asked
from ror.demo import SCALES
from ror.errors import Refused
from ror.services.operations import backup, demonstration
from ror.settings import settings


def backup_made(asked: Asked, *, to: str, keep: int) -> dict[str, Any]:
    """A backup in the folder `to`, of which the newest `keep` stay."""
    made = backup.make(asked.db, Path(to), keep, asked.now, asked.on_progress)
    rows = sum(one.rows for one in made.manifest.tables.values())
    return {"file": str(made.file), "position": made.manifest.position, "rows": rows, "removed": made.removed}


def demo(asked: Asked, *, scale: str) -> dict[str, Any]:
    """How many events of the fictitious region or country were written."""
    if asked.serving and not settings().demo:
        raise Refused("The server that runs is that of a real region: start it with ROR_DEMO=1 on another ROR_DATABASE.")
    count = demonstration.prepare(asked.db, asked.now, SCALES.get(scale), asked.on_progress)
    asked.db.checkpoint()
    return {"declarations": count, "database": asked.db.engine.name}
