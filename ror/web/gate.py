"""Signing in and out on screen."""

import html
from datetime import UTC, datetime

import streamlit as st

from ror.errors import SignInFailed
from ror.model.rights import Account
from ror.services import journal
from ror.services.accounts import links, sign_in
from ror.services.operations.demonstration import PASSWORD, SIGN_INS
from ror.settings import settings
from ror.web import oidc, redirect, session
from ror.web.forms import password_forms
from ror.web.markdown import literal

_PENDING, _FORGOTTEN, _NEWS = "pending", "password_lost", "gate_news"


def asked() -> bool:
    """Whether something comes before the pages, also for somebody signed in: a one-time link, a second step."""
    return links.PARAMETER in st.query_params or _PENDING in st.session_state


def show() -> None:
    """The sign-in screen, at whatever address was asked for."""
    form, words = st.columns([2, 3], gap="large")
    with form:
        _asked_form()
    with words:
        st.html(
            f"<h1>{html.escape(settings().service_name)}</h1>"
            f"<p>Ce service montre où un lit ou une place est libre en {html.escape(settings().region)}, avec l'âge de chaque "
            "information. Les responsables de disponibilités y déclarent ce que leurs unités peuvent offrir ; les "
            "professionnels de santé et les coordonnateurs le consultent.</p>"
        )
        support()
        if settings().demo:
            _demonstration_accounts()


def _asked_form() -> None:
    journal.acting_from(session.address())
    if links.PARAMETER in st.query_params:
        _link_form(st.query_params[links.PARAMETER])
    elif _PENDING in st.session_state:
        _code_form(st.session_state[_PENDING])
    elif st.session_state.get(_FORGOTTEN):
        password_forms.forgotten()
        _back()
    else:
        if why := st.session_state.pop(_NEWS, "") or oidc.failure_message():
            st.error(literal(why))
        elif session.token():
            # Closed from elsewhere, or after its time: one's own « Se déconnecter » takes the cookie away.
            st.info(session.OVER)
        _form()
        oidc.render_button()
        st.button("Mot de passe oublié", type="tertiary", icon=":material/lock_reset:", on_click=_forgot)


def _forgot() -> None:
    st.session_state[_FORGOTTEN] = True


def _back() -> None:
    st.button("Revenir à la connexion", type="tertiary", icon=":material/arrow_back:", on_click=_start_again)


def _start_again() -> None:
    st.query_params.pop(links.PARAMETER, None)
    for key in (_PENDING, _FORGOTTEN):
        st.session_state.pop(key, None)


def _form() -> None:
    with st.form("sign_in", enter_to_submit=True):
        st.subheader("Connexion")
        login = st.text_input("Identifiant", key="login", autocomplete="username")
        password = st.text_input("Mot de passe", key="password", type="password", autocomplete="current-password")
        if not st.form_submit_button("Se connecter", type="primary", width="stretch"):
            return
        if not login.strip() or not password:
            st.error("Indiquez votre identifiant et votre mot de passe.")
            return
        try:
            passed = sign_in.sign_in(session.database(), login, password, datetime.now(UTC), session.mark())
        except SignInFailed as error:
            st.error(literal(error.message))
            return
    _enter(passed, keep=True)


def _link_form(token: str) -> None:
    passed = password_forms.by_link(token)
    if passed is None:
        _back()
        return
    if passed.needs_code:
        st.query_params.pop(links.PARAMETER)
    # The token leaves the address, and what was open before it with another account is left as well.
    _enter(passed, keep=False)


def _code_form(pending: str) -> None:
    with st.form("second_step"):
        st.subheader("Second facteur")
        code = st.text_input("Code", key="code", autocomplete="one-time-code")
        st.caption("Le code à 6 chiffres de votre application ou, si vous ne l'avez plus, un code de secours.")
        sent = st.form_submit_button("Valider", type="primary", width="stretch")
        if sent:
            try:
                ticket = sign_in.second_step(session.database(), pending, code, datetime.now(UTC), session.mark())
            except sign_in.Over as error:
                _start_again()
                st.session_state[_NEWS] = error.message
                st.rerun()
            except SignInFailed as error:
                st.error(literal(error.message))
                sent = False
    if sent:
        del st.session_state[_PENDING]
        redirect.open_session(ticket, keep=True)
    else:
        _back()


def _enter(passed: sign_in.Passed, *, keep: bool) -> None:
    if passed.needs_code:
        st.session_state[_PENDING] = passed.ticket
        st.rerun()
    redirect.open_session(passed.ticket, keep=keep)


def support() -> None:
    """How to reach the support: telephone, hours, form, mail, from the settings."""
    known = settings()
    dial = known.support_telephone.replace(" ", "")
    st.html(
        '<section class="ror-support"><h2>Identifiant ou mot de passe perdu, besoin d\'aide&nbsp;?</h2><ul>'
        f'<li>Téléphone : <a href="tel:{html.escape(dial)}">{html.escape(known.support_telephone)}</a>, '
        f"{html.escape(known.support_hours)}</li>"
        f'<li>Formulaire : <a href="{html.escape(known.support_form)}">{html.escape(known.support_form)}</a></li>'
        f'<li>Courriel : <a href="mailto:{html.escape(known.support_mail)}">{html.escape(known.support_mail)}</a></li>'
        "</ul></section>"
    )


def _demonstration_accounts() -> None:
    rows = "".join(
        f"<tr><td><code>{login}</code></td><td>{html.escape(role.label)}</td></tr>" for login, role in SIGN_INS.items()
    )
    st.html(
        '<section class="ror-demo-accounts"><h2>Comptes de démonstration</h2>'
        f"<p>Mot de passe de tous les comptes : <code>{PASSWORD}</code></p>"
        f"<table><tr><th>Identifiant</th><th>Profil</th></tr>{rows}</table></section>"
    )


def signed_in(account: Account) -> None:
    """The line that says who is signed in, with the way out."""
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center", key="who"):
        roles = ", ".join(role.label for role in sorted(account.roles))
        who = f"<b>{html.escape(account.name)}</b> · {html.escape(roles)}"
        st.html(f'<span class="ror-who">{html.escape(settings().service_name)} · {who}</span>')
        if st.button("Se déconnecter", key="sign_out", type="tertiary", icon=":material/logout:"):
            session.sign_out()
            redirect.go("/session/close", keep=False)
            st.stop()
