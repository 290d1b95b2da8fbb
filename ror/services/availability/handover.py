"""Hand a unit over to a colleague for a shift: until its end the colleague declares for it as for its own units."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ror.errors import Forbidden, NotFound, Refused
from ror.model.handover import Handover, Shift, until_words
from ror.model.journal import Act
from ror.model.rights import Account, Action, may
from ror.model.territory import time_zone
from ror.services import events, journal
from ror.services.rights import current_account
from ror.store import accounts, handovers, registry
from ror.store.engine.database import Cursor, Database, Transaction


@dataclass(frozen=True, slots=True)
class Handovers:
    """The handovers of some units that last now, by unit, and the colleagues to hand over to: names by id, by legal entity."""

    current: dict[str, Handover]
    colleagues: dict[str, dict[str, str]]


def read(db: Database, account: Account, units: Iterable[str], legal_entities: Iterable[str], now: datetime) -> Handovers:
    """Return the handovers of units, and the colleagues of the account in legal entities, which are those of its own units.

    Raises `Forbidden`, journalled, for an account that may not hand over.
    """
    journal.require(db, account, Action.HAND_OVER, Act.HANDOVER, "handovers", now)
    with db.reader() as cursor:
        by_entity = handovers.colleagues(cursor, sorted(set(legal_entities)))
        current = handovers.current(cursor, sorted(set(units)), now)
    for people in by_entity.values():
        people.pop(account.id, None)
    return Handovers(current, by_entity)


def give(db: Database, account: Account, unit: str, receiver: str, shift: Shift, now: datetime) -> Handover:
    """Hand a unit of the account's own perimeter over to a manager of the same legal entity, and return the handover.

    The account keeps its right. Sent twice, it is written once. Raises `Forbidden`, journalled, `NotFound`, or `Refused` for a
    receiver who is no such manager or who declares for the unit already, and for a unit that is handed over already.
    """
    subject = f"unit:{unit}"
    with journal.authorized_transaction(db, account, Action.HAND_OVER, Act.HANDOVER, subject, now) as transaction:
        cursor = transaction.cursor
        where, department = _own_unit(cursor, account, unit)
        zone = time_zone(department)
        lasting = handovers.current(cursor, [unit], now).get(unit)
        if lasting and (lasting.giver, lasting.receiver) == (account.id, receiver):
            return lasting
        if lasting:
            words = f"{lasting.receiver_name} {until_words(lasting.until, now, zone)}"
            raise Refused(f"Cette unité est déjà confiée à {words} : attendez la fin, ou reprenez-la d'abord.")
        _check_receiver(cursor, account, receiver, where)
        until = shift.end(now, zone)
        handovers.add(transaction, unit, account.id, receiver, now, until)
        after = {"action": "give", "receiver": receiver, "until": until.isoformat()}
        journal.record(transaction, Act.HANDOVER, account, subject, now, after=after)
        given = handovers.current(cursor, [unit], now)[unit]
    _publish(transaction, given)
    return given


def _own_unit(cursor: Cursor, account: Account, unit_id: str) -> tuple[tuple[str, str, str], str]:
    """Return a unit (id, structure, legal entity) that the account holds by its own perimeter now, and its département."""
    registered = registry.unit(cursor, unit_id)
    if registered is None:
        raise NotFound("Cette unité n'existe pas ou plus : rechargez la page.")
    _, structure, legal_entity, department = registered
    where = (unit_id, structure, legal_entity)
    if not may(current_account(cursor, account), Action.HAND_OVER, where):
        raise Forbidden("Vous ne pouvez confier que les unités de votre propre périmètre, pas celles qui vous sont confiées.")
    return where, department


def _check_receiver(cursor: Cursor, account: Account, receiver: str, where: tuple[str, str, str]) -> None:
    legal_entity = where[2]
    people = handovers.colleagues(cursor, [legal_entity]).get(legal_entity, {})
    if receiver not in people or receiver == account.id:
        raise Refused("Une unité se confie à un responsable de la même entité juridique : choisissez un nom de la liste.")
    stored = accounts.by_id(cursor, receiver)
    if stored is not None and stored.perimeter.owns(*where):
        raise Refused(f"{stored.name} déclare déjà pour cette unité : choisissez un autre nom.")


def end(db: Database, account: Account, unit: str, now: datetime) -> Handover | None:
    """End the handover of a unit before its time, for its giver or its receiver; return it, None when it was over already.

    Raises `Forbidden`, journalled, for anybody else.
    """
    subject = f"unit:{unit}"
    with journal.authorized_transaction(db, account, Action.HAND_OVER, Act.HANDOVER, subject, now) as transaction:
        lasting = handovers.current(transaction.cursor, [unit], now).get(unit)
        if lasting is None:
            return None
        if account.id not in (lasting.giver, lasting.receiver):
            raise Forbidden("Seuls ceux qui ont confié ou reçu cette unité peuvent y mettre fin.")
        handovers.end(transaction, [unit], now)
        after = {"action": "end", "giver": lasting.giver, "receiver": lasting.receiver}
        journal.record(transaction, Act.HANDOVER, account, subject, now, after=after)
    _publish(transaction, lasting)
    return lasting


def _publish(transaction: Transaction, handover: Handover) -> None:
    """Notify the open pages of both accounts: their units changed, and no number did."""
    for account in (handover.giver, handover.receiver):
        events.publish(events.CommitEvent(transaction.position, account=account))
