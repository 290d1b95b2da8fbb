"""The section « Comptes »: the list with its search, the sheet of one account, the form of a new one."""

import pyarrow as pa
import streamlit as st

from ror.model.rights import Account, Action, Role
from ror.services.accounts import administer
from ror.web import address, columns, session, tables
from ror.web.administration import account_form, account_sheet
from ror.web.administration.account_form import SECTION
from ror.web.administration.account_sheet import STATES
from ror.web.forms import actions

ACCOUNT, NEW = "compte", "nouveau"
_ALL = "Tous"
_STATES = {"Actifs": "active", "Désactivés": "disabled", "Effacés": "erased", _ALL: ""}


def render_accounts(account: Account) -> None:
    """Render the account of the address, the form of a new one, or the list."""
    target_id = st.query_params.get(ACCOUNT, "")
    if target_id:
        st.button(
            "Tous les comptes", icon=":material/arrow_back:", key="accounts-back", type="tertiary", on_click=_go, args=("",)
        )
    if target_id in ("", NEW):
        account_sheet.forget_link()
    actions.render_messages(SECTION)
    if not target_id:
        _render_list(account)
    elif target_id == NEW:
        st.subheader("Nouveau compte")
        st.caption("Le compte créé, un lien permet à son titulaire de choisir lui-même son mot de passe.")
        account_form.render_account_form(account, None, _open_created)
    else:
        account_sheet.render_account_sheet(account, target_id)


def _render_list(account: Account) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="account-filters"):
        # Not bound to the address, which proxies and browsers store: it may hold a name.
        text = st.text_input(
            "Rechercher un compte",
            key="account-search",
            placeholder="Nom, identifiant ou courriel",
            icon=":material/search:",
            autocomplete="off",
            width=320,
        )
        roles = {_ALL: "", **{role.label: str(role) for role in Role}}
        role = st.selectbox("Rôle", list(roles), key="role", bind="query-params", placeholder="Cherchez un rôle", width=260)
        state = st.segmented_control(
            "État", list(_STATES), default="Actifs", key="etat", bind="query-params", required=True, width="content"
        )
        st.button("Nouveau compte", icon=":material/person_add:", key="account-new", on_click=_go, args=(NEW,))
    matches = administer.search_accounts(
        session.database(), account, text or "", roles.get(role, ""), _STATES[state or "Actifs"]
    )
    if not matches.num_rows:
        st.info("Aucun compte ne correspond : essayez moins de mots, ou un autre état.")
        return
    st.caption(f"{tables.count(matches.num_rows, 'compte')} : un nom ouvre sa fiche.")
    ids = matches["id"].to_pylist()
    criteria = (*tables.search_criteria(text), ("Rôle", role or "tous"), ("État", state or "Actifs"))
    tables.render(
        _table(matches),
        "comptes",
        on_open=lambda line: _go(ids[line]),
        file=tables.Download("comptes", "Comptes", Action.MANAGE_ACCOUNTS, criteria=criteria),
        height=tables.full_height(ids, 15),
    )


def _table(matches: pa.Table) -> pa.Table:
    rows = matches.to_pylist()
    return pa.table(
        {
            "Nom": matches["name"],
            "Identifiant": matches["login"],
            "Rôles": [", ".join(Role(role).label for role in row["roles"]) for row in rows],
            "État": [STATES[row["state"]] for row in rows],
            "Courriel": matches["mail"],
            "Second facteur": ["oui" if row["second_factor"] else "non" for row in rows],
            columns.SIGNED_IN: matches["signed_in_at"],
        }
    )


def _go(target_id: str) -> None:
    """Open an account, the form of a new one, or the list, without the messages of the last action."""
    address.step(**{ACCOUNT: target_id})
    account_form.restart()
    account_sheet.clear()


def _open_created(target: Account) -> None:
    """Open the sheet of a new account, and send or render the link that its holder needs."""
    _go(target.id)
    account_sheet.send_link(target, f"Compte {target.login} créé.")
