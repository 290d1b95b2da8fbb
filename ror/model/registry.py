"""The registry: legal entities, structures and units (FINESS, and the exposition model 3.0 of the ROR)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LegalEntity:
    """Entité juridique; `finess` is its 9-character number, as text. An unknown address is empty."""

    finess: str
    name: str
    address: str = ""
    postal_code: str = ""
    commune: str = ""


def default_entity_name(finess: str) -> str:
    """Return the provisional name of a legal entity that the FINESS file gives by its number alone."""
    return f"Entité juridique {finess}"


@dataclass(frozen=True, slots=True)
class Structure:
    """Entité géographique (établissement), keyed by its 9-character FINESS number.

    `department` is the text code ("01", "2A", "971"), `commune_code` the INSEE code; positions are WGS84 degrees, None
    when the source has none. Telephones are as `model.telephone` stores them, or empty: `telephone` is that of the
    switchboard, `bed_telephone` that of bed management, which FINESS does not know. All the units of a `closed` structure are
    closed.
    """

    finess: str
    legal_entity: str
    name: str
    category_code: str
    category: str
    address: str
    postal_code: str
    commune: str
    commune_code: str
    department: str
    telephone: str
    latitude: float | None
    longitude: float | None
    closed: bool = False
    bed_telephone: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """Offre opérationnelle, which a manager declares for. `unit_type` is a code of the ROR list R244.

    `installed` is the capacity in beds or places, None when unknown; a `closed` unit offers nothing and owes no declaration.
    These codes are empty when the registry does not have them: `nature` (R329: whether it counts beds or places), `care_mode`
    (R213), `activity_field` (R227, one per unit: RG_EXP_010) and `operational_activity` (R211); see `model.unit_kind`.
    `patient_type` is a value of `model.patient_type.PatientType`, or empty: its type may then give it. The address of a
    `sensitive` unit is not for everybody (RG_EXP_035). `bed_telephone` is bed management of its own; when it is empty, that of
    its structure is used.
    """

    id: str
    structure: str
    name: str
    unit_type: str
    installed: int | None
    telephone: str
    closed: bool = False
    nature: str = ""
    care_mode: str = ""
    activity_field: str = ""
    patient_type: str = ""
    short_name: str = ""
    psychiatric_sector: str = ""
    intervention_zone: str = ""
    operational_activity: str = ""
    sensitive: bool = False
    bed_telephone: str = ""
