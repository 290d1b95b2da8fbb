"""The files of the call round: the units to call, and the calls of the day."""

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from ror.exchange.about import LabelledText
from ror.model.call_round import outcome_words
from ror.model.contact import BED_MANAGEMENT
from ror.model.french import phone
from ror.model.local_time import format_time
from ror.model.nomenclature import CapacityType
from ror.model.rights import Account, Action
from ror.model.territory import department_name
from ror.services.availability.consult import View
from ror.services.coordination import call_round
from ror.services.coordination.call_round import CallRound
from ror.services.region_time import region_zone
from ror.web import columns, session, tables
from ror.web.coordination import round_words

_INSTANT = pa.timestamp("us", tz="UTC")


def render(account: Account, view: View, current_round: CallRound, department: str) -> None:
    """Render the calls of the day, folded, and the downloads of the round."""
    if current_round.today.calls:
        title = f"Appels du jour ({current_round.today.calls})"
        part = st.expander(title, icon=":material/history:", key="calls-of-day", on_change="rerun")
        if part.open:
            with part:
                _render_day(account, view)
    if current_round.units:
        criteria: tuple[LabelledText, ...] = (("Département", department_name(department)),) if department else ()
        file = tables.Download("tour-d-appels", "Tour d'appels", Action.COORDINATE, view.at, criteria=criteria)
        tables.download(_round(current_round, view.at), "round-file", file)


def _round(current_round: CallRound, at: datetime) -> pa.Table:
    """Return the table of the units to call, in their order."""
    units = current_round.units
    rows = [one.row for one in units]
    return pa.table(
        {
            "Unité": [row["name"] for row in rows],
            "Structure": [row["structure"] for row in rows],
            "Département": [f"{row['department']} {department_name(row['department'])}" for row in rows],
            "Motif": [round_words.reasons(one, at) for one in units],
            columns.QUANTITY: pa.array([row["available"] for row in rows], pa.int32()),
            "Lit ou place": [CapacityType(row["capacity_type"]).label for row in rows],
            columns.DATE: pa.array([row["observed_at"] for row in rows], _INSTANT),
            "Fait": [round_words.done(one, current_round) for one in units],
            "Note": [one.call_state.outcome.note if one.call_state.outcome else "" for one in units],
            BED_MANAGEMENT: [phone(row["bed_telephone"] or row["structure_bed_telephone"]) for row in rows],
            "Téléphone": [phone(row["telephone"] or row["structure_telephone"]) for row in rows],
        }
    )


def _render_day(account: Account, view: View) -> None:
    calls, names = call_round.day(session.database(), account, datetime.now(UTC))
    units = view.board.units.select(["unit", "name", "structure", "capacity_type"])
    wanted = pa.array(sorted({call.unit for call in calls}), units["unit"].type)
    rows = {row["unit"]: row for row in units.filter(pc.is_in(units["unit"], wanted)).to_pylist()}
    calls = [call for call in calls if call.unit in rows]
    table = pa.table(
        {
            "Unité": [rows[call.unit]["name"] for call in calls],
            "Structure": [rows[call.unit]["structure"] for call in calls],
            "Heure": [format_time(call.at, region_zone()) for call in calls],
            "Résultat": [outcome_words(call, CapacityType(rows[call.unit]["capacity_type"]), region_zone()) for call in calls],
            "Par": [names.get(call.account, "") for call in calls],
            "Nombre écrit": ["oui" if call.position else "non" for call in calls],
            "Note": [call.note for call in calls],
        }
    )
    file = tables.Download("appels-du-jour", "Appels du jour", Action.COORDINATE, view.at)
    tables.render(table, "day-calls", file=file, height=tables.full_height(calls, 10))
