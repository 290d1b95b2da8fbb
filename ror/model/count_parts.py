"""The parts of a count: which of the beds available are for women, which of the closed ones can be reopened, and so on.

A count of a status (R330) is the sum of its records in the ROR, one per sex, kind of closing, kind of supplementary bed,
crisis and temporary assignment. The records with such a code are its parts; the rest of the count has no code.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from ror.model.french import number
from ror.model.nomenclature import labels

WOMEN, MEN, EITHER = "01", "02", "04"
"""genreCapaciteDispo, list R332. A bed of `EITHER` takes anybody; in a double room, a patient of the sex of the other one."""

ANY_SEX_BEFORE = "03"
"""« Indifférencié », the code of `EITHER` until August 2025, which other systems still send."""

SEXES = {"women": WOMEN, "men": MEN, "either": EITHER}
"""The names of the numbers by sex in forms, tables and interfaces, and their codes."""

SEX_TITLES = {"women": "Dont femmes", "men": "Dont hommes", "either": "Dont indifférents"}
"""The names of the numbers by sex, and the titles of their columns."""

NO_ASSIGNMENT = "01"
"""affectationTemporaire, list R337: the beds are reserved for no group of patients."""

CODE_LISTS = {
    "gender": "R332",
    "closing_type": "R333",
    "additional_bed_type": "R334",
    "crisis_type": "R336",
    "assignment": "R337",
}
"""The national list of each code of a part."""

STATUS_OF = {
    "gender": "available",
    "closing_type": "closed",
    "additional_bed_type": "supplementary",
    "crisis_type": "supplementary",
}
"""The status whose number each code divides; an assignment divides the number of any status."""


@dataclass(frozen=True, slots=True, order=True)
class PartKey:
    """What identifies a part of a count: its status (a field of `Counts`), and codes of national lists, or ""."""

    status: str
    gender: str = ""
    closing_type: str = ""
    additional_bed_type: str = ""
    crisis_type: str = ""
    assignment: str = ""

    @property
    def is_rest(self) -> bool:
        """Whether the key has no code: it is then the rest of the count."""
        return self == PartKey(self.status)


@dataclass(frozen=True, slots=True, order=True)
class CountPart:
    """A part of a count."""

    key: PartKey
    number: int


def sex_parts(numbers: Mapping[str, Any]) -> tuple[CountPart, ...]:
    """Return the parts of the number available by sex, from numbers by the names of `SEXES`, as typed or parsed."""
    return tuple(CountPart(PartKey("available", gender=code), numbers.get(name, "")) for name, code in SEXES.items())


def number_of_sex(parts: Iterable[CountPart], name: str) -> int | None:
    """Return the number available for a sex, a name of `SEXES`; None when it was not declared."""
    numbers = [part.number for part in parts if part.key.gender == SEXES[name]]
    return sum(numbers) if numbers else None


def canonical_codes(codes: Mapping[str, str]) -> dict[str, str]:
    """Return codes as they are stored: `ANY_SEX_BEFORE` becomes `EITHER`, `NO_ASSIGNMENT` is left out."""
    stored = dict(codes)
    if stored.get("gender") == ANY_SEX_BEFORE:
        stored["gender"] = EITHER
    if stored.get("assignment") == NO_ASSIGNMENT:
        stored["assignment"] = ""
    return stored


def sorted_parts(parts: Iterable[CountPart]) -> tuple[CountPart, ...]:
    """Sort parts into the order in which they are stored and compared."""
    return tuple(sorted(parts))


def parts_to_json(parts: Iterable[CountPart]) -> str:
    """Print parts for the log: "" for none."""
    objects = [part_object(part) for part in parts]
    return json.dumps(objects, separators=(",", ":")) if objects else ""


def part_object(part: CountPart) -> dict[str, str | int]:
    """Return a part as an object of JSON: its status, the codes that it has, its number."""
    codes = {name: code for name, code in asdict(part.key).items() if code}
    return {**codes, "number": part.number}


def parts_from_json(text: str | None) -> tuple[CountPart, ...]:
    """Parse what `parts_to_json` printed."""
    names = [field.name for field in fields(PartKey)]
    return sorted_parts(
        CountPart(PartKey(**{name: entry[name] for name in names if name in entry}), entry["number"])
        for entry in (json.loads(text) if text else [])
    )


_WORDS = {
    ("gender", WOMEN): ("femme", "femmes"),
    ("gender", MEN): ("homme", "hommes"),
    ("gender", EITHER): ("indifférent", "indifférents"),
    ("closing_type", "01"): ("réactivable", "réactivables"),
    ("closing_type", "02"): ("non réactivable", "non réactivables"),
    ("closing_type", "03"): ("de réouverture indéterminée", "de réouverture indéterminée"),
    ("additional_bed_type", "01"): ("mobilisé", "mobilisés"),
    ("additional_bed_type", "02"): ("mobilisable sans ressources humaines", "mobilisables sans ressources humaines"),
    ("additional_bed_type", "03"): ("mobilisable avec ressources humaines", "mobilisables avec ressources humaines"),
    ("crisis_type", "02"): ("SSE, plan blanc", "SSE, plan blanc"),
}


def parts_words(parts: Iterable[CountPart], status: str) -> str:
    """Format the parts of a status: « 2 femmes, 1 homme », « 2 réactivables », « 3 Covid+ »; "" for none."""
    return ", ".join(f"{number(part.number)} {part_name(part.key, part.number)}" for part in parts if part.key.status == status)


def part_name(key: PartKey, quantity: int = 2) -> str:
    """Return the words for a part, in agreement with its number: « femmes », « mobilisés - PMIE 1 »."""
    codes = {name: code for name in CODE_LISTS if (code := getattr(key, name))}
    first, *others = (_WORDS.get(pair) or (_label(*pair), _label(*pair)) for pair in codes.items())
    return " - ".join((first[quantity > 1], *(singular for singular, _ in others)))


def _label(name: str, code: str) -> str:
    return labels(CODE_LISTS[name]).get(code, code)
