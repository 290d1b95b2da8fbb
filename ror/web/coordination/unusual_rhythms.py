"""The units of the round whose rhythm is improbable, in a list of their own: in the round, urgency puts others before them."""

from collections.abc import Callable
from datetime import datetime

import pyarrow as pa
import streamlit as st

from ror.model.call_round import CallReason
from ror.model.nomenclature import CapacityType
from ror.services.coordination.call_round import CallRound, RoundUnit
from ror.web import tables
from ror.web.coordination import round_words


def render(current_round: CallRound, at: datetime, on_open: Callable[[str], None]) -> None:
    """Render the list, folded; a line opens its unit. Nothing without such a unit."""
    units = [one for one in current_round.units if one.doubt and {CallReason.STILL, CallReason.SUDDEN} & set(one.doubt.reasons)]
    if not units:
        return
    title = f"Rythmes inhabituels ({len(units)})"
    part = st.expander(title, icon=":material/history:", key="unusual-rhythms", on_change="rerun")
    if part.open:
        with part:
            st.html(
                "<p>Un nombre qui ne bouge plus, ou qui change sans cesse, là où ce n'est pas l'habitude de l'unité : une "
                "question à poser, pas un reproche. Un appel qui confirme un nombre met fin au doute.</p>"
            )
            tables.draw(
                _table(units, at),
                "unusual-rhythms-table",
                on_open=lambda line: on_open(units[line].row["unit"]),
                height=tables.full_height(units, 10),
            )


def _table(units: list[RoundUnit], at: datetime) -> pa.Table:
    rows = [one.row for one in units]
    return pa.table(
        {
            "Unité": [row["name"] for row in rows],
            "Nombre": [
                "" if row["available"] is None else CapacityType(row["capacity_type"]).of(row["available"]) for row in rows
            ],
            "Rythme": [round_words.rhythm(one, at) for one in units],
            "Structure": [row["structure"] for row in rows],
        }
    )
