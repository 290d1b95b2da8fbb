"""Create, edit, close and reopen structures and units, for an administrator."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

import pyarrow as pa

from ror.errors import NotFound, Outdated, Refused
from ror.model.journal import Act
from ror.model.nomenclature import UnitType
from ror.model.registry import LegalEntity, Structure, Unit
from ror.model.rights import Account, Action
from ror.services import journal
from ror.services.registry.rules import (
    TypedStructure,
    TypedUnit,
    checked_finess,
    checked_name,
    checked_structure,
    checked_unit,
)
from ror.services.registry.transaction import registry_transaction
from ror.store import kinds, outlines, registry, registry_changes, structure_search, unit_types
from ror.store.board import board as boards
from ror.store.engine.database import Cursor, Database, Transaction

MAX_STRUCTURES = 50

_Entry = TypeVar("_Entry", Structure, Unit)


@dataclass(frozen=True, slots=True)
class RegistrySheet:
    """A structure, its legal entity, and its units, open ones first; the types of units as the region has them."""

    structure: Structure
    legal_entity: LegalEntity | None
    units: list[Unit]
    types: Mapping[str, UnitType]


@dataclass(frozen=True, slots=True)
class _EntityChange:
    """The change of a structure's legal entity; `journal_values` go into the structure's journal line."""

    renamed: bool = False
    journal_values: dict[str, str] = field(default_factory=dict)


def search(db: Database, account: Account | None, text: str, now: datetime) -> tuple[pa.Table, int]:
    """Return the structures that match every term of a text (`model.search`), `MAX_STRUCTURES` at most, and their number.

    Columns: `store.structure_search.search`. Raises `Forbidden`, journalled.
    """
    with _reading(db, account, now) as cursor:
        texts = boards.current(db).directory.structure_texts
        return structure_search.search(cursor, text, MAX_STRUCTURES, texts)


def uncounted(db: Database, account: Account | None, now: datetime) -> pa.Table:
    """Return the open units for which it is not known what they count (`store.kinds.uncounted`). Raises `Forbidden`."""
    with _reading(db, account, now) as cursor:
        return kinds.uncounted(cursor)


def sheet(db: Database, account: Account | None, finess: str, now: datetime) -> RegistrySheet:
    """Return a structure with its legal entity and its units. Raises `Forbidden`, journalled, or `NotFound`."""
    with _reading(db, account, now) as cursor:
        structure = registry.structure(cursor, finess)
        if structure is None:
            raise NotFound("Cette structure n'existe pas : cherchez-la par son nom ou sa commune.")
        entity = registry.legal_entity(cursor, structure.legal_entity)
        return RegistrySheet(structure, entity, registry.units_of(cursor, finess), unit_types.types(cursor))


def create_structure(db: Database, account: Account | None, typed: TypedStructure, now: datetime) -> Structure:
    """Create a structure and return it, and its legal entity when its number is new; another name renames an existing one.

    Raises `Forbidden` or `Refused`.
    """
    structure = checked_structure(typed, outlines=outlines.newest(db))
    with registry_transaction(db, account, f"structure:{structure.finess}", now) as transaction:
        if registry.structure(transaction.cursor, structure.finess):
            raise Refused(f"La structure {structure.finess} existe déjà : cherchez-la pour la modifier.")
        change = _write_legal_entity(transaction, account, structure, typed.legal_entity_name, now)
        _write(transaction, account, None, structure, now, **change.journal_values)
    return structure


def edit_structure(
    db: Database, account: Account | None, original: Structure, typed: TypedStructure, now: datetime
) -> Structure:
    """Change a structure in a form rendered from `original`; its number never changes. A new name renames its legal entity.

    Raises `Forbidden`, `Refused`, or `Outdated` when somebody changed it meanwhile.
    """
    structure = checked_structure(typed, original, outlines.newest(db))
    with registry_transaction(db, account, f"structure:{structure.finess}", now) as transaction:
        stored = _check_not_outdated(original, registry.structure(transaction.cursor, original.finess))
        structure = replace(structure, closed=stored.closed)
        change = _write_legal_entity(transaction, account, structure, typed.legal_entity_name, now)
        if not (change.renamed and structure == stored):
            _write(transaction, account, stored, structure, now, **change.journal_values)
    return structure


def close_structure(db: Database, account: Account | None, finess: str, now: datetime) -> Structure:
    """Close a structure and return it: its units offer nothing. Raises `Forbidden`, `NotFound` or `Refused`."""
    return _set_structure(db, account, finess, True, now)


def reopen_structure(db: Database, account: Account | None, finess: str, now: datetime) -> Structure:
    """Reopen a structure and return it; units closed one by one stay so. Raises `Forbidden`, `NotFound` or `Refused`."""
    return _set_structure(db, account, finess, False, now)


def create_unit(db: Database, account: Account | None, finess: str, typed: TypedUnit, now: datetime) -> Unit:
    """Create a unit of a structure and return it. Raises `Forbidden`, `NotFound` or `Refused`."""
    unit = checked_unit(typed, checked_finess(finess, "de la structure"))
    with registry_transaction(db, account, f"unit:{unit.id}", now) as transaction:
        if registry.structure(transaction.cursor, finess) is None:
            raise NotFound("Cette structure n'existe pas : créez-la d'abord.")
        if existing := registry.unit_entry(transaction.cursor, unit.id):
            raise Refused(
                f"L'identifiant {unit.id} est déjà celui de l'unité « {existing.name} » de cette structure"
                f"{', fermée : rouvrez-la' if existing.closed else ' : modifiez-la'}, ou choisissez un autre nom."
            )
        _write(transaction, account, None, unit, now)
    return unit


def edit_unit(db: Database, account: Account | None, original: Unit, typed: TypedUnit, now: datetime) -> Unit:
    """Change a unit in a form rendered from `original`, and return it; its id and its structure never change.

    Raises `Forbidden`, `Refused`, or `Outdated` when somebody changed it meanwhile.
    """
    unit = checked_unit(typed, original.structure, original)
    with registry_transaction(db, account, f"unit:{unit.id}", now) as transaction:
        stored = _check_not_outdated(original, registry.unit_entry(transaction.cursor, original.id))
        unit = replace(unit, closed=stored.closed)
        _write(transaction, account, stored, unit, now)
    return unit


def close_unit(db: Database, account: Account | None, unit_id: str, now: datetime) -> Unit:
    """Close a unit and return it: it offers nothing and is never overdue. Raises `Forbidden`, `NotFound` or `Refused`."""
    return _set_unit(db, account, unit_id, True, now)


def reopen_unit(db: Database, account: Account | None, unit_id: str, now: datetime) -> Unit:
    """Reopen a unit, with the last number that it declared, and return it. Raises `Forbidden`, `NotFound` or `Refused`."""
    return _set_unit(db, account, unit_id, False, now)


def _set_structure(db: Database, account: Account | None, finess: str, closed: bool, now: datetime) -> Structure:
    with registry_transaction(db, account, f"structure:{finess}", now) as transaction:
        return _set_closed(transaction, account, registry.structure(transaction.cursor, finess), closed, now)


def _set_unit(db: Database, account: Account | None, unit_id: str, closed: bool, now: datetime) -> Unit:
    with registry_transaction(db, account, f"unit:{unit_id}", now) as transaction:
        return _set_closed(transaction, account, registry.unit_entry(transaction.cursor, unit_id), closed, now)


def _set_closed(transaction: Transaction, account: Account | None, entry: _Entry | None, closed: bool, now: datetime) -> _Entry:
    if entry is None:
        raise NotFound("Cette structure ou cette unité n'existe pas : rechargez la page.")
    if entry.closed == closed:
        raise Refused(f"« {entry.name} » est déjà {'fermée' if closed else 'ouverte'}.")
    changed: _Entry = replace(entry, closed=closed)
    _write(transaction, account, entry, changed, now)
    return changed


@contextmanager
def _reading(db: Database, account: Account | None, now: datetime) -> Iterator[Cursor]:
    journal.require(db, account, Action.MANAGE_REGISTRY, Act.REGISTRY, "registry", now)
    with db.reader() as cursor:
        yield cursor


def _check_not_outdated(original: _Entry, stored: _Entry | None) -> _Entry:
    """Return the stored entry if it is as the form was rendered, closed or not; raise `Outdated` otherwise."""
    if stored is None or replace(stored, closed=original.closed) != original:
        raise Outdated(
            f"Entre-temps, « {original.name} » a été modifiée par quelqu'un d'autre. Votre saisie est gardée : comparez-la "
            "à ce qui est affiché, puis enregistrez de nouveau si elle est plus juste."
        )
    return stored


def _write_legal_entity(
    transaction: Transaction, account: Account | None, structure: Structure, typed: str, now: datetime
) -> _EntityChange:
    """Create the legal entity of a structure when its number is new; rename an existing one when another name is typed."""
    number = structure.legal_entity
    if not number:
        if typed.strip():
            raise Refused("Saisissez aussi le numéro FINESS de l'entité juridique, ou laissez son nom vide.")
        return _EntityChange()
    stored = registry.legal_entity(transaction.cursor, number)
    if stored is None:
        name = checked_name(typed, f"L'entité juridique {number} n'est pas encore connue : son nom")
        registry.merge(transaction, [LegalEntity(number, name)])
        return _EntityChange(journal_values={"legal_entity_name": name})
    name = checked_name(typed, "Le nom de l'entité juridique") if typed.strip() else stored.name
    if name == stored.name:
        return _EntityChange()
    subject = f"legal_entity:{number}"
    registry.merge(transaction, [replace(stored, name=name)])
    registry_changes.record_change(transaction, f"edit {subject}", now)
    journal.record(transaction, Act.REGISTRY, account, subject, now, before={"name": stored.name}, after={"name": name})
    return _EntityChange(renamed=True)


def _write(
    transaction: Transaction, account: Account | None, before: _Entry | None, after: _Entry, now: datetime, **more: str
) -> None:
    """Write an entry, a new version of the registry, and the journal line with the fields that changed.

    `more` is added to the line. Raises `Refused` when nothing changed.
    """
    old: dict[str, Any] = asdict(before) if before else {}
    changed = {name: value for name, value in asdict(after).items() if not old or old[name] != value}
    if not changed:
        raise Refused("Rien n'a été modifié : il n'y a rien à enregistrer.")
    subject = f"structure:{after.finess}" if isinstance(after, Structure) else f"unit:{after.id}"
    registry.merge(transaction, [after])
    registry_changes.record_change(transaction, f"edit {subject}", now)
    previous = {name: old[name] for name in changed if name in old}
    journal.record(transaction, Act.REGISTRY, account, subject, now, before=previous, after={**changed, **more})
