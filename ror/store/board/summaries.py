"""Summaries by département, counted again for those alone of which the units changed or aged."""

import threading
from collections import OrderedDict
from datetime import datetime

import pyarrow as pa

from ror.model.board import Filters
from ror.store.board.aging import Standing
from ror.store.board.board import together
from ror.store.board.consultation import Row, cells, departments
from ror.store.engine.database import Database

MOST_FILTERS = 64

_Kept = dict[str, tuple[pa.Table, Row | None]]
_Cells = dict[str, tuple[pa.Table, pa.Table]]


class SummaryKeeper:
    """Keeps, for the filters last asked, the summary of each slice it was counted from; shared by every reader."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._at: datetime | None = None
        self._kept: OrderedDict[Filters, _Kept] = OrderedDict()
        self._cells: OrderedDict[int, _Cells] = OrderedDict()

    def departments(self, standing: Standing, filters: Filters) -> dict[str, Row]:
        """The summary of each département that has a unit which passes, by code."""
        with self._lock:
            if self._at != standing.at:  # every unit is older now
                self._at = standing.at
                self._kept.clear()
                self._cells.clear()
            kept = self._kept.pop(filters, {})
        stale = [code for code, units in standing.slices.items() if code not in kept or kept[code][0] is not units]
        if stale:
            counted = self._counted(standing, filters.at_least)
            with self._database.reader() as cursor:
                rows = departments(cursor, pa.concat_tables(counted[code][1] for code in stale), filters)
            found = {row["department"]: row for row in rows}
            kept = kept | {code: (standing.slices[code], found.get(code)) for code in stale}
        with self._lock:
            self._kept[filters] = kept
            while len(self._kept) > MOST_FILTERS:
                self._kept.popitem(last=False)
        return {code: row for code in standing.slices if (row := kept[code][1]) is not None}

    def _counted(self, standing: Standing, at_least: int) -> _Cells:
        """The cells of each slice, beside the slice: counted once for all the filters that ask for as many."""
        with self._lock:
            kept = self._cells.pop(at_least, {}) if self._at == standing.at else {}
        stale = [code for code, units in standing.slices.items() if code not in kept or kept[code][0] is not units]
        if stale:
            with self._database.reader() as cursor:
                counted = cells(cursor, together(standing.slices[code] for code in stale), at_least)
            parts = _by_department(counted)
            kept = kept | {code: (standing.slices[code], parts.get(code, counted.slice(0, 0))) for code in stale}
        with self._lock:
            if self._at == standing.at:
                self._cells[at_least] = kept
                while len(self._cells) > MOST_FILTERS:
                    self._cells.popitem(last=False)
        return kept


def _by_department(counted: pa.Table) -> dict[str, pa.Table]:
    """The cells of each département, of cells in the order of départements; nothing is copied."""
    parts, start = {}, 0
    for one in counted["department"].value_counts().to_pylist():
        parts[one["values"]] = counted.slice(start, one["counts"])
        start += one["counts"]
    return parts
