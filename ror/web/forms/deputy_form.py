"""The form « Pendant mon absence » of « Mon compte »: name the colleague who gets the reminders of the account meanwhile."""

from datetime import UTC, date, datetime

import streamlit as st

from ror.model.reminder import Deputyship
from ror.model.rights import Account
from ror.services.region_time import region_day
from ror.services.reminders import deputies
from ror.services.reminders.deputies import Deputies
from ror.web import session
from ror.web.forms import actions
from ror.web.markdown import literal

_SECTION = "deputy"
_WHO, _FIRST, _LAST, _TOO = "deputy-who", "deputy-first", "deputy-last", "deputy-too"


def render(account: Account) -> None:
    """Render the deputy of the account with the button that ends it, or the form that names one."""
    overview = deputies.read(session.database(), account, datetime.now(UTC))
    st.header("Pendant mon absence")
    for name, last_day in overview.for_others:
        st.info(f"Vous recevez les rappels de {literal(name)} jusqu'au {last_day:%d/%m/%Y} inclus.")
    if overview.current:
        _render_current(overview.current, overview.name)
    else:
        _render_form(overview)
    actions.render_messages(_SECTION)


def _render_current(current: Deputyship, name: str) -> None:
    days = f"du {current.first_day:%d/%m/%Y} au {current.last_day:%d/%m/%Y} inclus"
    too = "à votre place" if current.instead else "en plus de vous"
    st.markdown(f"**{literal(name)}** reçoit vos rappels {days}, {too}, pour les unités que vous déclarez tous deux.")
    st.button("Mettre fin à cette suppléance", key="deputy-end", on_click=_end, icon=":material/undo:")


def _render_form(overview: Deputies) -> None:
    if not overview.colleagues:
        st.html("<p>Aucun autre responsable ne déclare pour vos unités : personne ne peut recevoir vos rappels.</p>")
        return
    st.html(
        "<p>Vos rappels vont à un collègue qui déclare déjà pour vos unités. Il ne reçoit aucun droit de plus ; ceux des "
        "unités qu'il ne déclare pas continuent de vous arriver.</p>"
    )
    st.selectbox(
        "Suppléant",
        list(overview.colleagues),
        index=None,
        format_func=overview.colleagues.__getitem__,
        placeholder="Choisissez un collègue",
        key=_WHO,
    )
    # Any day can be typed: the rule answers with a sentence.
    farthest = region_day() + 10 * deputies.MAX_DURATION
    with st.container(horizontal=True):
        for label, key in (("Premier jour", _FIRST), ("Dernier jour", _LAST)):
            st.date_input(label, None, date(1900, 1, 1), farthest, format="DD/MM/YYYY", key=key, width=160)
    st.checkbox("Continuer à m'écrire aussi", key=_TOO)
    st.button("Nommer ce suppléant", key="deputy-name", on_click=_name, icon=":material/person_add:")


def _name() -> None:
    state = st.session_state
    if not state.get(_WHO):
        actions.clear_messages(_SECTION)
        actions.refuse(_SECTION, "Choisissez le collègue qui recevra vos rappels.")
        return

    def name(account: Account, now: datetime) -> None:
        first, last, instead = state.get(_FIRST), state.get(_LAST), not state.get(_TOO)
        deputies.name(session.database(), account, state[_WHO], first, last, instead, now)

    actions.run_in_section(_SECTION, name, "Votre suppléant est nommé.")


def _end() -> None:
    actions.run_in_section(
        _SECTION, lambda account, now: deputies.end(session.database(), account, now), "Vos rappels vous reviennent."
    )
