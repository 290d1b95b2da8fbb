"""The tables of the screens, with their downloads: aggregates, units, search results and histories."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import streamlit as st

from ror.exchange.about import LabelledText
from ror.exchange.workbook import message_workbook
from ror.model.contact import BED_MANAGEMENT
from ror.model.filters import Filters
from ror.model.french import number, phone
from ror.model.freshness import LATE
from ror.model.needs import published_needs
from ror.model.nomenclature import CapacityType, capacity_types_shown
from ror.model.rights import Account, Action
from ror.model.territory import department_name
from ror.services.availability import export, still_true
from ror.services.availability.consult import View
from ror.services.region_time import region_zone
from ror.settings import settings
from ror.store.cache import Cache
from ror.web import columns, legend, session, unit_columns
from ror.web.columns import AGE, DATE, LATE_TITLE, OLDEST, PERCENT, QUANTITY, SPREAD, UPDATED

ROW = 33
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NO_FILTER = Filters()
_INSTANT = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True)
class Download:
    """The file of a table: its name, its title, the right it needs, the instant of its data, the filters and other criteria."""

    name: str
    title: str
    right: Action = Action.EXPORT
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    filters: Filters = NO_FILTER
    criteria: tuple[LabelledText, ...] = ()


def view_download(view: View, name: str, title: str, *criteria: LabelledText) -> Download:
    """Return the download of a table of a view."""
    return Download(name, title, at=view.at, filters=view.filters, criteria=criteria)


def search_criteria(text: str | None, first: int = 0) -> tuple[LabelledText, ...]:
    """Return the criteria of a search: its text and, when only the `first` lines are in the table, that number."""
    cut = (("Lignes", f"les {number(first)} premières seulement"),) if first else ()
    return (*((("Recherche", text),) if text else ()), *cut)


def render(
    table: pa.Table,
    key: str,
    *,
    on_open: Callable[[int], None] | None = None,
    file: Download,
    export: pa.Table | None = None,
    height: int | None = None,
    cache: Cache | None = None,
) -> None:
    """Render a table with its downloads, for accounts that have the right; the files contain `export`, or the table itself.

    With the `cache` of its view, the table is prepared for the screen once (`columns.prepare`): preparing it takes a tenth of
    a rerun of the board.

    `on_open` is called with the number of the line whose first cell is pressed. That cell is a button, so that sorting or
    reading a line never opens it by accident.
    """
    with st.container(horizontal=True, gap="small", key=f"table-{key}"):
        draw(table, key, on_open=on_open, height=height, cache=cache)
        _buttons(table if export is None else export, key, file)


def draw(
    table: pa.Table,
    key: str,
    *,
    on_open: Callable[[int], None] | None = None,
    height: int | None = None,
    config: dict[str, Any] | None = None,
    cache: Cache | None = None,
) -> None:
    """Render a table without downloads; `config` adds columns to those that every table shares."""
    prepared = cache.get(("prepared", key), lambda: columns.prepare(table)) if cache else columns.prepare(table)
    displayed, shared = prepared[0], prepared[1] | (config or {})
    if on_open is not None:
        first = table.column_names[0]
        shared[first] = _opener(key, on_open, {"Unité": 240, "Structure": 300, "Type": 300}.get(first))
    more: dict[str, Any] = {} if height is None else {"height": height}
    st.dataframe(displayed, key=key, hide_index=True, column_config=shared, placeholder="—", **more)


def download(table: pa.Table, key: str, file: Download) -> None:
    """Render the downloads of a table that is not on screen, for accounts that have the right."""
    if session.allows(file.right):
        with st.container(horizontal=True, gap="small", key=f"files-{key}"):
            _buttons(table, key, file)


def _buttons(table: pa.Table, key: str, file: Download) -> None:
    if not session.allows(file.right):
        return
    db, exported = session.database(), _without_screen_columns(table)

    def csv(account: Account) -> bytes:
        return export.table_csv(db, account, file.right, file.name, exported, datetime.now(UTC))

    def workbook(account: Account) -> bytes:
        about = export.about(file.title, file.at, file.filters, file.criteria)
        return export.table_workbook(db, account, file.right, file.name, exported, about, datetime.now(UTC))

    buttons(key, file_name(file.name), csv, workbook)


def buttons(key: str, name: str, csv: Callable[[Account], bytes], workbook: Callable[[Account], bytes]) -> None:
    """Render a button for each format; a file is created when its button is pressed."""
    options: dict[str, Any] = {"type": "tertiary", "icon": ":material/download:", "on_click": "ignore"}
    st.download_button("Télécharger (CSV)", session.deferred_file(csv), f"{name}.csv", "text/csv", key=f"{key}_csv", **options)
    create = session.deferred_file(workbook, message_workbook)
    st.download_button("Télécharger (Excel)", create, f"{name}.xlsx", XLSX, key=f"{key}_xlsx", **options)


def file_name(name: str) -> str:
    """Return the name of a download without its extension: `name` and the present time."""
    return f"{name}-{datetime.now(region_zone()):%Y-%m-%d-%Hh%M}"


def _without_screen_columns(table: pa.Table) -> pa.Table:
    """Return the table for a file: without images and sort prefixes, and with units in the names of its columns."""
    plain = columns.plain(table)
    plain = plain.drop_columns([name for name in (SPREAD,) if name in table.column_names])
    return plain.rename_columns([PERCENT.get(name, name) for name in plain.column_names])


def full_height(rows: Sequence[object], most: int = 20) -> int:
    """Return the height in pixels that shows every line, or `most` lines and half of the next, a hint that there are more."""
    more = ROW // 2 if len(rows) > most else 0
    return ROW * (min(len(rows), most) + 1) + 3 + more


def _opener(key: str, on_open: Callable[[int], None], width: int | None) -> Any:
    """Return the configuration of the column whose cells open their line."""

    def open_line() -> None:
        on_open(int(st.session_state[f"{key}_open"]["row"]))

    return st.column_config.ButtonColumn(type="tertiary", alignment="left", width=width, on_click=open_line, key=f"{key}_open")


def departments_table(view: View, rows: Sequence[dict[str, Any]]) -> pa.Table:
    """Return the table of departments: one line for each of the view's summaries."""
    return pa.table(
        {
            "Département": [f"{row['department']} {department_name(row['department'])}" for row in rows],
            AGE: age_chips(rows),
            **_numbers(view, rows),
        }
    )


