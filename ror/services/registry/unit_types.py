"""Read, change and import what the region decides on types of units and on the words of needs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ror.errors import NotFound, Outdated, Refused
from ror.exchange.import_file import digest, sort_rejects
from ror.exchange.unit_types import TypeLine, read_unit_types
from ror.model.journal import Act
from ror.model.needs import Need, checked_needs, checked_words, published_needs
from ror.model.nomenclature import CapacityType, UnitType, unit_types
from ror.model.rights import Account, Action
from ror.model.search import folded
from ror.model.type_decision import NOTHING, TypeDecision, checked_duty
from ror.services import journal
from ror.services.file_turn import OnWait, file_turn, ignore_wait
from ror.services.registry.imports import ImportPlan, ImportSummary, write
from ror.services.registry.transaction import registry_transaction
from ror.store import registry_changes
from ror.store import unit_types as stored_types
from ror.store.engine.database import Database, Transaction

_UNCHANGED = "Rien n'a été modifié : il n'y a rien à enregistrer."


@dataclass(frozen=True, slots=True)
class RegionType:
    """A type as the national list has it and as the region has it, the region's decision, and its number of units."""

    published: UnitType
    region: UnitType
    decision: TypeDecision
    units: int


@dataclass(frozen=True, slots=True)
class TypedDecision:
    """A decision as it was typed: `capacity_type` and `duty` empty for the proposal, `needs` codes."""

    capacity_type: str = ""
    duty: str = ""
    followed: bool = True
    needs: tuple[str, ...] = ()


def list_types(db: Database, account: Account | None, now: datetime) -> list[RegionType]:
    """Return the types in force and those that units have, these first, by label. Raises `Forbidden`, journalled."""
    journal.require(db, account, Action.MANAGE_REGISTRY, Act.REGISTRY, "registry", now)
    with db.reader() as cursor:
        decisions = stored_types.decisions_by_type(cursor)
        region, used = stored_types.types(cursor), stored_types.used(cursor)
    lines = [
        RegionType(published, region[code], decisions.get(code, TypeDecision(code)), used.get(code, 0))
        for code, published in unit_types().items()
        if code in used or not published.deprecated
    ]
    return sorted(lines, key=lambda line: (not line.units, folded(line.published.label), line.published.code))


def decide(db: Database, account: Account | None, original: TypeDecision, typed: TypedDecision, now: datetime) -> TypeDecision:
    """Write the decision typed in a form that was rendered from `original`. A value equal to the proposal is no decision.

    Raises `Forbidden`, `NotFound`, `Refused`, or `Outdated` when somebody decided meanwhile.
    """
    published = unit_types().get(original.unit_type)
    if published is None:
        raise NotFound("Ce type n'existe pas : choisissez-le dans la liste.")
    if typed.capacity_type not in ("", NOTHING, *CapacityType):
        raise Refused("Choisissez dans la liste ce que ce type compte.")
    decision = TypeDecision(
        original.unit_type,
        typed.capacity_type or None,
        checked_duty(typed.duty.strip()) if typed.duty.strip() else None,
        typed.followed,
        "|".join(checked_needs(typed.needs)),
    ).reduced(published)
    with registry_transaction(db, account, f"unit_type:{decision.unit_type}", now) as transaction:
        _write(transaction, account, original, decision, now)
    return decision


def restore(db: Database, account: Account | None, unit_type: str, now: datetime) -> TypeDecision:
    """Withdraw the region's decision on a type, which is as the list proposes again. Raises `Forbidden` or `Refused`."""
    proposal = TypeDecision(unit_type)
    with registry_transaction(db, account, f"unit_type:{unit_type}", now) as transaction:
        _write(transaction, account, stored_types.decision(transaction.cursor, unit_type), proposal, now)
    return proposal


def list_needs(db: Database, account: Account | None, now: datetime) -> Mapping[str, Need]:
    """Return the needs by code, with the words of the region. Raises `Forbidden`, journalled."""
    journal.require(db, account, Action.MANAGE_REGISTRY, Act.REGISTRY, "registry", now)
    with db.reader() as cursor:
        return stored_types.needs(cursor)


