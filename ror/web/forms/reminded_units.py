"""The units of a reminder: the link of its mail opens the sheet on them."""

import streamlit as st

from ror.model import french
from ror.model.rights import Account
from ror.services.availability.consult import UnitRow
from ror.services.reminders import overview
from ror.services.reminders.message import PARAMETER
from ror.web import address, session


def render_and_narrow(account: Account, rows: list[UnitRow]) -> list[UnitRow]:
    """Return the units of the mail that the address names, and render a button to all units; all units for no known mail."""
    mail = st.query_params.get(PARAMETER, "")
    if not mail:
        return rows
    reminded = overview.units_of(session.database(), account, mail)
    chosen = [row for row in rows if row["unit"] in reminded]
    with st.container(horizontal=True, vertical_alignment="center", key="reminded"):
        if chosen:
            st.html(f"<p>Ici, {french.count(len(chosen), 'unité du rappel', 'unités du rappel')} que vous avez ouvert.</p>")
        else:
            st.info("Ce rappel n'est pas celui de votre compte, ou n'est plus gardé : voici toutes vos unités.")
        label = f"Toutes mes unités ({len(rows)})"
        st.button(label, on_click=lambda: address.step(**{PARAMETER: ""}), icon=":material/list:", key="reminded-all")
    return chosen or rows
