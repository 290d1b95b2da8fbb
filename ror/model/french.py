"""Format numbers, nouns and telephones in French, for screens, paper and messages."""

from ror.model.telephone import spaced_telephone as phone

__all__ = ("count", "number", "phone")


def number(value: int) -> str:
    """Format a whole number: « 1 312 »."""
    return f"{value:,}".replace(",", "\u202f")


def count(value: int, singular: str, plural: str = "") -> str:
    """Format a number with its noun in agreement: « 1 lit », « 1 312 lits »."""
    return f"{number(value)} {singular if value < 2 else plural or singular + 's'}"
