"""Parse the body of a `PATCH Location` (FHIRPath Patch in a `Parameters`), by which bed management software declares.

Each operation is an `add` or a `replace` of one whole extension ror-location-supported-capacity, found by its status:

- `path` is `Location.extension.where(url='<the extension>')`, optionally followed by the conditions of the national
  protocol, `.where(extension.where(url = 'capacityStatus' and valueCodeableConcept.coding.code = '02') and ...)`: each must
  agree with the value. An `add` may also have the path `Location` and the name `extension`, as FHIR itself writes it;
- `value` is the extension, in the form of the national protocol (`part[0].extension[0]`), directly (`extension[0]`),
  or spelt out in named parts, as FHIR writes it.

All the operations of a body have one instant and one source: they are one declaration. Numbers that are not stored here (by
gender, by kind of closing, of supplementary beds or of crisis, for some patients only) are refused, never ignored.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ror.exchange.fhir.capacity import STATUSES, SUPPORTED_CAPACITY, temporality
from ror.exchange.fhir.patch_value import CODED, PATH, BadPatch, Value, objects, part_path, read_value
from ror.exchange.fhir.terms import Json
from ror.model.nomenclature import SourceType, labels
from ror.model.unit_kind import UnitKind

MOST_OPERATIONS = len(STATUSES)
LONGEST_PATH = 2_000

_URL = re.escape(SUPPORTED_CAPACITY)
_CONDITION = (
    r"extension\.where\( ?url ?= ?'([A-Za-z]+)' and valueCodeableConcept\.coding(?:\[0\]|\.first\(\))?\.code ?= ?'([0-9]+)' ?\)"
)
_CONDITIONS = rf"{_CONDITION}(?: and {_CONDITION}){{0,9}}"
_START = rf"Location\.extension(?:\('{_URL}'\)|\.where\( ?url ?= ?'{_URL}'(?: and {_CONDITIONS})? ?\))"
_PATH = re.compile(rf"{_START}(?:\.where\( ?{_CONDITIONS} ?\))?")
_EACH = re.compile(_CONDITION)


@dataclass(frozen=True, slots=True)
class Patch:
    """The numbers of a body for one unit: by status (fields of `Counts`), of one instant and one source.

    `replaced` are the statuses that the client expects to have a number already. `temporalities` are codes of R331 by status.
    """

    counts: dict[str, int]
    replaced: frozenset[str]
    capacity_type: str
    temporalities: dict[str, str]
    observed_at: datetime
    source_type: SourceType

    def check_unit(self, kind: UnitKind) -> None:
        """Raise `BadPatch` when a unit has another capacity type or temporality."""
        if self.capacity_type != kind.capacity_type:
            raise BadPatch(
                f"Cette unité se compte en {kind.capacity_type.label}s : envoyez capacityType "
                f"{kind.capacity_type} ({_label('R329', kind.capacity_type)}).",
                "business-rule",
                part_path("capacityType"),
            )
        for status, code in self.temporalities.items():
            expected = temporality(status, kind)
            if code != expected:
                raise BadPatch(
                    f"Cette unité se compte, pour ce statut, avec la temporalité {expected} "
                    f"({_label('R331', expected)}) : envoyez temporalityCapacity {expected}.",
                    "business-rule",
                    part_path("temporalityCapacity"),
                )


def read_patch(body: bytes) -> Patch:
    """Parse a body. Raises `BadPatch` with a message that says what to send instead."""
    resource = _load_json(body)
    if resource.get("resourceType") != "Parameters":
        raise BadPatch("Envoyez une ressource « Parameters » (FHIRPath Patch).", "structure")
    parameters = objects(resource.get("parameter"), "parameter")
    if not 1 <= len(parameters) <= MOST_OPERATIONS:
        raise BadPatch(f"Envoyez de 1 à {MOST_OPERATIONS} opérations, une par statut.", "structure")
    operations = [_operation(parameter) for parameter in parameters]
    return _merge(
        [value for _, value in operations], frozenset(value.status for kind, value in operations if kind == "replace")
    )


def _load_json(body: bytes) -> Json:
    try:
        resource = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise BadPatch("Le corps n'est pas du JSON lisible, en UTF-8 : vérifiez-le.", "structure") from None
    if not isinstance(resource, dict):
        raise BadPatch("Le corps doit être un objet JSON, une ressource « Parameters ».", "structure")
    return resource


def _merge(values: Sequence[Value], replaced: frozenset[str]) -> Patch:
    """Merge the values of several statuses into one declaration. Raises `BadPatch`."""
    first = values[0]
    counts: dict[str, int] = {}
    for value in values:
        if value.status in counts:
            code = value.codes["capacityStatus"]
            raise BadPatch(f"Le statut {code} ({_label('R330', code)}) vient deux fois : envoyez-le une seule fois.", "invalid")
        counts[value.status] = value.number
        if value.observed_at != first.observed_at:
            raise BadPatch(
                "Les opérations d'un envoi disent le même instant : envoyez à part ce qui a une autre capacityUpdateDate.",
                "business-rule",
                part_path("capacityUpdateDate"),
            )
        for name in ("capacityType", "capacitySourceType"):
            if value.codes[name] != first.codes[name]:
                raise BadPatch(
                    f"Les opérations d'un envoi ont le même {name} : envoyez à part ce qui en a un autre.",
                    "business-rule",
                    part_path(name),
                )
    return Patch(
        counts,
        replaced,
        first.codes["capacityType"],
        {value.status: value.codes["temporalityCapacity"] for value in values},
        first.observed_at,
        SourceType(first.codes["capacitySourceType"]),
    )


def _operation(parameter: Json) -> tuple[str, Value]:
    """Parse an operation: « add » or « replace », and its value. Raises `BadPatch`."""
    if parameter.get("name") != "operation":
        raise BadPatch("Chaque « parameter » est une opération : son « name » doit être « operation ».", "structure")
    parts = _parts_by_name(parameter.get("part"))
    kind = _text(parts, "type")
    if kind not in ("add", "replace"):
        raise BadPatch("Seules les opérations « add » et « replace » sont prises en compte.", "not-supported")
    value = read_value(_extension(parts))
    _check_path(kind, _text(parts, "path"), parts, value.codes)
    return kind, value


def _check_path(kind: str, path: str, parts: dict[str, Json], codes: dict[str, str]) -> None:
    path = " ".join(path[: LONGEST_PATH + 1].split())
    if kind == "add" and (path == "Location.extension" or (path == "Location" and _text(parts, "name") == "extension")):
        return
    if len(path) > LONGEST_PATH or not _PATH.fullmatch(path):
        raise BadPatch(f"Le « path » d'une opération est {PATH}, suivi au besoin des conditions du protocole.", "not-supported")
    for name, code in _EACH.findall(path):
        if codes.get(name) != code:
            raise BadPatch(
                f"Le « path » demande {name} {code}, que la valeur envoyée n'a pas : mettez-les d'accord.",
                "business-rule",
                part_path(name) if name in CODED else PATH,
            )


def _extension(parts: dict[str, Json]) -> Json:
    """Return the one extension in the `value` of an operation, in any of the three forms. Raises `BadPatch`."""
    value = parts.get("value")
    if value is None:
        raise BadPatch("La partie « value » manque : elle porte l'extension ror-location-supported-capacity.", "required")
    nested = objects(value.get("part", []), "part")
    extensions = [extension for part in (value, *nested) for extension in objects(part.get("extension", []), "extension")]
    if not extensions and any(part.get("name") == "url" for part in nested):
        extensions = [_from_named_parts(nested)]
    if len(extensions) != 1 or extensions[0].get("url") != SUPPORTED_CAPACITY:
        raise BadPatch(f"La partie « value » porte une seule extension, d'« url » {SUPPORTED_CAPACITY}.", "structure")
    return extensions[0]


def _from_named_parts(parts: Iterable[Json]) -> Json:
    """Build an extension from named parts: `url`, then one part `extension` for each inner one, with `url` and `value`."""
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
            raise BadPatch("Chaque « part » d'une opération a un « name » à elle : type, path, value.", "structure")
        parts[name] = part
    return parts


def _text(parts: dict[str, Json], name: str) -> str:
    part = parts.get(name, {})
    text = part.get("valueString", part.get("valueCode"))
    if not isinstance(text, str):
        raise BadPatch(f"La partie « {name} » d'une opération manque, ou n'est pas un texte (valueString).", "required")
    return text


def _label(code_list: str, code: str) -> str:
    return labels(code_list).get(code, code)
