"""What a region decides of the types of its units: the published list proposes, the region may choose otherwise."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from ror.errors import Refused
from ror.model.nomenclature import CapacityType, UnitType, unit_types

NOTHING = "00"
"""The capacity type of a decision: these units count neither beds nor places, and do not declare."""

MAX_DUTY_HOURS = 24 * 31
"""The longest duty that a region may choose, in hours."""


@dataclass(frozen=True, slots=True)
class TypeDecision:
    """What a region decided of a type; None leaves what the published list proposes.

    `capacity_type` is a code of R329, or `NOTHING`; `duty_hours` the longest time between two declarations; `needs` codes of
    `model.needs` joined by `|`, "" for none. Units of a type that is not `followed` owe no declaration and are on no board.
    """

    unit_type: str
    capacity_type: str | None = None
    duty_hours: int | None = None
    followed: bool = True
    needs: str | None = None

    @property
    def is_proposal(self) -> bool:
        """Whether the decision changes nothing: the type is as the list proposes it."""
        return self == TypeDecision(self.unit_type)

    def applied(self, published: UnitType) -> UnitType:
        """Return a published type as the region has it."""
        changed = published
        if self.capacity_type is not None:
            nothing = self.capacity_type == NOTHING
            capacity_type = None if nothing else CapacityType(self.capacity_type)
            changed = replace(changed, capacity_type=capacity_type, counts_nothing=nothing)
        if self.duty_hours is not None:
            changed = replace(changed, duty=timedelta(hours=self.duty_hours))
        if self.needs is not None:
            changed = replace(changed, needs=tuple(filter(None, self.needs.split("|"))))
        return replace(changed, followed=self.followed)

    def reduced(self, published: UnitType) -> "TypeDecision":
        """Return the same decision without the values that the published type proposes already.

        `NOTHING` stays even where the list gives no capacity type: the nature of its units is then no longer to be specified.
        """
        hours = published.duty // timedelta(hours=1)
        return replace(
            self,
            capacity_type=None if self.capacity_type == published.capacity_type else self.capacity_type,
            duty_hours=None if self.duty_hours == hours else self.duty_hours,
            needs=None if self.needs == "|".join(published.needs) else self.needs,
        )


def checked_duty(text: str) -> int:
    """Parse a number of hours between two declarations. Raises `Refused` unless it is from 1 to `MAX_DUTY_HOURS`."""
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MAX_DUTY_HOURS):
        raise Refused(f"Le délai est un nombre entier d'heures, de 1 à {MAX_DUTY_HOURS} : corrigez-le.")
    return int(text)


def region_types(decisions: Iterable[TypeDecision]) -> Mapping[str, UnitType]:
    """Return the types of units by code, as a region has them; decisions on types that have left the list are ignored."""
    published = unit_types()
    decided = {one.unit_type: one.applied(published[one.unit_type]) for one in decisions if one.unit_type in published}
    return {**published, **decided} if decided else published
