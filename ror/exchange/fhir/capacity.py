"""The numbers of a unit as extensions ror-location-supported-capacity: one per status (TRE_R330), temporality and part."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from ror.exchange.fhir.terms import Json, Version, concept, instant, structure_definition
from ror.model.capacity import Counts
from ror.model.count_parts import CODE_LISTS, NO_ASSIGNMENT, PartKey
from ror.model.declaration import OtherNumbers
from ror.model.freshness import is_closed_for_a_time
from ror.model.nomenclature import SourceType, Temporality
from ror.model.registry import Structure, Unit
from ror.model.territory import time_zone
from ror.model.unit_kind import UnitKind, unit_kind

SUPPORTED_CAPACITY = structure_definition("ror-location-supported-capacity")

STATUSES = {"01": "installed", "02": "available", "03": "occupied", "04": "reserved", "05": "closed", "06": "supplementary"}
"""The field of `Counts` of each code of TRE_R330, in the order in which they are written."""

STATUS_CODES = {status: code for code, status in STATUSES.items()}

PART_CODES = {
    "gender": "genderCapacityAvailable",
    "closing_type": "capacityClosingType",
    "additional_bed_type": "additionalBedType",
    "crisis_type": "crisisType",
    "assignment": "temporaryAssignement",
}
"""The sub-extension of each code of a part of a count."""


@dataclass(frozen=True, slots=True)
class UnitOffer:
    """A unit, its structure and its current numbers. The unit of a closed structure is closed.

    `counts` are those of the last event (`installed` None: that of the registry applies) and `observed_at` is when they were
    true (None: never declared); `others` are those of other temporalities. `registered` is the last change of the unit or of
    its structure in the registry, `version` the last change of anything in its resources; `created_at` is when the unit was
    entered in the registry.
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
    created_at: datetime
    others: Sequence[OtherNumbers] = ()

    @property
    def kind(self) -> UnitKind:
        """Return what the unit counts and owes: never None, since only units that count something are on the board."""
        kind = unit_kind(self.unit)
        assert kind is not None
        return kind

    def closed_for_a_time(self, now: datetime) -> bool:
        """Return whether the unit is closed until a day that is not over."""
        return is_closed_for_a_time(self.closed_until, now, time_zone(self.structure.department))

    def is_closed(self, now: datetime) -> bool:
        """Return whether the unit is closed, in the registry or until a day."""
        return self.unit.closed or self.closed_for_a_time(now)


@dataclass(frozen=True, slots=True)
class Capacity:
    """One number of a Location: that of a part of a count, for a temporality (R331), with its instant and source (R335)."""

    key: PartKey
    temporality: str
    number: int
    at: datetime
    source: str

    def codes(self, kind: UnitKind) -> dict[str, str]:
        """Return its codes by the names of the sub-extensions."""
        codes = {
            "capacityStatus": STATUS_CODES[self.key.status],
            "capacityType": str(kind.capacity_type),
            "temporalityCapacity": self.temporality,
            "capacitySourceType": self.source,
            "temporaryAssignement": NO_ASSIGNMENT,
        }
        return codes | {PART_CODES[name]: code for name in CODE_LISTS if (code := getattr(self.key, name))}


def record_temporality(status: str, event_temporality: str, kind: UnitKind) -> str:
    """Return the temporality of a count of an event: that of the event for the number available, now for other statuses.

    In an event for another temporality than the unit's own, all counts have that one.
    """
    if event_temporality == kind.temporality and status != "available":
        return str(Temporality.CURRENT)
    return event_temporality


def current_capacities(offer: UnitOffer, now: datetime) -> list[Capacity]:
    """Return the numbers of a unit, by status, temporality and codes.

    A closed unit offers 0 (RG_EXP_047). A number from the registry has the instant of its last change there; a 0 declared since
    the closure keeps its own instant and source. When there are numbers twice for a status and temporality, the later ones are
    returned: a unit of places may have some from its own event and others from its event « Courant ».
    """
    latest: dict[tuple[str, str], list[Capacity]] = {}
    for numbers in (_own(offer, now), *(_other(offer, other, now) for other in offer.others)):
        for key, group in groupby(sorted(numbers, key=_status_and_temporality), _status_and_temporality):
            capacities_of_key = list(group)
            if key not in latest or capacities_of_key[0].at > latest[key][0].at:
                latest[key] = capacities_of_key
    return [capacity for _, group in sorted(latest.items()) for capacity in group]


def _status_and_temporality(capacity: Capacity) -> tuple[str, str]:
    return STATUS_CODES[capacity.key.status], capacity.temporality


def _own(offer: UnitOffer, now: datetime) -> Iterator[Capacity]:
    """Yield the numbers of a unit for its own temporality, those of the registry included."""
    temporality = str(offer.kind.temporality)
    # Without `observed_at` the number available was taken away; what is left has the instant of that change.
    declared, source = offer.observed_at or offer.version.at, offer.source_type or str(SourceType.MANUAL)
    closed = offer.is_closed(now)
    for key, number in offer.counts.records().items():
        if not (closed and key.status == "available"):
            yield Capacity(key, record_temporality(key.status, temporality, offer.kind), number, declared, source)
    if offer.counts.installed is None and offer.unit.installed is not None:
        registered = (offer.unit.installed, offer.registered.at, str(SourceType.MANUAL))
        yield Capacity(PartKey("installed"), str(Temporality.CURRENT), *registered)
    if offer.unit.closed and (offer.counts.available != 0 or declared < offer.registered.at):
        yield Capacity(PartKey("available"), temporality, 0, offer.registered.at, str(SourceType.MANUAL))
    elif closed:
        yield Capacity(PartKey("available"), temporality, 0, declared, source)


def _other(offer: UnitOffer, other: OtherNumbers, now: datetime) -> Iterator[Capacity]:
    """Yield the numbers of a unit for another temporality than its own; none once they were taken away."""
    if other.observed_at is None:
        return
    closed = offer.is_closed(now)
    for key, number in other.counts.records().items():
        if not (closed and key.status == "available"):
            yield Capacity(key, other.temporality, number, other.observed_at, other.source_type)
    if closed:
        yield Capacity(PartKey("available"), other.temporality, 0, other.observed_at, other.source_type)


def capacities(offer: UnitOffer, now: datetime) -> list[Json]:
    """Build the extensions of a Location, in the order of the codes of the statuses."""
    return [_extension(capacity, offer.kind) for capacity in current_capacities(offer, now)]


_LISTS = {
    "capacityStatus": "R330",
    "capacityType": "R329",
    "temporalityCapacity": "R331",
    "capacitySourceType": "R335",
    **{PART_CODES[name]: code_list for name, code_list in CODE_LISTS.items()},
}
"""The national list of each coded sub-extension."""


def _extension(capacity: Capacity, kind: UnitKind) -> Json:
    parts: list[Json] = [
        {"url": "nbCapacity", "valueInteger": capacity.number},
        {"url": "capacityUpdateDate", "valueDateTime": instant(capacity.at)},
        *({"url": name, "valueCodeableConcept": concept(_LISTS[name], code)} for name, code in capacity.codes(kind).items()),
    ]
    return {"url": SUPPORTED_CAPACITY, "extension": parts}
