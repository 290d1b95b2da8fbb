"""The page « Mise à jour »: a manager declares the numbers of its units on one sheet, or of one unit by its form."""

from typing import Any

import streamlit as st

from ror.model import french
from ror.model.declaration import Declaration, EventKind
from ror.model.nomenclature import CapacityType
from ror.model.rights import Account, Action
from ror.services.availability import consult
from ror.web import address, crisis_banner, legend, live, session, titles, views
from ror.web.forms import actions, attention, bulk_form, declaration_form, handover_form, reminded_units, reported, units_sheet
from ror.web.forms.still import render_still
from ror.web.forms.telephone_updates import render_telephone_updates
from ror.web.markdown import literal

UNIT = "unite"


@session.fragment(Action.DECLARE)
def screen(account: Account) -> None:
    """Render the sheet of the manager's units, or the form of a single unit: the only one, or that of the address."""
    titles.show()
    view = views.view(account)
    rows = consult.with_authors(session.database(), consult.own_units(session.database(), account, view)).to_pylist()
    live.listen(view.position, [f"account:{account.id}", *(f"unit:{row['unit']}" for row in rows)])
    if not rows:
        st.info("Aucune unité n'est encore dans votre périmètre : demandez au support de vous y habiliter.")
        return
    overdue = sum(row["overdue"] for row in rows)
    late = f"dont <b>{overdue} en retard</b>{reported.words(rows)}{units_sheet.closed_words(rows)}"
    st.html(f"<p>{french.count(len(rows), 'unité')} dans votre périmètre, {late}.</p>")
    rows = reminded_units.render_and_narrow(account, crisis_banner.render_and_narrow(render_telephone_updates(account, rows)))
    if len(rows) > 1 and not st.query_params.get(UNIT):
        units_sheet.render(account, view, rows)
        units_sheet.render_folded_table(view, rows, go)
        return
    chosen = select(rows)
    titles.show(f"{chosen['name']}, {chosen['structure']}")
    form, duties = st.columns([5, 7], gap="medium")
    with form:
        render_choice(rows, chosen)
        render_result(rows, chosen)
        reported.render(account, chosen, view.at)
        render_still(chosen, view.at)
        declaration_form.render_declaration_form(account, chosen, view.at)
        handover_form.render(account, view, chosen)
    with duties:
        units_sheet.render_table(view, rows, go)


def select(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the unit of the address, else the most overdue one."""
    units = {row["unit"]: row for row in rows}
    return units.get(st.query_params.get(UNIT, ""), rows[0])


def render_choice(rows: list[dict[str, Any]], chosen: dict[str, Any]) -> None:
    """Render the list of units as a field, for the keyboard and the phone."""
    names = {row["unit"]: f"{row['name']} - {row['structure']}" for row in rows}
    if len(rows) > 1:
        st.button("Toutes mes unités", on_click=go, args=("",), icon=":material/arrow_back:", key="all")
    # The browser sends the name that it shows: a changed name must give the field another key.
    key = f"choose-{chosen['unit']}-{hash(frozenset(names.items()))}"
    st.selectbox(
        "Unité",
        list(names),
        index=list(names).index(chosen["unit"]),
        format_func=names.__getitem__,
        key=key,
        placeholder="Cherchez une unité",
        on_change=lambda: go(st.session_state[key]),
    )


def go(unit: str) -> None:
    """Open the form of a unit, "" for the sheet of all, without the messages of the last save and handover."""
    address.step(**{UNIT: unit})
    st.session_state.pop("saved", None)
    actions.clear_messages(handover_form.SECTION)


def render_result(rows: list[dict[str, Any]], chosen: dict[str, Any]) -> None:
    """Render the result of the last action: a refused undo, or what was saved."""
    event = declaration_form.saved()
    refused = st.session_state.pop("undo_refused", "")
    if not refused and event is None:
        return
    with st.container(key="acknowledged"):
        if refused:
            st.error(literal(refused))
            attention.scroll_to("acknowledged", attention.new_answer())
        if event is not None:
            render_saved(event, rows, chosen)
            attention.scroll_to("acknowledged", event.position)


def render_saved(event: Declaration, rows: list[dict[str, Any]], chosen: dict[str, Any]) -> None:
    """Render what was saved, the next overdue unit and « Annuler »."""
    row = next((row for row in rows if row["unit"] == event.unit), chosen)
    sentence = declaration_form.sentence(event, row["name"], CapacityType(row["capacity_type"]))
    st.success(literal(sentence), icon=":material/check_circle:")
    following = next((row for row in rows if row["overdue"] and row["unit"] != event.unit), None)
    with st.container(horizontal=True):
        if following:
            label = f"Unité suivante : {literal(following['name'])}"
            st.button(label, on_click=go, args=(following["unit"],), type="primary", key="next")
        else:
            st.html("<p>Toutes vos unités sont à jour.</p>")
        if event.kind is not EventKind.UNDONE:
            st.button("Annuler", on_click=declaration_form.undo, args=(event,), icon=":material/undo:", key="undo")


session.require(Action.DECLARE)
st.title("Mise à jour")
legend.render()
screen()
bulk_form.render_bulk_form()
