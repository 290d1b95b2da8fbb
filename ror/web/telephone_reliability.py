"""« Au téléphone », on the sheet of a structure: how many calls confirmed what its units declare."""

import html
from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from ror.model.rights import Account, Action, may
from ror.services.availability import trust_telephone
from ror.services.availability.consult import UnitRow
from ror.web import session


def render(account: Account, rows: Sequence[UnitRow]) -> None:
    """Render a line for each unit with enough calls, for those who may know; nothing for others, or without such a unit."""
    if not may(account, Action.READ_RELIABILITY):
        return
    units = [row["unit"] for row in rows]
    found = trust_telephone.of_units(session.database(), account, units, datetime.now(UTC))
    if not found:
        return
    lines = "".join(
        f"<li><b>{html.escape(row['name'])}</b> : {html.escape(found[row['unit']].words)}</li>"
        for row in rows
        if row["unit"] in found
    )
    st.html(f'<h3 class="ror-answers">Ce que les appels ont donné en 26 semaines</h3><ul class="ror-round-people">{lines}</ul>')
