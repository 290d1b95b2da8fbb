"""Read the features of a GeoJSON or TopoJSON file with the codes of their territories, by any usual name of the property."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import ijson
import numpy as np
import shapely

from ror.errors import BadFile
from ror.exchange.finess.json_stream import Branches
from ror.exchange.import_file import check_file_size, open_file
from ror.model.outlines import OutlineKind, decoded_arcs
from ror.model.territory import department_of_commune, territories

EXPECTED = "les contours de départements ou de communes en GeoJSON ou TopoJSON, en WGS 84, comme Admin Express de l'IGN"
MAX_OUTLINES_BYTES = 60 * 2**20
MAX_TOPOLOGY_BYTES = 15 * 2**20
"""TopoJSON has a lower limit since it is read into memory as a whole; GeoJSON is read a feature at a time."""

MAX_POINTS = 2_000_000
MAX_FEATURES = 60_000
"""There are 35,000 communes."""

_CHUNK = 2**16
_MAX_EVENTS = 9 * MAX_POINTS // 2
"""Most events of the JSON parser, four for a point: they bound the memory that one feature takes."""

_CODES = ("insee_com", "com", "insee_dep", "dep", "code_insee", "code", "code_com", "code_dep", "code_dept")
_NAMES = ("nom", "nom_officiel", "nom_com", "nom_dep", "name", "libelle")
_USED_KEYS = frozenset(
    {"type", "geometry", "coordinates", "properties", "id"}
    | {spelled for name in (*_CODES, *_NAMES) for spelled in (name, name.upper(), name.capitalize())}
)
_COMMUNE = re.compile(r"\d[0-9AB]\d{3}")
_PARTS = {"69D": "69", "69M": "69"}
"""Some editions draw Rhône in two parts, the département and the métropole de Lyon: both have the code 69."""

_UNREADABLE = (
    *(ijson.JSONError, UnicodeDecodeError, ValueError, TypeError, KeyError, IndexError, AttributeError),
    *(OverflowError, RecursionError, shapely.errors.ShapelyError),
)
"""The exceptions that reading a malformed file may raise."""


@dataclass(frozen=True, slots=True)
class Feature:
    """An outline of a file; `kind` is None and `code` empty for anything but a known département or commune."""

    kind: OutlineKind | None
    code: str
    name: str
    geometry: shapely.Geometry


def read_features(path: Path) -> Iterator[Feature]:
    """Yield the outlines of a file. Raises `BadFile`."""
    size = check_file_size(path, EXPECTED, MAX_OUTLINES_BYTES)
    points = 0
    try:
        with open_file(path) as file:
            for number, (properties, geometry) in enumerate(_geometries(path, file, size), 1):
                points += int(shapely.get_num_coordinates(geometry))
                if points > MAX_POINTS or number > MAX_FEATURES:
                    raise _too_large(path)
                if not _in_degrees(geometry):
                    raise BadFile(
                        f"« {path.name} » n'est pas en degrés (WGS 84) : exportez ces contours en EPSG:4326, longitude avant "
                        "latitude."
                    )
                yield _feature(properties, geometry)
    except _UNREADABLE as error:
        raise damaged(path) from error


Properties = Mapping[str, Any]


def _geometries(path: Path, file: IO[bytes], size: int) -> Iterator[tuple[Properties, shapely.Geometry]]:
    """Yield the properties and the geometry of each feature. Raises `BadFile`, or one of `_UNREADABLE`."""
    start = 3 if file.read(3) == b"\xef\xbb\xbf" else 0
    file.seek(start)
    branches = Branches("features", _USED_KEYS)
    for feature in _streamed(path, file, branches):
        yield _properties(feature), _geometry(feature["geometry"]["type"], feature["geometry"]["coordinates"])
    kind = branches.values.get("type")
    if kind == "Topology":
        if size > MAX_TOPOLOGY_BYTES:
            raise BadFile(f"« {path.name} » dépasse {MAX_TOPOLOGY_BYTES // 2**20} Mo pour du TopoJSON : donnez-le en GeoJSON.")
        file.seek(start)
        yield from _of_topology(path, json.load(file))
    elif kind != "FeatureCollection":
        raise BadFile(f"« {path.name} » n'est ni une « FeatureCollection » GeoJSON ni du TopoJSON : donnez {EXPECTED}.")


def _streamed(path: Path, file: IO[bytes], branches: Branches) -> Iterator[dict[str, Any]]:
    """Yield the features of a GeoJSON file, one in memory at a time. Raises `BadFile` past `_MAX_EVENTS`."""
    events: Any = ijson.sendable_list()
    parser = ijson.basic_parse_coro(events, use_float=True)
    number = 0
    while chunk := file.read(_CHUNK):
        parser.send(chunk)
        number += len(events)
        if number > _MAX_EVENTS:
            raise _too_large(path)
        yield from branches.feed(events)
        events.clear()
    parser.close()
    yield from branches.feed(events)


def _properties(feature: Mapping[str, Any]) -> Properties:
    """Return the properties of a feature by lower-case name; its `id` is the property `code` unless there is one."""
    properties = {str(name).lower(): value for name, value in (feature.get("properties") or {}).items()}
    return {"code": feature.get("id"), **properties}


def _of_topology(path: Path, topology: Any) -> Iterator[tuple[Properties, shapely.Geometry]]:
    """Yield the properties and the geometry of each feature of a TopoJSON. Raises `BadFile` past `MAX_POINTS`."""
    arcs = [np.array(arc, dtype=float) for arc in decoded_arcs(topology)]
    points = 0

    def joined(ring: list[int]) -> np.ndarray:
        nonlocal points
        parts = [arcs[number] if number >= 0 else arcs[~number][::-1] for number in ring]
        points += sum(map(len, parts))
        # Points are counted as they are used, since a few bytes may repeat the same long arc many times.
        if points > MAX_POINTS:
            raise _too_large(path)
        return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])

    for collection in topology["objects"].values():
        for geometry in collection.get("geometries", [collection]):
            polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
            coordinates = [[joined(ring) for ring in polygon] for polygon in polygons]
            yield _properties(geometry), _geometry("MultiPolygon", coordinates, geometry["type"])


def _geometry(kind: str, coordinates: Any, original_kind: str = "") -> shapely.Geometry:
    """Build polygons from coordinates of GeoJSON, which may have altitudes.

    `original_kind` is the type that the file gives, when the coordinates were rearranged to another `kind`. Raises `ValueError`
    for any type but polygons.
    """
    if (original_kind or kind) not in ("Polygon", "MultiPolygon"):
        raise ValueError(f"{original_kind or kind} is no outline")
    polygons = coordinates if kind == "MultiPolygon" else [coordinates]
    if not polygons:
        raise ValueError("an outline has one polygon or more")
    rings = [[_ring(ring) for ring in polygon] for polygon in polygons]
    return shapely.MultiPolygon([shapely.Polygon(exterior, holes) for exterior, *holes in rings])


def _ring(points: Any) -> np.ndarray:
    ring = np.array(points)
    if ring.ndim != 2 or ring.shape[0] < 4 or ring.shape[1] < 2 or ring.dtype.kind not in "if":
        raise ValueError("a ring has four points or more, of two numbers or more")
    degrees: np.ndarray = ring[:, :2].astype(float)
    if not np.isfinite(degrees).all():
        raise ValueError("a coordinate is no number")
    return degrees


def _in_degrees(geometry: shapely.Geometry) -> bool:
    west, south, east, north = geometry.bounds
    return bool(west >= -180 and east <= 180 and south >= -90 and north <= 90)


def _feature(properties: Properties, geometry: shapely.Geometry) -> Feature:
    """Build a feature, with the first property of `_CODES` that is the code of a known territory."""
    name = next((value for key in _NAMES if isinstance(value := properties.get(key), str) and value), "")
    for key in _CODES:
        code = _text(properties.get(key))
        if code in territories():
            return Feature(OutlineKind.DEPARTMENT, code, name, geometry)
        if _COMMUNE.fullmatch(code) and department_of_commune(code) in territories():
            return Feature(OutlineKind.COMMUNE, code, name, geometry)
    return Feature(None, "", name, geometry)


def _text(value: Any) -> str:
    """Return a code as text, also when the file has it as a number, which lacks a leading 0."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 10**5:
        return str(int(value)).zfill(2 if value < 1_000 else 5)
    text = value.strip().upper() if isinstance(value, str) else ""
    return _PARTS.get(text, text)


def damaged(path: Path) -> BadFile:
    """Build the error for a file that cannot be read."""
    return BadFile(f"« {path.name} » n'est pas un fichier de contours, ou il est abîmé : donnez {EXPECTED}.")


def _too_large(path: Path) -> BadFile:
    return BadFile(
        f"« {path.name} » a trop de points ({MAX_POINTS} au plus) : donnez une édition simplifiée, ou votre région seule."
    )
