"""Parse and check the fields of a structure or a unit that an administrator typed."""

import re
from dataclasses import dataclass, replace

from ror.errors import Refused
from ror.exchange.finess import FINESS_NUMBER
from ror.exchange.units import MAX_ID_LENGTH, slug
from ror.model.capacity import checked_number
from ror.model.nomenclature import labels, unit_types
from ror.model.outlines import Outlines
from ror.model.patient_type import PatientType
from ror.model.position import position_problem
from ror.model.registry import Structure, Unit
from ror.model.telephone import checked_telephone
from ror.model.territory import territories
from ror.model.text import plain

MAX_NAME_LENGTH = 200
MAX_TYPED_LENGTH = 2_000
"""Characters of any field: a longer text is refused without being parsed."""

_DEGREES = re.compile(r"-?[0-9]{1,3}(?:[.,][0-9]{1,12})?")


@dataclass(frozen=True, slots=True)
class TypedStructure:
    """The fields of a structure as they were typed; the legal entity's name is required for a new number, else renames it."""

    finess: str = ""
    name: str = ""
    legal_entity: str = ""
    legal_entity_name: str = ""
    category: str = ""
    address: str = ""
    postal_code: str = ""
    commune: str = ""
    department: str = ""
    telephone: str = ""
    latitude: str = ""
    longitude: str = ""
    bed_telephone: str = ""


@dataclass(frozen=True, slots=True)
class TypedUnit:
    """The fields of a unit as they were typed; codes where `Unit` has codes."""

    name: str = ""
    unit_type: str = ""
    installed: str = ""
    telephone: str = ""
    nature: str = ""
    care_mode: str = ""
    activity_field: str = ""
    patient_type: str = ""
    short_name: str = ""
    psychiatric_sector: str = ""
    intervention_zone: str = ""
    operational_activity: str = ""
    sensitive: str = ""
    """`YES` for a sensitive unit."""

    bed_telephone: str = ""


YES = "oui"


def checked_structure(typed: TypedStructure, existing: Structure | None = None, outlines: Outlines | None = None) -> Structure:
    """Return the structure that was typed; an existing one keeps its number, its codes and whether it is closed.

    A new category or commune has no code: the stored code was that of the old name. The position is checked against
    `outlines`, None for those of `data/`. Raises `Refused`.
    """
    latitude, longitude = _position(typed.latitude, typed.longitude)
    structure = Structure(
        finess=existing.finess if existing else checked_finess(typed.finess, "de la structure"),
        legal_entity=checked_finess(typed.legal_entity, "de l'entité juridique") if typed.legal_entity.strip() else "",
        name=checked_name(typed.name, "Le nom de la structure"),
        category_code="",
        category=_line(typed.category, "La catégorie"),
        address=_line(typed.address, "L'adresse"),
        postal_code=_postal_code(typed.postal_code),
        commune=checked_name(typed.commune, "La commune"),
        commune_code="",
        department=_department(typed.department),
        telephone=checked_telephone(typed.telephone),
        latitude=latitude,
        longitude=longitude,
        bed_telephone=checked_telephone(typed.bed_telephone),
    )
    if existing is not None:
        same_town = (structure.commune, structure.department) == (existing.commune, existing.department)
        structure = replace(
            structure,
            category_code=existing.category_code if structure.category == existing.category else "",
            commune_code=existing.commune_code if same_town else "",
            closed=existing.closed,
        )
    _check_position(structure, outlines)
    return structure


