"""Helpers: an offer of the tiny region without a database, and the bodies of bed management software."""

from datetime import UTC, datetime
from typing import Any

from ror.exchange.fhir.capacity import UnitOffer
from ror.exchange.fhir.terms import Version
from ror.model.capacity import Counts
from tests.exchange.fhir.profiles import CAPACITY, NOS
from tests.region import BY_ID, STRUCTURES, WARD

REGISTERED = Version(1, datetime(2026, 11, 1, 6, 0, tzinfo=UTC))
CREATED = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
OBSERVED = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DECLARED = Version(7, datetime(2026, 11, 23, 8, 31, tzinfo=UTC))

LISTS = {
    "capacityType": "TRE_R329-NatureCapacite",
    "capacityStatus": "TRE_R330-TypeStatutCapacite",
    "temporalityCapacity": "TRE_R331-TemporaliteCapacite",
    "capacitySourceType": "TRE_R335-TypeSourceCapacite",
    "genderCapacityAvailable": "TRE_R332-GenreCapacite",
    "temporaryAssignement": "TRE_R337-AffectationTemporaire",
    "capacityClosingType": "TRE_R333-TypeFermetureCapacite",
    "additionalBedType": "TRE_R334-TypeLitSupplementaire",
    "crisisType": "TRE_R336-TypeCrise",
}
PATH = f"Location.extension.where(url='{CAPACITY}')"


def offer(unit: str = WARD, counts: Counts | None = None, **others: Any) -> UnitOffer:
    """Build a unit with its numbers, never declared unless `counts` are given."""
    entry = others.pop("entry", BY_ID[unit])
    structure = others.pop("structure", next(one for one in STRUCTURES if one.finess == entry.structure))
    values: dict[str, Any] = {
        "counts": counts or Counts(None),
        "comment": "",
        "closed_until": None,
        "source_type": "02" if counts else "",
        "observed_at": OBSERVED if counts else None,
        "registered": REGISTERED,
        "version": DECLARED if counts else REGISTERED,
        "created_at": CREATED,
    }
    return UnitOffer(entry, structure, **(values | others))


def coded(name: str, code: str) -> dict[str, Any]:
    """Build a part of an extension with a code of its own list."""
    code_list = LISTS[name]
    system = f"{NOS}/{code_list}/FHIR/{code_list.replace('_', '-')}"
    return {"url": name, "valueCodeableConcept": {"coding": [{"system": system, "code": code}]}}


def extension(
    number: Any = 5,
    at: Any = "2026-11-23T08:30:00Z",
    status: str = "02",
    kind: str = "01",
    temporality: str = "01",
    **more: str,
) -> dict[str, Any]:
    """Build an extension ror-location-supported-capacity; `more` are codes by the name of the part."""
    codes = {
        "capacityStatus": status,
        "capacityType": kind,
        "temporalityCapacity": temporality,
        "capacitySourceType": "02",
        "temporaryAssignement": "01",
        **more,
    }
    parts = [{"url": "nbCapacity", "valueInteger": number}, {"url": "capacityUpdateDate", "valueDateTime": at}]
    return {"extension": [*parts, *(coded(name, code) for name, code in codes.items())], "url": CAPACITY}


def condition(**codes: str) -> str:
    """Return the conditions of the national protocol on a path."""
    each = (f"extension.where(url = '{name}' and valueCodeableConcept.coding.code = '{code}')" for name, code in codes.items())
    return f".where({' and '.join(each)})"


def operation(value: dict[str, Any], kind: str = "add", path: str = PATH) -> dict[str, Any]:
    """Build one operation, in the form of the national protocol."""
    parts = [
        {"name": "type", "valueString": kind},
        {"name": "path", "valueString": path},
        {"name": "value", "part": [{"extension": [value]}]},
    ]
    return {"name": "operation", "part": parts}


def body(*operations: dict[str, Any]) -> dict[str, Any]:
    """Build a Parameters resource."""
    return {"resourceType": "Parameters", "parameter": list(operations)}
