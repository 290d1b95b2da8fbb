"""The form « Second facteur » of « Mon compte »: enrol an application, renew the recovery codes, remove the factor."""

import html
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import streamlit as st

from ror.model.rights import Account
from ror.services.accounts import second_factor
from ror.settings import settings
from ror.web import session
from ror.web.forms import actions

FEW_CODES = 3
_SECTION = "second-factor"
_ENROL, _USE = "second_factor_new_code", "second_factor_code"


@dataclass(slots=True)
class _SecondFactorState:
    """The state of the form between two actions of one account; a proposed secret is stored nowhere else."""

    account: str
    proposal: second_factor.Proposal | None = None
    codes: list[str] = field(default_factory=list)


def _state(account: Account) -> _SecondFactorState:
    """Return the state of the account's form; that of another account, and its messages, are dropped."""
    state = st.session_state.get("second_factor")
    if not isinstance(state, _SecondFactorState) or state.account != account.id:
        state = st.session_state["second_factor"] = _SecondFactorState(account.id)
        actions.clear_messages(_SECTION)
    return state


def render_second_factor(account: Account) -> None:
    """Render the state of the account's second factor and the actions that it allows; a success is rendered once."""
    state = _state(account)
    st.header("Second facteur")
    actions.render_success(_SECTION)
    actions.succeed(_SECTION, "")
    if state.codes:
        _render_new_codes(state.codes)
    elif account.second_factor:
        _render_in_use(account)
    elif state.proposal:
        _render_proposal(state.proposal)
    else:
        st.html(
            "<p>Inactif. Avec un second facteur, votre mot de passe ne suffit plus : il faut aussi un code, que votre "
            "téléphone affiche et qui change toutes les 30 secondes.</p>"
        )
        actions.render_refusal(_SECTION)
        st.button("Activer un second facteur", key="second_factor_propose", type="primary", on_click=_propose)


def _render_proposal(proposal: second_factor.Proposal) -> None:
    groups = " ".join(proposal.secret[start : start + 4] for start in range(0, len(proposal.secret), 4))
    st.html(
        "<p>1. Installez une application d'authentification (FreeOTP, Aegis, Google Authenticator...).<br>"
        "2. Scannez ce code QR avec elle, ou tapez-y la clé écrite dessous.<br>"
        "3. Tapez ici le code de six chiffres qu'elle affiche.</p>"
        f'<figure class="ror-qr"><img src="{html.escape(proposal.qr)}" alt="Code QR de la clé écrite dessous">'
        f"<figcaption>Clé à taper :<br><code>{groups}</code></figcaption></figure>"
    )
    with st.form("second_factor_enrol", border=False):
        st.text_input("Code à six chiffres", key=_ENROL, autocomplete="one-time-code", width=260)
        actions.render_refusal(_SECTION)
        with st.container(horizontal=True):
            st.form_submit_button("Activer", type="primary", on_click=_enrol)
            st.form_submit_button("Abandonner", on_click=_abandon)


def _render_in_use(account: Account) -> None:
    remaining = second_factor.codes_left(session.database(), account)
    st.html(f"<p><b>Actif.</b> Codes de secours restants : {remaining} sur {second_factor.RECOVERY_CODES}.</p>")
    if remaining <= FEW_CODES:
        st.warning("Il vous reste peu de codes de secours : demandez-en de nouveaux.")
    with st.form("second_factor_use", border=False, enter_to_submit=False):
        st.text_input("Code de votre application, ou code de secours", key=_USE, autocomplete="one-time-code", width=340)
        actions.render_refusal(_SECTION)
        with st.container(horizontal=True):
            st.form_submit_button("Nouveaux codes de secours", on_click=_renew)
            if not second_factor.is_required(account):
                st.form_submit_button("Retirer le second facteur", on_click=_remove)
    st.caption("Un code de secours sert une seule fois, quand vous n'avez pas votre téléphone.")


def _render_new_codes(codes: list[str]) -> None:
    """Render the recovery codes, once: nobody can read them again."""
    st.warning("Gardez ces codes de secours en lieu sûr, hors de votre téléphone : ils ne seront plus affichés.")
    st.html(f'<ul class="ror-codes">{"".join(f"<li><code>{code}</code></li>" for code in codes)}</ul>')
    with st.container(horizontal=True):
        st.download_button(
            "Télécharger ces codes",
            session.deferred_file(lambda _: _codes_file(codes)),
            "codes-de-secours.txt",
            "text/plain",
            key="second_factor_codes",
            icon=":material/download:",
            on_click="ignore",
        )
        st.button("J'ai gardé ces codes", key="second_factor_kept", type="primary", on_click=_abandon)


def _codes_file(codes: list[str]) -> bytes:
    lines = [f"Codes de secours - {settings().service_name}", "Chaque code sert une seule fois.", "", *codes, ""]
    return "\r\n".join(lines).encode()


def _propose() -> None:
    def propose(state: _SecondFactorState, account: Account, _: datetime) -> None:
        state.proposal = second_factor.propose(account)

    _run(propose)


def _enrol() -> None:
    def enrol(state: _SecondFactorState, account: Account, now: datetime) -> None:
        secret = state.proposal.secret if state.proposal else ""
        state.codes = second_factor.enrol(session.database(), account, secret, _typed(_ENROL), now)
        state.proposal = None

    _run(enrol, "Votre second facteur est actif.")


def _renew() -> None:
    def renew(state: _SecondFactorState, account: Account, now: datetime) -> None:
        state.codes = second_factor.renew_codes(session.database(), account, _typed(_USE), now)

    _run(renew, "Vos anciens codes de secours ne servent plus.")


def _remove() -> None:
    def remove(_: _SecondFactorState, account: Account, now: datetime) -> None:
        second_factor.remove(session.database(), account, _typed(_USE), now)

    _run(remove, "Votre second facteur est retiré.")


def _abandon() -> None:
    def abandon(state: _SecondFactorState, _: Account, __: datetime) -> None:
        state.proposal, state.codes = None, []

    _run(abandon)


def _typed(key: str) -> str:
    return str(st.session_state.get(key) or "")


def _run(change: Callable[[_SecondFactorState, Account, datetime], None], success: str = "") -> None:
    """Change the state of the form, and empty its fields; after a refusal they keep what was typed."""

    def operation(account: Account, now: datetime) -> None:
        change(_state(account), account, now)
        for key in (_ENROL, _USE):
            st.session_state.pop(key, None)

    actions.run_in_section(_SECTION, operation, success)
