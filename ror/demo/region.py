"""The fictitious region or country: legal entities, structures, units and accounts, the same for the same seed and scale."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, cycle, groupby, permutations
from typing import NamedTuple

import numpy as np

from ror.demo.catalogue import ENTITY, FOLDER, SHOWCASE, WORDS, Row, read_csv
from ror.demo.scale import REGIONAL, Scale
from ror.model.position import inside
from ror.model.registry import LegalEntity, Structure, Unit
from ror.model.rights import EVERYWHERE, Account, Perimeter, Role
from ror.model.territory import departments
from ror.settings import DATA

ENTITY_NAME = "Groupe fictif de santé des Tilleuls - Val-de-Marne"
OWNERS = 5
"""The most legal entities of a département and a family (public, private, association), to multiply by `Scale.times`."""

CLOSED_SHARE = 0.02
HOSPITALS = ("101", "355", "365")
FICTION = ("019900", "026191", "035301", "046571", "053649", "063998")
"""The ranges of telephone numbers that Arcep gives to nobody, for films and demonstrations."""


@dataclass(frozen=True, slots=True)
class Region:
    """Everything that exists before the first declaration. Each tuple is in a fixed order; keys are unique."""

    legal_entities: tuple[LegalEntity, ...]
    structures: tuple[Structure, ...]
    units: tuple[Unit, ...]
    accounts: tuple[Account, ...]


class _Site(NamedTuple):
    """A structure to build, with the lines of the catalogue and of `data/communes.csv` that it comes from."""

    finess: str
    owner: LegalEntity
    name: str
    category: Row
    commune: Row
    units: list[Row]


def _finess(department: str, number: int) -> str:
    """Return a FINESS number that begins with 99, then the two digits of real ones: 20 for Corsica, 97 overseas."""
    return f"99{'20' if department in ('2A', '2B') else department[:2]}{number:05d}"


def _showcase_sites(categories: list[Row], communes: list[Row]) -> Iterator[_Site]:
    labels, towns = {row["code"]: row for row in categories}, {row["insee"]: row for row in communes}
    for finess, group in groupby(SHOWCASE.values(), lambda row: row["id"].partition("-")[0]):
        first, *others = group
        place = labels[first["category"]], towns[first["commune"]]
        yield _Site(finess, LegalEntity(ENTITY, ENTITY_NAME), first["structure"], *place, [first, *others])


def _drawn_sites(rng: np.random.Generator, categories: list[Row], communes: list[Row], scale: Scale) -> Iterator[_Site]:
    """Yield the other structures, in communes drawn by their population; hospitals favour the larger ones."""
    plants, plans = WORDS["plants"], read_csv(FOLDER / "units.csv")
    inhabitants = np.array([float(commune["population"]) for commune in communes])
    entities: dict[tuple[str, str, str], LegalEntity] = {}
    used = {row["structure"] for row in SHOWCASE.values()}
    number = 20_000
    for category in categories:
        count, own = int(category["count"]) * scale.times, [plan for plan in plans if plan["category"] == category["code"]]
        weights = inhabitants ** (1.3 if category["code"] in HOSPITALS else 1)
        public = rng.random(count) < float(category["public"])
        owners = rng.integers(min(OWNERS * scale.times, len(plants)), size=count)
        present = rng.random((count, len(own))) < [float(plan["share"]) for plan in own]
        for rank, index in enumerate(rng.choice(len(communes), count, p=weights / weights.sum())):
            number, commune = number + 1, communes[index]
            department, family = commune["department"], "public" if public[rank] else category["owner"]
            key = department, family, plants[owners[rank]]
            name = f"{WORDS['entities'][family].format(key[2])} - {departments()[department]}"
            owner = entities.setdefault(key, LegalEntity(_finess(department, 60_001 + len(entities)), name))
            units = [plan for plan, drawn in zip(own, present[rank], strict=True) if drawn] or own[:1]
            names = _names(category, commune, rng.permutation(plants).tolist())
            used.add(name := next(name for name in names if name not in used))
            yield _Site(_finess(department, number), owner, name, category, commune, units)


def _names(category: Row, commune: Row, plants: list[str]) -> Iterator[str]:
    """Yield the names that a structure may have: « EHPAD fictif Les Glycines - Créteil »."""
    for plant in chain(plants, (f"{first} et {second}" for first, second in permutations(plants, 2))):
        yield f"{category['title'].format(plant)} - {commune['name'].removesuffix(' Arrondissement')}"


def _position(rng: np.random.Generator, commune: Row) -> tuple[float, float]:
    """Return (latitude, longitude) some hundreds of metres from the commune's centre, inside its département as drawn."""
    centre = float(commune["latitude"]), float(commune["longitude"])
    latitude, longitude = rng.normal(centre, (0.004, 0.006)).round(5).tolist()
    return (latitude, longitude) if inside(commune["department"], longitude, latitude) else centre


