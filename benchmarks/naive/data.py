"""What the pages ask of the database, as pandas frames."""

import csv
import json
import os
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import streamlit as st

DATA = Path(__file__).resolve().parent.parent.parent / "data"
BANDS = ["● moins d'1 h", "■ moins de 24 h", "▲ moins de 7 jours", "✕ plus de 7 jours", "○ jamais renseigné"]
COLOURS = ["#186d2a", "#0e7efc", "#d07e04", "#4f1628", "#767676"]

_UNITS = """
    WITH latest AS (
        SELECT unit, arg_max(available, position) AS available, arg_max(comment, position) AS comment,
               arg_max(observed_at, position) AS observed_at, arg_max(closed_until, position) AS closed_until
        FROM declaration GROUP BY unit
    )
    SELECT unit.id AS unit, unit.name, unit.telephone, unit.installed, kinds.label AS type_label, kinds.activity_field,
           kinds.capacity_type, kinds.duty_hours, structure.finess, structure.name AS structure, structure.category,
           structure.address, structure.postal_code, structure.commune, structure.department,
           structure.latitude, structure.longitude, latest.available, latest.comment, latest.observed_at,
           unit.closed OR coalesce(closed_until >= current_date, false) AS closed,
           date_diff('second', observed_at, now()) / 3600 AS age,
           CASE WHEN age IS NULL THEN 4 WHEN age < 1 THEN 0 WHEN age < 24 THEN 1 WHEN age < 168 THEN 2 ELSE 3 END AS rank,
           NOT unit.closed AND coalesce(age, 1e9) > kinds.duty_hours AS overdue
    FROM unit JOIN structure ON structure.finess = unit.structure
    JOIN kinds ON kinds.code = unit.unit_type
    LEFT JOIN latest ON latest.unit = unit.id
"""


@st.cache_resource
def connection() -> duckdb.DuckDBPyConnection:
    """The one connection; each query takes a cursor of it."""
    opened = duckdb.connect(os.environ["BENCH_DATABASE"])
    file = DATA / "nomenclatures" / "unit-types.csv"
    opened.execute(f"CREATE OR REPLACE TABLE kinds AS FROM read_csv('{file}', delim=';', all_varchar=true)")
    opened.execute("ALTER TABLE kinds ALTER duty_hours TYPE INTEGER")
    return opened


def query(sql: str, *values: Any) -> pd.DataFrame:
    """Rows of a query."""
    return connection().cursor().execute(sql, list(values)).df()


def units() -> pd.DataFrame:
    """Every unit with its latest declaration."""
    frame = query(f"{_UNITS} ORDER BY department, structure, name")
    frame["band"] = frame["rank"].map(dict(enumerate(BANDS)))
    return frame


def own_units() -> pd.DataFrame:
    """The units of the demonstration's manager, most overdue first."""
    return query(
        f"""
        WITH held AS (
            SELECT key FROM account_perimeter JOIN account ON account.id = account_perimeter.account WHERE login = 'responsable'
        )
        FROM ({_UNITS}) WHERE finess IN (FROM held) OR unit IN (FROM held)
           OR finess IN (SELECT finess FROM structure WHERE legal_entity IN (FROM held))
        ORDER BY overdue DESC, age DESC
        """  # noqa: S608 - a constant
    )


def history(unit: str) -> pd.DataFrame:
    """The declarations of a unit in the last 90 days."""
    return query(
        """
        SELECT observed_at, available, comment, kind FROM declaration
        WHERE unit = ? AND recorded_at >= now() - INTERVAL 90 DAY AND available IS NOT NULL ORDER BY position
        """,
        unit,
    )


@st.cache_data
def activity_fields() -> dict[str, str]:
    """Label to code."""
    with (DATA / "nomenclatures" / "codes.csv").open(encoding="utf-8", newline="") as file:
        return {row["label"]: row["code"] for row in csv.DictReader(file, delimiter=";") if row["list"].startswith("TRE_R227")}


@st.cache_data
def outlines() -> dict[str, Any]:
    """The outlines of the region's départements, cut from those of the country: Altair would take 0.5 s to check these."""
    topology: dict[str, Any] = json.loads(Path(__file__).with_name("region.topo.json").read_text("utf-8"))
    return topology


@st.cache_data
def department_names() -> dict[str, str]:
    """Code to name."""
    return {one["id"]: one["properties"]["name"] for one in outlines()["objects"]["departements"]["geometries"]}
