"""`/` inside a visit: everybody is led to what they came for. Who asks the server for it is led there by `web.http`."""

import streamlit as st

from ror.model.rights import Action
from ror.settings import PAGES
from ror.web import home, session

account = session.require(Action.ENTER)
st.switch_page(PAGES / f"{home.first_page(account)}.py")
