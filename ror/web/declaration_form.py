"""The form of one unit: what a manager fills in within seconds."""

import html
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import streamlit as st

from ror.errors import ConfirmationNeeded, Outdated, RorError
from ror.model.capacity import COMMENT_LENGTH, Counts, Declaration, Kind
from ror.model.freshness import PARIS, age_words, instant_words
from ror.model.nomenclature import CapacityType
from ror.model.rights import Account
from ror.services import declare
from ror.web import legend, session

Row = dict[str, Any]
SENTENCE = {
    CapacityType.PLACE: "Nombre de patients pouvant être pris en charge sur une semaine - 1 place = 1 patient",
    CapacityType.BED: "Nombre de lits où un patient peut être installé maintenant, personnel présent - 1 lit = 1 patient",
}
DETAIL = {
    "installed": "Installés",
    "occupied": "Occupés",
    "reserved": "Réservés",
    "closed": "Fermés",
    "supplementary": "Supplémentaires",
}
_STORED = {"occupied": "occupied", "reserved": "reserved", "closed": "closed_count", "supplementary": "supplementary"}


@dataclass(slots=True)
class _Draft:
    """The form as it was first drawn for a unit: its values do not move under the hands of who types."""

    row: Row
    seen: int
    round: int
    refusal: str = ""
    question: str = ""


def show(account: Account, row: Row, at: datetime) -> None:
    """The state of the unit, its form and its other gestures. A gesture that succeeds draws the fragment again."""
    draft = _draft(row)
    _state(row, at)
    if row["registry_closed"]:
        st.info("Cette unité est fermée au répertoire : il n'y a rien à déclarer.", icon=":material/block:")
        return
    _news(draft, row)
    with st.form(f"declare-{row['unit']}-{draft.round}", border=True):
        typed = _fields(draft)
        left, right = st.columns(2)
        save = left.form_submit_button("Enregistrer", type="primary", width="stretch")
        never = row["available"] is None
        same = right.form_submit_button("Rien n'a changé", width="stretch", disabled=never, icon=":material/check:")
    now = datetime.now(UTC)
    if save:
        _try(draft, lambda: declare.declare(session.database(), account, _typed(draft, typed), now))
    elif same:
        _try(draft, lambda: declare.confirm(session.database(), account, row["unit"], draft.seen, now))
    _answer(account, draft, typed)
    _closure(account, draft, typed)


def saved() -> Declaration | None:
    """What this session just saved, until its next gesture."""
    event: Declaration | None = st.session_state.get("saved")
    return event


def undo(account: Account, event: Declaration) -> None:
    """« Annuler »: the unit is again as it was before what was just saved."""
    try:
        declare.undo(session.database(), account, event.position, datetime.now(UTC))
        st.session_state["undone"] = event.unit
    except RorError as error:
        st.session_state["undo_refused"] = error.message
    st.session_state.pop("saved", None)
    st.session_state.pop(f"draft-{event.unit}", None)


def _draft(row: Row) -> _Draft:
    key = f"draft-{row['unit']}"
    if key not in st.session_state:
        st.session_state["round"] = st.session_state.get("round", 0) + 1
        st.session_state[key] = _Draft(row, row["position"], st.session_state["round"])
    draft: _Draft = st.session_state[key]
    return draft


def _state(row: Row, at: datetime) -> None:
    """What is known of the unit now: number, age, who and when."""
    capacity = CapacityType(row["capacity_type"])
    number = "aucun nombre" if row["available"] is None else capacity.of(row["available"])
    age = age_words(at - row["observed_at"]) if row["observed_at"] else ""
    badge = legend.chip(row["rank"] if row["open"] else None, age)
    when = f"par {html.escape(row['author'])}, le {instant_words(row['observed_at'])}" if row["observed_at"] else ""
    shut = f" jusqu'au {row['closed_until']:%d/%m/%Y} inclus" if row["closed_until"] and not row["open"] else ""
    late = f'<span class="ror-late">{legend.LATE}</span>' if row["overdue"] else ""
    st.html(
        f'<div class="ror-unit"><h2>{html.escape(row["name"])}</h2>'
        f"<p>{html.escape(row['type_label'])}<br>{html.escape(row['structure'])}</p>"
        f'<p class="ror-number"><b>{number}</b> {badge}{shut} {late}</p><p class="ror-when">{when}</p></div>'
    )


def _news(draft: _Draft, row: Row) -> None:
    """Somebody declared the unit since the form was drawn: say it; saving after that is saving over it, knowingly."""
    if row["position"] == draft.seen:
        return
    number = "aucun nombre" if row["available"] is None else CapacityType(row["capacity_type"]).of(row["available"])
    draft.refusal = ""
    draft.seen = row["position"]
    draft.row = {**draft.row, "news": f"Entre-temps, {row['author']} a déclaré {number}. Votre saisie est gardée."}