def _accounts(rng: np.random.Generator, entities: tuple[LegalEntity, ...]) -> Iterator[Account]:
    """Yield the four accounts of the demonstration, then one manager for each of these legal entities."""
    group = Perimeter(legal_entities=frozenset({ENTITY}))
    yield Account("demo-responsable", "responsable", "Camille Exemple", frozenset({Role.MANAGER}), group)
    yield Account("demo-soignant", "soignant", "Dominique Modèle", frozenset({Role.PROFESSIONAL}))
    coordinator = Account("demo-coordination", "coordination", "Claude Essai", frozenset({Role.COORDINATOR}))
    yield replace(coordinator, declares_for_others=EVERYWHERE)
    yield Account("demo-admin", "admin", "Sacha Témoin", frozenset({Role.ADMINISTRATOR}))
    people = [f"{first} {last}" for first in WORDS["first_names"] for last in WORDS["surnames"]]
    # A country has more managers than there are names: some are homonyms, as people are.
    for entity, person in zip(entities, cycle(rng.permutation(people).tolist()), strict=False):
        key, perimeter = f"demo-m-{entity.finess}", Perimeter(legal_entities=frozenset({entity.finess}))
        yield Account(key, key, person, frozenset({Role.MANAGER}), perimeter)


def build_region(seed: int = 2026, scale: Scale = REGIONAL) -> Region:
    """Build the fictitious registry and accounts of this seed, at this scale.

    The region, Île-de-France: 8 départements, about 400 structures and 1,900 units. The country: 101 départements, about
    32,000 structures and 150,000 units, in a few seconds. Nothing of it can be taken for real: every name says « fictif » or
    « fictive », FINESS numbers begin with 99 and telephones are of ranges kept for fiction. Communes, postal codes and
    positions are true.
    """
    rng, categories = np.random.default_rng(seed), read_csv(FOLDER / "categories.csv")
    communes = [row for row in read_csv(DATA / "communes.csv") if row["department"] in scale.departments]
    # Telephone numbers repeat once all of them are used.
    telephones = cycle(f"{root}{number:04d}" for root in FICTION for number in range(100, 10_000))
    mobiles = cycle(f"{FICTION[-1]}{number:04d}" for number in range(100, 10_000))
    entities: dict[str, LegalEntity] = {}
    structures, units = [], []
    sites = chain(_showcase_sites(categories, communes), _drawn_sites(rng, categories, communes, scale))
    for finess, owner, name, category, town, plans in sites:
        entities[owner.finess] = owner
        street = f"{rng.integers(1, 98)} {rng.choice(WORDS['streets'])}"
        address = street, town["postal_code"], town["name"], town["insee"], town["department"], next(telephones)
        texts = finess, owner.finess, name, category["code"], category["label"], *address
        bed_management = next(mobiles) if category["code"] in HOSPITALS else ""
        structures.append(Structure(*texts, *_position(rng, town), bed_telephone=bed_management))
        for rank, plan in enumerate(plans, start=1):
            installed = int(rng.integers(int(plan["low"]), int(plan["high"]) + 1))
            # The showcase file sets which of its units are closed; the others are closed at random.
            closed = bool(rng.random() < float(plan.get("closed", CLOSED_SHARE)))
            key = f"{finess}-{rank:02d}", finess, plan["name"], plan["unit_type"]
            units.append(Unit(*key, installed, next(telephones), closed))
    legal_entities = tuple(entities.values())
    return Region(legal_entities, tuple(structures), tuple(units), tuple(_accounts(rng, legal_entities[1:])))
