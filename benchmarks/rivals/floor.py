"""The floor: the least that a Streamlit page can be, one title and one slider. No page can cost less."""

import streamlit as st

st.title("Plancher")
st.slider("Valeur", 0, 100, 50, key="value")
