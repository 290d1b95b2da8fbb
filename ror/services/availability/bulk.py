"""Declaring for many units at once: the file to fill in, what it would do once it comes back, then all of it or nothing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from ror.errors import CommentMasked, ConfirmationNeeded, Forbidden, NotFound, Outdated, Refused
from ror.exchange import declarations_file
from ror.exchange.declarations_file import Blank, Filled
from ror.model.capacity import Counts, Declaration, checked_number
from ror.model.freshness import SHUT
from ror.model.journal import Act
from ror.model.nomenclature import CapacityType
from ror.model.rights import Account, Action
from ror.model.text import plain
from ror.services import journal
from ror.services.availability import consult, declare, export, writing
from ror.services.availability.consult import View
from ror.services.file_turn import OnWait, file_turn, silent
from ror.store.engine.database import Database, Transaction

TITLE = "Mes unités"
_FILE = "file:declaration-par-fichier"
_NEW = "téléchargez un nouveau fichier"
_SHOWN = 60
"""Characters of a comment that the preview shows: enough to see letters that an encoding spoilt."""
_GONE = f"Cette unité n'existe pas ou plus : vérifiez son identifiant, ou {_NEW}."


class State(StrEnum):
    """What becomes of a line of the file."""

    ACCEPTED = "accepted"
    ASKED = "asked"
    UNTOUCHED = "untouched"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        """The state as the screen names it, with its shape."""
        return {
            State.ACCEPTED: "✓ Acceptée",
            State.ASKED: "? À confirmer",
            State.UNTOUCHED: "○ Laissée",
            State.REFUSED: "✕ Refusée",
        }[self]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file that came back: `before` and `after` in words, `why` it is refused or asked about, or what it does.

    `draft` is what would be written, None for nothing; `confirms`: number and comment are those that the unit has.
    """

    number: int
    unit: str
    name: str
    structure: str
    state: State
    why: str
    before: str = ""
    after: str = ""
    draft: declare.Draft | None = None
    confirms: bool = False


def own_file(db: Database, account: Account, seen: View, now: datetime) -> bytes:
    """The workbook of the account's open units, by structure and name, to be filled in. Raises `Forbidden`, journalled."""
    with journal.authorized_transaction(db, account, Action.DECLARE, Act.EXPORT, _FILE, now) as transaction:
        rows = [row for row in consult.own_units(db, account, seen).to_pylist() if not row["registry_closed"]]
        journal.record(transaction, Act.EXPORT, account, _FILE, now, after={"lines": len(rows)})
    about = export.about(TITLE, seen.at)
    ages = {band.rank: band.words for band in about.bands} | {None: SHUT}
    blanks = [_blank(row, ages[row["rank"]]) for row in rows]
    return declarations_file.to_fill(sorted(blanks, key=lambda blank: (blank.structure, blank.name, blank.unit)), about)


def _blank(row: dict[str, Any], age: str) -> Blank:
    told = {name: row[name] for name in ("unit", "structure", "name", "type_label", "installed", "available", "comment")}
    return Blank(seen=row["position"], capacity_type=CapacityType(row["capacity_type"]), age=age, **told)


def preview(
    db: Database, account: Account, seen: View, name: str, data: bytes, now: datetime, on_wait: OnWait = silent
) -> list[Line]:
    """What each line of a file would do, by the rules of the form; writes nothing.

    Raises `Forbidden`, journalled, `BadFile` when the file cannot be read as one that was filled in, or `Busy` when other
    files take too long.
    """
    journal.require(db, account, Action.DECLARE, Act.DECLARE, _FILE, now)
    with file_turn(on_wait):
        filled, rejects = declarations_file.read(name, data)
    own = {row["unit"]: row for row in consult.own_units(db, account, seen).to_pylist()}
    times = Counter(one.unit for one in filled if one.available)
    position = db.position
    with db.snapshot() as cursor:
        reading = Transaction(cursor, position)
        writing.foresee(reading, list(times))
        lines = [_line(reading, account, one, own.get(one.unit), times[one.unit]) for one in filled]
    lines += [Line(reject.line, "", plain(reject.text)[:60], "", State.REFUSED, reject.reason) for reject in rejects]
    return sorted(lines, key=lambda line: line.number)


def _line(reading: Transaction, account: Account, filled: Filled, row: dict[str, Any] | None, times: int) -> Line:
    line = Line(filled.line, filled.unit, filled.name, "", State.UNTOUCHED, "")
    try:
        if row is None:
            if filled.available:
                writing.allowed(reading.cursor, account, filled.unit)
                raise Refused("Cette unité vient d'entrer dans votre périmètre : rechargez la page.")
            return line
        capacity = CapacityType(row["capacity_type"])
        before = "" if row["available"] is None else capacity.of(row["available"])
        line = replace(line, name=row["name"], structure=row["structure"], before=before)
        if not filled.available:
            return replace(line, why=_silent(filled, row))
        if times > 1:
            raise Refused(f"Cette unité est remplie à {times} lignes du fichier : n'en remplissez qu'une.")
        return _accepted(reading, account, filled, row, replace(line, after=_after(filled, capacity)))
    except (Refused, Forbidden, NotFound) as refusal:
        why = _GONE if isinstance(refusal, NotFound) else refusal.message
        return replace(line, state=State.REFUSED, why=why, after=line.after or filled.available[:20])


