"""« Comptes »: the search and the list, the sheet of one account, a new one."""

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


def show(account: Account) -> None:
    """The account of the address, a new one, or the list."""
    wanted = st.query_params.get(ACCOUNT, "")
    if wanted:
        st.button(
            "Tous les comptes", icon=":material/arrow_back:", key="accounts-back", type="tertiary", on_click=_go, args=("",)
        )
    if wanted in ("", NEW):
        account_sheet.forget_link()
    actions.acknowledge(SECTION)
    if not wanted:
        _list(account)
    elif wanted == NEW:
        st.subheader("Nouveau compte")
        st.caption("Le compte créé, un lien permet à son titulaire de choisir lui-même son mot de passe.")
        account_form.show(account, None, _created)
    else:
        account_sheet.show(account, wanted)


def _list(account: Account) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="account-filters"):
        # Names typed here stay out of the address, which proxies and browsers keep.
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
    found = administer.accounts_found(session.database(), account, text or "", roles.get(role, ""), _STATES[state or "Actifs"])
    if not found.num_rows:
        st.info("Aucun compte ne correspond : essayez moins de mots, ou un autre état.")
        return
    st.caption(f"{tables.count(found.num_rows, 'compte')} : un nom ouvre sa fiche.")
    ids = found["id"].to_pylist()
    asked = (*tables.search_criteria(text), ("Rôle", role or "tous"), ("État", state or "Actifs"))
    tables.render(
        _table(found),
        "comptes",
        opens=lambda line: _go(ids[line]),
        file=tables.Download("comptes", "Comptes", Action.MANAGE_ACCOUNTS, criteria=asked),
        height=tables.full_height(ids, 15),
    )


def _table(found: pa.Table) -> pa.Table:
    rows = found.to_pylist()
    return pa.table(
        {
            "Nom": found["name"],
            "Identifiant": found["login"],
            "Rôles": [", ".join(Role(role).label for role in row["roles"]) for row in rows],
            "État": [STATES[row["state"]] for row in rows],
            "Courriel": found["mail"],
            "Second facteur": ["oui" if row["second_factor"] else "non" for row in rows],
            columns.SIGNED_IN: found["signed_in_at"],
        }
    )


def _go(wanted: str) -> None:
    """Open an account, the form of a new one, or the list; what was done before is no longer said."""
    address.step(**{ACCOUNT: wanted})
    account_form.restart()
    account_sheet.forget()


def _created(account: Account) -> None:
    """A new account opens on its sheet, with the link that its holder waits for."""
    _go(account.id)
    account_sheet.send_link(account, f"Compte {account.login} créé.")
