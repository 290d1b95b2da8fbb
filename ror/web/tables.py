"""Tables: the aggregates and units of a view, in the words of the screen, with their downloads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import streamlit as st

from ror.exchange.about import Told
from ror.exchange.workbook import sentence
from ror.model.board import Filters
from ror.model.french import count as count
from ror.model.french import number as number
from ror.model.french import phone as phone
from ror.model.freshness import PARIS
from ror.model.nomenclature import CapacityType
from ror.model.rights import Account, Action
from ror.model.territory import department_name
from ror.services.availability import export
from ror.services.availability.consult import View
from ror.web import columns, legend, session
from ror.web.columns import AGE, DATE, LATE, OLDEST, PERCENT, QUANTITY, SPREAD, UPDATED

ROW = 33
MASKED = "(commentaire masqué)"
KIND_WORDS = {"declared": "Déclaration", "confirmed": "Confirmation", "closed": "Fermeture"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NO_FILTER = Filters()
_INSTANT = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True)
class Download:
    """The file that a table makes: its name, what it holds in words, for which right, of when, what was asked for."""

    name: str
    title: str
    right: Action = Action.EXPORT
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    filters: Filters = NO_FILTER
    asked: tuple[Told, ...] = ()


def shown(view: View, name: str, title: str, *asked: Told) -> Download:
    """The file of what a view shows."""
    return Download(name, title, at=view.at, filters=view.filters, asked=asked)


def searched(text: str | None, first: int = 0) -> tuple[Told, ...]:
    """What was typed in the search field of a table, and how many `first` lines it holds when there are more."""
    cut = (("Lignes", f"les {number(first)} premières seulement"),) if first else ()
    return (*((("Recherche", text),) if text else ()), *cut)


def render(
    table: pa.Table,
    key: str,
    *,
    opens: Callable[[int], None] | None = None,
    file: Download,
    taken: pa.Table | None = None,
    height: int | None = None,
) -> None:
    """Draw a table of the screen, with its downloads for those who have the right: of `taken`, else of the table itself.

    `opens` is called with the line whose first cell is pressed. That cell is drawn as a button: sorting or reading a
    line never opens it by accident.
    """
    with st.container(horizontal=True, gap="small", key=f"table-{key}"):
        draw(table, key, opens=opens, height=height)
        _buttons(table if taken is None else taken, key, file)


def draw(
    table: pa.Table,
    key: str,
    *,
    opens: Callable[[int], None] | None = None,
    height: int | None = None,
    config: dict[str, Any] | None = None,
) -> None:
    """Draw a table alone; `config` are columns of its own besides those that every table shares."""
    shown, known = columns.drawn(table)
    known |= config or {}
    if opens is not None:
        first = table.column_names[0]
        known[first] = _opener(key, opens, {"Unité": 240, "Structure": 300}.get(first))
    more: dict[str, Any] = {} if height is None else {"height": height}
    st.dataframe(shown, key=key, hide_index=True, column_config=known, placeholder="—", **more)


def download(table: pa.Table, key: str, file: Download) -> None:
    """The whole table as a file, for those who have the right."""
    if session.allows(file.right):
        with st.container(horizontal=True, gap="small", key=f"files-{key}"):
            _buttons(table, key, file)


def _buttons(table: pa.Table, key: str, file: Download) -> None:
    if not session.allows(file.right):
        return
    db, taken = session.database(), _taken(table)

    def csv(account: Account) -> bytes:
        return export.table_csv(db, account, file.right, file.name, taken, datetime.now(UTC))

    def workbook(account: Account) -> bytes:
        of = export.about(file.title, file.at, file.filters, file.asked)
        return export.table_workbook(db, account, file.right, file.name, taken, of, datetime.now(UTC))

    buttons(key, named(file.name), csv, workbook)


def buttons(key: str, name: str, csv: Callable[[Account], bytes], workbook: Callable[[Account], bytes]) -> None:
    """A button for each format; a file is made when it is pressed, and not before."""
    usual: dict[str, Any] = {"type": "tertiary", "icon": ":material/download:", "on_click": "ignore"}
    st.download_button("Télécharger (CSV)", session.deferred_file(csv), f"{name}.csv", "text/csv", key=f"{key}_csv", **usual)
    made = session.deferred_file(workbook, sentence)
    st.download_button("Télécharger (Excel)", made, f"{name}.xlsx", XLSX, key=f"{key}_xlsx", **usual)


def named(name: str) -> str:
    """The name of a file on the reader's disk, which says when the screen was drawn."""
    return f"{name}-{datetime.now(PARIS):%Y-%m-%d-%Hh%M}"


