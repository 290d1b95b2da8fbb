"""Correct a past number of a unit that was wrong, for coordinators who write numbers for others."""

from datetime import datetime

import pyarrow as pa
import streamlit as st

from ror.model.nomenclature import CapacityType
from ror.model.rights import Account
from ror.services.availability import consult, correct
from ror.services.availability.consult import UnitRow, View
from ror.services.region_time import local_words
from ror.web import session
from ror.web.coordination.call_form import SECTION
from ror.web.forms import actions

MAX_NUMBERS = 20


def render(account: Account, view: View, row: UnitRow) -> None:
    """Render the form that corrects one of the last past numbers of a unit, folded."""
    part = st.expander("Corriger un nombre passé", icon=":material/edit:", key=f"correct-{row['unit']}", on_change="rerun")
    if not part.open:
        return
    with part:
        past = _past(consult.history(session.database(), account, row["unit"], view.at))
        if not past.num_rows:
            st.caption("Aucun nombre passé dans les 90 derniers jours. Le nombre actuel se remplace par un appel.")
            return
        _render_form(row, past)


def _past(history: pa.Table) -> pa.Table:
    """Return the last past numbers, newest first: the last event of all is the present number."""
    rows = range(history.num_rows - 2, -1, -1)[:MAX_NUMBERS]
    return history.take(pa.array(rows, pa.int64()))


def _render_form(row: UnitRow, past: pa.Table) -> None:
    unit, capacity = row["unit"], CapacityType(row["capacity_type"])
    rows = {one["position"]: one for one in past.to_pylist()}

    def words(position: int) -> str:
        one = rows[position]
        corrected = "" if one["corrected"] is None else f" (corrigé : {one['corrected']})"
        return f"{local_words(one['observed_at'], row['department'])} : {capacity.of(one['available'])}{corrected}"

    key, field = f"correct-which-{unit}", f"correct-number-{unit}"
    st.selectbox("Nombre à corriger", list(rows), format_func=words, key=key, placeholder="Choisissez un nombre")
    st.text_input("Nombre juste", key=field, autocomplete="off", width=260)

    def save() -> None:
        position, typed = st.session_state[key], st.session_state[field]
        seen = rows[position]["correction"] if position in rows else 0

        def operation(account: Account, now: datetime) -> object:
            return correct.correct(session.database(), account, unit, position, typed, now, seen=seen)

        if actions.run_in_section(SECTION, operation, "Nombre corrigé : l'historique montre les deux.") is not None:
            st.session_state[field] = ""

    st.button("Corriger ce nombre", key=f"correct-save-{unit}", on_click=save)
    st.caption("Le nombre d'origine reste dans l'historique, avec celui qui le corrige. Le nombre actuel ne change pas.")
