"""Small fictitious outlines: Hauts-de-Seine beside Paris, as rectangles with a border of many points that they share."""

import json
from math import sin
from pathlib import Path
from typing import Any

NEUILLY = (2.2697, 48.8846)
"""Longitude and latitude of Neuilly-sur-Seine, which the outlines of `data/` put in Paris."""

SOUTH, NORTH = 48.78, 48.94
BORDER = [(round(2.3 + 0.003 * sin(step), 5), round(SOUTH + step * (NORTH - SOUTH) / 400, 5)) for step in range(401)]
"""The border between the two, from south to north."""

WEST = [*BORDER, (2.14, NORTH), (2.14, SOUTH), BORDER[0]]
EAST = [*BORDER[::-1], (2.42, SOUTH), (2.42, NORTH), BORDER[-1]]
"""Rings counter-clockwise, as RFC 7946 wants exterior ones."""

Properties = dict[str, Any]


def feature(properties: Properties, *rings: list[tuple[float, float]], **others: Any) -> dict[str, Any]:
    """Return a polygon of GeoJSON: an exterior ring and its holes."""
    geometry = {"type": "Polygon", "coordinates": [[list(point) for point in ring] for ring in rings]}
    return {"type": "Feature", "properties": properties, "geometry": geometry, **others}


def geojson(*features: dict[str, Any]) -> bytes:
    """Return a file of features; by default the two départements, as IGN's open files name their properties."""
    chosen = features or (
        feature({"code": "92", "nom": "Hauts-de-Seine"}, WEST),
        feature({"code": "75", "nom": "Paris"}, EAST),
    )
    return json.dumps({"type": "FeatureCollection", "features": chosen}).encode()


def written(folder: Path, content: bytes, name: str = "contours.geojson") -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(content)
    return path