def structures_table(view: View, rows: Sequence[dict[str, Any]]) -> pa.Table:
    """Return the table of structures: one line for each of the view's summaries."""
    return pa.table(
        {
            "Structure": [row["structure"] for row in rows],
            AGE: age_chips(rows),
            **_numbers(view, rows),
            **unit_columns.tensions(rows),
            "Commune": [row["commune"] for row in rows],
            BED_MANAGEMENT: [phone(row["bed_telephone"]) for row in rows],
            "Téléphone": [phone(row["telephone"]) for row in rows],
        }
    )


def units_table(view: View, rows: Sequence[dict[str, Any]]) -> pa.Table:
    """Return the table of units, in the order of `rows`."""
    return pa.table(
        {
            "Structure": [row["structure"] for row in rows],
            "Unité": [row["name"] for row in rows],
            AGE: age_chips(rows),
            QUANTITY: pa.array([row["available"] for row in rows], pa.int32()),
            "Lit ou place": [CapacityType(row["capacity_type"]).label for row in rows],
            UPDATED: _ages(view, [row["observed_at"] for row in rows]),
            **unit_columns.trust(still_true.chances_of_rows(session.database(), view, rows)),
            **unit_columns.occupancies(rows),
            LATE_TITLE: [LATE if row["overdue"] else "" for row in rows],
            **unit_columns.contradictions(rows),
            BED_MANAGEMENT: [phone(row["bed_telephone"] or row["structure_bed_telephone"]) for row in rows],
            "Téléphone": [phone(row["telephone"]) for row in rows],
            **unit_columns.detail(rows),
            **unit_columns.tensions(rows),
            "Commentaire": [row["comment"] for row in rows],
            "Type de l'unité": [row["type_label"] for row in rows],
            "Besoins": needs_words([row["needs"] for row in rows]),
            DATE: pa.array([row["observed_at"] for row in rows], _INSTANT),
        }
    )


