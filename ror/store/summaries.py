"""Summaries by département, counted again for those alone of which the units changed or aged."""

import threading
from collections import OrderedDict
from datetime import datetime

import pyarrow as pa

from ror.model.board import Filters
from ror.store.board import together
from ror.store.consultation import Row, departments
from ror.store.database import Database
from ror.store.standing import Standing

MOST_FILTERS = 64

_Kept = dict[str, tuple[pa.Table, Row | None]]


class SummaryKeeper:
    """Keeps, for the filters last asked, the summary of each slice it was counted from; shared by every reader."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._at: datetime | None = None
        self._kept: OrderedDict[Filters, _Kept] = OrderedDict()

    def departments(self, standing: Standing, filters: Filters) -> dict[str, Row]:
        """The summary of each département that has a unit which passes, by code."""
        with self._lock:
            if self._at != standing.at:  # every unit is older now
                self._at = standing.at
                self._kept.clear()
            kept = self._kept.pop(filters, {})
        stale = [code for code, units in standing.slices.items() if code not in kept or kept[code][0] is not units]
        if stale:
            with self._database.reader() as cursor:
                rows = departments(cursor, together(standing.slices[code] for code in stale), filters)
            found = {row["department"]: row for row in rows}
            kept = kept | {code: (standing.slices[code], found.get(code)) for code in stale}
        with self._lock:
            self._kept[filters] = kept
            while len(self._kept) > MOST_FILTERS:
                self._kept.popitem(last=False)
        return {code: row for code in standing.slices if (row := kept[code][1]) is not None}
