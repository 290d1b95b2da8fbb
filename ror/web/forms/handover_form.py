"""The handover of the unit of a form, for managers who have one unit and no sheet: hand it over, or end the handover."""

from datetime import datetime

import streamlit as st

from ror.model.handover import Shift
from ror.model.rights import Account
from ror.services.availability import consult
from ror.services.availability.consult import UnitRow, View
from ror.web import session
from ror.web.forms import actions, units_handover
from ror.web.markdown import literal

SECTION = "handover"
"""The section of the messages of the last handover (`actions`): they outlast the form of a unit that was given back."""


def render(account: Account, view: View, row: UnitRow) -> None:
    """Render the handover of a unit with the button that ends it, or else the form to hand the unit over."""
    unit = row["unit"]
    managers = consult.other_managers(session.database(), account, view)
    offer = units_handover.read(account, [row], managers)
    part = offer.units[unit]
    if shown := part["handover"]:
        st.markdown(f"**{literal(shown['words'])}**")
        if shown["end"]:
            st.button(shown["end"], on_click=_end, args=(unit,), key=f"handover-end-{unit}", icon=":material/undo:")
    elif part["may_hand_over"]:
        people = offer.colleagues.get(row["legal_entity"], [])
        _render_form(unit, {one["key"]: one["label"] for one in people if one["key"] not in part["holders"]})
    actions.render_messages(SECTION)


def _render_form(unit: str, people: dict[str, str]) -> None:
    if not people:
        return
    receiver, shift = f"handover-receiver-{unit}", f"handover-shift-{unit}"
    with st.expander("Confier cette unité à un collègue", icon=":material/group:"):
        st.selectbox(
            "Confier cette unité à",
            list(people),
            index=None,
            format_func=people.__getitem__,
            placeholder="Choisissez un collègue",
            key=receiver,
        )
        st.selectbox("Durée", list(Shift), format_func=lambda one: one.label, placeholder="Choisissez une durée", key=shift)
        st.button("Confier", on_click=_give, args=(unit, receiver, shift), key=f"handover-give-{unit}")


def _give(unit: str, receiver: str, shift: str) -> None:
    chosen = st.session_state.get(receiver)
    if not chosen:
        actions.clear_messages(SECTION)
        actions.refuse(SECTION, "Choisissez le collègue à qui confier cette unité.")
        return
    _run(units_handover.Give(action="give", id="", unit=unit, receiver=chosen, shift=st.session_state[shift]))


def _end(unit: str) -> None:
    _run(units_handover.End(action="end", id="", unit=unit))


def _run(request: units_handover.Give | units_handover.End) -> None:
    """Run a request, and store its message for `render`."""

    def operation(account: Account, now: datetime) -> str:
        message: str = units_handover.run(account, request, now)["message"]
        return message

    actions.clear_messages(SECTION)
    message = actions.run(operation, lambda error: actions.refuse(SECTION, error.user_message))
    if message is not None:
        actions.succeed(SECTION, message)
