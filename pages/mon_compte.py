"""« Mon compte »: who I am, my password, my second factor, what is held on me, my sessions."""

import html
from datetime import UTC, datetime

import streamlit as st

from ror.model.rights import Account, Action
from ror.services.accounts import personal_data, second_factor, sessions
from ror.web import session
from ror.web.forms import password_forms, second_factor_form


@session.fragment(Action.ENTER)
def screen(account: Account) -> None:
    """The account, then what it can do for itself."""
    if second_factor.required(account) and not account.second_factor:
        st.warning("L'administration demande un second facteur : activez le vôtre ci-dessous.", icon=":material/lock:")
    person, safety = st.columns([5, 6], gap="large")
    with person:
        who(account)
        st.subheader("Mot de passe")
        password_forms.change_password_form(account)
    with safety:
        second_factor_form.show(account)
        data()
        open_sessions()


def who(account: Account) -> None:
    """What the service knows of the person."""
    facts = {
        "Nom": html.escape(account.name),
        "Identifiant": html.escape(account.login),
        "Courriel": html.escape(account.mail) or "aucun",
        "Rôles": html.escape(", ".join(role.label for role in sorted(account.roles))),
    }
    if entries := personal_data.perimeter(session.database(), account):
        facts["Périmètre"] = f"<ul>{''.join(f'<li>{html.escape(entry)}</li>' for entry in entries)}</ul>"
    st.subheader("Qui je suis")
    lines = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts.items())
    st.html(f'<dl class="ror-person">{lines}</dl>')
    st.caption("Pour corriger ces informations, adressez-vous au support.")


def data() -> None:
    """All that is held on the person, as a file."""
    db = session.database()
    st.subheader("Mes données")
    st.html("<p>Tout ce que le service garde sur vous : compte, sessions, adresses réseau, journal, mises à jour.</p>")
    st.download_button(
        "Télécharger mes données (JSON)",
        session.making(lambda signed_in: personal_data.export(db, signed_in, signed_in.id, datetime.now(UTC))),
        "mes-donnees.json",
        "application/json",
        key="personal_data",
        icon=":material/download:",
        on_click="ignore",
    )


def open_sessions() -> None:
    """The way out of every browser at once."""
    st.subheader("Mes sessions")
    st.html("<p>Un ordinateur resté ouvert, un doute&nbsp;? Fermez tout, ici compris, puis reconnectez-vous.</p>")
    st.button("Fermer toutes mes sessions", key="close_sessions", on_click=close_sessions, icon=":material/logout:")


def close_sessions() -> None:
    """Every session of whoever is signed in now is over: the next run asks to sign in."""
    if account := session.current():
        sessions.close_all(session.database(), account, datetime.now(UTC))


session.require(Action.ENTER)
st.title("Mon compte")
screen()
