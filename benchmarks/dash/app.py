"""The page of départements in Dash, as its documentation teaches: one callback for the filters, one for the selection.

Run: BENCH_DATABASE=region.duckdb gunicorn --chdir benchmarks/dash app:server

Each callback asks DuckDB for what it shows, as in the naive rival, and builds its figures with plotly. No sign-in, no
live screens, no download: less work than the product has.
"""

import json
from typing import Any

import pandas as pd
import plotly.express as px
from dash import Dash, Input, Output, dash_table, dcc, html

from data import BANDS, COLOURS, HERE, activity_fields, summary, units

OUTLINES = json.loads((HERE / "region.geojson").read_text("utf-8"))
NAMES = {one["id"]: one["properties"]["name"] for one in OUTLINES["features"]}
BY_BAND = dict(zip(BANDS, COLOURS, strict=True))
SMALL = {"margin": {"l": 0, "r": 0, "t": 24, "b": 0}, "height": 360, "showlegend": False}
FILTERS = [Input(name, "value") for name in ("champ", "type", "nature", "mini", "age")]


def passing(fields: list[str], types: list[str], nature: str, least: int, ages: list[str]) -> pd.DataFrame:
    """The units that pass the filters."""
    frame = units()
    if fields:
        frame = frame[frame["activity_field"].isin(fields)]
    if types:
        frame = frame[frame["type_label"].isin(types)]
    if nature:
        frame = frame[frame["capacity_type"] == nature]
    if least:
        frame = frame[frame["available"] >= least]
    return frame[frame["band"].isin(ages)] if ages else frame


def table(rows: pd.DataFrame, columns: list[str]) -> dash_table.DataTable:
    """A table of some columns."""
    frame = rows[columns].copy()
    for name in frame.select_dtypes("datetimetz"):
        frame[name] = frame[name].dt.strftime("%d/%m/%Y %H:%M")
    return dash_table.DataTable(frame.to_dict("records"), [{"name": one, "id": one} for one in columns], page_size=20)


def layout() -> html.Div:
    """The page before its callbacks have run."""
    types = sorted(units()["type_label"].unique())
    natures = {"": "Lits et places", "01": "Lits", "02": "Places"}
    return html.Div(
        [
            html.H1("Consultation par département"),
            dcc.Dropdown({code: label for label, code in activity_fields().items()}, [], multi=True, id="champ"),
            dcc.Dropdown(types, [], multi=True, id="type"),
            dcc.RadioItems(natures, "", id="nature"),
            dcc.Input(value=0, type="number", min=0, id="mini"),
            dcc.Dropdown(BANDS, [], multi=True, id="age"),
            html.Div(id="totals"),
            dcc.Graph(id="carte"),
            html.Div(id="departements"),
            html.Div(id="detail"),
        ]
    )


app = Dash(__name__, title="Disponibilités")
app.layout = layout
server = app.server


@app.callback(Output("totals", "children"), Output("carte", "figure"), Output("departements", "children"), FILTERS)
def region(*filters: Any) -> tuple[Any, ...]:
    """Totals, map and table of what passes the filters."""
    frame = passing(*filters)
    rows = summary(frame, ["department"])
    rows["name"] = rows["department"].map(NAMES)
    totals = f"{rows['beds'].sum():.0f} lits, {rows['places'].sum():.0f} places, {len(frame)} unités"
    figure = px.choropleth(
        rows, geojson=OUTLINES, locations="department", color="age", color_discrete_map=BY_BAND,
        hover_name="name", hover_data=["beds", "places", "units"], fitbounds="locations",
    )  # fmt: skip
    figure.update_layout(SMALL)
    figure.update_geos(visible=False)
    return totals, figure, table(rows, ["department", "name", "age", "beds", "places", "units", "late", "oldest"])


@app.callback(Output("detail", "children"), Input("carte", "clickData"), FILTERS)
def detail(clicked: dict[str, Any] | None, *filters: Any) -> Any:
    """The département that was clicked: map, bars, tables."""
    if not clicked:
        return "Choisissez un département sur la carte."
    code = clicked["points"][0]["location"]
    frame = passing(*filters)
    frame = frame[frame["department"] == code]
    rows = summary(frame, ["finess", "structure", "commune", "latitude", "longitude"])
    points = px.scatter_geo(rows, "latitude", "longitude", color="age", color_discrete_map=BY_BAND, hover_name="structure")
    points.update_layout(SMALL)
    points.update_geos(fitbounds="locations")
    bars = []
    for capacity, title in (("02", "Places"), ("01", "Lits")):
        offered = frame[frame["capacity_type"] == capacity].groupby(["structure", "band"], as_index=False)["available"].sum()
        bar = px.bar(offered, "available", "structure", color="band", color_discrete_map=BY_BAND, title=title)
        bars.append(dcc.Graph(figure=bar.update_layout(SMALL)))
    by_structure = table(rows, ["structure", "age", "beds", "places", "units", "late", "commune"])
    shown = ["structure", "name", "band", "available", "observed_at", "overdue", "telephone", "comment", "type_label"]
    return [html.H2(NAMES[code]), *bars, dcc.Graph(figure=points), by_structure, table(frame, shown)]
