"""The sheet of one account: its state, its form, and what can be done with it."""

import html
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st

from ror.errors import MailFailed, NotFound
from ror.model.freshness import PARIS, instant_words
from ror.model.rights import Account
from ror.model.tokens import State
from ror.services.accounts import administer, links, personal_data, second_factor, tokens
from ror.settings import settings
from ror.web import session, tables
from ror.web.administration import account_form
from ror.web.administration.account_form import SECTION
from ror.web.forms import actions
from ror.web.markdown import literal

STATES = {"active": "Actif", "disabled": "Désactivé", "erased": "Effacé"}
_LINK = "account-link"


def show(admin: Account, account_id: str) -> None:
    """One account, by its id."""
    try:
        account = administer.account_named(session.database(), admin, account_id)
    except NotFound as error:
        st.warning(literal(error.message))
        return
    row = administer.accounts_found(session.database(), admin, "", only=account_id).to_pylist()[0]
    _identity(account, row)
    if _LINK in st.session_state:
        _shown_link(account)
    _tokens_left(admin, account)
    if account.erased:
        st.info("Les données personnelles de ce compte ont été effacées : il ne peut plus servir ni être modifié.")
        return
    account_form.show(admin, account, lambda _: forget_link())
    st.subheader("Accès")
    with st.container(horizontal=True, key="account-access"):
        _access(admin, account)
    st.subheader("Données personnelles")
    _data(admin, account)


def send_link(account: Account, first: str = "") -> None:
    """Send the one-time link by mail, or keep it to be shown until the next gesture; `first` is said before that."""
    db = session.database()
    until = f"{datetime.now(PARIS) + timedelta(minutes=settings().link_minutes):%H:%M}".replace(":", " h ")

    def gesture(actor: Account, now: datetime) -> tuple[str | None, str]:
        try:
            return links.send(db, actor, account.id, now), ""
        except MailFailed as failure:
            return failure.link, failure.message

    made = actions.make(SECTION, gesture, first)
    st.session_state.pop(_LINK, None)
    if made is None:
        # The link was refused; what came before it is done all the same.
        st.session_state[f"{SECTION}-done"] = first
        return
    url, why = made
    if why:
        st.session_state[f"{SECTION}-refused"] = why
    if url is None:
        sent = f"Un lien a été envoyé à {account.mail} : il sert une fois, jusqu'à {until}."
        st.session_state[f"{SECTION}-done"] = f"{first} {sent}".strip()
    else:
        st.session_state[_LINK] = (account.id, url, until)


def forget_link() -> None:
    """The link that was shown goes: its sheet was left."""
    st.session_state.pop(_LINK, None)


def forget() -> None:
    """What was done before, and the link that was shown, are no longer said."""
    actions.forget(SECTION)
    forget_link()


@st.fragment(run_every=30)
def _shown_link(account: Account) -> None:
    """The link to hand over, until it was used or has ended; looking whether it was does not prolong the session."""
    kept = st.session_state.get(_LINK)
    if kept is None:
        return
    holder, url, until = kept
    if holder != account.id or not links.alive(session.database(), url, datetime.now(UTC)):
        forget_link()
        return
    st.info(
        literal(
            f"Remettez ce lien à {account.name}, et à personne d'autre : il permet de choisir le mot de passe du compte. "
            f"Il sert une fois, jusqu'à {until}, et ne sera plus montré."
        ),
        icon=":material/key:",
    )
    st.code(url, language=None, wrap_lines=True)


def _identity(account: Account, row: dict[str, Any]) -> None:
    signed_in = f"dernière connexion le {instant_words(row['signed_in_at'])}" if row["signed_in_at"] else "jamais connecté"
    facts = [", ".join(role.label for role in sorted(account.roles)) or "sans rôle"]
    if not account.erased:
        facts += [
            "second facteur actif" if account.second_factor else "sans second facteur",
            "mot de passe choisi" if row["password"] else "mot de passe à choisir, par un lien",
        ]
    facts.append(signed_in)
    state = "" if row["state"] == "active" else f' <span class="ror-chip ror-shut">{STATES[row["state"]]}</span>'
    st.html(
        f'<section class="ror-sheet"><h2>{html.escape(account.name)}{state}</h2>'
        f"<p><code>{html.escape(account.login)}</code> · {html.escape(' · '.join(facts))}</p></section>"
    )


