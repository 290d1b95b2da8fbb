"""Render the buttons by which a reader reports on the numbers of units: confirmed, no place left, unreachable, another number.

The component (`feedback.js`) sends one request at a time for a unit; its answer goes back with the next data.
"""

import html
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal

import streamlit as st
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from ror.errors import RorError
from ror.model.feedback import GIVEN, FeedbackKind
from ror.model.french import count
from ror.model.freshness import age_words
from ror.model.rights import Account
from ror.services.availability.consult import UnitRow, View
from ror.services.coordination import feedback
from ror.services.coordination.feedback import Reports
from ror.settings import PACKAGE
from ror.web import session, unexpected_errors
from ror.web.forms import actions

_ANSWER = "feedback-answer"
_THANKS = "Merci : « {label} » est noté. Les lecteurs et le responsable de l'unité le voient jusqu'au prochain nombre."
_SENT = " Votre mot est transmis au responsable."
_TAKEN_BACK = "Votre retour est annulé."
_Key = Annotated[str, Field(max_length=200)]


class _Request(BaseModel):
    """A request of the browser, texts as typed, of any length; `seen` is the instant of the number that was shown."""

    id: _Key
    act: Literal["give", "withdraw"]
    unit: _Key
    seen: AwareDatetime
    kind: Literal["", FeedbackKind.CONFIRMED, FeedbackKind.FULL, FeedbackKind.UNREACHABLE, FeedbackKind.OTHER]
    other: str
    word: str


@cache
def _component() -> "st.components.v2.types.ComponentRenderer":
    script = "".join((PACKAGE / "web" / name).read_text("utf-8") for name in ("element.js", "feedback.js"))
    return st.components.v2.component("ror_feedback", js=script, isolate_styles=False)


def mark(row: UnitRow, at: datetime) -> str:
    """Return the HTML of the mark on a contradicted number of the board; "" when nobody contradicts the number."""
    contradiction = feedback.contradiction(row)
    return f'<br><span class="ror-contradicted">{html.escape(contradiction.words(at))}</span>' if contradiction else ""


def render(account: Account, view: View, rows: Sequence[UnitRow]) -> None:
    """Render the buttons for the units whose number the account may report on; nothing without such a unit."""
    offered = [row for row in rows if feedback.allowed(account, row)]
    if not offered:
        return
    reports = feedback.reports_by_unit(session.database(), account, offered)
    several = len(rows) > 1
    units = [_unit(row, reports.get(row["unit"], Reports()), view.at, several) for row in offered]
    key = f"feedback-{rows[0]['unit'] if not several else rows[0]['finess']}"

    def take() -> None:
        _handle(st.session_state[key].get("report"))

    if several:
        st.html('<h3 class="ror-answers">Vous avez appelé ? Dites ce qu\'il en est</h3>')
    _component()(data={"units": units, "answer": st.session_state.get(_ANSWER)}, key=key, on_report_change=take)


def _unit(row: UnitRow, reports: Reports, at: datetime, several: bool) -> dict[str, Any]:
    kinds = [kind for kind in GIVEN if kind is not FeedbackKind.FULL or row["available"]]
    return {
        "unit": row["unit"],
        "name": row["name"],
        "title": row["name"] if several else "Vous avez appelé ?",
        "seen": row["observed_at"].isoformat(),
        "kinds": [{"kind": str(kind), "label": kind.label} for kind in kinds],
        "own": str(reports.own.kind) if reports.own else "",
        "own_number": "" if reports.own is None or reports.own.other is None else str(reports.own.other),
        "own_word": reports.own.word if reports.own else "",
        "confirmed": confirmed_words(reports, at),
    }


def confirmed_words(reports: Reports, at: datetime) -> str:
    """Return « Confirmé par 2 lecteurs, le dernier il y a 5 min », "" for no confirmation."""
    if not reports.confirmed_at:
        return ""
    last = f"{', le dernier' if reports.confirmed_by > 1 else ''} {age_words(at - reports.confirmed_at)}"
    return f"✓ Confirmé par {count(reports.confirmed_by, 'lecteur')}{last}"


def _handle(raw: Any) -> None:
    """Run a request of the browser, and store its answer for the next data of the component."""
    if raw is None:
        return
    identity = raw.get("id", "") if isinstance(raw, dict) else ""

    def answer(message: str, *, refused: bool) -> None:
        st.session_state[_ANSWER] = {"id": identity, "message": message, "refused": refused}

    try:
        request = _Request.model_validate(raw)
    except ValidationError:
        answer("Rien n'est noté : rechargez la page, puis recommencez.", refused=True)
        return

    def operation(account: Account, now: datetime) -> str:
        return _run(account, request, now)

    def on_refusal(error: RorError) -> None:
        answer(error.user_message, refused=True)

    try:
        message = actions.run(operation, on_refusal)
    except Exception as error:  # the component waits for an answer, where its user looks
        answer(unexpected_errors.report(error), refused=True)
        return
    if message is not None:
        answer(message, refused=False)


def _run(account: Account, request: _Request, now: datetime) -> str:
    db = session.database()
    if request.act == "withdraw" or not request.kind:
        feedback.withdraw(db, account, request.unit, request.seen, now)
        return _TAKEN_BACK
    feedback.give(db, account, request.unit, request.kind, request.seen, now, other=request.other, word=request.word)
    label = f"{request.kind.label} : {request.other.strip()}" if request.other.strip() else request.kind.label
    return _THANKS.format(label=label) + (_SENT if request.word.strip() else "")
