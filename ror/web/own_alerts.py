"""Render the parts of « Mes alertes »: alerts that rang and were not acknowledged, saved questions, notification choices."""

import html
from collections.abc import Callable
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

import streamlit as st

from ror.model.alert import Alert, AlertPreference, Mute, Ringing
from ror.model.freshness import age_words
from ror.model.rights import Account
from ror.services.alerts import account_alerts
from ror.services.alerts.account_alerts import OwnAlerts
from ror.services.region_time import instant_words
from ror.web import alert_badge, session
from ror.web.forms import actions

_SECTION = "own-alerts-answers"
_SOUND, _QUIET, _FROM, _UNTIL = "alert-sound", "alert-quiet", "alert-quiet-from", "alert-quiet-until"
_HOURS = range(24)
_USUAL_QUIET = (22, 7)


def render_none() -> None:
    """Render how to save a first alert."""
    st.info(
        "Aucune alerte enregistrée. Dans « Par département », posez une question (un besoin, un lieu, un nombre, un âge), "
        "puis « M'alerter ».",
        icon=":material/notifications:",
    )
    st.html(f'<p class="ror-alert"><a href="{account_alerts.PAGE}">Poser une question</a></p>')


def render_messages() -> None:
    """Render the success or the refusal of the last action."""
    actions.render_messages(_SECTION)


def _run(operation: Callable[[Account, datetime], Any], success: str, section: str = _SECTION) -> None:
    actions.run_in_section(section, operation, success)
    session.rerun_fragment([alert_badge.OWN, alert_badge.FRAGMENT])


def render_unacknowledged(own: OwnAlerts) -> None:
    """Render the alerts that rang and were not acknowledged, each with its last ringing."""
    names = {alert.id: alert for alert in own.alerts}
    waiting = [one for one in own.ringings if one.alert in names]
    st.header(f"À voir : {len(waiting)}" if waiting else "Rien de nouveau")
    for ringing in waiting:
        alert, seen = names[ringing.alert], f"seen-{ringing.number}"
        with st.container(horizontal=True, vertical_alignment="center", key=f"ringing-{alert.id}"):
            st.html(_line(alert, _ringing_words(alert, ringing)), width="stretch")
            st.button("Vu", key=seen, icon=":material/check:", on_click=_acknowledge, args=(alert.id, ringing))
    if len(waiting) > 1:
        st.button("Tout marquer vu", key="seen-all", icon=":material/check:", on_click=_acknowledge, args=("", waiting[0]))


def _line(alert: Alert, words: str) -> str:
    """Return the HTML of an alert: its name, which links to its question, above these words."""
    name = f'<a href="{html.escape(alert.address)}">{html.escape(alert.name)}</a>'
    return f'<p class="ror-alert">{name}<br>{html.escape(words)}</p>'


def _ringing_words(alert: Alert, ringing: Ringing) -> str:
    ago = age_words(datetime.now(UTC) - ringing.rang_at)
    over = "" if alert.holds else " · ce n'est plus le cas"
    return f"{alert.condition.value_words(ringing.value)}, {ago}{over}"


def _acknowledge(alert: str, shown: Ringing) -> None:
    _run(lambda account, now: account_alerts.acknowledge(session.database(), account, alert, shown.number, now), "")
    actions.clear_messages(_SECTION)


def render_alerts(own: OwnAlerts) -> None:
    """Render the saved questions, each with its state and what can be done with it."""
    now = datetime.now(UTC)
    st.header("Questions enregistrées")
    for alert in own.alerts:
        with st.container(horizontal=True, vertical_alignment="center", key=f"alert-{alert.id}"):
            st.html(_line(alert, _alert_words(alert, now)), width="stretch")
            popover = st.popover("Régler", key=f"alert-more-{alert.id}", on_change="rerun")
            if popover.open:
                with popover:
                    _render_choices(own, alert, now)
            else:
                actions.clear_messages(_section(alert.id))
    if len(own.alerts) > 1:
        silent = all(alert.is_silent(now) for alert in own.alerts)
        choices = (Mute.NO,) if silent else (Mute.HOUR, Mute.TOMORROW)
        with st.container(horizontal=True, vertical_alignment="center"):
            for choice in choices:
                words = "Tout réactiver" if choice is Mute.NO else f"Tout mettre en sourdine {choice.label}"
                st.button(words, key=f"mute-all-{choice}", on_click=_mute, args=("", choice))


def _alert_words(alert: Alert, now: datetime) -> str:
    state = "c'est le cas" if alert.holds else "pas pour l'instant"
    facts = [f"{alert.condition.words} : {state}", "par courriel" if alert.by_mail else "", _silence(alert, now)]
    return " · ".join(filter(None, facts))


def _silence(alert: Alert, now: datetime) -> str:
    if alert.paused:
        return "arrêtée"
    return f"en sourdine jusqu'au {instant_words(alert.muted_until)}" if alert.muted_until and alert.is_silent(now) else ""


