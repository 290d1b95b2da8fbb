"""The page « Aide »: the five steps of the guide, the legend, the support."""

import streamlit as st

from ror.model.rights import Action
from ror.web import gate, guide, legend, session

session.require(Action.ENTER)
st.title("Aide")
guide.render_steps()
st.header("La légende")
legend.render()
guide.render_rules()
gate.render_support()
