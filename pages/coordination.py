"""The page « Coordination »: call round, events and reports of the region."""

import streamlit as st

from ror.model.rights import Account, Action
from ror.web import sections, session
from ror.web.coordination import after_action, call_round, crisis, displays, reports, surge

SECTIONS = {
    "Appels": call_round.render_call_round,
    "Crise": crisis.render_crisis,
    "Afflux": surge.render_surge,
    "Rapports": reports.render_reports,
    "Retour d'expérience": after_action.render_after_action,
    "Écrans": displays.render_displays,
}


@session.fragment(Action.COORDINATE)
def screen(account: Account) -> None:
    """Render the section that the address names."""
    sections.choose(SECTIONS)(account)


session.require(Action.COORDINATE)
st.title("Coordination")
screen()
