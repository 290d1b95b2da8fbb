"""Declare for many units at once from a sheet: the lines that may be written commit together, the others say why not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from ror.errors import ConfirmationNeeded, DeclarationField, Forbidden, NotFound, Outdated, Refused
from ror.model.crisis import ExtraCount
from ror.model.declaration import Channel, Declaration
from ror.model.journal import Act, Outcome
from ror.model.rights import Account, Action
from ror.services import journal
from ror.services.availability import declare, extra_counts
from ror.services.availability.declarable_unit import DeclarableUnit, UnitHistories, authorize_unit
from ror.store import declarations, registry
from ror.store.engine.database import Database, Transaction

MAX_LINES = 500
_SHEET = "sheet:mise-a-jour"


class LineAction(StrEnum):
    """The action of a line: declare a number, confirm the last one, or close for a time."""

    DECLARE = "declare"
    CONFIRM = "confirm"
    CLOSE = "close"

    @property
    def act(self) -> Act:
        """The act of the journal."""
        return {LineAction.DECLARE: Act.DECLARE, LineAction.CONFIRM: Act.CONFIRM, LineAction.CLOSE: Act.CLOSE_UNTIL}[self]


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A line to write. `confirmed`: its unusual number was confirmed; `until`: the last day of a closure.

    `extras` are the counts that an event of a crisis asks for, as typed.
    """

    action: LineAction
    draft: declare.DeclarationDraft
    confirmed: bool = False
    until: date | None = None
    extras: Mapping[ExtraCount, str] = field(default_factory=dict)


class LineOutcome(StrEnum):
    """The outcome of a line; only a saved one wrote anything."""

    SAVED = "saved"
    REFUSED = "refused"
    QUESTION = "question"
    OUTDATED = "outdated"


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """The answer to a line: the event that it wrote, or a sentence for the user.

    `position` is the `seen_position` for the next draft of the line: that of its event once saved, else that of the log that it
    was judged against. `about` is the field that a refusal is about. `other_event` is the event that the line wrote
    for another temporality.
    """

    unit: str
    outcome: LineOutcome
    position: int
    message: str = ""
    event: Declaration | None = None
    about: DeclarationField = "number"
    other_event: Declaration | None = None


@dataclass(frozen=True, slots=True)
class SheetUndo:
    """The result of undoing a whole save: the events of the undo, and the names of the units that were left as they are."""

    events: list[Declaration]
    skipped: list[str]


def save(db: Database, account: Account, lines: Sequence[SheetLine], now: datetime) -> list[LineAnswer]:
    """Write the lines of a sheet in one transaction, each judged by the rules of the form; return one answer per line.

    A line that is refused, unusual or outdated writes nothing and stops no other. Sent twice with the same `save_id`, a line
    is written once and answered twice. Raises `Forbidden`, journalled, for an account that may not declare at all, or
    `Refused` for more than `MAX_LINES`.
    """
    if len(lines) > MAX_LINES:
        raise Refused(f"Enregistrez {MAX_LINES} unités au plus à la fois.")
    with journal.authorized_transaction(db, account, Action.DECLARE, Act.DECLARE, _SHEET, now) as transaction:
        answers, written = save_in(transaction, account, lines, now)
    publish(written)
    return answers


Written = list[tuple[DeclarableUnit, Declaration]]
"""The events that a save wrote, each with its unit."""


def save_in(
    transaction: Transaction,
    account: Account,
    lines: Sequence[SheetLine],
    now: datetime,
    channel: Channel = Channel.FORM,
) -> tuple[list[LineAnswer], Written]:
    """Write the lines of a sheet for an account whose right to declare was checked; return one answer per line, and the events.

    Once the transaction is committed, call `publish` with the events.
    """
    written: Written = []
    histories = UnitHistories(transaction.cursor, sorted({line.draft.unit for line in lines}))
    return [_answer(transaction, account, histories, line, now, written, channel) for line in lines], written


