"""The page of départements as a good developer writes it in an afternoon, with Streamlit, Altair, pandas and DuckDB.

Each rerun asks DuckDB for what it shows and builds its charts: no caches but the connection and the files of the map. No
sign-in, no live screens, no download: less work than the product has.
"""

import csv
import json
import os
from pathlib import Path
from typing import Any

import altair as alt
import duckdb
import pandas as pd
import streamlit as st

HERE = Path(__file__).resolve().parent
NOMENCLATURES = HERE.parent.parent / "data" / "nomenclatures"
BANDS = ["● moins d'1 h", "■ moins de 24 h", "▲ moins de 7 jours", "✕ plus de 7 jours", "○ jamais renseigné"]
COLOURS = ["#186d2a", "#0e7efc", "#d07e04", "#4f1628", "#767676"]
COLOUR = alt.Color("rank:O", scale=alt.Scale(domain=list(range(5)), range=COLOURS), legend=None)
UNITS = f"""
    WITH latest AS (
        SELECT unit, arg_max(available, position) AS available, arg_max(comment, position) AS comment,
               arg_max(observed_at, position) AS observed_at
        FROM declaration GROUP BY unit
    )
    SELECT unit.name, unit.telephone, kinds.label AS type_label,
           split_part(kinds.activity_fields, '|', 1) AS activity_field, kinds.capacity_type,
           structure.finess, structure.name AS structure, structure.commune, structure.department,
           structure.latitude, structure.longitude, latest.available, latest.comment, latest.observed_at,
           date_diff('second', observed_at, now()) / 3600 AS age,
           CASE WHEN age IS NULL THEN 4 WHEN age < 1 THEN 0 WHEN age < 24 THEN 1 WHEN age < 168 THEN 2 ELSE 3 END AS rank,
           NOT unit.closed AND coalesce(age, 1e9) > kinds.duty_hours::INTEGER AS overdue
    FROM unit JOIN structure ON structure.finess = unit.structure
    JOIN read_csv('{NOMENCLATURES / "unit-types.csv"}', delim=';', all_varchar=true) AS kinds ON kinds.code = unit.unit_type
    LEFT JOIN latest ON latest.unit = unit.id
    ORDER BY department, structure, unit.name
"""  # noqa: S608 - a path of this project


@st.cache_resource
def connection() -> duckdb.DuckDBPyConnection:
    """Open the one connection; each query takes a cursor of it."""
    return duckdb.connect(os.environ["BENCH_DATABASE"], read_only=True)


@st.cache_data
def activity_fields() -> dict[str, str]:
    """Return the code of each label."""
    with (NOMENCLATURES / "codes.csv").open(encoding="utf-8", newline="") as file:
        return {row["label"]: row["code"] for row in csv.DictReader(file, delimiter=";") if row["list"].startswith("TRE_R227")}


@st.cache_data
def outlines() -> dict[str, Any]:
    """Return the outlines of the région's départements, as GeoJSON."""
    return dict(json.loads((HERE / "region.geojson").read_text("utf-8")))


def filter_units(frame: pd.DataFrame) -> pd.DataFrame:
    """Draw the filters and return the units that pass them."""
    columns = st.columns(5)
    fields = columns[0].multiselect("Champ d'activité", list(activity_fields()), key="champ")
    types = columns[1].multiselect("Type de l'unité", sorted(frame["type_label"].unique()), key="type")
    nature = columns[2].segmented_control("Lit ou place", ["Lits et places", "Lits", "Places"], key="nature")
    least = columns[3].number_input("Disponibles, au moins", min_value=0, value=0, key="mini")
    ages = columns[4].multiselect("Âge", BANDS, key="age")
    if fields:
        frame = frame[frame["activity_field"].isin([activity_fields()[field] for field in fields])]
    if types:
        frame = frame[frame["type_label"].isin(types)]
    if nature in ("Lits", "Places"):
        frame = frame[frame["capacity_type"] == ("01" if nature == "Lits" else "02")]
    if least:
        frame = frame[frame["available"] >= least]
    return frame[frame["band"].isin(ages)] if ages else frame


def summarize(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return one row per key: beds, places, units, overdue ones, median band."""
    beds, places = (frame["available"].where(frame["capacity_type"] == code, 0).fillna(0) for code in ("01", "02"))
    grouped = frame.assign(beds=beds, places=places).groupby(keys, as_index=False)
    rows = grouped.agg(
        rank=("rank", "median"), beds=("beds", "sum"), places=("places", "sum"), units=("name", "count"),
        late=("overdue", "sum"), oldest=("age", "max"),
    )  # fmt: skip
    rows["rank"] = rows["rank"].round().astype(int)
    rows["age"] = rows["rank"].map(dict(enumerate(BANDS)))
    return rows


def draw_detail(frame: pd.DataFrame, name: str) -> None:
    """Draw one département: map, bars, tables."""
    st.subheader(name)
    rows = summarize(frame, ["finess", "structure", "commune", "latitude", "longitude"])
    places, beds, positions = st.columns(3)
    points = alt.Chart(rows).mark_point(filled=True, size=80).encode(
        longitude="longitude:Q", latitude="latitude:Q", color=COLOUR, tooltip=["structure:N", "beds:Q", "places:Q"]
    )  # fmt: skip
    positions.altair_chart(points.project("mercator").properties(height=360), key="structures-map")
    for column, capacity, title in ((places, "02", "Places"), (beds, "01", "Lits")):
        bars = frame[frame["capacity_type"] == capacity].groupby(["structure", "rank"], as_index=False)["available"].sum()
        chart = alt.Chart(bars, title=title).mark_bar()
        column.altair_chart(chart.encode(y=alt.Y("structure:N", sort="-x", title=None), x="available:Q", color=COLOUR))
    by_structure, by_unit = st.tabs(["Par structure", "Par unité"])
    by_structure.dataframe(rows[["structure", "age", "beds", "places", "units", "late", "commune"]], hide_index=True)
    columns = ["structure", "name", "band", "available", "observed_at", "overdue", "telephone", "comment", "type_label"]
    by_unit.dataframe(frame[columns], hide_index=True)


st.set_page_config(page_title="Disponibilités", layout="wide")
st.title("Consultation par département")
units = connection().cursor().execute(UNITS).df()
units["band"] = units["rank"].map(dict(enumerate(BANDS)))
passing = filter_units(units)
names = {feature["id"]: feature["properties"]["name"] for feature in outlines()["features"]}
departments = summarize(passing, ["department"]).rename(columns={"department": "code"})
departments["name"] = departments["code"].map(names)
for column, label, number in zip(st.columns(3), ("Lits", "Places", "Unités"), ("beds", "places", "units"), strict=True):
    column.metric(label, int(departments[number].sum()))
shapes = alt.Data(values=outlines(), format=alt.DataFormat(property="features", type="json"))
pick = alt.selection_point(name="pick", fields=["code"])
board = alt.Chart(departments).transform_lookup("code", alt.LookupData(shapes, "id", ["type", "geometry"]))
board = board.mark_geoshape(stroke="white").encode(color=COLOUR, tooltip=["name:N", "beds:Q", "places:Q", "units:Q"])
event = st.altair_chart(board.add_params(pick).project("mercator").properties(height=360), on_select="rerun", key="carte")
st.dataframe(departments[["code", "name", "age", "beds", "places", "units", "late", "oldest"]], hide_index=True)
if points := event["selection"].get("pick", []):
    draw_detail(passing[passing["department"] == points[0]["code"]], names[points[0]["code"]])
