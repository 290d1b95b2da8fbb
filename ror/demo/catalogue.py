"""Catalogue of the fictitious region: categories of structures and their units, read from `categories.csv` and `units.csv`.

Categories are those of FINESS (list of categories of establishments), unit types those of the ROR (R244). Every name is
invented; shares and capacities are orders of magnitude, not statistics.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ror.settings import DATA

WARDS = (
    *("Cardiologie", "Pneumologie", "Chirurgie digestive", "Médecine interne", "Neurologie", "Gastro-entérologie"),
    *("Néphrologie", "Oncologie", "Chirurgie orthopédique", "Urologie", "Gynécologie", "Maternité", "Pédiatrie"),
    *("Court séjour gériatrique", "ORL", "Endocrinologie", "Rhumatologie", "Hématologie", "Maladies infectieuses"),
    *("Médecine polyvalente", "Chirurgie vasculaire", "Neurochirurgie", "Chirurgie thoracique", "Dermatologie"),
    *("Hépatologie", "Hospitalisation de courte durée"),
)
DAY_WARDS = ("Oncologie", "Gériatrie", "Diabétologie", "Cardiologie", "Médecine", "Chirurgie ambulatoire", "Pédiatrie")
PSYCHIATRIC_WARDS = (*(f"Secteur {number}" for number in range(1, 7)), "Crise", "Psychogériatrie")


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """A unit that a share of the structures has, with a capacity within [low, high] beds or places."""

    name: str
    unit_type: str
    low: int
    high: int
    share: float


@dataclass(frozen=True, slots=True)
class Category:
    """A category of FINESS: the number of its structures, their owners, their names and their units.

    `title` holds `{}` where the name of a plant goes. `public` is the share run by a public legal entity; the rest goes to
    `owner` ("private" or "association"). Each bound of wards is the least and the largest number of specialities drawn.
    """

    code: str
    label: str
    count: int
    public: float
    owner: str
    title: str
    wards: tuple[int, int]
    day_wards: tuple[int, int]
    psychiatric_wards: tuple[int, int]
    units: tuple[UnitPlan, ...]


@dataclass(frozen=True, slots=True)
class Commune:
    """A line of `data/communes.csv`: INSEE code, postal code, WGS84 degrees, inhabitants."""

    code: str
    name: str
    postal_code: str
    department: str
    latitude: float
    longitude: float
    population: int

    @property
    def short_name(self) -> str:
        """Return the name as people write it: « Paris 14e » for the 14th municipal district."""
        return self.name.removesuffix(" Arrondissement")


def _read(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter=";")


def _read_categories() -> Iterator[Category]:
    units: dict[str, list[UnitPlan]] = {}
    for row in _read(Path(__file__).with_name("units.csv")):
        plan = UnitPlan(row["name"], row["unit_type"], int(row["low"]), int(row["high"]), float(row["share"]))
        units.setdefault(row["category"], []).append(plan)
    for row in _read(Path(__file__).with_name("categories.csv")):
        texts = row["code"], row["label"], int(row["count"]), float(row["public"]), row["owner"], row["title"]
        wards, day_wards, psychiatric_wards = (
            (int(row[f"{name}_low"]), int(row[f"{name}_high"])) for name in ("wards", "day_wards", "psychiatric_wards")
        )
        yield Category(*texts, wards, day_wards, psychiatric_wards, tuple(units[row["code"]]))


CATEGORIES = tuple(_read_categories())


def read_communes(departments: Sequence[str]) -> dict[str, list[Commune]]:
    """Return the communes of these départements that have a position, by département, in the order of their codes."""
    communes: dict[str, list[Commune]] = {department: [] for department in departments}
    for row in _read(DATA / "communes.csv"):
        if row["department"] in communes:
            position = float(row["latitude"]), float(row["longitude"])
            names = row["insee"], row["name"], row["postal_code"], row["department"]
            communes[row["department"]].append(Commune(*names, *position, int(row["population"])))
    return communes
