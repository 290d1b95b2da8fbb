"""Build the situation report of a département, or of what the board shows: check the right, draw, print, journal."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ror.drawing import charts, maps
from ror.drawing.paper import Drawing, pictures
from ror.errors import NotFound
from ror.exchange.printed_page import printable
from ror.exchange.situation_report import MAX_BARS, Situation, to_pdf
from ror.model.filters import Filters
from ror.model.journal import Act
from ror.model.nomenclature import CapacityType, capacity_types_shown
from ror.model.outlines import Outlines
from ror.model.place import PlacePoint
from ror.model.rights import Account, Action
from ror.model.territory import department_name
from ror.services import journal
from ror.services.availability import answers, consult, export
from ror.services.availability.consult import View
from ror.settings import settings
from ror.store.board import consultation
from ror.store.engine.database import Database

_MAP, _CHART_WIDTH = (440, 420), 185


@dataclass(frozen=True, slots=True)
class ReportScope:
    """The scope of a report: a département ("" for the region), or what is within `kilometres` of `point`, if there is one."""

    department: str = ""
    point: PlacePoint | None = None
    kilometres: float = 0

    @property
    def title(self) -> str:
        """The title of the report."""
        return f"{department_name(self.department)} ({self.department})" if self.department else settings().region

    @property
    def name(self) -> str:
        """The part of the file's name that identifies the scope."""
        return self.department or "region"


def report(db: Database, account: Account, view: View, scope: ReportScope, now: datetime) -> bytes:
    """Return the PDF of a scope as the view shows it. Raises `Forbidden`, journalled, `NotFound` and `Busy`.

    The export is journalled once the report is drawn: a report that failed did not leave the service.
    """
    subject = f"file:situation-{scope.name}"
    codes = [scope.department] if scope.department else [code for code in view.codes if code in view.departments]
    journal.require(db, account, Action.EXPORT, Act.EXPORT, subject, now)
    units = _units(db, view, codes, scope)
    if units is None or not units.num_rows:
        raise NotFound("Aucune unité ne correspond à la question et aux filtres : élargissez-les.")
    rows = consultation.structures(units)
    types = capacity_types_shown(view.filters.capacity_type)
    region_outlines = consult.outlines(db, view)
    drawn_map = structures_map(tuple(codes), rows, region_outlines)
    images = _pictures({"map": drawn_map, **{kind: _chart(units, kind) for kind in types}})
    with journal.authorized_transaction(db, account, Action.EXPORT, Act.EXPORT, subject, now) as transaction:
        journal.record(transaction, Act.EXPORT, account, subject, now, after={"lines": len(rows)})
    place = scope.point
    criteria = (("Lieu", f"à moins de {scope.kilometres:.0f} km de {place.label}"),) if place else ()
    return to_pdf(
        Situation(
            export.about(scope.title, view.at, view.filters, criteria),
            consultation.departments(units, Filters())[0],
            rows,
            types,
            images.get("map"),
            {kind: images.get(kind) for kind in types},
        )
    )


def _units(db: Database, view: View, codes: list[str], scope: ReportScope) -> pa.Table | None:
    if not codes:
        return None
    units = pa.concat_tables([view.units_of(code) for code in codes])
    if scope.point is None:
        return units
    near = answers.find(db, view, scope.point, scope.kilometres, departments=codes, limit=units.num_rows).answers
    return units.filter(pc.is_in(units["unit"], value_set=pa.array([one.unit for one in near], pa.string())))


def _pictures(optional: dict[str, Drawing | None]) -> dict[str, bytes]:
    """Return the pictures of the drawings that are not None, by name; one process draws them all."""
    drawings = {name: drawing for name, drawing in optional.items() if drawing is not None}
    return dict(zip(drawings, pictures(list(drawings.values())), strict=True))


def structures_map(departments: tuple[str, ...], rows: list[dict[str, Any]], region_outlines: Outlines) -> Drawing | None:
    """Return the structures on the outlines of their départements; None without those outlines."""
    outlined = tuple(code for code in departments if code in region_outlines.by_code)
    # The outlines of the mainland and those overseas would make one map of a whole hemisphere.
    drawn = tuple(code for code in outlined if len(code) == 2) or outlined[:1]
    if not drawn:
        return None
    width, height = _MAP
    names = ("finess", "structure", "commune", "rank", "beds", "places", "longitude", "latitude")
    points = [{name: row[name] for name in names} for row in rows if row["department"] in drawn]
    return Drawing(maps.structures(drawn, height), points, width, height, region_outlines)


def _chart(units: pa.Table, kind: CapacityType) -> Drawing | None:
    """Return a bar chart of the structures that offer most; None when no structure offers anything."""
    ages = consultation.places_by_age(units).filter(pc.field("capacity_type") == kind).to_pylist()
    offered: dict[str, int] = {}
    for row in ages:
        offered[row["finess"]] = offered.get(row["finess"], 0) + row["available"]
    shown = sorted(offered, key=offered.__getitem__, reverse=True)[:MAX_BARS]
    if not shown:
        return None
    bars = [row | {"structure": printable(row["structure"])} for row in ages if row["finess"] in shown]
    bars.sort(key=lambda row: (shown.index(row["finess"]), row["rank"]))
    return Drawing(charts.places_by_structure(f"{kind.label.capitalize()}s", True), bars, _CHART_WIDTH)
