"""Simulate a surge on the board: where a number of patients at a place would go; nothing is written or reserved."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from ror.model import surge as rules
from ror.model.count_parts import SEXES
from ror.model.crisis import ExtraCount
from ror.model.filters import Filters
from ror.model.freshness import CLOCK_TOLERANCE
from ror.model.journal import Act
from ror.model.nomenclature import CapacityType
from ror.model.place import PlacePoint
from ror.model.ranking import Ranking
from ror.model.rights import Account, Action
from ror.model.surge import Room, Surge, checked_patients, checked_reserve, free_for_surge
from ror.services import journal
from ror.services.availability import consult, extra_counts
from ror.services.availability.consult import UnitRow, View
from ror.store.board import answers, consultation, contradictions
from ror.store.engine.database import Database

COUNTED = (ExtraCount.REOPENABLE, ExtraCount.IN_24_HOURS)
"""The counts that may be added to the number available, which includes the supplementary beds that are mobilized already."""

_SHOWN = (
    *("unit", "name", "type_label", "finess", "structure", "commune", "department", "capacity_type", "open", "available"),
    *("rank", "observed_at", "overdue", "bed_telephone", "structure_bed_telephone", "telephone", "structure_telephone"),
    *contradictions.COLUMNS,
)
_EXTRA = ("parts", "others")
_COLUMNS = tuple(
    dict.fromkeys((*_SHOWN, *_EXTRA, *answers.CONDITIONS, "activity_field", "unit_type", "needs", "patients", *SEXES))
)
"""The columns of the aged board that the simulation reads."""


@dataclass(frozen=True, slots=True)
class SurgeQuery:
    """A number of patients near a place, and the units that may take them: beds or places, never both, within a radius.

    `oldest` is the rank of the oldest band of age whose numbers are used, None for any; `reserve` the number that each unit
    keeps free; `counted` the counts to add to the number available (`COUNTED`). `patients` and `reserve` are as typed.
    """

    patients: object
    point: PlacePoint
    kilometres: float
    capacity: CapacityType = CapacityType.BED
    units: Filters = field(default_factory=Filters)
    oldest: int | None = None
    reserve: object = 0
    counted: tuple[ExtraCount, ...] = ()

    @property
    def filters(self) -> Filters:
        """The filters of the board that select the units that can take a patient."""
        ranks = () if self.oldest is None else tuple(range(self.oldest + 1))
        return replace(self.units, capacity_type=self.capacity, ranks=ranks)


@dataclass(frozen=True, slots=True)
class SurgeAnswer:
    """The result of a simulation. `units` are the rows of the board of the units that can take patients, by id.

    `view` is that of the units that match. `added` is what each added count contributes within the radius. `next_distance` is
    that of the nearest unit with room beyond it, None without one. `unplaced` counts the structures that have room but no
    position.
    """

    surge: Surge
    view: View
    units: Mapping[str, UnitRow]
    added: Mapping[ExtraCount, int]
    next_distance: float | None
    unplaced: int

    def placed_by_rank(self) -> dict[int, int]:
        """Return how many patients go to units of each band of age, by its rank."""
        by_rank: dict[int, int] = {}
        for placement in self.surge.used:
            rank = self.units[placement.room.unit]["rank"]
            by_rank[rank] = by_rank.get(rank, 0) + placement.placed
        return by_rank

    @property
    def oldest_at(self) -> datetime | None:
        """The instant of the oldest number that a patient is placed by, None when nobody is placed."""
        return min((self.units[placement.room.unit]["observed_at"] for placement in self.surge.used), default=None)


def simulate(db: Database, account: Account, query: SurgeQuery, now: datetime) -> SurgeAnswer:
    """Return where the patients of a query would go by the present numbers, in the order of the answers to a question.

    Raises `Forbidden`, journalled; `Refused` for a wrong number of patients or reserve.
    """
    journal.require(db, account, Action.COORDINATE, Act.CONSULT, "surge", now)
    patients, reserve = checked_patients(query.patients), checked_reserve(query.reserve)
    view = consult.view(db, consult.current(db, account), query.filters, consult.shared_instant(now))
    units = consultation.matching(view.board.units.select(_COLUMNS), view.filters)
    extra = _extra(view, units, query)
    more = [sum(numbers) for numbers in zip(*extra.values(), strict=True)] if extra else [0] * units.num_rows
    columns = (units["available"].to_pylist(), units["open"].to_pylist(), more)
    free = [
        free_for_surge(available, is_open=is_open, more=added, reserve=reserve)
        for available, is_open, added in zip(*columns, strict=True)
    ]
    offering = units.set_column(units.column_names.index("available"), "available", pa.array(free, pa.int32()))
    with db.reader() as cursor:
        order = answers.ranked(cursor, offering, Ranking.DISTANCE, query.point)
    order = order.filter(pc.greater(offering["available"].take(order["row"]), 0))
    near = order.filter(pc.less_equal(order["distance"], query.kilometres))
    beyond = order.filter(pc.greater(order["distance"], query.kilometres))
    unplaced = order.filter(pc.is_null(order["distance"]))["row"]
    rows = units.select(_SHOWN).take(near["row"]).to_pylist()
    indices, distances = near["row"].to_pylist(), near["distance"].to_pylist()
    rooms = [
        Room(row["unit"], row["finess"], row["department"], distance, free[index])
        for row, index, distance in zip(rows, indices, distances, strict=True)
    ]
    return SurgeAnswer(
        surge=rules.simulate(rooms, patients),
        view=view,
        units={row["unit"]: row for row in rows},
        added={one: sum(numbers[index] for index in indices) for one, numbers in extra.items()},
        next_distance=beyond["distance"][0].as_py() if beyond.num_rows else None,
        unplaced=pc.count_distinct(units["finess"].take(unplaced)).as_py(),
    )


def _extra(view: View, units: pa.Table, query: SurgeQuery) -> dict[ExtraCount, list[int]]:
    """Return the numbers of the units for each count of the query, 0 where a unit can open none or declared none."""
    if not query.counted:
        return {}
    recent = None
    if query.oldest is not None:
        recent = view.at - timedelta(hours=view.moment.limits[query.oldest]), view.at + CLOCK_TOLERANCE
    rows = units.select(["open", "available", "observed_at", *_EXTRA]).to_pylist()
    return {one: [_number(row, one, recent) for row in rows] for one in query.counted}


def _number(row: UnitRow, extra: ExtraCount, recent: tuple[datetime, datetime] | None) -> int:
    if not row["open"] or row["available"] is None:
        return 0
    if extra is ExtraCount.IN_24_HOURS and recent is not None:
        # The numbers of another temporality have an age of their own.
        after, until = recent
        row = row | {
            "others": [one for one in row["others"] or () if one["observed_at"] and after < one["observed_at"] <= until]
        }
    return extra_counts.last_number(row, extra) or 0
