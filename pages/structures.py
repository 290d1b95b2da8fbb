"""The page « Consultation par structure »: search, then one structure with its units and their last 90 days."""

import streamlit as st

from ror.model.rights import Account, Action
from ror.web import (
    feedback,
    legend,
    live,
    session,
    structure_sheet,
    structure_tension,
    telephone_reliability,
    titles,
    unit_history,
    views,
    window,
)

STRUCTURE, UNIT = "structure", "unite"


@session.fragment(Action.CONSULT)
def screen(account: Account) -> None:
    """Render the search and the structure of the address."""
    titles.show()
    view = views.view(account)
    finess = st.query_params.get(STRUCTURE, "")
    structure_sheet.render_search(view, STRUCTURE, UNIT)
    units = structure_sheet.units(view, finess)
    live.listen(view.position, [f"structure:{finess}"] if units else [])
    if finess and not units:
        titles.show("Structure inconnue")
        st.warning("Cette structure n'existe pas ou n'a pas encore d'unité : cherchez-la par son nom ou sa commune.")
    elif units:
        titles.show(units[0]["structure"])
        structure_sheet.render_identity(units[0])
        structure_tension.render(account, units, view.position, view.at)
        structure_sheet.render_sums(view, units[0])
        structure_sheet.render_units(view, units)
        feedback.render(account, view, units)
        telephone_reliability.render(account, units)
        structure_sheet.render_download(view, units)
        unit_history.render_choice(account, view, units, UNIT)


session.require(Action.CONSULT)
st.title("Consultation par structure")
legend.render()
window.watch()
screen()
