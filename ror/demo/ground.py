"""Where things stand: the communes of the region."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass

from ror.settings import DATA


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
        """As people write it: « Paris 14e » for the 14th municipal district."""
        return self.name.removesuffix(" Arrondissement")


def communes(departments: Sequence[str]) -> dict[str, list[Commune]]:
    """The communes of these départements that have a position, by département, in the order of their codes."""
    found: dict[str, list[Commune]] = {department: [] for department in departments}
    with (DATA / "communes.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            if row["department"] in found:
                place = float(row["latitude"]), float(row["longitude"])
                names = row["insee"], row["name"], row["postal_code"], row["department"]
                found[row["department"]].append(Commune(*names, *place, int(row["population"])))
    return found
