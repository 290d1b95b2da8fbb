"""The names of the places of a question: communes of the region and of France, and structures of the region.

Names are folded (`model.search.folded`) and only whole words match: « St Maur » begins the name of a commune, « Mau » none.
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

MAX_STRUCTURES = 8
"""Words that more structures than this have in their names name none of them."""

_ORDINARY = frozenset(
    {
        *("centres", "chambre", "charge", "die", "don", "jardin", "job", "long", "mer", "mere", "moyen", "pas", "rue", "us"),
        *("val", "vif", "ville", "vue"),
    }
)
"""Words of questions that are also names of communes of France: such a commune is read in its region alone."""

_ARTICLES = ("l", "la", "le", "les")
_COMMON_WORDS = LINKING | {"saint", "sainte", "saints", "saintes"}


class PlaceNames:
    """The names of the places of a region: its communes and structures that have a unit, and their départements.

    `numbers` has the département of every structure by FINESS number, which is the only name of a structure without a unit.
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
        """Register the first words of the name of a commune, except those that name nothing by themselves.

        The second word of two names it as well: « Courcouronnes » is « Évry-Courcouronnes ».
        """
        parts = [name[:length] for length in range(1, len(name))]
        if len(name) == 2 and _COMMON_WORDS.isdisjoint(name):
            parts.append(name[1:])
        for part in parts:
            if not _COMMON_WORDS.issuperset(part) and not _ORDINARY.issuperset(part):
                self._parts.setdefault(part, []).append(key)

    def at(self, words: Sequence[str], at: int) -> tuple[int, tuple[str, ...]]:
        """Return the length in words of the longest name of places at an index, and their keys; 0 and () for no name."""
        for length in range(min(len(words) - at, self._longest), 0, -1):
            name = tuple(words[at : at + length])
            keys = (*self._names.get(name, ()), *_communes_by_name().get(name, ()), *self._parts.get(name, ()))
            if keys:
                return length, tuple(dict.fromkeys(keys))
        return 0, ()

    def chosen(self, words: Sequence[str], keys: Sequence[str], departments: Sequence[str]) -> tuple[str, ...]:
        """Choose among the places that words may name, `keys`. Those in the départements of the question are preferred.

        Of these, the result is the first group that is not empty: places with a unit and exactly this name; places of a
        département of the region and exactly this name; places with a unit whose name begins so; all.
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
        """Return the structures with each of these words in their name or their commune's; none above `MAX_STRUCTURES`."""
        by_word = {word: self._structures_of.get(word, set()) for word in words}
        found = set() if (_COMMON_WORDS | OF_STRUCTURES).issuperset(by_word) else set.intersection(*by_word.values())
        inside = sorted(key for key in found if not departments or self.department(key) in departments)
        return tuple(inside) if len(inside) <= MAX_STRUCTURES else ()

    def is_of_structures(self, words: Sequence[str]) -> bool:
        """Return whether a structure has each of these words in its name or its commune's; False without a word."""
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
        # `setdefault`: a number that is both a postal code and an INSEE code is read as a postal code.
        keys.setdefault((insee.lower(),), [PlaceKind.COMMUNE.key(insee)])
    return {words: tuple(found) for words, found in keys.items()}


def _variants(name: str) -> tuple[Words, ...]:
    """Return a folded name, the name without its article, and for a district « Paris 13e » and « Paris 13 »."""
    words = tuple(name.split())
    variants = [words]
    if words and words[0] in _ARTICLES and not _COMMON_WORDS.issuperset(words):
        variants.append(words[1:])
    if words[-1:] == ("arrondissement",):
        city, number = words[0], words[1]
        variants += [(city, number), (city, number.removesuffix("e").removesuffix("er"))]
    return tuple(filter(None, variants))
