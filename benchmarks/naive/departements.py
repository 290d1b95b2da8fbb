"""« Par département »: filters, totals, map, table, and the detail of one département."""

import altair as alt
import pandas as pd
import streamlit as st

from data import BANDS, COLOURS, activity_fields, department_names, outlines, units

COLOUR = alt.Color("rank:O", scale=alt.Scale(domain=list(range(5)), range=COLOURS), legend=None)


def filtered(frame: pd.DataFrame) -> pd.DataFrame:
    """The filters, and what passes them."""
    columns = st.columns(5)
    fields = columns[0].multiselect("Champ d'activité", list(activity_fields()), key="champ")
    types = columns[1].multiselect("Type de l'unité", sorted(frame["type_label"].unique()), key="type")
    nature = columns[2].segmented_control(
        "Lit ou place", ["Lits et places", "Lits", "Places"], default="Lits et places", key="nature"
    )
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


def summary(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """One row per key: beds, places, units, late ones, median band."""
    beds = frame["available"].where(frame["capacity_type"] == "01", 0)
    places = frame["available"].where(frame["capacity_type"] == "02", 0)
    grouped = frame.assign(beds=beds.fillna(0), places=places.fillna(0)).groupby(keys, as_index=False)
    found = grouped.agg(
        rank=("rank", "median"), beds=("beds", "sum"), places=("places", "sum"), units=("unit", "count"),
        late=("overdue", "sum"), oldest=("age", "max"),
    )  # fmt: skip
    found["rank"] = found["rank"].round().astype(int)
    found["age"] = found["rank"].map(dict(enumerate(BANDS)))
    return found


def region_map(rows: pd.DataFrame) -> str:
    """The map; returns the code that is selected, or ""."""
    pick = alt.selection_point(name="pick", fields=["code"])
    shapes = alt.Data(values=outlines(), format=alt.TopoDataFormat(feature="departements", type="topojson"))
    chart = (
        alt.Chart(rows.rename(columns={"department": "code"}))
        .transform_lookup("code", alt.LookupData(shapes, "id", ["type", "geometry"]))
        .mark_geoshape(stroke="white")
        .encode(
            color=COLOUR,
            tooltip=["name:N", "beds:Q", "places:Q", "units:Q"],
            opacity=alt.condition(pick, alt.value(1), alt.value(0.6)),
        )
        .add_params(pick)
        .project("mercator")
        .properties(height=360)
    )
    event = st.altair_chart(chart, on_select="rerun", key="carte")
    points = event["selection"].get("pick", [])
    return points[0]["code"] if points else ""


def detail(frame: pd.DataFrame, code: str) -> None:
    """One département: map, bars, tables."""
    frame = frame[frame["department"] == code]
    st.subheader(f"{code} {department_names()[code]}")
    rows = summary(frame, ["finess", "structure", "commune", "latitude", "longitude"])
    places, beds, where = st.columns(3)
    shapes = alt.Data(values=outlines(), format=alt.TopoDataFormat(feature="departements", type="topojson"))
    ground = alt.Chart(shapes).transform_filter(alt.datum.id == code).mark_geoshape(fill="#eef1f4", stroke="#8895a3")
    points = alt.Chart(rows).mark_point(filled=True, size=80).encode(
        longitude="longitude:Q", latitude="latitude:Q", color=COLOUR, tooltip=["structure:N", "beds:Q", "places:Q"]
    )  # fmt: skip
    where.altair_chart((ground + points).project("mercator").properties(height=360), key="structures-map")
    for column, capacity, title in ((places, "02", "Places"), (beds, "01", "Lits")):
        bars = frame[frame["capacity_type"] == capacity].groupby(["structure", "rank"], as_index=False)["available"].sum()
        column.altair_chart(
            alt.Chart(bars, title=title)
            .mark_bar()
            .encode(y=alt.Y("structure:N", sort="-x", title=None), x="available:Q", color=COLOUR)
        )
    by_structure, by_unit = st.tabs(["Par structure", "Par unité"])
    by_structure.dataframe(rows[["structure", "age", "beds", "places", "units", "late", "commune"]], hide_index=True)
    shown = ["structure", "name", "band", "available", "observed_at", "overdue", "telephone", "comment", "type_label"]
    by_unit.dataframe(frame[shown], hide_index=True)


st.title("Consultation par département")
passing = filtered(units())
departments = summary(passing, ["department"])
departments["name"] = departments["department"].map(department_names())
left, right = st.columns([1, 3])
left.metric("Lits disponibles", int(departments["beds"].sum()))
left.metric("Places disponibles", int(departments["places"].sum()))
left.metric("Unités", len(passing), f"{int(departments['late'].sum())} en retard", delta_color="off")
with right:
    chosen = region_map(departments)
st.dataframe(departments[["department", "name", "age", "beds", "places", "units", "late", "oldest"]], hide_index=True)
if chosen:
    detail(passing, chosen)
