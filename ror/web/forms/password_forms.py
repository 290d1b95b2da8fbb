"""The forms of passwords: lost, chosen by a one-time link, changed by its owner."""

from datetime import UTC, datetime

import streamlit as st

from ror.errors import NotFound, Refused, RorError
from ror.model.passwords import RULE_OF_ADMINISTRATORS, RULES
from ror.model.rights import Account, Role
from ror.services.accounts import links, mail, passwords
from ror.services.accounts.sign_in import Passed
from ror.web import redirect, session
from ror.web.markdown import literal


def forgotten() -> None:
    """Asks for a one-time link; what is answered says nothing of the account."""
    if not mail.configured():
        st.info(literal(links.NO_MAIL))
        return
    with st.form("forgotten"):
        st.subheader("Mot de passe oublié")
        asked = st.text_input("Identifiant ou courriel", key="forgotten_login", autocomplete="username")
        if st.form_submit_button("Recevoir un lien", type="primary", width="stretch"):
            if asked.strip():
                st.info(literal(links.forgotten(session.database(), asked, datetime.now(UTC))))
            else:
                st.error("Indiquez votre identifiant, ou l'adresse de courriel de votre compte.")


def by_link(token: str) -> Passed | None:
    """The form that a one-time link opens; what signs in its holder, once the password was chosen."""
    now = datetime.now(UTC)
    try:
        account = links.holder(session.database(), token, now)
    except NotFound as error:
        st.error(literal(error.message))
        return None
    with st.form("by_link"):
        st.subheader("Choisissez votre mot de passe")
        # Beside the password, so that a password manager keeps both.
        st.text_input("Identifiant", value=account.login, disabled=True, autocomplete="username")
        new = _new(account)
        if not st.form_submit_button("Choisir ce mot de passe", type="primary", width="stretch"):
            return None
        try:
            return passwords.set_by_link(session.database(), token, _twice(*new), now)
        except RorError as error:
            st.error(literal(error.message))
    return None


def change_password_form(account: Account) -> None:
    """Changes one's own password: every session is closed, and the browser signed in anew where it is."""
    with st.form("change_password"):
        old = st.text_input("Mot de passe actuel", key="old_password", type="password", autocomplete="current-password")
        new = _new(account)
        if not st.form_submit_button("Changer le mot de passe", type="primary"):
            return
        try:
            ticket = passwords.change(session.database(), account, old, _twice(*new), datetime.now(UTC), session.mark())
        except RorError as error:
            st.error(literal(error.message))
            return
    redirect.open_session(ticket, keep=True)


def _new(account: Account) -> tuple[str, str]:
    """The fields of a new password, typed twice, with its rules."""
    rules = RULE_OF_ADMINISTRATORS if Role.ADMINISTRATOR in account.roles else RULES
    new = st.text_input("Nouveau mot de passe", key="new_password", type="password", autocomplete="new-password")
    again = st.text_input("Le même, une seconde fois", key="new_password_again", type="password", autocomplete="new-password")
    st.caption(
        f"{rules}. Tous les signes servent, espaces et accents compris ; ni mot de passe courant, ni votre nom, votre "
        "identifiant ou votre courriel."
    )
    return new, again


def _twice(new: str, again: str) -> str:
    if new != again:
        raise Refused("Les deux saisies du nouveau mot de passe diffèrent : tapez-le de nouveau dans les deux champs.")
    return new
