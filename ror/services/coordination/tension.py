"""Declare the tension of a structure: 0, 1 or 2, for a manager who holds all of its open units."""

from collections.abc import Iterable
from datetime import datetime

from ror.errors import Forbidden, NotFound, Outdated
from ror.model import tension as rules
from ror.model.journal import Act
from ror.model.rights import Account, Action, entitled
from ror.services import events, journal
from ror.services.rights import current_account
from ror.store import registry, tensions
from ror.store.board.board import UnitRow
from ror.store.engine.database import Cursor, Database


def may_declare(account: Account, finess: str, legal_entity: str, units: Iterable[str]) -> bool:
    """Return whether an account may declare the tension of a structure; `units` are the ids of all its open units.

    The account must hold each of them by its own perimeter: a manager of some units does not declare for the whole structure.
    """
    ids, perimeter = list(units), account.perimeter
    return entitled(account, Action.DECLARE) and bool(ids) and all(perimeter.owns(unit, finess, legal_entity) for unit in ids)


def may_declare_for(account: Account, rows: Iterable[UnitRow]) -> bool:
    """Return whether an account may declare the tension of a structure; `rows` are all its units on the board."""
    units = [row for row in rows if not row["registry_closed"]]
    return bool(units) and may_declare(account, units[0]["finess"], units[0]["legal_entity"], [row["unit"] for row in units])


def declare(
    db: Database, account: Account, finess: str, level: int, until: datetime | None, seen_position: int, now: datetime
) -> int:
    """Declare the tension of a structure from now on, until an instant if given; return the position of the declaration.

    The same level and end again are a new declaration, whose age begins at zero, unless they were declared after
    `seen_position`: they were then sent twice. Raises `Forbidden`, journalled, `NotFound`, `Refused`, or `Outdated` when
    another level or end was declared since.
    """
    subject = f"structure:{finess}"
    with journal.authorized_transaction(db, account, Action.DECLARE, Act.TENSION, subject, now) as transaction:
        cursor = transaction.cursor
        department = _check_right(cursor, account, finess)
        rules.check(level, until, now)
        last = tensions.of_structure(cursor, finess)
        if last is not None and last.position > seen_position:
            if (last.level, last.until) == (level, until):
                return last.position
            raise Outdated(f"Entre-temps, la tension {last.level} a été déclarée : vérifiez votre choix, puis enregistrez.")
        position = tensions.add(transaction, finess, level, until, now)
        before = {"level": last.level} if last else None
        after = {"level": level} | ({"until": until.isoformat()} if until else {})
        journal.record(transaction, Act.TENSION, account, subject, now, before=before, after=after)
    events.publish(events.CommitEvent(position, structure=finess, department=department))
    return position


def _check_right(cursor: Cursor, account: Account, finess: str) -> str:
    """Return the département of a structure. Raises `Forbidden` unless the account, as stored now, may declare its tension."""
    structure = registry.structure(cursor, finess)
    if structure is None:
        raise NotFound("Cette structure n'existe pas ou plus : rechargez la page.")
    units = [] if structure.closed else [unit.id for unit in registry.units_of(cursor, finess) if not unit.closed]
    if not may_declare(current_account(cursor, account), finess, structure.legal_entity, units):
        raise Forbidden("La tension d'une structure est déclarée par un responsable de toutes ses unités : demandez-le lui.")
    return structure.department
