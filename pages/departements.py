"""The page « Consultation par département »: the question, totals, the linked view, and a panel with the answers."""

from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st

from ror.model.rights import Account, Action
from ror.services.availability import changes, consult
from ror.services.availability.consult import View
from ror.web import (
    alert_form,
    board,
    board_panel,
    consultation,
    legend,
    linked_view,
    live,
    past_state,
    place_field,
    question,
    session,
    titles,
    views,
    window,
)

FIGURES, PANEL, MAP = "figures", "panel", "map"


def read(account: Account) -> tuple[View, datetime | None]:
    """Return the view of the question, and the past instant that the address names (None for now)."""
    past = past_state.chosen(account, datetime.now(UTC))
    return views.view(account, question.selected(), past), past


@session.fragment(Action.CONSULT, FIGURES)
def figures(account: Account) -> None:
    """Render the totals, the linked view and the panel beside it; reruns after a question or a declaration."""
    place_field.render_remark()
    view, past = read(account)
    past_state.render_refusal(account, datetime.now(UTC))
    if past is not None:
        past_state.render_banner(account, view)
    titles.show(*filter(None, (question.words(),)))
    if not view.departments:
        consultation.render_no_match()
        if past is None:
            alert_form.render(board_panel.DEPARTMENT)
        return
    board.render_tiles(account, view)
    if window.is_phone():
        if board_panel.render_list_or_map():
            linked()
        else:
            panel()
        return
    with st.container(horizontal=True, key="board"):
        with st.container(width=linked_view.width(window.is_narrow()), key="board-map"):
            linked()
        with st.container(key="board-panel"):
            panel()


@session.fragment(Action.CONSULT, MAP)
def linked(account: Account) -> None:
    """Render the linked view; a choice in it reruns the panel alone."""
    place = question.near()
    near = linked_view.NearPoint(place.longitude, place.latitude, question.kilometres()) if place else None
    view, past = read(account)
    st.html(linked_view.SKIP)
    st.html(f'<p class="ror-instant">{board.instant(view, past)}</p>')
    board_panel.choose_in_map(view)
    linked_view.render(
        view,
        lambda: board_panel.take_choice(lambda: session.rerun_fragment(PANEL)),
        narrow=window.is_narrow(),
        measure=linked_view.render_measure(),
        near=near,
        changes=lambda: changes.last_day(session.database(), account, view),
    )
    legend.render()
    linked_view.render_tables(view)


@session.fragment(Action.CONSULT, PANEL)
def panel(account: Account) -> None:
    """Render the answers to the question within the selection; reruns when either changes."""
    consultation.visit_picked_structure()
    view, past = read(account)
    selection = board_panel.selected(view)
    if not selection.is_empty:
        filters = replace(
            view.filters, needs=selection.needs or view.filters.needs, ranks=selection.ranks or view.filters.ranks
        )
        view = consult.with_filters(view, filters)
    board_panel.render(account, view, past, selection, lambda: session.rerun_fragment(FIGURES))


reader = session.require(Action.CONSULT)
current = consult.current(session.database(), reader)
st.html('<h1 class="ror-title">Consultation par département</h1>')
question.follow()
question.render(
    current,
    lambda: views.type_labels(reader),
    board_panel.DEPARTMENT,
    lambda: session.rerun_fragment(FIGURES),
    past=past_state.chosen(reader, datetime.now(UTC)),
    phone=window.is_phone(),
)
if not st.query_params.get(past_state.PARAMETER):
    live.listen(views.position(reader), [live.EVERYTHING], lambda: session.rerun_fragment(FIGURES))
window.watch()
figures()
