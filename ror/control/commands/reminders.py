"""The command that sends the reminders that are due."""

from typing import Any

from ror.control.context import CommandContext
from ror.errors import Refused
from ror.services import mail
from ror.services.reminders import send
from ror.settings import settings


def remind(context: CommandContext) -> dict[str, Any]:
    """Send the mails and post the notices that are due; return how many there are of each, by state."""
    if settings().reminders == "off":
        raise Refused("Reminders are off: set ROR_REMINDERS to server or command.")
    if not mail.configured() and not settings().notify_url:
        raise Refused("There is nothing to send reminders by: set ROR_SMTP_HOST, or ROR_NOTIFY_URL.")
    done = send.send_due(context.db, context.now)
    return {name: {str(state): number for state, number in counts.items()} for name, counts in done.by_name().items()}
