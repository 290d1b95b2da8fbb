"""The fictitious region or country: legal entities, structures, units and accounts, the same for the same seed and scale."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, cycle, permutations

import numpy as np

from ror.demo import showcase
from ror.demo.catalogue import CATEGORIES, DAY_WARDS, PSYCHIATRIC_WARDS, WARDS, Category, Commune, read_communes
from ror.demo.scale import REGIONAL, Scale
from ror.demo.words import ENTITIES, FIRST_NAMES, PLANTS, STREETS, SURNAMES
from ror.model.position import inside
from ror.model.registry import LegalEntity, Structure, Unit
from ror.model.rights import Account, Perimeter, Role
from ror.model.territory import departments

ENTITY_COUNTS = {"public": 30, "private": 32, "association": 58}
CLOSED_SHARE = 0.02
HOSPITALS = frozenset({"101", "355", "365"})
FICTION = ("019900", "026191", "035301", "046571", "053649", "063998")
"""The ranges of telephone numbers that Arcep gives to nobody, for films and demonstrations."""


@dataclass(frozen=True, slots=True)
class Region:
    """Everything that exists before the first declaration. Each tuple is in a fixed order; keys are unique."""

    legal_entities: tuple[LegalEntity, ...]
    structures: tuple[Structure, ...]
    units: tuple[Unit, ...]
    accounts: tuple[Account, ...]
    scale: Scale


@dataclass(frozen=True, slots=True)
class _Site:
    """A structure to build: its category, its commune, the family of its legal entity."""

    category: Category
    commune: Commune
    family: str


def apportion(total: int, weights: dict[str, float]) -> dict[str, int]:
    """Divide a number between the keys in proportion to their weights, by largest remainder; the parts add up to it."""
    whole = sum(weights.values())
    exact = {key: total * weight / whole for key, weight in weights.items()}
    parts = {key: int(share) for key, share in exact.items()}
    for key in sorted(exact, key=lambda key: (parts[key] - exact[key], key))[: total - sum(parts.values())]:
        parts[key] += 1
    return parts


def _finess(department: str, number: int) -> str:
    """Return a FINESS number that begins with 99, then the two digits of real ones: 20 for Corsica, 97 overseas."""
    return f"99{'20' if department in ('2A', '2B') else department[:2]}{number:05d}"


def _sites(rng: np.random.Generator, communes: dict[str, list[Commune]], times: int) -> list[_Site]:
    """Place each structure: départements by population, then communes by population, hospitals in the larger ones."""
    inhabitants = {department: float(sum(town.population for town in towns)) for department, towns in communes.items()}
    sites = []
    for category in CATEGORIES:
        power = 1.3 if category.code in HOSPITALS else 0.7
        for department, count in apportion(category.count * times, inhabitants).items():
            weights = np.array([max(commune.population, 1) for commune in communes[department]]) ** power
            for index in rng.choice(len(weights), size=count, p=weights / weights.sum()):
                family = "public" if rng.random() < category.public else category.owner
                sites.append(_Site(category, communes[department][int(index)], family))
    return sites


def _entities(rng: np.random.Generator, sites: list[_Site], scale: Scale) -> tuple[list[LegalEntity], list[str]]:
    """Return the legal entities, and for each site the number of the one that runs it; each runs at least one."""
    entities: list[LegalEntity] = []
    owners = [""] * len(sites)
    names = departments()
    for family, total in ENTITY_COUNTS.items():
        by_department: dict[str, list[int]] = {department: [] for department in scale.departments}
        for index, site in enumerate(sites):
            if site.family == family:
                by_department[site.commune.department].append(index)
        weights = {department: float(len(indices)) for department, indices in by_department.items()}
        counts = apportion(total * scale.times, weights)
        for department, indices in by_department.items():
            count = min(max(counts[department], 1), len(indices), len(PLANTS))
            first = len(entities)
            for plant in rng.permutation(len(PLANTS))[:count]:
                name = f"{ENTITIES[family].format(PLANTS[int(plant)])} - {names[department]}"
                entities.append(LegalEntity(_finess(department, len(entities) + 101), name))
            # One site each to begin with, so that every entity runs something.
            for rank, index in enumerate(rng.permutation(indices)):
                owner = rank if rank < count else int(rng.integers(count))
                owners[int(index)] = entities[first + owner].finess
    return entities, owners


def _position(rng: np.random.Generator, commune: Commune) -> tuple[float, float]:
    """Return (latitude, longitude) some hundreds of metres from the commune's centre, inside its département as drawn."""
    for _ in range(40):
        latitude = round(commune.latitude + float(rng.normal(0, 0.004)), 5)
        longitude = round(commune.longitude + float(rng.normal(0, 0.006)), 5)
        if inside(commune.department, longitude, latitude):
            return latitude, longitude
    return commune.latitude, commune.longitude


def _structure(
    rng: np.random.Generator, finess: str, owner: str, name: str, category: Category, commune: Commune, telephone: str
) -> Structure:
    address = f"{int(rng.integers(1, 98))} {STREETS[int(rng.integers(len(STREETS)))]}"
    town = commune.postal_code, commune.name, commune.code, commune.department
    latitude, longitude = _position(rng, commune)
    return Structure(finess, owner, name, category.code, category.label, address, *town, telephone, latitude, longitude)


