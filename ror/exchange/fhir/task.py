"""Parse and print a « signalement d'anomalie » (profile ror-task): a system reports that the number of a unit is wrong.

The theme is 06 « Exactitude », the action a correction, `focus` the unit. Of the inputs, `errorValue` is the number that was
read and `proposedValue` the right one; neither `ruleErrorId` nor `identifierRequester` is stored.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ror.exchange.fhir.patch_value import BadPatch, PatchError, collecting, fault, load_json, objects
from ror.exchange.fhir.terms import CANONICAL, Json, instant, is_system, reference, structure_definition, system
from ror.model.capacity import MAX_NUMBER
from ror.model.feedback import Feedback, FeedbackKind
from ror.model.local_time import local_day

EXACTNESS, CORRECTION, TO_DO = "06", "COR", "02"
INPUTS = f"{CANONICAL}/CodeSystem/input-task-ror-codesystem"

_KNOWN_INPUTS = ("ruleErrorId", "errorValue", "proposedValue", "pathElementError", "systemRequester", "identifierRequester")
_OPEN = ("draft", "requested", "received", "accepted", "ready", "in-progress")
_UNITS = ("Location", "HealthcareService")
_REFERENCE = re.compile(
    r"(?:https?://[^\s?#]+/)?(Location|HealthcareService)/([A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]+)?"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})")
_CAPACITY = "ror-location-supported-capacity"


@dataclass(frozen=True, slots=True)
class Anomaly:
    """The content of a body: the unit, by the id of its resource or by an identifier, the number read and the right one.

    `authored` is when it was written: a day when the body has no hour.
    """

    resource_id: str
    identifier: str
    resource_type: str
    authored: date | datetime
    read: int | None
    proposed: int | None
    word: str

    @property
    def kind(self) -> FeedbackKind:
        """The kind of the reader's report with the same meaning."""
        return FeedbackKind.FULL if self.proposed == 0 else FeedbackKind.OTHER

    def is_before(self, at: datetime, zone: ZoneInfo) -> bool:
        """Return whether it was authored before an instant, or a day before its day in a time zone."""
        if isinstance(self.authored, datetime):
            return self.authored < at
        return self.authored < local_day(at, zone)

    def is_after(self, at: datetime, zone: ZoneInfo) -> bool:
        """Return whether it was authored after an instant, or a day after its day in a time zone."""
        if isinstance(self.authored, datetime):
            return self.authored > at
        return self.authored > local_day(at, zone)


def read_task(body: bytes) -> Anomaly:
    """Parse a body. Raises `BadPatch` with messages that say what to send instead, one for each fault."""
    resource = load_json(body, "Task")
    if resource.get("resourceType") != "Task":
        raise fault("Envoyez une ressource « Task » (ror-task).", "structure")
    faults: list[PatchError] = []
    inputs: dict[str, Json] = {}
    read = proposed = None
    focus, authored, word = ("", "", ""), date.min, ""
    with collecting(faults):
        _check_fixed(resource)
    with collecting(faults):
        focus = _focus(resource.get("focus"))
    with collecting(faults):
        authored = _authored(resource.get("authoredOn"))
    with collecting(faults):
        word = _text(resource.get("description", ""), "description")
    with collecting(faults):
        inputs = _inputs(resource.get("input"))
        _check_inputs(inputs)
    with collecting(faults):
        read = _number(inputs, "errorValue")
    with collecting(faults):
        proposed = _number(inputs, "proposedValue")
    if faults:
        raise BadPatch(faults)
    return Anomaly(*focus, authored, read, proposed, word)


def _check_fixed(resource: Json) -> None:
    """Check the presence of the elements besides unit, date and numbers, and their codes. Raises `BadPatch` with all faults."""
    faults = [
        PatchError(f"« {name} » manque : ajoutez-le.", "required", f"Task.{name}")
        for name in ("intent", "lastModified")
        if not isinstance(resource.get(name), str)
    ]
    if resource.get("status") not in _OPEN:
        faults.append(PatchError(f"« status » d'un signalement : {', '.join(_OPEN)}.", "code-invalid", "Task.status"))
    if not _codes(resource.get("businessStatus"), "R352"):
        faults.append(PatchError(f"« businessStatus » porte un code de {system('R352')}.", "required", "Task.businessStatus"))
    if _codes(resource.get("code"), "R350") != [EXACTNESS]:
        message = f"Seul le thème {EXACTNESS} Exactitude ({system('R350')}) est pris en compte : un nombre inexact."
        faults.append(PatchError(message, "not-supported", "Task.code"))
    if _codes(resource.get("reasonCode"), "R349") != [CORRECTION]:
        message = f"« reasonCode » d'un nombre inexact est {CORRECTION} Correction ({system('R349')})."
        faults.append(PatchError(message, "not-supported", "Task.reasonCode"))
    if faults:
        raise BadPatch(faults)


def _codes(concept: Any, code_list: str) -> list[str]:
    """Return the codes of a list in a CodeableConcept."""
    codings = concept.get("coding") if isinstance(concept, dict) else None
    return [
        coding["code"]
        for coding in (codings if isinstance(codings, list) else [])
        if isinstance(coding, dict)
        and isinstance(coding.get("code"), str)
        and isinstance(coding.get("system"), str)
        and is_system(code_list, coding["system"])
    ]


