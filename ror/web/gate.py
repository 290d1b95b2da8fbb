"""The sign-in screen, and the line with the account signed in."""

import html
from datetime import UTC, datetime

import streamlit as st

from ror.errors import SignInFailed
from ror.model.rights import Account, Action, entitled
from ror.services import journal
from ror.services.accounts import links, sign_in
from ror.services.operations.demonstration import PASSWORD, SIGN_INS
from ror.settings import settings
from ror.web import alert_badge, demo_sign_in, oidc, own_drafts, redirect, session, titles, tour
from ror.web.forms import password_forms
from ror.web.markdown import literal

_PENDING, _FORGOTTEN, _MESSAGE = "pending", "password_lost", "gate_news"


def is_needed() -> bool:
    """Return whether a one-time link or a second step comes before the pages, even for somebody signed in."""
    return links.PARAMETER in st.query_params or _PENDING in st.session_state


def render_sign_in() -> None:
    """Render the sign-in screen, at any address."""
    form, presentation = st.columns([2, 3], gap="large")
    with form:
        _render_form()
    with presentation:
        st.html(
            f"<h2>{html.escape(settings().service_name)}</h2>"
            f"<p>Ce service montre où un lit ou une place est libre en {html.escape(settings().region)}, avec l'âge de chaque "
            "information. Les responsables de disponibilités y déclarent ce que leurs unités peuvent offrir ; les "
            "professionnels de santé et les coordonnateurs le consultent.</p>"
        )
        render_support()
        if settings().demo:
            _render_demonstration_accounts()


def _render_form() -> None:
    journal.acting_from(session.address())
    if links.PARAMETER in st.query_params:
        _render_link_form(st.query_params[links.PARAMETER])
    elif _PENDING in st.session_state:
        _render_code_form(st.session_state[_PENDING])
    elif st.session_state.get(_FORGOTTEN):
        titles.begin("Mot de passe oublié")
        password_forms.render_forgotten_form()
        _render_back_button()
    else:
        if message := st.session_state.pop(_MESSAGE, "") or oidc.failure_message():
            st.error(literal(message))
        elif session.token():
            # The session was closed from elsewhere, or expired: « Se déconnecter » removes the cookie.
            st.info(session.OVER)
        _render_password_form()
        if accepted := demo_sign_in.render_buttons():
            _enter(accepted, keep=True)
        tour.render()
        oidc.render_button()
        st.button("Mot de passe oublié", type="tertiary", icon=":material/lock_reset:", on_click=_forget_password)


def _forget_password() -> None:
    st.session_state[_FORGOTTEN] = True


def _render_back_button() -> None:
    st.button("Revenir à la connexion", type="tertiary", icon=":material/arrow_back:", on_click=_restart)


def _restart() -> None:
    st.query_params.pop(links.PARAMETER, None)
    for key in (_PENDING, _FORGOTTEN):
        st.session_state.pop(key, None)


def _render_password_form() -> None:
    with st.form("sign_in", enter_to_submit=True):
        st.title("Connexion")
        login = st.text_input("Identifiant", key="login", autocomplete="username")
        password = st.text_input("Mot de passe", key="password", type="password", autocomplete="current-password")
        if not st.form_submit_button("Se connecter", type="primary", width="stretch"):
            return
        if not login.strip() or not password:
            st.error("Indiquez votre identifiant et votre mot de passe.")
            return
        try:
            accepted = sign_in.sign_in(session.database(), login, password, datetime.now(UTC), session.browser_mark())
        except SignInFailed as error:
            st.error(literal(error.user_message))
            return
    _enter(accepted, keep=True)


def _render_link_form(token: str) -> None:
    accepted = password_forms.render_link_form(token)
    if accepted is None:
        _render_back_button()
        return
    if accepted.needs_code:
        st.query_params.pop(links.PARAMETER)
    # The token is removed from the address, and the page that was open before, perhaps by another account, is left.
    _enter(accepted, keep=False)


def _render_code_form(pending: str) -> None:
    titles.begin("Second facteur")
    with st.form("second_step"):
        st.title("Second facteur")
        code = st.text_input("Code", key="code", autocomplete="one-time-code")
        st.caption("Le code à 6 chiffres de votre application ou, si vous ne l'avez plus, un code de secours.")
        submitted = st.form_submit_button("Valider", type="primary", width="stretch")
        if submitted:
            try:
                ticket = sign_in.second_step(session.database(), pending, code, datetime.now(UTC), session.browser_mark())
            except sign_in.PendingTicketExpired as error:
                _restart()
                st.session_state[_MESSAGE] = error.user_message
                st.rerun()
            except SignInFailed as error:
                st.error(literal(error.user_message))
                submitted = False
    if submitted:
        del st.session_state[_PENDING]
        redirect.open_session(ticket, keep=True)
    else:
        _render_back_button()


def _enter(accepted: sign_in.PasswordAccepted, *, keep: bool) -> None:
    if accepted.needs_code:
        st.session_state[_PENDING] = accepted.ticket
        st.rerun()
    redirect.open_session(accepted.ticket, keep=keep)


def render_support() -> None:
    """Render how to reach the support: telephone, hours, form and mail of the settings."""
    config = settings()
    dial = config.support_telephone.replace(" ", "")
    st.html(
        '<section class="ror-support"><h2>Identifiant ou mot de passe perdu, besoin d\'aide&nbsp;?</h2><ul>'
        f'<li>Téléphone : <a href="tel:{html.escape(dial)}">{html.escape(config.support_telephone)}</a>, '
        f"{html.escape(config.support_hours)}</li>"
        f'<li>Formulaire : <a href="{html.escape(config.support_form)}">{html.escape(config.support_form)}</a></li>'
        f'<li>Courriel : <a href="mailto:{html.escape(config.support_mail)}">{html.escape(config.support_mail)}</a></li>'
        "</ul></section>"
    )


def _render_demonstration_accounts() -> None:
    rows = "".join(
        f"<tr><td><code>{login}</code></td><td>{html.escape(role.label)}</td></tr>" for login, role in SIGN_INS.items()
    )
    st.html(
        '<section class="ror-demo-accounts"><h2>Comptes de démonstration</h2>'
        f"<p>Mot de passe de tous les comptes : <code>{PASSWORD}</code></p>"
        '<table aria-label="Comptes de démonstration"><tr><th scope="col">Identifiant</th><th scope="col">Profil</th></tr>'
        f"{rows}</table></section>"
    )


def render_account_line(account: Account) -> None:
    """Render the name and roles of the account signed in, with « Se déconnecter »."""
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center", key="who"):
        roles = ", ".join(role.label for role in sorted(account.roles))
        name = f"<b>{html.escape(account.name)}</b> · {html.escape(roles)}"
        st.html(
            f'<span class="ror-who"><span class="ror-service">{html.escape(settings().service_name)} · </span>{name}</span>'
        )
        own_drafts.discard_others(account)
        if entitled(account, Action.CONSULT):
            alert_badge.render()
        if st.button("Se déconnecter", key="sign_out", type="tertiary", icon=":material/logout:"):
            session.sign_out()
            redirect.go("/session/close", keep=False)
            st.stop()
