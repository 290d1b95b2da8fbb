"""Convert the positions of the former FINESS files to WGS84 degrees, and assign them to their structures."""

from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

from pyproj import CRS, Transformer

from ror.errors import Refused
from ror.exchange.finess.finess_file import FinessFileBuilder
from ror.model.position import position_problem

# CRS name in the file -> EPSG code, and the box (south, north, west, east; degrees WGS84) that its points must be in.
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


class ProjectedPoint(NamedTuple):
    """A line « geolocalisation »: the coordinates of a structure in metres, in the projected system `crs`."""

    line: int
    text: str
    finess: str
    x: float
    y: float
    crs: str


def parse_point(line: int, text: str, fields: list[str]) -> ProjectedPoint:
    """Parse a geolocalisation line. Raises `Refused`."""
    if len(fields) < 5:
        raise Refused(f"{len(fields)} champs au lieu de 6 : la position n'est pas complète, la structure reste sans position.")
    crs = fields[4].rpartition(",")[2].strip()
    if crs not in _SYSTEMS:
        raise Refused(
            f"Le système de coordonnées « {crs[:40]} » est inconnu ({', '.join(_SYSTEMS)} sont lus) : "
            "la structure reste sans position."
        )
    try:
        return ProjectedPoint(line, text, fields[1].strip(), float(fields[2]), float(fields[3]), crs)
    except ValueError as error:
        raise Refused("Les coordonnées ne sont pas des nombres : la structure reste sans position.") from error


def locate(points: list[ProjectedPoint], builder: FinessFileBuilder) -> None:
    """Assign to each structure its first valid position, in WGS84 degrees rounded to 1e-6; the others become rejects."""
    points.sort(key=lambda point: point.crs)
    for crs, group in groupby(points, key=lambda point: point.crs):
        epsg, (south, north, west, east) = _SYSTEMS[crs]
        located = list(group)
        projected = CRS.from_epsg(epsg)
        # The target is the geodetic system of the projection itself, so that no grid is ever downloaded: each of these
        # systems is WGS84 to within a metre.
        unproject = Transformer.from_crs(projected, projected.geodetic_crs, always_xy=True)
        longitudes, latitudes = unproject.transform([point.x for point in located], [point.y for point in located])
        for point, longitude, latitude in zip(located, longitudes, latitudes, strict=True):
            if not (south <= latitude <= north and west <= longitude <= east):
                reason = f"La position tombe hors du territoire de {crs} : elle n'est pas gardée."
            else:
                reason = _assign(point.finess, round(latitude, 6), round(longitude, 6), builder)
            if reason:
                builder.positions_refused.add(point.finess)
                builder.reject(point.line, reason, point.text)


def _assign(finess: str, latitude: float, longitude: float, builder: FinessFileBuilder) -> str:
    """Assign a position to a structure. Return why it is refused, "" when it is assigned."""
    structure = builder.structures.get(finess)
    if structure is None:
        return f"La structure {finess[:20]} n'est pas dans le fichier, ou sa ligne a été refusée."
    if structure.latitude is not None:
        return f"La structure {finess[:20]} a déjà une position, qui est gardée."
    if reason := position_problem(structure.department, structure.commune_code, latitude, longitude, builder.outlines):
        return f"{reason} La structure reste sans position."
    builder.structures[finess] = replace(structure, latitude=latitude, longitude=longitude)
    return ""
