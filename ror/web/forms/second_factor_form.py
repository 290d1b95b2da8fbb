"""« Second facteur » in « Mon compte »: put in use with an application, renew the recovery codes, remove."""

import html
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import streamlit as st

from ror.errors import RorError
from ror.model.rights import Account
from ror.services.accounts import second_factor
from ror.settings import settings
from ror.web import session
from ror.web.markdown import literal

FEW_CODES = 3
_ENROL, _USE = "second_factor_new_code", "second_factor_code"


@dataclass(slots=True)
class _Draft:
    """What stands between two gestures of one account, in this open page alone: a proposed secret is stored nowhere else."""

    account: str
    proposal: second_factor.Proposal | None = None
    codes: list[str] = field(default_factory=list)
    refusal: str = ""
    done: str = ""


def _draft(account: Account) -> _Draft:
    kept = st.session_state.get("second_factor")
    if not isinstance(kept, _Draft) or kept.account != account.id:
        kept = st.session_state["second_factor"] = _Draft(account.id)
    return kept


def show(account: Account) -> None:
    """The state of the account's second factor, and the gestures that it allows."""
    draft = _draft(account)
    st.subheader("Second facteur")
    if draft.done:
        st.success(draft.done, icon=":material/check_circle:")
        draft.done = ""
    if draft.codes:
        _new_codes(draft)
    elif account.second_factor:
        _in_use(account, draft)
    elif draft.proposal:
        _proposal(draft, draft.proposal)
    else:
        st.html(
            "<p>Inactif. Avec un second facteur, votre mot de passe ne suffit plus : il faut aussi un code, que votre "
            "téléphone affiche et qui change toutes les 30 secondes.</p>"
        )
        _refusal(draft)
        st.button("Activer un second facteur", key="second_factor_propose", type="primary", on_click=_propose)


def _refusal(draft: _Draft) -> None:
    if draft.refusal:
        st.error(literal(draft.refusal), icon=":material/error:")


def _proposal(draft: _Draft, proposal: second_factor.Proposal) -> None:
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
        _refusal(draft)
        with st.container(horizontal=True):
            st.form_submit_button("Activer", type="primary", on_click=_enrol)
            st.form_submit_button("Abandonner", on_click=_abandon)


def _in_use(account: Account, draft: _Draft) -> None:
    left = second_factor.codes_left(session.database(), account)
    st.html(f"<p><b>Actif.</b> Codes de secours restants : {left} sur {second_factor.RECOVERY_CODES}.</p>")
    if left <= FEW_CODES:
        st.warning("Il vous reste peu de codes de secours : demandez-en de nouveaux.")
    with st.form("second_factor_use", border=False, enter_to_submit=False):
        st.text_input("Code de votre application, ou code de secours", key=_USE, autocomplete="one-time-code", width=340)
        _refusal(draft)
        with st.container(horizontal=True):
            st.form_submit_button("Nouveaux codes de secours", on_click=_renew)
            if not second_factor.required(account):
                st.form_submit_button("Retirer le second facteur", on_click=_remove)
    st.caption("Un code de secours sert une seule fois, quand vous n'avez pas votre téléphone.")


def _new_codes(draft: _Draft) -> None:
    """The recovery codes, once: nobody can read them again."""
    codes = list(draft.codes)
    st.warning("Gardez ces codes de secours en lieu sûr, hors de votre téléphone : ils ne seront plus affichés.")
    st.html(f'<ul class="ror-codes">{"".join(f"<li><code>{code}</code></li>" for code in codes)}</ul>')
    with st.container(horizontal=True):
        st.download_button(
            "Télécharger ces codes",
            session.making(lambda _: _as_text(codes)),
            "codes-de-secours.txt",
            "text/plain",
            key="second_factor_codes",
            icon=":material/download:",
            on_click="ignore",
        )
        st.button("J'ai gardé ces codes", key="second_factor_kept", type="primary", on_click=_abandon)


def _as_text(codes: list[str]) -> bytes:
    lines = [f"Codes de secours - {settings().service_name}", "Chaque code sert une seule fois.", "", *codes, ""]
    return "\r\n".join(lines).encode()


def _propose() -> None:
    _make(lambda draft, account, now: setattr(draft, "proposal", second_factor.propose(account)))


def _enrol() -> None:
    def gesture(draft: _Draft, account: Account, now: datetime) -> None:
        secret = draft.proposal.secret if draft.proposal else ""
        draft.codes = second_factor.enrol(session.database(), account, secret, _typed(_ENROL), now)
        draft.proposal, draft.done = None, "Votre second facteur est actif."

    _make(gesture)


def _renew() -> None:
    def gesture(draft: _Draft, account: Account, now: datetime) -> None:
        draft.codes = second_factor.renew_codes(session.database(), account, _typed(_USE), now)
        draft.done = "Vos anciens codes de secours ne servent plus."

    _make(gesture)


def _remove() -> None:
    def gesture(draft: _Draft, account: Account, now: datetime) -> None:
        second_factor.remove(session.database(), account, _typed(_USE), now)
        draft.done = "Votre second facteur est retiré."

    _make(gesture)


def _abandon() -> None:
    def gesture(draft: _Draft, account: Account, now: datetime) -> None:
        draft.proposal, draft.codes = None, []

    _make(gesture)


def _typed(key: str) -> str:
    return str(st.session_state.get(key) or "")


def _make(gesture: Callable[[_Draft, Account, datetime], None]) -> None:
    """Make a gesture, by whoever is signed in now; a refusal is said beside the field, which keeps what was typed."""
    account = session.current()
    if account is None:
        return
    draft = _draft(account)
    draft.refusal = draft.done = ""
    try:
        gesture(draft, account, datetime.now(UTC))
    except RorError as error:
        draft.refusal = error.message
    else:
        for key in (_ENROL, _USE):
            st.session_state.pop(key, None)
