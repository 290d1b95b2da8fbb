"""The columns of the numbers of units beside the one available: the other counts, by sex, how full the units are."""

from collections.abc import Sequence

import pyarrow as pa

from ror.model.count_parts import number_of_sex, parts_from_json
from ror.model.nomenclature import CapacityType
from ror.model.occupancy import Occupancy, occupancy
from ror.services.availability.consult import UnitRow
from ror.web import columns


def detail(rows: Sequence[UnitRow]) -> dict[str, pa.Array]:
    """Return the columns of the counts that detail the available number, and of this number by sex."""
    counts = {words: pa.array([row[name] for row in rows], pa.int32()) for name, words in columns.DETAIL.items()}
    sexes = {
        words: pa.array([row[name] if row["open"] else None for row in rows], pa.int32())
        for name, words in columns.BY_SEX.items()
    }
    return counts | sexes


def occupancy_of(row: UnitRow) -> Occupancy | None:
    """Return how full a unit of the board is; None for a closed one, or when its numbers do not say."""
    if not row["open"]:
        return None
    return occupancy(CapacityType(row["capacity_type"]), row["installed"], row["available"], row["occupied"])


def occupancies(rows: Sequence[UnitRow]) -> dict[str, pa.Array]:
    """Return the columns of how full units are, and of which numbers say so."""
    rates = [occupancy_of(row) for row in rows]
    return {
        columns.OCCUPANCY: pa.array([rate.percent if rate else None for rate in rates], pa.int32()),
        columns.OCCUPANCY_SOURCE: pa.array([rate.source if rate else None for rate in rates], pa.string()),
    }


def past_sexes(past: pa.Table) -> dict[str, pa.Array]:
    """Return the columns of the numbers available by sex of a unit's declarations."""
    parts = [parts_from_json(text) for text in past["parts"].to_pylist()]
    return {words: pa.array([number_of_sex(one, name) for one in parts], pa.int32()) for name, words in columns.BY_SEX.items()}