def _taken(table: pa.Table) -> pa.Table:
    """The table without its pictures and what only sorts it on screen, and with the unit of what has one there."""
    plain = columns.bare(table)
    plain = plain.drop_columns([name for name in (SPREAD,) if name in table.column_names])
    return plain.rename_columns([PERCENT.get(name, name) for name in plain.column_names])


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
            QUANTITY: pa.array([row["available"] for row in rows], pa.int32()),
            "Lit ou place": [CapacityType(row["capacity_type"]).label for row in rows],
            UPDATED: _ages(view, [row["observed_at"] for row in rows]),
            LATE: [legend.LATE if row["overdue"] else "" for row in rows],
            "Téléphone": [phone(row["telephone"]) for row in rows],
            **_detail(rows),
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
        {
            "Le": past["observed_at"],
            QUANTITY: past["available"],
            "Nature": kinds,
            "Commentaire": comments(past),
            **{words: past[name] for name, words in columns.DETAIL.items()},
        }
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
            QUANTITY: [_offered(row) for row in rows],
            UPDATED: _ages(view, [row["observed_at"] for row in rows]),
            "Par": [row["author"] for row in rows],
            "Type de l'unité": [row["type_label"] for row in rows],
            "Structure": [row["structure"] for row in rows],
            **_detail(rows),
            "Commentaire": [row["comment"] for row in rows],
            DATE: pa.array([row["observed_at"] for row in rows], _INSTANT),
        }
    )


def duties_taken(table: pa.Table, rows: Sequence[dict[str, Any]]) -> pa.Table:
    """The same as a file: the numbers as such, and of what beside them."""
    place = table.column_names.index(QUANTITY)
    numbers = pa.array([row["available"] for row in rows], pa.int32())
    kinds = [CapacityType(row["capacity_type"]).label for row in rows]
    return table.set_column(place, QUANTITY, numbers).add_column(place + 1, "Lit ou place", pa.array(kinds, pa.string()))


def _detail(rows: Sequence[dict[str, Any]]) -> dict[str, pa.Array]:
    """The counts of each unit beside its number available."""
    return {words: pa.array([row[name] for row in rows], pa.int32()) for name, words in columns.DETAIL.items()}


def _offered(row: dict[str, Any]) -> str | None:
    number = row["available"]
    return None if number is None else columns.by_number(CapacityType(row["capacity_type"]).of(number))


def _numbers(view: View, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    old = legend.bands()[3].label
    numbers = {"Lits": "beds", f"Lits de {old}": "beds_old", "Places": "places", f"Places de {old}": "places_old"}
    return {
        **{name: pa.array([row[key] for row in rows], pa.int32()) for name, key in numbers.items()},
        SPREAD: [legend.bar(tuple(row[f"band_{rank}"] for rank in range(5))) for row in rows],
        "Unités": pa.array([row["units"] for row in rows], pa.int32()),
        "À jour": pa.array(
            [round(100 * row["up_to_date"] / row["units"]) if row["units"] else None for row in rows], pa.int32()
        ),
        LATE: pa.array([row["overdue"] for row in rows], pa.int32()),
        OLDEST: _ages(view, [row["oldest"] for row in rows]),
    }


def _ages(view: View, instants: Sequence[datetime | None]) -> list[str]:
    return [columns.age(view.at - instant if instant else None) for instant in instants]


def _chips(rows: Sequence[dict[str, Any]]) -> pa.Array:
    return pa.array([[legend.words(row["rank"])] if row["rank"] is not None or _shut(row) else [] for row in rows], _WORDS)


_WORDS = pa.list_(pa.string())


def _shut(row: dict[str, Any]) -> bool:
    """Whether a line without band is closed: a unit that is, or an aggregate whose units all are."""
    return not row.get("open", True) or bool(row.get("shut"))
