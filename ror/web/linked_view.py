"""Render the linked view, and read the selection that the user makes in it.

The browser filters its charts by itself. The server hears of each choice once, afterwards: it reruns the fragment that the
page names, and the view is not sent again. The zoom is one of the selections that it hears of, for Streamlit would otherwise
reset it at the next update of the data; it reruns the fragment of the view alone, whose data and specification are the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import pyarrow as pa
import streamlit as st

from ror.drawing import charts, linked_board, linked_parts, linked_source
from ror.drawing.geography import NearPoint as NearPoint
from ror.drawing.linked_board import Measure as Measure
from ror.drawing.linked_board import Subject
from ror.drawing.linked_parts import AGE, DEPARTMENT, NEED, STRUCTURE, ZOOM
from ror.model.needs import published_needs
from ror.model.nomenclature import CapacityType
from ror.model.territory import department_name
from ror.services.availability import consult
from ror.services.availability.changes import ViewChanges, matching_with_before
from ror.services.availability.consult import View
from ror.settings import settings
from ror.web import chart_tables, session


def width(narrow: bool) -> int:
    """Return the width of the view in pixels: a `narrow` one is the map and the ages alone."""
    return linked_board.NARROW_WIDTH if narrow else linked_board.WIDTH


_STATE = "linked_view"
_ALT = "Carte des structures, départements, besoins et âges, à l'instant écrit au-dessus ; le même en tableau au-dessous."
"""The text alternative of the view. It has no instant: a new text would have the whole view sent again each minute."""


@dataclass(frozen=True, slots=True)
class LinkedSelection:
    """What is chosen in the view: codes of départements and of needs, ranks of ages; empty for all. `structure` is a FINESS."""

    departments: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    ranks: tuple[int, ...] = ()
    structure: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing filters the view."""
        return not (self.departments or self.needs or self.ranks)

    @property
    def words(self) -> str:
        """What filters the view, in words: « Paris · Réanimation · moins de 24 h »."""
        names = [department_name(code) for code in self.departments]
        names += [published_needs()[code].label for code in self.needs if code in published_needs()]
        return " · ".join([*names, *(settings().age_bands[rank].label for rank in self.ranks)])


@dataclass(frozen=True, slots=True)
class _State:
    """The view of a session. `generation` is part of the key of its element: another one forgets what was chosen."""

    generation: int = 0
    start: LinkedSelection = LinkedSelection()
    selection: LinkedSelection = LinkedSelection()


def _state() -> _State:
    state: _State = st.session_state.get(_STATE) or _State()
    return state


def selected() -> LinkedSelection:
    """Return what is chosen in the view."""
    return _state().selection


def choose(selection: LinkedSelection = LinkedSelection()) -> None:
    """Replace the selection of the browser, by an empty one by default (« Effacer », « back »): `render` draws it next.

    The zoom is forgotten too. Call it before `render`, or in a callback that reruns the fragment of the view.
    """
    state = _state()
    if selection != state.selection:
        st.session_state[_STATE] = _State(state.generation + 1, replace(selection, structure=""), selection)


_MEASURES = {
    "Structures seules": Measure.NONE,
    "Âge de l'unité médiane": Measure.AGE,
    "Disponibles sur installés": Measure.FREE,
    "Part d'unités à jour": Measure.UP_TO_DATE,
    "Unités en retard": Measure.OVERDUE,
    "Depuis hier": Measure.CHANGE,
}


def render_measure() -> Measure:
    """Render the choice of the measure that colours the départements, and return it; it stands in the address."""
    words = st.selectbox(
        "Colorer les départements",
        list(_MEASURES),
        key="couleur",
        placeholder="Structures seules",
        label_visibility="collapsed",
        width=210,
        bind="query-params",
    )
    return _MEASURES[words or "Structures seules"]


def render(
    view: View,
    on_change: Callable[[], None],
    *,
    narrow: bool = False,
    measure: Measure = Measure.NONE,
    near: NearPoint | None = None,
    changes: Callable[[], ViewChanges] | None = None,
) -> None:
    """Render the linked view of the units that match the filters; the measure « Depuis hier » calls `changes`.

    `on_change` is called, as a callback of a widget, when what is chosen has changed: read it by `selected`.
    Another point `near` forgets the zoom and what was chosen.
    """
    version = consult.outlines(session.database(), view).version
    spec = _specification(Subject(tuple(view.codes), view.filters.capacity_type, measure, near, version), narrow)
    key = f"linked{_state().generation}{'narrow' if narrow else ''}{hash(near) if near else ''}"
    state = _resume(key)

    def note() -> None:
        selection = _selection(st.session_state[key]["selection"], state.start)
        if selection != _state().selection:
            st.session_state[_STATE] = replace(_state(), selection=selection)
            on_change()

    rows = _source(view, changes if measure is Measure.CHANGE else None)
    st.vega_lite_chart(
        spec=_started({**spec, "datasets": {**spec["datasets"], "source": rows}}, state.start),
        key=key,
        width="content",
        on_select=note,
        selection_mode=[one for one in (DEPARTMENT, NEED, AGE, STRUCTURE, ZOOM) if not (narrow and one == NEED)],
        alt=_ALT,
    )


