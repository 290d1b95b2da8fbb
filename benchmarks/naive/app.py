"""The same pages as a good developer writes them in an afternoon, with Streamlit, Altair, pandas and DuckDB as documented.

Run: BENCH_DATABASE=region.duckdb streamlit run benchmarks/naive/app.py

Each rerun asks DuckDB for what it shows and builds its charts: no caches but the connection and the files of the map. No
sign-in, no live screens, no rights, no download: less work than the product has.
"""

import streamlit as st

st.set_page_config(page_title="Disponibilités", layout="wide")
st.navigation(
    [
        st.Page("departements.py", title="Par département", default=True, url_path="departements"),
        st.Page("structures.py", title="Par structure", url_path="structures"),
        st.Page("mise_a_jour.py", title="Mise à jour", url_path="mise-a-jour"),
    ],
    position="top",
).run()
