"""Answer « where is a place near here »: the units of a view near a point, ranked, and the alternatives to a unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ror.model import contact
from ror.model.contact import Contact
from ror.model.feedback import Contradiction
from ror.model.filters import Filters
from ror.model.needs import Reach, published_needs
from ror.model.nomenclature import CapacityType
from ror.model.patient_type import PatientType
from ror.model.place import PlaceKind, PlacePoint
from ror.model.ranking import Ranking
from ror.model.trust.still_true import StillTrue
from ror.services.availability import places, still_true
from ror.services.availability.consult import Summary, UnitRow, View
from ror.store import feedback
from ror.store.board import answers as ranking_query
from ror.store.board import consultation, contradictions
from ror.store.engine.database import Database

MAX_ANSWERS = 200
MAX_BEYOND = 5
MAX_ALTERNATIVES = 5


_FIELDS = (
    *("unit", "name", "unit_type", "type_label", "needs", "finess", "structure", "commune", "department", "capacity_type"),
    *("available", "installed", "women", "men", "either", "rank", "observed_at", "overdue", "open", "closed_until", "comment"),
    *("channel", *contradictions.COLUMNS),
    *("telephone", "bed_telephone", "structure_telephone", "structure_bed_telephone"),
)

_COLUMNS = tuple(dict.fromkeys((*_FIELDS, *ranking_query.CONDITIONS, *consultation.SUMMARIZED)))
"""Columns that answers are found with: the others of the board are not copied."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A unit that answers. `distance` is in kilometres, None without a point or without a position.

    `available` is 0 for a closed unit and None when it is not known; `rank` is its band of age, None when it is closed.
    `channel` is how the number came (`model.declaration.Channel`). `contacts` are whom to call, bed management first. `needs`
    are codes. `still_true` says how likely the number still holds.
    """

    unit: str
    name: str
    unit_type: str
    type_label: str
    needs: tuple[str, ...]
    finess: str
    structure: str
    commune: str
    department: str
    capacity_type: CapacityType
    available: int | None
    installed: int | None
    women: int | None
    men: int | None
    either: int | None
    rank: int | None
    observed_at: datetime | None
    overdue: bool
    open: bool
    closed_until: date | None
    comment: str
    channel: str
    contradiction: Contradiction | None
    contacts: tuple[Contact, ...]
    distance: float | None
    still_true: StillTrue = still_true.UNKNOWN


@dataclass(frozen=True, slots=True)
class Answers:
    """The units that answer, the first ones in their order, and what they offer in all.

    `total` counts them all, `summary` adds them up. `beyond` are the nearest ones outside the radius, when none is within.
    `unplaced` counts the structures that a radius leaves out because nothing says where they are.
    """

    answers: Sequence[Answer]
    total: int
    summary: Summary
    beyond: Sequence[Answer] = ()
    unplaced: int = 0


def find(
    db: Database,
    view: View,
    point: PlacePoint | None = None,
    kilometres: float | None = None,
    ranking: Ranking = Ranking.DISTANCE,
    departments: Sequence[str] = (),
    limit: int = MAX_ANSWERS,
) -> Answers:
    """Return the matching units of a view, ranked (`model.ranking`): of some départements, within a radius of a point.

    None and empty mean all; a radius without a point leaves nothing out.
    """
    units = consultation.matching(view.board.units.select(_COLUMNS), view.filters)
    if departments:
        units = units.filter(pc.is_in(units["department"], value_set=pa.array(departments, pa.string())))
    if ranking is Ranking.RELIABILITY:
        units = units.append_column(ranking_query.ANY_LEFT, still_true.any_left(db, view, units))
    order = _ranked(db, units, ranking, point)
    if point is None or kilometres is None:
        return Answers(_answers(db, view, units, order.slice(0, limit)), order.num_rows, _summary(units))
    near = order.filter(pc.less_equal(order["distance"], kilometres))
    beyond: Sequence[Answer] = ()
    if not near.num_rows:
        with_position = _ranked(db, units, Ranking.DISTANCE, point).filter(pc.is_valid(pc.field("distance")))
        beyond = _answers(db, view, units, with_position.slice(0, MAX_BEYOND))
    unplaced = pc.count_distinct(units["finess"].take(order.filter(pc.is_null(order["distance"]))["row"])).as_py()
    within = units.select(consultation.SUMMARIZED).take(near["row"])
    return Answers(_answers(db, view, units, near.slice(0, limit)), near.num_rows, _summary(within), beyond, unplaced)


@dataclass(frozen=True, slots=True)
class Nearby:
    """The ids of units near a place, and of those that it leaves out because nothing says where they are."""

    units: frozenset[str]
    unplaced: frozenset[str] = frozenset()


def nearby(db: Database, view: View, point: PlacePoint | None, kilometres: float | None, departments: Sequence[str]) -> Nearby:
    """Return the units of a view's board, whatever its filters, in some départements and near a point.

    No département is all of them; without a point or a radius the distance does not matter.
    """
    units = view.board.units.select(("unit", "department", *ranking_query.CONDITIONS))
    if departments:
        units = units.filter(pc.is_in(units["department"], value_set=pa.array(departments, pa.string())))
    if point is None or kilometres is None:
        return Nearby(frozenset(units["unit"].to_pylist()))
    order = _ranked(db, units, Ranking.DISTANCE, point)
    near, unplaced = pc.less_equal(order["distance"], kilometres), pc.is_null(order["distance"])
    return Nearby(*(frozenset(units["unit"].take(order.filter(rows)["row"]).to_pylist()) for rows in (near, unplaced)))


def alternatives(db: Database, view: View, unit: str) -> Sequence[Answer]:
    """Return the units that can take the patients of a unit, `MAX_ALTERNATIVES` at most, the nearest first.

    They have something free of the same capacity type, and answer all the needs of the unit; its general needs (« Médecine »)
    count only when it has no other. The alternatives to a unit without needs are those of its type. A unit for children is no
    alternative to one for adults. The filters of the view are ignored; an unknown unit has no alternatives.
    """
    units = view.board.units.select(_COLUMNS)
    rows: list[UnitRow] = units.filter(pc.equal(units["unit"], unit)).to_pylist()
    if not rows:
        return ()
    (row,) = rows
    candidates = consultation.matching(units, _alternatives_filters(row))
    candidates = candidates.filter(pc.not_equal(candidates["unit"], unit))
    point = places.point(db, PlaceKind.STRUCTURE.key(row["finess"]))
    return _answers(db, view, candidates, _ranked(db, candidates, Ranking.DISTANCE, point).slice(0, MAX_ALTERNATIVES))


def _alternatives_filters(row: UnitRow) -> Filters:
    needs = tuple(code for code in row["needs"].split("|") if code)
    precise = tuple(code for code in needs if published_needs()[code].reach is not Reach.GENERAL)
    patients = {PatientType.CHILD: PatientType.CHILD, PatientType.BOTH: None}.get(row["patients"], PatientType.ADULT)
    return Filters(
        unit_types=() if needs else (row["unit_type"],),
        capacity_type=CapacityType(row["capacity_type"]),
        at_least=1,
        needs=precise or needs,
        every_need=True,
        patients=patients,
    )


def _ranked(db: Database, units: pa.Table, ranking: Ranking, point: PlacePoint | None) -> pa.Table:
    with db.reader() as cursor:
        return ranking_query.ranked(cursor, units, ranking, point)


def _summary(units: pa.Table) -> Summary:
    return consultation.departments(units, Filters())[0]


def _answers(db: Database, view: View, units: pa.Table, order: pa.Table) -> list[Answer]:
    """Build the answers of some rows of aged units of a view, in an order (`store.board.answers.ranked`)."""
    shown = units.select(_FIELDS).take(order["row"])
    columns = (shown.to_pylist(), order["distance"].to_pylist(), still_true.of_table(db, view, shown))
    return [_answer(row, distance, chances) for row, distance, chances in zip(*columns, strict=True)]


def answer(row: UnitRow) -> Answer:
    """Return a unit of the board as an answer, with no distance and an unknown `still_true`."""
    return _answer({name: row[name] for name in _FIELDS}, None)


def _answer(row: dict[str, Any], distance: float | None, chances: StillTrue = still_true.UNKNOWN) -> Answer:
    telephones = [row.pop(name) for name in ("bed_telephone", "telephone", "structure_bed_telephone", "structure_telephone")]
    sexes = {} if row["open"] else {"women": None, "men": None, "either": None}
    contradiction = feedback.contradiction_of(row)
    for name in contradictions.COLUMNS:
        row.pop(name)
    fields = {
        "contradiction": contradiction,
        "needs": tuple(filter(None, row["needs"].split("|"))),
        "capacity_type": CapacityType(row["capacity_type"]),
        "contacts": contact.of_unit(*telephones),
    }
    return Answer(**{**row, **fields, **sexes}, distance=distance, still_true=chances)
