"""Render « M'alerter »: save the question of the board with a name, to be notified when it becomes true."""

from dataclasses import replace

import streamlit as st

from ror.model.alert import MAX_NAME_LENGTH, MAX_THRESHOLD, Alert, AlertKind, Condition
from ror.model.filters import Filters
from ror.model.rights import Account, Action
from ror.services.alerts import account_alerts
from ror.settings import settings
from ror.web import alert_badge, question, session
from ror.web.forms import actions

_SECTION = "alert-form"
_POPOVER, _NAME, _KIND, _THRESHOLD, _COUNTED, _MAIL = (
    *("alert-popover", "alert-name", "alert-kind", "alert-threshold", "alert-counted", "alert-mail"),
)


@session.fragment(Action.CONSULT, _POPOVER)
def render(account: Account, department: str) -> None:
    """Render the form in a popover, whose fields are drawn once it is open; `department` is the parameter of the address."""
    popover = st.popover("M'alerter", icon=":material/notifications:", key=f"{_POPOVER}-popover", on_change="rerun")
    if not popover.open:
        actions.clear_messages(_SECTION)
        return
    with popover, st.container(key="alert-form", gap="small"):
        filters = question.selected()
        st.html(
            "<p class='ror-alert-use'>Être prévenu, sur l'écran et par courriel si vous voulez, quand la réponse à cette "
            "question change.</p>"
        )
        name_key = f"{_NAME}-{proposed_name(filters, department)}"
        st.text_input("Nom", value=proposed_name(filters, department), key=name_key)
        kind = st.radio("Quand", list(AlertKind), format_func=lambda one: one.label, key=_KIND)
        if kind is not AlertKind.UNIT:
            _render_total(filters)
        st.checkbox(_mail_words(account), key=_MAIL, disabled=not account_alerts.can_mail(account))
        _render_foot(name_key, department)


def _render_foot(name_key: str, department: str) -> None:
    """Render the result of the last save and the button, both in view on a small window while the fields scroll."""
    with st.container(key="alert-foot", gap="small"):
        actions.render_success(_SECTION)
        actions.render_refusal(_SECTION)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Enregistrer l'alerte",
                key="alert-save",
                type="primary",
                icon=":material/notifications:",
                on_click=_save,
                args=(name_key, department),
            )
            st.html(f'<p class="ror-alert"><a href="/{alert_badge.PAGE}">Mes alertes</a></p>', width="content")


def _render_total(filters: Filters) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input("Seuil", min_value=1, max_value=MAX_THRESHOLD, value=5, step=1, key=_THRESHOLD, width=130)
        if filters.capacity_type is None:
            st.segmented_control("De quoi", list(question.CAPACITY_TYPES), key=_COUNTED, required=True, default="Lits")


def _mail_words(account: Account) -> str:
    if account_alerts.can_mail(account):
        return "M'écrire aussi un courriel"
    missing = "ce service n'en envoie pas pour l'instant" if account.mail else "votre compte n'a pas d'adresse"
    return f"M'écrire aussi un courriel ({missing})"


def proposed_name(filters: Filters, department: str) -> str:
    """Return a name in the words of the question: « SMR à moins de 20 km de Créteil (94), au moins 2, moins de 24 h »."""
    parts = [question.words(st.query_params.get(department, ""))]
    if filters.capacity_type is not None:
        parts.append(f"{filters.capacity_type.label}s")
    if filters.at_least:
        parts.append(f"au moins {filters.at_least}")
    if filters.ranks:
        # The first bands together are « less than » the limit of the last one.
        together = filters.ranks == tuple(range(len(filters.ranks)))
        ranks = filters.ranks[-1:] if together else filters.ranks
        parts.append(" ou ".join(settings().age_bands[rank].label for rank in ranks))
    words = ", ".join(filter(None, parts))[:MAX_NAME_LENGTH]
    return words[:1].upper() + words[1:]


def _condition(department: str) -> Condition:
    state, filters, place = st.session_state, question.selected(), question.near()
    kind = AlertKind(state.get(_KIND) or AlertKind.UNIT)
    if kind is not AlertKind.UNIT and filters.capacity_type is None:
        filters = replace(filters, capacity_type=question.CAPACITY_TYPES.get(state.get(_COUNTED) or ""))
    return Condition(
        filters,
        place.key if place else "",
        question.kilometres() if place else 0.0,
        st.query_params.get(department, ""),
        kind,
        int(state.get(_THRESHOLD) or 0) if kind is not AlertKind.UNIT else 0,
    )


def _save(name_key: str, department: str) -> None:
    parameters = question.parameters(department)
    address = f"{account_alerts.PAGE}?{parameters}".rstrip("?")
    actions.clear_messages(_SECTION)
    saved = actions.run(
        lambda account, now: account_alerts.save(
            session.database(),
            account,
            st.session_state[name_key],
            _condition(department),
            address,
            by_mail=bool(st.session_state.get(_MAIL)),
            now=now,
        ),
        lambda error: actions.refuse(_SECTION, error.user_message),
    )
    if saved:
        actions.succeed(_SECTION, _done(saved))
    # With a first alert, the badge has to begin to listen.
    session.rerun_fragment([_POPOVER, alert_badge.FRAGMENT])


def _done(saved: Alert) -> str:
    now = f"C'est déjà le cas ({saved.condition.value_words(saved.value)}) : elle sonnera au prochain changement."
    return f"Alerte « {saved.name} » enregistrée. {now if saved.holds else 'Vous serez prévenu dès que ce sera le cas.'}"
