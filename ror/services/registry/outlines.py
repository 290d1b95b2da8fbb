"""Import the outlines of territories from a file, and return to those of `data/`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from ror.exchange.import_file import digest
from ror.exchange.outlines import OutlinesFile, Territory, distances_km, read_outlines, simplified
from ror.model.journal import Act
from ror.model.outlines import Outline, OutlineKind, Outlines, content_version, count_vertices
from ror.model.rights import Account, Action
from ror.services import journal
from ror.services.file_turn import OnWait, file_turn, ignore_wait
from ror.services.registry.transaction import registry_transaction
from ror.store import outlines as stored_outlines
from ror.store import registry_changes
from ror.store.engine.database import Database

_SUBJECT = "outlines"

OUTSIDE = pa.schema([*((name, pa.string()) for name in ("name", "finess", "commune", "department")), ("km", pa.float64())])
"""The columns of `OutlinesPlan.outside`: a structure, and how far outside the outline of its territory it stands."""

Position = dict[str, Any]
"""A row of `store.outlines.structure_positions`."""


@dataclass(frozen=True, slots=True)
class OutlinesPlan:
    """A file of outlines once read and simplified, and what importing it would change.

    `read` and `vertices` count the territories of the file and the points of their outlines; `kept` counts the points of one
    map of all the départements, or those that are stored for the communes, which no map draws. `outside` has the structures
    that stand outside the outline of their département, or of their commune for a file of communes, the farthest first;
    `located` counts the structures that were checked. `digest` is the SHA-256 of the file.
    """

    kind: OutlineKind
    digest: str
    version: str
    outlines: Sequence[Outline]
    passed_over: Sequence[str]
    vertices: int
    kept: int
    located: int
    outside: pa.Table
    changes_nothing: bool

    @property
    def read(self) -> int:
        """The number of territories of the file."""
        return len(self.outlines)


def preview_outlines(
    db: Database, account: Account | None, path: Path, now: datetime, on_wait: OnWait = ignore_wait
) -> OutlinesPlan:
    """Return what the import of a file of outlines would change; writes nothing.

    Raises `Forbidden`, journalled, `BadFile`, or `Busy` when other files take too long.
    """
    journal.require(db, account, Action.MANAGE_REGISTRY, Act.IMPORT, _SUBJECT, now)
    with file_turn(on_wait):
        file = read_outlines(path)
        outlines = simplified(file)
    with db.reader() as cursor:
        stored = stored_outlines.version(cursor, file.kind)
        positions = stored_outlines.structure_positions(cursor)
    version = content_version(outlines)
    whole = Outlines(version, {one.code: one for one in outlines})
    located, outside = _outside(file, positions)
    return OutlinesPlan(
        file.kind,
        digest(path),
        version,
        outlines,
        file.passed_over,
        sum(territory.vertices for territory in file.territories),
        sum(map(count_vertices, whole.shapes(whole.by_code).values())),
        located,
        outside,
        version == stored,
    )


def _outside(file: OutlinesFile, positions: pa.Table) -> tuple[int, pa.Table]:
    """Return the number of structures of the territories of a file, and those outside their outline, the farthest first."""
    column = "department" if file.kind is OutlineKind.DEPARTMENT else "commune_code"
    by_territory: dict[str, list[Position]] = {}
    for row in positions.to_pylist():
        by_territory.setdefault(row[column], []).append(row)
    measured = []
    for territory in file.territories:
        rows = by_territory.get(territory.code, [])
        measured += [row | {"km": round(km, 2)} for row, km in zip(rows, _distances(territory, rows), strict=True)]
    outside = pa.Table.from_pylist([row for row in measured if row["km"]], OUTSIDE)
    return len(measured), outside.sort_by([("km", "descending"), ("finess", "ascending")])


def _distances(territory: Territory, rows: Sequence[Position]) -> list[float]:
    return distances_km(territory, [(row["longitude"], row["latitude"]) for row in rows])


def write(db: Database, account: Account | None, plan: OutlinesPlan, now: datetime) -> None:
    """Write the outlines of a plan in place of those of their kind; every map draws them from then on. Raises `Forbidden`."""
    with registry_transaction(db, account, _SUBJECT, now, Act.IMPORT) as transaction:
        if stored_outlines.version(transaction.cursor, plan.kind) != plan.version:
            stored_outlines.replace(transaction, plan.kind, plan.version, plan.outlines)
            registry_changes.record_change(transaction, f"outlines {plan.kind}", now)
        after = {"outlines": str(plan.kind), "sha256": plan.digest, "read": plan.read, "outside": plan.outside.num_rows}
        journal.record(transaction, Act.IMPORT, account, _SUBJECT, now, after=after)


def import_outlines(
    db: Database, path: Path, now: datetime, account: Account | None = None, on_wait: OnWait = ignore_wait
) -> OutlinesPlan:
    """Import a file of outlines; importing it twice changes nothing. Raises what `preview_outlines` and `write` raise."""
    plan = preview_outlines(db, account, path, now, on_wait)
    write(db, account, plan, now)
    return plan


def imported_kinds(db: Database, account: Account | None, now: datetime) -> list[OutlineKind]:
    """Return the kinds of territories whose outlines were imported. Raises `Forbidden`, journalled."""
    journal.require(db, account, Action.MANAGE_REGISTRY, Act.REGISTRY, _SUBJECT, now)
    with db.reader() as cursor:
        return stored_outlines.kinds(cursor)


def delete_imported(db: Database, account: Account | None, now: datetime) -> list[OutlineKind]:
    """Delete the imported outlines, so that maps draw those of `data/` again; return the kinds deleted. Raises `Forbidden`."""
    with registry_transaction(db, account, _SUBJECT, now) as transaction:
        kinds = stored_outlines.kinds(transaction.cursor)
        if kinds:
            stored_outlines.delete(transaction)
            registry_changes.record_change(transaction, "outlines forgotten", now)
            before, after = {"outlines": [str(kind) for kind in kinds]}, {"outlines": "builtin"}
            journal.record(transaction, Act.REGISTRY, account, _SUBJECT, now, before=before, after=after)
    return kinds
