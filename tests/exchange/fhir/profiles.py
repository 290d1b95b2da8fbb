"""Check a resource against the profiles of the ROR, beyond FHIR alone: cardinalities, code systems, codes.

Written from the guide ans.fhir.fr.ror, not from what prints the resources.
"""

import csv
import re
from datetime import datetime
from typing import Any

from fhir.resources.R4B import get_fhir_model_class

from ror.settings import DATA

Json = dict[str, Any]

ROR = "https://interop.esante.gouv.fr/ig/fhir/ror/StructureDefinition"
NOS = "https://mos.esante.gouv.fr/NOS"
CAPACITY = f"{ROR}/ror-location-supported-capacity"
COMMUNE = f"{ROR}/ror-commune-cog"

PARTS = {
    "capacityType": "TRE_R329-NatureCapacite",
    "capacityStatus": "TRE_R330-TypeStatutCapacite",
    "temporalityCapacity": "TRE_R331-TemporaliteCapacite",
    "capacitySourceType": "TRE_R335-TypeSourceCapacite",
    "temporaryAssignement": "TRE_R337-AffectationTemporaire",
}
OPTIONAL = {"genderCapacityAvailable": "TRE_R332-GenreCapacite", "capacityClosingType": "TRE_R333-TypeFermetureCapacite"}


def published(name: str) -> dict[str, str]:
    """Return the labels of a national list by code, from `data/nomenclatures`."""
    with (DATA / "nomenclatures" / "codes.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["label"] for row in csv.DictReader(file, delimiter=";") if row["list"] == name}


def types_of_units() -> dict[str, str]:
    """Return the labels of the types of units by code."""
    with (DATA / "nomenclatures" / "unit-types.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["label"] for row in csv.DictReader(file, delimiter=";")}


def coded(concept: Json, name: str, codes: dict[str, str] | None = None) -> str:
    """Return the code of a concept, after a check of its one coding: list and label."""
    (coding,) = concept["coding"]
    assert coding["system"] == f"{NOS}/{name}/FHIR/{name.replace('_', '-')}"
    labels_by_code = published(name) if codes is None else codes
    if labels_by_code:
        assert coding["display"] == labels_by_code[coding["code"]]
    assert coding["code"]
    return str(coding["code"])


def check(resource: Json) -> None:
    """Check a resource against FHIR R4 and against its profile."""
    kind = resource["resourceType"]
    get_fhir_model_class(kind).model_validate(resource)
    assert re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", resource["id"])
    assert resource["meta"]["profile"] == [f"{ROR}/ror-{kind.lower()}"]
    assert datetime.fromisoformat(resource["meta"]["lastUpdated"]).tzinfo is not None
    assert "" not in _texts(resource)
    {"Organization": _organization, "HealthcareService": _healthcare_service, "Location": _location}[kind](resource)


def _texts(value: Any) -> list[Any]:
    """Yield every text of a resource, and "" for every empty list or object, which FHIR does not allow."""
    if isinstance(value, dict | list):
        inner = list(value.values()) if isinstance(value, dict) else value
        return [text for one in inner for text in _texts(one)] or [""]
    return [value]


def _organization(resource: Json) -> None:
    identifiers = {coded(one["type"], "TRE_G07-TypeIdentifiantStructure", {}): one for one in resource["identifier"]}
    assert len(identifiers) == len(resource["identifier"])
    assert identifiers["1"]["system"] == "https://finess.esante.gouv.fr"
    assert identifiers["40"]["system"] == "urn:oid:1.2.250.1.71.4.2.2"
    assert identifiers["40"]["value"] == f"1{identifiers['1']['value']}"
    assert resource["name"]
    for one in resource.get("type", []):
        coded(one, "TRE_R66-CategorieEtablissement", {})
    assert len(resource.get("address", [])) <= 1


def _healthcare_service(resource: Json) -> None:
    assert len(resource["identifier"]) == 1
    (category,), (field,) = resource["category"], resource["type"]
    assert coded(category, "TRE_R244-CategorieOrganisation", types_of_units())
    assert coded(field, "TRE_R227-ChampActivite")
    assert resource["providedBy"]["reference"].startswith("Organization/")
    assert [one["reference"] for one in resource["location"]] == [f"Location/{resource['id']}"]
    assert resource["name"]
    for one in resource.get("notAvailable", []):
        assert one["id"] == "closingReopeningDate"
        assert one["description"] == "Période de fermeture et de réouverture prévisionnelle"


def _location(resource: Json) -> None:
    identifiers = [coded(one["type"], "TRE_R354-TypeIdentifiantRessourceOperationnelle", {}) for one in resource["identifier"]]
    assert identifiers == ["25", "26"]
    (commune,) = [one for one in resource["extension"] if one["url"] == COMMUNE]
    assert coded(commune["valueCodeableConcept"], "TRE_R13-CommuneOM", {})
    assert resource["managingOrganization"]["reference"].startswith("Organization/")
    capacities = [_capacity(one) for one in resource["extension"] if one["url"] == CAPACITY]
    assert len(capacities) == len(set(capacities)), "one per status and temporality"


def _capacity(extension: Json) -> tuple[str, str]:
    parts = {part["url"]: part for part in extension["extension"]}
    assert len(parts) == len(extension["extension"])
    assert (
        {*PARTS, "nbCapacity", "capacityUpdateDate"} <= parts.keys() <= {*PARTS, *OPTIONAL, "nbCapacity", "capacityUpdateDate"}
    )
    codes = {name: coded(parts[name]["valueCodeableConcept"], code_list) for name, code_list in PARTS.items()}
    assert codes["temporaryAssignement"] == "01"
    assert type(parts["nbCapacity"]["valueInteger"]) is int
    assert datetime.fromisoformat(parts["capacityUpdateDate"]["valueDateTime"]).tzinfo is not None
    return codes["capacityStatus"], codes["temporalityCapacity"]
