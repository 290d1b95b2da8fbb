"""Bringing a real region in: structures from the FINESS file, units from a spreadsheet."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ror.errors import Refused
from ror.exchange.finess import read_finess
from ror.exchange.report import Reject
from ror.exchange.units import read_units
from ror.services import events
from ror.store import registry
from ror.store.database import Database, Writer
from ror.store.registry import Merged

DEMONSTRATION = "demonstration"
"""What the registry's journal calls the seeding of the fictitious region."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What an import did: lines read, entries created, changed and unchanged, lines refused with their reasons."""

    read: int
    merged: Merged
    rejects: list[Reject]


def import_finess(db: Database, path: Path, now: datetime, progress: Callable[[int, int], None] | None = None) -> Summary:
    """Create and change structures and their legal entities from a FINESS edition; importing it twice changes nothing.

    Raises `BadFile` when the file is not one, `Refused` on the database of the demonstration.
    """
    with db.reader() as cursor:
        _not_the_demonstration(registry.changes(cursor))
    edition = read_finess(path, progress)
    with db.writer() as writer:
        entities = registry.merge(writer, edition.legal_entities)
        merged = registry.merge(writer, edition.structures)
        _record(writer, f"FINESS {edition.number} {edition.date or ''}".strip(), (entities, merged), now)
    events.publish(events.Change(db.position))
    return Summary(edition.read, merged, edition.rejects)


def import_units(db: Database, path: Path, now: datetime) -> Summary:
    """Create and change units of structures that are known; the line of an unknown structure is refused.

    Raises `BadFile`, or `Refused` on the database of the demonstration.
    """
    file = read_units(path)
    with db.writer() as writer:
        _not_the_demonstration(registry.changes(writer.cursor))
        known = registry.structure_numbers(writer.cursor)
        rejects = file.rejects + [
            Reject(line, f"La structure {unit.structure} est inconnue : importez d'abord le fichier FINESS.", unit.name)
            for line, unit in file.units
            if unit.structure not in known
        ]
        merged = registry.merge(writer, [unit for _, unit in file.units if unit.structure in known])
        _record(writer, f"units {path.name}", (merged,), now)
    events.publish(events.Change(db.position))
    return Summary(file.read, merged, sorted(rejects, key=lambda reject: reject.line))


def _record(writer: Writer, what: str, merged: tuple[Merged, ...], now: datetime) -> None:
    """A registry that did not change keeps its version: nothing is drawn again."""
    if any(one.created or one.changed for one in merged):
        registry.record_change(writer, what, now)


def _not_the_demonstration(changes: list[str]) -> None:
    """Real establishments never stand beside invented numbers."""
    if DEMONSTRATION in changes:
        raise Refused(
            "Cette base contient la démonstration : importez dans une base neuve (réglages ROR_DATABASE=autre-fichier "
            "et ROR_DEMO=0), pour qu'aucun établissement réel ne côtoie des nombres inventés."
        )
