"""Render the question of « Tendances »: period, territories, needs, types, structure, cut and measure; all in the address."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from ror.model.filters import Filters
from ror.model.needs import published_needs
from ror.model.territory import department_name
from ror.model.trend import PERIODS, GroupBy, TrendQuery
from ror.services.availability import consult
from ror.services.availability.consult import Board
from ror.web import unit_type_field

_PERIOD, _TERRITORY, _OTHER, _NEEDS, _STRUCTURE = "periode", "territoire", "avec", "besoin", "structure"
_GROUP, _MEASURE = "par", "mesure"
_FORECAST_GROUP, _FORECAST_MEASURE = "prevu-par", "prevu"
_PERIODS = dict(zip(("7 jours", "30 jours", "90 jours", "1 an"), PERIODS, strict=True))
_USUAL_PERIOD = "30 jours"
REGION, NOBODY, EVERY = "Région", "Aucun", "Toutes"
GROUPS = {
    "Département": GroupBy.DEPARTMENT,
    "Besoin": GroupBy.NEED,
    "Type": GroupBy.UNIT_TYPE,
    "Structure": GroupBy.STRUCTURE,
}
FORECAST_GROUPS = {words: by for words, by in GROUPS.items() if by in (GroupBy.NEED, GroupBy.DEPARTMENT)}
FORECAST_MEASURES = {"Lits": "beds", "Places": "places"}
MEASURES = {"Lits": "beds", "Places": "places", "À jour": "up_to_date", "En retard": "overdue"}


@dataclass(frozen=True, slots=True)
class TrendQuestion:
    """What the screen shows: units and days, the name of a second territory ("" for none), the groups and their measure."""

    query: TrendQuery
    other: str
    by: GroupBy
    measure: str


def render_question(board: Board, on_change: Callable[[], None]) -> None:
    """Render the fields of the question; each stands in the address. `on_change` is called when one changes."""
    usual: dict[str, Any] = {"bind": "query-params", "on_change": on_change}
    codes = [code for code in board.slices if code]
    territories = [named(code) for code in codes]
    with st.container(horizontal=True, vertical_alignment="bottom", key="filters"):
        st.segmented_control("Période", list(_PERIODS), default=_USUAL_PERIOD, key=_PERIOD, required=True, **usual)
        # The whole page reruns: the structures to choose from are those of the territory.
        st.selectbox("Territoire", [REGION, *territories], key=_TERRITORY, placeholder=REGION, width=170, bind="query-params")
        st.selectbox("À côté de", [NOBODY, REGION, *territories], key=_OTHER, placeholder=NOBODY, width=170, **usual)
        st.multiselect("Besoin", list(_needs()), key=_NEEDS, placeholder="Tous", width=160, **usual)
        unit_type_field.render(consult.type_labels(board), on_change, width=180)
        if code := code_of(st.session_state[_TERRITORY]):
            st.selectbox("Structure", [EVERY, *_structures(board, code)], key=_STRUCTURE, placeholder=EVERY, width=200, **usual)


def render_cut() -> None:
    """Render the choice of the groups of the small multiples and of their measure; both stand in the address."""
    usual: dict[str, Any] = {"bind": "query-params", "required": True}
    with st.container(horizontal=True, key="trend-cut"):
        st.segmented_control("Par", list(GROUPS), default="Département", key=_GROUP, **usual)
        st.segmented_control("Mesure", list(MEASURES), default="Lits", key=_MEASURE, **usual)


def render_forecast_cut() -> tuple[str, str]:
    """Render the choice of the groups and the measure of forecasts, which stand in the address; return both as on screen."""
    usual: dict[str, Any] = {"bind": "query-params", "required": True}
    with st.container(horizontal=True, key="forecast-cut"):
        by = st.segmented_control("Prévoir par", list(FORECAST_GROUPS), default="Besoin", key=_FORECAST_GROUP, **usual)
        measure = st.segmented_control("Prévoir les", list(FORECAST_MEASURES), default="Lits", key=_FORECAST_MEASURE, **usual)
    return by or "Besoin", measure or "Lits"


def selected(board: Board) -> TrendQuestion:
    """Return the question of the fields."""
    state = st.session_state
    filters = Filters(
        unit_types=unit_type_field.chosen_codes(),
        needs=tuple(sorted(_needs()[label] for label in state[_NEEDS])),
    )
    code = code_of(state[_TERRITORY])
    structure = _structures(board, code).get(state.get(_STRUCTURE) or "", "") if code else ""
    query = TrendQuery(_PERIODS.get(state[_PERIOD] or "", 30), filters, code, structure)
    other = state[_OTHER] if state[_OTHER] not in (None, NOBODY, state[_TERRITORY]) else ""
    by, measure = GROUPS.get(state.get(_GROUP) or "", GroupBy.DEPARTMENT), MEASURES.get(state.get(_MEASURE) or "", "beds")
    return TrendQuestion(query, other, by, measure)


def _needs() -> dict[str, str]:
    return {need.label: need.code for need in published_needs().values()}


def named(code: str) -> str:
    """Return the name of a territory on screen: « 94 Val-de-Marne », or « Région » for ""."""
    return f"{code} {department_name(code)}" if code else REGION


def code_of(territory: str | None) -> str:
    """Return the code of a territory by its name on screen, "" for the region and for none."""
    return "" if territory in (None, REGION, NOBODY) else str(territory).partition(" ")[0]


def _structures(board: Board, code: str) -> dict[str, str]:
    """Return the FINESS numbers of the structures of a département by their label in the field."""
    units = (
        board.units_of(code).select(["structure", "finess"]).group_by(["structure", "finess"], use_threads=False).aggregate([])
    )
    return {f"{row['structure']} ({row['finess']})": row["finess"] for row in units.to_pylist()}