def _fields(draft: _Draft) -> dict[str, Any]:
    row, key = draft.row, f"{draft.row['unit']}-{draft.round}"
    capacity = CapacityType(row["capacity_type"])
    plural = f"{capacity.label}s"
    if "news" in row:
        st.warning(row["news"], icon=":material/group:")
    typed: dict[str, Any] = {"available": _number(f"Nombre de {plural} disponibles", row["available"], f"available-{key}")}
    st.caption(SENTENCE[capacity])
    with st.expander("Détail (facultatif)"), st.container(horizontal=True):
        for name, words in DETAIL.items():
            typed[name] = _number(words, row.get(_STORED.get(name, "")), f"{name}-{key}", width=125)
    typed["comment"] = st.text_area(
        "Commentaire (facultatif)",
        value=row["comment"],
        max_chars=COMMENT_LENGTH,
        height=80,
        key=f"comment-{key}",
        placeholder="Ne saisissez aucune donnée patient",
        help=None,
    )
    st.caption("Ne saisissez aucune donnée patient.")
    return typed


def _number(label: str, value: int | None, key: str, width: Any = "stretch") -> float | int | None:
    """A count as it is typed. The field takes decimals, so that « 3,7 » is refused in words instead of becoming 3."""
    start = None if value is None else float(value)
    typed: float | None = st.number_input(label, value=start, step=1.0, format="%g", key=key, width=width)
    return int(typed) if typed is not None and typed.is_integer() else typed


def _typed(draft: _Draft, typed: dict[str, Any]) -> declare.Draft:
    counts = Counts(*(typed[name] for name in ("available", *DETAIL)))
    return declare.Draft(draft.row["unit"], counts, typed["comment"] or "", draft.seen)


def _try(draft: _Draft, gesture: Callable[[], Declaration]) -> None:
    """Make the gesture: success is drawn anew, a refusal is said beside the form, which keeps what was typed."""
    draft.refusal = draft.question = ""
    try:
        event = gesture()
    except ConfirmationNeeded as error:
        draft.question = error.message
    except Outdated as error:
        draft.refusal = error.message
        st.session_state["outdated"] = True
    except RorError as error:
        draft.refusal = error.message
    else:
        st.session_state["saved"] = event
        st.session_state.pop("undone", None)
        st.session_state.pop(f"draft-{event.unit}", None)
        st.rerun(scope="fragment")


def _answer(account: Account, draft: _Draft, typed: dict[str, Any]) -> None:
    """A refusal, or the question about an unusual number with its « oui »."""
    if draft.refusal:
        st.error(draft.refusal, icon=":material/error:")
    if draft.question:
        st.warning(draft.question, icon=":material/help:")
        if st.button(f"Oui, enregistrer {typed['available']}", type="primary", key=f"yes-{draft.row['unit']}"):
            sure = _typed(draft, typed)
            _try(draft, lambda: declare.declare(session.database(), account, sure, datetime.now(UTC), confirmed=True))
            st.rerun(scope="fragment")


def _closure(account: Account, draft: _Draft, typed: dict[str, Any]) -> None:
    """« Fermer l'unité jusqu'au ... »: a holiday or works."""
    row = draft.row
    with (
        st.expander("Fermer l'unité jusqu'au ...", icon=":material/event_busy:"),
        st.form(f"close-{row['unit']}-{draft.round}"),
    ):
        today = datetime.now(PARIS).date()
        until: date | None = st.date_input("Dernier jour de fermeture", value=None, min_value=today, format="DD/MM/YYYY")
        st.caption("Pendant ce temps l'unité affiche 0 et n'est pas en retard. Enregistrer un nombre la rouvre.")
        if st.form_submit_button("Fermer l'unité"):
            if until is None:
                draft.refusal = "Choisissez le dernier jour de fermeture."
                st.rerun(scope="fragment")
            now, comment = datetime.now(UTC), typed["comment"] or ""
            _try(
                draft,
                lambda: declare.close_until(session.database(), account, row["unit"], until, comment, draft.seen, now),
            )
            st.rerun(scope="fragment")


def sentence(event: Declaration, name: str, capacity: CapacityType) -> str:
    """What was just saved, in one line."""
    if event.kind is Kind.CLOSED and event.closed_until:
        return f"{name} : fermée jusqu'au {event.closed_until:%d/%m/%Y} inclus."
    verb = "confirmé" if event.kind is Kind.CONFIRMED else "enregistré"
    return f"{name} : {capacity.of(event.counts.available or 0)}, {verb} à l'instant."
