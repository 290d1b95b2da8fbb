"""Read outlines of départements or communes (GeoJSON or TopoJSON, WGS84), as IGN's Admin Express, and simplify them for maps.

The simplification is that of a coverage: a border that two territories share is simplified once, and they still share it.
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
"""Degrees of simplification of each level: about the side of the triangles that go; 0.001 is some 100 m.

A map takes the first level that is light enough (`model.outlines.Outlines.shapes`). No map draws communes.
"""

LONGEST_NAME = 100
_FARTHEST_DEGREES = {OutlineKind.DEPARTMENT: 0.2, OutlineKind.COMMUNE: 0.5}
"""How far an outline may lie from where its territory is known to be: further away, it is another one."""

_GAP_DEGREES = 0.0002
"""Gaps between neighbours that are no narrower are left: some 20 m."""

_KM_PER_DEGREE = 111.2


@dataclass(frozen=True, slots=True)
class Territory:
    """A territory as the file draws it; `geometry` is in degrees."""

    code: str
    name: str
    geometry: shapely.Geometry

    @property
    def vertices(self) -> int:
        """The number of points of its outline."""
        return int(shapely.get_num_coordinates(self.geometry))


@dataclass(frozen=True, slots=True)
class OutlinesFile:
    """The territories of a file, all of one kind, by code; `passed_over` are the names of what is no territory of ours."""

    path: Path
    kind: OutlineKind
    territories: list[Territory]
    passed_over: list[str]


def read_outlines(path: Path) -> OutlinesFile:
    """Read the outlines of départements or of communes: what the file has is detected from its codes.

    Several outlines of one code are joined, invalid ones mended. Raises `BadFile` for another file, other coordinates than
    WGS84 degrees, a file that mixes both kinds, or an outline that is not where its territory is.
    """
    found: dict[OutlineKind, dict[str, list[Feature]]] = {kind: {} for kind in OutlineKind}
    passed_over = []
    for feature in read_features(path):
        if feature.kind is None:
            passed_over.append(plain(feature.name)[:LONGEST_NAME] or "sans nom")
        else:
            found[feature.kind].setdefault(feature.code, []).append(feature)
    kinds = [kind for kind in OutlineKind if found[kind]]
    if not kinds:
        raise BadFile(f"« {path.name} » n'a aucun contour de département ou de commune connu : donnez {EXPECTED}.")
    if len(kinds) > 1:
        raise BadFile(f"« {path.name} » mêle des départements et des communes : donnez un fichier pour chacun.")
    try:
        territories = [_territory(kinds[0], features) for _, features in sorted(found[kinds[0]].items())]
    except shapely.errors.ShapelyError as error:
        raise damaged(path) from error
    for territory in territories:
        _check_place(path, kinds[0], territory)
    return OutlinesFile(path, kinds[0], territories, passed_over)


def _territory(kind: OutlineKind, features: Sequence[Feature]) -> Territory:
    """Return the territory of features of the same code, its name as ours for a département."""
    first = features[0]
    name = department_name(first.code) if kind is OutlineKind.DEPARTMENT else plain(first.name)[:LONGEST_NAME] or first.code
    if len(features) == 1 and first.geometry.is_valid:
        return Territory(first.code, name, first.geometry)
    valid = shapely.make_valid(np.array([one.geometry for one in features]), method="structure", keep_collapsed=False)
    return Territory(first.code, name, shapely.union_all(valid))


def _check_place(path: Path, kind: OutlineKind, territory: Territory) -> None:
    """Raise `BadFile` for an outline that lies elsewhere: latitudes first, a region's code taken for a département's..."""
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
    """Return the outlines of the territories at the levels of `TOLERANCES`, rounded to about a metre.

    Islands too small to be seen at a level are not part of it; the largest part of a territory always is. Raises `BadFile`.
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
    """Return the geometries with the same points on both sides of a border, without which it would not be simplified.

    Those that overlap or leave gaps are cleaned of them.
    """
    rounded: np.ndarray = shapely.transform(np.array(geometries), lambda degrees: degrees.round(6))
    if shapely.coverage_is_valid(rounded):
        return rounded
    cleaned = shapely.coverage_clean(rounded, gap_width=_GAP_DEGREES)
    matched: np.ndarray = np.where(shapely.is_empty(cleaned), rounded, cleaned)
    return matched


def _without_specks(geometries: np.ndarray, tolerance: float) -> np.ndarray:
    """Return the geometries without the islands and the holes smaller than the square of the tolerance."""
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
    """Return a geometry as a shape, its exterior rings clockwise."""
    oriented = shapely.orient_polygons(geometry, exterior_cw=True)
    return [[_ring(ring) for ring in (polygon.exterior, *polygon.interiors)] for polygon in oriented.geoms]


def _ring(ring: shapely.LinearRing) -> list[tuple[float, float]]:
    return [(round(x, 5), round(y, 5)) for x, y in ring.coords]


def distances_km(territory: Territory, positions: Sequence[tuple[float, float]]) -> list[float]:
    """Return how far each position (longitude, latitude) is outside a territory: 0 inside it.

    Flat, in the middle of the territory: exact to 1 % over the width of a département.
    """
    _, south, _, north = territory.geometry.bounds
    scale = (cos(radians((south + north) / 2)) * _KM_PER_DEGREE, _KM_PER_DEGREE)
    flat = shapely.transform(territory.geometry, lambda degrees: degrees * scale)
    shapely.prepare(flat)
    points = shapely.points(np.array(positions, dtype=float).reshape(-1, 2) * scale)
    return [float(distance) for distance in shapely.distance(flat, points)]
