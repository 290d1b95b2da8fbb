"""Numbers, nouns, days and telephones in French, for screens, paper and messages."""

import unicodedata

from ror.model.telephone import spaced_telephone as phone

__all__ = ("WEEKDAYS", "count", "number", "of", "phone", "with_place")

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def number(value: int) -> str:
    """Format a whole number: « 1 312 »."""
    return f"{value:,}".replace(",", "\u202f")


def count(value: int, singular: str, plural: str = "") -> str:
    """Format a number with its noun in agreement: « 1 lit », « 1 312 lits »."""
    return f"{number(value)} {singular if value < 2 else plural or singular + 's'}"


def with_place(name: str, place: str) -> str:
    """Put a commune after the name of a structure or unit, unless the name ends with it: « Hôpital des Tilleuls, Paris »."""
    before, found, after = name.lower().rpartition(place.lower()) if place else (name, "", "")
    repeated = bool(found) and not after and not before[-1:].isalpha()
    return f"{name}, {place}" if place and not repeated else name


def of(name: str) -> str:
    """Put « de » before a name, « d' » before a vowel or an H: « de Melun », « d'Évry-Courcouronnes »."""
    first = unicodedata.normalize("NFD", name[:1]).lower()[:1]
    return f"d'{name}" if first and first in "aeiouyhœ" else f"de {name}"