def checked_unit(typed: TypedUnit, structure: str, existing: Unit | None = None) -> Unit:
    """Return the unit that was typed, of a structure; an existing one keeps its id and whether it is closed.

    Raises `Refused`.
    """
    name = checked_name(typed.name, "Le nom de l'unité")
    unit_type = unit_types().get(typed.unit_type)
    if unit_type is None or (unit_type.deprecated and not (existing and existing.unit_type == unit_type.code)):
        raise Refused("Choisissez le type de l'unité dans la liste.")
    return Unit(
        id=existing.id if existing else f"{structure}-{slug(name) or 'unite'}"[:MAX_ID_LENGTH],
        structure=structure,
        name=name,
        unit_type=typed.unit_type,
        installed=checked_number(typed.installed, "installés"),
        telephone=checked_telephone(typed.telephone),
        closed=existing.closed if existing else False,
        nature=_listed(typed.nature, "R329"),
        care_mode=_listed(typed.care_mode, "R213"),
        activity_field=_listed(typed.activity_field, "R227"),
        patient_type=_patient_type(typed.patient_type),
        short_name=_line(typed.short_name, "Le nom court"),
        psychiatric_sector=_line(typed.psychiatric_sector, "Le secteur psychiatrique"),
        intervention_zone=_line(typed.intervention_zone, "La zone d'intervention"),
        operational_activity=_listed(typed.operational_activity, "R211"),
        sensitive=typed.sensitive == YES,
        bed_telephone=checked_telephone(typed.bed_telephone),
    )


def _patient_type(value: str) -> str:
    if value and value not in set(PatientType):
        raise Refused("Choisissez le public dans la liste, ou laissez vide.")
    return value


def _listed(code: str, code_list: str) -> str:
    """Return a code of a national list, or "" for nothing. Raises `Refused`."""
    if code and code not in labels(code_list):
        raise Refused("Choisissez dans la liste, ou laissez vide.")
    return code


def checked_finess(text: str, owner: str) -> str:
    """Return a FINESS number without blanks. `owner` ends its name in the refusal. Raises `Refused`."""
    number = "".join(text[:MAX_TYPED_LENGTH].split()).upper()
    if not FINESS_NUMBER.fullmatch(number):
        raise Refused(f"Le numéro FINESS {owner} a 9 caractères, par exemple 990000012 ou 2A0000012 : corrigez-le.")
    return number


def checked_name(text: str, label: str) -> str:
    """Return a mandatory line of text. `label` begins the sentence of the refusal. Raises `Refused`."""
    line = _line(text, label)
    if not line:
        raise Refused(f"{label} manque : complétez ce champ.")
    return line


def _line(text: str, label: str) -> str:
    line = plain(text) if len(text) <= MAX_TYPED_LENGTH else text
    if len(line) > MAX_NAME_LENGTH:
        raise Refused(f"{label} compte {len(line)} caractères : {MAX_NAME_LENGTH} au plus.")
    return line


def _postal_code(text: str) -> str:
    code = "".join(text[:MAX_TYPED_LENGTH].split())
    if not (len(code) == 5 and code.isascii() and code.isdigit()):
        raise Refused("Le code postal a 5 chiffres, par exemple 77000 : corrigez-le.")
    return code


def _department(code: str) -> str:
    if code not in territories():
        raise Refused("Choisissez le département dans la liste.")
    return code


def _check_position(structure: Structure, outlines: Outlines | None) -> None:
    latitude, longitude = structure.latitude, structure.longitude
    if latitude is None or longitude is None:
        return
    if reason := position_problem(structure.department, structure.commune_code, latitude, longitude, outlines):
        raise Refused(f"{reason} Corrigez la latitude et la longitude, ou laissez-les vides.")


def _position(latitude: str, longitude: str) -> tuple[float, float] | tuple[None, None]:
    typed = latitude.strip(), longitude.strip()
    if typed == ("", ""):
        return None, None
    if not all(typed):
        raise Refused("La position a deux nombres : saisissez la latitude et la longitude, ou aucune des deux.")
    if not all(_DEGREES.fullmatch(text) for text in typed):
        raise Refused("La latitude et la longitude sont en degrés décimaux, par exemple 48,8566 et 2,3522 : corrigez-les.")
    north, east = (float(text.replace(",", ".")) for text in typed)
    if abs(north) > 90 or abs(east) > 180:
        raise Refused("La latitude va de -90 à 90 degrés et la longitude de -180 à 180 : corrigez-les.")
    return round(north, 6), round(east, 6)
