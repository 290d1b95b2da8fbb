"""Build maps of départements and of structures with Altair, over the outlines of `model.outlines`."""

import json
from functools import lru_cache
from typing import Any

import altair as alt
import pyarrow as pa

from ror.drawing.charts import (
    CLOSED_INK,
    CLOSED_SHAPE,
    Spec,
    band_label,
    band_scale,
    bands,
    built_once,
    shape_of_band,
    spec,
    title,
)
from ror.model.outlines import Outlines, builtin

SELECTION = "pick"
OUTLINES = "/outlines/"


def address(codes: tuple[str, ...], version: str = "") -> str:
    """Return the address of the outlines of these départements; another content has another address.

    `version` is that of the imported outlines (`Outlines.version`), "" for those of `data/`.
    """
    return f"{OUTLINES}{version or builtin().version}/{'-'.join(codes)}.json"


def codes_of(url: str) -> tuple[str, ...]:
    """Return the départements whose outlines are at an address."""
    return tuple(url.rpartition("/")[2].removesuffix(".json").split("-"))


@lru_cache(maxsize=256)
def outlines_json(codes: tuple[str, ...], known: Outlines | None = None) -> bytes:
    """Return the content of that address: `outlines` as JSON."""
    return json.dumps(outlines(codes, known), separators=(",", ":")).encode()


def outlines(codes: tuple[str, ...], known: Outlines | None = None) -> dict[str, Any]:
    """Return the outlines of these départements alone as TopoJSON: each ring is an arc. None knows those of `data/`."""
    known = known or builtin()
    arcs: list[list[tuple[float, float]]] = []
    geometries = []
    for code, shape in known.shapes(codes).items():
        polygons = []
        for polygon in shape:
            polygons.append([[number] for number in range(len(arcs), len(arcs) + len(polygon))])
            arcs += [[(round(x, 5), round(y, 5)) for x, y in ring] for ring in polygon]
        properties = {"code": code, "name": known.by_code[code].name}
        geometries.append({"type": "MultiPolygon", "id": code, "properties": properties, "arcs": polygons})
    return {
        "type": "Topology",
        "objects": {"departements": {"type": "GeometryCollection", "geometries": geometries}},
        "arcs": arcs,
    }


RING_COLUMNS = pa.schema(
    [
        ("code", pa.string()),
        ("ring", pa.int32()),
        ("order", pa.int32()),
        ("longitude", pa.float64()),
        ("latitude", pa.float64()),
    ]
)
"""The columns of `outline_rings`."""


def outline_rings(codes: tuple[str, ...], known: Outlines | None = None) -> pa.Table:
    """Return the vertices of the outlines of these départements, in the order to draw them: `RING_COLUMNS`.

    `ring` numbers the rings of the map, `order` the vertices of a ring; the last is the first again. A region has at most
    `model.outlines.MOST_VERTICES`. None knows the outlines of `data/`. For maps drawn with lines: `outlines` is for those
    with a projection.
    """
    rings = [(code, ring) for code, several in (known or builtin()).rings(codes).items() for ring in several]
    rows = [
        {"code": code, "ring": number, "order": order, "longitude": round(x, 5), "latitude": round(y, 5)}
        for number, (code, ring) in enumerate(rings)
        for order, (x, y) in enumerate(ring)
    ]
    return pa.Table.from_pylist(rows, RING_COLUMNS)


def _shapes(codes: tuple[str, ...], version: str) -> alt.UrlData:
    """Return the outlines by their address, which the browser reads once: in the specification they would be sent each time."""
    return alt.UrlData(url=address(codes, version), format=alt.TopoDataFormat(feature="departements", type="topojson"))


