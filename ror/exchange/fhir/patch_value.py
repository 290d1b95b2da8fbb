"""Parse one extension ror-location-supported-capacity of a PATCH: its codes, its number, its instant."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ror.errors import Refused
from ror.exchange.fhir.capacity import PART_CODES, STATUSES, SUPPORTED_CAPACITY
from ror.exchange.fhir.terms import Json, is_system, system
from ror.model.capacity import MAX_NUMBER
from ror.model.count_parts import ANY_SEX_BEFORE, CODE_LISTS, STATUS_OF, PartKey, canonical_codes
from ror.model.nomenclature import SourceType, labels

PATH = f"Location.extension.where(url='{SUPPORTED_CAPACITY}')"

_MANDATORY_CODES = {
    "capacityType": "R329",
    "capacityStatus": "R330",
    "temporalityCapacity": "R331",
    "capacitySourceType": "R335",
    "temporaryAssignement": "R337",
}
CODED = _MANDATORY_CODES | {PART_CODES[name]: code_list for name, code_list in CODE_LISTS.items()}
"""The national list of each coded sub-extension."""

_MANDATORY = (*_MANDATORY_CODES, "nbCapacity", "capacityUpdateDate")
_COMMENT = "comment"
_MAX_COMMENT_LENGTH = 5_000
"""Characters of a comment as sent; the rules of a declaration then clean and measure it."""

_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})")


@dataclass(frozen=True, slots=True)
class PatchError:
    """A fault of a body: the message for the user, the FHIR issue type, the FHIRPath of the faulty element or ""."""

    message: str
    issue: str = "invalid"
    expression: str = ""


class BadPatch(Refused):
    """The refusal of a body, with one fault or more."""

    def __init__(self, faults: Sequence[PatchError]) -> None:
        super().__init__(faults[0].message)
        self.faults = tuple(faults)


def fault(message: str, issue: str = "invalid", expression: str = "") -> BadPatch:
    """Build the refusal of a body with one fault."""
    return BadPatch([PatchError(message, issue, expression)])


@dataclass(frozen=True, slots=True)
class Value:
    """The content of one extension: `codes` by name of the sub-extension, `comment` None without one."""

    codes: dict[str, str]
    number: int
    observed_at: datetime
    comment: str | None = None

    @property
    def key(self) -> PartKey:
        """The key of the part of a count that the number belongs to."""
        codes = canonical_codes({name: self.codes.get(part, "") for name, part in PART_CODES.items()})
        return PartKey(STATUSES[self.codes["capacityStatus"]], **codes)

    @property
    def temporality(self) -> str:
        """Its temporality, a code of R331."""
        return self.codes["temporalityCapacity"]

    @property
    def source_type(self) -> SourceType:
        """The source of the number, a code of R335."""
        return SourceType(self.codes["capacitySourceType"])


def read_value(extension: Json) -> Value:
    """Parse one extension, with each mandatory part exactly once. Raises `BadPatch` with all its faults."""
    parts = _parts(extension)
    faults: list[PatchError] = []
    codes: dict[str, str] = {}
    for name, code_list in CODED.items():
        if name in parts:
            with collecting(faults):
                codes[name] = _code(parts[name], name, code_list)
    for name, status in STATUS_OF.items():
        part = PART_CODES[name]
        if part in codes and STATUSES.get(codes.get("capacityStatus", ""), status) != status:
            faults.append(PatchError(f"« {part} » ne vaut pas pour ce statut : retirez-le.", "business-rule", part_path(part)))
    number, observed_at, comment = 0, datetime.now(UTC), None
    with collecting(faults):
        number = _number(parts["nbCapacity"])
    with collecting(faults):
        observed_at = _instant(parts["capacityUpdateDate"])
    with collecting(faults):
        comment = _comment(parts[_COMMENT]) if _COMMENT in parts else None
    if faults:
        raise BadPatch(faults)
    return Value(codes, number, observed_at, comment)


@contextmanager
def collecting(faults: list[PatchError]) -> Iterator[None]:
    """Catch `BadPatch` in the block of the context, and add its faults to `faults`."""
    try:
        yield
    except BadPatch as refused:
        faults += refused.faults


def _parts(extension: Json) -> dict[str, Json]:
    parts: dict[str, Json] = {}
    for part in objects(extension.get("extension"), "extension"):
        name = part.get("url")
        if name not in (*_MANDATORY, *CODED, _COMMENT):
            raise fault(f"« {_shown(name)} » n'est pas tenu ici : envoyez le nombre sans cette précision.", "not-supported")
        if name in parts:
            raise fault(f"« {name} » vient deux fois dans une extension : envoyez-le une fois.", "invalid", part_path(name))
        parts[name] = part
    missing = [name for name in _MANDATORY if name not in parts]
    if missing:
        raise BadPatch(
            [PatchError(f"« {name} » manque dans une extension : ajoutez-le.", "required", part_path(name)) for name in missing]
        )
    return parts


def _code(part: Json, name: str, code_list: str) -> str:
    concept = part.get("valueCodeableConcept")
    codings = concept.get("coding") if isinstance(concept, dict) else None
    given = [
        coding.get("code")
        for coding in (codings if isinstance(codings, list) else [])
        if isinstance(coding, dict) and _names(code_list, coding.get("system", system(code_list)))
    ]
    codes = labels(code_list)
    allowed = {*codes, *([ANY_SEX_BEFORE] if code_list == CODE_LISTS["gender"] else [])}
    if len(given) != 1 or not isinstance(given[0], str) or given[0] not in allowed:
        raise fault(
            f"« {name} » porte un code de la liste {system(code_list)} : {', '.join(sorted(codes))}.",
            "code-invalid",
            part_path(name),
        )
    return given[0]


def _names(code_list: str, address: Any) -> bool:
    return isinstance(address, str) and is_system(code_list, address)


def _number(part: Json) -> int:
    number = part.get("valueInteger")
    # `type`, since True and False are instances of int.
    if type(number) is not int or not 0 <= number <= MAX_NUMBER:
        raise fault(
            f"« nbCapacity » est un nombre entier (valueInteger), de 0 à {MAX_NUMBER}.", "value", part_path("nbCapacity")
        )
    return number


def _comment(part: Json) -> str:
    text = part.get("valueString")
    if not isinstance(text, str) or len(text) > _MAX_COMMENT_LENGTH:
        raise fault("« comment » est un texte (valueString).", "value", part_path(_COMMENT))
    return text


def _instant(part: Json) -> datetime:
    text = part.get("valueDateTime")
    if isinstance(text, str) and _INSTANT.fullmatch(text):
        # A day that does not exist, or that is out of range in UTC, is refused like any other text.
        with suppress(ValueError, OverflowError):
            return datetime.fromisoformat(text).astimezone(UTC)
    raise fault(
        "« capacityUpdateDate » est un instant avec son fuseau (valueDateTime), comme 2026-05-04T08:00:00+02:00.",
        "value",
        part_path("capacityUpdateDate"),
    )


def load_json(body: bytes, kind: str) -> Json:
    """Parse a body that should be a resource of a type. Raises `BadPatch`."""
    try:
        resource = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise fault("Le corps n'est pas du JSON lisible, en UTF-8 : vérifiez-le.", "structure") from None
    if not isinstance(resource, dict):
        raise fault(f"Le corps doit être un objet JSON, une ressource « {kind} ».", "structure")
    return resource


def objects(value: Any, name: str) -> list[Json]:
    """Return a value that is a list of objects. Raises `BadPatch` for anything else."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise fault(f"« {name} » doit être une liste d'objets.", "structure")
    return value


def part_path(name: str) -> str:
    """Return the FHIRPath of a part of the extension."""
    return f"{PATH}.extension.where(url='{name}')"


def _shown(name: Any) -> str:
    return name[:60] if isinstance(name, str) and name.isprintable() else "?"
