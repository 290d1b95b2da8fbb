"""The page « Consultation par département »: totals, filters, map and table; a row opens the structures of its département."""

import streamlit as st

from ror.model.rights import Account, Action
from ror.web import consultation, filters, legend, live, session, views, window

DEPARTMENT = "departement"
FIGURES, DETAIL = "figures", "detail"


@session.fragment(Action.CONSULT, FIGURES)
def figures(account: Account) -> None:
    """Render the region, then one département; reruns after a filter or a declaration."""
    view = views.view(account, filters.selected())
    if not view.departments:
        consultation.render_no_match()
        return
    consultation.render_region(view, DEPARTMENT, lambda: st.rerun(DETAIL))
    detail()


@session.fragment(Action.CONSULT, DETAIL)
def detail(account: Account) -> None:
    """Render one département; reruns after a selection."""
    consultation.visit_picked_structure()
    view = views.view(account, filters.selected())
    consultation.render_department_field(view, DEPARTMENT, lambda: st.rerun(FIGURES))
    if code := consultation.chosen_department(view, DEPARTMENT):
        consultation.render_department(view, code)


reader = session.require(Action.CONSULT)
st.title("Consultation par département")
window.watch()
legend.render()
filters.render(views.type_labels(reader), lambda: st.rerun(FIGURES))
live.listen(views.position(reader), [live.EVERYTHING], lambda: st.rerun(FIGURES))
figures()
