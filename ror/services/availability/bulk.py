"""Declare for many units by a file: export the file to fill in, preview a filled one, then write all of its lines or none."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from ror.errors import CommentMasked, ConfirmationNeeded, Forbidden, NotFound, Outdated, Refused
from ror.exchange import bulk_workbook
from ror.exchange.bulk_workbook import FilledLine, LineToFill
from ror.model.capacity import Counts, checked_number
from ror.model.count_parts import sex_parts
from ror.model.declaration import Channel, Declaration
from ror.model.freshness import CLOSED_LABEL
from ror.model.journal import Act
from ror.model.nomenclature import CapacityType
from ror.model.rights import Account, Action
from ror.model.text import plain
from ror.services import journal
from ror.services.availability import consult, declare, export
from ror.services.availability.consult import View
from ror.services.availability.declarable_unit import DeclarableUnit, UnitHistories, authorize_unit
from ror.services.file_turn import OnWait, file_turn, ignore_wait
from ror.store import declarations
from ror.store.engine.database import Database, Transaction

TITLE = "Mes unités"
_FILE = "file:declaration-par-fichier"
_DOWNLOAD_AGAIN = "téléchargez un nouveau fichier"
_COMMENT_SHOWN = 60
"""Characters of a comment that the preview shows: enough to see letters that an encoding spoilt."""
_UNKNOWN_UNIT = f"Cette unité n'existe pas ou plus : vérifiez son identifiant, ou {_DOWNLOAD_AGAIN}."


class DeclarationLineState(StrEnum):
    """The effect of writing the file on one of its lines."""

    ACCEPTED = "accepted"
    TO_CONFIRM = "to_confirm"
    UNTOUCHED = "untouched"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        """The name of the state on screen, with its shape."""
        return {
            DeclarationLineState.ACCEPTED: "✓ Acceptée",
            DeclarationLineState.TO_CONFIRM: "? À confirmer",
            DeclarationLineState.UNTOUCHED: "○ Laissée",
            DeclarationLineState.REFUSED: "✕ Refusée",
        }[self]


@dataclass(frozen=True, slots=True)
class BulkLine:
    """A line of a filled file: `before` and `after` in words, `detail` the reason, the question, or what the line does.

    `draft` is what would be written, None for nothing; `confirms`: number and comment are those that the unit has.
    """

    number: int
    unit: str
    name: str
    structure: str
    state: DeclarationLineState
    detail: str
    before: str = ""
    after: str = ""
    draft: declare.DeclarationDraft | None = None
    confirms: bool = False


def export_file(db: Database, account: Account, view: View, now: datetime) -> bytes:
    """Return the workbook of the account's open units, by structure and name, to be filled in.

    Raises `Forbidden`, journalled.
    """
    with journal.authorized_transaction(db, account, Action.DECLARE, Act.EXPORT, _FILE, now) as transaction:
        rows = [row for row in consult.own_units(db, account, view).to_pylist() if not row["registry_closed"]]
        journal.record(transaction, Act.EXPORT, account, _FILE, now, after={"lines": len(rows)})
    about = export.about(TITLE, view.at)
    ages = {band.rank: band.words for band in about.bands} | {None: CLOSED_LABEL}
    blanks = [_blank(row, ages[row["rank"]]) for row in rows]
    return bulk_workbook.build(sorted(blanks, key=lambda blank: (blank.structure, blank.name, blank.unit)), about)


def _blank(row: dict[str, Any], age: str) -> LineToFill:
    columns = {name: row[name] for name in ("unit", "structure", "name", "type_label", "installed", "available", "comment")}
    return LineToFill(position=row["position"], capacity_type=CapacityType(row["capacity_type"]), age=age, **columns)


def preview(
    db: Database, account: Account, view: View, name: str, data: bytes, now: datetime, on_wait: OnWait = ignore_wait
) -> list[BulkLine]:
    """Return what each line of a file would do, by the rules of the form; writes nothing.

    Raises `Forbidden`, journalled, `BadFile` when the file cannot be read as one that was filled in, or `Busy` when other
    files take too long.
    """
    journal.require(db, account, Action.DECLARE, Act.DECLARE, _FILE, now)
    with file_turn(on_wait):
        filled, rejects = bulk_workbook.read(name, data)
    rows = {row["unit"]: row for row in consult.own_units(db, account, view).to_pylist()}
    times = Counter(entry.unit for entry in filled if entry.available)
    position = db.position
    with db.snapshot() as cursor:
        # Nothing is written: the checks read the position and the cursor of a transaction.
        reading = Transaction(cursor, position)
        histories = UnitHistories(cursor, list(times))

        def authorize(unit: str) -> DeclarableUnit:
            return authorize_unit(reading, account, unit, histories)

        lines = [_preview_line(authorize, entry, rows.get(entry.unit), times[entry.unit]) for entry in filled]
    lines += [
        BulkLine(reject.line, "", plain(reject.text)[:60], "", DeclarationLineState.REFUSED, reject.reason)
        for reject in rejects
    ]
    return sorted(lines, key=lambda line: line.number)


_Authorize = Callable[[str], DeclarableUnit]
"""Returns a unit that the account may declare for; raises `Forbidden` or `NotFound`."""


def _preview_line(authorize: _Authorize, filled: FilledLine, row: dict[str, Any] | None, times: int) -> BulkLine:
    """Return what a line would do; `row` is the unit's among the account's own units, `times` the lines filled for it."""
    line = BulkLine(filled.line, filled.unit, filled.name, "", DeclarationLineState.UNTOUCHED, "")
    try:
        if row is None:
            if filled.available:
                authorize(filled.unit)
                raise Refused("Cette unité vient d'entrer dans votre périmètre : rechargez la page.")
            return line
        capacity = CapacityType(row["capacity_type"])
        before = "" if row["available"] is None else capacity.of(row["available"])
        line = replace(line, name=row["name"], structure=row["structure"], before=before)
        if not filled.available:
            return replace(line, detail=_detail_without_number(filled, row))
        if times > 1:
            raise Refused(f"Cette unité est remplie à {times} lignes du fichier : n'en remplissez qu'une.")
        number = checked_number(filled.available, "disponible")
        line = replace(line, after="" if number is None else capacity.of(number))
        return _preview_number(authorize(filled.unit), filled, number, row, line)
    except (Refused, Forbidden, NotFound) as refusal:
        detail = _UNKNOWN_UNIT if isinstance(refusal, NotFound) else refusal.user_message
        return replace(line, state=DeclarationLineState.REFUSED, detail=detail, after=line.after or filled.available[:20])


def _detail_without_number(filled: FilledLine, row: dict[str, Any]) -> str:
    """Return the detail of a line without a number; raise `Refused` for another value typed in it, which would be lost."""
    if filled.by_sex:
        raise Refused("Les nombres par sexe viennent avec le nombre disponible : tapez-le aussi, le même s'il n'a pas changé.")
    if filled.comment is None or plain(filled.comment) == plain(row["comment"]):
        return ""
    if filled.seen_position in (None, row["position"]):
        raise Refused("Le commentaire a changé sans nombre : tapez aussi le nombre disponible, le même s'il n'a pas changé.")
    return "Mise à jour depuis ce téléchargement : le commentaire du fichier n'est pas enregistré"


def _preview_number(
    unit: DeclarableUnit, filled: FilledLine, number: int | None, row: dict[str, Any], line: BulkLine
) -> BulkLine:
    """Return the line as it would be written, or with the question that it needs. Raises `Refused`."""
    seen_position = row["position"] if filled.seen_position is None else filled.seen_position
    if seen_position > unit.transaction.position:
        raise Refused(f"La colonne « Position » a été modifiée : {_DOWNLOAD_AGAIN}.")
    if newer := unit.describe_newer(seen_position):
        raise Refused(f"{newer} Votre fichier dit {line.after} : {_DOWNLOAD_AGAIN} si c'est ce nombre qui est juste.")
    new_comment = None if filled.comment is None or plain(filled.comment) == plain(row["comment"]) else filled.comment
    counts = Counts(number, parts=sex_parts(filled.by_sex))
    confirms = new_comment is None and number == row["available"] and not row["registry_closed"] and not filled.by_sex
    draft = declare.DeclarationDraft(filled.unit, counts, row["comment"] if new_comment is None else new_comment, seen_position)
    try:
        if confirms:
            declare.check_confirmation(unit, seen_position)
        else:
            declare.check_declaration(unit, draft, confirmed=False)
        state, detail = DeclarationLineState.ACCEPTED, _detail_of_change(row, confirms, new_comment)
    except ConfirmationNeeded as question:
        state, detail = DeclarationLineState.TO_CONFIRM, question.user_message
    except CommentMasked as masked:
        raise Refused(f"Entre-temps, un administrateur a masqué le commentaire de cette unité : {_DOWNLOAD_AGAIN}.") from masked
    return replace(line, state=state, detail=detail, draft=draft, confirms=confirms)


def _detail_of_change(row: dict[str, Any], confirms: bool, new_comment: str | None) -> str:
    """Return what an accepted line does, in words; `new_comment` None leaves the comment as it is."""
    if confirms:
        return "Confirme le même nombre"
    if row["closed_until"] and not row["open"]:
        return f"Rouvre l'unité, fermée jusqu'au {row['closed_until']:%d/%m/%Y}"
    if new_comment is None:
        return "Nouveau nombre"
    comment = plain(new_comment)
    if not comment:
        return "Nombre, et commentaire retiré"
    return f"Nombre et commentaire « {comment[:_COMMENT_SHOWN]}{'…' if len(comment) > _COMMENT_SHOWN else ''} »"


def write(db: Database, account: Account, lines: Sequence[BulkLine], now: datetime) -> list[Declaration]:
    """Write the lines of a preview in one transaction: all of them, or nothing when one is refused now.

    A line `TO_CONFIRM` counts as confirmed: the caller leaves out the unconfirmed ones. Raises the refusal, which
    names the line, as `declare.declare` does; the file needs a new preview then.
    """
    drafts = [(line, line.draft) for line in lines if line.draft is not None]
    written: list[tuple[DeclarableUnit, Declaration]] = []
    with journal.authorized_transaction(db, account, Action.DECLARE, Act.DECLARE, _FILE, now) as transaction:
        if not drafts:
            raise Refused(
                "Aucune ligne n'est à enregistrer : remplissez la colonne « Disponible », puis donnez le fichier de nouveau."
            )
        histories = UnitHistories(transaction.cursor, [draft.unit for _, draft in drafts])
        for line, draft in drafts:
            try:
                unit = authorize_unit(transaction, account, draft.unit, histories, Channel.FILE)
                if line.confirms:
                    event = declare.confirm_in(unit, draft.seen_position, now)
                else:
                    event = declare.declare_in(unit, draft, now, confirmed=line.state is DeclarationLineState.TO_CONFIRM)
                written.append((unit, event))
            except (Refused, Outdated, ConfirmationNeeded, Forbidden, NotFound) as refusal:
                raise type(refusal)(
                    f"Rien n'a été enregistré : la ligne {line.number} ({line.name}) n'est plus possible. "
                    "Vérifiez le nouvel aperçu, puis enregistrez."
                ) from refusal
    return _publish(written)


def undo(db: Database, account: Account, events: Sequence[Declaration], now: datetime) -> list[Declaration]:
    """Undo what `write` just wrote, in one transaction: all, or nothing when one unit was declared again since.

    Raises `Forbidden`, journalled, `NotFound`, or `Refused`.
    """
    written: list[tuple[DeclarableUnit, Declaration]] = []
    with journal.authorized_transaction(db, account, Action.DECLARE, Act.UNDO, _FILE, now) as transaction:
        histories = UnitHistories(transaction.cursor, [event.unit for event in events])
        stored = declarations.at(transaction.cursor, [event.position for event in events])
        if len(stored) < len(events):
            raise NotFound("Cette mise à jour n'existe pas.")
        for undone in stored:
            unit = authorize_unit(transaction, account, undone.unit, histories, Channel.FILE)
            try:
                written.append((unit, declare.undo_in(unit, account, undone, now)))
            except Refused as refusal:
                raise Refused(f"Rien n'a été annulé. {unit.entry.name} : {refusal.user_message}") from refusal
    return _publish(written)


def _publish(written: Sequence[tuple[DeclarableUnit, Declaration]]) -> list[Declaration]:
    for unit, event in written:
        unit.publish(event)
    return [event for _, event in written]
