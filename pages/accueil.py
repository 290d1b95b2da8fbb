"""The address `/` within a session: switch to the first page of the account, as `ror.web.server.http` does for requests."""

import streamlit as st

from ror.model.rights import Action
from ror.settings import PAGES
from ror.web import home, session

account = session.require(Action.ENTER)
st.switch_page(PAGES / f"{home.first_page(account)}.py")
