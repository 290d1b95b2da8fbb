"""Import a real region: structures from the FINESS file, units from a spreadsheet; first as a plan, then written."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from ror.errors import Outdated
from ror.exchange.finess import FinessFile, read_finess
from ror.exchange.import_file import Reject, digest, refused_count, sort_rejects
from ror.exchange.units import UnitsFile, read_units
from ror.model import nomenclature
from ror.model.journal import Act
from ror.model.progress import OnProgress
from ror.model.registry import LegalEntity, Structure, Unit, default_entity_name
from ror.model.rights import Account
from ror.model.type_decision import TypeDecision
from ror.model.unit_kind import UNKNOWN_NATURE, unit_kind, why_uncounted
from ror.services import journal
from ror.services.file_turn import OnWait, file_turn, ignore_wait
from ror.services.import_check import check_import
from ror.services.region_time import region_day
from ror.services.registry.transaction import registry_transaction
from ror.store import outlines, registry, registry_changes, unit_types
from ror.store.engine.database import Cursor, Database
from ror.store.registry import MergeCounts, RegistryComparison, RegistryEntry

_RETAINED_IF_EMPTY = (
    *("telephone", "bed_telephone", "installed", "legal_entity", "category_code", "category"),
    *("nature", "care_mode", "activity_field", "operational_activity"),
    *("patient_type", "short_name", "psychiatric_sector", "intervention_zone"),
)
"""Fields of a structure or a unit that an empty value in a file leaves as they are."""

_RETAINED_OF_LEGAL_ENTITIES = ("address", "postal_code", "commune")
"""The same for legal entities: most files do not have their address."""


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """A file once read, and the changes that its import would make to the registry as it stood at `position`.

    `source` names the file for the registry; `digest` is the SHA-256 of the file; `read` counts its lines. The last of
    `changes` concerns the table that the lines are of (structures, units or types); before it comes that of legal entities.
    `passed_over` counts the entries of the file that are not imported, by the name that the file gives them. `to_specify`
    counts the units of the file for which it will not be known whether they count beds or places.
    """

    source: str
    digest: str
    read: int
    rejects: list[Reject]
    changes: tuple[RegistryComparison, ...]
    position: int
    passed_over: dict[str, int] = field(default_factory=dict)
    to_specify: int = 0

    @property
    def merged(self) -> MergeCounts:
        """The number of lines that create, change or leave an entry."""
        return self.changes[-1].counts if self.changes else MergeCounts(0, 0, 0)

    @property
    def changes_nothing(self) -> bool:
        """True when importing the file would change nothing."""
        return not any(compared.created.num_rows or compared.after.num_rows for compared in self.changes)


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """The result of an import: lines read, entries created, changed and unchanged, lines refused with their reasons.

    `passed_over` and `to_specify` as in `ImportPlan`.
    """

    read: int
    merged: MergeCounts
    rejects: list[Reject]
    passed_over: dict[str, int] = field(default_factory=dict)
    to_specify: int = 0


def preview_finess(
    db: Database,
    account: Account | None,
    path: Path,
    now: datetime,
    on_progress: OnProgress | None = None,
    on_wait: OnWait = ignore_wait,
) -> ImportPlan:
    """Return what the import of a FINESS file would change in structures and legal entities; writes nothing.

    A structure closed here stays closed. Where the file has no telephone, position, category or legal entity of a structure,
    or no name of a legal entity, the stored one stays. Raises `Forbidden`, journalled, `BadFile` for another kind of file,
    `Refused` on the database of the demonstration, `Busy` when other files take too long.
    """
    check_import(db, account, now)
    with file_turn(on_wait):
        return _finess_plan(db, path, now, on_progress)


def _finess_plan(db: Database, path: Path, now: datetime, on_progress: OnProgress | None) -> ImportPlan:
    edition = read_finess(path, on_progress, region_day(now), outlines.newest(db))
    source = f"FINESS {edition.number} {edition.date or ''}".strip()
    with db.reader() as cursor:
        position = registry_changes.last_change(cursor)
        changes = (
            *_compared(cursor, _legal_entities(cursor, edition), ()),
            *_compared(cursor, _structures(cursor, edition), ()),
        )
    return ImportPlan(source, digest(path), edition.read, edition.rejects, changes, position, edition.passed_over)


def _legal_entities(cursor: Cursor, edition: FinessFile) -> list[LegalEntity]:
    """Return the legal entities of a file, except stored ones that the file gives no name for."""
    stored = registry.legal_entity_numbers(cursor)
    return [
        entity
        for entity in edition.legal_entities
        if entity.name != default_entity_name(entity.finess) or entity.finess not in stored
    ]


def _structures(cursor: Cursor, edition: FinessFile) -> list[Structure]:
    """Return the structures of a file: those closed here stay closed, a category given by code alone gets its label."""
    closed = registry.closed_structures(cursor)
    labels = nomenclature.labels("R66") | registry.category_labels(cursor)
    completed = []
    for structure in edition.structures:
        code = structure.category_code
        category = structure.category or labels.get(code, code and f"Catégorie {code}")
        completed.append(replace(structure, closed=structure.closed or structure.finess in closed, category=category))
    return _with_stored_positions(cursor, completed, edition.positions_refused)


def _with_stored_positions(cursor: Cursor, structures: list[Structure], refused: Collection[str]) -> list[Structure]:
    """Return the structures; one without a position gets the stored one, unless it moved or the file's was refused.

    An INSEE code that is missing, in the file or in the registry, is no sign of a move within a département.
    """
    without = [entry.finess for entry in structures if entry.latitude is None and entry.finess not in refused]
    stored = registry.positions(cursor, without) if without else {}

    def complete(structure: Structure) -> Structure:
        if structure.finess not in stored:
            return structure
        department, commune, latitude, longitude = stored[structure.finess]
        codes = {structure.commune_code, commune}
        moved = structure.department != department or (len(codes) == 2 and "" not in codes)
        return structure if moved else replace(structure, latitude=latitude, longitude=longitude)

    return [complete(structure) for structure in structures]


def preview_units(
    db: Database, account: Account | None, path: Path, now: datetime, on_wait: OnWait = ignore_wait
) -> ImportPlan:
    """Return what the import of a list of units would change; a line of an unknown structure is refused. Writes nothing.

    A column that the list does not have changes nothing of the stored units. Raises `Forbidden`, journalled,
    `BadFile`, `Refused` on the database of the demonstration, or `Busy` when other files take too long.
    """
    check_import(db, account, now)
    with file_turn(on_wait):
        return _units_plan(db, path)


def _units_plan(db: Database, path: Path) -> ImportPlan:
    file = read_units(path)
    with db.reader() as cursor:
        position = registry_changes.last_change(cursor)
        structures = registry.structure_numbers(cursor)
        rejects = file.rejects + [
            Reject(line, f"La structure {unit.structure} est inconnue : importez d'abord le fichier FINESS.", file.lines[line])
            for line, unit in file.units
            if unit.structure not in structures
        ]
        units = _with_stored_sensitivity(cursor, [unit for _, unit in file.units if unit.structure in structures], file)
        changes = _compared(cursor, units, file.missing_columns)
        unspecified = _unspecified(cursor, units, file)
    rejects = sort_rejects(rejects + [Reject(line, _TO_SPECIFY, file.lines[line], accepted=True) for line in unspecified])
    plan = ImportPlan(f"units {path.name}", digest(path), file.read, rejects, changes, position)
    return replace(plan, to_specify=len(unspecified))


_TO_SPECIFY = (
    "Rien ne dit si cette unité compte des lits ou des places : elle est prise, et ne déclare pas tant que la colonne "
    "« nature » ou « mode_prise_en_charge », ou une décision de la région sur son type, ne l'a pas dit."
)


def _unspecified(cursor: Cursor, units: Sequence[Unit], file: UnitsFile) -> list[int]:
    """Return the lines of the open units for which neither the file nor the registry says what they count."""
    types = unit_types.types(cursor)

    def unspecified(unit: Unit) -> bool:
        counts = unit_kind(unit, types) is not None
        return not unit.closed and not counts and why_uncounted(unit, types[unit.unit_type]) == UNKNOWN_NATURE

    lines = {unit.id: line for line, unit in file.units}
    candidates = {unit.id: unit for unit in units if unspecified(unit)}
    stored = registry.units(cursor, candidates)

    def completed(unit: Unit) -> Unit:
        before = stored.get(unit.id, unit)
        closed = before.closed if "closed" in file.missing_columns else unit.closed
        return replace(unit, nature=unit.nature or before.nature, care_mode=unit.care_mode or before.care_mode, closed=closed)

    return [lines[unit.id] for unit in candidates.values() if unspecified(completed(unit))]


def _with_stored_sensitivity(cursor: Cursor, units: list[Unit], file: UnitsFile) -> list[Unit]:
    """Return the units; where the file does not state whether a unit is sensitive, the stored value stays."""
    stored = registry.sensitive_units(cursor) & file.without_sensitivity
    return [replace(unit, sensitive=True) if unit.id in stored else unit for unit in units]


def write(db: Database, account: Account | None, plan: ImportPlan, now: datetime) -> ImportSummary:
    """Write the changes of a plan. Raises `Forbidden`, or `Outdated` when the registry changed since the preview."""
    with registry_transaction(db, account, "registry", now, Act.IMPORT) as transaction:
        if registry_changes.last_change(transaction.cursor) != plan.position:
            raise Outdated("Le répertoire a changé depuis l'aperçu : vérifiez le nouvel aperçu, puis importez.")
        for compared in plan.changes:
            writer = unit_types.write if compared.kind is TypeDecision else registry.write
            writer(transaction, compared)
        # A registry that did not change keeps its version: the screens are not drawn again.
        if not plan.changes_nothing:
            registry_changes.record_change(transaction, plan.source, now)
        merged = plan.merged
        counts = {"created": merged.created, "changed": merged.changed, "unchanged": merged.unchanged}
        after = {"sha256": plan.digest, "read": plan.read, "refused": refused_count(plan.rejects), **counts}
        journal.record(transaction, Act.IMPORT, account, "registry", now, after=after)
    return ImportSummary(plan.read, plan.merged, plan.rejects, plan.passed_over, plan.to_specify)


def import_finess(
    db: Database,
    path: Path,
    now: datetime,
    on_progress: OnProgress | None = None,
    account: Account | None = None,
    on_wait: OnWait = ignore_wait,
) -> ImportSummary:
    """Create and change structures and legal entities from a FINESS file; importing it twice changes nothing.

    Raises what `preview_finess` and `write` raise. `account` None is the command line.
    """
    return write(db, account, preview_finess(db, account, path, now, on_progress, on_wait), now)


def import_units(
    db: Database, path: Path, now: datetime, account: Account | None = None, on_wait: OnWait = ignore_wait
) -> ImportSummary:
    """Create and change units of existing structures from a list. Raises what `preview_units` and `write` raise."""
    return write(db, account, preview_units(db, account, path, now, on_wait), now)


def _compared(cursor: Cursor, entries: Sequence[RegistryEntry], retained: Collection[str]) -> tuple[RegistryComparison, ...]:
    if not entries:
        return ()
    retained_if_empty = _RETAINED_OF_LEGAL_ENTITIES if isinstance(entries[0], LegalEntity) else _RETAINED_IF_EMPTY
    return (registry.compare(cursor, entries, retained, retained_if_empty),)
