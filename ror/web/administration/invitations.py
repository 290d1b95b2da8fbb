"""Invitations: the accounts that never signed in, inviting all or some of them, the result for each, and revoking."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import streamlit as st

from ror.model import french
from ror.model.invitation import DAYS, InvitationDelivery
from ror.model.rights import Account, Action, Role
from ror.services import mail
from ror.services.accounts import invitations
from ror.services.accounts.invitations import InvitationResult, InvitationRun
from ror.web import columns, session, tables
from ror.web.administration.account_form import SECTION
from ror.web.forms import actions

_RUN = "invitation-run"
_NOT_INVITED, _ALL, _SOME = "Jamais invités", "Tous", "À choisir"
_STATE = "Invitation"

InvitedRow = dict[str, Any]
"""A row of `services.accounts.invitations.list_never_signed_in`."""


def render_invitations(account: Account, on_open: Callable[[str], None]) -> None:
    """Render the progress and the results of the last invitations, the choice of accounts, and their list.

    `on_open` is called with the id of an account whose name is pressed.
    """
    st.header("Invitations")
    st.caption(
        "Une invitation est un lien par lequel une personne qui ne s'est jamais connectée choisit son mot de passe. Il sert "
        f"une fois, pendant {DAYS} jours, et remplace celui de l'invitation précédente."
    )
    run: InvitationRun | None = st.session_state.get(_RUN)
    if run is not None and not run.finished:
        _render_progress()
        return
    if run is not None:
        _render_results(run)
    rows = invitations.list_never_signed_in(session.database(), account, datetime.now(UTC)).to_pylist()
    if not rows:
        st.info("Tous les comptes actifs se sont déjà connectés : il n'y a personne à inviter.")
        return
    _render_choice(rows)
    tables.render(
        _table(rows),
        "invitations",
        on_open=lambda line: on_open(rows[line]["id"]),
        file=tables.Download("invitations", "Comptes jamais connectés", Action.MANAGE_ACCOUNTS),
        height=tables.full_height(rows, 15),
    )


def forget() -> None:
    """Stop rendering the results of a finished run, whose links are shown once; a run in progress is kept."""
    run: InvitationRun | None = st.session_state.get(_RUN)
    if run is not None and run.finished:
        del st.session_state[_RUN]


def invited_row(account: Account, target_id: str) -> InvitedRow | None:
    """Return the row of an account that never signed in, None for another one."""
    rows: list[InvitedRow] = invitations.list_never_signed_in(
        session.database(), account, datetime.now(UTC), target_id
    ).to_pylist()
    return rows[0] if rows else None


def is_invited(row: InvitedRow) -> bool:
    """Return whether an account has an invitation that has not expired."""
    return row["expires_at"] is not None and row["expires_at"] > datetime.now(UTC)


def _render_choice(rows: Sequence[InvitedRow]) -> None:
    """Render the choice of the accounts to invite, and the buttons that invite them or revoke their invitations."""
    not_invited = [row for row in rows if not is_invited(row)]
    number = french.count(len(rows), "compte ne s'est jamais connecté", "comptes ne se sont jamais connectés")
    st.caption(f"{number}, dont {len(not_invited)} sans invitation en cours.")
    choice = st.segmented_control(
        "Comptes", [_NOT_INVITED, _ALL, _SOME], default=_NOT_INVITED, key="invitation-choice", required=True
    )
    chosen = list(rows) if choice == _ALL else not_invited
    if choice == _SOME:
        by_id = {row["id"]: row for row in rows}
        ids = st.multiselect(
            "Comptes choisis",
            list(by_id),
            key="invitation-chosen",
            format_func=lambda one: f"{by_id[one]['name']} ({by_id[one]['login']})" if one in by_id else one,
            placeholder="Cherchez un nom ou un identifiant",
        )
        chosen = [by_id[one] for one in ids if one in by_id]
    invited = [row for row in chosen if is_invited(row)]
    if not chosen:
        st.info("Aucun compte dans ce choix : prenez « Tous », ou « À choisir ».")
        return
    _render_buttons(chosen, invited)


def _render_buttons(chosen: Sequence[InvitedRow], invited: Sequence[InvitedRow]) -> None:
    without = sum(not row["mail"] for row in chosen)
    if not mail.configured():
        how = "Ce service n'envoie pas de courriel : la liste des liens à remettre sera proposée, une seule fois."
    elif without:
        how = f"{french.count(without, 'compte')} sans adresse : la liste des liens à remettre sera proposée, une seule fois."
    else:
        how = "Chacun reçoit un courriel."
    count = french.count(len(chosen), "compte")
    again = f" {french.count(len(invited), 'invitation en cours sera remplacée', 'invitations en cours seront remplacées')}."
    with st.container(horizontal=True, key="invitation-buttons"):
        actions.render_confirmed_button(
            SECTION,
            "invite",
            (f"Inviter {count}", ":material/key:"),
            f"Inviter {count} ? {how}{again if invited else ''}",
            "Oui, inviter",
            lambda: _invite([row["id"] for row in chosen]),
        )
        if invited:
            revoked = french.count(len(invited), "invitation")
            actions.render_confirmed_button(
                SECTION,
                "revoke-invitations",
                (f"Révoquer {revoked}", ":material/block:"),
                f"Révoquer {revoked} ? Les liens reçus ne serviront plus.",
                "Oui, révoquer",
                lambda: revoke([row["id"] for row in invited]),
            )


def _invite(targets: Sequence[str]) -> None:
    run = actions.run_in_section(SECTION, lambda account, now: invitations.start(session.database(), account, targets, now), "")
    if run is not None:
        st.session_state[_RUN] = run


def revoke(targets: Sequence[str]) -> None:
    """Revoke the invitations of accounts, with a message in the section."""
    forget()
    revoked = actions.run_in_section(
        SECTION, lambda account, now: invitations.revoke(session.database(), account, targets, now), ""
    )
    if revoked:
        words = french.count(revoked, "invitation révoquée", "invitations révoquées")
        actions.succeed(SECTION, f"{words} : les liens reçus ne servent plus.")


@st.fragment(run_every=1.0)
def _render_progress() -> None:
    """Render the progress of the invitations until all are sent; these reruns do not prolong the session."""
    run: InvitationRun | None = st.session_state.get(_RUN)
    if run is None or run.finished:
        st.rerun()
    done = len(run.results)
    st.progress(done / run.total, f"Invitations : {done} sur {run.total}. Vous pouvez quitter cet écran, l'envoi continue.")


def _render_results(run: InvitationRun) -> None:
    """Render the result of each invitation, and the links to hand over, which are shown once."""
    sent = sum(one.delivery is InvitationDelivery.SENT for one in run.results)
    to_hand_over = [one for one in run.results if one.link]
    refused = [one for one in run.results if one.delivery is None]
    parts = [french.count(sent, "invitation envoyée", "invitations envoyées")]
    parts += [french.count(len(to_hand_over), "lien à remettre", "liens à remettre")] if to_hand_over else []
    parts += [french.count(len(refused), "compte non invité", "comptes non invités")] if refused else []
    (st.success if not (to_hand_over or refused) else st.info)(f"{', '.join(parts)}.")
    if run.failure:
        st.error(run.failure, icon=":material/error:")
    tables.draw(_results_table(run.results), "invitation-results", height=tables.full_height(run.results, 10))
    if to_hand_over:
        st.warning(
            "Téléchargez maintenant la liste des liens : elle ne sera plus montrée. Remettez chaque lien à son titulaire, et à "
            "personne d'autre, puis détruisez le fichier.",
            icon=":material/key:",
        )
        file = tables.Download("liens-d-invitation", "Liens d'invitation", Action.MANAGE_ACCOUNTS)
        tables.download(_links_table(to_hand_over), "invitation-links", file)


def _results_table(results: Sequence[InvitationResult]) -> pa.Table:
    return pa.table(
        {
            "Nom": [one.name for one in results],
            "Identifiant": [one.login for one in results],
            "Courriel": [one.mail for one in results],
            "Résultat": [one.delivery.label if one.delivery else one.refusal for one in results],
        }
    )


def _links_table(results: Sequence[InvitationResult]) -> pa.Table:
    """Return the table of the links to hand over, for a file alone."""
    links = pa.array([one.link for one in results], pa.string())
    return _results_table(results).append_column("Lien", links)


def _table(rows: Sequence[InvitedRow]) -> pa.Table:
    now = datetime.now(UTC)
    words = ["Jamais invité" if row["delivery"] is None else _words(row, now) for row in rows]
    return pa.table(
        {
            "Nom": [row["name"] for row in rows],
            "Identifiant": [row["login"] for row in rows],
            "Courriel": [row["mail"] for row in rows],
            "Rôles": [", ".join(Role(role).label for role in row["roles"]) for row in rows],
            _STATE: words,
            columns.EXPIRES: pa.array([row["expires_at"] for row in rows], pa.timestamp("us", tz="UTC")),
        }
    )


def _words(row: InvitedRow, now: datetime) -> str:
    return InvitationDelivery(row["delivery"]).label if row["expires_at"] > now else "Expirée"
