"""The page of départements in Dash, as its documentation teaches: one callback for the filters, one for the selection.

Each callback asks DuckDB for what it shows, as the naive rival does, and builds its figures with plotly. No sign-in, no
live screens, no download: less work than the product has.
"""

import csv
import json
import os
import threading
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import plotly.express as px
from dash import Dash, Input, Output, dash_table, dcc, html

HERE = Path(__file__).resolve().parent
NOMENCLATURES = HERE.parent.parent / "data" / "nomenclatures"
BANDS = ["● moins d'1 h", "■ moins de 24 h", "▲ moins de 7 jours", "✕ plus de 7 jours", "○ jamais renseigné"]
COLOURS = dict(zip(BANDS, ["#186d2a", "#0e7efc", "#d07e04", "#4f1628", "#767676"], strict=True))
OUTLINES = json.loads((HERE / "region.geojson").read_text("utf-8"))
NAMES = {feature["id"]: feature["properties"]["name"] for feature in OUTLINES["features"]}
LAYOUT = {"margin": {"l": 0, "r": 0, "t": 24, "b": 0}, "height": 360, "showlegend": False}
FILTERS = [Input(name, "value") for name in ("champ", "type", "nature", "mini", "age")]
UNITS = f"""
    WITH latest AS (
        SELECT unit, arg_max(available, position) AS available, arg_max(comment, position) AS comment,
               arg_max(observed_at, position) AS observed_at
        FROM declaration GROUP BY unit
    )
    SELECT unit.name, unit.telephone, kinds.label AS type_label, kinds.capacity_type,
           split_part(kinds.activity_fields, '|', 1) AS activity_field,
           structure.finess, structure.name AS structure, structure.commune, structure.department, structure.latitude,
           structure.longitude, available, comment, observed_at, date_diff('second', observed_at, now()) / 3600 AS age,
           CASE WHEN age IS NULL THEN 4 WHEN age < 1 THEN 0 WHEN age < 24 THEN 1 WHEN age < 168 THEN 2 ELSE 3 END AS rank,
           NOT unit.closed AND coalesce(age, 1e9) > kinds.duty_hours::INTEGER AS overdue
    FROM unit JOIN structure ON structure.finess = unit.structure
    JOIN read_csv('{NOMENCLATURES / "unit-types.csv"}', delim=';', all_varchar=true) AS kinds ON kinds.code = unit.unit_type
    LEFT JOIN latest ON latest.unit = unit.id
    ORDER BY department, structure, unit.name
"""  # noqa: S608 - a path of this project
lock = threading.Lock()


@cache
def connection() -> duckdb.DuckDBPyConnection:
    """Open the one connection of this worker."""
    return duckdb.connect(os.environ["BENCH_DATABASE"], read_only=True)


def read_units(fields: Any = None, types: Any = None, nature: str = "", least: int = 0, ages: Any = None) -> pd.DataFrame:
    """Return the units that pass the filters, each with its latest declaration."""
    with lock:
        cursor = connection().cursor()
    frame = cursor.execute(UNITS).df()
    frame["band"] = frame["rank"].map(dict(enumerate(BANDS)))
    for column, values in (("activity_field", fields), ("type_label", types), ("band", ages)):
        frame = frame[frame[column].isin(values)] if values else frame
    frame = frame[frame["capacity_type"] == nature] if nature else frame
    return frame[frame["available"] >= least] if least else frame


def summarize(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return one row per key: beds, places, units, overdue ones, median band."""
    beds, places = (frame["available"].where(frame["capacity_type"] == code, 0).fillna(0) for code in ("01", "02"))
    rows = frame.assign(beds=beds, places=places).groupby(keys, as_index=False).agg(
        rank=("rank", "median"), beds=("beds", "sum"), places=("places", "sum"), units=("name", "count"),
        late=("overdue", "sum"), oldest=("age", "max"),
    )  # fmt: skip
    return rows.assign(age=rows["rank"].round().astype(int).map(dict(enumerate(BANDS))))


def table(rows: pd.DataFrame, columns: str) -> dash_table.DataTable:
    """Return a table of some columns, by their names."""
    frame = rows[columns.split()]
    frame = frame.assign(**{name: frame[name].dt.strftime("%d/%m/%Y %H:%M") for name in frame.select_dtypes("datetimetz")})
    return dash_table.DataTable(frame.to_dict("records"), [{"name": name, "id": name} for name in frame], page_size=20)


def layout() -> html.Div:
    """Return the page before its callbacks."""
    with (NOMENCLATURES / "codes.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter=";") if row["list"].startswith("TRE_R227")]
    fields = dcc.Dropdown({row["code"]: row["label"] for row in rows}, [], multi=True, id="champ")
    types = dcc.Dropdown(sorted(read_units()["type_label"].unique()), [], multi=True, id="type")
    nature = dcc.RadioItems({"": "Lits et places", "01": "Lits", "02": "Places"}, "", id="nature")
    least, ages = dcc.Input(value=0, type="number", min=0, id="mini"), dcc.Dropdown(BANDS, [], multi=True, id="age")
    results = html.Div(id="totals"), dcc.Graph(id="carte"), html.Div(id="departements"), html.Div(id="detail")
    return html.Div([html.H1("Consultation par département"), fields, types, nature, least, ages, *results])


app = Dash(__name__, title="Disponibilités")
app.layout = layout
server = app.server


@app.callback(Output("totals", "children"), Output("carte", "figure"), Output("departements", "children"), FILTERS)
def region(*filters: Any) -> tuple[Any, ...]:
    """Draw totals, map and table of what passes the filters."""
    frame = read_units(*filters)
    rows = summarize(frame, ["department"])
    rows["name"] = rows["department"].map(NAMES)
    figure = px.choropleth(
        rows, geojson=OUTLINES, locations="department", color="age", color_discrete_map=COLOURS,
        hover_name="name", hover_data=["beds", "places", "units"], fitbounds="locations",
    )  # fmt: skip
    figure.update_layout(LAYOUT).update_geos(visible=False)
    totals = f"{rows['beds'].sum():.0f} lits, {rows['places'].sum():.0f} places, {len(frame)} unités"
    return totals, figure, table(rows, "department name age beds places units late oldest")


@app.callback(Output("detail", "children"), Input("carte", "clickData"), FILTERS)
def detail(clicked: dict[str, Any] | None, *filters: Any) -> Any:
    """Draw the département that was clicked: map, bars, tables."""
    if not clicked:
        return "Choisissez un département sur la carte."
    frame = read_units(*filters).query("department == @clicked['points'][0]['location']")
    rows = summarize(frame, ["finess", "structure", "commune", "latitude", "longitude"])
    points = px.scatter_geo(rows, "latitude", "longitude", color="age", color_discrete_map=COLOURS, hover_name="structure")
    figures = [points.update_layout(LAYOUT).update_geos(fitbounds="locations")]
    for capacity, title in (("02", "Places"), ("01", "Lits")):
        bars = frame[frame["capacity_type"] == capacity].groupby(["structure", "band"], as_index=False)["available"].sum()
        bar = px.bar(bars, "available", "structure", color="band", color_discrete_map=COLOURS, title=title)
        figures.append(bar.update_layout(LAYOUT))
    by_unit = table(frame, "structure name band available observed_at overdue telephone comment type_label")
    by_structure = table(rows, "structure age beds places units late commune")
    return [*(dcc.Graph(figure=figure) for figure in figures), by_structure, by_unit]