def needs_words(needs: Sequence[str]) -> pa.Array:
    """Return the labels of the needs of units, from their codes joined by `|` as in the board."""
    labels = {code: need.label for code, need in published_needs().items()}
    return pa.array([", ".join(labels[code] for code in of_unit.split("|") if code) for of_unit in needs], pa.string())


def duties_table(view: View, rows: Sequence[dict[str, Any]]) -> pa.Table:
    """Return the table of a manager's units, in the order of `rows`."""
    return pa.table(
        {
            "Unité": [row["name"] for row in rows],
            AGE: age_chips(rows),
            LATE_TITLE: [LATE if row["overdue"] else "" for row in rows],
            **unit_columns.contradictions(rows),
            QUANTITY: [_available(row) for row in rows],
            UPDATED: _ages(view, [row["observed_at"] for row in rows]),
            **unit_columns.occupancies(rows),
            "Par": [row["author"] for row in rows],
            "Type de l'unité": [row["type_label"] for row in rows],
            "Structure": [row["structure"] for row in rows],
            **unit_columns.detail(rows),
            "Commentaire": [row["comment"] for row in rows],
            DATE: pa.array([row["observed_at"] for row in rows], _INSTANT),
        }
    )


def duties_export(table: pa.Table, rows: Sequence[dict[str, Any]]) -> pa.Table:
    """Return the same table for a file: available as a number, and beds or places in the next column."""
    index = table.column_names.index(QUANTITY)
    numbers = pa.array([row["available"] for row in rows], pa.int32())
    kinds = [CapacityType(row["capacity_type"]).label for row in rows]
    return table.set_column(index, QUANTITY, numbers).add_column(index + 1, "Lit ou place", pa.array(kinds, pa.string()))


def _available(row: dict[str, Any]) -> str | None:
    """Return the available number with its noun, as « 4 lits », in a form that sorts; None before the first declaration."""
    number = row["available"]
    return None if number is None else columns.by_number(CapacityType(row["capacity_type"]).of(number))


def _numbers(view: View, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the columns of numbers of summaries; first those that a panel shows without scrolling sideways."""

    def numbers(key: str) -> pa.Array:
        return pa.array([row[key] for row in rows], pa.int32())

    old = settings().age_bands[3].label
    shown = capacity_types_shown(view.filters.capacity_type)
    hidden = tuple(f"{one.label.capitalize()}s" for one in CapacityType if one not in shown)
    table = {
        "Lits": numbers("beds"),
        "Places": numbers("places"),
        "À jour": pa.array(
            [round(100 * row["up_to_date"] / row["units"]) if row["units"] else None for row in rows], pa.int32()
        ),
        LATE_TITLE: numbers("overdue"),
        SPREAD: [legend.bar(tuple(row[f"band_{rank}"] for rank in range(5))) for row in rows],
        "Unités": numbers("units"),
        f"Lits de {old}": numbers("beds_old"),
        f"Places de {old}": numbers("places_old"),
        OLDEST: _ages(view, [row["oldest"] for row in rows]),
    }
    return {name: column for name, column in table.items() if not name.startswith(hidden)}


def _ages(view: View, instants: Sequence[datetime | None]) -> list[str]:
    return [columns.age(view.at - instant if instant else None) for instant in instants]


def age_chips(rows: Sequence[dict[str, Any]]) -> pa.Array:
    """Return the column of ages of units, or of summaries by their median unit."""
    return pa.array([[legend.words(row["rank"])] if row["rank"] is not None or _is_closed(row) else [] for row in rows], _WORDS)


_WORDS = pa.list_(pa.string())


def _is_closed(row: dict[str, Any]) -> bool:
    """Return whether a line without band is closed: a closed unit, or an aggregate whose units are all closed."""
    return not row.get("open", True) or bool(row.get("shut"))
