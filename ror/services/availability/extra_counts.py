"""The counts that an event of a crisis asks for besides the number available: parts of a count, and beds in 24 hours."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ror.model.capacity import NOTHING, Counts, checked_number
from ror.model.count_parts import CountPart, parts_from_json, sorted_parts
from ror.model.crisis import ExtraCount
from ror.model.declaration import Declaration, EventKind
from ror.model.journal import Act
from ror.services.availability.declarable_unit import DeclarableUnit
from ror.store.board.board import UnitRow

IN_24_HOURS = "03"
"""The temporality (R331) of the numbers in 24 hours."""

_OWN = (ExtraCount.REOPENABLE, ExtraCount.MOBILIZED)
"""The counts that are parts of the numbers of the unit's own temporality."""


def with_parts(counts: Counts, typed: Mapping[ExtraCount, str]) -> Counts:
    """Return the counts of a form with the parts typed in it; a count left empty gets the number of its part.

    Raises `Refused` for a part that is no number.
    """
    for extra in _OWN:
        number = checked_number(typed.get(extra, ""), extra.label)
        if number is None:
            continue
        status = extra.key.status
        whole = getattr(counts, status)
        counts = replace(
            counts,
            **{status: number if whole is None or not str(whole).strip() else whole},
            parts=(*counts.parts, CountPart(extra.key, number)),
        )
    return counts


def checked_in_24_hours(typed: Mapping[ExtraCount, str]) -> int | None:
    """Return the number of supplementary beds in 24 hours, None when it was not typed. Raises `Refused`."""
    return checked_number(typed.get(ExtraCount.IN_24_HOURS, ""), ExtraCount.IN_24_HOURS.label)


def declare_in_24_hours(unit: DeclarableUnit, number: int, now: datetime) -> Declaration:
    """Write, in the unit's transaction, the supplementary beds that it can open in 24 hours.

    Its other numbers of that temporality stay.
    """
    last, key = unit.last_for(IN_24_HOURS), ExtraCount.IN_24_HOURS.key
    before = last.counts if last else NOTHING
    parts = [part for part in before.parts if part.key.status != key.status]
    counts = replace(before, supplementary=number, parts=sorted_parts([*parts, CountPart(key, number)]))
    event = unit.new_event(EventKind.DECLARED, counts, last.comment if last else "", now, temporality=IN_24_HOURS)
    unit.append(Act.DECLARE, event)
    return event


def last_number(row: UnitRow, extra: ExtraCount) -> int | None:
    """Return the last number that a unit of the board declared for an extra count, None when it declared none."""
    if extra is not ExtraCount.IN_24_HOURS:
        return extra.number(parts_from_json(row["parts"]))
    in_24_hours = (other["supplementary"] for other in row["others"] or () if other["temporality"] == IN_24_HOURS)
    return next(in_24_hours, None)
