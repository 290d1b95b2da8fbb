"""The geography of the linked map: outlines, names of communes and the frame, in Mercator degrees.

Mercator keeps shapes at every scale, so that a region, a country and an overseas collectivity are all drawn in x and y. x is
the longitude in degrees; y has the same scale, so that a map with as many pixels per degree in x as in y is not distorted.
"""

import csv
import hashlib
import json
from functools import cache, lru_cache
from math import cos, degrees, log, pi, radians, sin, tan
from typing import Any, NamedTuple

from ror.model.outlines import Outlines, builtin
from ror.settings import DATA

ADDRESS = "/outlines/{version}/plane/{codes}.json"
KM_PER_DEGREE = 111.2
LABEL = (76, 17)
"""Width and height in pixels that the name of a commune needs."""

_MAX_NAMES = 250
_DISTRICT = "Arrondissement"
_RING_POINTS = 48

Ring = list[tuple[float, float]]


class Frame(NamedTuple):
    """The part of the plane that a map shows initially: least and greatest x, least and greatest y."""

    left: float
    right: float
    bottom: float
    top: float


class NearPoint(NamedTuple):
    """The point that a question asks to be near, in WGS84 degrees, and the radius around it in kilometres."""

    longitude: float
    latitude: float
    radius_km: float


def mercator(longitude: float, latitude: float) -> tuple[float, float]:
    """Return the x and y of a point of WGS84 degrees."""
    return longitude, degrees(log(tan(pi / 4 + radians(latitude) / 2)))


def address(codes: tuple[str, ...], version: str = "") -> str:
    """Return the address of `plane_json`, which is different for different content.

    `version` is that of the outlines (`Outlines.version`), "" for those of `data/`.
    """
    content = plane_json(codes) + (version or builtin().version).encode()
    return ADDRESS.format(version=hashlib.sha256(content).hexdigest()[:12], codes="-".join(codes))


@lru_cache(maxsize=64)
def plane_json(codes: tuple[str, ...], outline_set: Outlines | None = None) -> bytes:
    """Return as JSON the outlines (of `data/` for None) and the names of communes of these départements.

    `outlines` has one object per département: department, x and y (a list of numbers for each ring).
    `names` has name, x, y, prefecture (1 or 0), and scale: the pixels per degree from which the name has room beside larger
    communes.
    """
    outlines = [
        {"department": code, **{axis: [[point[i] for point in ring] for ring in rings] for i, axis in enumerate("xy")}}
        for code, rings in _plane_rings(codes, outline_set or builtin()).items()
    ]
    return json.dumps({"outlines": outlines, "names": _names(codes)}, ensure_ascii=False, separators=(",", ":")).encode()


def _plane_rings(codes: tuple[str, ...], outline_set: Outlines) -> dict[str, list[list[list[float]]]]:
    return {
        code: [[[round(number, 4) for number in mercator(*point)] for point in ring] for ring in rings]
        for code, rings in outline_set.rings(codes).items()
    }


@lru_cache(maxsize=64)
def frame(codes: tuple[str, ...], width: int, height: int) -> Frame:
    """Return the frame of these départements in a map of `width` x `height` pixels; only the mainland if there is some.

    It is computed from the outlines of `data/`, so that it does not change when others are imported.
    """
    mainland = tuple(code for code in codes if len(code) == 2) or codes
    points = [point for rings in _plane_rings(mainland, builtin()).values() for ring in rings for point in ring]
    if not points:
        return Frame(-5.0, 10.0, 44.0, 61.0)
    xs, ys = zip(*points, strict=True)
    return _fitted(min(xs), max(xs), min(ys), max(ys), width, height, 1.04)


def frame_near(near: NearPoint, width: int, height: int) -> Frame:
    """Return the frame around a point and its radius in a map of `width` x `height` pixels."""
    xs, ys = zip(*circle(near), strict=True)
    return _fitted(min(xs), max(xs), min(ys), max(ys), width, height, 1.15)


def _fitted(left: float, right: float, bottom: float, top: float, width: int, height: int, margin: float) -> Frame:
    """Return the smallest frame of a map of `width` x `height` pixels that contains a box enlarged by the factor `margin`."""
    pixel = margin * max((right - left) / width, (top - bottom) / height)  # degrees
    x, y = (left + right) / 2, (bottom + top) / 2
    return Frame(x - pixel * width / 2, x + pixel * width / 2, y - pixel * height / 2, y + pixel * height / 2)


def circle(near: NearPoint) -> Ring:
    """Return the x and y of points on the circle around a point."""
    radius = near.radius_km / KM_PER_DEGREE  # degrees of latitude
    angles = [2 * pi * step / _RING_POINTS for step in range(_RING_POINTS + 1)]
    return [
        mercator(near.longitude + radius * sin(angle) / cos(radians(near.latitude)), near.latitude + radius * cos(angle))
        for angle in angles
    ]


def _names(codes: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the `names` of `plane_json`: the prefectures, then the other communes by population, `_MAX_NAMES` in all."""
    prefectures = [row for row in _rows("prefectures.csv") if row["department"] in codes]
    prefecture_codes = {row["insee"] for row in prefectures}
    communes = [
        row
        for row in _rows("communes.csv")
        if row["department"] in codes and row["insee"] not in prefecture_codes and _DISTRICT not in row["name"]
    ]
    communes.sort(key=lambda row: -int(row["population"]))
    named: list[dict[str, Any]] = []
    for row in [*prefectures, *communes[: max(0, _MAX_NAMES - len(prefectures))]]:
        x, y = mercator(float(row["longitude"]), float(row["latitude"]))
        scale = max((_scale(x - other["x"], y - other["y"]) for other in named), default=0.0)
        prefecture = int(row["insee"] in prefecture_codes)
        named.append({"name": row["name"], "x": round(x, 4), "y": round(y, 4), "prefecture": prefecture, "scale": round(scale)})
    return named


def _scale(across: float, down: float) -> float:
    """Return the pixels per degree from which two names do not overlap, by their distances in x and y."""
    return 1 / max(abs(across) / LABEL[0], abs(down) / LABEL[1], 1e-6)


@cache
def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))
