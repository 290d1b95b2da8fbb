"""Numbers of another system brought in by a file: each line as if it had been received alone, all in one transaction."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from ror.errors import CommentMasked, NotFound, Older, Refused, RorError
from ror.exchange.observed_file import Observed, read_observed
from ror.exchange.report import Reject, refused_count, settled
from ror.model.journal import Act
from ror.model.progress import OnProgress
from ror.model.rights import Action
from ror.services import journal
from ror.services.availability import receive, writing
from ror.services.file_turn import OnWait, file_turn, silent
from ror.services.import_check import check_import
from ror.store import declarations
from ror.store.engine.database import Cursor, Database


@dataclass(frozen=True, slots=True)
class Imported:
    """Lines read, `written` as declarations or confirmations, `held` already, refused with their reasons."""

    read: int
    written: int
    held: int
    rejects: list[Reject]


def import_declarations(
    db: Database, path: Path, now: datetime, on_progress: OnProgress | None = None, on_wait: OnWait = silent
) -> Imported:
    """Write what a file of observations says, the oldest first; what is held already changes nothing.

    A number older than the last one of its unit is refused, as `receive.receive` does; a refused line stops no other.
    Of the command line alone. Raises `BadFile`, `Refused` on the database of the demonstration, and `Busy` when
    other files take too long.
    """
    check_import(db, None, now)
    with file_turn(on_wait):
        file = read_observed(path)
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    rejects, told, held = list(file.rejects), [], 0
    step = max(1, len(file.observed) // 100)
    with journal.authorized_transaction(db, None, Action.DECLARE, Act.IMPORT, "board", now) as transaction:
        writing.foresee_last(transaction, sorted({one.unit for one in file.observed}))
        said = _said(transaction.cursor, file.observed)
        for done, one in enumerate(file.observed):
            if on_progress and done % step == 0:
                on_progress(done, len(file.observed))
            try:
                received = receive.Received(one.unit, one.counts, one.observed_at, one.source_type, one.comment)
                event, place, new = receive.written(transaction, None, received, now)
            except (NotFound, CommentMasked, Refused) as refusal:
                if isinstance(refusal, Older) and _held(said, one):
                    held += 1
                else:
                    rejects.append(_reject(one, refusal))
            else:
                held += not new
                if new:
                    told.append((event, place))
                    said[one.unit, one.observed_at].append(asdict(event.counts))
        rejects = settled(rejects)
        counts = {"read": file.read, "refused": refused_count(rejects), "created": len(told), "unchanged": held}
        journal.record(transaction, Act.IMPORT, None, "board", now, after={"sha256": digest, **counts})
    for event, place in told:
        writing.told(event, place)
    return Imported(file.read, len(told), held, rejects)


_Said = defaultdict[tuple[str, datetime], list[dict[str, int | None]]]
"""The numbers that the log has of units at instants."""


def _said(cursor: Cursor, observed: Sequence[Observed]) -> _Said:
    """What the log has of every unit and instant of a file, read at once."""
    said: _Said = defaultdict(list)
    for event in declarations.observed(cursor, [one.unit for one in observed], [one.observed_at for one in observed]):
        if event.observed_at is not None:
            said[event.unit, event.observed_at].append(asdict(event.counts))
    return said


def _held(said: _Said, one: Observed) -> bool:
    """Whether the log has this very observation, followed by others: the file was brought in before."""
    return any(one.counts.items() <= counts.items() for counts in said[one.unit, one.observed_at])


def _reject(one: Observed, refusal: RorError) -> Reject:
    """A refusal in words for who reads a file: those of a screen speak of what it keeps typed."""
    reason = refusal.message
    if isinstance(refusal, NotFound):
        reason = f"L'unité {one.unit} est inconnue : importez d'abord les unités, ou corrigez l'identifiant."
    elif isinstance(refusal, CommentMasked):
        reason = "Un administrateur a masqué un commentaire de cette unité : retirez celui de la ligne."
    return Reject(one.line, reason, one.text)
