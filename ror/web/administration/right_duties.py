"""The right duties of units in « Types et besoins »: beside the duty of each type, and unit by unit."""

import html
from collections.abc import Sequence
from datetime import timedelta

import pyarrow as pa
import streamlit as st

from ror.model import french
from ror.model.rights import Action
from ror.model.territory import department_name
from ror.services.availability.right_duty import TypeDuty, UnitDuty
from ror.settings import settings
from ror.web import columns, tables

RIGHT, DIFFERENCE = "Délai juste (heures)", "Écart (heures)"


def of_types(duties: Sequence[TypeDuty | None]) -> dict[str, pa.Array]:
    """Return two columns for types: the duty to propose, and for how many of their units a right duty is known."""
    return {
        RIGHT: pa.array([duty.proposed if duty else None for duty in duties], pa.int32()),
        columns.KNOWN_UNITS: pa.array(
            [columns.by_number(f"{duty.with_duty} sur {duty.units}") if duty else None for duty in duties], pa.string()
        ),
    }


def words(duty: TypeDuty | None) -> str:
    """Return the sentence about the right duty of a type, to append to another sentence; "" while it is unknown."""
    if duty is None or duty.proposed is None:
        return ""
    guess = f", dont {duty.extrapolated} par extrapolation" if duty.extrapolated else ""
    of = f"{french.count(duty.with_duty, 'unité connue', 'unités connues')} sur {duty.units}{guess}"
    return f" Délai juste : {duty.proposed} h, la médiane de {of}."


def render(duties: Sequence[UnitDuty] | None) -> None:
    """Render, folded, what a right duty is and the right duty of each unit; a sentence while nothing is learnt."""
    part = st.expander("Délai juste de chaque unité", icon=":material/history:", key="right-duties", on_change="rerun")
    if not part.open:
        return
    with part:
        st.html(
            "<p>Le délai juste d'une unité est le plus long après lequel son nombre est encore vrai à "
            f"{100 * settings().trust_target:.0f} % au moins, d'après ses mises à jour et les appels des 26 dernières "
            "semaines. Il est proposé, jamais appliqué : c'est le délai du type qui compte, et vous en décidez.</p>"
        )
        if duties is None:
            st.info("Rien n'est encore appris des mises à jour : revenez dans quelques minutes.")
            return
        with_duty = [duty for duty in duties if duty.hours is not None]
        st.html(f"<p>{html.escape(_summary(duties, with_duty))}</p>")
        table = _table(duties)
        place = table.column_names.index(DIFFERENCE)
        tables.render(
            # Whole numbers with missing ones become text of one width, which does not sort negative numbers: floats do.
            table.set_column(place, DIFFERENCE, table[DIFFERENCE].cast(pa.float64())),
            "right-duties-table",
            export=table,
            file=tables.Download("delais-justes", "Délais justes", Action.MANAGE_REGISTRY),
            height=tables.full_height(duties, 12),
        )


def _summary(duties: Sequence[UnitDuty], with_duty: Sequence[UnitDuty]) -> str:
    """Return a sentence: how many units have a right duty, and how many duties would be longer or shorter."""
    longer = french.number(sum((duty.difference or 0) > 0 for duty in with_duty))
    shorter = french.number(sum((duty.difference or 0) < 0 for duty in with_duty))
    extrapolated = sum(duty.extrapolated for duty in with_duty)
    guess = (
        f" Ceux de {french.count(extrapolated, 'unité')} sont extrapolés : leur type est rarement mis à jour aussi tôt."
        if extrapolated
        else ""
    )
    return (
        f"{french.count(len(with_duty), 'unité connue', 'unités connues')} sur {french.number(len(duties))} : le délai juste "
        f"serait plus long que celui du type pour {longer}, plus court pour {shorter}.{guess}"
    )


def _table(duties: Sequence[UnitDuty]) -> pa.Table:
    return pa.table(
        {
            "Unité": [duty.name for duty in duties],
            "Délai du type (heures)": pa.array([duty.duty // timedelta(hours=1) for duty in duties], pa.int32()),
            RIGHT: pa.array([duty.proposed for duty in duties], pa.int32()),
            DIFFERENCE: pa.array([duty.difference for duty in duties], pa.int32()),
            "Appui": pa.array([_support(duty) for duty in duties], pa.string()),
            "Type": [duty.type_label for duty in duties],
            "Structure": [duty.structure for duty in duties],
            "Département": [f"{duty.department} {department_name(duty.department)}" for duty in duties],
        }
    )


def _support(duty: UnitDuty) -> str | None:
    """Return whether the right duty of a unit is observed or extrapolated, in French; None when it is unknown."""
    if duty.hours is None:
        return None
    return "extrapolé" if duty.extrapolated else "observé"