def _unused_name(rng: np.random.Generator, site: _Site, used: set[str]) -> str:
    """Return a name that its commune does not have yet, and add it to `used`: « EHPAD fictif Les Glycines - Créteil »."""
    plants = [PLANTS[int(plant)] for plant in rng.permutation(len(PLANTS))]
    for plant in chain(plants, (f"{first} et {second}" for first, second in permutations(plants, 2))):
        name = f"{site.category.title.format(plant)} - {site.commune.short_name}"
        if name not in used:
            used.add(name)
            return name
    raise ValueError(f"no name is left for {site.category.title} in {site.commune.name}")


def _unit_plans(rng: np.random.Generator, category: Category) -> Iterator[tuple[str, str, int]]:
    """Yield (name, unit type, installed) of each unit of a structure of this category; at least one."""
    for plan in category.units:
        if plan.share >= 1 or rng.random() < plan.share:
            yield plan.name, plan.unit_type, int(rng.integers(plan.low, plan.high + 1))
    for title, unit_type, names, (least, most), (low, high) in (
        ("Unité d'hospitalisation", "16", WARDS, category.wards, (14, 32)),
        ("Hôpital de jour", "11", DAY_WARDS, category.day_wards, (6, 20)),
        ("Unité psychiatrique", "174", PSYCHIATRIC_WARDS, category.psychiatric_wards, (14, 25)),
    ):
        count = int(rng.integers(least, most + 1))
        # In the order of the list, as a hospital's own directory would show them.
        for index in sorted(rng.permutation(len(names))[:count]):
            yield f"{title} - {names[int(index)]}", unit_type, int(rng.integers(low, high + 1))


def _accounts(rng: np.random.Generator, entities: list[LegalEntity]) -> Iterator[Account]:
    """Yield the four accounts of the demonstration, then one manager for each legal entity but the showcase's."""
    group = Perimeter(legal_entities=frozenset({showcase.ENTITY}))
    yield Account("demo-responsable", "responsable", "Camille Exemple", frozenset({Role.MANAGER}), group)
    yield Account("demo-soignant", "soignant", "Dominique Modèle", frozenset({Role.PROFESSIONAL}))
    yield Account("demo-coordination", "coordination", "Claude Essai", frozenset({Role.COORDINATOR}))
    yield Account("demo-admin", "admin", "Sacha Témoin", frozenset({Role.ADMINISTRATOR}))
    people = [f"{first} {last}" for first in FIRST_NAMES for last in SURNAMES]
    # A country has more managers than there are names: some are homonyms, as people are.
    for entity, person in zip(entities, cycle(rng.permutation(len(people)).tolist()), strict=False):
        key = f"demo-m-{entity.finess}"
        perimeter = Perimeter(legal_entities=frozenset({entity.finess}))
        yield Account(key, key, people[person], frozenset({Role.MANAGER}), perimeter)


def build_region(seed: int = 2026, scale: Scale = REGIONAL) -> Region:
    """Build the fictitious registry and accounts of this seed, at this scale.

    The region, Île-de-France: 8 départements, about 400 structures and 1,900 units. The country: 101 départements, about
    32,000 structures and 150,000 units, in a few seconds. Nothing of it can be taken for real: every name says « fictif » or
    « fictive », FINESS numbers begin with 99 and telephones are of ranges kept for fiction. Communes, postal codes and
    positions are true. Databases seeded long ago hold these very units: changing the order of the draws would part from them.
    """
    rng = np.random.default_rng(seed)
    communes = read_communes(scale.departments)
    # They come back when all were given.
    telephones = cycle(f"{root}{number:04d}" for root in FICTION for number in range(100, 10_000))
    categories = {category.code: category for category in CATEGORIES}
    towns = {town.code: town for town in communes["94"]}
    structures, shown = [], []
    for group in showcase.STRUCTURES:
        category_and_town = categories[group.category_code], towns[group.commune_code]
        structures.append(_structure(rng, group.finess, showcase.ENTITY, group.name, *category_and_town, next(telephones)))
        for rank, unit in enumerate(group.units, start=1):
            key, telephone = f"{group.finess}-{rank:02d}", next(telephones)
            shown.append(Unit(key, group.finess, unit.name, unit.unit_type, unit.installed, telephone, unit.closed))

    used = {structure.name for structure in structures}
    sites = _sites(rng, communes, scale.times)
    entities, owners = _entities(rng, sites, scale)
    units: list[Unit] = []
    for number, (site, owner) in enumerate(zip(sites, owners, strict=True), start=20_001):
        finess = _finess(site.commune.department, number)
        name = _unused_name(rng, site, used)
        structures.append(_structure(rng, finess, owner, name, site.category, site.commune, next(telephones)))
        for rank, (title, unit_type, installed) in enumerate(_unit_plans(rng, site.category), start=1):
            units.append(Unit(f"{finess}-{rank:02d}", finess, title, unit_type, installed, next(telephones)))
    accounts = tuple(_accounts(rng, entities))
    for index in rng.permutation(len(units))[: round(CLOSED_SHARE * len(units))].tolist():
        units[index] = replace(units[index], closed=True)
    every_entity = (LegalEntity(showcase.ENTITY, showcase.ENTITY_NAME), *entities)
    return Region(every_entity, tuple(structures), (*shown, *units), accounts, scale)
