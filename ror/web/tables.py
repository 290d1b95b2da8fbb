"""Tables: the aggregates and units of a view, in the words of the screen, with their download."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import pyarrow as pa
import streamlit as st

from ror.model.freshness import PARIS, Band, age_words
from ror.model.nomenclature import CapacityType
from ror.model.rights import Action
from ror.model.territory import department_name
from ror.services import export
from ror.services.consult import View
from ror.web import legend, session

ROW = 33
MASKED = "(commentaire masqué)"
KIND_WORDS = {"declared": "Déclaration", "confirmed": "Confirmation", "closed": "Fermeture"}
AGE, LATE, SPREAD, DATE = "Âge", "En retard", "Répartition par âge", "Date de mise à jour"
SIGNED_IN = "Dernière connexion"
_INSTANT = pa.timestamp("us", tz="UTC")


def number(value: int) -> str:
    """A whole number the French way: « 1 312 »."""
    return f"{value:,}".replace(",", "\u202f")


def count(value: int, singular: str, plural: str = "") -> str:
    """A number with its words in agreement: « 1 lit », « 1 312 lits »."""
    return f"{number(value)} {singular if value < 2 else plural or singular + 's'}"


def phone(digits: str) -> str:
    """A telephone number in pairs: « 01 99 00 12 34 »."""
    return " ".join(digits[index : index + 2] for index in range(0, len(digits), 2))


def show(
    table: pa.Table,
    key: str,
    *,
    opens: Callable[[int], None] | None = None,
    file: str,
    right: Action = Action.EXPORT,
    height: int | None = None,
) -> None:
    """Draw a table of the screen, with its download for those who have the right.

    `opens` is called with the line whose first cell is pressed. That cell is drawn as a button: sorting or reading a
    line never opens it by accident.
    """
    columns = _columns(table)
    if opens is not None:
        first = table.column_names[0]
        columns[first] = _opener(key, opens, {"Unité": 240, "Structure": 300}.get(first))
    options: dict[str, Any] = {"key": key, "hide_index": True, "column_config": columns, "placeholder": "—"}
    if height is not None:
        options["height"] = height
    with st.container(key=f"table-{key}"):
        st.dataframe(table, **options)
        download(table, key, file, right)


def download(table: pa.Table, key: str, file: str, right: Action = Action.EXPORT) -> None:
    """The whole table as a CSV file, made when it is asked for; its name says when the screen was drawn."""
    if not session.allows(right):
        return
    db = session.database()
    st.download_button(
        "Télécharger (CSV)",
        session.making(lambda account: export.table_csv(db, account, right, file, _in_words(table), datetime.now(UTC))),
        f"{file}-{datetime.now(PARIS):%Y-%m-%d-%Hh%M}.csv",
        "text/csv",
        key=f"{key}_csv",
        type="tertiary",
        icon=":material/download:",
        on_click="ignore",
    )


def _in_words(table: pa.Table) -> pa.Table:
    """The table without its pictures, its badges as text."""
    plain = table.drop_columns([name for name in (SPREAD,) if name in table.column_names])
    texts = [
        pa.array([" ".join(words or []) for words in column.to_pylist()]) if pa.types.is_list(column.type) else column
        for column in plain.columns
    ]
    return pa.table(texts, plain.column_names)


def whole(rows: Sequence[object], most: int = 20) -> int:
    """Height in pixels that shows every line, or `most` of them and half of the next, which says that there are more."""
    more = ROW // 2 if len(rows) > most else 0
    return ROW * (min(len(rows), most) + 1) + 3 + more


def _opener(key: str, opens: Callable[[int], None], width: int | None) -> Any:
    """The column whose cells open their line."""

    def opened() -> None:
        opens(int(st.session_state[f"{key}_open"]["row"]))

    return st.column_config.ButtonColumn(type="tertiary", alignment="left", width=width, on_click=opened, key=f"{key}_open")


def departments_table(view: View, rows: Sequence[dict[str, Any]]) -> pa.Table:
    """One line per département of the view's summaries."""
    return pa.table(
        {
            "Département": [f"{row['department']} {department_name(row['department'])}" for row in rows],
            AGE: _chips(rows),
            **_numbers(view, rows),
        }
    )


def structures_table(view: View, rows: Sequence[dict[str, Any]]) -> pa.Table:
    """One line per structure of the view's summaries."""
    return pa.table(
        {
            "Structure": [row["structure"] for row in rows],
            AGE: _chips(rows),
            **_numbers(view, rows),
            "Commune": [row["commune"] for row in rows],
            "Téléphone": [phone(row["telephone"]) for row in rows],
        }
    )


def units_table(view: View, rows: Sequence[dict[str, Any]]) -> pa.Table:
    """One line per unit, in the order given."""
    return pa.table(
        {
            "Structure": [row["structure"] for row in rows],
            "Unité": [row["name"] for row in rows],
            AGE: _chips(rows),
            "Disponible": pa.array([row["available"] for row in rows], pa.int32()),
            "Lit ou place": [CapacityType(row["capacity_type"]).label for row in rows],
            "Mise à jour": [age_words(view.at - row["observed_at"]) if row["observed_at"] else "" for row in rows],
            LATE: [legend.LATE if row["overdue"] else "" for row in rows],
            "Téléphone": [phone(row["telephone"]) for row in rows],
            "Commentaire": [row["comment"] for row in rows],
            "Type de l'unité": [row["type_label"] for row in rows],
            DATE: pa.array([row["observed_at"] for row in rows], _INSTANT),
        }
    )


