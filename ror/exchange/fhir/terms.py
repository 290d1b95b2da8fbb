"""The addresses of profiles, extensions and code lists, and the elements that all resources have."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ror.model.nomenclature import labels
from ror.model.territory import region_of

Json = dict[str, Any]

CANONICAL = "https://interop.esante.gouv.fr/ig/fhir/ror"
FINESS = "https://finess.esante.gouv.fr"
NATIONAL_ID = "urn:oid:1.2.250.1.71.4.2.2"
LOCATION_ID = "https://mos.esante.gouv.fr/NOS/JDV_J236-TypologieIdentifiantLieu-ROR/FHIR/JDV-J236-TypologieIdentifiantLieu-ROR"

_LISTS = {
    "G07": "TRE_G07-TypeIdentifiantStructure",
    "R13": "TRE_R13-CommuneOM",
    "R30": "TRE_R30-RegionOM",
    "R66": "TRE_R66-CategorieEtablissement",
    "R200": "TRE_R200-CanalCommunication",
    "R203": "TRE_R203-StatutLieu",
    "R211": "TRE_R211-ActiviteOperationnelle",
    "R213": "TRE_R213-ModePriseEnCharge",
    "R227": "TRE_R227-ChampActivite",
    "R201": "TRE_R201-TypeDivisionTerritoriale",
    "R239": "TRE_R239-PublicPrisEnCharge",
    "R244": "TRE_R244-CategorieOrganisation",
    "R283": "TRE_R283-NiveauConfidentialite",
    "R286": "TRE_R286-TypeFermeture",
    "R287": "TRE_R287-NatureContact",
    "R329": "TRE_R329-NatureCapacite",
    "R330": "TRE_R330-TypeStatutCapacite",
    "R331": "TRE_R331-TemporaliteCapacite",
    "R332": "TRE_R332-GenreCapacite",
    "R333": "TRE_R333-TypeFermetureCapacite",
    "R334": "TRE_R334-TypeLitSupplementaire",
    "R335": "TRE_R335-TypeSourceCapacite",
    "R336": "TRE_R336-TypeCrise",
    "R337": "TRE_R337-AffectationTemporaire",
    "R343": "TRE_R343-FonctionLieu",
    "R349": "TRE_R349-ActionAnomalie",
    "R350": "TRE_R350-ThematiqueAnomalie",
    "R352": "TRE_R352-StatutMetierAnomalie",
    "R354": "TRE_R354-TypeIdentifiantRessourceOperationnelle",
    "R355": "TRE_R355-TypeIdentifiantOffre",
}
_VALUE_SETS = {
    **{"R13": "J124", "R30": "J237", "R66": "J55", "R203": "J224", "R211": "J17", "R213": "J19", "R227": "J20", "R239": "J29"},
    **{"R244": "J238", "R286": "J185", "R329": "J187", "R330": "J188", "R331": "J189", "R332": "J190", "R333": "J191"},
    **{"R334": "J192", "R335": "J193", "R336": "J194", "R337": "J195", "R343": "J198"},
    **{"R349": "J242", "R350": "J241", "R352": "J244"},
}
"""The value set of the ROR with the codes of a list: the examples of the guide name it instead of the list."""

_EARLIER = {"R13": "TRE_R13-Commune"}
"""The former names of lists."""

PLACE_FUNCTIONS = {"001": ("01", "05"), "002": ("03",), "003": ("04", "06"), "004": ("02",)}
"""The activity fields (R227) of the units in a place of each function (R343), which are MCO, PSY, MS and SMR. The fields Ville
and Social are put with the nearest function."""

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")


@dataclass(frozen=True, slots=True)
class Version:
    """The version of a resource: the position and the instant of its last change."""

    position: int
    at: datetime

    def later(self, other: "Version") -> "Version":
        """Combine two versions: the larger position and the later instant, so that a clock set back makes nothing older."""
        return Version(max(self.position, other.position), max(self.at, other.at))


def structure_definition(name: str) -> str:
    """Return the address of a profile or of an extension of the ROR."""
    return f"{CANONICAL}/StructureDefinition/{name}"


def system(code_list: str) -> str:
    """Return the `Coding.system` of a national list; `code_list` as in "R330"."""
    return _nos(_LISTS[code_list])


def _nos(name: str) -> str:
    return f"https://mos.esante.gouv.fr/NOS/{name}/FHIR/{name.replace('_', '-')}"


def is_system(code_list: str, address: str) -> bool:
    """Return whether a `Coding.system` names a national list, by its address, a former one, or that of its value set."""
    names = [re.escape(name) for name in (_LISTS[code_list], _EARLIER.get(code_list, "")) if name]
    if code_list in _VALUE_SETS:
        names.append(rf"JDV_{_VALUE_SETS[code_list]}-[A-Za-z-]+")
    return re.fullmatch(rf"https?://mos\.esante\.gouv\.fr/NOS/(?:{'|'.join(names)})(?:/.*)?", address) is not None


def concept(code_list: str, code: str, label: str = "") -> Json:
    """Build a CodeableConcept; the label is that of `data/nomenclatures` unless given."""
    return {"coding": [coding(code_list, code, label)]}


def coding(code_list: str, code: str, label: str = "") -> Json:
    """Build a Coding; the label is that of `data/nomenclatures` unless given."""
    values = {"system": system(code_list), "code": code, "display": label or labels(code_list).get(code, "")}
    return {name: value for name, value in values.items() if value}


def instant(at: datetime) -> str:
    """Format an instant in UTC, to the microsecond when it has any, so that `_lastUpdated` can match it exactly."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def head(kind: str, key: str, profile: str, version: Version, department: str) -> Json:
    """Build the first elements of a resource: its type, its id, its meta with the region of its département, if it has any."""
    meta: Json = {
        "versionId": str(version.position),
        "lastUpdated": instant(version.at),
        "profile": [structure_definition(profile)],
    }
    if region := region_of(department):
        meta["tag"] = [coding("R30", region)]
    return {"resourceType": kind, "id": resource_id(key), "meta": meta}


def creation_date(at: datetime) -> Json:
    """Build the extension ror-meta-creation-date."""
    return {"url": structure_definition("ror-meta-creation-date"), "valueDateTime": instant(at)}


def coded_extension(name: str, code_list: str, code: str) -> Json:
    """Build an extension of the ROR that has a code of a national list."""
    return {"url": structure_definition(name), "valueCodeableConcept": concept(code_list, code)}


def resource_id(key: str) -> str:
    """Return the id of a resource: the key where FHIR allows it (64 letters, digits, `-` and `.`), else a digest of it."""
    if _ID.fullmatch(key):
        return key
    return f"x-{hashlib.sha256(key.encode(errors='surrogatepass')).hexdigest()[:40]}"


def reference(kind: str, key: str) -> Json:
    """Build a reference to another resource of this server."""
    return {"reference": f"{kind}/{resource_id(key)}"}
