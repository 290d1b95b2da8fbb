"""Simulate a surge on the board: where so many patients of a need at a place would go; nothing is written or reserved."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from ror.model import surge as rules
from ror.model.board import Filters
from ror.model.count_parts import SEXES
from ror.model.crisis import ExtraCount
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
"""What can be counted besides the number available; supplementary beds that are mobilized already are part of it."""

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
    """So many patients near a place, for units that match the filters: beds or places, never both, within a radius.

    `oldest` is the rank of the oldest band of age that counts, None for any; `reserve` what each unit keeps free; `counted`
    what counts besides the number available (`COUNTED`). `patients` and `reserve` are as typed.
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
        """The filters of the board that leave the units that can take a patient."""
        ranks = () if self.oldest is None else tuple(range(self.oldest + 1))
        return replace(self.units, capacity_type=self.capacity, ranks=ranks)


@dataclass(frozen=True, slots=True)
class SurgeAnswer:
    """Where the patients of a query go. `units` are the rows of the board of the units that can take some, by id.

    `view` is that of the units that match. `added` is what the other counts add within the radius. `next_distance` is that of
    the nearest place beyond it, None for none. `unplaced` counts the structures with a place that nothing says where it is.
    """

    surge: Surge
    view: View
    units: Mapping[str, UnitRow]
    added: Mapping[ExtraCount, int]
    next_distance: float | None
    unplaced: int

    def placed_by_rank(self) -> dict[int, int]:
        """Return how many patients go to units of each band of age, by its rank."""
        found: dict[int, int] = {}
        for filling in self.surge.used:
            rank = self.units[filling.room.unit]["rank"]
            found[rank] = found.get(rank, 0) + filling.placed
        return found

    @property
    def oldest_at(self) -> datetime | None:
        """The instant of the oldest number that a patient is placed by, None when nobody is placed."""
        return min((self.units[filling.room.unit]["observed_at"] for filling in self.surge.used), default=None)


def simulate(db: Database, account: Account, query: SurgeQuery, now: datetime) -> SurgeAnswer:
    """Return where the patients of a query would go by the numbers of now, in the order of the answers to a question.

    Raises `Forbidden`, journalled; `Refused` for a number of patients or a reserve that makes no sense.
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
    placeless = order.filter(pc.is_null(order["distance"]))["row"]
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
        unplaced=pc.count_distinct(units["finess"].take(placeless)).as_py(),
    )


def _extra(view: View, units: pa.Table, query: SurgeQuery) -> dict[ExtraCount, list[int]]:
    """Return what each unit can open of the counts that are counted, 0 where it cannot, or did not say."""
    if not query.counted:
        return {}
    since = None if query.oldest is None else view.at - timedelta(hours=view.moment.limits[query.oldest])
    rows = units.select(["open", "available", "observed_at", *_EXTRA]).to_pylist()
    return {one: [_number(row, one, since) for row in rows] for one in query.counted}


def _number(row: UnitRow, one: ExtraCount, since: datetime | None) -> int:
    if not row["open"] or row["available"] is None:
        return 0
    if one is ExtraCount.IN_24_HOURS and since is not None:
        # The numbers of another moment have an age of their own.
        row = row | {
            "others": [other for other in row["others"] or () if other["observed_at"] and other["observed_at"] > since]
        }
    return extra_counts.last_number(row, one) or 0
