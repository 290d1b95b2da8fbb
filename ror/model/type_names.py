"""The words that name types of units in a question: their labels, the main part of these, their acronyms."""

import re
from collections.abc import Iterable, Mapping, Sequence

from ror.model.needs import Needs, Reach, needs_at
from ror.model.nomenclature import UnitType
from ror.model.place_names import LINKING, Words
from ror.model.search import folded

_PLURAL = re.compile(r"(?<=\w{3})[sx]\b")
_BRACKETS = re.compile(r"\([^)]*\)")
_ACRONYM = re.compile(r"\(([A-Z][A-Za-z.]{2,})\)")
_AFTER_ACRONYM = re.compile(r"\(([A-Z]{3,})\) (.+)$")
_UNIT = re.compile(r"^unite (?:hospitaliere )?(?:de |d |des )?")
_MAX_LABEL_WORDS = 20
"""Most words of a label that names a type."""


def types_at(words: Sequence[str], at: int, types: Mapping[Words, tuple[str, ...]]) -> tuple[int, tuple[str, ...]]:
    """Return the length in words of the longest label at an index, and the codes of its types; 0 and () for no label."""
    for length in range(min(len(words) - at, _MAX_LABEL_WORDS), 0, -1):
        if codes := types.get(tuple(words[at : at + length])):
            return length, codes
    return 0, ()


def types_by_words(unit_types: Iterable[UnitType], needs: Needs) -> dict[Words, tuple[str, ...]]:
    """Return the codes of types by the words that name them: labels, their main part, their acronyms.

    Words of a need, as « réanimation », name no type, unless they are an acronym or the words of a general need.
    """
    codes: dict[Words, list[str]] = {}
    labels = {tuple(singular(folded(need.label)).split()) for need in needs.values()}
    for unit_type in unit_types:
        for label in (unit_type.label, *unit_type.other_labels):
            acronyms = [tuple(singular(folded(one)).split()) for one in _ACRONYM.findall(label)]
            names = [name for name in _names(label) if not _named_by_needs(name, needs)]
            for words in dict.fromkeys((*names, *acronyms)):
                if words and words not in labels and unit_type.code not in codes.setdefault(words, []):
                    codes[words].append(unit_type.code)
    return {words: tuple(of_words) for words, of_words in codes.items() if of_words}


def _names(label: str) -> list[Words]:
    """Return the names in a label: the whole, without brackets, without « Unité hospitalière de », from an acronym on."""
    texts = [label, _BRACKETS.sub(" ", label)]
    if match := _AFTER_ACRONYM.search(label):
        texts += [f"{match[1]} {match[2]}", f"{match[1]} {_BRACKETS.sub(' ', match[2])}"]
    whole = [singular(folded(text)) for text in texts]
    return [tuple(text.split()) for text in dict.fromkeys((*whole, *(_UNIT.sub("", text) for text in whole)))]


def _named_by_needs(words: Words, needs: Needs) -> bool:
    """Return whether all words, except linking ones, are words of needs that are not general."""
    at = 0
    while at < len(words):
        length, codes = needs_at(words, at, needs)
        if words[at] not in LINKING and not any(needs[code].reach is not Reach.GENERAL for code in codes):
            return False
        at += length or 1
    return True


def singular(text: str) -> str:
    """Return words without the marks of their plurals: « soins intensifs » is « soin intensif »."""
    return _PLURAL.sub("", text)
