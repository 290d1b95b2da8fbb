"""Telephone numbers: parsed as people write them, stored in one form, shown in pairs, dialled by a link.

The stored form is the text as it was written with each number as bare digits: "0199000011", "0199000011 poste 4512",
"0199000011 / 0699000012", "3624", "+41229000011". Empty when there is none. Every import and form calls `checked_telephone`.
"""

import re

from ror.errors import Refused
from ror.model.text import plain, whole_number

MAX_LENGTH = 100
"""Characters of the stored form."""

_MAX_TYPED_LENGTH = 200
_MAX_NOTE_LENGTH, _MAX_EXTENSION_LENGTH = 5, 8
"""Most digits beside a number that are taken for a note or an extension; more of them are a damaged number."""

_JOIN = r"[\s.·_\-‐-―]{0,3}"
_NINE = rf"([1-9](?:{_JOIN}[0-9]){{8}})"
_ABROAD = rf"(?:\+|00){_JOIN}"
_OVERSEAS = "590|594|596|262"
_KINDS = tuple(
    (re.compile(_JOIN + pattern), prefix)
    for pattern, prefix in (
        (f"0{_JOIN}{_NINE}", "0"),
        (rf"{_ABROAD}(?:33|{_OVERSEAS}){_JOIN}0?{_JOIN}{_NINE}", "0"),
        (rf"{_ABROAD}508((?:{_JOIN}[0-9]){{6}})", "0508"),
        (rf"{_ABROAD}(?!33|508|{_OVERSEAS})([1-9](?:{_JOIN}[0-9]){{8,13}})", "+"),
        # A spreadsheet loses the sign of +33, and the first zero.
        (f"(?:33|{_OVERSEAS}){_JOIN}{_NINE}", "0"),
        (_NINE, "0"),
    )
)
"""The ways to write a number, each with the prefix stored before the digits of its group."""

_MAX_IN_A_RUN = 4
_SHORT = re.compile("1[578]|11[24569]|19[167]|116[0-9]{3}|118[0-9]{3}|(?:10|3[0-9])[0-9]{2}")
"""Short numbers: emergency and social services, directories, 10XY and 3BPQ."""

_RUN = re.compile(r"\+?[0-9](?:[\s.+·_\-‐-―]*[0-9])*")
"""Digits with only signs between them that people write inside a number, or between two numbers."""

_BRACKETED = re.compile(r"\(\s*(\+?[0-9]{1,4})\s*\)(?=\s*[0-9])")
"""The (0) of « +33 (0)1 », and the like."""

_SLASHED = re.compile("([0-9]{2}/){4}[0-9]{2}")
_ENDS = " /,;"
_LABEL = re.compile(r"(?:t[ée]l(?:[ée]phone)?|phone)\b[\s.:]*", re.IGNORECASE)
_EXTENSION = re.compile(r"(?:\b(?:postes?|p|extension|ext|interne|int)|#|/)[\s.:°]*$", re.IGNORECASE)
_PAIRED = re.compile(r"(?<![0-9+])0[1-9][0-9]{8}(?![0-9])")


def checked_telephone(text: str) -> str:
    """Return the stored form of a telephone as typed; "" for a blank text.

    Accepted: +33 (0)1, 0033, a lost first zero, a number that a spreadsheet printed with `.0`, short numbers (15, 3624),
    numbers abroad with their prefix, several numbers, and words beside a number (« poste 4512 »), which are stored with it.
    Raises `Refused` when there is no telephone in the text, or one with too many or too few digits.
    """
    written = whole_number(plain(text))
    if not written:
        return ""
    if len(written) > _MAX_TYPED_LENGTH:
        raise _refusal(text)
    if label := _LABEL.match(written):
        written = written[label.end() :]
    if _SLASHED.fullmatch(written):
        written = written.replace("/", "")
    written = _BRACKETED.sub(r" \1 ", written).strip(_ENDS)
    parts, count, end = [], 0, 0
    for run in _RUN.finditer(written):
        numbers = _numbers(run[0])
        # The second sign of « ++33 » must not remain before the stored number, whose own sign it would seem.
        before = written[end : run.start()].rstrip("+" if numbers else "")
        if not numbers and _is_short(written, run):
            numbers = [run[0]]
        longest = _MAX_EXTENSION_LENGTH if _EXTENSION.search(before) else _MAX_NOTE_LENGTH
        if not numbers and len(_digits(run[0])) > longest:
            raise _refusal(text)
        count += len(numbers)
        parts += [before, " / ".join(numbers) if numbers else run[0]]
        end = run.end()
    stored = " ".join(re.sub("/", " / ", "".join((*parts, written[end:]))).split()).strip(_ENDS)
    if not count or len(stored) > MAX_LENGTH:
        raise _refusal(text)
    return stored


def telephone_numbers(stored: str) -> list[str]:
    """Return the numbers of a stored telephone that can be dialled, in their order, without extensions or words."""
    numbers: list[str] = []
    for run in _RUN.finditer(stored):
        numbers += _numbers(run[0]) or ([run[0]] if _is_short(stored, run) else [])
    return numbers


def telephone_uri(stored: str) -> str:
    """Return the link that dials the first number of a stored telephone ("tel:0199000011"); "" when there is none."""
    numbers = telephone_numbers(stored)
    return f"tel:{numbers[0]}" if numbers else ""


def spaced_telephone(stored: str) -> str:
    """Format a stored telephone in pairs of digits: « 01 99 00 12 34 poste 4512 »."""
    return _PAIRED.sub(lambda number: " ".join(re.findall("..", number[0])), stored)


def _numbers(run: str, most: int = _MAX_IN_A_RUN) -> list[str]:
    """Split a run of digits into whole numbers, `most` at most; an empty list when that is impossible."""
    for pattern, prefix in _KINDS if most else ():
        if match := pattern.match(run):
            number, rest = prefix + _digits(match[1]), run[match.end() :]
            if not _digits(rest):
                return [number]
            if others := _numbers(rest, most - 1):
                return [number, *others]
    return []


def _is_short(text: str, run: re.Match[str]) -> bool:
    """Return whether a run is a short number, neither an extension nor an hour (« 18h »)."""
    alone = not text[run.end() : run.end() + 1].isalpha()
    return bool(_SHORT.fullmatch(run[0])) and alone and not _EXTENSION.search(text[: run.start()])


def _digits(text: str) -> str:
    return re.sub("[^0-9]", "", text)


def _refusal(text: str) -> Refused:
    return Refused(
        f"« {plain(text)[:40]} » n'est pas un téléphone : donnez 10 chiffres, par exemple 01 99 00 12 34, suivis au besoin "
        "de « poste 4512 », ou laissez-le vide."
    )
