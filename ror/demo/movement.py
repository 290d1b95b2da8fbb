"""Movements between two declarations of the rhythm: a patient comes in or leaves, and software sends the new number."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ror.demo.habits import SECOND, golden_rotation, paces
from ror.demo.rhythm import drawn, manager_of, microseconds, usual_counts
from ror.demo.scale import REGIONAL, Scale
from ror.model.nomenclature import CapacityType
from ror.model.territory import PARIS

FED = ("feed", "software")
"""The paces of the units whose software declares for them: their number may change at any time, and is rarely old."""


class UnitMovement(NamedTuple):
    """The new counts of a unit by status, while its other counts stay; `account` is the id of its manager."""

    unit: str
    account: str
    counts: dict[str, int]


def movement(
    units: pa.Table, now: datetime, scale: Scale = REGIONAL, spared: Collection[str] = (), seed: int = 2026
) -> UnitMovement | None:
    """Return what the software of one unit sends at an instant, None when no unit may move.

    `units` are those of the board, `spared` the ids of those that must not move. The second of the instant selects the unit
    among the others. Its number moves by one towards that of the rhythm, so that it never drifts away.
    """
    units, luck, _ = drawn(units, seed)
    instant = microseconds(now)
    bed = pc.equal(units["capacity_type"], CapacityType.BED).to_numpy()
    closed = pc.greater_equal(units["closed_until"], now.astimezone(PARIS).date()).fill_null(False).to_numpy()
    may_move = np.isin(paces(units, scale.customs), FED) & units["available"].is_valid().to_numpy() & ~closed
    candidates = np.flatnonzero(may_move & ~np.isin(units["unit"].to_pylist(), list(spared)))
    if not len(candidates):
        return None
    chosen = candidates[int(golden_rotation(np.zeros(1), np.array([instant // SECOND]))[0] * len(candidates))]
    row = units.slice(chosen, 1).to_pylist()[0]
    installed = np.array([row["registry_installed"] or 0])
    (usual,) = usual_counts(luck[:3, [chosen]], installed, bed[[chosen]], np.array([instant]))[0]
    return UnitMovement(row["unit"], manager_of(row["legal_entity"]), counts_after_move(row, int(usual), int(installed[0])))


def counts_after_move(row: Mapping[str, int | None], usual: int, installed: int) -> dict[str, int]:
    """Return the counts of a unit of the board after its number available moved by one towards the usual number."""
    available, occupied = row["available"] or 0, row["occupied"]
    up = available < usual or (available == usual and available < installed)
    step = 1 if up and occupied != 0 else -1 if available else 0
    counts = {"available": available + step}
    return counts if occupied is None else counts | {"occupied": occupied - step}
