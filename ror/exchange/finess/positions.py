"""Positions of the former FINESS files: projected coordinates turned into WGS84 degrees, and put on their structures."""

from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

from pyproj import CRS, Transformer

from ror.errors import Refused
from ror.exchange.finess.edition import Gathered
from ror.model.position import position_problem

# CRS name in the file -> EPSG code, and the box (south, north, west, east) that its points must land in, degrees WGS84.
_SYSTEMS = {
    "LAMBERT_93": (2154, (41.0, 51.5, -5.5, 10.0)),
    "UTM_N20": (4559, (14.0, 18.5, -63.5, -60.5)),
    "UTM_N21": (4467, (46.5, 47.5, -57.0, -56.0)),
    "UTM_N22": (2972, (2.0, 6.0, -55.0, -51.0)),
    "UTM_S01": (8903, (-14.7, -12.9, -178.5, -175.9)),
    "UTM_S05": (3296, (-28.0, -7.5, -158.0, -149.0)),
    "UTM_S06": (3297, (-28.0, -7.5, -152.0, -143.0)),
    "UTM_S07": (3298, (-28.0, -7.5, -146.0, -137.0)),
    "UTM_S08": (3299, (-28.0, -7.5, -140.0, -131.0)),
    "UTM_S38": (4471, (-13.2, -12.4, 44.8, 45.5)),
    "UTM_S40": (2975, (-21.6, -20.7, 55.0, 56.0)),
    "UTM_S58": (3170, (-23.5, -17.0, 158.0, 173.0)),
}


class Point(NamedTuple):
    """A geolocalisation line: metres in the projected system `crs`."""

    line: int
    text: str
    finess: str
    x: float
    y: float
    crs: str


def point(line: int, text: str, fields: list[str]) -> Point:
    """Return the point of a geolocalisation line. Raises `Refused`."""
    if len(fields) < 5:
        raise Refused(f"{len(fields)} champs au lieu de 6 : la position n'est pas complète, la structure reste sans position.")
    crs = fields[4].rpartition(",")[2].strip()
    if crs not in _SYSTEMS:
        raise Refused(
            f"Le système de coordonnées « {crs[:40]} » est inconnu ({', '.join(_SYSTEMS)} sont lus) : "
            "la structure reste sans position."
        )
    try:
        return Point(line, text, fields[1].strip(), float(fields[2]), float(fields[3]), crs)
    except ValueError as error:
        raise Refused("Les coordonnées ne sont pas des nombres : la structure reste sans position.") from error


def locate(points: list[Point], gathered: Gathered) -> None:
    """Give each structure its first plausible position, in WGS84 degrees rounded to 1e-6; the others become rejects."""
    points.sort(key=lambda one: one.crs)
    for crs, group in groupby(points, key=lambda one: one.crs):
        epsg, (south, north, west, east) = _SYSTEMS[crs]
        same = list(group)
        projected = CRS.from_epsg(epsg)
        # To its own geodetic system, a mere unprojection that never looks for a grid on the network: each of these
        # systems is WGS84 to within a metre.
        unproject = Transformer.from_crs(projected, projected.geodetic_crs, always_xy=True)
        longitudes, latitudes = unproject.transform([one.x for one in same], [one.y for one in same])
        for one, longitude, latitude in zip(same, longitudes, latitudes, strict=True):
            if not (south <= latitude <= north and west <= longitude <= east):
                reason = f"La position tombe hors du territoire de {crs} : elle n'est pas gardée."
            else:
                reason = _place(one.finess, round(latitude, 6), round(longitude, 6), gathered)
            if reason:
                gathered.positions_refused.add(one.finess)
                gathered.reject(one.line, reason, one.text)


def _place(finess: str, latitude: float, longitude: float, gathered: Gathered) -> str:
    """Give a structure its position, or return why it does not get it."""
    structure = gathered.structures.get(finess)
    if structure is None:
        return f"La structure {finess[:20]} n'est pas dans le fichier, ou sa ligne a été refusée."
    if structure.latitude is not None:
        return f"La structure {finess[:20]} a déjà une position, qui est gardée."
    if reason := position_problem(structure.department, structure.commune_code, latitude, longitude):
        return f"{reason} La structure reste sans position."
    gathered.structures[finess] = replace(structure, latitude=latitude, longitude=longitude)
    return ""
