"""The form « Rappels » of « Mon compte »: when the mails about late units come, and the link of the last one."""

from datetime import UTC, datetime

import streamlit as st

from ror.model.french import WEEKDAYS, count
from ror.model.reminder import Preference, Rhythm
from ror.model.rights import Account
from ror.services import mail
from ror.services.region_time import instant_words
from ror.services.reminders import confirm_link, preferences
from ror.settings import settings
from ror.store.reminders import Mail
from ror.web import session
from ror.web.forms import actions

_SECTION = "reminders"
_RHYTHM, _WEEKDAY, _HOUR = "reminder-rhythm", "reminder-weekday", "reminder-hour"


def render(account: Account) -> None:
    """Render the choice of the rhythm, and the last mail."""
    own = preferences.read(session.database(), account)
    st.header("Rappels")
    st.html(f"<p>Un courriel vous dit quelles unités attendent une mise à jour : {_words(account, own.preference)}</p>")
    _render_choice(own.preference)
    st.button("Enregistrer ce choix", key="reminder-save", on_click=_save, icon=":material/notifications:")
    if own.last is not None:
        _render_last(own.last)
    actions.render_messages(_SECTION)


def _words(account: Account, preference: Preference) -> str:
    if settings().reminders == "off" or not mail.configured():
        return "ce service n'en envoie pas pour l'instant."
    if not account.mail:
        return "votre compte n'a pas de courriel, demandez au support de l'ajouter."
    return f"<b>{preference.words}</b>."


def _render_choice(preference: Preference) -> None:
    rhythm = st.radio(
        "M'écrire",
        list(Rhythm),
        index=list(Rhythm).index(preference.rhythm),
        format_func=lambda one: one.label,
        key=_RHYTHM,
    )
    if rhythm is not Rhythm.WEEKLY:
        return
    hours = list(range(*settings().reminder_hours))
    with st.container(horizontal=True):
        days = range(len(WEEKDAYS))
        st.selectbox(
            "Jour", days, preference.weekday, format_func=WEEKDAYS.__getitem__, key=_WEEKDAY, width=160, placeholder="Jour"
        )
        index = hours.index(preference.hour) if preference.hour in hours else 0
        st.selectbox("Heure", hours, index, format_func=lambda hour: f"{hour} h", key=_HOUR, width=120, placeholder="Heure")


def _save() -> None:
    state = st.session_state

    def save(account: Account, now: datetime) -> Preference:
        before = preferences.read(session.database(), account).preference
        weekday, hour = state.get(_WEEKDAY, before.weekday), state.get(_HOUR, before.hour)
        return preferences.prefer(session.database(), account, state[_RHYTHM], weekday, hour, now)

    actions.run_in_section(_SECTION, save, "Votre choix est enregistré.")


def _render_last(last: Mail) -> None:
    used = f", son lien a confirmé {count(last.confirmed or 0, 'unité')}" if last.used_at else ""
    st.caption(
        f"Dernier rappel : {instant_words(last.claimed_at)}, {count(len(last.positions), 'unité')}, {last.state.label}{used}."
    )
    if confirm_link.may_serve(last.used_at, last.revoked_at, last.tried_at, datetime.now(UTC)):
        st.button(
            "Retirer le lien de ce courriel",
            key="reminder-revoke",
            on_click=_revoke,
            args=(last.id,),
            icon=":material/link_off:",
        )


def _revoke(mail_id: str) -> None:
    actions.run_in_section(
        _SECTION,
        lambda account, now: confirm_link.revoke(session.database(), account, mail_id, now),
        "Le lien de ce courriel ne sert plus.",
    )
