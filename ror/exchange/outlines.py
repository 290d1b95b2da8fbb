"""Read outlines of départements or communes (GeoJSON or TopoJSON, WGS84), as IGN's Admin Express, and simplify them for maps.

Territories are simplified together, as a coverage: a border that two of them share is simplified once, so that they still share
it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians
from pathlib import Path

import numpy as np
import shapely

from ror.errors import BadFile
from ror.exchange.outline_features import EXPECTED, Feature, damaged, read_features
from ror.model.outlines import Outline, OutlineKind, Shape
from ror.model.position import commune_centre
from ror.model.territory import department_name, label_points
from ror.model.text import plain

TOLERANCES = {
    OutlineKind.DEPARTMENT: tuple(0.001 * 1.25**level for level in range(19)),
    OutlineKind.COMMUNE: (0.0005,),
}
"""Tolerances in degrees of each level: about the side of the triangles that are removed; 0.001 is some 100 m.

A map takes the first level that is light enough (`model.outlines.Outlines.shapes`). No map draws communes.
"""

MAX_NAME_LENGTH = 100
_FARTHEST_DEGREES = {OutlineKind.DEPARTMENT: 0.2, OutlineKind.COMMUNE: 0.5}
"""Largest distance in degrees between an outline and a known point of its territory; further away, it is another territory."""

_GAP_DEGREES = 0.0002
"""Gaps between neighbours narrower than this are closed: some 20 m."""

_KM_PER_DEGREE = 111.2


@dataclass(frozen=True, slots=True)
class Territory:
    """A territory as it is drawn in the file; `geometry` is in degrees."""

    code: str
    name: str
    geometry: shapely.Geometry

    @property
    def vertices(self) -> int:
        """The number of points of its outline."""
        return int(shapely.get_num_coordinates(self.geometry))


@dataclass(frozen=True, slots=True)
class OutlinesFile:
    """The territories of a file, all of one kind, in the order of their codes.

    `passed_over` are the names of the outlines that are no known territory, which are not read.
    """

    path: Path
    kind: OutlineKind
    territories: list[Territory]
    passed_over: list[str]


def read_outlines(path: Path) -> OutlinesFile:
    """Read the outlines of départements or of communes: the kind is detected from the codes in the file.

    Several outlines of one code are joined, invalid ones repaired. Raises `BadFile` for another file, other coordinates than
    WGS84 degrees, a file that mixes both kinds, or an outline that is not where its territory is.
    """
    features_by_code: dict[OutlineKind, dict[str, list[Feature]]] = {kind: {} for kind in OutlineKind}
    passed_over = []
    for feature in read_features(path):
        if feature.kind is None:
            passed_over.append(plain(feature.name)[:MAX_NAME_LENGTH] or "sans nom")
        else:
            features_by_code[feature.kind].setdefault(feature.code, []).append(feature)
    kinds = [kind for kind in OutlineKind if features_by_code[kind]]
    if not kinds:
        raise BadFile(f"« {path.name} » n'a aucun contour de département ou de commune connu : donnez {EXPECTED}.")
    if len(kinds) > 1:
        raise BadFile(f"« {path.name} » mêle des départements et des communes : donnez un fichier pour chacun.")
    try:
        by_code = sorted(features_by_code[kinds[0]].items())
        territories = [_territory(kinds[0], features) for _, features in by_code]
    except shapely.errors.ShapelyError as error:
        raise damaged(path) from error
    for territory in territories:
        _check_place(path, kinds[0], territory)
    return OutlinesFile(path, kinds[0], territories, passed_over)


def _territory(kind: OutlineKind, features: Sequence[Feature]) -> Territory:
    """Join the features of one code into a territory; a département has its official name, not that of the file."""
    first = features[0]
    name = department_name(first.code) if kind is OutlineKind.DEPARTMENT else plain(first.name)[:MAX_NAME_LENGTH] or first.code
    if len(features) == 1 and first.geometry.is_valid:
        return Territory(first.code, name, first.geometry)
    valid = shapely.make_valid(np.array([one.geometry for one in features]), method="structure", keep_collapsed=False)
    return Territory(first.code, name, shapely.union_all(valid))


def _check_place(path: Path, kind: OutlineKind, territory: Territory) -> None:
    """Raise `BadFile` for an outline that is not where its territory is.

    The file then has latitudes first, or codes of regions that were taken for those of départements.
    """
    if kind is OutlineKind.DEPARTMENT:
        expected = label_points()[territory.code]
    else:
        centre = commune_centre(territory.code)
        if centre is None:
            return
        expected = centre[1], centre[0]
    if territory.geometry.is_empty or territory.geometry.distance(shapely.Point(expected)) > _FARTHEST_DEGREES[kind]:
        raise BadFile(
            f"« {path.name} » : le contour « {territory.code} » n'est pas à la place de {territory.name}. Donnez un fichier de "
            "départements ou de communes, longitude avant latitude, en WGS 84 (EPSG:4326)."
        )


def simplified(file: OutlinesFile) -> list[Outline]:
    """Simplify the outlines of the territories to the levels of `TOLERANCES`, rounded to about a metre.

    A level leaves out the islands that are too small to be seen on it, but never the largest part of a territory. Raises
    `BadFile`.
    """
    levels: list[list[Shape]] = []
    try:
        geometries = _matched([territory.geometry for territory in file.territories])
        for tolerance in TOLERANCES[file.kind]:
            geometries = _without_specks(shapely.coverage_simplify(geometries, tolerance), tolerance)
            levels.append([_shape(geometry) for geometry in geometries])
    except shapely.errors.ShapelyError as error:
        raise damaged(file.path) from error
    return [
        Outline(territory.code, territory.name, list(shapes))
        for territory, *shapes in zip(file.territories, *levels, strict=True)
    ]


def _matched(geometries: Sequence[shapely.Geometry]) -> np.ndarray:
    """Return the geometries as a valid coverage, with the same points on both sides of each border, as simplifying requires.

    Overlaps and gaps between them are removed.
    """
    rounded: np.ndarray = shapely.transform(np.array(geometries), lambda degrees: degrees.round(6))
    if shapely.coverage_is_valid(rounded):
        return rounded
    cleaned = shapely.coverage_clean(rounded, gap_width=_GAP_DEGREES)
    matched: np.ndarray = np.where(shapely.is_empty(cleaned), rounded, cleaned)
    return matched


def _without_specks(geometries: np.ndarray, tolerance: float) -> np.ndarray:
    """Remove the islands and the holes with an area below the square of the tolerance."""
    return np.array([_without_specks_of_one(geometry, tolerance**2) for geometry in geometries])


def _without_specks_of_one(geometry: shapely.Geometry, least: float) -> shapely.Geometry:
    parts = shapely.get_parts(geometry)
    polygons = [part for part in parts if part.area >= least] or [max(parts, key=lambda part: float(part.area))]
    return shapely.MultiPolygon(
        [
            shapely.Polygon(polygon.exterior, [hole for hole in polygon.interiors if shapely.Polygon(hole).area >= least])
            for polygon in polygons
        ]
    )


def _shape(geometry: shapely.Geometry) -> Shape:
    """Convert a geometry to a shape with clockwise exterior rings."""
    oriented = shapely.orient_polygons(geometry, exterior_cw=True)
    return [[_ring(ring) for ring in (polygon.exterior, *polygon.interiors)] for polygon in oriented.geoms]


def _ring(ring: shapely.LinearRing) -> list[tuple[float, float]]:
    return [(round(x, 5), round(y, 5)) for x, y in ring.coords]


def distances_km(territory: Territory, positions: Sequence[tuple[float, float]]) -> list[float]:
    """Return how far each position (longitude, latitude) is outside a territory: 0 inside it.

    It is computed on a plane at the latitude of the middle of the territory: exact to 1 % over the width of a département.
    """
    _, south, _, north = territory.geometry.bounds
    scale = (cos(radians((south + north) / 2)) * _KM_PER_DEGREE, _KM_PER_DEGREE)
    flat = shapely.transform(territory.geometry, lambda degrees: degrees * scale)
    shapely.prepare(flat)
    points = shapely.points(np.array(positions, dtype=float).reshape(-1, 2) * scale)
    return [float(distance) for distance in shapely.distance(flat, points)]
