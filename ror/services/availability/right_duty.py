"""The right duty of each unit beside that of its type: proposed to administrators, never applied by itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isnan
from statistics import median

import pyarrow.compute as pc

from ror.model.journal import Act
from ror.model.rights import Account, Action
from ror.model.trust.checks import Claim
from ror.model.trust.duty import RightDuties, proposed, right_duties
from ror.services import journal
from ror.services.availability.trust import learning
from ror.services.availability.trust.learning import Trust
from ror.settings import settings
from ror.store.board import board as boards
from ror.store.board.board import UnitRow
from ror.store.engine.database import Database

_COLUMNS = ("unit", "name", "structure", "department", "unit_type", "type_label", "duty_seconds")


@dataclass(frozen=True, slots=True)
class UnitDuty:
    """A unit with the duty of its type and its right duty, in hours; None where too little is known.

    `extrapolated`: numbers of the type are hardly ever checked as young as this duty (`model.trust.duty.RightDuties`).
    """

    unit: str
    name: str
    structure: str
    department: str
    unit_type: str
    type_label: str
    duty: timedelta
    hours: float | None
    extrapolated: bool

    @property
    def proposed(self) -> int | None:
        """The duty to propose, in hours."""
        return None if self.hours is None else proposed(self.hours)

    @property
    def difference(self) -> int | None:
        """The duty to propose minus the duty of the type, in hours."""
        return None if self.proposed is None else self.proposed - self.duty // timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class TypeDuty:
    """The duty to propose for a type, in hours: the median of those of its units that have one, None without any."""

    proposed: int | None
    units: int
    with_duty: int
    extrapolated: int


def list_units(db: Database, account: Account | None, now: datetime) -> list[UnitDuty] | None:
    """Return the units that declare, by structure and name; None while nothing is learnt. Raises `Forbidden`, journalled."""
    journal.require(db, account, Action.MANAGE_REGISTRY, Act.REGISTRY, "registry", now)
    learnt = learning.latest(db)
    if learnt is None:
        return None
    units = boards.current(db).units
    rows = units.filter(pc.invert(units["registry_closed"])).select(_COLUMNS).to_pylist()
    found = [_unit_duty(row, learnt) for row in rows]
    return sorted(found, key=lambda one: (one.department, one.structure, one.name, one.unit))


def by_type(units: Iterable[UnitDuty]) -> Mapping[str, TypeDuty]:
    """Return the duty to propose for each type of some units, by its code."""
    grouped: dict[str, list[UnitDuty]] = {}
    for unit in units:
        grouped.setdefault(unit.unit_type, []).append(unit)
    return {code: _type_duty(of_type) for code, of_type in grouped.items()}


def _type_duty(units: list[UnitDuty]) -> TypeDuty:
    hours = [unit.hours for unit in units if unit.hours is not None]
    extrapolated = sum(unit.extrapolated for unit in units)
    return TypeDuty(proposed(median(hours)) if hours else None, len(units), len(hours), extrapolated)


def _unit_duty(row: UnitRow, learnt: Trust) -> UnitDuty:
    duties, place = _right_duties(learnt), learnt.history.rows.get(row["unit"])
    duty = timedelta(seconds=row.pop("duty_seconds"))
    if place is None or isnan(duties.hours[place]):
        return UnitDuty(**row, duty=duty, hours=None, extrapolated=False)
    return UnitDuty(**row, duty=duty, hours=float(duties.hours[place]), extrapolated=bool(duties.extrapolated[place]))


def _right_duties(learnt: Trust) -> RightDuties:
    """Return the right duties of the units of a `Trust`, in the order of its history."""
    target = settings().trust_target
    history, estimate = learnt.history, learnt.estimates[Claim.SAME]
    found: RightDuties = learnt.cache.get(
        ("right duties", target), lambda: right_duties(history.learnt(), estimate, history.group_of, target)
    )
    return found
