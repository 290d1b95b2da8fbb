"""Build maps of structures with Altair, over the outlines of `model.outlines`."""

import json
from functools import lru_cache
from typing import Any

import altair as alt

from ror.drawing.charts import (
    CLOSED_MARK,
    CLOSED_SHAPE,
    Spec,
    band_label,
    band_scale,
    built_once,
    shape_of_band,
    spec,
    title,
)
from ror.model.outlines import Outlines, builtin

SELECTION = "pick"
OUTLINES = "/outlines/"


def address(codes: tuple[str, ...], version: str = "") -> str:
    """Return the address of the outlines of these départements, which is different for different content.

    `version` is that of the imported outlines (`Outlines.version`), "" for those of `data/`.
    """
    return f"{OUTLINES}{version or builtin().version}/{'-'.join(codes)}.json"


def codes_of(url: str) -> tuple[str, ...]:
    """Return the départements whose outlines are at an address."""
    return tuple(url.rpartition("/")[2].removesuffix(".json").split("-"))


@lru_cache(maxsize=256)
def outlines_json(codes: tuple[str, ...], outline_set: Outlines | None = None) -> bytes:
    """Return the content at `address`: the result of `outlines` as JSON."""
    return json.dumps(outlines(codes, outline_set), separators=(",", ":")).encode()


def outlines(codes: tuple[str, ...], outline_set: Outlines | None = None) -> dict[str, Any]:
    """Return the outlines (of `data/` for None) of these départements as TopoJSON, in which each ring is an arc."""
    outline_set = outline_set or builtin()
    arcs: list[list[tuple[float, float]]] = []
    geometries = []
    for code, shape in outline_set.shapes(codes).items():
        polygons = []
        for polygon in shape:
            polygons.append([[number] for number in range(len(arcs), len(arcs) + len(polygon))])
            arcs += [[(round(x, 5), round(y, 5)) for x, y in ring] for ring in polygon]
        properties = {"code": code, "name": outline_set.by_code[code].name}
        geometries.append({"type": "MultiPolygon", "id": code, "properties": properties, "arcs": polygons})
    return {
        "type": "Topology",
        "objects": {"departements": {"type": "GeometryCollection", "geometries": geometries}},
        "arcs": arcs,
    }


def _shapes(codes: tuple[str, ...], version: str) -> alt.UrlData:
    """Return the outlines by address: the browser reads them once, instead of with each specification."""
    return alt.UrlData(url=address(codes, version), format=alt.TopoDataFormat(feature="departements", type="topojson"))


@built_once
def structures(codes: tuple[str, ...], height: int, version: str = "") -> Spec:
    """Build a map of the structures of some départements, in the colour and shape of their median unit.

    A click selects `finess`. A closed structure is ⊘. The area of a point shows the larger of beds and places, which are never
    added. `version` is as for `address`.

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
                "isValid(datum.rank)", alt.Color("rank:N", scale=band_scale(), legend=None), alt.value(CLOSED_MARK)
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
