"""The question to an administrator whether the server's clock is right, before old data is erased by its date."""

from datetime import datetime

import streamlit as st

from ror.model import french
from ror.services.operations import retention
from ror.services.region_time import instant_words, region_zone
from ror.web import session
from ror.web.forms import actions

_SECTION = "clock"


def render_clock_confirmation() -> None:
    """Render why no old data is erased, and the button that confirms the date; nothing when no confirmation is needed."""
    actions.render_messages(_SECTION)
    doubt = retention.pending_doubt(session.database())
    if doubt is None:
        return
    st.warning(
        f"Plus rien n'est effacé automatiquement : le journal n'a aucune ligne entre le {instant_words(doubt.since)} et le "
        f"{instant_words(doubt.until)}. Soit le service était arrêté, soit l'horloge du serveur est ou était fausse. "
        f"{french.count(doubt.lines, 'ligne')} du journal sur {french.number(doubt.total)} seraient effacées. Si la date du "
        "serveur est fausse, faites-la corriger.",
        icon=":material/schedule:",
    )
    actions.render_confirmed_button(
        _SECTION,
        "confirm-clock",
        ("La date du serveur est juste", ":material/event_available:"),
        f"Sommes-nous bien le {datetime.now(region_zone()):%d/%m/%Y} ? Ce qui a dépassé sa durée de conservation sera effacé.",
        "Oui, effacer",
        _confirm,
    )


def _confirm() -> None:
    db = session.database()
    actions.run_in_section(
        _SECTION,
        lambda account, now: retention.confirm_clock(db, account, now),
        "C'est noté dans le journal. Ce qui avait dépassé sa durée de conservation a été effacé.",
    )
