"""Numbers, nouns and telephones as they are written in French: on screen, on paper, in sentences."""

from ror.model.telephone import spaced_telephone as phone

__all__ = ("count", "number", "phone")


def number(value: int) -> str:
    """A whole number the French way: « 1 312 »."""
    return f"{value:,}".replace(",", "\u202f")


def count(value: int, singular: str, plural: str = "") -> str:
    """A number with its words in agreement: « 1 lit », « 1 312 lits »."""
    return f"{number(value)} {singular if value < 2 else plural or singular + 's'}"
