"""Render « État au ... »: the field of a past instant, written to the address, and the banner of a past view."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import streamlit as st

from ror.errors import Refused
from ror.exchange.instants import read_instant
from ror.model.french import count
from ror.model.freshness import age_words
from ror.model.rights import Account
from ror.services.availability import past_boards
from ror.services.availability.consult import UnitRow, View
from ror.services.region_time import region_zone
from ror.web import address, session
from ror.web.markdown import literal

PARAMETER = "au"
_INSTANT, _HOUR, _DRAWN = "past-instant", "past-hours", "past-drawn"


def chosen(account: Account, now: datetime) -> datetime | None:
    """Return the past instant of the address; None for now, and for one that cannot be shown."""
    try:
        return _read(account, now)
    except Refused:
        return None


def render_refusal(account: Account, now: datetime) -> None:
    """Render the reason when the instant of the address cannot be shown."""
    try:
        _read(account, now)
    except Refused as refusal:
        st.warning(literal(refusal.user_message))


def _read(account: Account, now: datetime) -> datetime | None:
    """Return the instant of the address, None without one.

    Raises `Refused` for an instant to come, and for one before the first declaration, when nothing was known.
    """
    text = st.query_params.get(PARAMETER, "")
    if not text:
        return None
    at = read_instant(text, region_zone())[0]
    past_boards.check(at, now)
    start = past_boards.log_start(session.database(), account)
    if start is None or at < start:
        first = f"a été enregistrée le {_words(start)}" if start else "n'a pas encore été enregistrée"
        raise Refused(f"La première déclaration {first} : choisissez un instant plus récent.")
    return at


def render_field(at: datetime | None, now: datetime) -> None:
    """Render the field of the instant, in the time of the region, and the slider that plays a day by the hour."""
    play = _played_day(at, now)

    def type_instant() -> None:
        typed = st.session_state[_INSTANT]
        if typed and typed != st.session_state[_DRAWN][0]:
            go_to(typed)

    def move() -> None:
        if st.session_state[_HOUR] != st.session_state[_DRAWN][1]:
            go_to((play.start + timedelta(hours=st.session_state[_HOUR])).astimezone(region_zone()))

    # The address sets the values, also after « back »; constant keys keep the focus of the keyboard in the field.
    st.session_state[_INSTANT] = (at or now).astimezone(region_zone()).replace(tzinfo=None, second=0, microsecond=0)
    st.session_state[_HOUR] = play.value
    # A page may send these values once more after its popover has closed: equal ones were not typed.
    st.session_state[_DRAWN] = st.session_state[_INSTANT], st.session_state[_HOUR]
    # The bounds are wider than the log: Streamlit would refuse an instant outside of them in English.
    bounds: dict[str, Any] = {"min_value": datetime(2000, 1, 1), "max_value": datetime(now.year + 10, 1, 1)}
    with st.container(horizontal=True, vertical_alignment="bottom", key="past"):
        st.datetime_input("État au", format="DD/MM/YYYY", step=60, key=_INSTANT, on_change=type_instant, width=200, **bounds)
        st.slider(play.label, play.first, play.last, format="%d h", key=_HOUR, on_change=move, width=320)


@dataclass(frozen=True, slots=True)
class _PlayedDay:
    """A day that the slider plays: its label, its first and last hour, its value, and the instant of hour 0."""

    label: str
    first: int
    last: int
    value: int
    start: datetime


def _played_day(at: datetime | None, now: datetime) -> _PlayedDay:
    """Return the last 24 hours, or for an older instant its own day in the region: what happened around it is played."""
    local = (at or now).astimezone(region_zone())
    hours = round((at - now) / timedelta(hours=1)) if at else 0
    if hours >= -24:
        return _PlayedDay("Les dernières 24 h, heure par heure", -24, 0, hours, now)
    return _PlayedDay(f"Le {_day_words(local)}, heure par heure", 0, 23, local.hour, local.replace(hour=0, minute=0))


def go_to(instant: datetime) -> None:
    """Write an instant of the region in the address, to the minute: one entry of the history; to be called in a callback."""
    address.step(**{PARAMETER: f"{instant:%Y-%m-%dT%H:%M}"})


def render_banner(account: Account, view: View) -> None:
    """Render the banner of a past view: its instant, how many numbers were learnt later, and the button back to now."""
    later = len(past_boards.recorded_later(session.database(), account, view))
    more = f" ; depuis, {count(later, 'unité a', 'unités ont')} donné un nombre d'avant cet instant" if later else ""
    with st.container(horizontal=True, vertical_alignment="center", key="past-banner"):
        st.html(
            f'<p class="ror-past" role="status"><b>État au {_words(view.at)}</b>, tel qu\'il était connu alors{more}.</p>',
            width="stretch",
        )
        st.button(
            "Revenir à maintenant", key="past-leave", icon=":material/undo:", on_click=lambda: address.step(**{PARAMETER: ""})
        )


def later_words(later: UnitRow, at: datetime) -> str:
    """Return in words a row of `past_boards.recorded_later`: a number observed before `at`, and recorded after it."""
    observed, recorded = later["observed_at"], later["recorded_at"]
    number = "—" if later["available"] is None else str(later["available"])
    return f"Appris ensuite : {number}, {age_words(at - observed)}, enregistré le {_words(recorded)}"


def _words(instant: datetime) -> str:
    """Format an instant in the time of the region: « 28/11 à 7 h 14 »."""
    local = instant.astimezone(region_zone())
    return f"{_day_words(local)} à {local.hour} h {local:%M}"


def _day_words(local: datetime) -> str:
    """Format a day: « 28/11 », with the year when it is not the present one."""
    return f"{local:%d/%m}" if local.year == datetime.now(local.tzinfo).year else f"{local:%d/%m/%Y}"
