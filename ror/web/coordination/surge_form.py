"""The form of a surge: how many patients, of which need, where, and by which numbers; each field stands in the address."""

from typing import Any

import streamlit as st

from ror.errors import Refused
from ror.model.filters import Filters
from ror.model.surge import checked_patients, checked_reserve
from ror.services.availability import consult
from ror.services.availability.consult import Board
from ror.services.coordination.surge import COUNTED, SurgeQuery
from ror.settings import settings
from ror.web import place_field, question, unit_type_field
from ror.web.markdown import literal

_PATIENTS, _NEEDS, _NATURE = "nombre", "besoin", "nature"
_AGE, _RESERVE, _WHOM, _EVERY = "recents", "reserve", "patients", "tous"
_COUNTED = dict(zip(COUNTED, ("reactivables", "supplementaires"), strict=True))
_USUAL_PATIENTS = 20
_KILOMETRES, _USUAL_KILOMETRES = (10, 20, 30, 50, 75, 100, 200), 50
_ANY_AGE = "Tous les nombres"


def render(board: Board) -> SurgeQuery | None:
    """Render the fields and return their query; None without a place, or when a field is refused, with the reason."""
    usual: dict[str, Any] = {"bind": "query-params"}
    with st.container(horizontal=True, vertical_alignment="bottom", key="filters"):
        patients = st.number_input("Patients", value=_USUAL_PATIENTS, step=1, key=_PATIENTS, width=120, **usual)
        needs = st.multiselect("Besoin", list(question.needs_by_label()), key=_NEEDS, placeholder="Tous", width=230, **usual)
        place_field.render(board)
        kilometres = place_field.render_radius(_KILOMETRES, _USUAL_KILOMETRES, width=110)
        nature = st.segmented_control(
            "Lit ou place", list(question.CAPACITY_TYPES), default="Lits", key=_NATURE, required=True, width="content", **usual
        )
        with st.popover("Plus de critères", icon=":material/tune:", key="surge-criteria"):
            reserve = st.number_input("Réserve par unité", value=0, step=1, key=_RESERVE, **usual)
            st.caption("Ce que chaque unité garde libre.")
            _render_criteria(board, usual)
    place_field.render_remark()
    point = place_field.point()
    if not (_accepted(checked_patients, patients) & _accepted(checked_reserve, reserve)):
        return None
    if point is None:
        _render_without_place()
        return None
    return SurgeQuery(
        patients,
        point,
        float(kilometres or _USUAL_KILOMETRES),
        question.CAPACITY_TYPES[nature or "Lits"],
        Filters(
            unit_types=unit_type_field.chosen_codes(),
            needs=tuple(sorted(question.needs_by_label()[label] for label in needs)),
            every_need=bool(st.session_state.get(_EVERY)),
            patients=question.AGE_GROUPS[st.session_state.get(_WHOM) or question.ANYBODY],
        ),
        _ages()[st.session_state.get(_AGE) or _ANY_AGE],
        reserve,
        tuple(one for one, key in _COUNTED.items() if st.session_state.get(key)),
    )


def _render_criteria(board: Board, usual: dict[str, Any]) -> None:
    st.selectbox("Nombres qui comptent", list(_ages()), key=_AGE, placeholder=_ANY_AGE, **usual)
    for one, key in _COUNTED.items():
        st.toggle(f"Compter aussi : {one.label[:1].lower()}{one.label[1:]}", key=key, **usual)
    st.selectbox("Patients pris en charge", list(question.AGE_GROUPS), key=_WHOM, placeholder=question.ANYBODY, **usual)
    unit_type_field.render(consult.type_labels(board))
    st.toggle("Tous les besoins choisis à la fois", key=_EVERY, **usual)


def _accepted(check: Any, typed: object) -> bool:
    """Return whether a field may have this value; otherwise render the reason under the fields."""
    try:
        check(typed)
    except Refused as refusal:
        st.error(literal(refusal.user_message), icon=":material/error:")
        return False
    return True


def _render_without_place() -> None:
    if st.query_params.get(place_field.NEAR):
        st.error("Ce lieu n'est pas connu : choisissez une commune ou une structure dans « Près de ».", icon=":material/error:")
    else:
        st.info("Indiquez dans « Près de » où sont les patients : les places libres les plus proches se remplissent d'abord.")


def _ages() -> dict[str, int | None]:
    """Return the choices of which numbers count: by label, the rank of the oldest band (None for all numbers)."""
    return {_ANY_AGE: None, **{band.words: band.rank for band in settings().age_bands[:3]}}
