"""Commands on the journal: verify, export, purge, confirm the clock."""

from datetime import datetime
from typing import Any

from ror.control.context import CommandContext
from ror.errors import JournalBroken, Refused
from ror.exchange.journal_words import to_journal_csv
from ror.model.journal import JournalMark
from ror.services import journal
from ror.services.operations import retention
from ror.services.region_time import region_day, region_zone


def verify(context: CommandContext, *, known: str) -> dict[str, Any]:
    """Verify the journal against its hashes, and against the mark `known`; return the number of lines and the newest mark.

    `known_purged` is the last purged line when the line of `known` is among the purged ones, else None. Raises
    `JournalBroken` when a line was changed, removed or inserted.
    """
    mark = _parse_mark(known) if known else None
    verified = journal.verify(context.db, mark)
    if verified.broken is not None:
        raise JournalBroken(f"The journal does not hold at line {verified.broken.number}: {verified.broken.reason}.")
    purged = mark is not None and not verified.checkable(mark)
    return {
        "checked": verified.head.number - verified.start.number,
        "mark": str(verified.head),
        "known_purged": verified.start.number if purged else None,
    }


def _parse_mark(text: str) -> JournalMark:
    if (mark := JournalMark.read(text)) is None:
        raise Refused("A mark is a number, a colon and 64 hexadecimal digits, as `journal verify` prints it.")
    return mark


def export(context: CommandContext) -> dict[str, Any]:
    """Export the whole journal as CSV; return how many lines it has."""
    lines = journal.export(context.db, None, journal.JournalQuery(), context.now)
    context.output.write(to_journal_csv(lines, region_zone()))
    return {"lines": lines.num_rows}


def purge(context: CommandContext, *, before: str) -> dict[str, Any]:
    """Remove the lines older than an instant; return how many, and the newest mark."""
    instant = datetime.fromisoformat(before)
    if instant > context.now:
        raise Refused("That day is not past: give an earlier one.")
    purged = journal.purge(context.db, None, instant, context.now)
    return {"purged": purged, "mark": str(journal.verify(context.db).head)}


def confirm_clock(context: CommandContext, *, today: str) -> dict[str, Any]:
    """Confirm that the clock is right, then erase the lines past their time; return how many, and the newest mark.

    `today` is the date that the administrator gives. Raises `Refused` when the clock has another date.
    """
    clock = region_day(context.now)
    if today != clock.isoformat():
        raise Refused(f"This server's clock says {clock}: set it right, then restart. Nothing was erased.")
    purged = retention.confirm_clock(context.db, None, context.now)
    return {"purged": purged, "mark": str(journal.verify(context.db).head)}
