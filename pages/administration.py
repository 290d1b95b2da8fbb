"""The page « Administration »: accounts, tokens, structures and units, their types, imports, comments, the journal."""

import streamlit as st

from ror.model.rights import Account, Action
from ror.web import session
from ror.web.administration import (
    account_sheet,
    accounts,
    clock_confirmation,
    comments,
    imports,
    journal,
    registry,
    token_sheet,
    tokens,
    unit_types,
)

SECTIONS = {
    "Comptes": accounts.render_accounts,
    "Jetons": tokens.render_tokens,
    "Structures et unités": registry.render_registry,
    "Types et besoins": unit_types.render_unit_types,
    "Import": imports.render_imports,
    "Commentaires": comments.render_comments,
    "Journal": journal.render_journal,
}


@session.fragment(Action.MANAGE_ACCOUNTS)
def screen(account: Account) -> None:
    """Render the question about the clock, if there is one, then the section that the address names."""
    clock_confirmation.render_clock_confirmation()
    first = next(iter(SECTIONS))
    chosen = st.segmented_control(
        "Volet", list(SECTIONS), default=first, key="volet", bind="query-params", required=True, label_visibility="collapsed"
    )
    if chosen not in (None, first):
        account_sheet.forget_link()
    if SECTIONS[chosen or first] is not tokens.render_tokens:
        token_sheet.clear()
    SECTIONS[chosen or first](account)


session.require(Action.MANAGE_ACCOUNTS)
st.title("Administration")
screen()
