"""Numbers, nouns and telephones as they are written in French: on screen, on paper, in sentences."""


def number(value: int) -> str:
    """A whole number the French way: « 1 312 »."""
    return f"{value:,}".replace(",", "\u202f")


def count(value: int, singular: str, plural: str = "") -> str:
    """A number with its words in agreement: « 1 lit », « 1 312 lits »."""
    return f"{number(value)} {singular if value < 2 else plural or singular + 's'}"


def phone(digits: str) -> str:
    """A telephone number in pairs: « 01 99 00 12 34 »."""
    return " ".join(digits[index : index + 2] for index in range(0, len(digits), 2))
