"""Numbers that a bed management software sends: the body of a `PATCH Location` (FHIRPath Patch in a `Parameters`).

Each operation is an `add` or a `replace` of one whole extension ror-location-supported-capacity, found by its status:

- `path` is `Location.extension.where(url='<the extension>')`, which may go on with the conditions of the national
  protocol, `.where(extension.where(url = 'capacityStatus' and valueCodeableConcept.coding.code = '02') and ...)`: each must
  agree with the value. An `add` may also have the path `Location` and the name `extension`, as FHIR itself writes it;
- `value` holds the extension, in the form of the national protocol (`part[0].extension[0]`), directly (`extension[0]`),
  or spelt out in named parts, as FHIR writes it.

All the operations of a body say one instant and one source: they are one declaration. What is not kept here (numbers by
gender, by kind of closing, of supplementary beds or of crisis, for some patients only) is refused, never dropped.
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
from ror.model.nomenclature import SourceType, UnitType, labels

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
    """What a body says of one unit: numbers by status (fields of `Counts`), true at one instant, of one source.

    `replaced` are the statuses that the sender believes to be there already. `temporalities` are codes of R331 by status.
    """

    counts: dict[str, int]
    replaced: frozenset[str]
    capacity_type: str
    temporalities: dict[str, str]
    observed_at: datetime
    source_type: SourceType

    def check_unit(self, unit_type: UnitType) -> None:
        """Raise `BadPatch` when a unit of this type does not count so."""
        if self.capacity_type != unit_type.capacity_type:
            raise BadPatch(
                f"Cette unité se compte en {unit_type.capacity_type.label}s : envoyez capacityType "
                f"{unit_type.capacity_type} ({_label('R329', unit_type.capacity_type)}).",
                "business-rule",
                part_path("capacityType"),
            )
        for status, code in self.temporalities.items():
            expected = temporality(status, unit_type)
            if code != expected:
                raise BadPatch(
                    f"Cette unité se compte, pour ce statut, avec la temporalité {expected} "
                    f"({_label('R331', expected)}) : envoyez temporalityCapacity {expected}.",
                    "business-rule",
                    part_path("temporalityCapacity"),
                )


def read_patch(body: bytes) -> Patch:
    """Read a body. Raises `BadPatch` with a sentence that says what to send instead."""
    resource = _loaded(body)
    if resource.get("resourceType") != "Parameters":
        raise BadPatch("Envoyez une ressource « Parameters » (FHIRPath Patch).", "structure")
    parameters = objects(resource.get("parameter"), "parameter")
    if not 1 <= len(parameters) <= MOST_OPERATIONS:
        raise BadPatch(f"Envoyez de 1 à {MOST_OPERATIONS} opérations, une par statut.", "structure")
    operations = [_operation(parameter) for parameter in parameters]
    return _together(
        [value for _, value in operations], frozenset(value.status for kind, value in operations if kind == "replace")
    )


def _loaded(body: bytes) -> Json:
    try:
        resource = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise BadPatch("Le corps n'est pas du JSON lisible, en UTF-8 : vérifiez-le.", "structure") from None
    if not isinstance(resource, dict):
        raise BadPatch("Le corps doit être un objet JSON, une ressource « Parameters ».", "structure")
    return resource


def _together(values: Sequence[Value], replaced: frozenset[str]) -> Patch:
    """Several statuses as one declaration."""
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
    """An operation: « add » or « replace », and what it says."""
    if parameter.get("name") != "operation":
        raise BadPatch("Chaque « parameter » est une opération : son « name » doit être « operation ».", "structure")
    parts = _named(parameter.get("part"))
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
    """The one extension that the `value` of an operation holds, in any of the three forms."""
    value = parts.get("value")
    if value is None:
        raise BadPatch("La partie « value » manque : elle porte l'extension ror-location-supported-capacity.", "required")
    nested = objects(value.get("part", []), "part")
    found = [extension for one in (value, *nested) for extension in objects(one.get("extension", []), "extension")]
    if not found and any(part.get("name") == "url" for part in nested):
        found = [_spelt_out(nested)]
    if len(found) != 1 or found[0].get("url") != SUPPORTED_CAPACITY:
        raise BadPatch(f"La partie « value » porte une seule extension, d'« url » {SUPPORTED_CAPACITY}.", "structure")
    return found[0]


def _spelt_out(parts: Iterable[Json]) -> Json:
    """An extension given as named parts: `url`, then one part `extension` for each of its own, with `url` and `value`."""
    built: Json = {"extension": []}
    for part in parts:
        if part.get("name") == "url":
            built["url"] = _url(part)
        elif part.get("name") == "extension":
            one: Json = {}
            for inner in objects(part.get("part"), "part"):
                if inner.get("name") == "url":
                    one["url"] = _url(inner)
                else:
                    one |= {key: value for key, value in inner.items() if key.startswith("value")}
            built["extension"].append(one)
    return built


def _url(part: Json) -> Any:
    return part.get("valueUri", part.get("valueString"))


def _named(value: Any) -> dict[str, Json]:
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
