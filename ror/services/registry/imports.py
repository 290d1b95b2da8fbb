"""Bringing a real region in: structures from the FINESS file, units from a spreadsheet; first as a plan, then written."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from ror.errors import Outdated
from ror.exchange.finess import Edition, read_finess
from ror.exchange.report import Reject, refused_count, settled
from ror.exchange.units import read_units
from ror.model import nomenclature
from ror.model.freshness import PARIS
from ror.model.journal import Act
from ror.model.progress import OnProgress
from ror.model.registry import LegalEntity, Structure, Unit, default_entity_name
from ror.model.rights import Account, Action
from ror.services import events, journal
from ror.services.file_turn import OnWait, file_turn, ignore_wait
from ror.services.import_check import check_import
from ror.store import registry
from ror.store.engine.database import Cursor, Database
from ror.store.registry import Compared, Entry, Merged

_KEPT_IF_EMPTY = ("telephone", "installed", "legal_entity", "category_code", "category")
"""Fields that an empty value in a file leaves as they are."""

_KEPT_OF_LEGAL_ENTITIES = ("address", "postal_code", "commune")
"""The same for legal entities: most files have no address of them."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A file once read, and what importing it would do to the registry as it stood at `position`.

    `what` names the file for the registry; `digest` is the SHA-256 of the file; `read` counts its lines. The last one of
    `changes` is what the lines are about, the legal entities that go with structures come before. `passed_over` counts
    what the file holds besides, by the name that the file gives it.
    """

    what: str
    digest: str
    read: int
    rejects: list[Reject]
    changes: tuple[Compared, ...]
    position: int
    passed_over: dict[str, int] = field(default_factory=dict)

    @property
    def merged(self) -> Merged:
        """What the lines of the file do, each counted once."""
        return self.changes[-1].counts if self.changes else Merged(0, 0, 0)

    @property
    def idle(self) -> bool:
        """Whether importing the file would change nothing."""
        return not any(one.created.num_rows or one.after.num_rows for one in self.changes)


@dataclass(frozen=True, slots=True)
class Summary:
    """What an import did: lines read, entries created, changed and unchanged, lines refused with their reasons.

    `passed_over` is that of the plan.
    """

    read: int
    merged: Merged
    rejects: list[Reject]
    passed_over: dict[str, int] = field(default_factory=dict)


def preview_finess(
    db: Database,
    account: Account | None,
    path: Path,
    now: datetime,
    on_progress: OnProgress | None = None,
    on_wait: OnWait = ignore_wait,
) -> Plan:
    """What a FINESS file would do to structures and legal entities; writes nothing.

    What only an administrator knows is kept: a structure closed here stays closed. Where the file has no telephone,
    position, category or legal entity of a structure, or no name of a legal entity, the known one stays. Raises
    `Forbidden`, journalled, `BadFile` when the file is not one, `Refused` on the database of the demonstration, `Busy` when
    other files take too long.
    """
    check_import(db, account, now)
    with file_turn(on_wait):
        return _finess_plan(db, path, now, on_progress)


def _finess_plan(db: Database, path: Path, now: datetime, on_progress: OnProgress | None) -> Plan:
    edition = read_finess(path, on_progress, now.astimezone(PARIS).date())
    what = f"FINESS {edition.number} {edition.date or ''}".strip()
    with db.reader() as cursor:
        position = registry.last_change(cursor)
        changes = (
            *_compared(cursor, _legal_entities(cursor, edition), ()),
            *_compared(cursor, _structures(cursor, edition), ()),
        )
    return Plan(what, _digest(path), edition.read, edition.rejects, changes, position, edition.passed_over)


def _legal_entities(cursor: Cursor, edition: Edition) -> list[LegalEntity]:
    """The legal entities of a file, without those that are known and of which it gives no name."""
    known = registry.legal_entity_numbers(cursor)
    return [one for one in edition.legal_entities if one.name != default_entity_name(one.finess) or one.finess not in known]


def _structures(cursor: Cursor, edition: Edition) -> list[Structure]:
    """The structures of a file: those closed here stay closed, categories that the file gives by code have their label."""
    closed = registry.closed_structures(cursor)
    labels = nomenclature.labels("R66") | registry.category_labels(cursor)
    completed = []
    for one in edition.structures:
        category = one.category or labels.get(one.category_code, one.category_code and f"Catégorie {one.category_code}")
        completed.append(replace(one, closed=one.closed or one.finess in closed, category=category))
    return _with_known_positions(cursor, completed, edition.positions_refused)


def _with_known_positions(cursor: Cursor, structures: list[Structure], refused: Collection[str]) -> list[Structure]:
    """Give the structures without a position the one that is stored, unless they moved or theirs was refused.

    An INSEE code that is missing, in the file or in the registry, is no sign of a move within a département.
    """
    silent = [one.finess for one in structures if one.latitude is None and one.finess not in refused]
    known = registry.positions(cursor, silent) if silent else {}

    def completed(one: Structure) -> Structure:
        if one.finess not in known:
            return one
        department, commune, latitude, longitude = known[one.finess]
        moved = one.department != department or (one.commune_code != commune and "" not in (one.commune_code, commune))
        return one if moved else replace(one, latitude=latitude, longitude=longitude)

    return [completed(one) for one in structures]


def preview_units(db: Database, account: Account | None, path: Path, now: datetime, on_wait: OnWait = ignore_wait) -> Plan:
    """What a list of units would do; the line of an unknown structure is refused. Writes nothing.

    A column that the list does not have changes nothing of the units that are known. Raises `Forbidden`, journalled,
    `BadFile`, `Refused` on the database of the demonstration, or `Busy` when other files take too long.
    """
    check_import(db, account, now)
    with file_turn(on_wait):
        return _units_plan(db, path)


def _units_plan(db: Database, path: Path) -> Plan:
    file = read_units(path)
    with db.reader() as cursor:
        position = registry.last_change(cursor)
        known = registry.structure_numbers(cursor)
        rejects = file.rejects + [
            Reject(line, f"La structure {unit.structure} est inconnue : importez d'abord le fichier FINESS.", file.lines[line])
            for line, unit in file.units
            if unit.structure not in known
        ]
        units: list[Unit] = [unit for _, unit in file.units if unit.structure in known]
        changes = _compared(cursor, units, file.silent)
    return Plan(f"units {path.name}", _digest(path), file.read, settled(rejects), changes, position)


def write(db: Database, account: Account | None, plan: Plan, now: datetime) -> Summary:
    """Do exactly what a plan says. Raises `Forbidden`, or `Outdated` when the registry changed since it was made."""
    with journal.authorized_transaction(db, account, Action.MANAGE_REGISTRY, Act.IMPORT, "registry", now) as transaction:
        if registry.last_change(transaction.cursor) != plan.position:
            raise Outdated("Le répertoire a changé depuis l'aperçu : vérifiez le nouvel aperçu, puis importez.")
        for compared in plan.changes:
            registry.write(transaction, compared)
        # A registry that did not change keeps its version: nothing is drawn again.
        if not plan.idle:
            registry.record_change(transaction, plan.what, now)
        done = plan.merged
        counts = {"created": done.created, "changed": done.changed, "unchanged": done.unchanged}
        after = {"sha256": plan.digest, "read": plan.read, "refused": refused_count(plan.rejects), **counts}
        journal.record(transaction, Act.IMPORT, account, "registry", now, after=after)
    events.publish(events.Change(db.position))
    return Summary(plan.read, plan.merged, plan.rejects, plan.passed_over)


def import_finess(
    db: Database,
    path: Path,
    now: datetime,
    on_progress: OnProgress | None = None,
    account: Account | None = None,
    on_wait: OnWait = ignore_wait,
) -> Summary:
    """Create and change structures and legal entities from a FINESS file; importing it twice changes nothing.

    Raises what `preview_finess` and `write` raise. `account` None is the command line.
    """
    return write(db, account, preview_finess(db, account, path, now, on_progress, on_wait), now)


def import_units(
    db: Database, path: Path, now: datetime, account: Account | None = None, on_wait: OnWait = ignore_wait
) -> Summary:
    """Create and change units of structures that are known. Raises what `preview_units` and `write` raise."""
    return write(db, account, preview_units(db, account, path, now, on_wait), now)


def _compared(cursor: Cursor, entries: Sequence[Entry], keep: Collection[str]) -> tuple[Compared, ...]:
    if not entries:
        return ()
    keep_if_empty = _KEPT_OF_LEGAL_ENTITIES if isinstance(entries[0], LegalEntity) else _KEPT_IF_EMPTY
    return (registry.compare(cursor, entries, keep, keep_if_empty),)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
