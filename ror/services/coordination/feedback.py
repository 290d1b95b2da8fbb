"""Write and read the reports of readers on a number after a call: confirmed, no place left, unreachable, another number."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ror.errors import Forbidden, NotFound, Outdated, Refused
from ror.model.capacity import check_capacity
from ror.model.declaration import Channel, Declaration
from ror.model.feedback import (
    HOUR,
    MAX_AN_HOUR,
    Contradiction,
    Feedback,
    FeedbackKind,
    check_feedback,
    checked_other,
    checked_word,
    contradicts,
)
from ror.model.freshness import is_closed_for_a_time
from ror.model.journal import Act
from ror.model.rights import Account, Action, may
from ror.model.territory import time_zone
from ror.model.unit_kind import UnitKind, unit_kind
from ror.services import events, journal
from ror.services.availability.consult import UnitRow
from ror.services.rights import current_account
from ror.store import declarations, feedback, registry, unit_types
from ror.store.engine.database import Cursor, Database, Transaction

CHANGE = "feedback"
"""The `kind` of the `CommitEvent` of a report."""


@dataclass(frozen=True, slots=True)
class Reports:
    """The reports on a unit's present number: the reader's own one, and the number of confirmations by all readers.

    `confirmed_at` is the instant of the last confirmation. `all` are the reports of all readers, for the managers of the unit
    alone.
    """

    own: Feedback | None = None
    confirmed_by: int = 0
    confirmed_at: datetime | None = None
    all: tuple[Feedback, ...] = ()


@dataclass(frozen=True, slots=True)
class _Number:
    """The present number of a unit in a transaction, for an account that may report on it."""

    unit: str
    structure: str
    department: str
    kind: UnitKind
    last: Declaration
    about: datetime
    available: int
    installed: int | None


def give(
    db: Database,
    account: Account,
    unit_id: str,
    kind: FeedbackKind,
    seen: datetime | None,
    now: datetime,
    *,
    other: object = None,
    word: str = "",
    channel: Channel = Channel.FORM,
) -> Feedback:
    """Write the report of an account on the present number of a unit; it replaces the account's earlier report on it.

    `seen` is the instant of the number that the reader saw (`observed_at` of the board), None for the present one. The same
    report sent twice is written once. Raises `Forbidden`, journalled, also for a unit of the account's own perimeter;
    `NotFound`; `Outdated` for a number that was replaced meanwhile; `Refused` for a report that contradicts itself or the
    number, and above `MAX_AN_HOUR`.
    """
    other_number, text = checked_other(kind, other), checked_word(word)
    with _transaction(db, account, unit_id, now) as transaction:
        number = _number(transaction, account, unit_id, seen, now)
        check_feedback(kind, number.available, other_number)
        beds = replace(number.last.counts, available=other_number, occupied=None, reserved=None, closed=None)
        check_capacity(beds, number.kind.capacity_type, number.installed)
        own = _own(transaction.cursor, number, account)
        report = _report(number, account, kind, now, other=other_number, word=text, channel=channel)
        if own is not None and report.same_as(own):
            return own
        _check_rate(transaction.cursor, account, now)
        report = _write(transaction, account, report, own, now)
    _publish(number, report)
    return report


def withdraw(db: Database, account: Account, unit_id: str, seen: datetime | None, now: datetime) -> None:
    """Withdraw the report of an account on the present number of a unit; does nothing without one.

    Raises what `give` raises.
    """
    with _transaction(db, account, unit_id, now) as transaction:
        number = _number(transaction, account, unit_id, seen, now)
        own = _own(transaction.cursor, number, account)
        if own is None:
            return
        report = _write(transaction, account, _report(number, account, FeedbackKind.WITHDRAWN, now), own, now)
    _publish(number, report)


def require(db: Database, account: Account, now: datetime) -> None:
    """Raise `Forbidden`, journalled, for an account that may report on no number at all."""
    journal.require(db, account, Action.GIVE_FEEDBACK, Act.FEEDBACK, "feedback", now)


def allowed(account: Account, row: UnitRow) -> bool:
    """Return whether an account may report on a unit of the board: an open unit with a number, not one of its own."""
    where = (row["unit"], row["finess"], row["legal_entity"])
    return row["open"] and row["observed_at"] is not None and may(account, Action.GIVE_FEEDBACK, where)


def reports_by_unit(db: Database, account: Account, rows: Sequence[UnitRow]) -> dict[str, Reports]:
    """Return the reports on the present numbers of units of the board, by unit."""
    present = {(row["unit"], row["temporality"], row["observed_at"]): row for row in rows if row["observed_at"]}
    with db.reader() as cursor:
        current = feedback.in_force(cursor, sorted({row["unit"] for row in present.values()}))
    by_unit: dict[str, list[Feedback]] = defaultdict(list)
    for report in current:
        if (report.unit, report.temporality, report.about) in present:
            by_unit[report.unit].append(report)
    return {row["unit"]: _reports(account, row, by_unit[row["unit"]]) for row in present.values() if row["unit"] in by_unit}


def _reports(account: Account, row: UnitRow, reports: Sequence[Feedback]) -> Reports:
    confirmed = [report for report in reports if report.kind is FeedbackKind.CONFIRMED]
    where = (row["unit"], row["finess"], row["legal_entity"])
    return Reports(
        own=next((report for report in reports if report.account == account.id), None),
        confirmed_by=len(confirmed),
        confirmed_at=max((report.recorded_at for report in confirmed), default=None),
        all=tuple(reports) if may(account, Action.DECLARE, where) else (),
    )


def contradiction(row: UnitRow) -> Contradiction | None:
    """Return the contradiction of the number of a unit of the board, None without one and for a closed unit."""
    return feedback.contradiction_of(row)


def _transaction(db: Database, account: Account, unit_id: str, now: datetime) -> AbstractContextManager[Transaction]:
    return journal.authorized_transaction(db, account, Action.GIVE_FEEDBACK, Act.FEEDBACK, f"unit:{unit_id}", now)


def _number(transaction: Transaction, account: Account, unit_id: str, seen: datetime | None, now: datetime) -> _Number:
    """Return the present number of a unit that an account may report on. Raises what `give` raises."""
    cursor = transaction.cursor
    registered = registry.unit(cursor, unit_id)
    if registered is None:
        raise NotFound("Cette unité n'existe pas ou plus : rechargez la page.")
    entry, structure, legal_entity, department = registered
    if not may(current_account(cursor, account), Action.GIVE_FEEDBACK, (unit_id, structure, legal_entity)):
        raise Forbidden("Cette unité est dans votre périmètre : mettez son nombre à jour, dans « Mise à jour ».")
    kind = unit_kind(entry, unit_types.types(cursor))
    last = None
    if kind is not None:
        last = next(
            (one for one in reversed(declarations.latest(cursor, [unit_id])) if one.temporality == kind.temporality), None
        )
    if kind is None or last is None or last.observed_at is None or last.counts.available is None:
        raise Refused("Cette unité n'a déclaré aucun nombre : il n'y a rien à confirmer ni à contredire.")
    if entry.closed or is_closed_for_a_time(last.closed_until, now, time_zone(department)):
        raise Refused("Cette unité est fermée : il n'y a aucun nombre à confirmer ni à contredire.")
    number = _Number(unit_id, structure, department, kind, last, last.observed_at, last.counts.available, entry.installed)
    if seen is not None and seen != number.about:
        raise Outdated(
            f"Entre-temps, ce nombre a été mis à jour : {kind.capacity_type.of(number.available)}. Rien n'est signalé ; "
            "regardez-le avant d'en dire quelque chose."
        )
    return number


def _own(cursor: Cursor, number: _Number, account: Account) -> Feedback | None:
    """Return the report of an account on a number, None without one or once it was withdrawn."""
    about = (number.last.temporality, number.about)
    current = feedback.in_force(cursor, [number.unit])
    return next((one for one in current if (one.temporality, one.about) == about and one.account == account.id), None)


def _report(
    number: _Number,
    account: Account,
    kind: FeedbackKind,
    now: datetime,
    *,
    other: int | None = None,
    word: str = "",
    channel: Channel = Channel.FORM,
) -> Feedback:
    """Return a report that has no position yet."""
    about = (number.unit, number.last.temporality, number.about)
    return Feedback(0, *about, account.id, kind, other, contradicts(kind), word, str(channel), now)


def _check_rate(cursor: Cursor, account: Account, now: datetime) -> None:
    """Raise `Refused` for an account that reported too often within an hour."""
    given = feedback.given_since(cursor, account.id, now - HOUR)
    if len(given) >= MAX_AN_HOUR:
        minutes = max(1, round((given[-MAX_AN_HOUR] + HOUR - now) / timedelta(minutes=1)))
        raise Refused(f"Vous avez fait {len(given)} retours en une heure : attendez {minutes} min avant le suivant.")


def _write(transaction: Transaction, account: Account, report: Feedback, own: Feedback | None, now: datetime) -> Feedback:
    """Write a report and its journal line, which says whether there is a word, never the word; return it with its position."""
    report = replace(report, position=transaction.next_position())
    feedback.append(transaction, report)
    before = _journal_values(own) if own else None
    after = _journal_values(report)
    journal.record(transaction, Act.FEEDBACK, account, f"unit:{report.unit}", now, before=before, after=after)
    return report


def _journal_values(report: Feedback) -> Mapping[str, object]:
    other = {} if report.other is None else {"other_number": report.other}
    return {"feedback": str(report.kind), "about": report.about.isoformat(), "word": bool(report.word), **other}


def _publish(number: _Number, report: Feedback) -> None:
    events.publish(events.CommitEvent(report.position, number.unit, number.structure, number.department, CHANGE))
