"""Build the content of the report of the region: totals and their freshness, by département and need, changes, late units.

`exchange.daily_report` prints it.
"""

import logging
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from ror.drawing.paper import DrawingFailed, pictures
from ror.exchange.daily_report import DailyReport, TableLine, UnitLine, UnitList, to_pdf, to_text
from ror.exchange.table_csv import to_csv
from ror.model.filters import Filters
from ror.model.freshness import LATE, age_words
from ror.model.needs import published_needs
from ror.model.nomenclature import CapacityType
from ror.model.territory import department_name
from ror.model.unit_change import ChangeKind
from ror.services.availability import changes, consult, export
from ror.services.availability.changes import UnitChange, ViewChanges
from ror.services.availability.consult import UnitRow, View
from ror.services.availability.situation import structures_map
from ror.settings import settings
from ror.store import outlines
from ror.store.board import board as boards
from ror.store.board import consultation
from ror.store.daily_reports import ArchivedReport, FileForm
from ror.store.engine.database import Database

MAX_LINES = 25
"""Units of a list; the table has them all."""

MAX_UNITS = 20_000
"""Units of the table: that of a country would fill the database within months."""

REOPENED = "Rouverte"

LISTED = {
    ChangeKind.FELL_TO_ZERO: "Tombées à zéro",
    ChangeKind.CLOSED: "Fermées",
    ChangeKind.ROSE_FROM_ZERO: "Libérées",
    ChangeKind.WENT_SILENT: "Ne répondent plus",
    ChangeKind.BECAME_LATE: "Passées en retard",
}
"""The kinds of change whose units are listed; the others are counted."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Content:
    """The files of a report, its position in the log, the instant of the previous report, and the summary of the region."""

    files: dict[FileForm, bytes]
    position: int
    since: datetime | None
    total: consult.Summary


def build(db: Database, now: datetime, previous: ArchivedReport | None) -> Content:
    """Build a report of the present, compared with the board at the position of the previous report.

    Raises `Busy` when too many requests draw already. A map that cannot be drawn is left out.
    """
    board = boards.current(db)
    # A first report is compared with the present board: it has the same shape, and shows no change.
    position, at = (previous.position, previous.created_at) if previous else (board.position, now)
    changed = changes.since(db, board, now, position, at)
    view = changed.now
    report = DailyReport(
        export.about(settings().region, now),
        view.region,
        _departments(changed, compared=previous is not None),
        _needs(changed, compared=previous is not None),
        [*(_changed_lists(changed, now) if previous else ()), _late_list(view, now)],
        previous.created_at if previous else None,
        changed.totals() if previous else None,
        _counts(changed) if previous else None,
        _map(db, view),
    )
    files = {FileForm.PDF: to_pdf(report), FileForm.TEXT: to_text(report).encode()}
    if view.board.units.num_rows <= MAX_UNITS:
        files[FileForm.CSV] = to_csv(_table(changed, compared=previous is not None), report.about.zone)
    return Content(files, board.position, report.since, view.region)


def _departments(changed: ViewChanges, *, compared: bool) -> list[TableLine]:
    return [
        TableLine(f"{code} {department_name(code)}", row, changed.totals(code) if compared else None)
        for code, row in changed.now.departments.items()
    ]


def _needs(changed: ViewChanges, *, compared: bool) -> list[TableLine]:
    """Return a line for each need that a unit of the region answers."""
    lines = []
    for code, need in published_needs().items():
        filters = Filters(needs=(code,))
        now, before = (consultation.departments(view.board.units, filters)[0] for view in (changed.now, changed.before))
        if now["units"] or now["shut"]:
            change = {name: now[name] - before[name] for name in ("beds", "places")}
            lines.append(TableLine(need.label, now, change if compared else None))
    return lines


def _counts(changed: ViewChanges) -> dict[str, int]:
    """Return the number of changed units by the label of the change, and how many units reopened, changed or not."""
    kinds = [change.kind for change in changed.units]
    return {kind.label: kinds.count(kind) for kind in ChangeKind} | {REOPENED: len(changed.reopened)}


def _changed_lists(changed: ViewChanges, now: datetime) -> list[UnitList]:
    lists = []
    for kind, title in LISTED.items():
        of_kind = [change for change in changed.units if change.kind is kind]
        lines = [_line(change.unit, _change_words(change), now) for change in of_kind[:MAX_LINES]]
        lists.append(UnitList(title, len(of_kind), lines))
    reopened = changed.reopened
    lists.append(UnitList(f"{REOPENED}s", len(reopened), [_line(row, _number(row), now) for row in reopened[:MAX_LINES]]))
    return [units for units in lists if units.total]


def _change_words(change: UnitChange) -> str:
    if change.before is None or change.before == change.now:
        return _number(change.unit)
    return f"{change.before} -> {_number(change.unit)}"


def _late_list(view: View, now: datetime) -> UnitList:
    """Return the list of the overdue units, those that were never declared first, then by age."""
    units = view.board.units
    late = units.filter(units["overdue"]).sort_by([("observed_at", "ascending")])
    never = pc.is_null(late["observed_at"])
    ordered = pa.concat_tables([late.filter(never), late.filter(pc.invert(never))])
    rows = ordered.slice(0, MAX_LINES).to_pylist()
    return UnitList("En retard, la plus ancienne d'abord", late.num_rows, [_line(row, _number(row), now) for row in rows])


def _number(row: UnitRow) -> str:
    if not row["open"]:
        return "fermée"
    return "aucun nombre" if row["available"] is None else CapacityType(row["capacity_type"]).of(row["available"])


def _line(row: UnitRow, number: str, now: datetime) -> UnitLine:
    age = age_words(now - row["observed_at"] if row["observed_at"] else None)
    return UnitLine(row["name"], f"{row['department']} {row['structure']}", number, age)


def _map(db: Database, view: View) -> bytes | None:
    """Return the map of the structures of the region, None when it cannot be drawn: the report is made without it."""
    region_outlines = outlines.current(db, view.board.registry_position)
    drawing = structures_map(tuple(view.codes), consultation.structures(view.board.units), region_outlines)
    try:
        return pictures([drawing])[0] if drawing else None
    except DrawingFailed:
        log.exception("The map of a report could not be drawn; the report has none.")
        return None


def _table(changed: ViewChanges, *, compared: bool) -> pa.Table:
    """Return the table of every unit: no comment, no author, no telephone."""
    units = changed.now.board.units
    rows = units.select(list(_READ)).to_pylist()
    earlier = changed.before.board.units
    before = dict(zip(earlier["unit"].to_pylist(), earlier["available"].to_pylist(), strict=True)) if compared else {}
    kinds = {change.unit["unit"]: change.kind.label for change in changed.units} if compared else {}
    reopened = {row["unit"] for row in changed.reopened} if compared else set()
    bands, needs = settings().age_bands, published_needs()
    return pa.table(
        {
            "Département": _texts(f"{row['department']} {department_name(row['department'])}" for row in rows),
            "FINESS": _texts(row["finess"] for row in rows),
            "Structure": _texts(row["structure"] for row in rows),
            "Commune": _texts(row["commune"] for row in rows),
            "Unité": _texts(row["name"] for row in rows),
            "Numéro de l'unité": _texts(row["unit"] for row in rows),
            "Type de l'unité": _texts(row["type_label"] for row in rows),
            "Besoins": _texts(_need_words(row["needs"], {code: need.label for code, need in needs.items()}) for row in rows),
            "Lit ou place": _texts(CapacityType(row["capacity_type"]).label for row in rows),
            "Disponible": pa.array([row["available"] for row in rows], pa.int32()),
            "Au rapport précédent": pa.array([before.get(row["unit"]) for row in rows], pa.int32()),
            "Changement": _texts(_kind_words(row["unit"], kinds, reopened) for row in rows),
            "Date de mise à jour": pa.array([row["observed_at"] for row in rows], pa.timestamp("us", "UTC")),
            "Âge": _texts("fermée" if row["rank"] is None else bands[row["rank"]].label for row in rows),
            "En retard": _texts(LATE.partition(" ")[2] if row["overdue"] else "" for row in rows),
        }
    )


_READ = (
    *("department", "finess", "structure", "commune", "name", "unit", "type_label", "needs", "capacity_type", "available"),
    *("observed_at", "rank", "overdue"),
)
"""The columns of the board that the table is made of."""


def _texts(values: Iterable[str]) -> pa.Array:
    return pa.array(list(values), pa.string())


def _need_words(codes: str, labels: Mapping[str, str]) -> str:
    return ", ".join(labels[code] for code in codes.split("|") if code in labels)


def _kind_words(unit: str, kinds: Mapping[str, str], reopened: Set[str]) -> str:
    return ", ".join([*([kinds[unit]] if unit in kinds else []), *([REOPENED] if unit in reopened else [])])
