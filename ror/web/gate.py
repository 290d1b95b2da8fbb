"""Signing in and out on screen."""

import html
from functools import cache

import streamlit as st

from ror.errors import SignInFailed
from ror.model.rights import Account
from ror.services import sign_in
from ror.services.demonstration import PASSWORD, SIGN_INS
from ror.settings import settings
from ror.web import session

_GO = """
export default function ({ data }) {
  const next = data.keep ? encodeURIComponent(location.pathname + location.search) : "/";
  location.replace(data.path + (data.path.includes("?") ? "&" : "?") + "next=" + next);
}
"""


@cache
def _component() -> "st.components.v2.types.ComponentRenderer":
    return st.components.v2.component("ror_go", js=_GO)


def _go(path: str, *, keep: bool) -> None:
    """Send the browser to an address of this server; `keep`: and back to where it is."""
    _component()(data={"path": path, "keep": keep}, key="go", height=0)


def show() -> None:
    """The sign-in screen, at whatever address was asked for."""
    form, words = st.columns([2, 3], gap="large")
    with form:
        _form()
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


def _form() -> None:
    with st.form("sign_in", enter_to_submit=True):
        st.subheader("Connexion")
        login = st.text_input("Identifiant", key="login", autocomplete="username")
        password = st.text_input("Mot de passe", key="password", type="password", autocomplete="current-password")
        if not st.form_submit_button("Se connecter", type="primary", width="stretch"):
            return
        try:
            ticket = sign_in.sign_in(session.database(), login, password)
        except SignInFailed as error:
            st.error(error.message)
            return
    _go(f"/session/open?ticket={ticket}", keep=True)


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
            _go("/session/close", keep=False)
            st.stop()
