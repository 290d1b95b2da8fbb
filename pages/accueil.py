"""`/`: everybody is led to what they came for: units to declare, the region, or the administration."""

import streamlit as st

from ror.model.rights import Action, entitled
from ror.settings import PAGES
from ror.web import session

account = session.require(Action.ENTER)
FIRST = {
    Action.DECLARE: "mise_a_jour.py",
    Action.CONSULT: "departements.py",
    Action.MANAGE_ACCOUNTS: "administration.py",
}
st.switch_page(PAGES / next((page for action, page in FIRST.items() if entitled(account, action)), "aide.py"))
