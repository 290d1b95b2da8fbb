"""« Consultation par département »: totals, filters, map and table; a line opens the détail par structure."""

import streamlit as st

from ror.model.board import Filters
from ror.model.rights import Account, Action
from ror.web import consultation, filters, legend, live, session, views

DEPARTMENT = "departement"


@session.fragment(Action.CONSULT)
def screen(_: Account) -> None:
    """The filters, then what passes them."""
    figures(filters.show())


@session.fragment(Action.CONSULT)
def figures(account: Account, wanted: Filters) -> None:
    """The region, then one département: what a selection or a declaration changes."""
    consultation.follow()
    view = views.view(account, wanted)
    live.listen(view.position, [live.EVERYTHING])
    if not view.departments:
        consultation.empty()
        return
    consultation.region(view, DEPARTMENT)
    consultation.departments_table(view, DEPARTMENT)
    if code := consultation.chosen(view, DEPARTMENT):
        consultation.department(view, code, DEPARTMENT)
    else:
        st.info("Choisissez un département sur la carte ou dans le tableau pour ouvrir son détail par structure.")


session.require(Action.CONSULT)
st.title("Consultation par département")
legend.show()
screen()