def publish(written: Written) -> None:
    """Notify open pages of what a save wrote, once its transaction is committed."""
    for unit, event in written:
        unit.publish(event)


def _answer(
    transaction: Transaction,
    account: Account,
    histories: UnitHistories,
    line: SheetLine,
    now: datetime,
    written: Written,
    channel: Channel,
) -> LineAnswer:
    """Write a line if the rules allow it and add its event to `written`; return its answer, a refusal included."""
    draft, position = line.draft, transaction.position
    try:
        unit = authorize_unit(transaction, account, draft.unit, histories, channel)
        if first := declare.saved_in(unit, account, draft.save_id, draft.seen_position):
            return LineAnswer(draft.unit, LineOutcome.SAVED, first.position, event=first)
        event, beside = _write(unit, line, now)
    except ConfirmationNeeded as question:
        return LineAnswer(draft.unit, LineOutcome.QUESTION, position, question.user_message)
    except Outdated as newer:
        return LineAnswer(draft.unit, LineOutcome.OUTDATED, position, newer.user_message, about=newer.about)
    except (Refused, NotFound) as refusal:
        return LineAnswer(draft.unit, LineOutcome.REFUSED, position, refusal.user_message, about=refusal.about)
    except Forbidden as refusal:
        journal.record(transaction, line.action.act, account, f"unit:{draft.unit}", now, outcome=Outcome.REFUSED)
        return LineAnswer(draft.unit, LineOutcome.REFUSED, position, refusal.user_message)
    written.append((unit, event))
    return LineAnswer(draft.unit, LineOutcome.SAVED, event.position, event=event, other_event=beside)


def _write(unit: DeclarableUnit, line: SheetLine, now: datetime) -> tuple[Declaration, Declaration | None]:
    """Write a line; return its event, and that of the numbers in 24 hours if it has some."""
    if line.action is LineAction.CONFIRM:
        return declare.confirm_in(unit, line.draft.seen_position, now, line.draft.save_id), None
    if line.action is LineAction.CLOSE:
        return declare.close_in(unit, line.draft, line.until, now), None
    in_24_hours = extra_counts.checked_in_24_hours(line.extras)
    draft = replace(line.draft, counts=extra_counts.with_parts(line.draft.counts, line.extras))
    event = declare.declare_in(unit, draft, now, confirmed=line.confirmed)
    return event, None if in_24_hours is None else extra_counts.declare_in_24_hours(unit, in_24_hours, now)


def undo(db: Database, account: Account, positions: Sequence[int], now: datetime) -> SheetUndo:
    """Undo a whole save by the positions of its events; units that changed or left the perimeter since are skipped and named.

    Sent twice, it is written once and answered twice. Raises `Forbidden`, journalled, also for units that the account neither
    holds nor declared for, or `Refused` when nothing can be undone.
    """
    written: Written = []
    undone_before: list[Declaration] = []
    skipped: list[str] = []
    with journal.authorized_transaction(db, account, Action.DECLARE, Act.UNDO, _SHEET, now) as transaction:
        # A line may have written two events.
        undone = declarations.at(transaction.cursor, list(positions)[: 2 * MAX_LINES])
        histories = UnitHistories(transaction.cursor, sorted({event.unit for event in undone}))
        for event in undone:
            try:
                unit = authorize_unit(transaction, account, event.unit, histories)
                if first := declare.undone_in(unit, account, event):
                    undone_before.append(first)
                else:
                    written.append((unit, declare.undo_in(unit, account, event, now)))
            except (Refused, Forbidden) as refusal:
                # A unit may have left the perimeter since; an event of somebody else was never the account's to undo.
                if isinstance(refusal, Forbidden) and event.account != account.id:
                    raise
                entry = registry.unit_entry(transaction.cursor, event.unit)
                skipped.append(entry.name if entry else event.unit)
        if not (written or undone_before):
            raise Refused("Rien n'a été annulé : le quart d'heure est passé, ou ces unités ont été mises à jour depuis.")
    publish(written)
    return SheetUndo([*undone_before, *(event for _, event in written)], skipped)
