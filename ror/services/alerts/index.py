"""Keep the values of alerts in memory, so that a unit that changes updates only the alerts that it belongs to.

The filters of an alert are of two kinds (`model.filters.Filters`): those on the units that count, whose result only the
registry changes, and those on what units offer, which are evaluated again for the changed units alone, once for each distinct
filter.
"""

from collections.abc import Callable, Iterable

import numpy as np
import pyarrow as pa

from ror.model.alert import Condition
from ror.model.filters import Filters
from ror.store.board import consultation

_OFFERED = ("available", "rank", "women", "men", "either")
"""Columns that `Condition.offered` reads."""

_SCOPED = ("activity_field", "unit_type", "needs", "patients", "capacity_type")

_MANY = 100
"""Above this number of changed units every value is counted anew: 20 ms for each thousand alerts over a region."""

_BLOCK = 500
"""Alerts that are counted at once: each needs a row of one byte per unit."""

Distances = Callable[[str], "np.ndarray | None"]
"""Returns the distance of each unit from a place, in kilometres (NaN without a position), None for an unknown place."""


class AlertIndex:
    """The values of alerts over the units of one version of the registry."""

    def __init__(self, units: pa.Table, distances: Distances) -> None:
        """Begin without any alert, from aged units (`store.board.aging`)."""
        self._units, self._measure = units, distances
        self._columns = {unit: column for column, unit in enumerate(units["unit"].to_pylist())}
        self._masks: dict[tuple[Filters, str], np.ndarray] = {}
        self._distances: dict[str, np.ndarray | None] = {}
        self._offers: dict[Filters, int] = {}
        self._matches = np.zeros((0, units.num_rows), np.bool_)
        self._weights = _weights(units)
        self._slots: dict[str, int] = {}
        self._ids: list[str] = []
        self._scope = np.zeros((0, (units.num_rows + 7) // 8), np.uint8)
        self._offer = np.zeros(0, np.int32)
        self._adds = np.zeros(0, np.bool_)
        self._values = np.zeros(0, np.int64)

    def put(self, alerts: Iterable[tuple[str, Condition]]) -> None:
        """Add alerts (ids and conditions) or replace those with the same ids, and count them; call `refresh` before."""
        slots = []
        for alert, condition in alerts:
            slot = self._slots.get(alert)
            if slot is None:
                slot = self._slots[alert] = len(self._ids)
                self._ids.append(alert)
                self._grow()
            self._scope[slot] = np.packbits(self._mask(condition))
            self._offer[slot] = self._offer_of(condition.offered)
            self._adds[slot] = condition.adds
            slots.append(slot)
        self._count(np.array(slots, np.int64))

    def remove(self, alert: str) -> None:
        """Remove an alert; the last alert moves into its slot."""
        slot, last = self._slots.pop(alert), len(self._ids) - 1
        for values in (self._scope, self._offer, self._adds, self._values):
            values[slot] = values[last]
        moved = self._ids.pop()
        if slot != last:
            self._ids[slot] = moved
            self._slots[moved] = slot

    def value(self, alert: str) -> int:
        """Return the value of an alert: the units that answer it, or what they offer in all."""
        return int(self._values[self._slots[alert]])

    def update(self, units: pa.Table) -> set[str]:
        """Update the values from some changed units, aged; return the alerts whose values changed."""
        columns = np.array([self._columns[unit] for unit in units["unit"].to_pylist()], np.int64)
        return self._take(columns, self._matching(units, self._offers), _weights(units))

    def refresh(self, units: pa.Table) -> set[str]:
        """Update the values from all units, aged, in the order given to `__init__`; return the alerts whose values changed."""
        self._units = units
        matches, weights = self._matching(units, self._offers), _weights(units)
        columns = np.flatnonzero((matches != self._matches).any(axis=0) | (weights != self._weights))
        return self._take(columns, matches[:, columns], weights[columns])

    def _take(self, columns: np.ndarray, matches: np.ndarray, weights: np.ndarray) -> set[str]:
        size = len(self._ids)
        before = self._values[:size].copy()
        if len(columns) > _MANY:
            self._matches[:, columns], self._weights[columns] = matches, weights
            self._count(np.arange(size))
        else:
            for index, column in enumerate(columns):
                self._move(int(column), matches[:, index], int(weights[index]))
        return {self._ids[slot] for slot in np.flatnonzero(self._values[:size] != before)}

    def _move(self, column: int, matches: np.ndarray, weight: int) -> None:
        """Update the values of the alerts that count one unit, by the difference between its old and its new offer."""
        size, offers = len(self._ids), self._offer[: len(self._ids)]
        within = (self._scope[:size, column >> 3] >> (7 - (column & 7))) & 1
        adds = self._adds[:size]
        before = self._matches[offers, column] * np.where(adds, self._weights[column], 1)
        after = matches[offers] * np.where(adds, weight, 1)
        self._values[:size] += within * (after - before)
        self._matches[:, column], self._weights[column] = matches, weight

    def _count(self, slots: np.ndarray) -> None:
        for start in range(0, len(slots), _BLOCK):
            block = slots[start : start + _BLOCK]
            answering = np.unpackbits(self._scope[block], axis=1, count=len(self._weights)) * self._matches[self._offer[block]]
            self._values[block] = np.where(self._adds[block], answering @ self._weights, answering.sum(axis=1))

    def _grow(self) -> None:
        """Double the arrays when they have no slot for the last alert."""
        if len(self._ids) > len(self._offer):
            size = 2 * len(self._ids)
            for name in ("_scope", "_offer", "_adds", "_values"):
                old = getattr(self, name)
                grown = np.zeros((size, *old.shape[1:]), old.dtype)
                grown[: len(old)] = old
                setattr(self, name, grown)

    def _mask(self, condition: Condition) -> np.ndarray:
        """Return which units an alert counts, whatever they offer."""
        key = condition.filters.of_units(), condition.department
        if key not in self._masks:
            mask = _matches(self._units.select(_SCOPED), key[0])
            if condition.department:
                mask = mask & (self._units["department"].to_numpy() == condition.department)
            self._masks[key] = mask
        mask = self._masks[key]
        if not condition.place:
            return mask
        if condition.place not in self._distances:
            self._distances[condition.place] = self._measure(condition.place)
        distances = self._distances[condition.place]
        # NaN is within no radius.
        return mask & (distances <= condition.kilometres) if distances is not None else np.zeros_like(mask)

    def _offer_of(self, offered: Filters) -> int:
        """Return the row of a filter in the matrix of matches, added at its first use."""
        if offered not in self._offers:
            self._matches = np.vstack([self._matches, self._matching(self._units, [offered])])
            self._offers[offered] = len(self._offers)
        return self._offers[offered]

    def _matching(self, units: pa.Table, offers: Iterable[Filters]) -> np.ndarray:
        """Return, for each filter, which of the units match it."""
        table = units.select(_OFFERED)
        rows = [_matches(table, offered) for offered in offers]
        return np.array(rows, np.bool_).reshape(len(rows), units.num_rows)


def _weights(units: pa.Table) -> np.ndarray:
    """Return the numbers available, 0 for those that are not known."""
    weights: np.ndarray = np.nan_to_num(units["available"].to_numpy().astype(np.float64)).astype(np.int64)
    return weights


def _matches(units: pa.Table, filters: Filters) -> np.ndarray:
    """Return which units match the filters."""
    mask = np.zeros(units.num_rows, np.bool_)
    numbered = units.append_column("row", pa.array(np.arange(units.num_rows)))
    mask[consultation.matching(numbered, filters)["row"].to_numpy()] = True
    return mask
