"""The section « Appels »: the units to call in one list, live for all coordinators, and the panel of the one that is open."""

from datetime import UTC, datetime

import streamlit as st

from ror.model import french
from ror.model.call_round import CallReason, CallStep
from ror.model.french import with_place
from ror.model.freshness import LATE, age_words
from ror.model.nomenclature import CapacityType
from ror.model.rights import Account
from ror.model.territory import department_name
from ror.model.trust.calls import CallOrder
from ror.services.availability.consult import View
from ror.services.coordination import call_round
from ror.services.coordination.call_round import CallRound, RoundUnit
from ror.web import address, answer_rows, live, session, telephones, views, window
from ror.web.coordination import call_panel, call_tables, round_words, unusual_rhythms
from ror.web.coordination.call_form import SECTION
from ror.web.forms import actions
from ror.web.server.live_hub import CALLS

UNIT, DEPARTMENT, ORDER = "appel", "dep", "ordre"
MAX_ROWS = 150
"""How many units are sent to the browser at most, besides those that somebody acted on today."""


def render_call_round(account: Account) -> None:
    """Render the units to call, and the panel of the unit that the address names."""
    window.watch()
    view = views.view(account)
    department = st.query_params.get(DEPARTMENT, "")
    department = department if department in view.codes else ""
    chosen = st.query_params.get(ORDER, "")
    order = CallOrder(chosen) if chosen in set(CallOrder) else CallOrder.URGENCY
    current_round = call_round.read(session.database(), account, view, datetime.now(UTC), department, order)
    # All coordinators see the units that somebody acted on today, whatever their rank.
    rows = [one for rank, one in enumerate(current_round.units) if rank < MAX_ROWS or one.call_state.seen]
    unit = st.query_params.get(UNIT, "")
    shown = {unit, *(_id(one) for one in rows)} - {""}
    live.listen(view.position, [f"{CALLS}{current_round.number}", *(f"unit:{one}" for one in sorted(shown))])
    if unit and window.is_phone():
        call_panel.render(account, view, current_round, unit, _open)
        return
    _render_head(current_round, view, department)
    if not unit:
        actions.render_messages(SECTION)
        _render_list(current_round, view, rows)
        _render_below(account, view, current_round, department)
        return
    left, right = st.columns([6, 5], gap="medium")
    with left:
        _render_list(current_round, view, rows)
    with right:
        call_panel.render(account, view, current_round, unit, _open)
    _render_below(account, view, current_round, department)


def _render_below(account: Account, view: View, current_round: CallRound, department: str) -> None:
    unusual_rhythms.render(current_round, view.at, _open)
    call_tables.render(account, view, current_round, department)


def _id(one: RoundUnit) -> str:
    return str(one.row["unit"])


def _render_head(current_round: CallRound, view: View, department: str) -> None:
    """Render the number of units to call, the calls of the day, and the choices of order and département."""
    steps = [one.call_state.step for one in current_round.units]
    to_call, later = steps.count(CallStep.TO_CALL) + steps.count(CallStep.CALLING), steps.count(CallStep.LATER)
    later_words = f", {later} à rappeler plus tard" if later else ""
    today = current_round.today
    with st.container(horizontal=True, vertical_alignment="center", key="round-head"):
        st.html(
            f"<p><b>{french.count(to_call, 'unité')} à appeler</b>{later_words}. Aujourd'hui dans la région : "
            f"{french.count(today.calls, 'appel')}, {french.count(today.reached, 'joint')}, "
            f"{french.count(today.corrected, 'nombre corrigé', 'nombres corrigés')}.</p>",
            width="stretch",
        )
        if len(current_round.orders) > 1:
            _render_orders(current_round)
        if len(view.codes) > 1:
            _render_departments(view, department)
    if current_round.order is CallOrder.LEARNING:
        st.caption(
            "D'abord les nombres qui ont le plus de chances d'avoir changé, là où l'on demande le plus ; puis ceux dont on ne "
            "sait rien, le plus ancien d'abord."
        )


def _render_orders(current_round: CallRound) -> None:
    key = f"round-order-{current_round.order}"
    st.selectbox(
        "Ordre des appels",
        list(current_round.orders),
        index=current_round.orders.index(current_round.order),
        format_func=lambda order: f"Ordre : {order.label}",
        key=key,
        label_visibility="collapsed",
        width=280,
        placeholder="Ordre : Urgence",
        on_change=lambda: address.step(**{ORDER: "" if st.session_state[key] == CallOrder.URGENCY else st.session_state[key]}),
    )


def _render_departments(view: View, department: str) -> None:
    codes = ["", *view.codes]
    key = f"round-department-{department}"
    st.selectbox(
        "Département",
        codes,
        index=codes.index(department),
        format_func=lambda code: f"{code} {department_name(code)}" if code else "Toute la région",
        key=key,
        label_visibility="collapsed",
        width=280,
        placeholder="Toute la région",
        on_change=lambda: address.step(**{DEPARTMENT: st.session_state[key] or ""}),
    )


def _render_list(current_round: CallRound, view: View, rows: list[RoundUnit]) -> None:
    if not rows:
        st.info("Aucune unité à appeler : tous les nombres sont à jour et personne ne les contredit.")
        return
    with st.container(height=620 if len(rows) > 9 else "content", border=False, key="round"):
        answer_rows.render([_row(one, current_round, view) for one in rows], "round-rows", "Unités à appeler", _open)
    if len(current_round.units) > len(rows):
        left = french.count(len(current_round.units) - len(rows), "autre unité", "autres unités")
        st.caption(f"{left} : choisissez un département pour les voir.")


def _row(one: RoundUnit, current_round: CallRound, view: View) -> answer_rows.Row:
    """Return the row of a unit: its number and age, the reasons to call it, what was done, whom to call."""
    row = one.row
    capacity = CapacityType(row["capacity_type"])
    number, noun = row["available"], capacity.of(row["available"] or 0).split(" ", 1)[-1]
    age = age_words(view.at - row["observed_at"]) if row["observed_at"] else ""
    # « En retard » is rendered beside the age already.
    reasons = round_words.reasons(one, view.at, without=CallReason.LATE)
    return {
        "id": row["unit"],
        "figure": "—" if number is None else str(number),
        "of": noun,
        **answer_rows.age_chip(row["rank"], age),
        "late": LATE if row["overdue"] else "",
        "title": row["name"],
        "place": with_place(row["structure"], row["commune"].removesuffix(" Arrondissement")),
        "note": " · ".join(
            filter(None, (reasons, round_words.learnt(one, current_round), round_words.done(one, current_round)))
        ),
        "far": "",
        "calls": telephones.links(telephones.of_unit(row)),
    }


def _open(unit: str) -> None:
    """Open the panel of a unit, "" for the list alone, without the messages of the last act."""
    address.step(**{UNIT: unit})
    actions.clear_messages(SECTION)
