"""Where things stand: the communes of the region and whether a point is inside a département as drawn."""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from ror.settings import DATA

Ring = list[tuple[float, float]]


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


@cache
def outlines() -> dict[str, list[Ring]]:
    """Every ring, exterior or hole, of each département of `data/departements.topo.json`, as (longitude, latitude)."""
    topology = json.loads((DATA / "departements.topo.json").read_text(encoding="utf-8"))
    (kx, ky), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs: list[Ring] = []
    for arc in topology["arcs"]:
        x = y = 0
        points: Ring = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * kx + tx, y * ky + ty))
        arcs.append(points)
    rings: dict[str, list[Ring]] = {}
    for geometry in topology["objects"]["departements"]["geometries"]:
        polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        rings[geometry["id"]] = [
            [point for number in ring for point in (arcs[number] if number >= 0 else arcs[~number][::-1])]
            for polygon in polygons
            for ring in polygon
        ]
    return rings


def inside(department: str, longitude: float, latitude: float) -> bool:
    """Whether the point is inside the département as drawn: an odd number of borders lies to its east."""
    odd = False
    for ring in outlines()[department]:
        for (x1, y1), (x2, y2) in pairwise(ring):
            if (y1 > latitude) != (y2 > latitude) and longitude < x1 + (latitude - y1) * (x2 - x1) / (y2 - y1):
                odd = not odd
    return odd
