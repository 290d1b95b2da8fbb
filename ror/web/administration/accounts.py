"""The section « Comptes »: the list with its search, the sheet of an account, the form of a new one, invitations, import."""

import pyarrow as pa
import streamlit as st

from ror.errors import NotFound
from ror.model import french
from ror.model.rights import Account, Action, Role
from ror.services.accounts import administer
from ror.web import address, columns, session, tables, titles
from ror.web.administration import account_form, account_imports, account_sheet, invitations
from ror.web.administration.account_form import SECTION
from ror.web.administration.account_sheet import STATES
from ror.web.forms import actions
from ror.web.markdown import literal

ACCOUNT, NEW, INVITATIONS, IMPORT = "compte", "nouveau", "invitations", "import"
_STEPS = {NEW: "Nouveau compte", INVITATIONS: "Invitations", IMPORT: "Importer une liste"}
LIKE = "modele"
"""The parameter of the address with the account that a new one is duplicated from."""
_ALL = "Tous"
_STATES = {"Actifs": "active", "Désactivés": "disabled", "Effacés": "erased", _ALL: ""}


def render_accounts(account: Account) -> None:
    """Render the account of the address, the form of a new one, or the list."""
    target_id = st.query_params.get(ACCOUNT, "")
    if target_id:
        # Without a name: browsers store titles.
        titles.show(_STEPS.get(target_id, "Fiche d'un compte"), "Comptes")
        st.button(
            "Tous les comptes", icon=":material/arrow_back:", key="accounts-back", type="tertiary", on_click=_go, args=("",)
        )
    if target_id in ("", NEW, INVITATIONS, IMPORT):
        account_sheet.forget_link()
    if target_id != INVITATIONS:
        invitations.forget()
    actions.render_messages(SECTION)
    if not target_id:
        _render_list(account)
    elif target_id == NEW:
        st.header("Nouveau compte")
        st.caption("Le compte créé, un lien permet à son titulaire de choisir lui-même son mot de passe.")
        account_form.render_account_form(account, None, _open_created, _like(account))
    elif target_id == INVITATIONS:
        invitations.render_invitations(account, _go)
    elif target_id == IMPORT:
        st.header("Importer une liste de comptes")
        actions.render_messages(account_imports.SECTION)
        account_imports.render_account_imports(account)
    else:
        account_sheet.render_account_sheet(account, target_id, _duplicate)


def _like(account: Account) -> Account | None:
    """Return the account whose roles and perimeter the form of a new one begins with, None for an empty form."""
    source_id = st.query_params.get(LIKE, "")
    if not source_id:
        return None
    try:
        source = administer.account_by_id(session.database(), account, source_id)
    except NotFound as error:
        st.warning(literal(error.user_message))
        return None
    st.caption(literal(f"Avec les rôles et le périmètre de {source.name} ({source.login}) : relisez-les avant de créer."))
    return source


def _render_list(account: Account) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="account-filters"):
        # Not bound to the address, which proxies and browsers store: it may hold a name.
        text = st.text_input(
            "Rechercher un compte",
            key="account-search",
            placeholder="Nom, identifiant ou courriel",
            icon=":material/search:",
            autocomplete="off",
            width=260,
        )
        roles = {_ALL: "", **{role.label: str(role) for role in Role}}
        role = st.selectbox("Rôle", list(roles), key="role", bind="query-params", placeholder="Cherchez un rôle", width=230)
        state = st.segmented_control(
            "État", list(_STATES), default="Actifs", key="etat", bind="query-params", required=True, width="content"
        )
        st.button("Nouveau compte", icon=":material/person_add:", key="account-new", on_click=_go, args=(NEW,))
        st.button("Invitations", icon=":material/group:", key="account-invitations", on_click=_go, args=(INVITATIONS,))
        st.button("Importer une liste", icon=":material/upload:", key="account-import", on_click=_go, args=(IMPORT,))
    matches = administer.search_accounts(
        session.database(), account, text or "", roles.get(role, ""), _STATES[state or "Actifs"]
    )
    if not matches.num_rows:
        st.info("Aucun compte ne correspond : essayez moins de mots, ou un autre état.")
        return
    st.caption(f"{french.count(matches.num_rows, 'compte')} : un nom ouvre sa fiche.")
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


def _go(target_id: str, like: str = "") -> None:
    """Open an account, the form of a new one, invitations, an import, or the list, without the messages of the last action."""
    address.step(**{ACCOUNT: target_id, LIKE: like})
    actions.clear_messages(account_imports.SECTION)
    account_form.restart()
    account_sheet.clear()


def _duplicate(source: Account) -> None:
    """Open the form of a new account with the roles and the perimeter of another one."""
    _go(NEW, source.id)


def _open_created(target: Account) -> None:
    """Open the sheet of a new account, and send or render the link that its holder needs."""
    _go(target.id)
    account_sheet.send_link(target, f"Compte {target.login} créé.")
