"""« Au téléphone », on the sheet of a structure: how many calls confirmed what its units declare."""

import html
from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from ror.model.rights import Account, Action, may
from ror.services.availability.consult import UnitRow
from ror.services.availability.trust import telephone_reliability
from ror.web import session


def render(account: Account, rows: Sequence[UnitRow]) -> None:
    """Render, for accounts with the right, a line for each unit with enough calls; nothing without such a unit."""
    if not may(account, Action.READ_RELIABILITY):
        return
    units = [row["unit"] for row in rows]
    by_unit = telephone_reliability.reliability_by_unit(session.database(), account, units, datetime.now(UTC))
    if not by_unit:
        return
    lines = "".join(
        f"<li><b>{html.escape(row['name'])}</b> : {html.escape(by_unit[row['unit']].words)}</li>"
        for row in rows
        if row["unit"] in by_unit
    )
    st.html(f'<h3 class="ror-answers">Ce que les appels ont donné en 26 semaines</h3><ul>{lines}</ul>')