@built_once
def departments(codes: tuple[str, ...], unlabelled: tuple[str, ...], height: int, words: str = "", version: str = "") -> Spec:
    """Build a map of départements in the colour of their median unit, with their codes; a click selects `code`.

    `unlabelled` are too small here: their codes stand in the inset. `words` stand above. `version` as for `address`.

    Rows: code, name, rank, beds, places, units, selected, longitude, latitude (of the label).
    """
    pick = alt.selection_point(name=SELECTION, fields=["code"], toggle=False)
    base = alt.Chart(alt.NamedData("source")).transform_filter(alt.FieldOneOfPredicate("code", list(codes)))
    tooltip = [
        alt.Tooltip("name:N", title="Département"),
        alt.Tooltip("beds:Q", title="Lits disponibles"),
        alt.Tooltip("places:Q", title="Places disponibles"),
        alt.Tooltip("units:Q", title="Unités"),
        alt.Tooltip("age:N", title="Unité médiane"),
    ]
    shaped = base.transform_lookup(lookup="code", from_=alt.LookupData(_shapes(codes, version), "id", ["type", "geometry"]))
    areas = (
        shaped.transform_calculate(age=band_label())
        .mark_geoshape(cursor="pointer")
        .encode(
            color=alt.condition(
                "isValid(datum.rank)", alt.Color("rank:N", scale=band_scale(), legend=None), alt.value("#e3e6ea")
            ),
            stroke=alt.condition("datum.selected", alt.value("#111111"), alt.value("#ffffff")),
            strokeWidth=alt.condition("datum.selected", alt.value(4), alt.value(1)),
            tooltip=tooltip,
        )
        .add_params(pick)
    )
    scale = alt.Scale(domain=[band.rank for band in bands()], range=[band.ink for band in bands()])
    ink = alt.condition("isValid(datum.rank)", alt.Color("rank:N", scale=scale, legend=None), alt.value("#1c2733"))
    shapes = [band.shape for band in bands()]
    labels = (
        base.transform_filter(alt.FieldOneOfPredicate("code", [one for one in codes if one not in unlabelled]))
        .transform_calculate(
            words=f"(isValid(datum.rank) ? {shapes}[datum.rank] + ' ' : '') + datum.code"
            " + (isValid(datum.beds) ? '\\n' + datum.beds + ' L' : '')"
            " + (isValid(datum.places) ? '\\n' + datum.places + ' P' : '')"
        )
        .mark_text(fontSize=13, fontWeight=600, lineBreak="\n", lineHeight=15, dy=-13)
        .encode(longitude="longitude:Q", latitude="latitude:Q", text="words:N", color=ink)
    )
    chart = alt.layer(areas, labels).resolve_scale(color="independent").project(type="mercator").properties(height=height)
    return spec(chart.properties(title=title(words)) if words else chart)


@built_once
def structures(codes: tuple[str, ...], height: int, version: str = "") -> Spec:
    """Build a map of the structures of some départements, in the colour and shape of their median unit.

    A click selects `finess`. A closed one is ⊘. A point grows with the larger of its two numbers, which are never added.
    `version` as for `address`.

    Rows: finess, structure, commune, rank, beds, places, longitude, latitude.
    """
    pick = alt.selection_point(name=SELECTION, fields=["finess"], toggle=False)
    area = alt.Chart(_shapes(codes, version)).mark_geoshape(fill="#eef1f4", stroke="#8895a3")
    points = (
        alt.Chart(alt.NamedData("source"))
        .transform_filter("isValid(datum.longitude)")
        .transform_calculate(age=band_label(), offered="max(datum.beds, datum.places)")
        .mark_point(filled=True, opacity=0.9, stroke="white", strokeWidth=0.8, cursor="pointer")
        .encode(
            longitude="longitude:Q",
            latitude="latitude:Q",
            size=alt.Size("offered:Q", scale=alt.Scale(range=[50, 420]), legend=None),
            color=alt.condition(
                "isValid(datum.rank)", alt.Color("rank:N", scale=band_scale(), legend=None), alt.value(CLOSED_INK)
            ),
            shape=alt.condition("isValid(datum.rank)", shape_of_band(), alt.value(CLOSED_SHAPE)),
            tooltip=[
                alt.Tooltip("structure:N", title="Structure"),
                alt.Tooltip("commune:N", title="Commune"),
                alt.Tooltip("beds:Q", title="Lits disponibles"),
                alt.Tooltip("places:Q", title="Places disponibles"),
                alt.Tooltip("age:N", title="Unité médiane"),
            ],
        )
        .add_params(pick)
    )
    chart = alt.layer(area, points).project(type="mercator")
    return spec(chart.properties(height=height, title=title("Structures, selon leur unité médiane")))
