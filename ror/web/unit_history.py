"""Render the declarations of one unit over the last 90 days: authors, chart, detailed ones, corrections, file."""

from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from ror.drawing import charts
from ror.model.capacity import Counts, detail_words
from ror.model.count_parts import parts_from_json
from ror.model.declaration import Channel
from ror.model.nomenclature import CapacityType
from ror.model.rights import Account
from ror.services.availability import consult
from ror.services.availability.consult import UnitRow, View
from ror.services.region_time import local_words
from ror.web import address, chart_tables, columns, session, tables, titles, unit_authors, unit_columns

HistoryRow = dict[str, Any]
"""One declaration: the columns of `consult.history`."""

MAX_DETAILS = 10
"""Detailed declarations that the history lists; its file has them all."""

MASKED = "(commentaire masqué)"
KIND_WORDS = {"declared": "Déclaration", "confirmed": "Confirmation", "closed": "Fermeture"}


def render_choice(account: Account, view: View, rows: list[UnitRow], parameter: str) -> None:
    """Render the choice of a unit, then its declarations over the last 90 days."""
    ids = [row["unit"] for row in rows]
    by_id = {row["unit"]: row for row in rows}
    chosen = st.query_params.get(parameter, "")
    st.subheader("Les 90 derniers jours")
    key = f"histoire-{rows[0]['finess']}-{chosen}"
    unit = st.selectbox(
        "Unité",
        ids,
        index=ids.index(chosen) if chosen in ids else 0,
        format_func=lambda one: by_id[one]["name"],
        key=key,
        placeholder="Cherchez une unité",
        on_change=lambda: address.step(**{parameter: st.session_state[key]}),
    )
    if chosen:
        titles.show(by_id[unit]["name"], by_id[unit]["structure"])
    render(account, view, by_id[unit])


def render(account: Account, view: View, row: UnitRow) -> None:
    """Render the declarations of a unit over the last 90 days: authors, a chart, detailed ones, corrections, a file."""
    unit_authors.render(account, row)
    unit, past = row["unit"], consult.history(session.database(), account, row["unit"], view.at)
    if not past.num_rows:
        st.info("Aucune déclaration dans les 90 derniers jours.")
        return
    capacity = CapacityType(row["capacity_type"])
    points, spec = _chart_rows(past, row, view.at), charts.history(f"{capacity.label.capitalize()}s")
    name = f"Nombres déclarés de l'unité {row['name']} dans les 90 jours avant le {local_words(view.at, row['department'])}"
    last = past.num_rows - 1
    st.vega_lite_chart(
        points,
        spec,
        key="courbe",
        alt=f"{name} : {past.num_rows}, le dernier {points['number'][last].as_py()} le {points['when'][last].as_py()}.",
    )
    declared_rows = points.slice(0, past.num_rows).to_pylist()[::-1]
    chart_tables.render(
        name,
        ["Le", "Nombre", "Nature", "Commentaire"],
        [(one["when"], one["number"], one["kind"], one["comment"]) for one in declared_rows],
    )
    _details(past, row)
    _corrections(past, row)
    file = tables.view_download(view, f"historique-{unit}", f"Historique, {row['name']}", ("Structure", row["structure"]))
    tables.download(_table(past), "histoire", file)


def _details(past: pa.Table, unit: UnitRow) -> None:
    """Render the last declarations with other counts than the number available, if there are any."""
    detailed = pc.is_valid(past["installed"])
    for name in ("occupied", "reserved", "closed_count", "supplementary"):
        detailed = pc.or_(detailed, pc.is_valid(past[name]))
    detailed = pc.or_(detailed, pc.not_equal(past["parts"], ""))
    rows = past.filter(detailed).to_pylist()[: -MAX_DETAILS - 1 : -1]
    capacity, where = CapacityType(unit["capacity_type"]), unit["department"]
    lines = "".join(f"<li>le {local_words(row['observed_at'], where)} : {_number(row, capacity)}</li>" for row in rows)
    if lines:
        st.html(f"<p>Dernières déclarations détaillées :</p><ul>{lines}</ul>")


def _corrections(past: pa.Table, unit: UnitRow) -> None:
    """Render the past numbers that were corrected, each with the right one."""
    rows = past.filter(pc.is_valid(past["corrected"])).to_pylist()[: -MAX_DETAILS - 1 : -1]
    capacity, where = CapacityType(unit["capacity_type"]), unit["department"]
    lines = "".join(
        f"<li>le {local_words(row['observed_at'], where)} : {capacity.of(row['available'])}{_corrected(row)}</li>"
        for row in rows
    )
    if lines:
        st.html(f"<p>Nombres corrigés par la coordination :</p><ul>{lines}</ul>")


def _kind(row: HistoryRow) -> str:
    """Return the kind of a declaration: « Confirmation », « Déclaration, par téléphone, coordination »."""
    kind = KIND_WORDS[row["kind"]]
    return f"{kind}, {Channel.TELEPHONE.label}" if row["channel"] == Channel.TELEPHONE else kind


def _corrected(row: HistoryRow) -> str:
    """Return the words to append to a number that was corrected: « , corrigé : 2 »; "" for any other."""
    return "" if row["corrected"] is None else f", corrigé : {row['corrected']}"


def _number(row: HistoryRow, capacity: CapacityType) -> str:
    """Return the numbers of a declaration in words: « 4 lits (20 installés, 17 occupés) »."""
    parts = tuple(parts_from_json(row["parts"]))
    counts = Counts(None, row["installed"], row["occupied"], row["reserved"], row["closed_count"], row["supplementary"], parts)
    detail = detail_words(counts, capacity)
    return f"{capacity.of(row['available'])} ({detail})" if detail else capacity.of(row["available"])


def _chart_rows(past: pa.Table, unit: UnitRow, at: datetime) -> pa.Table:
    """Return the rows of the chart: the declarations, then the last number repeated at `at`, so that its line shows its age."""
    rows, capacity = past.to_pylist(), CapacityType(unit["capacity_type"])
    declared = pa.table(
        {
            "observed_at": past["observed_at"],
            "available": past["available"],
            "kind": [_kind(row) for row in rows],
            "when": [local_words(row["observed_at"], unit["department"]) for row in rows],
            "number": [_number(row, capacity) + _corrected(row) for row in rows],
            "comment": _comments(past),
        }
    )
    now = pa.Table.from_pylist([{"observed_at": at, "available": rows[-1]["available"]}], declared.schema)
    return pa.concat_tables([declared, now])


def _table(past: pa.Table) -> pa.Table:
    """Return the table of a unit's declarations."""
    kinds = [_kind(row) for row in past.select(["kind", "channel"]).to_pylist()]
    corrected = {} if past["corrected"].null_count == past.num_rows else {"Corrigé par": past["corrected"]}
    return pa.table(
        {
            "Le": past["observed_at"],
            columns.QUANTITY: past["available"],
            **corrected,
            "Nature": kinds,
            "Commentaire": _comments(past),
            **{words: past[name] for name, words in columns.DETAIL.items()},
            **unit_columns.past_sexes(past),
        }
    )


def _comments(past: pa.Table) -> list[str]:
    """Return the comments of a unit's declarations, `MASKED` in place of a masked one."""
    return [MASKED if row["masked"] else row["comment"] for row in past.select(["masked", "comment"]).to_pylist()]
