"""Check the position of a structure against the outline of its département and the centre of its commune."""

import json
from functools import cache
from itertools import pairwise
from math import cos, hypot, radians
from statistics import fmean
from typing import Any

from ror.model.commune import DISTRICTS, communes
from ror.model.territory import commune_today, department_name
from ror.settings import DATA

TOLERANCE_KM = 5.0
"""Tolerated distance of a position outside its département: the outlines are simplified."""

FAR_FROM_COMMUNE_KM = 35.0
"""Further than any place of a commune of France from its centre (Arles); Guyane, whose communes are as large as a
département, is not checked so."""

_VAST = ("973",)
_KM_PER_DEGREE = 111.2

_BOXES = {"987": (-28.0, -7.5, -155.0, -134.0), "988": (-23.0, -17.5, 158.0, 172.5)}
"""South, north, west and east in degrees of collectivities of islands that the outlines leave out."""

_ISLANDS = {
    "17": [(46.012, -1.174)],  # Aix
    "29": [(48.037, -4.850), (48.397, -4.957)],  # Sein, Molène
    "50": [(48.872, -1.827)],  # Chausey
    "56": [(47.638, -3.455), (47.391, -2.963), (47.340, -2.878)],  # Groix, Houat, Hœdic
    "83": [(43.029, 6.463)],  # Le Levant
    "971": [(15.866, -61.582), (15.851, -61.627)],  # Les Saintes
}
"""Inhabited islands that the outlines leave out, as latitude and longitude: a position near one of them is valid."""

Point = tuple[float, float]
"""Longitude and latitude in degrees."""


def position_problem(department: str, commune_code: str, latitude: float, longitude: float) -> str:
    """Return in French what is wrong with the position of a structure, "" for a valid one.

    `commune_code` is an INSEE code or "". A commune without a known centre is not checked, nor a département that does not
    exist.
    """
    commune = communes().get(commune_code)
    distance = _kilometres((longitude, latitude), (commune.longitude, commune.latitude)) if commune else 0.0
    # Every centre is inside the outline: near it, as most positions are, the outline need not be read.
    if commune is not None and distance <= TOLERANCE_KM:
        return ""
    if not _within(department, longitude, latitude):
        return f"La position est hors du département {department_name(department)} ({department})."
    if distance > FAR_FROM_COMMUNE_KM and department not in _VAST:
        return f"La position est à {distance:.0f} km de la commune."
    return ""


def commune_centre(code: str) -> tuple[float, float] | None:
    """Return the latitude and the longitude of the centre of a commune by its INSEE code, None when it is not known.

    That of Paris, Lyon or Marseille is the middle of its districts.
    """
    today = commune_today(code)
    if today in communes():
        return communes()[today].latitude, communes()[today].longitude
    if today not in DISTRICTS:
        return None
    districts = [one for insee, one in communes().items() if insee.startswith(DISTRICTS[today][1])]
    return fmean(one.latitude for one in districts), fmean(one.longitude for one in districts)


def _within(department: str, longitude: float, latitude: float) -> bool:
    """Return whether a position is in a département, or within the tolerance of it."""
    if box := _BOXES.get(department):
        south, north, west, east = box
        margin = TOLERANCE_KM / _KM_PER_DEGREE
        wider = margin / cos(radians(latitude))
        return south - margin <= latitude <= north + margin and west - wider <= longitude <= east + wider
    if department not in rings():
        return True
    point = (longitude, latitude)
    if any(_kilometres(point, (east, north)) <= TOLERANCE_KM for north, east in _ISLANDS.get(department, ())):
        return True
    return inside(department, longitude, latitude) or any(_near(ring, point) for ring in rings()[department])


def inside(department: str, longitude: float, latitude: float) -> bool:
    """Return whether a point is inside a département as drawn: an odd number of borders lies to its east."""
    odd = False
    for ring in rings()[department]:
        for (x1, y1), (x2, y2) in pairwise(ring):
            if (y1 > latitude) != (y2 > latitude) and longitude < x1 + (latitude - y1) * (x2 - x1) / (y2 - y1):
                odd = not odd
    return odd


def _kilometres(start: Point, end: Point) -> float:
    """Return the distance between two points on a plane: exact to 1 % over the width of a département."""
    east = (start[0] - end[0]) * cos(radians((start[1] + end[1]) / 2))
    return hypot(east, start[1] - end[1]) * _KM_PER_DEGREE


def _near(ring: list[Point], point: Point) -> bool:
    """Return whether a point is within the tolerance of one of the segments of a ring."""
    x, y = point
    narrow = cos(radians(y))
    reach = TOLERANCE_KM / _KM_PER_DEGREE
    flat = [((longitude - x) * narrow, latitude - y) for longitude, latitude in ring]
    for (x1, y1), (x2, y2) in pairwise(flat):
        dx, dy = x2 - x1, y2 - y1
        length = dx * dx + dy * dy
        along = min(1.0, max(0.0, -(x1 * dx + y1 * dy) / length)) if length else 0.0
        if hypot(x1 + along * dx, y1 + along * dy) <= reach:
            return True
    return False


@cache
def rings() -> dict[str, list[list[Point]]]:
    """Return the closed rings of each département and collectivity, holes included, by code."""
    by_code: dict[str, list[list[Point]]] = {}
    for name in ("departements.topo.json", "collectivites.topo.json"):
        topology = json.loads((DATA / name).read_text("utf-8"))
        arcs = _arcs(topology)
        for shape in topology["objects"]["departements"]["geometries"]:
            polygons = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
            by_code[shape["id"]] = [_joined(ring, arcs) for polygon in polygons for ring in polygon]
    return by_code


def _joined(ring: list[int], arcs: list[list[Point]]) -> list[Point]:
    """Join the arcs of a ring to its points; number ~n is arc n backwards, and arcs share their ends."""
    points: list[Point] = []
    for number in ring:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points += arc[1:] if points else arc
    return points


def _arcs(topology: dict[str, Any]) -> list[list[Point]]:
    """Decode the arcs of a topology to degrees; those of a quantised one are steps on its grid."""
    if "transform" not in topology:
        return [[(x, y) for x, y in arc] for arc in topology["arcs"]]
    (kx, ky), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points: list[Point] = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * kx + tx, y * ky + ty))
        arcs.append(points)
    return arcs
