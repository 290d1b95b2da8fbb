"""Correct a past number that was wrong: the log stays as it was, and the history shows both numbers."""

from datetime import datetime

from ror.errors import NotFound, Outdated, Refused
from ror.model.capacity import Counts, check_capacity, checked_counts, checked_number
from ror.model.declaration import Channel
from ror.model.journal import Act
from ror.model.rights import Account, Action
from ror.services import events, journal
from ror.services.availability.consult import HISTORY
from ror.services.availability.declarable_unit import DeclarableUnit, authorize_unit
from ror.services.region_time import local_words
from ror.store import accounts, call_round, declarations
from ror.store.call_round import CallCorrection
from ror.store.engine.database import Database


def correct(
    db: Database, account: Account, unit_id: str, position: int, typed: object, now: datetime, *, seen: int = 0
) -> CallCorrection:
    """Write the right number of the event of a unit at a position, and return it; present number and age stay.

    `seen` is the number of the correction of that event that the form showed, 0 for none: raises `Outdated` for a later one.
    Raises `Forbidden`, journalled, `NotFound` for an event that is not in the history of the last 90 days, or `Refused` for the
    present number and for a wrong `typed`.
    """
    subject, action = f"unit:{unit_id}", Action.DECLARE_FOR_OTHERS
    with journal.authorized_transaction(db, account, action, Act.CORRECTION, subject, now) as transaction:
        unit = authorize_unit(transaction, account, unit_id, channel=Channel.TELEPHONE, action=action)
        counts = checked_counts(Counts(checked_number(typed, "disponible")))
        check_capacity(counts, unit.kind.capacity_type, unit.entry.installed)
        wrong = _past_number(unit, position, now)
        earlier = call_round.corrections(transaction.cursor, unit_id).get(position)
        if earlier is not None and earlier.number > seen:
            name = accounts.names(transaction.cursor, [earlier.account]).get(earlier.account, "quelqu'un d'autre")
            number = unit.kind.capacity_type.of(earlier.available)
            at = local_words(earlier.recorded_at, unit.department)
            raise Outdated(f"Entre-temps, {name} a corrigé ce nombre : {number}, le {at}.")
        present = earlier.available if earlier else wrong
        if counts.available == present:
            raise Refused(f"Ce nombre est déjà {unit.kind.capacity_type.of(present)} : saisissez celui qui était juste.")
        assert counts.available is not None
        correction = CallCorrection(
            call_round.next_number(transaction), unit_id, position, counts.available, account.id, str(Channel.TELEPHONE), now
        )
        call_round.correct(transaction, correction)
        after = {"available": correction.available, "acts_on": position}
        journal.record(transaction, Act.CORRECTION, account, subject, now, before={"available": present}, after=after)
    events.publish(events.CommitEvent(transaction.position, calls=correction.number))
    return correction


def _past_number(unit: DeclarableUnit, position: int, now: datetime) -> int:
    """Return the number of a past event of the unit. Raises `NotFound`, or `Refused` for the one that is present."""
    cursor, (unit_id, temporality) = unit.transaction.cursor, unit.key
    past = declarations.history(cursor, unit_id, now - HISTORY, temporality).to_pylist()
    event = next((row for row in past if row["position"] == position), None)
    if event is None:
        raise NotFound("Ce nombre n'est plus dans l'historique des 90 derniers jours : rechargez la page.")
    # After an undo the present number is the one before it, at its earlier position.
    if past[-1]["position"] == position:
        raise Refused("C'est le nombre actuel de l'unité : écrivez plutôt le nouveau nombre, appris par téléphone.")
    return int(event["available"])
