"""The banner of an open event on the screens of the managers that it asks for numbers, and their sheet narrowed to it."""

import html
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import streamlit as st

from ror.model.crisis import deadline_words, rhythm_words
from ror.model.french import count
from ror.model.rights import Account, Action, entitled
from ror.services.availability import consult
from ror.services.availability.consult import UnitRow
from ror.services.coordination import crisis, crisis_progress
from ror.services.coordination.crisis_progress import OwnProgress
from ror.services.region_time import region_zone
from ror.settings import PAGES
from ror.web import address, session, views

PARAMETER = "crise"
"""The parameter of the sheet with the id of the event whose units it shows."""

_SHEET = "mise-a-jour"


def render_elsewhere(account: Account, path: str) -> None:
    """Render the banners on every screen of a manager but the sheet, which renders its own and keeps them live."""
    if path == _SHEET or not entitled(account, Action.DECLARE):
        return
    events = crisis.open_events(session.database(), datetime.now(UTC))
    if not events:
        return
    rows = consult.own_units(session.database(), account, views.view(account)).to_pylist()
    for own in crisis_progress.progress_of_units(rows, events, datetime.now(UTC)):
        if _render(own):
            st.switch_page(PAGES / "mise_a_jour.py", query_params={PARAMETER: own.event.id})


def render_and_narrow(rows: Sequence[UnitRow]) -> list[UnitRow]:
    """Render the banners on the sheet of a manager; return the units of the event that the address names, else all of them."""
    now = datetime.now(UTC)
    progresses = crisis_progress.progress_of_units(rows, crisis.open_events(session.database(), now), now)
    chosen = next((own for own in progresses if own.event.id == st.query_params.get(PARAMETER)), None)
    for own in progresses:
        _render(own, narrowed=own is chosen, on_click=lambda event: address.step(**{PARAMETER: event}))
    return [row for row in rows if row["unit"] in chosen.units] if chosen else list(rows)


def _render(own: OwnProgress, *, narrowed: bool = False, on_click: Callable[[str], None] = lambda _: None) -> bool:
    """Render the banner of an event; `on_click` gets its id, "" once narrowed. Return whether its button was pressed."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"crisis-{own.event.id}"):
        st.html(f'<p class="ror-crisis" role="status">{sentence(own, datetime.now(UTC))}</p>')
        return st.button(
            "Toutes mes unités" if narrowed else f"Mettre à jour ces {count(len(own.units), 'unité')}",
            key=f"crisis-go-{own.event.id}",
            icon=":material/list:" if narrowed else ":material/edit_square:",
            type="secondary" if narrowed else "primary",
            on_click=on_click,
            args=("" if narrowed else own.event.id,),
        )


def sentence(own: OwnProgress, now: datetime) -> str:
    """Return the HTML of « Canicule : votre nombre toutes les 4 h, prochaine échéance 16 h, 3 unités sur 7 à jour »."""
    rhythm = rhythm_words(own.event.rhythm_hours).replace(" h", "&nbsp;h")
    up_to_date = f"{count(len(own.answered), 'unité')} sur {len(own.units)} à jour"
    return (
        f"<b>✱ {html.escape(own.event.label)}</b> : votre nombre {rhythm}, prochaine échéance "
        f"<b>{deadline_words(own.round.end, now, region_zone())}</b>, {up_to_date}"
    )
