"""Check a resource against the profiles of the ROR, beyond FHIR alone: cardinalities, code systems, codes.

Written from the guide ans.fhir.fr.ror, independently of the code that prints the resources.
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

PARTS = {
    "capacityType": "TRE_R329-NatureCapacite",
    "capacityStatus": "TRE_R330-TypeStatutCapacite",
    "temporalityCapacity": "TRE_R331-TemporaliteCapacite",
    "capacitySourceType": "TRE_R335-TypeSourceCapacite",
    "temporaryAssignement": "TRE_R337-AffectationTemporaire",
}
OPTIONAL = {
    "genderCapacityAvailable": "TRE_R332-GenreCapacite",
    "capacityClosingType": "TRE_R333-TypeFermetureCapacite",
    "additionalBedType": "TRE_R334-TypeLitSupplementaire",
    "crisisType": "TRE_R336-TypeCrise",
}


def published(name: str) -> dict[str, str]:
    """Return the labels of a national list by code, from `data/nomenclatures`."""
    with (DATA / "nomenclatures" / "codes.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["label"] for row in csv.DictReader(file, delimiter=";") if row["list"] == name}


def types_of_units() -> dict[str, str]:
    """Return the labels of the types of units by code."""
    with (DATA / "nomenclatures" / "unit-types.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["label"] for row in csv.DictReader(file, delimiter=";")}


def coding_code(coding: Json, name: str, codes: dict[str, str] | None = None) -> str:
    """Return the code of a coding, after a check of its list and its label."""
    assert coding["system"] == f"{NOS}/{name}/FHIR/{name.replace('_', '-')}"
    labels_by_code = published(name) if codes is None else codes
    if labels_by_code:
        assert coding["display"] == labels_by_code[coding["code"]]
    assert coding["code"]
    return str(coding["code"])


def coded(concept: Json, name: str, codes: dict[str, str] | None = None) -> str:
    """Return the code of a concept, after a check of its one coding: list and label."""
    (coding,) = concept["coding"]
    return coding_code(coding, name, codes)


def extensions(element: Json, name: str) -> list[Json]:
    """Return the extensions of the ROR of this name that an element has."""
    return [extension for extension in element.get("extension", []) if extension["url"] == f"{ROR}/{name}"]


def of_list(concepts: list[Json], name: str) -> list[str]:
    """Return the codes of those concepts that are of a national list."""
    address = f"{NOS}/{name}/FHIR/{name.replace('_', '-')}"
    return [coded(concept, name) for concept in concepts if concept["coding"][0]["system"] == address]


def check(resource: Json) -> None:
    """Check a resource against FHIR R4 and against its profile."""
    kind = resource["resourceType"]
    get_fhir_model_class(kind).model_validate(resource)
    assert re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", resource["id"])
    assert resource["meta"]["profile"] == [f"{ROR}/ror-{kind.lower()}"]
    assert datetime.fromisoformat(resource["meta"]["lastUpdated"]).tzinfo is not None
    for tag in resource["meta"].get("tag", []):
        coding_code(tag, "TRE_R30-RegionOM")
    (created,) = extensions(resource, "ror-meta-creation-date")
    assert datetime.fromisoformat(created["valueDateTime"]).tzinfo is not None
    assert "" not in _texts(resource)
    {"Organization": _organization, "HealthcareService": _healthcare_service, "Location": _location}[kind](resource)


def _texts(value: Any) -> list[Any]:
    """Yield every text of a resource, and "" for every empty list or object, which FHIR does not allow."""
    if isinstance(value, dict | list):
        inner = list(value.values()) if isinstance(value, dict) else value
        return [text for element in inner for text in _texts(element)] or [""]
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
    for contact in resource.get("contact", []):
        coded(contact["purpose"], "TRE_R287-NatureContact")
        _level(contact, "ror-contact-confidentiality-level")
        for telecom in contact["telecom"]:
            assert telecom["value"]
            _channel(telecom)


def _healthcare_service(resource: Json) -> None:
    (identifier,) = resource["identifier"]
    assert coded(identifier["type"], "TRE_R355-TypeIdentifiantOffre") == "35"
    (category,), (field,), (activity,) = resource["category"], resource["type"], resource["specialty"]
    assert coded(category, "TRE_R244-CategorieOrganisation", types_of_units())
    assert coded(field, "TRE_R227-ChampActivite")
    assert coded(activity, "TRE_R211-ActiviteOperationnelle")
    assert len(of_list(resource["characteristic"], "TRE_R213-ModePriseEnCharge")) == 1
    closings = of_list(resource["characteristic"], "TRE_R286-TypeFermeture")
    assert len(closings) <= 1
    assert resource["providedBy"]["reference"].startswith("Organization/")
    assert [one["reference"] for one in resource["location"]] == [f"Location/{resource['id']}"]
    assert resource["name"]
    # RG_EXP_043: a type of closing and its date come together; RG_EXP_045: it reopens if it closed for a time.
    assert len(resource.get("notAvailable", [])) == len(closings)
    for one in resource.get("notAvailable", []):
        assert one["id"] == "closingReopeningDate"
        assert one["description"] == "Période de fermeture et de réouverture prévisionnelle"
        assert one["during"]["start"]
        assert ("end" in one["during"]) == (closings == ["PRO"])
    (sensitive,) = extensions(resource, "ror-healthcareservice-sensitive-unit")
    assert isinstance(sensitive["valueBoolean"], bool)
    _patients(resource)
    for contact in extensions(resource, "ror-healthcareservice-contact"):
        purpose = [one for one in contact["extension"] if one["url"] == "purposeContact"]
        assert coded(purpose[0]["valueCodeableConcept"], "TRE_R287-NatureContact")
        _level(contact, "ror-confidentiality-level")
        for telecom in extensions(contact, "ror-healthcareservice-contact-telecom"):
            _channel(telecom)
            assert [one["valueString"] for one in telecom["extension"] if one["url"] == "telecomAddress"] != [""]


def _patients(resource: Json) -> None:
    (patients,) = extensions(resource, "ror-healthcareservice-patient-type")
    (ages,) = (one["valueRange"] for one in patients["extension"] if one["url"] == "ageRange")
    for bound in (ages["low"], ages["high"]):
        assert (bound["system"], bound["code"]) == ("http://unitsofmeasure.org", "a")
    assert 0 <= ages["low"]["value"] < ages["high"]["value"]
    public = [one for one in patients["extension"] if one["url"] == "supportedPatientInfo"]
    for one in public:
        assert coded(one["valueCodeableConcept"], "TRE_R239-PublicPrisEnCharge")
    # RG_EXP_008: an offer of the medico-social field says whom it takes.
    assert public or resource["type"][0]["coding"][0]["code"] != "04"


def _level(element: Json, name: str) -> None:
    (level,) = extensions(element, name)
    assert coded(level["valueCodeableConcept"], "TRE_R283-NiveauConfidentialite")


def _channel(telecom: Json) -> None:
    (channel,) = extensions(telecom, "ror-telecom-communication-channel")
    assert coded(channel["valueCodeableConcept"], "TRE_R200-CanalCommunication")
    _level(telecom, "ror-telecom-confidentiality-level")


def _location(resource: Json) -> None:
    codes = [coded(one["type"], "TRE_R354-TypeIdentifiantRessourceOperationnelle") for one in resource["identifier"]]
    assert codes == ["25", "26"]
    (region,) = [tag["code"] for tag in resource["meta"].get("tag", [])] or [""]
    assert resource["identifier"][0]["value"].startswith(f"{region}/" if region else "")
    (commune,) = extensions(resource, "ror-commune-cog")
    assert coded(commune["valueCodeableConcept"], "TRE_R13-CommuneOM", {})
    assert resource["managingOrganization"]["reference"].startswith("Organization/")
    (function,) = resource["type"]
    assert coded(function, "TRE_R343-FonctionLieu")
    operational = coding_code(resource["operationalStatus"], "TRE_R203-StatutLieu")
    assert {"active": "3", "suspended": "2", "inactive": "1"}[resource["status"]] == operational
    if "position" in resource:
        (reliable,) = extensions(resource["position"], "ror-coordinate-reliability")
        assert isinstance(reliable["valueBoolean"], bool)
    numbers = [_capacity(one) for one in resource["extension"] if one["url"] == CAPACITY]
    assert len({codes for codes, _ in numbers}) == len(numbers), "one for each combination of codes"
    if resource["status"] != "active":
        # RG_EXP_047
        assert {number for codes, number in numbers if ("capacityStatus", "02") in codes} <= {0}


def _capacity(extension: Json) -> tuple[frozenset[tuple[str, str]], int]:
    parts = {part["url"]: part for part in extension["extension"]}
    assert len(parts) == len(extension["extension"])
    mandatory = {*PARTS, "nbCapacity", "capacityUpdateDate"}
    assert mandatory <= parts.keys() <= mandatory | {*OPTIONAL, "comment"}
    codes = {
        name: coded(parts[name]["valueCodeableConcept"], code_list)
        for name, code_list in (PARTS | OPTIONAL).items()
        if name in parts
    }
    number = parts["nbCapacity"]["valueInteger"]
    assert type(number) is int
    assert datetime.fromisoformat(parts["capacityUpdateDate"]["valueDateTime"]).tzinfo is not None
    return frozenset((name, code) for name, code in codes.items() if name != "capacitySourceType"), number
