"""Check the position of a structure against the outline of its département and the centre of its commune."""

from itertools import pairwise
from math import cos, hypot, radians
from statistics import fmean

from ror.model.commune import DISTRICTS, communes
from ror.model.outlines import TOLERANCE_KM as TOLERANCE_KM
from ror.model.outlines import Outlines, Point, Ring, builtin
from ror.model.territory import commune_today, department_name

FAR_FROM_COMMUNE_KM = 35.0
"""No place of a commune of France is further from its centre (Arles is the largest). Guyane, whose communes are as large as
a département, is not checked by this distance."""

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


def position_problem(
    department: str, commune_code: str, latitude: float, longitude: float, outlines: Outlines | None = None
) -> str:
    """Return in French what is wrong with the position of a structure, "" for a valid one.

    `commune_code` is an INSEE code or "". The distance to a commune without a known centre is not checked, nor a département
    that does not exist. `outlines` are those of the départements, None for those of `data/`.
    """
    commune = communes().get(commune_code)
    distance = _kilometres((longitude, latitude), (commune.longitude, commune.latitude)) if commune else 0.0
    # Every centre is in its outline of `data/`, or on a coast: for a position near it, as most are, the outline is not read.
    if commune is not None and distance <= TOLERANCE_KM:
        return ""
    if not _within(department, longitude, latitude, outlines or builtin()):
        return f"La position est hors du département {department_name(department)} ({department})."
    if distance > FAR_FROM_COMMUNE_KM and department not in _VAST:
        return f"La position est à {distance:.0f} km de la commune."
    return ""


def commune_centre(code: str) -> tuple[float, float] | None:
    """Return the latitude and the longitude of the centre of a commune by its INSEE code, None when it is not known.

    The centre of Paris, Lyon or Marseille is the mean of those of its districts.
    """
    today = commune_today(code)
    if today in communes():
        return communes()[today].latitude, communes()[today].longitude
    if today not in DISTRICTS:
        return None
    districts = [one for insee, one in communes().items() if insee.startswith(DISTRICTS[today][1])]
    return fmean(one.latitude for one in districts), fmean(one.longitude for one in districts)


def _within(department: str, longitude: float, latitude: float, outlines: Outlines) -> bool:
    """Return whether a position is in a département, or within the tolerance of it."""
    outline = outlines.by_code.get(department)
    if department in _BOXES and outline is builtin().by_code.get(department):
        south, north, west, east = _BOXES[department]
        margin = TOLERANCE_KM / _KM_PER_DEGREE
        wider = margin / cos(radians(latitude))
        return south - margin <= latitude <= north + margin and west - wider <= longitude <= east + wider
    if outline is None:
        return True
    point = (longitude, latitude)
    if any(_kilometres(point, (east, north)) <= TOLERANCE_KM for north, east in _ISLANDS.get(department, ())):
        return True
    if inside(department, longitude, latitude, outlines):
        return True
    return any(_near(ring, point, outline.tolerance_km) for ring in outline.rings)


def inside(department: str, longitude: float, latitude: float, outlines: Outlines | None = None) -> bool:
    """Return whether a point is inside a département as drawn: an odd number of borders lies to its east."""
    odd = False
    for ring in (outlines or builtin()).by_code[department].rings:
        for (x1, y1), (x2, y2) in pairwise(ring):
            if (y1 > latitude) != (y2 > latitude) and longitude < x1 + (latitude - y1) * (x2 - x1) / (y2 - y1):
                odd = not odd
    return odd


def _kilometres(start: Point, end: Point) -> float:
    """Return the distance between two points on a plane: exact to 1 % over the width of a département."""
    east = (start[0] - end[0]) * cos(radians((start[1] + end[1]) / 2))
    return hypot(east, start[1] - end[1]) * _KM_PER_DEGREE


def _near(ring: Ring, point: Point, tolerance_km: float) -> bool:
    """Return whether a point is within the tolerance of one of the segments of a ring."""
    x, y = point
    narrow = cos(radians(y))
    reach = tolerance_km / _KM_PER_DEGREE
    flat = [((longitude - x) * narrow, latitude - y) for longitude, latitude in ring]
    for (x1, y1), (x2, y2) in pairwise(flat):
        dx, dy = x2 - x1, y2 - y1
        length = dx * dx + dy * dy
        along = min(1.0, max(0.0, -(x1 * dx + y1 * dy) / length)) if length else 0.0
        if hypot(x1 + along * dx, y1 + along * dy) <= reach:
            return True
    return False
