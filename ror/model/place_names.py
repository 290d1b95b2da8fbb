"""The names of the places of a question: communes, those of France too, and structures of a region.

Names are folded (`model.search.folded`) and words are whole: « St Maur » begins the name of a commune, « Mau » none.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from ror.model.commune import DISTRICTS, communes
from ror.model.place import Place, PlaceKind, split_key
from ror.model.search import folded
from ror.model.territory import department_of_commune

Words = tuple[str, ...]

LINKING = frozenset(
    {
        *("a", "au", "aux", "chez", "d", "dans", "de", "des", "du", "en", "entre", "et", "l", "la", "le", "les", "ou", "par"),
        *("pour", "sous", "sur", "un", "une", "autour", "cote", "environ", "environs", "pres", "proche", "proches", "vers"),
    }
)
"""Words that name nothing by themselves."""

OF_STRUCTURES = frozenset({"centre", "clinique", "etablissement", "hopital", "hospitalier", "hospitaliere", "chu", "ch"})
"""Words for any structure, which its name may have or not."""

MOST_STRUCTURES = 8
"""Structures that words may be of, to be listed: those of more structures name none."""

_ORDINARY = frozenset(
    {
        *("centres", "chambre", "charge", "die", "don", "jardin", "job", "long", "mer", "mere", "moyen", "pas", "rue", "us"),
        *("val", "vif", "ville", "vue"),
    }
)
"""Words of questions that are also names of communes of France: such a commune is read in its region alone."""

_ARTICLES = ("l", "la", "le", "les")
_UNTELLING = LINKING | {"saint", "sainte", "saints", "saintes"}


class PlaceNames:
    """The names of the places of a region: its communes and structures that have a unit, and their départements.

    `numbers` are the départements of every structure by FINESS number: one without a unit is named so alone.
    """

    def __init__(self, of_communes: Iterable[Place], structures: Iterable[Place], numbers: Mapping[str, str]) -> None:
        self._numbers = numbers
        self._departments: dict[str, str] = {}
        self._names: dict[Words, list[str]] = {}
        self._parts: dict[Words, list[str]] = {}
        self._structures_of: dict[str, set[str]] = {}
        for place in of_communes:
            self._departments[place.key] = place.department
            for name in _variants(folded(place.name)):
                self._names.setdefault(name, []).append(place.key)
                self._add_parts(name, place.key)
        for place in structures:
            self._departments[place.key] = place.department
            words = folded(place.name).split()
            self._names.setdefault(tuple(words), []).append(place.key)
            for word in (*words, *folded(place.commune).split()):
                self._structures_of.setdefault(word, set()).add(place.key)
        self._longest = max(map(len, (*self._names, *_communes_by_name())), default=0)
        self._territory = frozenset(self._departments.values())
        for commune in communes().values():
            if department_of_commune(commune.insee) in self._territory:
                for name in _variants(folded(commune.name)):
                    self._add_parts(name, PlaceKind.COMMUNE.key(commune.insee))

    def _add_parts(self, name: Words, key: str) -> None:
        """Add the first words of the name of a commune, but those that name nothing by themselves.

        Of two words that were joined, the second names it too: « Courcouronnes » is « Évry-Courcouronnes ».
        """
        parts = [name[:length] for length in range(1, len(name))]
        if len(name) == 2 and _UNTELLING.isdisjoint(name):
            parts.append(name[1:])
        for part in parts:
            if not _UNTELLING.issuperset(part) and not _ORDINARY.issuperset(part):
                self._parts.setdefault(part, []).append(key)

    def at(self, words: Sequence[str], at: int) -> tuple[int, tuple[str, ...]]:
        """Return how many words from an index on name places, the most that do, and the keys of those; 0 and none otherwise."""
        for length in range(min(len(words) - at, self._longest), 0, -1):
            name = tuple(words[at : at + length])
            keys = (*self._names.get(name, ()), *_communes_by_name().get(name, ()), *self._parts.get(name, ()))
            if keys:
                return length, tuple(dict.fromkeys(keys))
        return 0, ()

    def chosen(self, words: Sequence[str], keys: Sequence[str], departments: Sequence[str]) -> tuple[str, ...]:
        """Return the places that words mean among those they name: the first group of these that has some.

        In the départements of the question; with a unit and the whole name; of the départements of the region and the whole
        name; with a unit and a name that begins so; all.
        """
        candidates = [key for key in keys if self.department(key) in departments] or keys
        whole = {*self._names.get(tuple(words), ()), *_communes_by_name().get(tuple(words), ())}
        groups = (
            [key for key in candidates if key in whole and key in self._departments],
            [key for key in candidates if key in whole and self.is_near(key)],
            [key for key in candidates if key in self._departments],
        )
        return tuple(next(filter(None, groups), candidates))

    def structures_with(self, words: Iterable[str], departments: Sequence[str]) -> tuple[str, ...]:
        """Return the structures that have all these words in their names and those of their communes; none if they are many."""
        named = {word: self._structures_of.get(word, set()) for word in words}
        found = set() if (_UNTELLING | OF_STRUCTURES).issuperset(named) else set.intersection(*named.values())
        inside = sorted(key for key in found if not departments or self.department(key) in departments)
        return tuple(inside) if len(inside) <= MOST_STRUCTURES else ()

    def is_of_structures(self, words: Sequence[str]) -> bool:
        """Return whether a structure has all these words in its name and in that of its commune; False without a word."""
        return bool(words) and bool(set.intersection(*(self._structures_of.get(word, set()) for word in words)))

    def structure(self, finess: str) -> str:
        """Return the key of a structure by its FINESS number; "" for an unknown one."""
        return PlaceKind.STRUCTURE.key(finess) if finess in self._numbers else ""

    def department(self, key: str) -> str:
        """Return the département of a place."""
        _, code = split_key(key) or ("", "")
        return self._departments.get(key) or self._numbers.get(code) or department_of_commune(code)

    def is_near(self, key: str) -> bool:
        """Return whether a place is in a département that has a unit."""
        return self.department(key) in self._territory


@cache
def _communes_by_name() -> dict[Words, tuple[str, ...]]:
    """Return the keys of the communes of France by name, with and without its article, and by postal or INSEE code."""
    keys: dict[Words, list[str]] = {}
    for insee, (name, _) in DISTRICTS.items():
        keys[(folded(name),)] = [PlaceKind.COMMUNE.key(insee)]
    for commune in communes().values():
        names = (name for name in _variants(folded(commune.name)) if not _ORDINARY.issuperset(name))
        of_number = [(commune.postal_code,)] if commune.postal_code else []
        for words in (*names, *of_number):
            keys.setdefault(words, []).append(PlaceKind.COMMUNE.key(commune.insee))
    for insee in communes():
        # What is a postal code too is read as one.
        keys.setdefault((insee.lower(),), [PlaceKind.COMMUNE.key(insee)])
    return {words: tuple(found) for words, found in keys.items()}


def _variants(name: str) -> tuple[Words, ...]:
    """Return a folded name, without its article, and that of a district as « Paris 13e » and « Paris 13 »."""
    words = tuple(name.split())
    found = [words]
    if words and words[0] in _ARTICLES and not _UNTELLING.issuperset(words):
        found.append(words[1:])
    if words[-1:] == ("arrondissement",):
        city, number = words[0], words[1]
        found += [(city, number), (city, number.removesuffix("e").removesuffix("er"))]
    return tuple(filter(None, found))
