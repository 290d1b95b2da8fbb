"""The search parameters of each type of resource, in one table: it feeds the parser, the CapabilityStatement and docs/api.md.

A unit of the registry is both a HealthcareService and a Location, each with parameters of its own.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from ror.exchange.fhir.terms import CANONICAL, PLACE_FUNCTIONS
from ror.model.count_parts import ANY_SEX_BEFORE, EITHER, MEN, WOMEN
from ror.model.selection import Relation
from ror.model.territory import REGIONS

ResourceType = Literal["Organization", "HealthcareService", "Location"]

RELATIONS: dict[str, Relation] = {"Organization": "organization", "HealthcareService": "unit", "Location": "unit"}
"""The relation of the registry that each type of resource is searched in."""


@dataclass(frozen=True, slots=True)
class CodedParameter:
    """How a token is searched: a code list ("R330"), a field, and the values of the field for each code.

    Without `values` the field has the code itself. Without a code list the code is one of FHIR. With `among_words` the field
    is a text that has codes among its words.
    """

    code_list: str
    field: str
    values: Mapping[str, Collection[str]] | None = None
    among_words: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """A search parameter: its FHIR type, its definition, its description in French, and the fields that it reads.

    `relation` is "capacity" for a parameter about the numbers of a unit: all such parameters of a request must match the same
    number.
    """

    type: Literal["token", "string", "number", "quantity", "date", "reference", "special"]
    definition: str
    documentation: str
    field: str = ""
    coded: tuple[CodedParameter, ...] = ()
    relation: Literal["", "capacity"] = ""


def _fhir(name: str) -> str:
    return f"http://hl7.org/fhir/SearchParameter/{name}"


def _ror(name: str) -> str:
    return f"{CANONICAL}/SearchParameter/ror-sp-{name}"


def _capacity(
    name: str, code_list: str, field: str, documentation: str, values: Mapping[str, Collection[str]] | None = None
) -> Parameter:
    return Parameter("token", _ror(name), documentation, coded=(CodedParameter(code_list, field, values),), relation="capacity")


_GENDERS = {**{code: (code,) for code in (WOMEN, MEN, EITHER)}, ANY_SEX_BEFORE: (EITHER,)}

_EVERY = {
    "_id": Parameter("token", _fhir("Resource-id"), "Identifiant technique de la ressource"),
    "_lastUpdated": Parameter("date", _fhir("Resource-lastUpdated"), "Date de dernière mise à jour", "updated_at"),
    "_tag": Parameter(
        "token", _fhir("Resource-tag"), "Région source (TRE_R30)", coded=(CodedParameter("R30", "department", REGIONS),)
    ),
}

_ORGANIZATION = _EVERY | {
    "identifier": Parameter(
        "token", _fhir("Organization-identifier"), "Numéro FINESS ou identifiant national, avec ou sans système"
    ),
    "name": Parameter("string", _fhir("Organization-name"), "Raison sociale ou dénomination", "name"),
    "type": Parameter(
        "token",
        _fhir("Organization-type"),
        "Catégorie d'établissement (TRE_R66)",
        coded=(CodedParameter("R66", "category_code"),),
    ),
}

_SERVICE = _EVERY | {
    "identifier": Parameter("token", _fhir("HealthcareService-identifier"), "Identifiant de l'offre"),
    "organization": Parameter(
        "reference", _fhir("HealthcareService-organization"), "Structure, par exemple Organization/990750001", "finess"
    ),
    "location": Parameter("reference", _fhir("HealthcareService-location"), "Lieu, par exemple Location/990750001-01"),
    "name": Parameter("string", _fhir("HealthcareService-name"), "Nom de l'offre", "name"),
    "service-category": Parameter(
        "token",
        _fhir("HealthcareService-service-category"),
        "Type d'offre (TRE_R244)",
        coded=(CodedParameter("R244", "unit_type"),),
    ),
    "characteristic": Parameter(
        "token",
        _fhir("HealthcareService-characteristic"),
        "Mode de prise en charge (TRE_R213), ou type de fermeture (TRE_R286)",
        coded=(
            CodedParameter("R213", "care_mode"),
            CodedParameter("R286", "opening", {"DEF": ["closed"], "PRO": ["suspended"]}),
        ),
    ),
    "specialty": Parameter(
        "token",
        _fhir("HealthcareService-specialty"),
        "Activité opérationnelle (TRE_R211)",
        coded=(CodedParameter("R211", "operational_activity"),),
    ),
    "patient-type": Parameter(
        "token",
        _ror("healthcareservice-patient-type"),
        "Public pris en charge (TRE_R239)",
        coded=(CodedParameter("R239", "public"),),
    ),
    "age-range-low": Parameter("quantity", _ror("healthcareservice-age-range-low"), "Âge minimum des patients", "youngest"),
    "age-range-high": Parameter("quantity", _ror("healthcareservice-age-range-high"), "Âge maximum des patients", "oldest"),
    "psychiatric-sector": Parameter(
        "string", _ror("healthcareservice-psychiatric-sector"), "Secteur psychiatrique", "psychiatric_sector"
    ),
    "intervention-zone": Parameter(
        "token",
        _ror("healthcareservice-intervention-zone"),
        "Commune de la zone d'intervention, par son code INSEE",
        coded=(CodedParameter("R13", "intervention_zone", among_words=True),),
    ),
    "service-type": Parameter(
        "token",
        _fhir("HealthcareService-service-type"),
        "Champ d'activité (TRE_R227)",
        coded=(CodedParameter("R227", "activity_field"),),
    ),
}

_LOCATION = _EVERY | {
    "identifier": Parameter(
        "token",
        _fhir("Location-identifier"),
        "Identifiant du lieu, ou identifiant externe de synchronisation, avec ou sans système",
    ),
    "organization": Parameter(
        "reference", _fhir("Location-organization"), "Structure, par exemple Organization/990750001", "finess"
    ),
    "type": Parameter(
        "token",
        _fhir("Location-type"),
        "Fonction du lieu (TRE_R343)",
        coded=(CodedParameter("R343", "activity_field", PLACE_FUNCTIONS),),
    ),
    "status": Parameter(
        "token",
        _fhir("Location-status"),
        "Statut : active, suspended (fermée pour un temps), inactive (fermée)",
        coded=(CodedParameter("", "opening", {"active": ["open"], "suspended": ["suspended"], "inactive": ["closed"]}),),
    ),
    "operational-status": Parameter(
        "token",
        _fhir("Location-operational-status"),
        "Statut du lieu (TRE_R203)",
        coded=(CodedParameter("R203", "opening", {"3": ["open"], "2": ["suspended"], "1": ["closed"]}),),
    ),
    "near": Parameter("special", _fhir("Location-near"), "À moins d'une distance d'un point : latitude|longitude|distance|km"),
    "near-insee-code": Parameter(
        "special", _ror("location-near-insee-code"), "À moins d'une distance d'une commune : code INSEE|distance|km"
    ),
    "address-postalcode": Parameter("string", _fhir("Location-address-postalcode"), "Code postal, ou son début", "postal_code"),
    "address-city": Parameter(
        "string", _fhir("Location-address-city"), "Commune : début du nom, sans accents ni majuscules", "commune"
    ),
    "commune-cog": Parameter(
        "token", _ror("location-commune-cog"), "Commune, par son code INSEE", coded=(CodedParameter("R13", "commune_code"),)
    ),
    "capacity-status": _capacity("capacity-status", "R330", "status", "Statut des lits ou des places (TRE_R330)"),
    "capacity-type": _capacity("capacity-type", "R329", "capacity_type", "Lits ou places (TRE_R329)"),
    "nb-capacity": Parameter("number", _ror("nb-capacity"), "Nombre de lits ou de places", "number", relation="capacity"),
    "capacity-update-date": Parameter(
        "date", _ror("capacity-update-date"), "Date du nombre dans la source", "updated_at", relation="capacity"
    ),
    "temporality-capacity": _capacity("temporality-capacity", "R331", "temporality", "Moment du nombre (TRE_R331)"),
    "temporary-assignement": _capacity("temporary-assignement", "R337", "assignment", "Affectation temporaire (TRE_R337)"),
    "gender-capacity-available": _capacity("gender-capacity-available", "R332", "gender", "Genre (TRE_R332)", _GENDERS),
    "capacity-closing-type": _capacity("capacity-closing-type", "R333", "closing_type", "Type de fermeture (TRE_R333)"),
    "additional-bed-type": _capacity(
        "additional-bed-type", "R334", "additional_bed_type", "Lits supplémentaires, par type (TRE_R334)"
    ),
    "crisis-type": _capacity("crisis-type", "R336", "crisis_type", "Type de crise (TRE_R336)"),
}

SEARCH: dict[str, dict[str, Parameter]] = {
    "Organization": _ORGANIZATION,
    "HealthcareService": _SERVICE,
    "Location": _LOCATION,
}
"""The parameters of each type by name. `_count`, `_sort` and the others that shape the answer are not among them."""

REFERENCES: dict[str, dict[str, str]] = {
    "Organization": {"partof": "Organization"},
    "HealthcareService": {"organization": "Organization", "location": "Location"},
    "Location": {"organization": "Organization"},
}
"""The target type of each reference, by the type and the name of the search parameter. `_include` follows them, `_revinclude`
and `_has` follow them backwards."""

INCLUSIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "Organization": {
        "_include": ("Organization:partof",),
        "_revinclude": ("HealthcareService:organization", "Location:organization", "Organization:partof"),
    },
    "HealthcareService": {
        "_include": (
            "HealthcareService:organization",
            "HealthcareService:location",
            "Location:organization",
            "Organization:partof",
        ),
        "_revinclude": (),
    },
    "Location": {"_include": ("Location:organization", "Organization:partof"), "_revinclude": ("HealthcareService:location",)},
}
"""What may be included with each type; with `:iterate` any reference may be followed in both directions."""

SHAPING = {
    "_count": ("number", "Nombre de ressources par page, 200 par défaut et au plus"),
    "_sort": ("string", "Ordre : paramètres séparés par des virgules, - devant pour l'ordre inverse"),
    "_elements": ("string", "Éléments à renvoyer"),
    "_summary": ("token", "true, text, data, count ou false"),
    "_total": ("token", "Le total est toujours exact"),
    "_include": ("string", "Ressources référencées à joindre"),
    "_revinclude": ("string", "Ressources qui référencent, à joindre"),
    "_format": ("token", "JSON seul : application/fhir+json"),
}
"""The parameters of every search that shape its answer, with their types and their descriptions in French."""

MANDATORY: dict[str, tuple[str, ...]] = {
    "Organization": ("name",),
    "HealthcareService": ("activity_field", "care_mode", "operational_activity"),
    "Location": ("commune_code",),
}
"""The fields of the elements that the profile of each type requires: without one a resource is not sent (RG_EXP_002)."""