SKIP = '<a class="ror-skip" href="#ror-after-map">Passer la carte</a>'
"""The link before the map, for the keyboard: it leads to the table of the same numbers."""


def render_tables(view: View) -> None:
    """Render the numbers of the view as a table by département, age and need; selections in the view do not filter it."""
    st.html(view.cache.get("linked table", lambda: _table_html(view)))


def _table_html(view: View) -> str:
    keys, counts = ["department", "rank", "needs", "capacity_type"], ["available", "installed"]
    sums = view.matching((*keys, *counts)).group_by(keys).aggregate([*((one, "sum") for one in counts), ([], "count_all")])
    totals: dict[str, list[int]] = {}
    for row in sums.to_pylist():
        rank, first = row["rank"], 2 * (row["capacity_type"] == CapacityType.PLACE)
        names = [department_name(row["department"]), "Fermées" if rank is None else settings().age_bands[rank].words]
        names += [published_needs()[code].label for code in row["needs"].split("|") if code in published_needs()]
        for name in names:
            total = totals.setdefault(name, [0] * 5)
            total[first] += row["available_sum"] or 0
            total[first + 1] += row["installed_sum"] or 0
            total[4] += row["count_all"]
    order = [*map(department_name, view.codes), *(band.words for band in settings().age_bands), "Fermées"]
    order += [need.label for need in published_needs().values()]
    rows = [(name, *totals[name]) for name in dict.fromkeys(order) if name in totals]
    table = chart_tables.table_html(
        "Par département, par âge, par besoin", ["Quoi", "Lits", "installés", "Places", "installées", "Unités"], rows
    )
    return f'<div id="ror-after-map">{table}</div>'


def _source(view: View, changes: Callable[[], ViewChanges] | None) -> bytes:
    """Return the rows of the view in the format of Arrow, cached: writing them takes a tenth of a rerun of the page."""
    if changes is None:
        return view.cache.get("linked", lambda: _arrow(linked_source.source(view.matching(linked_source.COLUMNS))))
    return view.cache.get(
        "linked changes", lambda: _arrow(linked_source.source(matching_with_before(changes(), linked_source.COLUMNS)))
    )


@lru_cache(maxsize=64)
def _specification(subject: Subject, narrow: bool) -> charts.Spec:
    """Return the specification of the view, its data sets in the format of Arrow; cached, since writing them takes 5 ms."""
    spec = linked_board.narrow(subject) if narrow else linked_board.wide(subject)
    return {**spec, "datasets": {name: _arrow(pa.Table.from_pylist(rows)) for name, rows in spec["datasets"].items()}}


def _arrow(table: pa.Table) -> bytes:
    """Return a table in the IPC format of Arrow, which Streamlit passes on as it is."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _resume(key: str) -> _State:
    """Return the state to render: what was chosen survives another screen in between, and the loss of the session.

    A new element begins with what the session last had. A new session takes up what a browser had chosen, and sends again.
    """
    sent = st.session_state.get(key)
    if sent is None:
        selection = replace(_state().selection, structure="")
        st.session_state[_STATE] = replace(_state(), start=selection, selection=selection)
    elif _STATE not in st.session_state:
        st.session_state[_STATE] = _State(selection=_selection(sent["selection"]))
    return _state()


def _selection(chosen: Mapping[str, Any], start: LinkedSelection = LinkedSelection()) -> LinkedSelection:
    """Return a selection as the browser sends it: a list of values for each selection of the view, or an empty object.

    It sends those that have changed since the view was drawn; the others are as at the `start`.
    """

    def values(name: str) -> list[Any]:
        points = chosen.get(name) or ()
        field = linked_parts.FIELDS[name]
        return sorted({point[field] for point in points if isinstance(point, dict) and point.get(field) is not None})

    structures = values(STRUCTURE)
    return LinkedSelection(
        tuple(str(code) for code in values(DEPARTMENT)) if DEPARTMENT in chosen else start.departments,
        tuple(str(code) for code in values(NEED)) if NEED in chosen else start.needs,
        tuple(int(rank) for rank in values(AGE)) if AGE in chosen else start.ranks,
        str(structures[0]) if structures else "",
    )


def _started(spec: charts.Spec, start: LinkedSelection) -> charts.Spec:
    """Return the specification with its selections set to the values of `start`."""
    if start.is_empty:
        return spec
    values = {DEPARTMENT: start.departments, NEED: start.needs, AGE: start.ranks}
    params = [
        {**param, "value": [{linked_parts.FIELDS[param["name"]]: value} for value in values[param["name"]]]}
        if values.get(param["name"])
        else param
        for param in spec["params"]
    ]
    return {**spec, "params": params}
