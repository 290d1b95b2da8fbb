"""Messages in French, field by field, for a request that does not follow its description."""

from collections.abc import Callable
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field

from ror.model.text import plain

# An address reads `+` as a space: the example has none, so that it can be copied into one.
INSTANT = "donnez un instant ISO 8601 avec son fuseau, comme 2026-05-04T06:00:00Z."
_INTEGER = "donnez un nombre entier."
_MESSAGES: dict[str, str | Callable[[dict[str, Any]], str]] = {
    "missing": "ce champ manque.",
    "extra_forbidden": "ce champ n'existe pas ici : retirez-le, ou corrigez son nom.",
    "json_invalid": "le corps n'est pas du JSON.",
    "model_attributes_type": "donnez un objet JSON (Content-Type: application/json).",
    "dict_type": "donnez un objet JSON.",
    "int_type": _INTEGER,
    "int_parsing": _INTEGER,
    "int_parsing_size": _INTEGER,
    "int_from_float": _INTEGER,
    "float_type": "donnez un nombre.",
    "float_parsing": "donnez un nombre.",
    "finite_number": "donnez un nombre.",
    "bool_type": "donnez true ou false.",
    "string_type": "donnez un texte.",
    "string_too_short": "ce texte est vide.",
    "string_too_long": lambda context: f"{context['max_length']} caractères au plus.",
    "greater_than": lambda context: f"donnez un nombre supérieur à {context['gt']:.16g}.",
    "greater_than_equal": lambda context: f"donnez {context['ge']:.16g} ou plus.",
    "less_than_equal": lambda context: f"donnez {context['le']:.16g} ou moins.",
    "enum": "cette valeur n'est pas de la liste.",
    "literal_error": "cette valeur n'est pas de la liste.",
    "timezone_aware": INSTANT,
    "repeated": "ce champ ne se donne qu'une fois.",
}


class FieldError(BaseModel):
    """One field that does not follow the description."""

    place: str = Field(serialization_alias="in", description="Where the field is: query, path or body.")
    name: str = Field(description="The field, as `counts.available`.")
    detail: str = Field(description="What is wrong, in French.")


def field_faults(error: RequestValidationError) -> list[FieldError]:
    """Return one fault for each field."""
    return [_fault(details) for details in error.errors()]


def is_unreadable(error: RequestValidationError) -> bool:
    """Return whether the body is not even JSON."""
    return any(details["type"] == "json_invalid" for details in error.errors())


def _fault(details: dict[str, Any]) -> FieldError:
    place, *path = details["loc"]
    kind = str(details["type"])
    # Within unreadable JSON the path is a number of characters.
    name = "" if kind == "json_invalid" else ".".join(str(part) for part in path)
    message = _MESSAGES.get(kind, "cette valeur ne convient pas.")
    if kind == "value_error":
        message = str(details["ctx"]["error"])
    elif kind.startswith("datetime"):
        message = INSTANT
    detail = message if isinstance(message, str) else message(details.get("ctx", {}))
    return FieldError(place=str(place), name=plain(name) or str(place), detail=detail)
