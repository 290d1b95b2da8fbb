"""The sheet of one account: its state, its form and the actions on it."""

import html
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st

from ror.errors import MailFailed, NotFound
from ror.model import french
from ror.model.invitation import VALIDITY, InvitationDelivery
from ror.model.rights import Account
from ror.model.tokens import TokenState
from ror.services.accounts import administer, links, personal_data, second_factor, tokens
from ror.services.accounts import invitations as invitation_service
from ror.services.accounts.invitations import InvitationResult
from ror.services.region_time import instant_words, region_zone
from ror.settings import settings
from ror.web import session
from ror.web.administration import account_form, invitations
from ror.web.administration.account_form import SECTION
from ror.web.forms import actions
from ror.web.markdown import literal

STATES = {"active": "Actif", "disabled": "Désactivé", "erased": "Effacé"}
_LINK = "account-link"


def render_account_sheet(account: Account, target_id: str, on_duplicate: Callable[[Account], None]) -> None:
    """Render the sheet of the account with this id; `on_duplicate` is called with it by « Dupliquer »."""
    try:
        target = administer.account_by_id(session.database(), account, target_id)
    except NotFound as error:
        st.warning(literal(error.user_message))
        return
    row = administer.search_accounts(session.database(), account, "", only=target_id).to_pylist()[0]
    _render_identity(target, row)
    if _LINK in st.session_state:
        _render_link(target)
    _render_remaining_tokens(account, target)
    if target.erased:
        st.info("Les données personnelles de ce compte ont été effacées : il ne peut plus servir ni être modifié.")
        return
    account_form.render_account_form(account, target, lambda _: forget_link())
    st.header("Accès")
    with st.container(horizontal=True, key="account-access"):
        _render_access(account, target)
        st.button("Dupliquer", key="account-duplicate", icon=":material/content_copy:", on_click=on_duplicate, args=(target,))
    st.header("Données personnelles")
    _render_data(account, target)


def send_link(target: Account, first: str = "") -> None:
    """Send a one-time link by mail, or render it until the next action; `first` begins the message of success."""
    db = session.database()
    until = f"à {datetime.now(region_zone()) + timedelta(minutes=settings().link_minutes):%H h %M}"

    def send(account: Account, now: datetime) -> tuple[str | None, str]:
        try:
            return links.send(db, account, target.id, now), ""
        except MailFailed as failure:
            return failure.link, failure.user_message

    result = actions.run_in_section(SECTION, send, first)
    st.session_state.pop(_LINK, None)
    if result is None:
        # The link was refused, but the action before it succeeded.
        actions.succeed(SECTION, first)
        return
    url, failure_message = result
    if failure_message:
        actions.refuse(SECTION, failure_message)
    if url is None:
        sent = f"Un lien a été envoyé à {target.mail} : il sert une fois, jusqu'{until}."
        actions.succeed(SECTION, f"{first} {sent}".strip())
    else:
        st.session_state[_LINK] = (target.id, url, until)


def _invite(target: Account) -> None:
    """Invite an account that never signed in: send the invitation, or render its link until the next action."""
    db, until = session.database(), f"au {instant_words(datetime.now(UTC) + VALIDITY)}"
    results: list[InvitationResult] = []
    clear()
    actions.run_in_section(
        SECTION, lambda account, now: invitation_service.invite(db, account, [target.id], now, results.append), ""
    )
    for result in results:
        if result.delivery is InvitationDelivery.SENT:
            actions.succeed(SECTION, f"Une invitation a été envoyée à {target.mail} : elle sert une fois, jusqu'{until}.")
        elif result.delivery is None:
            actions.refuse(SECTION, result.refusal)
        else:
            st.session_state[_LINK] = (target.id, result.link, until)
            if result.delivery is InvitationDelivery.MAIL_REFUSED:
                actions.refuse(SECTION, "Le courriel n'a pas pu être envoyé : vérifiez l'adresse, ou remettez ce lien.")


def forget_link() -> None:
    """Stop rendering the link, since its sheet was left."""
    st.session_state.pop(_LINK, None)


def clear() -> None:
    """Remove the messages of the last action, and the link."""
    actions.clear_messages(SECTION)
    forget_link()


@st.fragment(run_every=30)
def _render_link(target: Account) -> None:
    """Render the link to hand over until it is used or expires; this check does not prolong the session."""
    link = st.session_state.get(_LINK)
    if link is None:
        return
    holder_id, url, until = link
    if holder_id != target.id or not links.is_valid(session.database(), url, datetime.now(UTC)):
        forget_link()
        return
    st.info(
        literal(
            f"Remettez ce lien à {target.name}, et à personne d'autre : il permet de choisir le mot de passe du compte. "
            f"Il sert une fois, jusqu'{until}, et ne sera plus montré."
        ),
        icon=":material/key:",
    )
    st.code(url, language=None, wrap_lines=True)


