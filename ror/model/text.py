"""Texts that somebody typed or that a file held, without what the eye cannot see: what is stored is what is read.

Taken away: control characters, marks that turn the direction of reading round, characters of no width, halves of a pair
of surrogates, letters drawn as a blank, and accents piled up past what any language writes.
"""

import re
import unicodedata

MOST_MARKS = 3
"""Accents on one letter; a pile of them would cover the lines above."""

_UNSEEN = frozenset({"Cc", "Cf", "Cs"})
_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_WHOLE = re.compile(r"\s*([0-9]{1,3}(?:\s[0-9]{3})+|[0-9]+)(?:[.,]0{1,2})?\s*")
_FLOAT = re.compile("([0-9]+)[.,]0{1,2}")
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def plain(text: str) -> str:
    """One line: every run of blanks and line ends is one space, none at the ends. For names, logins, addresses."""
    if text.isascii() and text.isprintable():  # nearly all of a file of a hundred thousand names
        return " ".join(text.split())
    return " ".join(_seen(_LINE_ENDS.sub("\n", text)).split())


def plain_lines(text: str) -> str:
    """Several lines, ended by `\\n`: no blank at the ends of a line, at most one empty line in a row. For comments."""
    lines = "\n".join(line.strip() for line in _seen(_LINE_ENDS.sub("\n", text)).split("\n"))
    return re.sub("\n{3,}", "\n\n", lines).strip()


def whole_number(text: str) -> str:
    """The digits of a whole number as a spreadsheet may print it (`24.0`, `24,00`, `1 024`); any other text as it is.

    Three zeros after a point may be thousands: they are left alone.
    """
    match = _WHOLE.fullmatch(text)
    return "".join(match[1].split()) if match else text


def identifier(text: str) -> str:
    """An identifier as it is written, without the decimals of a spreadsheet that took it for a quantity: `990000012.0`."""
    trimmed = text.strip()
    return match[1] if (match := _FLOAT.fullmatch(trimmed)) else trimmed


def bare(text: str) -> str:
    """Lower case without accents."""
    decomposed = unicodedata.normalize("NFKD", text).lower().replace("œ", "oe").replace("æ", "ae")
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _seen(text: str) -> str:
    """Composed (NFC), without what is not seen; tabs are spaces, `\\n` stays."""
    kept = (letter for letter in text.replace("\t", " ") if letter == "\n" or not _unseen(letter))
    composed: list[str] = []
    marks = 0
    for letter in unicodedata.normalize("NFC", "".join(kept)):
        marks = marks + 1 if unicodedata.category(letter)[0] == "M" else 0
        if marks <= MOST_MARKS:
            composed.append(letter)
    return "".join(composed)


def _unseen(letter: str) -> bool:
    # The block of tags is reserved for what is never drawn, assigned yet or not.
    return letter in _BLANK_LETTERS or "\U000e0000" <= letter <= "\U000e0fff" or unicodedata.category(letter) in _UNSEEN
