"""The tension of a structure on its sheet: the level with its age for everybody, its declaration for its managers."""

import html
from collections.abc import Sequence
from datetime import UTC, date, datetime, time

import streamlit as st

from ror.errors import RorError
from ror.model import tension as rules
from ror.model.freshness import age_words
from ror.model.local_time import local_day
from ror.model.rights import Account
from ror.model.territory import time_zone
from ror.services.availability.consult import UnitRow
from ror.services.coordination import tension
from ror.services.region_time import local_words
from ror.web import session
from ror.web.forms import actions, attention
from ror.web.markdown import literal

_LEVELS = {f"{level} - {words}": level for level, words in rules.LEVELS.items()}
_ENDS = {f"{hour} h": hour for hour in range(24)}


def render(account: Account, rows: Sequence[UnitRow], position: int, at: datetime) -> None:
    """Render the tension of a structure, and its form for accounts that may declare it. `rows` are all its aged units.

    `position` is that of the board of the rows.
    """
    row = rows[0]
    if row["tension"] is not None:
        st.html(f"<p>{mark(row['tension'])} {html.escape(sentence(row, at))}</p>")
    if tension.may_declare_for(account, rows):
        with st.expander("Déclarer la tension de la structure", icon=":material/warning:", key=f"tension-{row['finess']}"):
            _render_form(row, position)


def mark(level: int | None) -> str:
    """Return the HTML of the mark of a level, as on the map; "" for the level without a mark."""
    return f'<span class="ror-tension">{rules.MARKS[level]}</span>' if level in rules.MARKS else ""


def sentence(row: UnitRow, at: datetime) -> str:
    """Return « Tension 2, saturé, déclarée il y a 3 h, jusqu'au 24/11/2026 à 08 h 00 »."""
    until = f", jusqu'au {local_words(row['tension_until'], row['department'])}" if row["tension_until"] else ""
    return f"{rules.words(row['tension']).capitalize()}, déclarée {age_words(at - row['tension_at'])}{until}"


def _render_form(row: UnitRow, position: int) -> None:
    finess = row["finess"]
    labels = list(_LEVELS)
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"tension-fields-{finess}"):
        st.segmented_control("Niveau", labels, default=labels[row["tension"] or 0], key=f"level-{finess}", required=True)
        # The bounds are wider than what is allowed: a past day is refused by our sentence, not by the field's own in English.
        today = local_day(datetime.now(UTC), time_zone(row["department"]))
        farthest = today.replace(year=today.year + 10, day=1)
        st.date_input(
            "Jusqu'au (facultatif)", None, date(1900, 1, 1), farthest, format="DD/MM/YYYY", key=f"day-{finess}", width=170
        )
        st.selectbox("à", list(_ENDS), 8, key=f"hour-{finess}", width=110, placeholder="Heure")
        st.button("Déclarer", type="primary", key=f"declare-{finess}", on_click=_declare, args=(row, position))
    if answer := st.session_state.get(f"tension-answer-{finess}"):
        words, done, number = answer
        (st.success if done else st.error)(literal(words), icon=":material/check_circle:" if done else ":material/error:")
        attention.scroll_to(f"tension-fields-{finess}", number)


def _declare(row: UnitRow, seen_position: int) -> None:
    state, finess = st.session_state, row["finess"]
    level, day = _LEVELS.get(state.get(f"level-{finess}") or "", -1), state.get(f"day-{finess}")
    hour = time(_ENDS.get(state.get(f"hour-{finess}") or "", 0))
    until = datetime.combine(day, hour, time_zone(row["department"])).astimezone(UTC) if isinstance(day, date) else None
    name = f"tension-answer-{finess}"

    def refuse(error: RorError) -> None:
        state[name] = error.user_message, False, attention.new_answer()

    def declare(account: Account, now: datetime) -> int:
        return tension.declare(session.database(), account, finess, level, until, seen_position, now)

    if actions.run(declare, refuse) is not None:
        state[name] = f"{rules.words(level).capitalize()} : enregistrée à l'instant.", True, attention.new_answer()
