"""The search of structures and units: typed words and numbers are compared with those of an entry, both folded to one form.

« st maur » finds SAINT-MAUR, « saint joseph » ST JOSEPH, « l’haÿ » L'HAY, « seine-saint-denis » or 93 the département,
999 410 001 a FINESS number, a telephone its structure whatever its spelling, 94068 the commune of that INSEE code.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from ror.errors import Refused
from ror.model.telephone import checked_telephone, telephone_numbers
from ror.model.territory import departments
from ror.model.text import bare, plain

MAX_TERMS = 8
MIN_NUMBER_LENGTH = 6
"""Fewest digits read as the beginning of a FINESS number or of a telephone: a postal code has five."""

_MAX_LENGTH = 200
_MIN_LENGTH_WITHIN = 5
"""Letters of a word that is looked for inside other words too: « psychiatrie » in « pédopsychiatrie »."""

_SAME = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
_BETWEEN_WORDS = re.compile(r"[\W_]+")
_DIGITS = re.compile(r"(?<!\w)(?:\+|2[ab] ?(?=[0-9 ]+[0-9]))?\(?[0-9][0-9\s.()+-]*(?!\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Term:
    """A condition: an entry has all words of a phrase, a number that begins with one of `numbers`, or is in a département."""

    phrases: tuple[tuple[str, ...], ...]
    numbers: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()


@lru_cache(maxsize=10_000)
def folded(text: str) -> str:
    """Return the words of a text with one blank between them: no accents, capitals, hyphens or apostrophes, ST spelt out."""
    return " ".join(_SAME.get(word, word) for word in _BETWEEN_WORDS.sub(" ", bare(text)).split())


def searchable(*texts: str) -> str:
    """Return the folded words of several texts, a blank before each: a word that begins with `w` holds `" w"`."""
    return "".join(f" {words}" for text in texts if (words := folded(text)))


def searchable_numbers(finess: str, *telephones: str) -> str:
    """Return a FINESS number and the numbers of stored telephones, a blank before each."""
    dialled = [number for telephone in telephones for number in _dialled(telephone)]
    return "".join(f" {number}" for number in (finess.lower(), *dialled) if number)


def needle(word: str) -> str:
    """Return the text to look for in `searchable` words: the beginning of a word, or any part for a long one."""
    return word if len(word) >= _MIN_LENGTH_WITHIN and word.isalpha() else f" {word}"


def search_terms(text: str) -> list[Term]:
    """Return the terms of a search, all of which an entry must meet, in any order; none for a text without a word."""
    written = plain(text[:_MAX_LENGTH])
    terms = [_number_term(match[0]) for match in _DIGITS.finditer(written)]
    words = folded(_DIGITS.sub(" ", written)).split()
    while words:
        length, codes = department_at(words)
        terms.append(Term((tuple(words[:length]),), departments=codes))
        words = words[length:]
    return terms[:MAX_TERMS]


def _number_term(group: str) -> Term:
    """Build the term of a group of digits, blanks and signs: one number, or several words."""
    words = tuple(folded(group).split())
    joined = "".join(words)
    numbers = {joined, *_telephones(group)}
    return Term(
        phrases=tuple(dict.fromkeys((words, (joined,)))),
        numbers=tuple(sorted(number for number in numbers if len(number) >= MIN_NUMBER_LENGTH)),
    )


def _telephones(group: str) -> Iterable[str]:
    try:
        return telephone_numbers(checked_telephone(group))
    except Refused:
        return []


def _dialled(telephone: str) -> Iterable[str]:
    return (telephone,) if telephone.isdigit() else telephone_numbers(telephone)


def department_at(words: Sequence[str]) -> tuple[int, tuple[str, ...]]:
    """Return how many of the first words name a département, and its code; 1 and () when they name none."""
    for length in range(min(len(words), _longest_name()), 0, -1):
        if code := _departments_by_name().get(tuple(words[:length])):
            return length, (code,)
    return 1, ()


@cache
def _departments_by_name() -> dict[tuple[str, ...], str]:
    """Return the code of each département by the words of its name, with and without its article."""
    codes: dict[tuple[str, ...], str] = {}
    for code, name in departments().items():
        words = tuple(folded(name).split())
        codes[words] = code
        if words[0] in ("la", "le", "l"):
            codes[words[1:]] = code
    return codes


def _longest_name() -> int:
    return max(map(len, _departments_by_name()))
