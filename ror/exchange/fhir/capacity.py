"""The numbers of a unit as extensions ror-location-supported-capacity: one per status (TRE_R330) that has a number."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from ror.exchange.fhir.terms import Json, Version, concept, instant, structure_definition
from ror.model.capacity import Counts
from ror.model.freshness import is_closed_for_a_time
from ror.model.nomenclature import SourceType, Temporality
from ror.model.registry import Structure, Unit
from ror.model.unit_kind import UnitKind, unit_kind

SUPPORTED_CAPACITY = structure_definition("ror-location-supported-capacity")

STATUSES = {"01": "installed", "02": "available", "03": "occupied", "04": "reserved", "05": "closed", "06": "supplementary"}
"""The field of `Counts` of each code of TRE_R330, in the order in which they are written."""

NO_ASSIGNMENT = "01"
"""affectationTemporaire, list R337: the beds are reserved for no group of patients. No other is declared here."""


@dataclass(frozen=True, slots=True)
class UnitOffer:
    """A unit, its structure and its current numbers. The unit of a closed structure is closed.

    `counts` are those of the last event (`installed` None: that of the registry applies) and `observed_at` is when they were
    true (None: never declared). `registered` is the last change of the unit or of its structure in the registry, `version`
    that of anything in the resources.
    """

    unit: Unit
    structure: Structure
    counts: Counts
    comment: str
    closed_until: date | None
    source_type: str
    observed_at: datetime | None
    registered: Version
    version: Version

    @property
    def kind(self) -> UnitKind:
        """Return what the unit counts and owes: it counts something, since it stands on the board."""
        kind = unit_kind(self.unit)
        assert kind is not None
        return kind

    def closed_for_a_time(self, now: datetime) -> bool:
        """Return whether a manager closed it until a day that is not over."""
        return is_closed_for_a_time(self.closed_until, now)

    def is_closed(self, now: datetime) -> bool:
        """Return whether it is closed, in the registry or until a date."""
        return self.unit.closed or self.closed_for_a_time(now)


def temporality(status: str, kind: UnitKind) -> Temporality:
    """Return the temporality of a status: the available places may be counted over a week, all else is counted now."""
    return kind.temporality if status == "available" else Temporality.CURRENT


def current_numbers(offer: UnitOffer, now: datetime) -> dict[str, tuple[int, datetime, str]]:
    """Return by status the number, when it was true and its source (R335).

    A closed unit offers 0 (RG_EXP_047). A number from the registry dates from the last change there; a 0 declared since
    keeps its own instant and source.
    """
    declared = offer.observed_at or offer.registered.at
    numbers = {
        status: (number, declared, offer.source_type or SourceType.MANUAL)
        for status, number in asdict(offer.counts).items()
        if number is not None
    }
    if "installed" not in numbers and offer.unit.installed is not None:
        numbers["installed"] = (offer.unit.installed, offer.registered.at, SourceType.MANUAL)
    if offer.unit.closed and (offer.counts.available != 0 or declared < offer.registered.at):
        numbers["available"] = (0, offer.registered.at, SourceType.MANUAL)
    elif offer.is_closed(now):
        numbers["available"] = (0, declared, offer.source_type or SourceType.MANUAL)
    return numbers


def capacities(offer: UnitOffer, now: datetime) -> list[Json]:
    """Build the extensions of a Location, in the order of the codes of the statuses."""
    numbers = current_numbers(offer, now)
    return [_extension(offer.kind, code, status, *numbers[status]) for code, status in STATUSES.items() if status in numbers]


def _extension(kind: UnitKind, code: str, status: str, number: int, at: datetime, source: str) -> Json:
    parts: list[Json] = [
        {"url": "nbCapacity", "valueInteger": number},
        {"url": "capacityUpdateDate", "valueDateTime": instant(at)},
        _coded("capacityStatus", "R330", code),
        _coded("capacityType", "R329", kind.capacity_type),
        _coded("temporalityCapacity", "R331", temporality(status, kind)),
        _coded("capacitySourceType", "R335", source),
        _coded("temporaryAssignement", "R337", NO_ASSIGNMENT),
    ]
    return {"url": SUPPORTED_CAPACITY, "extension": parts}


def _coded(name: str, code_list: str, code: str) -> Json:
    return {"url": name, "valueCodeableConcept": concept(code_list, str(code))}
