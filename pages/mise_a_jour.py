"""« Mise à jour »: a manager declares what its units offer, most overdue first."""

from typing import Any

import streamlit as st

from ror.model.capacity import Declaration, Kind
from ror.model.nomenclature import CapacityType
from ror.model.rights import Account, Action
from ror.services.availability import consult
from ror.web import address, legend, live, session, tables, views
from ror.web.forms import attention, bulk_form, declaration_form, drafts
from ror.web.markdown import literal

UNIT = "unite"


@session.fragment(Action.DECLARE)
def screen(account: Account) -> None:
    """The manager's units and the form of one of them."""
    view = views.view(account)
    units = consult.own_units(session.database(), account, view)
    rows = units.to_pylist()
    live.listen(view.position, [f"unit:{row['unit']}" for row in rows])
    if not rows:
        st.info("Aucune unité n'est encore dans votre périmètre : demandez au support de vous y habiliter.")
        return
    chosen = select(rows)
    overdue = sum(row["overdue"] for row in rows)
    st.html(f"<p>{tables.count(len(rows), 'unité')} dans votre périmètre, dont <b>{overdue} en retard</b>.</p>")
    form, duties = st.columns([5, 7], gap="medium")
    with form:
        choose(rows, chosen)
        acknowledge(rows, chosen)
        declaration_form.show(account, chosen, view.at)
    with duties:
        table = tables.duties_table(view, rows)
        tables.render(
            table,
            "duties",
            opens=lambda line: go(rows[line]["unit"]),
            file=tables.Download("mes-unites", "Mes unités", Action.DECLARE, view.at),
            export=tables.duties_export(table, rows),
            height=tables.full_height(rows),
        )


def select(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The unit of the address, else the most overdue one, which then stays while the list moves around it."""
    units = {row["unit"]: row for row in rows}
    first = drafts.hold("unit", lambda: str(rows[0]["unit"])).version
    return units.get(st.query_params.get(UNIT, "")) or units.get(first) or rows[0]


def choose(rows: list[dict[str, Any]], chosen: dict[str, Any]) -> None:
    """The same list as a field: for the keyboard and the phone."""
    names = {row["unit"]: f"{row['name']} - {row['structure']}" for row in rows}
    # A browser answers with the name that it shows: once one was changed, the list is another one.
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
    """Open the form of a unit; what was saved before is no longer acknowledged."""
    address.step(**{UNIT: unit})
    st.session_state.pop("saved", None)


def acknowledge(rows: list[dict[str, Any]], chosen: dict[str, Any]) -> None:
    """What was just saved, with « Annuler », and the next overdue unit."""
    event = declaration_form.saved()
    refused = st.session_state.pop("undo_refused", "")
    if not refused and event is None:
        return
    with st.container(key="acknowledged"):
        if refused:
            st.error(literal(refused))
            attention.bring("acknowledged", attention.answer())
        if event is not None:
            saved(event, rows, chosen)
            attention.bring("acknowledged", event.position)


def saved(event: Declaration, rows: list[dict[str, Any]], chosen: dict[str, Any]) -> None:
    """The sentence about what was saved, and where to go from there."""
    row = next((row for row in rows if row["unit"] == event.unit), chosen)
    words = declaration_form.sentence(event, row["name"], CapacityType(row["capacity_type"]))
    st.success(literal(words), icon=":material/check_circle:")
    following = next((row for row in rows if row["overdue"] and row["unit"] != event.unit), None)
    with st.container(horizontal=True):
        if following:
            words = f"Unité suivante : {literal(following['name'])}"
            st.button(words, on_click=go, args=(following["unit"],), type="primary", key="next")
        else:
            st.html("<p>Toutes vos unités sont à jour.</p>")
        if event.kind is not Kind.UNDONE:
            st.button("Annuler", on_click=declaration_form.undo, args=(event,), icon=":material/undo:", key="undo")


session.require(Action.DECLARE)
st.title("Mise à jour")
legend.show()
screen()
bulk_form.show()
