"""The tables of a surge: its rows for the charts, the units in the order in which they fill, and when each place is full."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import streamlit as st

from ror.drawing.surge_charts import LEFT, TAKEN
from ror.exchange.about import LabelledText
from ror.model import french
from ror.model.contact import BED_MANAGEMENT
from ror.model.french import phone
from ror.model.nomenclature import CapacityType
from ror.model.rights import Action
from ror.model.surge import Level, Placement, Saturation, Surge
from ror.model.territory import department_name
from ror.services.coordination.surge import SurgeAnswer, SurgeQuery
from ror.web import columns, tables, unit_columns

_INSTANT = pa.timestamp("us", tz="UTC")
_POINTS = pa.schema([("distance", pa.float64()), *((name, pa.int32()) for name in ("free", "placed", "patients"))])


def points(surge: Surge, kilometres: float) -> pa.Table:
    """Return the rows of `surge_charts.by_distance`: one point for each distance, from 0 to the radius in kilometres."""
    rows: dict[float, tuple[int, int]] = {0.0: (0, 0)}
    free = placed = 0
    for placement in surge.placements:
        free, placed = free + placement.room.free, placed + placement.placed
        rows[round(placement.room.distance, 1)] = (free, placed)
    rows[kilometres] = (free, placed)
    return pa.Table.from_pylist(
        [
            {"distance": distance, "free": free, "placed": placed, "patients": surge.patients}
            for distance, (free, placed) in rows.items()
        ],
        _POINTS,
    )


@dataclass(frozen=True, slots=True)
class FilledStructure:
    """A structure that takes patients: `after` is the patient who takes its last place, None while some are left."""

    name: str
    distance: float
    taken: int
    left: int
    after: int | None

    @property
    def after_words(self) -> str:
        """When it is full: « 12 patients », "" while it is not."""
        return french.count(self.after, "patient") if self.after else ""


def structures(answer: SurgeAnswer) -> list[FilledStructure]:
    """Return the structures that can take patients, in the order in which they are filled."""
    full = {one.key: one.after for one in answer.surge.saturations if one.level is Level.STRUCTURE}
    by_finess: dict[str, FilledStructure] = {}
    for placement in answer.surge.placements:
        key, row = placement.room.structure, answer.units[placement.room.unit]
        before = by_finess.get(key) or FilledStructure(row["structure"], placement.room.distance, 0, 0, full.get(key))
        taken, left = before.taken + placement.placed, before.left + placement.room.free - placement.placed
        by_finess[key] = FilledStructure(before.name, before.distance, taken, left, before.after)
    return list(by_finess.values())


_MAX_LENGTH, _END = 30, 16


def _short(name: str) -> str:
    """Return a name for the axis of a chart, cut in its middle: its end is often the commune."""
    return name if len(name) <= _MAX_LENGTH else f"{name[: _MAX_LENGTH - _END - 1].rstrip()}…{name[-_END:].lstrip()}"


def bars(shown: Sequence[FilledStructure]) -> pa.Table:
    """Return the rows of `surge_charts.by_structure`."""
    rows = [
        {
            "rank": rank,
            "name": f"{rank}. {_short(one.name)}",
            "state": state,
            "number": quantity,
            "full": f"pleine après {one.after}" if one.after else "",
        }
        for rank, one in enumerate(shown, 1)
        for state, quantity in ((TAKEN, one.taken), (LEFT, one.left))
    ]
    return pa.Table.from_pylist(rows)


def render(query: SurgeQuery, answer: SurgeAnswer) -> None:
    """Render the units in the order in which they are filled, then what is full and when, with their downloads."""
    units = units_table(answer)
    st.header("Unités, dans l'ordre où elles se remplissent")
    file = _file("afflux-unites", "Simulation d'afflux, unités", query, answer)
    tables.render(units, "afflux", file=file, height=tables.full_height(range(units.num_rows), 12))
    if not answer.surge.saturations:
        st.caption("Rien n'est plein avec ce nombre de patients.")
        return
    st.header("Ce qui est plein, et quand")
    st.caption("Une structure ou un département est plein quand ses unités de ce rayon qui répondent aux critères le sont.")
    table = saturations_table(answer)
    file = _file("afflux-saturations", "Simulation d'afflux, ce qui est plein", query, answer)
    tables.render(table, "saturations", file=file, height=tables.full_height(range(table.num_rows), 12))


def units_table(answer: SurgeAnswer) -> pa.Table:
    """Return the table of the units that can take patients, in their order."""
    placements = answer.surge.placements
    rows = [answer.units[placement.room.unit] for placement in placements]
    return pa.table(
        {
            "Structure": [row["structure"] for row in rows],
            "Unité": [row["name"] for row in rows],
            columns.AGE: tables.age_chips(rows),
            columns.QUANTITY: pa.array([row["available"] for row in rows], pa.int32()),
            "Placés": pa.array([placement.placed for placement in placements], pa.int32()),
            "Encore libres": pa.array([placement.room.free - placement.placed for placement in placements], pa.int32()),
            "Distance (km)": pa.array([round(placement.room.distance, 1) for placement in placements], pa.float64()),
            "Patients n°": [_patient_numbers(one) for one in placements],
            "Pleine": ["oui" if one.is_full else "non" for one in placements],
            **unit_columns.contradictions(rows),
            "Lit ou place": [CapacityType(row["capacity_type"]).label for row in rows],
            BED_MANAGEMENT: [phone(row["bed_telephone"] or row["structure_bed_telephone"]) for row in rows],
            "Téléphone": [phone(row["telephone"] or row["structure_telephone"]) for row in rows],
            "Département": [f"{row['department']} {department_name(row['department'])}" for row in rows],
            columns.DATE: pa.array([row["observed_at"] for row in rows], _INSTANT),
        }
    )


def _patient_numbers(placement: Placement) -> str:
    """Return which patients a unit takes: « 3 à 5 », « 6 », "" for none."""
    if not placement.placed:
        return ""
    return str(placement.first) if placement.placed == 1 else f"{placement.first} à {placement.last}"


def saturations_table(answer: SurgeAnswer) -> pa.Table:
    """Return the table of the units, structures and départements that get full, in that order."""
    saturations = answer.surge.saturations
    return pa.table(
        {
            "Plein": [one.level.label for one in saturations],
            "Nom": [_name(one, answer) for one in saturations],
            "Après (patients)": pa.array([one.after for one in saturations], pa.int32()),
            "Distance (km)": pa.array([round(one.distance, 1) for one in saturations], pa.float64()),
            "Médiane alors (km)": pa.array([round(one.median, 1) for one in saturations], pa.float64()),
        }
    )


def _name(saturation: Saturation, answer: SurgeAnswer) -> str:
    if saturation.level is Level.DEPARTMENT:
        return f"{saturation.key} {department_name(saturation.key)}"
    if saturation.level is Level.UNIT:
        row = answer.units[saturation.key]
        return f"{row['name']}, {row['structure']}"
    return str(next(row["structure"] for row in answer.units.values() if row["finess"] == saturation.key))


def _file(name: str, title: str, query: SurgeQuery, answer: SurgeAnswer) -> tables.Download:
    surge = answer.surge
    criteria: list[LabelledText] = [
        ("Patients", f"{surge.patients}, dont {surge.placed} placés"),
        ("Lieu", f"{query.point.label}, à moins de {query.kilometres:.0f} km"),
        ("Réserve par unité", str(query.reserve)),
    ]
    criteria += [("Compté aussi", one.label) for one in query.counted]
    criteria.append(("Attention", "Simulation : rien n'est réservé"))
    return tables.Download(name, title, Action.COORDINATE, answer.view.at, query.filters, tuple(criteria))
