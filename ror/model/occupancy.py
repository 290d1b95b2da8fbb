"""How full a unit is: occupied beds or places among the installed ones, or what is not available among them."""

from dataclasses import dataclass

from ror.model.nomenclature import CapacityType

FROM_OCCUPIED, FROM_AVAILABLE = "occupés", "disponibles"
"""The numbers that an occupancy was computed from, as they are shown."""


@dataclass(frozen=True, slots=True)
class Occupancy:
    """A rate in percent, above 100 when supplementary beds are occupied, and what it was computed from."""

    percent: int
    source: str

    @property
    def words(self) -> str:
        """The rate, marked when it is estimated from what is available: « 85 % », « ≈ 85 % »."""
        return f"{'' if self.source == FROM_OCCUPIED else '≈ '}{self.percent} %"


def occupancy(
    capacity_type: CapacityType, installed: int | None, available: int | None, occupied: int | None
) -> Occupancy | None:
    """Return how full a unit is; None when its numbers are not enough to compute it.

    The places available over a week are a flow, from which the places occupied now cannot be computed.
    """
    if not installed:
        return None
    if occupied is not None:
        return Occupancy(round(100 * occupied / installed), FROM_OCCUPIED)
    if available is None or capacity_type is not CapacityType.BED:
        return None
    return Occupancy(max(round(100 * (installed - available) / installed), 0), FROM_AVAILABLE)
