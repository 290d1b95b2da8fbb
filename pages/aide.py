"""The page « Aide »: the five steps of the guide, the legend, the support."""

import streamlit as st

from ror.model.rights import Action
from ror.web import gate, guide, legend, session, tour

session.require(Action.ENTER)
st.title("Aide")
tour.render_start()
guide.render_steps()
st.header("La légende")
legend.render()
guide.render_rules()
if session.allows(Action.COORDINATE):
    guide.render_calls()
    guide.render_surge_and_review()
if session.allows(Action.MANAGE_DISPLAYS):
    st.header("L'écran mural d'une salle de crise")
    guide.render_wall()
gate.render_support()
