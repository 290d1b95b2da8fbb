"""Parse the body of a `PATCH Location` (FHIRPath Patch in a `Parameters`), by which bed management software declares.

Each operation is about whole extensions ror-location-supported-capacity:

- `path` is `Location.extension.where(url='<the extension>')`, optionally followed by the conditions of the national
  protocol, `.where(extension.where(url = 'capacityStatus' and valueCodeableConcept.coding.code = '02') and ...)`. An `add` may
  also have the path `Location` and the name `extension`, as FHIR itself writes it;
- `add` and `replace` have a `value`, one extension with which the conditions must agree, in the form of the national protocol
  (`part[0].extension[0]`), directly (`extension[0]`), or spelt out in named parts, as FHIR writes it;
- `replace` without conditions, whose `value` has an extension in each `part`, replaces all the numbers;
- `delete` takes away the numbers that its conditions match.

An extension with a part that is not stored here is refused, never ignored.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ror.exchange.fhir.capacity import PART_CODES, SUPPORTED_CAPACITY
from ror.exchange.fhir.patch_value import (
    CODED,
    PATH,
    BadPatch,
    PatchError,
    Value,
    collecting,
    fault,
    load_json,
    objects,
    part_path,
    read_value,
)
from ror.exchange.fhir.terms import Json
from ror.model.count_parts import ANY_SEX_BEFORE, EITHER
from ror.model.nomenclature import labels
from ror.model.unit_kind import UnitKind

MAX_OPERATIONS = 40
MAX_PATH_LENGTH = 2_000
_GENDER = PART_CODES["gender"]

_URL = re.escape(SUPPORTED_CAPACITY)
_CONDITION = (
    r"extension\.where\( ?url ?= ?'([A-Za-z]+)' and valueCodeableConcept\.coding(?:\[0\]|\.first\(\))?\.code ?= ?'([0-9]+)' ?\)"
)
_CONDITIONS = rf"{_CONDITION}(?: and {_CONDITION}){{0,9}}"
_START = rf"Location\.extension(?:\('{_URL}'\)|\.where\( ?url ?= ?'{_URL}'(?: and {_CONDITIONS})? ?\))"
_PATH = re.compile(rf"{_START}(?:\.where\( ?{_CONDITIONS} ?\))?")
_EACH = re.compile(_CONDITION)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: `kind` is add, replace, replace_all or delete.

    `conditions` are those of its path: codes by the name of the sub-extension.
    """

    kind: str
    conditions: Mapping[str, str]
    values: Sequence[Value] = ()

    def matches(self, codes: Mapping[str, str]) -> bool:
        """Return whether the codes of a number meet the conditions of the path; without a sex, it is for either sex."""
        return all(codes.get(name, EITHER if name == _GENDER else "") == code for name, code in self.conditions.items())


@dataclass(frozen=True, slots=True)
class Patch:
    """The operations of a body, in their order."""

    operations: Sequence[Operation]

    def check_unit(self, kind: UnitKind) -> None:
        """Raise `BadPatch` when a unit has another capacity type."""
        values = [value for operation in self.operations for value in operation.values]
        if faults := [
            PatchError(
                f"Cette unité se compte en {kind.capacity_type.label}s : envoyez capacityType "
                f"{kind.capacity_type} ({_label('R329', kind.capacity_type)}).",
                "business-rule",
                part_path("capacityType"),
            )
            for value in values
            if value.codes["capacityType"] != kind.capacity_type
        ]:
            raise BadPatch(faults)


def read_patch(body: bytes) -> Patch:
    """Parse a body. Raises `BadPatch` with messages that say what to send instead, one for each fault."""
    resource = load_json(body, "Parameters")
    if resource.get("resourceType") != "Parameters":
        raise fault("Envoyez une ressource « Parameters » (FHIRPath Patch).", "structure")
    parameters = objects(resource.get("parameter"), "parameter")
    if not 1 <= len(parameters) <= MAX_OPERATIONS:
        raise fault(f"Envoyez de 1 à {MAX_OPERATIONS} opérations.", "structure")
    faults: list[PatchError] = []
    operations: list[Operation] = []
    for parameter in parameters:
        with collecting(faults):
            operations.append(_operation(parameter))
    if faults:
        raise BadPatch(faults)
    if len(operations) > 1 and any(operation.kind == "replace_all" for operation in operations):
        raise fault("Un remplacement de tous les nombres est la seule opération de son envoi.", "structure")
    return Patch(operations)


