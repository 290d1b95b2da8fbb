"""Build maps of départements and of structures with Altair, over the outlines of `data/`."""

import hashlib
import json
from functools import cache, lru_cache
from typing import Any

import altair as alt

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
from ror.settings import DATA

SELECTION = "pick"
OUTLINES = "/outlines/"


_FILES = ("departements.topo.json", "collectivites.topo.json")


@cache
def _topologies() -> list[dict[str, Any]]:
    return [json.loads((DATA / name).read_text("utf-8")) for name in _FILES]


def _topology(codes: tuple[str, ...]) -> dict[str, Any]:
    """Return the file that has these outlines: that of the collectivities when none of them is a département."""
    return next((one for one in _topologies() if any(shape["id"] in codes for shape in _geometries(one))), _topologies()[0])


def _geometries(topology: dict[str, Any]) -> list[dict[str, Any]]:
    geometries: list[dict[str, Any]] = topology["objects"]["departements"]["geometries"]
    return geometries


@cache
def _version() -> str:
    return hashlib.sha256(b"".join((DATA / name).read_bytes() for name in _FILES)).hexdigest()[:12]


def address(codes: tuple[str, ...]) -> str:
    """Return the address of the outlines of these départements; another content has another address."""
    return f"{OUTLINES}{_version()}/{'-'.join(codes)}.json"


def codes_of(url: str) -> tuple[str, ...]:
    """Return the départements whose outlines are at an address."""
    return tuple(url.rpartition("/")[2].removesuffix(".json").split("-"))


@lru_cache(maxsize=256)
def outlines_json(codes: tuple[str, ...]) -> bytes:
    """Return the content of that address: `outlines` as JSON."""
    return json.dumps(outlines(codes), separators=(",", ":")).encode()


def outlines(codes: tuple[str, ...]) -> dict[str, Any]:
    """Return the TopoJSON of these départements alone, or of these collectivities, with the arcs that they use and no other."""
    topology = _topology(codes)
    geometries = [shape for shape in _geometries(topology) if shape["id"] in codes]
    numbers: dict[int, int] = {}

    def renumbered(arcs: Any) -> Any:
        if isinstance(arcs, list):
            return [renumbered(arc) for arc in arcs]
        number = numbers.setdefault(arcs if arcs >= 0 else ~arcs, len(numbers))
        return number if arcs >= 0 else ~number

    shapes = [{**shape, "arcs": renumbered(shape["arcs"])} for shape in geometries]
    return {
        "type": "Topology",
        **({"transform": topology["transform"]} if "transform" in topology else {}),
        "objects": {"departements": {"type": "GeometryCollection", "geometries": shapes}},
        "arcs": [topology["arcs"][number] for number in numbers],
    }


def _shapes(codes: tuple[str, ...]) -> alt.UrlData:
    """Return the outlines by their address, which the browser reads once: in the specification they would be sent each time."""
    return alt.UrlData(url=address(codes), format=alt.TopoDataFormat(feature="departements", type="topojson"))


@built_once
def departments(codes: tuple[str, ...], unlabelled: tuple[str, ...], height: int, words: str = "") -> Spec:
    """Build a map of départements in the colour of their median unit, with their codes; a click selects `code`.

    `unlabelled` are too small here: their codes stand in the inset. `words` stand above.

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
    shaped = base.transform_lookup(lookup="code", from_=alt.LookupData(_shapes(codes), "id", ["type", "geometry"]))
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
def structures(code: str, height: int) -> Spec:
    """Build a map of the structures of a département, in the colour and shape of their median unit; a click selects `finess`.

    A closed one is ⊘. A point grows with the larger of its two numbers, which are never added.

    Rows: finess, structure, commune, rank, beds, places, longitude, latitude.
    """
    pick = alt.selection_point(name=SELECTION, fields=["finess"], toggle=False)
    area = alt.Chart(_shapes((code,))).mark_geoshape(fill="#eef1f4", stroke="#8895a3")
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
