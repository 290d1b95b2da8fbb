"""The command that makes and mails the report of the region that is due."""

from typing import Any

from ror.control.context import CommandContext
from ror.errors import Refused
from ror.services.coordination import daily_report_rounds
from ror.settings import settings


def report(context: CommandContext) -> dict[str, Any]:
    """Make the report that is due and mail it; return how many were made, and the mails by state."""
    if settings().reports == "off":
        raise Refused("Reports are off: set ROR_REPORTS to server or command.")
    done = daily_report_rounds.run_due(context.db, context.now)
    return {"made": done.made, "mails": {str(state): number for state, number in done.mails.items()}}
