"""« Mise à jour »: the manager's units, most overdue first, and the form of one of them."""

import streamlit as st

from data import connection, own_units

st.title("Mise à jour")
frame = own_units()
st.write(f"{len(frame)} unités dans votre périmètre, dont **{int(frame['overdue'].sum())} en retard**.")
form, duties = st.columns([5, 7])
with duties:
    shown = ["name", "rank", "overdue", "available", "observed_at", "type_label", "structure", "comment"]
    event = st.dataframe(frame[shown], hide_index=True, on_select="rerun", selection_mode="single-row", key="duties")
line = (event["selection"]["rows"] or [0])[0]
with form:
    names = (frame["name"] + " - " + frame["structure"]).tolist()
    chosen = frame.iloc[names.index(st.selectbox("Unité", names, index=line))]
    with st.form("declaration"):
        numbers = {
            name: st.number_input(label, min_value=0, value=0)
            for name, label in {
                "available": "Disponibles", "installed": "Installés", "occupied": "Occupés", "reserved": "Réservés",
                "closed": "Fermés", "supplementary": "Supplémentaires",
            }.items()
        }  # fmt: skip
        comment = st.text_area("Commentaire", chosen["comment"] or "")
        if st.form_submit_button("Enregistrer", type="primary"):
            connection().cursor().execute(
                f"""
                INSERT INTO declaration (position, kind, unit, temporality, {", ".join(numbers)}, comment, source_type, account,
                                         observed_at, recorded_at)
                SELECT max(position) + 1, 'declared', ?, '01', {", ".join("?" * len(numbers))}, ?, '01', '', now(), now()
                FROM declaration
                """,  # noqa: S608 - names of columns
                [chosen["unit"], *numbers.values(), comment],
            )
            st.success("Enregistré.")
    with st.form("closing"):
        st.date_input("Dernier jour de fermeture", value=None)
        st.form_submit_button("Fermer l'unité")
