"""What the page asks of the database: the query and the summary of the naive rival."""

import csv
import os
import threading
from functools import cache
from pathlib import Path

import duckdb
import pandas as pd

HERE = Path(__file__).resolve().parent
NOMENCLATURES = HERE.parent.parent / "data" / "nomenclatures"
BANDS = ["● moins d'1 h", "■ moins de 24 h", "▲ moins de 7 jours", "✕ plus de 7 jours", "○ jamais renseigné"]
COLOURS = ["#186d2a", "#0e7efc", "#d07e04", "#4f1628", "#767676"]
_UNITS = f"""
    WITH latest AS (
        SELECT unit, arg_max(available, position) AS available, arg_max(comment, position) AS comment,
               arg_max(observed_at, position) AS observed_at
        FROM declaration GROUP BY unit
    )
    SELECT unit.id AS unit, unit.name, unit.telephone, kinds.label AS type_label, kinds.activity_field,
           kinds.capacity_type, structure.finess, structure.name AS structure, structure.commune, structure.department,
           structure.latitude, structure.longitude, latest.available, latest.comment, latest.observed_at,
           date_diff('second', observed_at, now()) / 3600 AS age,
           CASE WHEN age IS NULL THEN 4 WHEN age < 1 THEN 0 WHEN age < 24 THEN 1 WHEN age < 168 THEN 2 ELSE 3 END AS rank,
           NOT unit.closed AND coalesce(age, 1e9) > kinds.duty_hours::INTEGER AS overdue
    FROM unit JOIN structure ON structure.finess = unit.structure
    JOIN read_csv('{NOMENCLATURES / "unit-types.csv"}', delim=';', all_varchar=true) AS kinds ON kinds.code = unit.unit_type
    LEFT JOIN latest ON latest.unit = unit.id
    ORDER BY department, structure, unit.name
"""  # noqa: S608 - a path of this project
_opening = threading.Lock()


@cache
def _opened() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(os.environ["BENCH_DATABASE"], read_only=True)


def units() -> pd.DataFrame:
    """Every unit with its latest declaration."""
    with _opening:
        cursor = _opened().cursor()
    frame = cursor.execute(_UNITS).df()
    frame["band"] = frame["rank"].map(dict(enumerate(BANDS)))
    return frame


def summary(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """One row per key: beds, places, units, late ones, median band."""
    beds = frame["available"].where(frame["capacity_type"] == "01", 0)
    places = frame["available"].where(frame["capacity_type"] == "02", 0)
    grouped = frame.assign(beds=beds.fillna(0), places=places.fillna(0)).groupby(keys, as_index=False)
    found = grouped.agg(
        rank=("rank", "median"), beds=("beds", "sum"), places=("places", "sum"), units=("unit", "count"),
        late=("overdue", "sum"), oldest=("age", "max"),
    )  # fmt: skip
    found["age"] = found["rank"].round().astype(int).map(dict(enumerate(BANDS)))
    return found


@cache
def activity_fields() -> dict[str, str]:
    """Label to code."""
    with (NOMENCLATURES / "codes.csv").open(encoding="utf-8", newline="") as file:
        return {row["label"]: row["code"] for row in csv.DictReader(file, delimiter=";") if row["list"].startswith("TRE_R227")}
