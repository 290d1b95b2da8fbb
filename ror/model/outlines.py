"""The outlines of territories: the rough ones of `data/`, or those that an operator imported."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any

from ror.settings import DATA

Point = tuple[float, float]
"""Longitude and latitude in degrees (WGS84)."""

Ring = Sequence[Point]
"""Closed: the last point is the first. Exterior rings are clockwise and holes the other way, as maps fill them."""

Shape = Sequence[Sequence[Ring]]
"""Polygons, each an exterior ring and its holes."""

MAX_VERTICES = 1_500
"""Most vertices on one map: on the 620 x 480 pixels or so of a region, more would not be seen."""

_FILES = ("departements.topo.json", "collectivites.topo.json")
TOLERANCE_KM = 5.0
"""Tolerated distance of a position outside its département, by the rough outlines of `data/`."""

PRECISE_KM = 1.0
"""Tolerated distance outside an imported outline, which is precise."""


class OutlineKind(StrEnum):
    """The kinds of territories that a file of outlines may have."""

    DEPARTMENT = "department"
    COMMUNE = "commune"

    @property
    def label(self) -> str:
        """The name of the kind on the screens."""
        return {OutlineKind.DEPARTMENT: "département", OutlineKind.COMMUNE: "commune"}[self]


@dataclass(frozen=True, slots=True)
class Outline:
    """The outline of a territory: `levels` are its shapes, the most detailed first, each with fewer vertices.

    At one level, neighbours share their borders. `tolerance_km` is how far outside it a position is still taken for valid.
    """

    code: str
    name: str
    levels: Sequence[Shape]
    tolerance_km: float = PRECISE_KM
    vertices: Sequence[int] = field(init=False)
    """The number of vertices of each level."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "vertices", [count_vertices(shape) for shape in self.levels])

    @property
    def rings(self) -> list[Ring]:
        """Return the rings of the most detailed shape, holes included."""
        return [ring for polygon in self.levels[0] for ring in polygon]

    def at_level(self, level: int) -> int:
        """Return the level to draw: the requested one, or the last one when there are fewer."""
        return min(level, len(self.levels) - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Outlines:
    """The outlines of territories by code. `version` identifies their content."""

    version: str
    by_code: Mapping[str, Outline]

    def shapes(self, codes: Iterable[str], most: int = MAX_VERTICES) -> dict[str, Shape]:
        """Return by code the shapes to draw on one map: those of the most detailed level with `most` vertices at most in all.

        When every level has more, the shapes are those of the last level. Unknown codes are left out.
        """
        drawn = [self.by_code[code] for code in dict.fromkeys(codes) if code in self.by_code]
        levels = range(max((len(outline.levels) for outline in drawn), default=1))
        fits = (level for level in levels if sum(one.vertices[one.at_level(level)] for one in drawn) <= most)
        level = next(fits, levels[-1])
        return {outline.code: outline.levels[outline.at_level(level)] for outline in drawn}

    def rings(self, codes: Iterable[str], most: int = MAX_VERTICES) -> dict[str, list[Ring]]:
        """Return the rings of `shapes`, holes included, by code."""
        shapes = self.shapes(codes, most)
        return {code: [ring for polygon in shape for ring in polygon] for code, shape in shapes.items()}


def over_builtin(version: str, imported: Iterable[Outline]) -> Outlines:
    """Return imported outlines of `version`, with those of `data/` for the territories that they lack."""
    ours = builtin()
    joint_version = hashlib.sha256(f"{version} {ours.version}".encode()).hexdigest()[:12]
    return Outlines(joint_version, {**ours.by_code, **{outline.code: outline for outline in imported}})


def count_vertices(shape: Shape) -> int:
    """Return the number of points of a shape."""
    return sum(len(ring) for polygon in shape for ring in polygon)


def content_version(outlines: Sequence[Outline]) -> str:
    """Return the version of outlines: the first 12 hexadecimal digits of the SHA-256 of their content."""
    content = json.dumps([[outline.code, outline.name, outline.levels] for outline in outlines], separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()[:12]


@cache
def builtin() -> Outlines:
    """Return the outlines of the départements and the collectivities in `data/`, made from Natural Earth."""
    contents = [(DATA / name).read_bytes() for name in _FILES]
    outlines: dict[str, Outline] = {}
    for content in contents:
        topology = json.loads(content)
        arcs = decoded_arcs(topology)
        for shape in topology["objects"]["departements"]["geometries"]:
            polygons = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
            joined = [[joined_arcs(ring, arcs) for ring in polygon] for polygon in polygons]
            outlines[shape["id"]] = Outline(shape["id"], shape["properties"]["name"], [joined], TOLERANCE_KM)
    return Outlines(hashlib.sha256(b"".join(contents)).hexdigest()[:12], outlines)


def joined_arcs(ring: Sequence[int], arcs: Sequence[Ring]) -> list[Point]:
    """Join the arcs of a ring of TopoJSON into its points; number ~n is arc n backwards, and successive arcs share a point."""
    points: list[Point] = []
    for number in ring:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points += arc[1:] if points else arc
    return points


def decoded_arcs(topology: Mapping[str, Any]) -> list[list[Point]]:
    """Decode the arcs of a topology to degrees; the arcs of a quantised topology are steps on a grid."""
    if "transform" not in topology:
        return [[(point[0], point[1]) for point in arc] for arc in topology["arcs"]]
    (kx, ky), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points: list[Point] = []
        for step in arc:
            x, y = x + step[0], y + step[1]
            points.append((x * kx + tx, y * ky + ty))
        arcs.append(points)
    return arcs