def change_words(db: Database, account: Account | None, need: str, text: str | None, now: datetime) -> None:
    """Write the words of a need, one a line or separated by commas; None restores those proposed.

    Raises `Forbidden`, `NotFound` or `Refused`.
    """
    if need not in published_needs():
        raise NotFound("Ce besoin n'existe pas : choisissez-le dans la liste.")
    proposed = published_needs()[need].words
    words = proposed if text is None else checked_words(text.replace("\n", ",").replace("|", ",").split(","))
    with registry_transaction(db, account, f"need:{need}", now) as transaction:
        before = stored_types.words(transaction.cursor).get(need, proposed)
        if words == before:
            raise Refused(_UNCHANGED)
        stored_types.write_words(transaction, need, None if words == proposed else words)
        registry_changes.record_change(transaction, f"decide need:{need}", now)
        old, new = {"words": list(before)}, {"words": list(words)}
        journal.record(transaction, Act.REGISTRY, account, f"need:{need}", now, before=old, after=new)


def preview_unit_types(
    db: Database, account: Account | None, path: Path, now: datetime, on_wait: OnWait = ignore_wait
) -> ImportPlan:
    """Return what the import of a file of types would decide; writes nothing.

    Raises `Forbidden`, journalled, `BadFile`, or `Busy` when other files take too long.
    """
    journal.require(db, account, Action.MANAGE_REGISTRY, Act.IMPORT, "registry", now)
    with file_turn(on_wait):
        file = read_unit_types(path)
    with db.reader() as cursor:
        position = registry_changes.last_change(cursor)
        stored = stored_types.decisions_by_type(cursor)
        compared = stored_types.compare(cursor, [_decided(line, stored) for line in file.lines])
    rejects = sort_rejects(file.rejects)
    return ImportPlan(f"unit types {path.name}", digest(path), file.read, rejects, (compared,), position)


def _decided(line: TypeLine, stored: Mapping[str, TypeDecision]) -> TypeDecision:
    """Return the stored decision on the type of a line, with the changes of the line."""
    decision = stored.get(line.unit_type, TypeDecision(line.unit_type))
    return replace(decision, **line.changes).reduced(unit_types()[line.unit_type])


def import_unit_types(
    db: Database, path: Path, now: datetime, account: Account | None = None, on_wait: OnWait = ignore_wait
) -> ImportSummary:
    """Write what a file decides of types of units. Raises what `preview_unit_types` and `imports.write` raise."""
    return write(db, account, preview_unit_types(db, account, path, now, on_wait), now)


def _write(
    transaction: Transaction, account: Account | None, original: TypeDecision, decision: TypeDecision, now: datetime
) -> None:
    """Write a decision, a new version of the registry, and the journal line with what changed."""
    if stored_types.decision(transaction.cursor, original.unit_type) != original:
        raise Outdated(
            "Entre-temps, quelqu'un d'autre a changé ce type. Votre saisie est gardée : comparez-la à ce qui est affiché, puis "
            "enregistrez de nouveau si elle est plus juste."
        )
    changed = [field.name for field in fields(decision) if getattr(decision, field.name) != getattr(original, field.name)]
    if not changed:
        raise Refused(_UNCHANGED)
    stored_types.write_decision(transaction, decision)
    # Not recorded as the edit of one entry: a decision changes every unit of the type.
    subject = f"unit_type:{decision.unit_type}"
    registry_changes.record_change(transaction, f"decide {subject}", now)
    before, after = (_journal_values(one, changed) for one in (original, decision))
    journal.record(transaction, Act.REGISTRY, account, subject, now, before=before, after=after)


def _journal_values(decision: TypeDecision, names: list[str]) -> dict[str, Any]:
    """Return the named fields of a decision as the journal stores them: None becomes « proposed »."""
    values = asdict(decision)
    return {name: "proposed" if values[name] is None else values[name] for name in names}
