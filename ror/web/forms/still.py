"""The sentence about a number unchanged for improbably long, on the manager's sheet and in the form of one unit."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from ror.services.availability.consult import UnitRow
from ror.services.availability.trust import learning, unit_rhythm
from ror.web import session
from ror.web.markdown import literal


def words(rows: Sequence[UnitRow], at: datetime) -> dict[str, str]:
    """Return, by unit, the sentence about a number unchanged for improbably long; none for closed units."""
    learnt = learning.latest(session.database())
    runs = {row["unit"]: unit_rhythm.still_run(learnt, row["unit"], row["position"]) for row in rows if row["open"]}
    return {
        unit: f"Ce nombre n'a pas bougé {run.words(at)}, ce qui est rare pour cette unité : vérifiez-le."
        for unit, run in runs.items()
        if run
    }


def render_still(row: UnitRow, at: datetime) -> None:
    """Render the sentence of one unit, above its form."""
    if sentence := words([row], at).get(row["unit"]):
        st.caption(literal(sentence))
