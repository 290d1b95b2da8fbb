"""Read a question typed in one field: what is needed, near which place, how many, how recent.

« réa melun », « smr gériatrique à moins de 20 km de Créteil, au moins 2, moins de 24 h », « had 77 », « creteil psy », a FINESS
number, the name of a structure. Accents, capitals and plurals do not count, and usual abbreviations are understood. A word is
understood whole or reported as unread, never guessed.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from operator import itemgetter

from ror.model.filters import Filters
from ror.model.needs import Need, Needs, needs_at
from ror.model.nomenclature import CapacityType, UnitType, rows
from ror.model.patient_type import PatientType
from ror.model.place import Place
from ror.model.place_names import LINKING, OF_STRUCTURES, PlaceNames, Words
from ror.model.search import department_at, folded
from ror.model.territory import territories
from ror.model.text import plain
from ror.model.type_names import singular, types_at, types_by_words

_MAX_LENGTH = 200
_READ = ","
"""Replaces words that were read. `folded` removes commas from a text, so no name is matched across one."""

_KILOMETRES = re.compile(r"(?<!\d )\b(?:a |dans |sous )?(?:un rayon de |moins de )?(\d{1,3}) ?(?:km|kilometres?)\b")
_AT_LEAST = re.compile(r"\b(?:au moins|minimum|mini) (\d{1,3})\b|\b(\d{1,3}) (?=(?:lits?|places?)\b)")
_AGE = re.compile(r"\b(?:depuis |il y a )?moins (?:de |d )(\d{1,3}) ?(h|heures?|j|jours?)\b")
_FINESS = re.compile(r"\b[0-9][0-9ab](?: ?[0-9]){7}\b")

_NEAR = frozenset({"pres", "proche", "proches", "autour", "vers", "cote", "environs"})
_IGNORED = LINKING | {"disponible", "disponibles", "libre", "libres", "service", "services", "soins", "unite", "unites"}
_CAPACITY = {"lit": CapacityType.BED, "place": CapacityType.PLACE}
_PATIENTS = {"adulte": PatientType.ADULT, "enfant": PatientType.CHILD}
_SEXES = {"femme": "women", "homme": "men"}


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The vocabulary of questions: the words of needs and of types of units of a region, and the names of its places.

    `types` has the codes of types by the words of a label; `limits_hours` are the upper ages of the first three bands.
    """

    needs: Needs
    types: Mapping[Words, tuple[str, ...]]
    places: PlaceNames
    limits_hours: Sequence[float]


@dataclass(frozen=True, slots=True)
class Question:
    """What was understood of a question. Empty and None mean that the question does not mention it.

    `places` are keys (`model.place`), several when a name has homonyms; `departments` are codes named besides those of the
    places. `filters` are those of a consultation. `unread` are the words that were not understood, folded.
    """

    filters: Filters = field(default_factory=Filters)
    places: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    kilometres: float | None = None
    unread: tuple[str, ...] = ()


def lexicon(
    needs: Needs,
    unit_types: Iterable[UnitType],
    communes: Iterable[Place],
    structures: Iterable[Place],
    numbers: Mapping[str, str],
    limits_hours: Sequence[float],
) -> Lexicon:
    """Build the lexicon of a region from its needs, and the types, communes and structures of its units.

    `numbers` are the départements of every structure, with a unit or not, by FINESS number.
    """
    read = {
        code: replace(need, words=tuple(singular(word) for word in (*need.words, folded(need.label))))
        for code, need in needs.items()
    }
    return Lexicon(read, types_by_words(unit_types, read), PlaceNames(communes, structures, numbers), limits_hours)


def read_question(text: str, lexicon: Lexicon) -> Question:
    """Return what a text asks for."""
    reading = _Reading(lexicon, folded(plain(text[:_MAX_LENGTH])))
    reading.read_numbers()
    reading.read_words()
    return reading.question()


