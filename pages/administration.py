"""« Administration »: accounts, tokens, structures and units, imports, comments, the journal."""

import streamlit as st

from ror.model.rights import Account, Action
from ror.web import session
from ror.web.administration import account_sheet, accounts, comments, imports, journal, registry, token_sheet, tokens, waiting

SECTIONS = {
    "Comptes": accounts.show,
    "Jetons": tokens.show,
    "Structures et unités": registry.show,
    "Import": imports.show,
    "Commentaires": comments.show,
    "Journal": journal.show,
}


@session.fragment(Action.MANAGE_ACCOUNTS)
def screen(account: Account) -> None:
    """What waits for an administrator, then one section at a time, that of the address: the others cost nothing."""
    waiting.show()
    first = next(iter(SECTIONS))
    chosen = st.segmented_control(
        "Volet", list(SECTIONS), default=first, key="volet", bind="query-params", required=True, label_visibility="collapsed"
    )
    if chosen not in (None, first):
        account_sheet.forget_link()
    if SECTIONS[chosen or first] is not tokens.show:
        token_sheet.forget()
    SECTIONS[chosen or first](account)


session.require(Action.MANAGE_ACCOUNTS)
st.title("Administration")
screen()
