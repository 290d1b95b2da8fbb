"""The journal: check, take out, purge."""

from datetime import datetime
from typing import Any

from ror.control.protocol import Asked
from ror.errors import JournalBroken, Refused
from ror.exchange.journal_words import to_journal_csv
from ror.model.freshness import PARIS
from ror.model.journal import JournalMark
from ror.services import journal
from ror.services.operations import retention


def verify(asked: Asked, *, known: str) -> dict[str, Any]:
    """The lines that were checked, a mark to keep; `known_purged` is the last line purged when `known` was among them.

    Raises `JournalBroken` when a line was changed, removed or inserted.
    """
    mark = _mark(known) if known else None
    verified = journal.verify(asked.db, mark)
    if verified.broken is not None:
        raise JournalBroken(f"The journal does not hold at line {verified.broken.number}: {verified.broken.why}.")
    purged = mark is not None and not verified.checkable(mark)
    return {
        "checked": verified.head.number - verified.start.number,
        "mark": str(verified.head),
        "known_purged": verified.start.number if purged else None,
    }


def _mark(text: str) -> JournalMark:
    if (mark := JournalMark.read(text)) is None:
        raise Refused("A mark is a number, a colon and 64 hexadecimal digits, as `journal verify` prints it.")
    return mark


def export(asked: Asked) -> dict[str, Any]:
    """The whole journal as CSV, and how many lines it has."""
    lines = journal.export(asked.db, None, journal.Wanted(), asked.now)
    asked.output.write(to_journal_csv(lines))
    return {"lines": lines.num_rows}


def purge(asked: Asked, *, before: str) -> dict[str, Any]:
    """How many lines older than an instant were removed, and the mark of what is left."""
    instant = datetime.fromisoformat(before)
    if instant > asked.now:
        raise Refused("That day is not past: give an earlier one.")
    purged = journal.purge(asked.db, None, instant, asked.now)
    return {"purged": purged, "mark": str(journal.verify(asked.db).head)}


def confirm_clock(asked: Asked, *, today: str) -> dict[str, Any]:
    """How many lines past their time were removed, once the date that was given is the clock's, and the mark of what is left.

    Raises `Refused` when the clock says another date.
    """
    clock = asked.now.astimezone(PARIS).date()
    if today != clock.isoformat():
        raise Refused(f"This server's clock says {clock}: set it right, then restart. Nothing was erased.")
    purged = retention.confirm_clock(asked.db, None, asked.now)
    return {"purged": purged, "mark": str(journal.verify(asked.db).head)}
