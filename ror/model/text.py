"""Clean texts from people and files of invisible characters, so that the stored text is the one that is read.

Removed: control characters, marks that change the direction of reading, characters of no width, lone surrogates, letters
drawn as a blank, and more accents on a letter than any language has.
"""

import re
import unicodedata

MAX_MARKS = 3
"""Most accents on one letter; a pile of them would cover the lines above."""

_INVISIBLE = frozenset({"Cc", "Cf", "Cs"})
_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_WHOLE = re.compile(r"\s*([0-9]{1,3}(?:\s[0-9]{3})+|[0-9]+)(?:[.,]0{1,2})?\s*")
_FLOAT = re.compile("([0-9]+)[.,]0{1,2}")
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def plain(text: str) -> str:
    """Clean a name, a login or an address to one line: every run of blanks and line ends is one space, none at the ends."""
    if text.isascii() and text.isprintable():  # fast path: nearly all of a file of a hundred thousand names
        return " ".join(text.split())
    return " ".join(_visible(_LINE_ENDS.sub("\n", text)).split())


def plain_lines(text: str) -> str:
    """Clean a comment to lines separated by `\\n`: no blank at their ends, at most one empty line in a row."""
    lines = "\n".join(line.strip() for line in _visible(_LINE_ENDS.sub("\n", text)).split("\n"))
    return re.sub("\n{3,}", "\n\n", lines).strip()


def whole_number(text: str) -> str:
    """Return the digits of a whole number as a spreadsheet prints it (`24.0`, `24,00`, `1 024`); any other text as it is.

    Three zeros after a point may be thousands: they stay.
    """
    match = _WHOLE.fullmatch(text)
    return "".join(match[1].split()) if match else text


def identifier(text: str) -> str:
    """Return an identifier without the decimals that a spreadsheet adds to digits: `990000012.0`."""
    trimmed = text.strip()
    return match[1] if (match := _FLOAT.fullmatch(trimmed)) else trimmed


def bare(text: str) -> str:
    """Return the text in lower case, without accents."""
    decomposed = unicodedata.normalize("NFKD", text).lower().replace("œ", "oe").replace("æ", "ae")
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def lowered(text: str) -> str:
    """Return the text in lower case, letter by letter as the database does: two logins with the same result are one login."""
    return "".join(letter.lower()[:1] for letter in text)


def _visible(text: str) -> str:
    """Return the text composed (NFC), without invisible characters; tabs become spaces, `\\n` stays."""
    visible = (letter for letter in text.replace("\t", " ") if letter == "\n" or not _is_invisible(letter))
    composed: list[str] = []
    marks = 0
    for letter in unicodedata.normalize("NFC", "".join(visible)):
        marks = marks + 1 if unicodedata.category(letter)[0] == "M" else 0
        if marks <= MAX_MARKS:
            composed.append(letter)
    return "".join(composed)


def _is_invisible(letter: str) -> bool:
    # The block of tags is reserved for characters that are never drawn, assigned yet or not.
    return letter in _BLANK_LETTERS or "\U000e0000" <= letter <= "\U000e0fff" or unicodedata.category(letter) in _INVISIBLE
