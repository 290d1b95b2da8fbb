"""Parse one extension ror-location-supported-capacity of a PATCH: its codes, its number, its instant."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ror.errors import Refused
from ror.exchange.fhir.capacity import NO_ASSIGNMENT, STATUSES, SUPPORTED_CAPACITY
from ror.exchange.fhir.terms import Json, system
from ror.model.capacity import LARGEST
from ror.model.nomenclature import labels

PATH = f"Location.extension.where(url='{SUPPORTED_CAPACITY}')"

CODED = {
    "capacityType": "R329",
    "capacityStatus": "R330",
    "temporalityCapacity": "R331",
    "capacitySourceType": "R335",
    "temporaryAssignement": "R337",
}
_GENDER = "genderCapacityAvailable"
_MANDATORY = (*CODED, "nbCapacity", "capacityUpdateDate")
_ANY_GENDER = frozenset({"03", "04"})
"""« Indifférencié », which the examples of the protocol send though the list lacks it now, and « Indéterminé »."""

_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})")


class BadPatch(Refused):
    """A body that is refused; `issue` is the FHIR issue type, `expression` the element it is about, or ""."""

    def __init__(self, message: str, issue: str = "invalid", expression: str = "") -> None:
        super().__init__(message)
        self.issue = issue
        self.expression = expression


@dataclass(frozen=True, slots=True)
class Value:
    """The content of one extension; `codes` by the name of the part."""

    codes: dict[str, str]
    number: int
    observed_at: datetime

    @property
    def status(self) -> str:
        """The field of `Counts` of the status."""
        return STATUSES[self.codes["capacityStatus"]]


def read_value(extension: Json) -> Value:
    """Parse one extension: every mandatory part, once. Raises `BadPatch`."""
    parts = _parts(extension)
    codes = {name: _code(parts[name], name, frozenset(labels(code_list)), code_list) for name, code_list in CODED.items()}
    if codes["temporaryAssignement"] != NO_ASSIGNMENT:
        raise BadPatch(
            f"Seule l'affectation temporaire {NO_ASSIGNMENT} (Aucune) est tenue ici : envoyez le nombre total.",
            "not-supported",
            part_path("temporaryAssignement"),
        )
    if _GENDER in parts:
        codes[_GENDER] = _code(parts[_GENDER], _GENDER, frozenset(labels("R332")) | _ANY_GENDER, "R332")
        if codes[_GENDER] not in _ANY_GENDER:
            raise BadPatch(
                "Les nombres ne sont pas tenus par genre : envoyez le nombre total.", "not-supported", part_path(_GENDER)
            )
    return Value(codes, _number(parts["nbCapacity"]), _instant(parts["capacityUpdateDate"]))


def _parts(extension: Json) -> dict[str, Json]:
    parts: dict[str, Json] = {}
    for part in objects(extension.get("extension"), "extension"):
        name = part.get("url")
        if name not in (*_MANDATORY, _GENDER):
            raise BadPatch(
                f"« {_shown(name)} » n'est pas tenu ici : envoyez le nombre total, sans cette précision.", "not-supported"
            )
        if name in parts:
            raise BadPatch(f"« {name} » vient deux fois dans une extension : envoyez-le une fois.", "invalid", part_path(name))
        parts[name] = part
    for name in _MANDATORY:
        if name not in parts:
            raise BadPatch(f"« {name} » manque dans une extension : ajoutez-le.", "required", part_path(name))
    return parts


def _code(part: Json, name: str, codes: frozenset[str], code_list: str) -> str:
    concept = part.get("valueCodeableConcept")
    codings = concept.get("coding") if isinstance(concept, dict) else None
    code_system = system(code_list)
    given = [
        coding.get("code")
        for coding in (codings if isinstance(codings, list) else [])
        if isinstance(coding, dict) and coding.get("system", code_system) == code_system
    ]
    if len(given) != 1 or not isinstance(given[0], str) or given[0] not in codes:
        raise BadPatch(
            f"« {name} » porte un code de la liste {code_system} : {', '.join(sorted(codes))}.", "code-invalid", part_path(name)
        )
    return given[0]


def _number(part: Json) -> int:
    number = part.get("valueInteger")
    # True and False are whole numbers too, for Python.
    if type(number) is not int or not 0 <= number <= LARGEST:
        raise BadPatch(
            f"« nbCapacity » est un nombre entier (valueInteger), de 0 à {LARGEST}.", "value", part_path("nbCapacity")
        )
    return number


def _instant(part: Json) -> datetime:
    text = part.get("valueDateTime")
    if isinstance(text, str) and _INSTANT.fullmatch(text):
        # A day that does not exist, or that is out of range in UTC, is refused like any other text.
        with suppress(ValueError, OverflowError):
            return datetime.fromisoformat(text).astimezone(UTC)
    raise BadPatch(
        "« capacityUpdateDate » est un instant avec son fuseau (valueDateTime), comme 2026-05-04T08:00:00+02:00.",
        "value",
        part_path("capacityUpdateDate"),
    )


def objects(value: Any, name: str) -> list[Json]:
    """Return a list of objects as it is. Raises `BadPatch` for anything else."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise BadPatch(f"« {name} » doit être une liste d'objets.", "structure")
    return value


def part_path(name: str) -> str:
    """Return the FHIRPath of a part of the extension."""
    return f"{PATH}.extension.where(url='{name}')"


def _shown(name: Any) -> str:
    return name[:60] if isinstance(name, str) and name.isprintable() else "?"