def results_table(found: pa.Table) -> pa.Table:
    """One line per structure found by a search."""
    return pa.table(
        {
            "Structure": found["structure"],
            "Commune": found["commune"],
            "Département": [f"{code} {department_name(code)}" for code in found["department"].to_pylist()],
            "Catégorie": found["category"],
            "FINESS": found["finess"],
            "Unités trouvées": found["units"],
        }
    )


def history_table(past: pa.Table) -> pa.Table:
    """One line per declaration of a unit."""
    kinds = [KIND_WORDS[kind] for kind in past["kind"].to_pylist()]
    return pa.table(
        {"Le": past["observed_at"], "Disponible": past["available"], "Nature": kinds, "Commentaire": comments(past)}
    )


def comments(past: pa.Table) -> list[str]:
    """The comments of a unit's declarations; one that was masked is said to have been."""
    return [MASKED if row["masked"] else row["comment"] for row in past.select(["masked", "comment"]).to_pylist()]


def duties_table(view: View, rows: Sequence[dict[str, Any]]) -> pa.Table:
    """One line per unit of a manager, in the order given."""
    return pa.table(
        {
            "Unité": [row["name"] for row in rows],
            AGE: _chips(rows),
            LATE: [legend.LATE if row["overdue"] else "" for row in rows],
            "Disponible": [_offered(row) for row in rows],
            "Mise à jour": [age_words(view.at - row["observed_at"]) if row["observed_at"] else "" for row in rows],
            "Par": [row["author"] for row in rows],
            "Type de l'unité": [row["type_label"] for row in rows],
            "Structure": [row["structure"] for row in rows],
            "Commentaire": [row["comment"] for row in rows],
            DATE: pa.array([row["observed_at"] for row in rows], _INSTANT),
        }
    )


def _offered(row: dict[str, Any]) -> str | None:
    return None if row["available"] is None else CapacityType(row["capacity_type"]).of(row["available"])


def _numbers(view: View, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "Lits": pa.array([row["beds"] for row in rows], pa.int32()),
        "Places": pa.array([row["places"] for row in rows], pa.int32()),
        SPREAD: [legend.bar(tuple(row[f"band_{rank}"] for rank in range(5))) for row in rows],
        "Unités": pa.array([row["units"] for row in rows], pa.int32()),
        "À jour": pa.array(
            [round(100 * row["up_to_date"] / row["units"]) if row["units"] else None for row in rows], pa.int32()
        ),
        LATE: pa.array([row["overdue"] for row in rows], pa.int32()),
        "Plus ancienne": [age_words(view.at - row["oldest"]) if row["oldest"] else "" for row in rows],
    }


def _chips(rows: Sequence[dict[str, Any]]) -> pa.Array:
    return pa.array([[legend.words(row["rank"])] if row["rank"] is not None or _shut(row) else [] for row in rows], _WORDS)


_WORDS = pa.list_(pa.string())


def _shut(row: dict[str, Any]) -> bool:
    """Whether a line without band is closed: a unit that is, or an aggregate whose units all are."""
    return not row.get("open", True) or bool(row.get("shut"))


def _columns(table: pa.Table) -> dict[str, Any]:
    """How each column of the screen is drawn, for those that the table has."""
    known = _known_columns(legend.bands())
    return {name: known[name] for name in table.column_names if name in known}


@lru_cache(maxsize=4)
def _known_columns(bands: tuple[Band, ...]) -> dict[str, Any]:
    words = [band.words for band in bands] + [legend.SHUT]
    colours = [band.colour for band in bands] + [legend.CLOSED_COLOUR]
    return {
        AGE: st.column_config.MultiselectColumn(options=words, color=colours, width=145),
        "Lits": st.column_config.NumberColumn(width=60, help="Lits disponibles maintenant"),
        "Places": st.column_config.NumberColumn(width=65, help="Places disponibles sur la semaine"),
        "Structure": st.column_config.TextColumn(width=300),
        "Unités": st.column_config.NumberColumn(width=65),
        LATE: st.column_config.Column(width=95),
        "À jour": st.column_config.NumberColumn(format="%d %%", width=70, help="Part des unités qui ne sont pas en retard"),
        "Plus ancienne": st.column_config.TextColumn(help="Âge de la plus ancienne mise à jour"),
        SPREAD: st.column_config.ImageColumn(
            width=legend.BAR_WIDTH + 20, help="Nombre d'unités par âge de la dernière mise à jour"
        ),
        "Commentaire": st.column_config.TextColumn(width="large"),
        "Unité": st.column_config.TextColumn(width=215),
        DATE: st.column_config.DatetimeColumn(format="DD/MM/YYYY HH:mm", timezone="Europe/Paris"),
        SIGNED_IN: st.column_config.DatetimeColumn(format="DD/MM/YYYY HH:mm", timezone="Europe/Paris"),
    }