def _tokens_left(admin: Account, account: Account) -> None:
    """Say which tokens go on serving without the account that made them, once it administers no more."""
    known = tokens.known(session.database(), admin, datetime.now(UTC)).to_pylist()
    own = [row for row in known if row["made_by"] == account.id and row["state"] == State.ACTIVE and not row["upheld"]]
    if own:
        left = tables.count(len(own), "jeton créé par ce compte sert", "jetons créés par ce compte servent")
        st.warning(f"{left} encore à lire ou à déclarer : révoquez-les, volet « Jetons », s'il a pu en garder une copie.")


def _access(admin: Account, account: Account) -> None:
    db, own = session.database(), admin.id == account.id
    if not account.disabled:
        words = (
            "Envoyer un lien de mot de passe" if account.mail and settings().smtp_host else "Afficher un lien de mot de passe"
        )
        st.button(words, key="account-link-button", icon=":material/key:", on_click=send_link, args=(account,))
        _button(
            "Fermer ses sessions",
            ":material/logout:",
            lambda actor, now: administer.sign_out_everywhere(db, actor, account.id, now),
            "Les sessions de ce compte sont fermées.",
        )
    if not own and account.disabled:
        _button(
            "Réactiver",
            ":material/lock_open:",
            lambda actor, now: administer.enable(db, actor, account.id, now),
            f"{account.name} peut de nouveau se connecter.",
        )
    elif not own:
        _button(
            "Désactiver",
            ":material/block:",
            lambda actor, now: administer.disable(db, actor, account.id, now),
            f"{account.name} ne peut plus se connecter : ses sessions sont fermées. « Réactiver » lui rend son accès.",
        )
    if account.second_factor and not own:
        actions.confirmed(
            SECTION,
            f"second-factor-{account.id}",
            ("Retirer le second facteur", ":material/phonelink_erase:"),
            f"Retirer le second facteur de {account.name} ? Le mot de passe suffira. Assurez-vous d'abord, de vive voix, que "
            "c'est bien cette personne qui le demande.",
            "Oui, le retirer",
            lambda: _make(
                lambda actor, now: second_factor.remove_by_administrator(db, actor, account.id, now),
                f"{account.name} n'a plus de second facteur.",
            ),
        )


def _button(words: str, icon: str, gesture: actions.Gesture, done: str) -> None:
    st.button(words, key=f"account-{words}", icon=icon, on_click=_make, args=(gesture, done))


def _make(gesture: actions.Gesture, done: str) -> None:
    forget()
    actions.make(SECTION, gesture, done)


def _data(admin: Account, account: Account) -> None:
    db = session.database()
    made: Callable[[Account], bytes] = lambda actor: personal_data.export(db, actor, account.id, datetime.now(UTC))  # noqa: E731
    with st.container(horizontal=True, key="account-data"):
        st.download_button(
            "Exporter les données (JSON)",
            session.making(made),
            f"donnees-{account.id}.json",
            "application/json",
            key="account-export",
            icon=":material/download:",
            on_click="ignore",
        )
        if admin.id != account.id:
            actions.confirmed(
                SECTION,
                f"erase-{account.id}",
                ("Effacer les données du compte", ":material/delete_forever:"),
                f"Effacer {account.name} ({account.login}) ? Nom, identifiant, courriel et adresses réseau seront effacés, et "
                "personne ne se connectera plus avec ce compte. Cela ne peut pas être annulé.",
                f"Oui, effacer {literal(account.name)}",
                lambda: _make(
                    lambda actor, now: personal_data.erase(db, actor, account.id, now),
                    "Les données personnelles du compte sont effacées.",
                ),
            )
