"""Render « État au ... »: the field of a past instant, which stands in the address, the banner of a past view, the way back."""

import html
from datetime import datetime, timedelta
from typing import Any

import streamlit as st

from ror.errors import Refused
from ror.exchange.instants import read_instant
from ror.model.french import count
from ror.model.freshness import PARIS, age_words
from ror.model.rights import Account
from ror.services.availability import consult
from ror.services.availability.consult import UnitRow, View
from ror.web import address, session

PARAMETER = "au"
_HOURS = 24


def chosen(account: Account, now: datetime) -> datetime | None:
    """Return the past instant of the address, None for now; render why one that cannot be shown is not.

    An instant to come is refused, and so is one before the first declaration, when nothing was known.
    """
    text = st.query_params.get(PARAMETER, "")
    if not text:
        return None
    try:
        at = read_instant(text)[0]
        consult.check_past(at, now)
        start = consult.log_start(session.database(), account)
        if start is None or at < start:
            first = f"a été enregistrée le {_words(start)}" if start else "n'a pas encore été enregistrée"
            raise Refused(f"La première déclaration {first} : choisissez un instant plus récent.")
    except Refused as refusal:
        st.warning(refusal.user_message)
        return None
    return at


def render_field(at: datetime | None, now: datetime) -> None:
    """Render the field of the instant, in Paris time, and the slider that plays the last 24 hours."""
    local = (at or now).astimezone(PARIS).replace(tzinfo=None, second=0, microsecond=0)
    # In another key each instant has fields of its own, which « back » shows as they were.
    key, slider = f"past-{at}", f"past-hours-{at}"

    def type_instant() -> None:
        if typed := st.session_state[key]:
            go_to(typed)

    def play() -> None:
        go_to(now.astimezone(PARIS) - timedelta(hours=-st.session_state[slider]))

    # The bounds are wider than the log: Streamlit would refuse an instant outside of them in English.
    first, last = datetime(2000, 1, 1), local.replace(month=1, day=1) + timedelta(days=3653)
    with st.container(horizontal=True, vertical_alignment="bottom", key="past"):
        usual: dict[str, Any] = {"format": "DD/MM/YYYY", "step": 60, "width": 200, "required": True}
        st.datetime_input("État au", local, first, last, key=key, on_change=type_instant, **usual)
        ago = round((at - now) / timedelta(hours=1)) if at else 0
        st.slider(
            "Les dernières 24 h, heure par heure",
            *(-_HOURS, 0, max(ago, -_HOURS)),
            format="%d h",
            key=slider,
            width=320,
            on_change=play,
        )


def go_to(instant: datetime) -> None:
    """Write an instant of Paris in the address, to the minute: one entry of the history; to be called in a callback."""
    address.step(**{PARAMETER: f"{instant:%Y-%m-%dT%H:%M}"})


def render_banner(account: Account, view: View) -> None:
    """Render that a view is of the past, as it was known then, how much was learnt later, and the way back to now."""
    later = len(consult.learnt_later(session.database(), account, view))
    more = f" ; {count(later, 'unité a', 'unités ont')} depuis un nombre d'avant cet instant (signalées)" if later else ""
    with st.container(horizontal=True, vertical_alignment="center", key="past-banner"):
        st.html(
            f'<p class="ror-past" role="status"><b>État au {_words(view.at)}</b>, tel qu\'il était connu alors{more}.</p>',
            width="stretch",
        )
        st.button(
            "Revenir à maintenant", key="past-leave", icon=":material/undo:", on_click=lambda: address.step(**{PARAMETER: ""})
        )


def mark(later: UnitRow, at: datetime) -> str:
    """Return the HTML of what was learnt later of a unit (`consult.learnt_later`): its number, true before, recorded after."""
    observed, recorded = later["observed_at"], later["recorded_at"]
    number = "—" if later["available"] is None else str(later["available"])
    words = f"{number}, {age_words(at - observed)}, enregistré le {_words(recorded)}"
    return f'<small class="ror-later">Appris ensuite : {html.escape(words)}</small>'


def _words(instant: datetime) -> str:
    """Format an instant of Paris: « 28/11 à 7 h 14 »."""
    local = instant.astimezone(PARIS)
    return f"{local:%d/%m} à {local.hour} h {local:%M}"
