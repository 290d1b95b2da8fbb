"""Import a file of numbers observed by another system: each line by the rules of `receive`, all in one transaction."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ror.errors import CommentMasked, NotFound, OlderNumber, Refused, RorError
from ror.exchange.import_file import Reject, digest, refused_count, sort_rejects
from ror.exchange.observations_file import ObservedLine, read_observed
from ror.model.declaration import Channel, Declaration
from ror.model.journal import Act
from ror.model.progress import OnProgress
from ror.model.rights import Action
from ror.services import journal
from ror.services.availability import receive
from ror.services.availability.declarable_unit import DeclarableUnit, UnitHistories, authorize_unit
from ror.services.file_turn import OnWait, file_turn, ignore_wait
from ror.services.import_check import check_import
from ror.services.region_time import region_zone
from ror.store import declarations
from ror.store.engine.database import Cursor, Database


@dataclass(frozen=True, slots=True)
class Imported:
    """Lines read, `written` as declarations or confirmations, `unchanged` as the log had them, refused with their reasons."""

    read: int
    written: int
    unchanged: int
    rejects: list[Reject]


def import_declarations(
    db: Database, path: Path, now: datetime, on_progress: OnProgress | None = None, on_wait: OnWait = ignore_wait
) -> Imported:
    """Write the observations of a file, the oldest first; what the log has already changes nothing.

    A number older than the last one of its unit is refused, as `receive.receive` does; a refused line stops no other.
    For the command line alone. Raises `BadFile`, `Refused` on the database of the demonstration, and `Busy` when
    other files take too long.
    """
    check_import(db, None, now)
    with file_turn(on_wait):
        file = read_observed(path, region_zone())
    # Before the transaction: every other declaration waits for its end.
    content_hash = digest(path)
    rejects, unchanged = list(file.rejects), 0
    written: list[tuple[DeclarableUnit, Declaration]] = []
    step = max(1, len(file.observed) // 100)
    with journal.authorized_transaction(db, None, Action.DECLARE, Act.IMPORT, "board", now) as transaction:
        histories = UnitHistories(transaction.cursor, sorted({line.unit for line in file.observed}))
        logged = _logged_counts(transaction.cursor, file.observed)
        for done, line in enumerate(file.observed):
            if on_progress and done % step == 0:
                on_progress(done, len(file.observed))
            try:
                unit = authorize_unit(transaction, None, line.unit, histories, Channel.FILE)
                received = receive.Received(line.unit, line.counts, line.observed_at, line.source_type, line.comment)
                event, new = receive.receive_in(unit, received, now)
            except (NotFound, CommentMasked, Refused) as refusal:
                if isinstance(refusal, OlderNumber) and _is_logged(line, logged):
                    unchanged += 1
                else:
                    rejects.append(_reject(line, refusal))
            else:
                unchanged += not new
                if new:
                    written.append((unit, event))
                    logged[line.unit, line.observed_at].append(event.counts.by_status())
        rejects = sort_rejects(rejects)
        counts = {"read": file.read, "refused": refused_count(rejects), "created": len(written), "unchanged": unchanged}
        journal.record(transaction, Act.IMPORT, None, "board", now, after={"sha256": content_hash, **counts})
    for unit, event in written:
        unit.publish(event)
    return Imported(file.read, len(written), unchanged, rejects)


_LoggedCounts = defaultdict[tuple[str, datetime | None], list[dict[str, int | None]]]
"""The numbers in the log by unit and instant."""


def _logged_counts(cursor: Cursor, lines: Sequence[ObservedLine]) -> _LoggedCounts:
    """Return the numbers in the log for the units and instants of a file, read at once."""
    logged: _LoggedCounts = defaultdict(list)
    for event in declarations.observed(cursor, [line.unit for line in lines], [line.observed_at for line in lines]):
        logged[event.unit, event.observed_at].append(event.counts.by_status())
    return logged


def _is_logged(line: ObservedLine, logged: _LoggedCounts) -> bool:
    """Return whether the log has an observation, followed by later ones: the file was imported before."""
    return any(line.counts.items() <= counts.items() for counts in logged[line.unit, line.observed_at])


def _reject(line: ObservedLine, refusal: RorError) -> Reject:
    """Return the reject of a refused line, in words for a file: those of a screen mention the form."""
    reason = refusal.user_message
    if isinstance(refusal, NotFound):
        reason = f"L'unité {line.unit} est inconnue : importez d'abord les unités, ou corrigez l'identifiant."
    elif isinstance(refusal, CommentMasked):
        reason = "Un administrateur a masqué un commentaire de cette unité : retirez celui de la ligne."
    return Reject(line.line, reason, line.text)
