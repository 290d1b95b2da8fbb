"""The page « Administration »: accounts, tokens, registry, types, imports, reminders, comments, displays, journal."""

import streamlit as st

from ror.model.rights import Account, Action
from ror.web import sections, session
from ror.web.administration import (
    account_sheet,
    accounts,
    clock_confirmation,
    comments,
    imports,
    invitations,
    journal,
    registry,
    reminders,
    time_zone_warning,
    token_sheet,
    tokens,
    unit_types,
)
from ror.web.coordination import displays

SECTIONS = {
    "Comptes": accounts.render_accounts,
    "Jetons": tokens.render_tokens,
    "Structures et unités": registry.render_registry,
    "Types et besoins": unit_types.render_unit_types,
    "Import": imports.render_imports,
    "Rappels": reminders.render_reminders,
    "Commentaires": comments.render_comments,
    "Écrans": displays.render_displays,
    "Journal": journal.render_journal,
}


@session.fragment(Action.MANAGE_ACCOUNTS)
def screen(account: Account) -> None:
    """Render the warnings about the clock and the time zone, if any, then the section that the address names."""
    clock_confirmation.render_clock_confirmation()
    time_zone_warning.render_time_zone_warning()
    section = sections.choose(SECTIONS)
    if section is not accounts.render_accounts:
        account_sheet.forget_link()
        invitations.forget()
    if section is not tokens.render_tokens:
        token_sheet.clear()
    section(account)


session.require(Action.MANAGE_ACCOUNTS)
st.title("Administration")
screen()