def _silent(filled: Filled, row: dict[str, Any]) -> str:
    """What is said of a unit without a number. A comment alone would be lost: it goes with a number. Raises `Refused`."""
    if filled.comment is None or plain(filled.comment) == plain(row["comment"]):
        return ""
    if filled.seen in (None, row["position"]):
        raise Refused("Le commentaire a changé sans nombre : tapez aussi le nombre disponible, le même s'il n'a pas changé.")
    return "Mise à jour depuis ce téléchargement : le commentaire du fichier n'est pas enregistré"


def _after(filled: Filled, capacity: CapacityType) -> str:
    number = checked_number(filled.available, "disponible")
    return "" if number is None else capacity.of(number)


def _accepted(reading: Transaction, account: Account, filled: Filled, row: dict[str, Any], line: Line) -> Line:
    """The line as it would be written, or asked about. Raises `Refused`, `Forbidden` or `NotFound`."""
    seen = row["position"] if filled.seen is None else filled.seen
    place = writing.allowed(reading.cursor, account, filled.unit)
    if seen > reading.position:
        raise Refused(f"La colonne « Position » a été modifiée : {_NEW}.")
    if told := writing.overtaken(reading, place, seen):
        raise Refused(f"{told} Votre fichier dit {line.after} : {_NEW} si c'est ce nombre qui est juste.")
    kept = filled.comment is None or plain(filled.comment) == plain(row["comment"])
    comment = row["comment"] if kept or filled.comment is None else filled.comment
    number = checked_number(filled.available, "disponible")
    confirms = kept and number == row["available"] and not row["registry_closed"]
    line = replace(
        line,
        state=State.ACCEPTED,
        why=_does(row, confirms, None if kept else plain(comment)),
        draft=declare.Draft(filled.unit, Counts(number), comment, seen),
        confirms=confirms,
    )
    try:
        if confirms:
            declare.confirmable(reading, account, filled.unit, seen)
        else:
            declare.checked(reading, account, line.draft or declare.Draft("", Counts(None)), confirmed=False)
    except ConfirmationNeeded as question:
        return replace(line, state=State.ASKED, why=question.message)
    except CommentMasked as masked:
        raise Refused(f"Entre-temps, un administrateur a masqué le commentaire de cette unité : {_NEW}.") from masked
    return line


def _does(row: dict[str, Any], confirms: bool, comment: str | None) -> str:
    """What an accepted line does, in words; `comment` None stays as it is."""
    if confirms:
        return "Confirme le même nombre"
    if row["closed_until"] and not row["open"]:
        return f"Rouvre l'unité, fermée jusqu'au {row['closed_until']:%d/%m/%Y}"
    if comment is None:
        return "Nouveau nombre"
    if not comment:
        return "Nombre, et commentaire retiré"
    return f"Nombre et commentaire « {comment[:_SHOWN]}{'…' if len(comment) > _SHOWN else ''} »"


def write(db: Database, account: Account, lines: Sequence[Line], now: datetime) -> list[Declaration]:
    """Write what the lines of a preview say, in one transaction: all, or nothing when one of them is refused now.

    A line that was asked about counts as confirmed: the caller leaves out those that nobody said yes to. Raises the refusal,
    which names the line, as `declare.declare` does; the preview is to be made again.
    """
    drafts = [(line, line.draft) for line in lines if line.draft is not None]
    done = []
    with journal.authorized_transaction(db, account, Action.DECLARE, Act.DECLARE, _FILE, now) as transaction:
        if not drafts:
            raise Refused(
                "Aucune ligne n'est à enregistrer : remplissez la colonne « Disponible », puis donnez le fichier de nouveau."
            )
        writing.foresee(transaction, [draft.unit for _, draft in drafts])
        for line, draft in drafts:
            try:
                if line.confirms:
                    done.append(declare.confirmed_in(transaction, account, draft.unit, draft.seen, now))
                else:
                    done.append(declare.written(transaction, account, draft, now, confirmed=line.state is State.ASKED))
            except (Refused, Outdated, ConfirmationNeeded, Forbidden, NotFound) as refusal:
                raise type(refusal)(
                    f"Rien n'a été enregistré : la ligne {line.number} ({line.name}) n'est plus possible. "
                    "Vérifiez le nouvel aperçu, puis enregistrez."
                ) from refusal
    return [writing.told(event, place) for event, place in done]


def undo(db: Database, account: Account, events: Sequence[Declaration], now: datetime) -> list[Declaration]:
    """Take back what `write` just wrote, in one transaction: all, or nothing when one unit was declared again since."""
    done = []
    with journal.authorized_transaction(db, account, Action.DECLARE, Act.UNDO, _FILE, now) as transaction:
        writing.foresee(transaction, [event.unit for event in events])
        for event in events:
            try:
                done.append(declare.undone_in(transaction, account, event.position, now))
            except Refused as refusal:
                place = writing.allowed(transaction.cursor, account, event.unit)
                raise Refused(f"Rien n'a été annulé. {place.unit.name} : {refusal.message}") from refusal
    return [writing.told(event, place) for event, place in done]
