"""Build the situation report of a département: check the right, draw and print the view, write a line in the journal."""

from datetime import datetime
from typing import Any

import pyarrow.compute as pc

from ror.drawing import charts, maps
from ror.drawing.paper import Drawing, pictures
from ror.errors import NotFound
from ror.exchange.printed_page import printable
from ror.exchange.situation_report import MOST_BARS, Situation, to_pdf
from ror.model.journal import Act
from ror.model.nomenclature import CapacityType
from ror.model.outlines import Outlines
from ror.model.rights import Account, Action
from ror.model.territory import department_name
from ror.services import journal
from ror.services.availability import consult, export
from ror.services.availability.consult import View
from ror.store.engine.database import Database

_MAP, _CHART_WIDTH = (440, 420), 185


def report(db: Database, account: Account, view: View, department: str, now: datetime) -> bytes:
    """Return the PDF of one département as the view shows it. Raises `Forbidden`, journalled, `NotFound` and `Busy`.

    It is journalled once it is drawn: a report that failed did not leave the service.
    """
    subject = f"file:situation-{department}"
    rows = view.structures(department)
    journal.require(db, account, Action.EXPORT, Act.EXPORT, subject, now)
    if not rows:
        raise NotFound("Aucune unité de ce département ne correspond aux filtres : élargissez-les.")
    chosen = view.filters.capacity_type
    types = (chosen,) if chosen else (CapacityType.PLACE, CapacityType.BED)
    known = consult.outlines(db, view)
    images = _pictures({"map": _map(department, rows, known), **{kind: _chart(view, department, kind) for kind in types}})
    with journal.authorized_transaction(db, account, Action.EXPORT, Act.EXPORT, subject, now) as transaction:
        journal.record(transaction, Act.EXPORT, account, subject, now, after={"lines": len(rows)})
    return to_pdf(
        Situation(
            export.about(f"{department_name(department)} ({department})", view.at, view.filters),
            view.departments[department],
            rows,
            types,
            images.get("map"),
            {kind: images.get(kind) for kind in types},
        )
    )


def _pictures(optional: dict[str, Drawing | None]) -> dict[str, bytes]:
    """Return the pictures of the drawings that there are, by name; one process draws them all."""
    drawings = {name: drawing for name, drawing in optional.items() if drawing is not None}
    return dict(zip(drawings, pictures(list(drawings.values())), strict=True))


def _map(department: str, rows: list[dict[str, Any]], known: Outlines) -> Drawing | None:
    """Return the structures on the outline of their département; None without that outline."""
    if department not in known.by_code:
        return None
    width, height = _MAP
    names = ("finess", "structure", "commune", "rank", "beds", "places", "longitude", "latitude")
    points = [{name: row[name] for name in names} for row in rows]
    return Drawing(maps.structures(department, height), points, width, height, known)


def _chart(view: View, department: str, kind: CapacityType) -> Drawing | None:
    """Return bars of the structures that offer most; None when none does."""
    ages = view.places_by_age(department).filter(pc.field("capacity_type") == kind).to_pylist()
    offered: dict[str, int] = {}
    for row in ages:
        offered[row["finess"]] = offered.get(row["finess"], 0) + row["available"]
    shown = sorted(offered, key=offered.__getitem__, reverse=True)[:MOST_BARS]
    if not shown:
        return None
    bars = [row | {"structure": printable(row["structure"])} for row in ages if row["finess"] in shown]
    bars.sort(key=lambda row: (shown.index(row["finess"]), row["rank"]))
    return Drawing(charts.places_by_structure(f"{kind.label.capitalize()}s", True), bars, _CHART_WIDTH)