def _operation(parameter: Json) -> Operation:
    """Parse an operation. Raises `BadPatch`."""
    if parameter.get("name") != "operation":
        raise fault("Chaque « parameter » est une opération : son « name » doit être « operation ».", "structure")
    parts = _parts_by_name(parameter.get("part"))
    kind = _text(parts, "type")
    if kind not in ("add", "replace", "delete"):
        raise fault("Seules les opérations « add », « replace » et « delete » sont prises en compte.", "not-supported")
    conditions = _conditions(kind, _text(parts, "path"), parts)
    if kind == "delete":
        if "capacityStatus" not in conditions:
            raise fault("Dites quel nombre retirer : le « path » d'un « delete » demande un capacityStatus.", "required", PATH)
        return Operation(kind, conditions)
    extensions = _extensions(parts)
    if kind == "replace" and not conditions and _lists_all(parts, extensions):
        if len(extensions) > MAX_OPERATIONS:
            raise fault(f"Envoyez {MAX_OPERATIONS} nombres au plus.", "structure")
        faults: list[PatchError] = []
        values = []
        for extension in extensions:
            with collecting(faults):
                values.append(read_value(extension))
        if faults:
            raise BadPatch(faults)
        return Operation("replace_all", {}, values)
    if len(extensions) != 1:
        raise fault(f"La partie « value » porte une seule extension, d'« url » {SUPPORTED_CAPACITY}.", "structure")
    value = read_value(extensions[0])
    _check_agreement(conditions, value)
    return Operation(kind, conditions, [value])


def _conditions(kind: str, path: str, parts: dict[str, Json]) -> dict[str, str]:
    """Parse the conditions of a path into codes by the name of the sub-extension. Raises `BadPatch`."""
    path = " ".join(path[: MAX_PATH_LENGTH + 1].split())
    if kind == "add" and (path == "Location.extension" or (path == "Location" and _text(parts, "name") == "extension")):
        return {}
    if len(path) > MAX_PATH_LENGTH or not _PATH.fullmatch(path):
        raise fault(f"Le « path » d'une opération est {PATH}, suivi au besoin des conditions du protocole.", "not-supported")
    conditions: dict[str, str] = {}
    for name, code in _EACH.findall(path):
        if name not in CODED:
            raise fault(f"Le « path » a une condition sur « {name} », inconnue ici : retirez-la.", "not-supported", PATH)
        if conditions.setdefault(name, _today_code(name, code)) != _today_code(name, code):
            raise fault(f"Le « path » demande deux codes de « {name} » : n'en gardez qu'un.", "business-rule", part_path(name))
    return conditions


def _today_code(name: str, code: str) -> str:
    """Return a code, that of either sex for the one used before August 2025."""
    return EITHER if name == _GENDER and code == ANY_SEX_BEFORE else code


def _check_agreement(conditions: Mapping[str, str], value: Value) -> None:
    faults = [
        PatchError(
            f"Le « path » demande {name} {code}, que la valeur envoyée n'a pas : mettez-les d'accord.",
            "business-rule",
            part_path(name),
        )
        for name, code in conditions.items()
        if _today_code(name, value.codes.get(name, "")) != code
    ]
    if faults:
        raise BadPatch(faults)


def _extensions(parts: dict[str, Json]) -> list[Json]:
    """Return the extensions in the `value` of an operation, written in any of the accepted forms. Raises `BadPatch`."""
    value = parts.get("value")
    if value is None:
        raise fault("La partie « value » manque : elle porte l'extension ror-location-supported-capacity.", "required")
    nested = objects(value.get("part", []), "part")
    extensions: list[Json] = []
    for part in (value, *nested):
        extensions += [part] if "url" in part else objects(part.get("extension", []), "extension")
    if not extensions and any(part.get("name") == "url" for part in nested):
        extensions = [_from_named_parts(nested)]
    if not extensions or any(extension.get("url") != SUPPORTED_CAPACITY for extension in extensions):
        raise fault(f"La partie « value » porte une seule extension, d'« url » {SUPPORTED_CAPACITY}.", "structure")
    return extensions


def _lists_all(parts: dict[str, Json], extensions: Sequence[Json]) -> bool:
    """Return whether the value of a « replace » is the whole list of numbers: an extension in each of its parts."""
    return len(extensions) > 1 or any("url" in part for part in parts["value"].get("part", []))


def _from_named_parts(parts: Iterable[Json]) -> Json:
    """Build an extension from named parts: `url`, and one `extension` per sub-extension, with its own `url` and `value`."""
    extension: Json = {"extension": []}
    for part in parts:
        if part.get("name") == "url":
            extension["url"] = _url(part)
        elif part.get("name") == "extension":
            nested: Json = {}
            for inner in objects(part.get("part"), "part"):
                if inner.get("name") == "url":
                    nested["url"] = _url(inner)
                else:
                    nested |= {key: value for key, value in inner.items() if key.startswith("value")}
            extension["extension"].append(nested)
    return extension


def _url(part: Json) -> Any:
    return part.get("valueUri", part.get("valueString"))


def _parts_by_name(value: Any) -> dict[str, Json]:
    parts: dict[str, Json] = {}
    for part in objects(value, "part"):
        name = part.get("name")
        if not isinstance(name, str) or name in parts:
            raise fault("Chaque « part » d'une opération a un « name » à elle : type, path, value.", "structure")
        parts[name] = part
    return parts


def _text(parts: dict[str, Json], name: str) -> str:
    part = parts.get(name, {})
    text = part.get("valueString", part.get("valueCode"))
    if not isinstance(text, str):
        raise fault(f"La partie « {name} » d'une opération manque, ou n'est pas un texte (valueString).", "required")
    return text


def _label(code_list: str, code: str) -> str:
    return labels(code_list).get(code, code)