def _focus(focus: Any) -> tuple[str, str, str]:
    """Return the id, the identifier and the type of the resource in question. Raises `BadPatch`."""
    wrong = fault(
        "« focus » désigne la Location ou le HealthcareService d'une unité, par « reference » ou par « identifier ».",
        "required",
        "Task.focus",
    )
    if not isinstance(focus, dict):
        raise wrong
    if isinstance(named := focus.get("reference"), str):
        if match := _REFERENCE.fullmatch(named):
            return match[2], "", match[1]
        raise wrong
    identifier, kind = focus.get("identifier"), focus.get("type", _UNITS[0])
    value = identifier.get("value") if isinstance(identifier, dict) else None
    if not isinstance(value, str) or not 0 < len(value) <= 200 or not value.isprintable() or kind not in _UNITS:
        raise wrong
    return "", value, kind


def _authored(text: Any) -> date | datetime:
    if isinstance(text, str):
        # `fromisoformat` raises for a day that does not exist, which is refused like any other text.
        with suppress(ValueError, OverflowError):
            if _INSTANT.fullmatch(text):
                return datetime.fromisoformat(text)
            if _DAY.fullmatch(text):
                return date.fromisoformat(text)
    raise fault("« authoredOn » est un jour, ou un instant avec son fuseau.", "value", "Task.authoredOn")


def _text(text: Any, name: str) -> str:
    if not isinstance(text, str):
        raise fault(f"« {name} » est un texte.", "value", f"Task.{name}")
    return text


def _inputs(given: Any) -> dict[str, Json]:
    """Return the inputs by the code of their type. Raises `BadPatch` for an unknown type, or one that comes twice."""
    by_type: dict[str, Json] = {}
    for item in objects(given, "input"):
        concept = item.get("type")
        codings = concept.get("coding") if isinstance(concept, dict) else None
        names = [
            coding.get("code")
            for coding in (codings if isinstance(codings, list) else [])
            if isinstance(coding, dict) and coding.get("system", INPUTS) == INPUTS
        ]
        if len(names) != 1 or names[0] not in _KNOWN_INPUTS:
            raise fault(f"« input » a un type de {INPUTS} : {', '.join(_KNOWN_INPUTS)}.", "not-supported", "Task.input")
        if names[0] in by_type:
            raise fault(f"L'« input » {names[0]} vient deux fois : envoyez-le une fois.", "not-supported", "Task.input")
        by_type[names[0]] = item
    return by_type


def _check_inputs(inputs: Mapping[str, Json]) -> None:
    requester = inputs.get("systemRequester", {}).get("valueString")
    if not isinstance(requester, str) or not requester.strip():
        raise fault("L'« input » systemRequester (valueString) manque : nommez le système déclarant.", "required", "Task.input")
    path = inputs.get("pathElementError", {}).get("valueExpression", {})
    expression = path.get("expression") if isinstance(path, dict) else None
    if "pathElementError" in inputs and (not isinstance(expression, str) or _CAPACITY not in expression):
        raise fault(
            f"« pathElementError » désigne un nombre, l'extension {_CAPACITY} : les autres éléments ne se signalent pas ici.",
            "not-supported",
            "Task.input",
        )


def _number(inputs: Mapping[str, Json], name: str) -> int | None:
    """Return the number of an input, None without it. Raises `BadPatch`."""
    if name not in inputs:
        return None
    values = [value for key, value in inputs[name].items() if key.startswith("value")]
    number = values[0] if len(values) == 1 else None
    if isinstance(number, str) and number.isascii() and number.isdigit() and len(number) <= len(str(MAX_NUMBER)):
        number = int(number)
    # `type`, since True and False are instances of int.
    if type(number) is not int or not 0 <= number <= MAX_NUMBER:
        raise fault(f"« {name} » est un nombre entier, de 0 à {MAX_NUMBER}.", "value", "Task.input")
    return number


def task_id(report: Feedback) -> str:
    """Return the id of a report, as a resource and as its functional identifier."""
    return f"retour-{report.position}"


def task(report: Feedback) -> Json:
    """Build the Task of a report as it was received."""
    value = {} if report.other is None else {"input": [_input("proposedValue", {"valueInteger": report.other})]}
    return {
        "resourceType": "Task",
        "id": task_id(report),
        "meta": {
            "versionId": "1",
            "lastUpdated": instant(report.recorded_at),
            "profile": [structure_definition("ror-task")],
        },
        "identifier": [{"value": task_id(report)}],
        "status": "requested",
        "businessStatus": {"coding": [{"system": system("R352"), "code": TO_DO, "display": "À traiter"}]},
        "intent": "order",
        "code": {"coding": [{"system": system("R350"), "code": EXACTNESS, "display": "Exactitude"}]},
        **({"description": report.word} if report.word else {}),
        "focus": reference("Location", report.unit),
        "authoredOn": instant(report.recorded_at),
        "lastModified": instant(report.recorded_at),
        "reasonCode": {"coding": [{"system": system("R349"), "code": CORRECTION, "display": "Correction"}]},
        **value,
    }


def _input(name: str, value: Json) -> Json:
    return {"type": {"coding": [{"system": INPUTS, "code": name}]}, **value}
