"""The units whose number the coordination wrote by telephone: first on the sheet until a manager declares or confirms."""

import streamlit as st

from ror.model.declaration import Channel
from ror.model.nomenclature import CapacityType
from ror.model.rights import Account
from ror.services.availability.consult import UnitRow
from ror.services.region_time import local_words
from ror.web.markdown import literal

MAX_NAMED = 5


def render_telephone_updates(account: Account, rows: list[UnitRow]) -> list[UnitRow]:
    """Return the units, first those whose number somebody else wrote by telephone, and render these numbers."""
    telephoned = [row for row in rows if row["channel"] == Channel.TELEPHONE and row["account"] != account.id]
    if not telephoned:
        return rows
    lines = [_line(row) for row in telephoned[:MAX_NAMED]]
    if more := len(telephoned) - len(lines):
        lines.append(f"- et {more} de plus, en tête de la liste")
    single = len(telephoned) == 1
    st.info(
        f"La coordination a écrit par téléphone {'le nombre de cette unité' if single else 'les nombres de ces unités'} : "
        f"confirmez-{'le' if single else 'les'} ou corrigez-{'le' if single else 'les'}.\n\n" + "\n".join(lines),
        icon=":material/phone_in_talk:",
    )
    chosen = {row["unit"] for row in telephoned}
    return telephoned + [row for row in rows if row["unit"] not in chosen]


def _line(row: UnitRow) -> str:
    number = CapacityType(row["capacity_type"]).of(row["available"] or 0)
    at = local_words(row["recorded_at"], row["department"])
    return f"- {literal(row['name'])} : **{number}**, le {at}, par {literal(row['author'])}"
