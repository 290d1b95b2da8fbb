"""Call a unit: take the call, record its outcome, give it up, give the unit to a coordinator; mask a note.

Two coordinators do not call the same unit: each operation names the last event of the unit that its screen showed, and is
refused with a description of what happened since. Sent twice, it is written once. All processes share one turn to write.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa

from ror.errors import NotFound, Outdated, Refused
from ror.model import call_round as rules
from ror.model.call_round import CLAIM, REACHED, Call, CallKind
from ror.model.capacity import Counts, checked_number
from ror.model.declaration import Channel, Declaration
from ror.model.journal import Act
from ror.model.local_time import format_time
from ror.model.rights import Account, Action
from ror.services import events, journal
from ror.services.availability import declare
from ror.services.availability.declarable_unit import DeclarableUnit, authorize_unit, unit_to_read
from ror.services.region_time import region_zone
from ror.store import accounts, call_round, text_search
from ror.store.engine.database import Cursor, Database, Transaction

MAX_NOTES = 25


@dataclass(frozen=True, slots=True)
class CallResult:
    """The outcome of a call as it was typed.

    `seen` is the number of the last event of the round that the screen showed for the unit, `position` that of its last
    declaration. `write`: the number learnt is declared for the unit, which needs `Action.DECLARE_FOR_OTHERS`. `confirmed`: an
    unusual number was confirmed.
    """

    unit: str
    kind: CallKind
    seen: int
    position: int
    number: object = None
    call_back: str = ""
    note: str = ""
    write: bool = False
    confirmed: bool = False


def take(db: Database, account: Account, unit_id: str, seen: int, position: int, now: datetime) -> Call:
    """Take a call and return it: for the time `CLAIM` nobody else can take a call to the unit.

    Raises `Forbidden`, journalled, `NotFound`, or `Outdated` when somebody calls it, called it or declared meanwhile.
    """
    subject = f"unit:{unit_id}"
    with journal.authorized_transaction(db, account, Action.COORDINATE, Act.CALL, subject, now) as transaction:
        unit = unit_to_read(transaction, account, unit_id)
        calls = _calls(transaction.cursor, unit_id, now)
        claim = rules.call_state(calls, now).claim
        if claim is not None and claim.account == account.id:
            return claim
        if claim is not None:
            raise Outdated(_claim_words(transaction.cursor, claim))
        _check_seen(unit, calls, seen, now)
        if newer := unit.describe_newer(position):
            raise Outdated(f"{newer} N'appelez que si c'est encore utile.")
        call = _write(transaction, account, Call(0, unit_id, CallKind.TAKEN, account.id, now))
    _publish(transaction, call)
    return call


def _calls(cursor: Cursor, unit_id: str, now: datetime) -> list[Call]:
    return call_round.of_unit(cursor, unit_id, rules.round_start(now, region_zone()), now)


def _claim_words(cursor: Cursor, claim: Call) -> str:
    """Return the sentence on a claim: who calls the unit, since when, and when the claim ends."""
    name = accounts.names(cursor, [claim.account]).get(claim.account, "Quelqu'un d'autre")
    since, end = (format_time(at, region_zone()) for at in (claim.at, claim.at + CLAIM))
    return f"{name} appelle cette unité depuis {since} : appelez-en une autre. Elle se libère au plus tard à {end}."


def _check_seen(unit: DeclarableUnit, calls: Sequence[Call], seen: int, now: datetime) -> None:
    """Raise `Outdated` with what happened in the round of the unit since an event, if that still matters."""
    claim = rules.call_state(calls, now).claim
    newer = [call for call in calls if call.number > seen and (call.kind is not CallKind.TAKEN or call == claim)]
    newer = [call for call in newer if call.kind is not CallKind.RELEASED]
    if newer:
        raise Outdated(_newer_words(unit, newer[-1]))


def _newer_words(unit: DeclarableUnit, call: Call) -> str:
    """Return the sentence on an event of the round that the screen had not shown."""
    cursor = unit.transaction.cursor
    if call.kind is CallKind.TAKEN:
        return _claim_words(cursor, call)
    names = accounts.names(cursor, [call.account, call.assignee])
    author = names.get(call.account, "quelqu'un d'autre")
    if call.kind is CallKind.ASSIGNED:
        given = f"a confié cette unité à {names[call.assignee]}" if call.assignee in names else "a rendu cette unité à tous"
        return f"Entre-temps, {author} {given}. Recommencez si c'est encore utile."
    words = rules.outcome_words(call, unit.kind.capacity_type, region_zone())
    return f"Entre-temps, {author} a noté : « {words} ». Recommencez si c'est encore utile."


def release(db: Database, account: Account, unit_id: str, now: datetime) -> None:
    """Give up a call that the account has taken, if it still has. Raises `Forbidden`, journalled, and `NotFound`."""
    subject = f"unit:{unit_id}"
    with journal.authorized_transaction(db, account, Action.COORDINATE, Act.CALL, subject, now) as transaction:
        unit_to_read(transaction, account, unit_id)
        claim = rules.call_state(_calls(transaction.cursor, unit_id, now), now).claim
        if claim is None or claim.account != account.id:
            return
        call = _write(transaction, account, Call(0, unit_id, CallKind.RELEASED, account.id, now))
    _publish(transaction, call)


def record(db: Database, account: Account, result: CallResult, now: datetime) -> Call:
    """Write the outcome of a call and return it; with `write`, also declare the number learnt, by the checks of a declaration.

    Raises `Forbidden`, journalled, `NotFound`, `Refused`, `ConfirmationNeeded` for an unusual number, or `Outdated` when
    somebody declared the unit or called it meanwhile.
    """
    action = Action.DECLARE_FOR_OTHERS if result.write else Action.COORDINATE
    with journal.authorized_transaction(db, account, action, Act.CALL, f"unit:{result.unit}", now) as transaction:
        unit = unit_to_read(transaction, account, result.unit)
        if result.write:
            unit = authorize_unit(
                transaction, account, result.unit, channel=Channel.TELEPHONE, action=Action.DECLARE_FOR_OTHERS
            )
        calls = _calls(transaction.cursor, result.unit, now)
        if (last := calls[-1] if calls else None) and last.number > result.seen and _same(last, result, account, now):
            return last
        _check_seen(unit, calls, result.seen, now)
        unit.check_not_outdated(result.position)
        call = _outcome(unit, account, result, now)
        event = _declare(unit, call, result, now) if result.write and call.kind in REACHED else None
        call = _write(transaction, account, replace(call, position=event.position if event else None))
    if event is not None:
        unit.publish(event)
    _publish(transaction, call)
    return call


def _same(last: Call, result: CallResult, account: Account, now: datetime) -> bool:
    """Return whether the last event is the one that a result would write, since it was sent twice. Raises `Refused`."""
    if last.account != account.id or last.note != rules.checked_note(result.note):
        return False
    if result.kind is CallKind.CALL_BACK:
        return last.kind is result.kind and last.call_back_at == rules.checked_call_back(result.call_back, now, region_zone())
    if result.kind not in REACHED:
        return last.kind is result.kind
    if last.kind not in REACHED or result.write is (last.position is None):
        return False
    if result.kind is CallKind.CONFIRMED:
        return last.kind is CallKind.CONFIRMED
    return last.available == checked_number(result.number, "disponible")


def _outcome(unit: DeclarableUnit, account: Account, result: CallResult, now: datetime) -> Call:
    """Return the event of a result, checked; `_write` gives it its number. Raises `Refused`."""
    last = unit.last_number
    before = last.counts.available if last else None
    note = rules.checked_note(result.note)
    call = Call(0, result.unit, result.kind, account.id, now, before=before, note=note)
    if result.kind is CallKind.CALL_BACK:
        return replace(call, call_back_at=rules.checked_call_back(result.call_back, now, region_zone()))
    if result.kind is CallKind.UNREACHABLE:
        return call
    if result.kind is CallKind.CONFIRMED:
        if before is None:
            raise Refused("Aucun nombre n'a encore été déclaré pour cette unité : saisissez celui qui vous est donné.")
        return replace(call, available=before)
    if result.kind is not CallKind.NUMBER:
        raise Refused("Choisissez ce que l'appel a donné.")
    number = checked_number(result.number, "disponible")
    if number is None:
        raise Refused("Indiquez le nombre donné au téléphone ; 0 si l'unité ne peut accueillir personne.")
    same = number == before and last is not None and not unit.remaining_closure(last, now)
    return replace(call, kind=CallKind.CONFIRMED if same else CallKind.NUMBER, available=number)


def _declare(unit: DeclarableUnit, call: Call, result: CallResult, now: datetime) -> Declaration:
    """Write the number learnt as a declaration of the unit, whose comment stays."""
    if call.kind is CallKind.CONFIRMED:
        return declare.confirm_in(unit, result.position, now)
    comment = unit.last_number.comment if unit.last_number else ""
    # The comment is the stored one, so it cannot bring back a text that was masked meanwhile.
    seen = unit.transaction.position
    draft = declare.DeclarationDraft(result.unit, Counts(call.available), comment, result.position, masks_seen=seen)
    return declare.declare_in(unit, draft, now, confirmed=result.confirmed)


def assign(db: Database, account: Account, unit_id: str, assignee: str, seen: int, now: datetime) -> Call:
    """Give a unit to a coordinator to call ("" for nobody in particular), and return the event.

    Raises `Forbidden`, journalled, `NotFound`, `Refused` for somebody who does not coordinate, or `Outdated`.
    """
    subject = f"unit:{unit_id}"
    with journal.authorized_transaction(db, account, Action.COORDINATE, Act.CALL, subject, now) as transaction:
        unit = unit_to_read(transaction, account, unit_id)
        calls = _calls(transaction.cursor, unit_id, now)
        last, sent = calls[-1] if calls else None, (CallKind.ASSIGNED, account.id, assignee)
        if last and (last.kind, last.account, last.assignee) == sent:
            return last
        _check_seen(unit, calls, seen, now)
        if assignee and assignee not in call_round.coordinators(transaction.cursor):
            raise Refused("Une unité se confie à un coordonnateur : choisissez un nom de la liste.")
        call = _write(transaction, account, Call(0, unit_id, CallKind.ASSIGNED, account.id, now, assignee=assignee))
    _publish(transaction, call)
    return call


def _write(transaction: Transaction, account: Account, call: Call) -> Call:
    """Write an event with the next number, and its journal line, which never has the note."""
    written = replace(call, number=call_round.next_number(transaction))
    call_round.add(transaction, written)
    values = {
        "available": written.available,
        "position": written.position,
        "call_back_at": written.call_back_at.isoformat() if written.call_back_at else None,
        "assignee": written.assignee or None,
        "note": bool(written.note) or None,
    }
    after = {"action": str(written.kind), "call": written.number}
    after |= {name: value for name, value in values.items() if value is not None}
    journal.record(transaction, Act.CALL, account, f"unit:{written.unit}", written.at, after=after)
    return written


def _publish(transaction: Transaction, call: Call) -> None:
    """Notify the open pages that show the call round, once the event is committed."""
    events.publish(events.CommitEvent(transaction.position, calls=call.number))


def search_notes(db: Database, account: Account | None, text: str, now: datetime) -> tuple[pa.Table, int]:
    """Return the newest notes of calls that hold every word of a text, `MAX_NOTES` at most, and how many there are in all.

    Columns: `store.call_round.search_notes`. Raises `Forbidden`, journalled.
    """
    journal.require(db, account, Action.MASK, Act.MASK, "comments", now)
    with db.reader() as cursor:
        return call_round.search_notes(cursor, text_search.terms(text), MAX_NOTES)


def mask_note(db: Database, account: Account | None, number: int, now: datetime) -> None:
    """Erase the note of a call for ever. Raises `Forbidden`, journalled, or `NotFound` when there is none to mask."""
    with journal.authorized_transaction(db, account, Action.MASK, Act.MASK, f"call:{number}", now) as transaction:
        unit = call_round.erase_note(transaction, number)
        if unit is None:
            raise NotFound("Cette note n'existe plus, ou est déjà masquée : rechargez la page.")
        journal.record(transaction, Act.MASK, account, f"call:{number}", now, after={"action": "mask_note", "unit": unit})
        version = call_round.next_number(transaction)
    db.checkpoint()
    events.publish(events.CommitEvent(transaction.position, calls=version))
