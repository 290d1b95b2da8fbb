"""The fictitious region or country: legal entities, structures, units and accounts, the same for the same seed."""

from dataclasses import dataclass, replace
from itertools import chain, cycle, permutations
from typing import TypeVar

import numpy as np

from ror.demo.catalogue import CATEGORIES, DAY_WARDS, MIND_WARDS, WARDS, Category
from ror.demo.ground import Commune, communes
from ror.demo.scale import REGIONAL, Scale
from ror.demo.showcase import ENTITY, ENTITY_NAME, STRUCTURES, Habit
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

Item = TypeVar("Item")


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


class _Telephones:
    """Numbers that Arcep keeps for fiction, one after the other from 0199000100; they come back when all were given."""

    def __init__(self) -> None:
        self._numbers = cycle(f"{root}{number:04d}" for root in FICTION for number in range(100, 10_000))

    def next(self) -> str:
        return next(self._numbers)


def shared_out(total: int, weights: dict[str, float]) -> dict[str, int]:
    """`total` things between the keys, in proportion to the weights, by largest remainder; the parts add up to `total`."""
    whole = sum(weights.values())
    exact = {key: total * weight / whole for key, weight in weights.items()}
    parts = {key: int(share) for key, share in exact.items()}
    for key in sorted(exact, key=lambda key: (parts[key] - exact[key], key))[: total - sum(parts.values())]:
        parts[key] += 1
    return parts


def _one(rng: np.random.Generator, items: tuple[Item, ...] | list[Item]) -> Item:
    return items[int(rng.integers(len(items)))]


def _number(department: str, number: int) -> str:
    """A FINESS number that begins with 99, then the two digits of real ones: 20 for Corsica, 97 overseas."""
    return f"99{'20' if department in ('2A', '2B') else department[:2]}{number:05d}"


def _sites(rng: np.random.Generator, places: dict[str, list[Commune]], times: int) -> list[_Site]:
    """Where each structure goes: départements by population, then communes by population, hospitals in the larger ones."""
    inhabitants = {department: float(sum(c.population for c in towns)) for department, towns in places.items()}
    sites = []
    for category in CATEGORIES:
        power = 1.3 if category.code in HOSPITALS else 0.7
        for department, count in shared_out(category.count * times, inhabitants).items():
            weights = np.array([max(commune.population, 1) for commune in places[department]]) ** power
            for index in rng.choice(len(weights), size=count, p=weights / weights.sum()):
                family = "public" if rng.random() < category.public else category.owner
                sites.append(_Site(category, places[department][int(index)], family))
    return sites


def _entities(rng: np.random.Generator, sites: list[_Site], scale: Scale) -> tuple[list[LegalEntity], list[str]]:
    """The legal entities, and for each site the number of the one that runs it; none runs nothing."""
    entities: list[LegalEntity] = []
    owners = [""] * len(sites)
    names = departments()
    for family, total in ENTITY_COUNTS.items():
        held: dict[str, list[int]] = {department: [] for department in scale.departments}
        for index, site in enumerate(sites):
            if site.family == family:
                held[site.commune.department].append(index)
        counts = shared_out(total * scale.times, {department: float(len(indices)) for department, indices in held.items()})
        for department, indices in held.items():
            count = min(max(counts[department], 1), len(indices), len(PLANTS))
            plants = rng.permutation(len(PLANTS))[:count]
            first = len(entities)
            for plant in plants:
                name = f"{ENTITIES[family].format(PLANTS[int(plant)])} - {names[department]}"
                entities.append(LegalEntity(_number(department, len(entities) + 101), name))
            # One site each to begin with, so that every entity runs something.
            for rank, index in enumerate(rng.permutation(indices)):
                owner = rank if rank < count else int(rng.integers(count))
                owners[int(index)] = entities[first + owner].finess
    return entities, owners


def _position(rng: np.random.Generator, commune: Commune) -> tuple[float, float]:
    """(latitude, longitude) some hundreds of metres from the commune's centre, inside its département as drawn."""
    for _ in range(40):
        latitude = round(commune.latitude + float(rng.normal(0, 0.004)), 5)
        longitude = round(commune.longitude + float(rng.normal(0, 0.006)), 5)
        if inside(commune.department, longitude, latitude):
            return latitude, longitude
    return commune.latitude, commune.longitude


def _structure(
    rng: np.random.Generator, finess: str, owner: str, name: str, category: Category, commune: Commune, telephone: str
) -> Structure:
    address = f"{int(rng.integers(1, 98))} {_one(rng, STREETS)}"
    town = commune.postal_code, commune.name, commune.code, commune.department
    latitude, longitude = _position(rng, commune)
    return Structure(finess, owner, name, category.code, category.label, address, *town, telephone, latitude, longitude)


def _name(rng: np.random.Generator, site: _Site, taken: set[str]) -> str:
    """A name nobody has yet, in that commune: « EHPAD fictif Les Glycines - Créteil »; of two plants in a large city."""
    plants = [PLANTS[int(plant)] for plant in rng.permutation(len(PLANTS))]
    for plant in chain(plants, (f"{one} et {other}" for one, other in permutations(plants, 2))):
        name = f"{site.category.title.format(plant)} - {site.commune.short_name}"
        if name not in taken:
            taken.add(name)
            return name
    raise ValueError(f"no name is left for {site.category.title} in {site.commune.name}")