def _render_choices(own: OwnAlerts, alert: Alert, now: datetime) -> None:
    name, by_mail = f"alert-rename-{alert.id}", f"alert-by-mail-{alert.id}"
    st.text_input("Nom", value=alert.name, key=name)
    st.checkbox("M'écrire aussi un courriel", value=alert.by_mail, key=by_mail, disabled=not own.can_mail)
    st.button("Enregistrer", key=f"alert-change-{alert.id}", icon=":material/save:", on_click=_change, args=(alert.id,))
    st.caption("Sourdine")
    with st.container(horizontal=True):
        for choice in (Mute.NO,) if alert.is_silent(now) else (Mute.HOUR, Mute.TOMORROW, Mute.OFF):
            st.button(_mute_words(choice), key=f"mute-{choice}-{alert.id}", on_click=_mute, args=(alert.id, choice))
    actions.render_success(_section(alert.id))
    actions.render_refusal(_section(alert.id))
    actions.render_confirmed_button(
        _SECTION,
        f"alert-delete-{alert.id}",
        ("Supprimer", ":material/delete_forever:"),
        f"Supprimer l'alerte « {alert.name} » ?",
        "Supprimer",
        lambda: _delete(alert),
    )


def _mute_words(choice: Mute) -> str:
    return {Mute.NO: "Réactiver", Mute.OFF: "Arrêter"}.get(choice, choice.label.capitalize())


def _change(alert: str) -> None:
    state = st.session_state
    name, by_mail = state[f"alert-rename-{alert}"], bool(state.get(f"alert-by-mail-{alert}"))
    _run(
        lambda account, now: account_alerts.rename(session.database(), account, alert, name, by_mail, now),
        "Alerte modifiée.",
        _section(alert),
    )


def _mute(alert: str, choice: Mute) -> None:
    done = "Sonnera de nouveau au prochain changement." if choice is Mute.NO else "Mise en sourdine."
    _run(lambda account, now: account_alerts.mute(session.database(), account, alert, choice, now), done, _section(alert))


def _section(alert: str) -> str:
    """Return the section of the messages about one alert, rendered beside its choices; for "", that of all alerts."""
    return f"{_SECTION}-{alert}" if alert else _SECTION


def _delete(alert: Alert) -> None:
    _run(
        lambda account, now: account_alerts.delete(session.database(), account, alert.id, now),
        f"Alerte « {alert.name} » supprimée.",
    )


def render_preference(account: Account, own: OwnAlerts) -> None:
    """Render the choices of how the account is notified of its alerts."""
    chosen = own.preference
    quiet = chosen.quiet_from != chosen.quiet_until
    st.header("Comment être prévenu")
    st.html(f"<p>Sur l'écran, un repère en haut de chaque page. {_mail_words(account, own)}</p>")
    st.checkbox("Un son quand une alerte sonne", value=chosen.sound, key=_SOUND)
    st.caption("Le navigateur ne joue aucun son avant un premier clic dans la page.")
    with st.container(horizontal=True):
        st.button("Essayer le son", key="alert-try-sound", on_click=_try_sound)
    st.checkbox("Heures de silence : ni son ni courriel", value=quiet, key=_QUIET)
    if st.session_state[_QUIET]:
        first, end = (chosen.quiet_from, chosen.quiet_until) if quiet else _USUAL_QUIET
        with st.container(horizontal=True):
            st.selectbox("De", _HOURS, first, format_func=_hour, key=_FROM, width=110, placeholder="Heure")
            st.selectbox("À", _HOURS, end, format_func=_hour, key=_UNTIL, width=110, placeholder="Heure")
        st.caption("Un courriel attend la fin de ces heures, et part si c'est encore le cas.")
    st.button("Enregistrer ces choix", key="alert-prefer", icon=":material/save:", on_click=_prefer)


def _hour(hour: int) -> str:
    return f"{hour} h"


def _mail_words(account: Account, own: OwnAlerts) -> str:
    if own.can_mail:
        return f"Les courriels vont à {html.escape(account.mail)}."
    return "Ce service n'envoie pas de courriel pour l'instant." if account.mail else "Votre compte n'a pas de courriel."


def _try_sound() -> None:
    st.session_state[alert_badge.TEST] = token_hex(4)
    session.rerun_fragment([alert_badge.OWN, alert_badge.FRAGMENT])


def _prefer() -> None:
    state = st.session_state
    hours = (state[_FROM], state[_UNTIL]) if state[_QUIET] else (0, 0)
    chosen = AlertPreference(bool(state[_SOUND]), *hours)
    words = f"Choix enregistrés. Heures de silence : {chosen.quiet_words}."
    _run(lambda account, now: account_alerts.prefer(session.database(), account, chosen, now), words)
