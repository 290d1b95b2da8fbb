"""What readers reported of a manager's numbers, as the sheet, the form of one unit and the first line show it."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from ror.model.feedback import FeedbackKind
from ror.model.french import count
from ror.model.freshness import age_words
from ror.model.rights import Account
from ror.services.availability.consult import UnitRow
from ror.services.coordination import feedback
from ror.web import session
from ror.web.feedback import confirmed_words
from ror.web.markdown import literal


def lines(account: Account, rows: Sequence[UnitRow], at: datetime) -> dict[str, list[str]]:
    """Return, by unit, the lines about what readers reported of its present number, without names."""
    by_unit: dict[str, list[str]] = {}
    for unit, reports in feedback.reports_by_unit(session.database(), account, rows).items():
        row = next(row for row in rows if row["unit"] == unit)
        contradiction = feedback.contradiction(row)
        words = [contradiction.words(at)] if contradiction else []
        words += [
            f"{_what(report.kind, report.other)}, {age_words(at - report.recorded_at)} : « {report.word} »"
            for report in reports.all
            if report.word
        ]
        by_unit[unit] = [line for line in (*words, confirmed_words(reports, at)) if line]
    return by_unit


def _what(kind: FeedbackKind, other: int | None) -> str:
    return kind.label if other is None else f"{kind.label} ({other})"


def words(rows: Sequence[UnitRow]) -> str:
    """Return « , 2 contredites par des lecteurs », for the first line of the page; "" for none."""
    number = sum(feedback.contradiction(row) is not None for row in rows)
    return f", {count(number, 'contredite')} par des lecteurs" if number else ""


def render(account: Account, row: UnitRow, at: datetime) -> None:
    """Render the lines of one unit, above its form."""
    reported = lines(account, [row], at).get(row["unit"], [])
    if reported:
        st.warning("  \n".join(literal(line) for line in reported))
