"""What is wrong in a request that does not follow its description, field by field, in French."""

from collections.abc import Callable
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field

from ror.model.text import plain

# In an address a `+` is a space: the example is one that serves there as it stands.
INSTANT = "donnez un instant ISO 8601 avec son fuseau, comme 2026-05-04T06:00:00Z."
_WHOLE = "donnez un nombre entier."
_SENTENCES: dict[str, str | Callable[[dict[str, Any]], str]] = {
    "missing": "ce champ manque.",
    "extra_forbidden": "ce champ n'existe pas ici : retirez-le, ou corrigez son nom.",
    "json_invalid": "le corps n'est pas du JSON.",
    "model_attributes_type": "donnez un objet JSON (Content-Type: application/json).",
    "dict_type": "donnez un objet JSON.",
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": "donnez un nombre.",
    "float_parsing": "donnez un nombre.",
    "finite_number": "donnez un nombre.",
    "bool_type": "donnez true ou false.",
    "string_type": "donnez un texte.",
    "string_too_short": "ce texte est vide.",
    "string_too_long": lambda told: f"{told['max_length']} caractères au plus.",
    "greater_than": lambda told: f"donnez un nombre supérieur à {told['gt']:.16g}.",
    "greater_than_equal": lambda told: f"donnez {told['ge']:.16g} ou plus.",
    "less_than_equal": lambda told: f"donnez {told['le']:.16g} ou moins.",
    "enum": "cette valeur n'est pas de la liste.",
    "literal_error": "cette valeur n'est pas de la liste.",
    "timezone_aware": INSTANT,
    "repeated": "ce champ ne se donne qu'une fois.",
}


class Fault(BaseModel):
    """What is wrong with one field."""

    place: str = Field(serialization_alias="in", description="Where the field is: query, path or body.")
    name: str = Field(description="The field, as `counts.available`.")
    detail: str = Field(description="What is wrong, in French.")


def faults(error: RequestValidationError) -> list[Fault]:
    """One fault for each field."""
    return [_fault(one) for one in error.errors()]


def unreadable(error: RequestValidationError) -> bool:
    """Whether the body is not even JSON."""
    return any(one["type"] == "json_invalid" for one in error.errors())


def _fault(found: dict[str, Any]) -> Fault:
    place, *inside = found["loc"]
    kind = str(found["type"])
    # Within unreadable JSON the place is a number of characters.
    name = "" if kind == "json_invalid" else ".".join(str(part) for part in inside)
    sentence = _SENTENCES.get(kind, "cette valeur ne convient pas.")
    if kind == "value_error":
        sentence = str(found["ctx"]["error"])
    elif kind.startswith("datetime"):
        sentence = INSTANT
    told = sentence if isinstance(sentence, str) else sentence(found.get("ctx", {}))
    return Fault(place=str(place), name=plain(name) or str(place), detail=told)