def _unit_lines(rng: np.random.Generator, category: Category) -> list[tuple[str, str, int]]:
    """(name, unit type, installed) of each unit that a structure of this category has; never none."""
    lines = [
        (plan.name, plan.unit_type, int(rng.integers(plan.low, plan.high + 1)))
        for plan in category.units
        if plan.chance >= 1 or rng.random() < plan.chance
    ]
    for title, unit_type, names, bounds, (low, high) in (
        ("Unité d'hospitalisation", "16", WARDS, category.wards, (14, 32)),
        ("Hôpital de jour", "11", DAY_WARDS, category.day_wards, (6, 20)),
        ("Unité psychiatrique", "174", MIND_WARDS, category.mind_wards, (14, 25)),
    ):
        count = int(rng.integers(bounds[0], bounds[1] + 1))
        # In the order of the list, as a hospital's own directory would show them.
        for index in sorted(rng.permutation(len(names))[:count]):
            lines.append((f"{title} - {names[int(index)]}", unit_type, int(rng.integers(low, high + 1))))
    return lines


def _showcase(rng: np.random.Generator, towns: dict[str, Commune], phones: _Telephones) -> tuple[list[Structure], list[Unit]]:
    """The structures and units of the group that `responsable` answers for."""
    by_code = {category.code: category for category in CATEGORIES}
    structures, units = [], []
    for plan in STRUCTURES:
        category = by_code[plan.category_code]
        structures.append(_structure(rng, plan.finess, ENTITY, plan.name, category, towns[plan.commune_code], phones.next()))
        for rank, unit in enumerate(plan.units, start=1):
            key = f"{plan.finess}-{rank:02d}"
            closed = unit.habit is Habit.CLOSED
            units.append(Unit(key, plan.finess, unit.name, unit.unit_type, unit.installed, phones.next(), closed))
    return structures, units


def _some_closed(rng: np.random.Generator, units: list[Unit]) -> list[Unit]:
    chosen = set(rng.permutation(len(units))[: round(CLOSED_SHARE * len(units))].tolist())
    return [replace(unit, closed=True) if index in chosen else unit for index, unit in enumerate(units)]


def _accounts(rng: np.random.Generator, entities: list[LegalEntity]) -> list[Account]:
    """The four accounts of the demonstration, then one manager for each legal entity but the showcase's."""
    accounts = [
        Account(
            *("demo-responsable", "responsable", "Camille Exemple", frozenset({Role.MANAGER})),
            Perimeter(legal_entities=frozenset({ENTITY})),
        ),
        Account("demo-soignant", "soignant", "Dominique Modèle", frozenset({Role.PROFESSIONAL})),
        Account("demo-coordination", "coordination", "Claude Essai", frozenset({Role.COORDINATOR})),
        Account("demo-admin", "admin", "Sacha Témoin", frozenset({Role.ADMINISTRATOR})),
    ]
    people = [f"{first} {last}" for first in FIRST_NAMES for last in SURNAMES]
    # A country has more managers than there are names: some are homonyms, as people are.
    for entity, person in zip(entities, cycle(rng.permutation(len(people)).tolist()), strict=False):
        key = f"demo-m-{entity.finess}"
        perimeter = Perimeter(legal_entities=frozenset({entity.finess}))
        accounts.append(Account(key, key, people[person], frozenset({Role.MANAGER}), perimeter))
    return accounts


def build_region(seed: int = 2026, scale: Scale = REGIONAL) -> Region:
    """What is fictitious of this seed, at this scale.

    The region, Île-de-France: 8 départements, about 400 structures and 1,900 units. The country: 101 départements, about
    32,000 structures and 150,000 units, in a few seconds. Nothing of it can be taken for real: every name says « fictif » or
    « fictive », FINESS numbers begin with 99 and telephones are of ranges kept for fiction. Communes, postal codes and
    positions are true.
    """
    rng = np.random.default_rng(seed)
    places = communes(scale.departments)
    phones = _Telephones()
    structures, kept = _showcase(rng, {town.code: town for town in places["94"]}, phones)
    taken = {structure.name for structure in structures}
    sites = _sites(rng, places, scale.times)
    entities, owners = _entities(rng, sites, scale)
    units: list[Unit] = []
    for number, (site, owner) in enumerate(zip(sites, owners, strict=True), start=20_001):
        finess = _number(site.commune.department, number)
        name = _name(rng, site, taken)
        structures.append(_structure(rng, finess, owner, name, site.category, site.commune, phones.next()))
        for rank, (title, unit_type, installed) in enumerate(_unit_lines(rng, site.category), start=1):
            units.append(Unit(f"{finess}-{rank:02d}", finess, title, unit_type, installed, phones.next()))
    accounts = _accounts(rng, entities)
    everything = (*kept, *_some_closed(rng, units))
    return Region((LegalEntity(ENTITY, ENTITY_NAME), *entities), tuple(structures), everything, tuple(accounts), scale)