def _render_identity(target: Account, row: dict[str, Any]) -> None:
    signed_in = f"dernière connexion le {instant_words(row['signed_in_at'])}" if row["signed_in_at"] else "jamais connecté"
    facts = [", ".join(role.label for role in sorted(target.roles)) or "sans rôle"]
    if target.declares_for_others:
        where = ", ".join(map(account_form.grant_words, sorted(target.declares_for_others)))
        facts.append(f"écrit par téléphone pour {where}")
    if not target.erased:
        facts += [
            "second facteur actif" if target.second_factor else "sans second facteur",
            "mot de passe choisi" if row["password"] else "mot de passe à choisir, par un lien",
        ]
    facts.append(signed_in)
    state = "" if row["state"] == "active" else f' <span class="ror-chip ror-shut">{STATES[row["state"]]}</span>'
    st.html(
        f'<section class="ror-sheet"><h2>{html.escape(target.name)}{state}</h2>'
        f"<p><code>{html.escape(target.login)}</code> · {html.escape(' · '.join(facts))}</p></section>"
    )


def _render_remaining_tokens(account: Account, target: Account) -> None:
    """Render a warning when tokens that the target created remain valid although it no longer administers."""
    rows = tokens.list_tokens(session.database(), account, datetime.now(UTC)).to_pylist()
    own = [
        row
        for row in rows
        if row["made_by"] == target.id and row["state"] == TokenState.ACTIVE and not row["creator_administers"]
    ]
    if own:
        left = french.count(len(own), "jeton créé par ce compte sert", "jetons créés par ce compte servent")
        st.warning(f"{left} encore à lire ou à déclarer : révoquez-les, volet « Jetons », s'il a pu en garder une copie.")


def _render_access(account: Account, target: Account) -> None:
    db, own = session.database(), account.id == target.id
    if not target.disabled:
        label = (
            "Envoyer un lien de mot de passe" if target.mail and settings().smtp_host else "Afficher un lien de mot de passe"
        )
        st.button(label, key="account-link-button", icon=":material/key:", on_click=send_link, args=(target,))
        _render_button(
            "Fermer ses sessions",
            ":material/logout:",
            lambda account, now: administer.sign_out_everywhere(db, account, target.id, now),
            "Les sessions de ce compte sont fermées.",
        )
    if row := invitations.invited_row(account, target.id):
        _render_invitation(target, row)
    if not own and target.disabled:
        _render_button(
            "Réactiver",
            ":material/lock_open:",
            lambda account, now: administer.enable(db, account, target.id, now),
            f"{target.name} peut de nouveau se connecter.",
        )
    elif not own:
        _render_button(
            "Désactiver",
            ":material/block:",
            lambda account, now: administer.disable(db, account, target.id, now),
            f"{target.name} ne peut plus se connecter : ses sessions sont fermées. « Réactiver » lui rend son accès.",
        )
    if target.second_factor and not own:
        actions.render_confirmed_button(
            SECTION,
            f"second-factor-{target.id}",
            ("Retirer le second facteur", ":material/phonelink_erase:"),
            f"Retirer le second facteur de {target.name} ? Le mot de passe suffira. Assurez-vous d'abord, de vive voix, que "
            "c'est bien cette personne qui le demande.",
            "Oui, le retirer",
            lambda: _run(
                lambda account, now: second_factor.remove_by_administrator(db, account, target.id, now),
                f"{target.name} n'a plus de second facteur.",
            ),
        )


def _render_invitation(target: Account, row: invitations.InvitedRow) -> None:
    """Render the buttons that invite an account that never signed in, and revoke its invitation."""
    label = "Inviter de nouveau" if invitations.is_invited(row) else "Inviter"
    st.button(label, key="account-invite", icon=":material/group:", on_click=_invite, args=(target,))
    if invitations.is_invited(row):
        st.button(
            "Révoquer l'invitation",
            key="account-uninvite",
            icon=":material/block:",
            on_click=_revoke_invitation,
            args=(target,),
        )


def _revoke_invitation(target: Account) -> None:
    forget_link()
    invitations.revoke([target.id])


def _render_button(label: str, icon: str, operation: actions.Operation[Any], success: str) -> None:
    st.button(label, key=f"account-{label}", icon=icon, on_click=_run, args=(operation, success))


def _run(operation: actions.Operation[Any], success: str) -> None:
    clear()
    actions.run_in_section(SECTION, operation, success)


def _render_data(account: Account, target: Account) -> None:
    db = session.database()
    with st.container(horizontal=True, key="account-data"):
        st.download_button(
            "Exporter les données (JSON)",
            session.deferred_file(lambda account: personal_data.export(db, account, target.id, datetime.now(UTC))),
            f"donnees-{target.id}.json",
            "application/json",
            key="account-export",
            icon=":material/download:",
            on_click="ignore",
        )
        if account.id != target.id:
            actions.render_confirmed_button(
                SECTION,
                f"erase-{target.id}",
                ("Effacer les données du compte", ":material/delete_forever:"),
                f"Effacer {target.name} ({target.login}) ? Nom, identifiant, courriel et adresses réseau seront effacés, et "
                "personne ne se connectera plus avec ce compte. Cela ne peut pas être annulé.",
                f"Oui, effacer {literal(target.name)}",
                lambda: _run(
                    lambda account, now: personal_data.erase(db, account, target.id, now),
                    "Les données personnelles du compte sont effacées.",
                ),
            )
