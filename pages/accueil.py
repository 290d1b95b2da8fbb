"""`/`: a manager is led to what it has to declare, everybody else to the region."""

import streamlit as st

from ror.model.rights import Action, entitled
from ror.settings import PAGES
from ror.web import session

account = session.require(Action.CONSULT)
st.switch_page(PAGES / ("mise_a_jour.py" if entitled(account, Action.DECLARE) else "departements.py"))
