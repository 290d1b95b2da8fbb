"""« Consultation par département »: totals, filters, map and table; a line opens the détail par structure."""

import streamlit as st

from ror.model.rights import Account, Action
from ror.web import consultation, filters, legend, live, session, views

DEPARTMENT = "departement"


@session.fragment(Action.CONSULT)
def screen(account: Account) -> None:
    """The region, then one département."""
    consultation.follow()
    wanted = filters.show()
    view, everywhere = views.view(account, wanted), views.view(account)
    rows = consultation.by_department(view, everywhere)
    if not view.units.num_rows:
        consultation.empty()
        live.listen(view.position, [live.EVERYTHING])
        return
    live.listen(view.position, [live.EVERYTHING])
    totals, region = st.columns([3, 9], gap="medium")
    with totals:
        consultation.totals(view, wanted.capacity_type)
        code = consultation.chosen(DEPARTMENT, rows)
    with region:
        consultation.region_map(rows, wanted.capacity_type, code, DEPARTMENT)
    consultation.departments_table(view, rows, DEPARTMENT)
    if code:
        consultation.department(view, code, DEPARTMENT)
    else:
        st.info("Choisissez un département sur la carte ou dans le tableau pour ouvrir son détail par structure.")


session.require(Action.CONSULT)
st.title("Consultation par département")
legend.show()
screen()
