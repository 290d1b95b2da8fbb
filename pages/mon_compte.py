"""The page « Mon compte »: the user's identity, password, reminders, second factor, personal data and sessions."""

import html
from datetime import UTC, datetime

import streamlit as st

from ror.model.rights import Account, Action, entitled
from ror.services.accounts import personal_data, second_factor, sessions
from ror.web import session
from ror.web.forms import deputy_form, password_forms, reminder_form, second_factor_form


@session.fragment(Action.ENTER)
def screen(account: Account) -> None:
    """Render the account and the actions on it."""
    if second_factor.is_required(account) and not account.second_factor:
        st.warning("L'administration demande un second facteur : activez le vôtre ci-dessous.", icon=":material/lock:")
    person, safety = st.columns([5, 6], gap="large")
    with person:
        render_identity(account)
        st.header("Mot de passe")
        password_forms.render_change_form(account)
    with safety:
        if entitled(account, Action.DECLARE):
            reminder_form.render(account)
            deputy_form.render(account)
        second_factor_form.render_second_factor(account)
        render_data()
        render_sessions()


def render_identity(account: Account) -> None:
    """Render the names, roles and perimeter of the account."""
    facts = {
        "Nom": html.escape(account.name),
        "Identifiant": html.escape(account.login),
        "Courriel": html.escape(account.mail) or "aucun",
        "Rôles": html.escape(", ".join(role.label for role in sorted(account.roles))),
    }
    if entries := personal_data.perimeter(session.database(), account):
        facts["Périmètre"] = f"<ul>{''.join(f'<li>{html.escape(entry)}</li>' for entry in entries)}</ul>"
    st.header("Qui je suis")
    lines = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts.items())
    st.html(f'<dl class="ror-person">{lines}</dl>')
    if account.narrowing and account.narrowing.finess is not None:
        numbers = ", ".join(sorted(account.narrowing.finess)) or "aucun"
        st.caption(f"Connexion unique : cette session ne déclare que dans ces numéros FINESS de votre périmètre : {numbers}.")
    st.caption("Pour corriger ces informations, adressez-vous au support.")


def render_data() -> None:
    """Render the download of all data that the service stores about the user."""
    db = session.database()
    st.header("Mes données")
    st.html("<p>Tout ce que le service garde sur vous : compte, sessions, adresses réseau, journal, rappels, mises à jour.</p>")
    st.download_button(
        "Télécharger mes données (JSON)",
        session.deferred_file(lambda account: personal_data.export(db, account, account.id, datetime.now(UTC))),
        "mes-donnees.json",
        "application/json",
        key="personal_data",
        icon=":material/download:",
        on_click="ignore",
    )


def render_sessions() -> None:
    """Render the button that closes the sessions of every browser."""
    st.header("Mes sessions")
    st.html("<p>Un ordinateur resté ouvert, un doute&nbsp;? Fermez tout, ici compris, puis reconnectez-vous.</p>")
    st.button("Fermer toutes mes sessions", key="close_sessions", on_click=close_sessions, icon=":material/logout:")


def close_sessions() -> None:
    """Close every session of the account signed in now; the next run renders the sign-in form."""
    if account := session.current():
        sessions.close_all(session.database(), account, datetime.now(UTC))


session.require(Action.ENTER)
st.title("Mon compte")
screen()
