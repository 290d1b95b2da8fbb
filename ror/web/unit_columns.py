"""Columns of the tables of units: other counts, by sex, occupancy, contradictions, probabilities, tension."""

from collections.abc import Sequence

import pyarrow as pa

from ror.model.capacity import Counts, detail_words
from ror.model.count_parts import SEX_TITLES, number_of_sex, parts_from_json
from ror.model.nomenclature import CapacityType
from ror.model.occupancy import Occupancy, occupancy
from ror.model.tension import LEVELS
from ror.model.trust.still_true import StillTrue
from ror.services.availability.consult import UnitRow
from ror.services.coordination import feedback
from ror.web import columns


def detail(rows: Sequence[UnitRow]) -> dict[str, pa.Array]:
    """Return the columns of the counts that detail the available number, and of this number by sex."""
    counts = {words: pa.array([row[name] for row in rows], pa.int32()) for name, words in columns.DETAIL.items()}
    sexes = {
        words: pa.array([row[name] if row["open"] else None for row in rows], pa.int32()) for name, words in SEX_TITLES.items()
    }
    return counts | sexes


def detail_in_words(row: UnitRow) -> str:
    """Format the counts of a unit but the numbers available and installed, which are shown apart (`detail_words`)."""
    parts = [part for part in parts_from_json(row["parts"]) if row["open"] or part.key.status != "available"]
    counts = Counts(None, None, row["occupied"], row["reserved"], row["closed_count"], row["supplementary"], tuple(parts))
    return detail_words(counts, CapacityType(row["capacity_type"]))


def contradictions(rows: Sequence[UnitRow]) -> dict[str, pa.Array]:
    """Return the columns of how many readers contradict the numbers of units, and when the last one did."""
    found = [feedback.contradiction(row) for row in rows]
    return {
        columns.CONTRADICTED_BY: pa.array([one.accounts if one else None for one in found], pa.int32()),
        columns.CONTRADICTED_AT: pa.array([one.at if one else None for one in found], pa.timestamp("us", tz="UTC")),
    }


def occupancy_of(row: UnitRow) -> Occupancy | None:
    """Return the occupancy of a unit of the board; None for a closed unit, or when its numbers do not give it."""
    if not row["open"]:
        return None
    return occupancy(CapacityType(row["capacity_type"]), row["installed"], row["available"], row["occupied"])


def occupancies(rows: Sequence[UnitRow]) -> dict[str, pa.Array]:
    """Return the columns of the occupancy of units in percent, and of the numbers that it is computed from."""
    rates = [occupancy_of(row) for row in rows]
    return {
        columns.OCCUPANCY: pa.array([rate.percent if rate else None for rate in rates], pa.int32()),
        columns.OCCUPANCY_SOURCE: pa.array([rate.source if rate else None for rate in rates], pa.string()),
    }


def trust(chances: Sequence[StillTrue]) -> dict[str, pa.Array]:
    """Return the columns of how likely the numbers of units still stand, and leave at least one."""
    return {
        columns.STILL_TRUE: pa.array([one.same.percent if one.same else None for one in chances], pa.int32()),
        columns.ANY_LEFT: pa.array([one.any_left.percent if one.any_left else None for one in chances], pa.int32()),
    }


def tensions(rows: Sequence[UnitRow]) -> dict[str, pa.Array]:
    """Return the column of the tension of the structure of units or of summaries of structures, if one was declared."""
    levels = [row.get("tension") for row in rows]
    if all(level is None for level in levels):
        return {}
    return {
        columns.TENSION: pa.array([None if level is None else f"{level}, {LEVELS[level]}" for level in levels], pa.string())
    }


def past_sexes(past: pa.Table) -> dict[str, pa.Array]:
    """Return the columns of the numbers available by sex of a unit's declarations."""
    parts = [parts_from_json(text) for text in past["parts"].to_pylist()]
    return {words: pa.array([number_of_sex(one, name) for one in parts], pa.int32()) for name, words in SEX_TITLES.items()}
