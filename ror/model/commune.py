"""The communes of France whose centre is known, from `communes.csv`, `border-communes.csv` and `prefectures.csv` of `data/`.

Paris, Lyon and Marseille are there as their districts.
"""

import csv
from dataclasses import dataclass
from functools import cache

from ror.model.territory import commune_today
from ror.settings import DATA

DISTRICTS = {"75056": ("Paris", "751"), "69123": ("Lyon", "6938"), "13055": ("Marseille", "132")}
"""The communes that the file has by district alone, by INSEE code: name, and prefix of the codes of the districts."""


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune by its INSEE code, with the latitude and the longitude of its centre in degrees."""

    insee: str
    name: str
    postal_code: str
    latitude: float
    longitude: float


@cache
def communes() -> dict[str, Commune]:
    """Return the communes by INSEE code; for Paris, Lyon and Marseille, their districts.

    A prefecture that both files of communes leave out, as Évry-Courcouronnes, is there without a postal code.
    """
    prefectures = {
        row["insee"]: Commune(row["insee"], row["name"], "", float(row["latitude"]), float(row["longitude"]))
        for row in _rows("prefectures.csv")
        if row["insee"] not in DISTRICTS
    }
    return prefectures | {
        row["insee"]: Commune(row["insee"], row["name"], row["postal_code"], float(row["latitude"]), float(row["longitude"]))
        for row in (*_rows("communes.csv"), *_rows("border-communes.csv"))
    }


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def commune_name(code: str) -> str:
    """Return the name of a commune by its INSEE code; "" for one that is not in the file."""
    today = commune_today(code)
    if today in DISTRICTS:
        return DISTRICTS[today][0]
    return communes()[today].name if today in communes() else ""
