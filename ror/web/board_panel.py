"""Render the panel beside the map: one unit, or a list of the answers to the question within the selection."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

import streamlit as st

from ror.model.rights import Account
from ror.services.availability.consult import View
from ror.services.availability.situation import ReportScope
from ror.web import address, alert_form, answer_rows, board, consultation, linked_view, question, share, titles, views, window
from ror.web.linked_view import LinkedSelection

DEPARTMENT, UNIT, LIST, SHOWN = "departement", "unite", "vue", "affichage"
_ON_PHONE = ("Liste", "Carte")


class PanelList(StrEnum):
    """What the panel lists; its value stands in the address."""

    UNITS = "unites"
    PLACES = "departements"
    CHANGES = "depuis-hier"

    @property
    def label(self) -> str:
        """The words on screen."""
        return {
            PanelList.UNITS: "Unités",
            PanelList.PLACES: "Départements et structures",
            PanelList.CHANGES: "Dégradé depuis hier",
        }[self]


def render_list_or_map() -> bool:
    """Render the choice between list and map for a phone, which shows one at a time; return whether the map is chosen."""
    shown = st.segmented_control(
        "Affichage",
        _ON_PHONE,
        default="Liste",
        key=SHOWN,
        required=True,
        label_visibility="collapsed",
        width="stretch",
        bind="query-params",
    )
    return bool(shown == "Carte")


def render(account: Account, view: View, past: datetime | None, selection: LinkedSelection, rerun: Callable[[], None]) -> None:
    """Render the unit of the address, or a list, of a view of `past` (None for now).

    `rerun` is called when the département of the address changes.
    """
    row = board.unit_row(view, st.query_params.get(UNIT, ""))
    code = consultation.chosen_department(view, DEPARTMENT)
    if row is not None:
        titles.show(f"{row['name']}, {row['structure']}")
        chosen = _chosen(selection)
        back = board.title(board.find(view, selection.departments), code) if chosen is PanelList.UNITS else chosen.label
        board.render_unit(account, view, row, back, lambda: address.step(**{UNIT: ""}), _open)
        return
    if not selection.is_empty:
        st.button(f"{selection.words} : tout afficher", key="selection-clear", icon=":material/close:", on_click=_clear(rerun))
    with st.container(horizontal=True, vertical_alignment="center", key="panel-top"):
        chosen = _render_choice(selection)
        titles.show(*filter(None, (chosen.label, question.words(code))))
        filters = view.filters
        if past is None:
            alert_form.render(DEPARTMENT)
        share.render(
            view, lambda reader: views.view(reader, filters, past), ReportScope(code, question.near(), question.kilometres())
        )
    if not view.departments:
        consultation.render_no_match()
    elif chosen is PanelList.UNITS:
        board.render_answers(view, board.find(view, selection.departments), code, board.notes(account, view, past), _open)
    elif chosen is PanelList.CHANGES:
        board.render_changes(account, view, selection.departments, code, _open)
    else:
        _render_places(view, code, rerun)


def selected(view: View) -> LinkedSelection:
    """Return the selection of the map, with the département of the address: « back » or a list may have changed it."""
    code, selection = consultation.chosen_department(view, DEPARTMENT), linked_view.selected()
    return selection if code == _only(selection) else replace(selection, departments=(code,) if code else ())


def choose_in_map(view: View) -> None:
    """Choose in the map the département of the address."""
    linked_view.choose(selected(view))


def take_choice(rerun: Callable[[], None]) -> None:
    """Write the choice made in the map to the address, or open the chosen structure; to be called in a callback."""
    selection = linked_view.selected()
    if selection.structure:
        consultation.open_structure(selection.structure)
    else:
        address.step(**{DEPARTMENT: _only(selection), UNIT: ""})
    rerun()


def _only(selection: LinkedSelection) -> str:
    """Return the département of a selection that has exactly one; "" otherwise."""
    return selection.departments[0] if len(selection.departments) == 1 else ""


def _clear(rerun: Callable[[], None]) -> Callable[[], None]:
    def clear() -> None:
        linked_view.choose()
        address.step(**{DEPARTMENT: ""})
        rerun()

    return clear


def _open(unit: str) -> None:
    address.step(**{UNIT: unit})


def _chosen(selection: LinkedSelection) -> PanelList:
    """Return the list of the address; by default the units of a question, else the départements."""
    value = st.query_params.get(LIST, "")
    if value in set(PanelList):
        return PanelList(value)
    return PanelList.UNITS if question.words() or selection.needs else PanelList.PLACES


def _render_choice(selection: LinkedSelection) -> PanelList:
    present = _chosen(selection)
    key = f"{LIST}-{present}"

    def choose() -> None:
        # A control that is drawn again after a unit may report its own value as a change.
        if st.session_state[key] != present:
            address.step(**{LIST: st.session_state[key]})

    st.segmented_control(
        "Liste",
        list(PanelList),
        default=present,
        format_func=lambda one: one.label,
        key=key,
        required=True,
        label_visibility="collapsed",
        on_change=choose,
    )
    return present


def _render_places(view: View, code: str, rerun: Callable[[], None]) -> None:
    """Render the table of départements, or « Détail par structure » of the chosen one."""

    def select(code: str) -> None:
        address.step(**{DEPARTMENT: code})
        rerun()

    consultation.render_department_field(view, DEPARTMENT, rerun)
    if window.is_phone():
        _render_rows(view, code, select)
    elif code:
        consultation.render_department(view, code)
    else:
        consultation.render_departments_table(view, select)


def _render_rows(view: View, code: str, select: Callable[[str], None]) -> None:
    capacity = view.filters.capacity_type
    if code:
        consultation.render_department_title(code)
        rows = [
            answer_rows.place_row(one, one["finess"], one["structure"], one["commune"], capacity=capacity)
            for one in view.structures(code)
        ]
        answer_rows.render(rows, f"structures-{code}", "Structures", consultation.open_structure)
        return
    summaries = consultation.by_department(view)
    rows = [
        answer_rows.place_row(one, one["department"], consultation.named(one["department"]), capacity=capacity)
        for one in summaries
    ]
    answer_rows.render(rows, "departements-lignes", "Départements", select)