class _Reading:
    """The reading of one text, from left to right, the longest words first."""

    def __init__(self, lexicon: Lexicon, text: str) -> None:
        self._lexicon = lexicon
        self._text = text
        self._filters = Filters()
        self._kilometres: float | None = None
        self._needs: dict[str, None] = {}
        self._types: dict[str, None] = {}
        self._departments: dict[str, None] = {}
        self._places: list[tuple[Words, tuple[str, ...]]] = []
        self._either = False
        self._unread: list[str] = []

    def read_numbers(self) -> None:
        """Read the radius, the number, the age and the FINESS numbers, wherever they stand."""
        self._take(_KILOMETRES, self._read_kilometres)
        self._take(_AGE, self._read_age)
        self._take(_AT_LEAST, self._read_at_least)
        self._take(_FINESS, self._read_finess)

    def read_words(self) -> None:
        """Read the words that `read_numbers` left."""
        words = self._text.split()
        written = singular(self._text).split()
        meant = [singular(_abbreviations().get(word, word)) for word in words]
        near = self._kilometres is not None or not _NEAR.isdisjoint(words)
        at = 0
        while at < len(words):
            at += (
                self._read_need(written, meant, at)
                or self._read_place(words, at, near)
                or self._read_word(words[at], meant[at])
            )

    def question(self) -> Question:
        """Return what was understood."""
        names, departments = self._lexicon.places, tuple(self._departments)
        self._leave_far_places(departments)
        places = tuple(key for words, keys in self._places for key in names.chosen(words, keys, departments))
        unread = tuple(self._unread)
        # « hôpital melun » is a structure of Melun.
        if unread:
            structures, unread = self._structures(departments)
            places = structures or places
        departments_of_places = {names.department(key) for key in places}
        return Question(
            replace(
                self._filters,
                needs=tuple(code for code in self._lexicon.needs if code in self._needs),
                every_need=len(self._needs) > 1 and not self._either,
                unit_types=tuple(sorted(self._types)),
            ),
            tuple(dict.fromkeys(places)),
            tuple(code for code in departments if code not in departments_of_places),
            self._kilometres,
            unread,
        )

    def _leave_far_places(self, departments: Sequence[str]) -> None:
        """Give the words of a far commune back to the unread ones when a structure has them: « Sorbiers » is one of Loire."""
        names, read = self._lexicon.places, self._places
        self._places = []
        for words, keys in read:
            places = names.chosen(words, keys, departments)
            here = any(names.is_near(key) or names.department(key) in departments for key in places)
            if here or not names.is_of_structures(words):
                self._places.append((words, keys))
            else:
                self._unread += words

    def _structures(self, departments: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the structures that the unread words name, together with those of places, and the words still unread.

        When no structure has all the words, generic ones (`OF_STRUCTURES`) are ignored, then those that no structure has.
        """
        names, unread = self._lexicon.places, tuple(self._unread)
        named = [word for words, _ in self._places for word in words if word not in LINKING]
        telling = [word for word in unread if word not in OF_STRUCTURES]
        for words in (unread, telling, [word for word in telling if names.is_of_structures([word])]):
            found = names.structures_with((*words, *named), departments) if words else ()
            if found:
                return found, tuple(word for word in telling if word not in words)
        return (), unread

    def _take(self, pattern: re.Pattern[str], read: Callable[[re.Match[str]], bool]) -> None:
        """Replace by a comma each match of a pattern that `read` accepts."""
        self._text = pattern.sub(lambda match: f" {_READ} " if read(match) else match[0], self._text)

    def _read_kilometres(self, match: re.Match[str]) -> bool:
        self._kilometres = float(match[1])
        return True

    def _read_at_least(self, match: re.Match[str]) -> bool:
        self._filters = replace(self._filters, at_least=int(match[1] or match[2]))
        return True

    def _read_age(self, match: re.Match[str]) -> bool:
        hours = int(match[1]) * (24 if match[2].startswith("j") else 1)
        limits = self._lexicon.limits_hours
        if hours in limits:
            ranks = tuple(rank for rank, limit in enumerate(limits) if limit <= hours)
            self._filters = replace(self._filters, ranks=ranks)
        else:
            self._unread.append(match[0])
        return True

    def _read_finess(self, match: re.Match[str]) -> bool:
        key = self._lexicon.places.structure(match[0].replace(" ", "").upper())
        if key:
            self._places.append(((), (key,)))
        return bool(key)

    def _read_need(self, written: Sequence[str], meant: Sequence[str], at: int) -> int:
        """Read types or needs at an index, types when they take as many words or more; return how many words were read.

        « Cardio » stands for « cardiologie », except in « cardio-vasculaire »: the longer label of both readings is taken.
        """
        length, codes = needs_at(meant, at, self._lexicon.needs)
        type_length, types = max((types_at(words, at, self._lexicon.types) for words in (written, meant)), key=itemgetter(0))
        if type_length and type_length >= length:
            self._types |= dict.fromkeys(types)
            return type_length
        self._needs |= dict.fromkeys(_narrowest(codes, self._lexicon.needs))
        return length

    def _read_place(self, words: Sequence[str], at: int, near: bool) -> int:
        """Read a place or a département at an index; return how many words were read.

        A name of both, as « Paris », is the place when the question asks what is near (`near`), else the département.
        """
        length, keys = self._lexicon.places.at(words, at)
        department_length, codes = department_at(words[at:])
        if words[at].upper() in territories():
            codes = (words[at].upper(),)
        if codes and (department_length > length or (department_length == length and not near)):
            self._departments |= dict.fromkeys(codes)
            return department_length
        if length:
            self._places.append((tuple(words[at : at + length]), keys))
        return length

    def _read_word(self, word: str, meant: str) -> int:
        """Read one word that is part of no name; return 1, the number of words read."""
        if meant in _CAPACITY:
            self._filters = replace(self._filters, capacity_type=_CAPACITY[meant])
        elif meant in _PATIENTS:
            self._filters = replace(self._filters, patients=_PATIENTS[meant])
        elif meant in _SEXES:
            self._filters = replace(self._filters, sex=_SEXES[meant])
        elif word == "ou":
            self._either = True
        elif word != _READ and word not in _IGNORED:
            self._unread.append(word)
        return 1


def _narrowest(codes: Iterable[str], needs: Needs) -> list[str]:
    """Leave out the needs that have all the words of another, and more: « réa » does not mean every « soins critiques »."""

    def is_wider(one: Need, other: Need) -> bool:
        return set(one.words) > set(other.words)

    named = [needs[code] for code in codes]
    return [one.code for one in named if not any(is_wider(one, other) for other in named)]


@cache
def _abbreviations() -> dict[str, str]:
    return {row["abbreviation"]: row["word"] for row in rows("abbreviations.csv")}
