"""A page of one chart and one table, for the first load in a browser: the least that a dashboard fetches and draws."""

import altair as alt
import pyarrow as pa
import streamlit as st

CODES = [f"{number:02}" for number in range(1, 102)]
table = pa.table({"code": CODES, "lits": [7 * number % 100 for number in range(101)]})

st.set_page_config(layout="wide")
st.title("Un graphique, un tableau")
st.altair_chart(alt.Chart(table).mark_bar().encode(x="code:N", y="lits:Q"))
st.dataframe(table)
