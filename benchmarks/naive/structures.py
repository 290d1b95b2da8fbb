"""« Par structure »: a search, then one structure with its units and the last 90 days of one of them."""

import altair as alt
import streamlit as st

from data import history, units

st.title("Consultation par structure")
frame = units()
words = st.text_input("Rechercher une structure", key="q").split()
text = frame["structure"] + " " + frame["commune"] + " " + frame["finess"] + " " + frame["type_label"]
text = text.str.normalize("NFD").str.encode("ascii", "ignore").str.decode("ascii").str.lower()
for word in words:
    plain = word.lower().translate(str.maketrans("éèêàôîûç", "eeeaoiuc"))
    frame, text = frame[text.str.contains(plain, regex=False)], text[text.str.contains(plain, regex=False)]
if words:
    found = frame.groupby(["finess", "structure", "commune", "department", "category"], as_index=False)["unit"].count().head(50)
    event = st.dataframe(found, hide_index=True, on_select="rerun", selection_mode="single-row", key="resultats")
    lines = event["selection"]["rows"]
    if lines and lines[0] < len(found):
        mine = frame[frame["finess"] == found.iloc[lines[0]]["finess"]]
        first = mine.iloc[0]
        st.subheader(first["structure"])
        st.write(
            f"{first['category']} · FINESS {first['finess']} · {first['address']}, {first['postal_code']} {first['commune']}"
        )
        st.dataframe(
            mine[["name", "type_label", "available", "installed", "band", "overdue", "comment", "telephone"]], hide_index=True
        )
        unit = st.selectbox("Unité", mine["unit"], format_func=dict(zip(mine["unit"], mine["name"], strict=True)).get)
        past = history(unit)
        line = alt.Chart(past).mark_line(interpolate="step-after", point=True).encode(
            x="observed_at:T", y="available:Q", tooltip=["observed_at:T", "available:Q", "kind:N", "comment:N"]
        )  # fmt: skip
        st.altair_chart(line.properties(height=240))
