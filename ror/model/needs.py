"""Needs: the words in which people ask for a bed, « Gériatrie », « HAD », whatever the national type of the unit is."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache

from ror.errors import Refused
from ror.model.nomenclature import UnitType, rows
from ror.model.search import folded

MAX_WORDS = 60
"""Most words of one need."""

_WORD = re.compile(r"[a-z0-9]+(?: [a-z0-9]+)*\*?")


class Reach(StrEnum):
    """How far the words of a need reach in the name of a unit."""

    USUAL = ""
    """The words count only when the unit's type has no need, or only a `GENERAL` one."""

    GENERAL = "general"
    """As `USUAL`; and as the need of a type it says little about a unit, so that words of the unit's name count too."""

    ALWAYS = "always"
    """The words count whatever the type is: « Court séjour gériatrique » is Gériatrie."""


@dataclass(frozen=True, slots=True)
class Need:
    """A need. `words` are folded (`model.search.folded`); one that ends by `*` is the beginning of a word."""

    code: str
    label: str
    reach: Reach
    words: tuple[str, ...]


Needs = Mapping[str, Need]
"""The needs by code, in the order of the screens."""


@cache
def published_needs() -> dict[str, Need]:
    """Return the needs with the words that the product proposes."""
    return {
        row["code"]: Need(row["code"], row["label"], Reach(row["reach"]), tuple(row["words"].split("|")))
        for row in rows("needs.csv")
    }


def with_words(words: Mapping[str, tuple[str, ...]]) -> dict[str, Need]:
    """Return the needs by code; `words` replaces the words of the needs that it has."""
    return {code: replace(need, words=words.get(code, need.words)) for code, need in published_needs().items()}


def unit_needs(name: str, unit_type: UnitType, needs: Needs) -> tuple[str, ...]:
    """Return the codes of the needs that a unit answers: those of its type, and those whose words are in its name.

    When its type has a precise need, only the words of needs with `Reach.ALWAYS` are read in the name.
    """
    named = named_needs(name, needs)
    of_type = set(unit_type.needs)
    if any(needs[code].reach is not Reach.GENERAL for code in of_type):
        named = {code for code in named if needs[code].reach is Reach.ALWAYS}
    return tuple(code for code in needs if code in of_type | named)


def named_needs(name: str, needs: Needs) -> set[str]:
    """Return the codes of the needs that have a word in a text.

    The text is read from left to right, the longest phrases first, and no word is read twice: « psychiatrie
    infanto-juvénile » is no « psychiatrie », « réanimation chirurgicale » no « chirurgie ».
    """
    found: set[str] = set()
    words, at = folded(name).split(), 0
    while at < len(words):
        length, codes = needs_at(words, at, needs)
        found |= codes
        at += length or 1
    return found


def needs_at(words: Sequence[str], at: int, needs: Needs) -> tuple[int, frozenset[str]]:
    """Return the length in words of the longest phrase of a need that begins at an index, and the codes of its needs.

    `words` are folded; the result is 0 and no code when no phrase begins there.
    """
    by_first_word, longest_start = _indexed(tuple((need.code, need.words) for need in needs.values()))
    # The index has a phrase by its first word, or by « word* » when that is the beginning of a word.
    first = words[at]
    starts = (f"{first[:length]}*" for length in range(min(len(first), longest_start), 0, -1))
    phrases = [phrase for start in (first, *starts) for phrase in by_first_word.get(start, ())]
    taken = max((phrase for phrase in phrases if phrase.begins(words, at)), key=len, default=None)
    return (len(taken), taken.needs) if taken else (0, frozenset())


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A phrase of needs; its last word may end by `*`, for the beginning of a word."""

    words: tuple[str, ...]
    needs: frozenset[str]

    def __len__(self) -> int:
        return len(self.words)

    def begins(self, words: Sequence[str], at: int) -> bool:
        """Return whether the words at an index begin with this phrase."""
        *whole, last = self.words
        read = words[at : at + len(self)]
        if len(read) < len(self) or list(read[:-1]) != whole:
            return False
        return read[-1].startswith(last.removesuffix("*")) if last.endswith("*") else read[-1] == last


@lru_cache(maxsize=8)
def _indexed(needs: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[dict[str, list[_Phrase]], int]:
    """Return the phrases by their first word, and the length of the longest first word that ends by `*`, without it."""
    codes_by_text: dict[str, set[str]] = {}
    for code, texts in needs:
        for text in texts:
            codes_by_text.setdefault(text, set()).add(code)
    index: dict[str, list[_Phrase]] = {}
    for text, codes in codes_by_text.items():
        phrase = _Phrase(tuple(text.split()), frozenset(codes))
        index.setdefault(phrase.words[0], []).append(phrase)
    return index, max((len(first) - 1 for first in index if first.endswith("*")), default=0)


def checked_words(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the words of a need as they are stored: folded, each once, in their order.

    Raises `Refused` for a text that is no word, and for more than `MAX_WORDS`.
    """
    words: dict[str, None] = {}
    for text in texts:
        star = "*" if text.strip().endswith("*") else ""
        if word := folded(text.replace("*", " ")):
            words[f"{word}{star}"] = None
    if bad := next((word for word in words if not _WORD.fullmatch(word)), None):
        raise Refused(f"« {bad[:40]} » n'est pas un mot : saisissez des lettres, * à la fin pour un début de mot.")
    if len(words) > MAX_WORDS:
        raise Refused(f"Ce besoin a {len(words)} mots : {MAX_WORDS} au plus.")
    return tuple(words)


def checked_needs(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the codes of needs, each given as a code or as a label, in the order of the screens.

    Raises `Refused` for an unknown need.
    """
    by_text = {folded(text): need.code for need in published_needs().values() for text in (need.code, need.label)}
    given = [text for text in texts if text.strip()]
    if unknown := next((text for text in given if folded(text) not in by_text), None):
        choices = ", ".join(need.label for need in published_needs().values())
        raise Refused(f"Le besoin « {unknown.strip()[:40]} » est inconnu : choisissez parmi {choices}.")
    codes = {by_text[folded(text)] for text in given}
    return tuple(code for code in published_needs() if code in codes)
