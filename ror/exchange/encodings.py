"""Detect the encoding and the separator of a text file from its content.

A text that is not UTF-8 is cp1252 (Windows), unless its accents would then be where French never has them: « MŽdecine » is
« Médecine » written by a Mac (mac_roman). The other candidate is cp850, of DOS and « CSV (MS-DOS) ».
"""

import re
from itertools import islice
from typing import IO

SAMPLE = 2_000
"""How many bytes beyond ASCII are examined."""

_MAX_LINE_LENGTH = 200

_OTHERS = ("mac_roman", "cp850")
_CLEAR, _PLAUSIBLE, _ODD, _IMPOSSIBLE = 0.25, 0.5, 1.0, 2.0
"""Limits of the mean oddity of the characters beyond ASCII (`_oddity`) in an encoding.

Up to `_PLAUSIBLE` in cp1252 the text is cp1252; from `_IMPOSSIBLE` on it cannot be. Up to `_CLEAR` in
one other encoding alone the text is in that one, unless it has too few characters to tell; up to `_ODD` too when all others are
odder by `_IMPOSSIBLE`.
"""

_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_FRENCH = frozenset("éèêàâçîïôûÉÈÊÀÂÇÎÏÔÛ")
_RARE = frozenset("ëùüœæÿËÙÜŒÆŸ")
_ALONE = frozenset("àÀôÔ")
"""Letters that may be a word by themselves."""

_FEW = 5
"""With fewer characters beyond ASCII than this, their mean says little."""

_DOUBTFUL = frozenset("·ø")
"""« À » and « ° » of DOS as decoded by cp1252: they leave a doubt when there are few other characters."""

_NO_LETTERS = "ºªˆ"
"""Signs that Unicode counts as letters, but which are not."""

_NEVER = frozenset("ƒ‚")
"""« É » of a Mac and « é » of DOS as decoded by cp1252: they never occur in French."""

_OF_NAMES = frozenset("ñáãåäíóõöøúßÿýðþšžčćŠŽÑÁÃÅÄÍÓÕÖØÚ")
"""Letters of other languages that occur in names in France; the remaining letters hardly ever do."""

_EDGES = ("", ";", ",", "\t", "|", '"', "\n")
"""What may come before the first letter of a cell, which is usually a capital."""

_SIGNS = frozenset("«»–—…€°²³™©®·•º\u00a0\u2019\u2018\u201c\u201d")
_QUOTED = re.compile(r"(?<!['’])\"[^\"]*\"")
_SEPARATORS = ";\t,|"
BLANK = f" {_SEPARATORS}"
"""The characters that a blank line may have."""


def excerpt(file: IO[bytes]) -> bytes:
    """Return the lines of a file that are not ASCII, as many as `single_byte_encoding` examines."""
    file.seek(0)
    lines = bytearray()
    while len(lines) < SAMPLE * _MAX_LINE_LENGTH and (line := file.readline(_MAX_LINE_LENGTH)):
        if not line.isascii():
            lines += line
    return bytes(lines)


def single_byte_encoding(data: bytes) -> str:
    """Return the encoding of a text that is not UTF-8: "cp1252", "mac_roman" or "cp850", or "ascii".

    "ascii" when none of them gives French: decoded with `errors="replace"`, each line beyond ASCII then holds a U+FFFD and
    is refused, so that nothing is stored with wrong letters.
    """
    count = len(_BEYOND_ASCII.findall(data))
    few = count < _FEW
    if few and _DOUBTFUL & set(data.decode("cp1252", errors="replace")):
        return "ascii"
    cp1252 = _oddity(data, "cp1252")
    if cp1252 <= _PLAUSIBLE:
        return "cp1252"
    (best, encoding), (second, _) = sorted((_oddity(data, encoding), encoding) for encoding in _OTHERS)
    clear = best <= _CLEAR < second and not (few and count * min(cp1252, second) < _IMPOSSIBLE)
    if clear or (best <= _ODD and min(cp1252, second) - best >= _IMPOSSIBLE):
        return encoding
    return "cp1252" if best > _CLEAR and cp1252 < _IMPOSSIBLE else "ascii"


def is_separator_line(line: str) -> bool:
    """Return whether a first line only gives Excel the separator (`sep=;`); the titles are then on the next one."""
    return bool(re.fullmatch("sep=[;,|\t]", line.strip(" "), re.IGNORECASE))


def separator_of(header: str) -> str:
    """Return the separator of the cells of a table, from its first line: `;`, a tab, `,` or `|`."""
    if is_separator_line(header):
        return header.strip(" ")[-1]
    bare = _QUOTED.sub("", header)
    return max(_SEPARATORS, key=bare.count)


def _oddity(data: bytes, encoding: str) -> float:
    """Return how unlikely the characters beyond ASCII are in French, on average: 0 when each is in a usual position."""
    positions = [match.start() for match in islice(_BEYOND_ASCII.finditer(data), SAMPLE)]
    if not positions:
        return 0.0
    text = data[: positions[-1] + 2].decode(encoding, errors="replace")  # single-byte: an index is that of `data`
    return sum(
        _character_oddity(text[max(index - 3, 0) : index], text[index], text[index + 1 : index + 2]) for index in positions
    ) / len(positions)


def _character_oddity(before: str, character: str, after: str) -> float:
    """Return how unlikely a character is between the three before it and the one after, from 0 to 4.5."""
    last = before[-1:]
    within = last.isalpha() and after.isalpha()
    if character == "\u2019" and within:  # « l’hôpital »: after one or two letters of a word
        return 0.0 if not before.isalpha() or len(before) < 3 else 1.5
    if character in _NEVER:
        return 3.0
    if character in _SIGNS:
        return 3.0 if within else 0.3
    if not character.isalpha() or character in _NO_LETTERS:
        return 4.0 if character == "\ufffd" else 3.0 if last.isalpha() or after.isalpha() else 1.5
    odd = 0.0 if character in _FRENCH else 0.3 if character in _RARE else 1.5 if character in _OF_NAMES else 2.5
    if not last.isalpha() and not after.isalpha():
        return odd if character in _ALONE else odd + 1.5
    if character.isupper():
        return odd + 3.0 if last.islower() or (last.isalpha() and after.islower()) else odd
    in_capitals = after.isupper() or (before[-2:].isupper() and len(before) > 1 and before[-2:].isalpha())
    return odd + 2.0 if in_capitals else odd + 0.5 if last in _EDGES else odd
